/** A trial as a technician reads it: a table, what would happen in all, what it costs at most, what stops it. */
import type { Hint } from "../../engine/host/hint.ts";
import type { PositionState } from "../../integrations/payments/port.ts";
import { formatCents, formatNumber } from "../words/format.ts";
import { formatTerminalHint } from "../words/hints.ts";
import { sumCosts } from "./cost.ts";
import type { Trial, TrialItem, TrialPosition, TrialState } from "./trial.ts";

/** One of each, as the first word of a row. */
const stateWords: Readonly<Record<TrialState, string>> = {
  ready: "partirebbe",
  repeated: "già inviato",
  rejected: "scartato",
  later: "non si sa ora",
  failed: "errore",
};

const positionWords: Readonly<Record<PositionState, string>> = {
  absent: "non trovata",
  draft: "bozza",
  open: "aperta",
  notified: "aperta, con le spese di SEND",
  cancelled: "già annullata",
  expired: "scaduta",
  "partially-paid": "pagata in parte",
  paid: "pagata",
  unclear: "da guardare",
};

export const trialHead = ["RIGA", "VERBALE", "ESITO", "ANNULLA", "APRE", "COSTO SEND, AL PIÙ"];

/** The cells of a verbale. */
export function listTrialCells(item: TrialItem): readonly string[] {
  return [
    item.line === null ? "" : String(item.line),
    item.key,
    item.code === null ? stateWords[item.state] : `${stateWords[item.state]} (${item.code})`,
    item.cancels.map(formatPosition).join(", "),
    item.creates.map(formatCents).join(" o "),
    item.cost === null ? "" : formatCents(item.cost.atMostCents),
  ];
}

/** What stands below its row. */
export function listTrialRemarks({ note, hint, warnings }: TrialItem): readonly string[] {
  return [
    ...(note === null ? [] : [note]),
    ...warnings.map((warning) => `Attenzione: ${warning}`),
    ...(hint === null ? [] : [formatRemedy(hint)]),
  ];
}

function formatPosition({ name, state }: TrialPosition): string {
  return state === null ? name : `${name} (${positionWords[state]})`;
}

/** The sentences under the table. */
export function describeTrial(trial: Trial, stepTitles: ReadonlyMap<string, string>): string {
  const { items, total, refusal, blockers, outside, folder, notes } = trial;
  const lines: string[] = [...notes];
  if (refusal !== null)
    lines.push(`Il file sarebbe rifiutato: ${refusal.message}`, ...listRemedy(refusal.hint));
  else lines.push(...describeCounts(trial), ...describeMoney(items));
  if (items.length < total)
    lines.push(
      items.length === 1
        ? `Provato 1 verbale su ${total}.`
        : `Provati ${items.length} verbali su ${total}.`,
    );
  if (outside !== true) lines.push("SEND e il sistema dei pagamenti non sono stati interrogati.");
  else if (items.some(({ cancels }) => cancels.some(({ state }) => state === null)))
    lines.push("Lo stato di alcune posizioni da annullare non è stato chiesto o non si sa.");
  const untried = [...new Set(trial.untried)].map((uses) => stepTitles.get(uses) ?? uses);
  if (untried.length > 0 && refusal === null)
    lines.push(`Non provati, perché agiscono fuori o dopo: ${untried.join(", ")}.`);
  if (folder !== null) lines.push(`Anteprime senza valore e senza firma: ${folder}`);
  for (const { message, hint } of blockers)
    lines.push(`Un flusso si fermerebbe subito: ${message}`, ...listRemedy(hint));
  lines.push("Era una prova: nulla è stato inviato, annullato, numerato o registrato.");
  return lines.join("\n");
}

function describeCounts({ items }: Trial): readonly string[] {
  const count = (state: TrialState): number => items.filter((item) => item.state === state).length;
  const parts = (["ready", "repeated", "rejected", "later", "failed"] as const).flatMap((state) =>
    count(state) === 0 ? [] : [`${formatNumber(count(state))} ${plural(state, count(state))}`],
  );
  return [parts.length === 0 ? "Nessun verbale." : `${parts.join(", ")}.`];
}

function plural(state: TrialState, count: number): string {
  const many: Readonly<Record<TrialState, string>> = {
    ready: "partirebbero",
    repeated: "già inviati con altri flussi",
    rejected: "scartati",
    later: "di cui ora non si sa",
    failed: "con un errore del programma",
  };
  if (count > 1) return many[state];
  return state === "repeated" ? "già inviato con un altro flusso" : stateWords[state];
}

function describeMoney(items: readonly TrialItem[]): readonly string[] {
  const ready = items.filter(({ state }) => state === "ready");
  if (ready.length === 0) return [];
  const cancels = ready.flatMap((item) => item.cancels).length;
  const codes = ready.flatMap((item) => item.creates).length;
  const { atLeastCents, atMostCents } = sumCosts(ready.map(({ cost }) => cost));
  return [
    `Posizioni da annullare: ${formatNumber(cancels)}. Posizioni nuove: ${formatNumber(ready.length)}, con ${formatNumber(codes)} codici avviso. Richieste a SEND: ${formatNumber(ready.length)}.`,
    `Costo di SEND: da ${formatCents(atLeastCents)} a ${formatCents(atMostCents)} al più, IVA compresa (stima: due lettere, una dove c'è la PEC).`,
  ];
}

function listRemedy(hint: Hint | null): readonly string[] {
  return hint === null ? [] : [formatRemedy(hint)];
}

function formatRemedy(hint: Hint): string {
  return `Che cosa fare: ${formatTerminalHint(hint)}`;
}
