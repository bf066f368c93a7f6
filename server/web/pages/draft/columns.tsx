/** The page on which a person says what each column of a file is: the guess stands in each list, and is written into the ente's file by a word. */
/** @jsxImportSource ../../markup */
import type { DraftMapping, MappedColumn } from "../../../drafts/draft-mapping.ts";
import type { FlussoDraft } from "../../../drafts/draft-store.ts";
import { describeForm } from "../../../../integrations/flusso/guess/sample.ts";
import type { RowFault } from "../../../../integrations/flusso/port.ts";
import { formatNumber } from "../../../words/format.ts";
import { buildColumnsUrl, buildDraftFormUrl, buildDraftUrl } from "../../urls.ts";
import { Icon } from "../icon.tsx";
import { NoticeBox } from "../notice.tsx";

interface ColumnsPageProps {
  readonly draft: FlussoDraft;
  readonly mapping: DraftMapping | RowFault;
  readonly recipient: string | null;
  /** Why it was not written. */
  readonly reason: string | null;
  readonly csrf: string;
}

export function ColumnsPage({ draft, mapping, recipient, reason, csrf }: ColumnsPageProps) {
  return (
    <div class="draft">
      <nav class="crumbs" aria-label="Percorso">
        <a href={buildDraftFormUrl(draft.handle)}>Nuovo flusso</a> <span aria-hidden="true">/</span>{" "}
        <a href={buildDraftUrl(draft.handle)}>Controllo</a> <span aria-hidden="true">/</span>{" "}
        Colonne
      </nav>
      <h1>Che cosa contengono le colonne</h1>
      {reason !== null && (
        <NoticeBox notice={{ tone: "bad", text: `Nulla è stato scritto. ${reason}` }} />
      )}
      {"code" in mapping ? (
        <NoticeBox
          notice={{ tone: "bad", text: `${mapping.message} Rimedio: ${mapping.remedy}` }}
        />
      ) : (
        <Form draft={draft} mapping={mapping} recipient={recipient} csrf={csrf} />
      )}
    </div>
  );
}

interface FormProps {
  readonly draft: FlussoDraft;
  readonly mapping: DraftMapping;
  readonly recipient: string | null;
  readonly csrf: string;
}

function Form({ draft, mapping, recipient, csrf }: FormProps) {
  return (
    <form method="post" action={buildColumnsUrl(draft.handle)}>
      <input type="hidden" name="csrf" value={csrf} />
      <Summary draft={draft} mapping={mapping} />
      <Recipient mapping={mapping} recipient={recipient} />
      <div class="scroll" tabindex={0} role="region" aria-label="Colonne del file">
        <table class="mapping">
          <thead>
            <tr>
              <th scope="col">Colonna</th>
              <th scope="col">Esempi</th>
              <th scope="col">Che cos'è</th>
            </tr>
          </thead>
          <tbody>
            {mapping.columns.map((column, index) => (
              <ColumnRow column={column} index={index} />
            ))}
          </tbody>
        </table>
      </div>
      <Constants mapping={mapping} />
      <div class="draftactions">
        <button type="submit" name="azione" value="scrivi" class="button" data-busy="Scrittura…">
          Tieni per l'ente e controlla il file
        </button>
        <button type="submit" name="azione" value="prova" class="button secondary">
          Prova senza scrivere
        </button>
        <a class="button secondary" href={buildDraftUrl(draft.handle)}>
          Indietro
        </a>
      </div>
      <Rows mapping={mapping} />
    </form>
  );
}

function Summary({ draft, mapping }: Pick<FormProps, "draft" | "mapping">) {
  const { proposal, columns, faults } = mapping;
  const { sample, settings, rows, faulty } = proposal;
  const unsure = columns.filter(({ isSure }) => !isSure).length;
  return (
    <>
      <p class="lead">
        {draft.file.name}: {describeForm(sample)}; nomi alla riga {sample.headerLine}; date{" "}
        {settings.dates}, importi {settings.amounts}.{" "}
        {unsure === 0
          ? "Ogni colonna è stata riconosciuta."
          : `${unsure === 1 ? "1 colonna è" : `${formatNumber(unsure)} colonne sono`} da guardare.`}{" "}
        {rows > 0 &&
          (faulty === 0
            ? `Tutte le ${formatNumber(rows)} righe si leggono.`
            : `${formatNumber(faulty)} righe su ${formatNumber(rows)} così non si leggono.`)}
      </p>
      {faults.length > 0 && (
        <div class="notice" role="status">
          <Icon name="question" />
          <ul class="faults">
            {faults.map((fault) => (
              <li>{fault}</li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

function Recipient({ mapping, recipient }: Pick<FormProps, "mapping" | "recipient">) {
  const { roles } = mapping.proposal.guess.persons;
  if (roles.length < 2) return null;
  return (
    <p>
      <label>
        <span>Nel file ci sono più persone per verbale: chi va notificato?</span>
        <select name="destinatario">
          {["", ...roles].map((role) => (
            <option value={role} selected={role === (recipient ?? "")}>
              {roleWords[role] ?? role}
            </option>
          ))}
        </select>
      </label>
    </p>
  );
}

function Constants({ mapping: { missing } }: Pick<FormProps, "mapping">) {
  if (missing.length === 0) return null;
  return (
    <fieldset class="card constants">
      <legend>Ciò che nessuna colonna porta: un valore uguale per tutti i verbali</legend>
      {missing.map(({ field, label, value }) => (
        <label>
          <span>{label}</span>
          <input type="text" name={`valore.${field}`} value={value} autocomplete="off" />
        </label>
      ))}
    </fieldset>
  );
}

const roleWords: Readonly<Record<string, string>> = {
  "": "Come proposto",
  recipient: "Il destinatario",
  owner: "Il proprietario o intestatario",
  tenant: "Il locatario",
  driver: "Il conducente o trasgressore",
};

function ColumnRow({ column, index }: { readonly column: MappedColumn; readonly index: number }) {
  const { name, header, options, chosen, isSure, reason, examples } = column;
  const id = `colonna-${index}`;
  return (
    <tr class={isSure ? "" : "unsure"}>
      <th scope="row">
        <label for={id}>{header === "" ? name : header}</label>
      </th>
      <td>{examples.join(" · ")}</td>
      <td>
        <select
          id={id}
          name={`colonna.${name}`}
          aria-describedby={isSure ? undefined : `${id}-perche`}
        >
          {options.map(({ value, label }) => (
            <option value={value} selected={value === chosen}>
              {label}
            </option>
          ))}
        </select>
        {!isSure && (
          <span id={`${id}-perche`} class="sub">
            Da guardare: {reason}
          </span>
        )}
      </td>
    </tr>
  );
}

/** The first rows as they would be understood. */
function Rows({ mapping }: { readonly mapping: DraftMapping }) {
  if (mapping.rows.length === 0) return null;
  return (
    <section aria-labelledby="titolo-prime">
      <h2 id="titolo-prime">Le prime righe, lette così</h2>
      <div class="fieldcards">
        {mapping.rows.map(({ line, fields, notes }) => (
          <section class="card">
            <h3>Riga {line}</h3>
            {notes.map((note) => (
              <p class="muted">{note}</p>
            ))}
            <dl class="facts">
              {fields.map(([label, value]) => (
                <>
                  <dt>{label}</dt>
                  <dd>{value}</dd>
                </>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </section>
  );
}
