/** How the file of a draft was read, and what its trial could not tell. */
/** @jsxImportSource ../../markup */
import type { FlussoDraft } from "../../../drafts/draft-store.ts";
import type { ReadColumn } from "../../../drafts/read-columns.ts";
import type { Trial } from "../../../trial/trial.ts";
import { buildColumnsUrl, buildDraftUrl } from "../../urls.ts";

interface UnderstandingProps {
  readonly draft: FlussoDraft;
  readonly stepTitles: ReadonlyMap<string, string>;
  readonly canMap: boolean;
}

/** Its columns, and sentences on how it was read. */
export function Understanding({
  draft,
  trial,
  columns,
  canMap,
}: UnderstandingProps & { readonly trial: Trial; readonly columns: readonly ReadColumn[] }) {
  if (columns.length === 0 && trial.notes.length === 0) return null;
  return (
    <section>
      <h2 id="titolo-colonne">Come è stato letto il file</h2>
      {trial.notes.map((note) => (
        <p>{note}</p>
      ))}
      {columns.length > 0 && (
        <div class="scroll" tabindex={0} role="region" aria-labelledby="titolo-colonne">
          <table>
            <thead>
              <tr>
                <th scope="col">Colonna del file</th>
                <th scope="col">Che cos'è</th>
                <th scope="col">Scritto come</th>
                <th scope="col">Esempio</th>
              </tr>
            </thead>
            <tbody>
              {columns.map(({ header, fields, form, example }) => (
                <tr>
                  <th scope="row">{header}</th>
                  <td>
                    {fields.length === 0 ? (
                      <span class="muted">non si legge</span>
                    ) : (
                      fields.join(", ")
                    )}
                  </td>
                  <td>{form ?? ""}</td>
                  <td>{example}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {canMap && columns.length > 0 && (
        <p>
          <a href={buildColumnsUrl(draft.handle)}>Una colonna è un'altra cosa? Cambia le colonne</a>
        </p>
      )}
    </section>
  );
}

/** What the trial could not tell. */
export function Limits({
  draft,
  trial,
  drawn,
  stepTitles,
}: UnderstandingProps & { readonly trial: Trial; readonly drawn: number | null }) {
  const untried = [...new Set(trial.untried)].map((uses) => stepTitles.get(uses) ?? uses);
  return (
    <p class="note">
      È una prova: nulla è stato inviato, annullato, numerato o registrato.
      {untried.length > 0 && ` Non provati, perché agiscono fuori o dopo: ${untried.join(", ")}.`}
      {drawn !== null && ` I documenti sono stati disegnati per i primi ${drawn} verbali.`}
      {trial.outside !== true &&
        " SEND e il sistema dei pagamenti non sono stati interrogati."}{" "}
      <a href={`${buildDraftUrl(draft.handle)}?di-nuovo=1`}>Controlla di nuovo</a>
    </p>
  );
}
