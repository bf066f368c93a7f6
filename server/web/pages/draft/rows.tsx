/** The verbali of a draft that a person should look at: faults and warnings by row of the file. */
/** @jsxImportSource ../../markup */
import type { TrialItem, TrialState } from "../../../trial/trial.ts";
import { formatNumber } from "../../../words/format.ts";
import { formatPageHint } from "../../../words/hints.ts";

/** So many are listed; the others are counted. */
const mostShown = 200;

const words: Readonly<Record<TrialState, { readonly label: string; readonly tone: string }>> = {
  rejected: { label: "Da correggere", tone: "bad" },
  failed: { label: "Errore del programma", tone: "bad" },
  later: { label: "Non si sa ora", tone: "wait" },
  repeated: { label: "Già inviato", tone: "off" },
  ready: { label: "Parte, con avvisi", tone: "warn" },
};
const order: readonly TrialState[] = ["failed", "rejected", "later", "ready", "repeated"];

export function DraftRows({ items }: { readonly items: readonly TrialItem[] }) {
  const told = items
    .filter(({ state, warnings }) => state !== "ready" || warnings.length > 0)
    .toSorted((left, right) => order.indexOf(left.state) - order.indexOf(right.state));
  if (told.length === 0)
    return items.length === 0 ? null : (
      <p>Nessun difetto e nessun avviso: tutti i verbali sono a posto.</p>
    );
  const shown = told.slice(0, mostShown);
  return (
    <section>
      <h2 id="titolo-righe">Verbali da guardare</h2>
      <div class="scroll" tabindex={0} role="region" aria-labelledby="titolo-righe">
        <table>
          <thead>
            <tr>
              <th scope="col">Riga</th>
              <th scope="col">Verbale</th>
              <th scope="col">Esito</th>
              <th scope="col">Perché, e che cosa fare</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((item) => (
              <Row item={item} />
            ))}
          </tbody>
        </table>
      </div>
      {told.length > shown.length && (
        <p class="muted">… e altri {formatNumber(told.length - shown.length)}.</p>
      )}
    </section>
  );
}

function Row({ item }: { readonly item: TrialItem }) {
  const { label, tone } = words[item.state];
  return (
    <tr data-state={item.state}>
      <td>{item.line ?? ""}</td>
      <th scope="row">{item.key}</th>
      <td>
        <span class={`badge ${tone}`}>{label}</span>
      </td>
      <td class="note">
        {item.note !== null && <p>{item.note}</p>}
        {item.warnings.map((warning) => (
          <p>{warning}</p>
        ))}
        {item.hint !== null && <p class="muted">{formatPageHint(item.hint)}</p>}
      </td>
    </tr>
  );
}
