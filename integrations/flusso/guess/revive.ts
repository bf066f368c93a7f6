/** Columns that were left out, where a verbale lacks a field that they may hold: nobody may be sure that they are not needed. */
import { assignTarget, type Draft } from "./draft.ts";
import { judgeFit } from "./expectations.ts";

/** What a field is called in the table of names. */
const meanings: Readonly<Record<string, string>> = {
  numero: "number",
  dataViolazione: "date",
  luogo: "place",
  targa: "plate",
  articolo: "article",
  descrizione: "description",
  agente: "agent",
  importoRidottoCents: "amount.reduced",
  speseCents: "fees",
  "destinatario.indirizzo.via": "street",
  "destinatario.indirizzo.cap": "cap",
  "destinatario.indirizzo.comune": "town",
  "destinatario.indirizzo.provincia": "province",
};

/** Doubts what may be missing; the only column that nobody knows and that fits is proposed. */
export function reviveColumns(drafts: readonly Draft[], missing: readonly string[]): void {
  for (const field of missing) {
    const meaning = meanings[field];
    if (meaning === undefined) continue;
    const fitting = drafts.filter((draft) => draft.target === null && mayHold(draft, meaning));
    for (const draft of fitting) {
      draft.isSure = false;
      draft.alternatives.unshift(field);
    }
    const unknown = fitting.filter(({ column }) => column.meaning === "unknown" || column.isVague);
    const candidates = unknown.length > 0 ? unknown : fitting;
    const [only] = candidates;
    if (only !== undefined && candidates.length === 1)
      assignTarget(only, field, `${only.column.reason}; nessun'altra colonna può portare ${field}`);
  }
}

function mayHold({ column }: Draft, meaning: string): boolean {
  const { facts, header, roles } = column;
  if (facts.filled === 0 || roles.has("birth")) return false;
  const fit = judgeFit(meaning, facts);
  if (meaning === "description") return fit === "fits" && facts.longest > 12;
  if (meaning === "agent") return /utente|operat|pattuglia|comando|matr|autore/i.test(header);
  if (meaning === "place") return fit === "fits" && facts.share("street") > 0.3;
  if (meaning === "number") return fit === "fits" && facts.distinct === facts.filled;
  return fit === "fits" || fit === "proved";
}
