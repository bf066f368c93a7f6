/** The verbali whose recipients SEND does not reach abroad: a list for the office that notifies them by the procedure for abroad, with the last day of each. */
import { countDaysBetween } from "../../engine/host/clock.ts";
import { readItemPages } from "../../engine/journal/item-pages.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import { formatCsvLine } from "../../integrations/csv.ts";
import { countTerm } from "../../steps/law/count-term.ts";
import { type LawChanges, readLaw } from "../../steps/law/law.ts";
import { toFields, toText } from "./fields.ts";

export interface AbroadRow {
  readonly numero: string;
  readonly destinatario: string;
  readonly codiceFiscale: string;
  /** As the flusso has it, one line. */
  readonly indirizzo: string;
  readonly stato: string;
  /** `YYYY-MM-DD`. */
  readonly dataViolazione: string;
  /** Last day to notify it abroad, `YYYY-MM-DD`. */
  readonly entro: string;
  /** Below 0: it is over. */
  readonly giorni: number;
  readonly flusso: string;
}

const runsPerPage = 100;

/** The soonest first; a verbale that several flussi had stands once, as the newest has it. `since`: ISO 8601 UTC. */
export async function listAbroad(
  journal: JournalReader,
  of: {
    readonly ente: string;
    readonly since: string;
    readonly today: string;
    readonly law: LawChanges | undefined;
  },
): Promise<readonly AbroadRow[]> {
  const { ente, since, today, law } = of;
  const found = new Map<string, AbroadRow>();
  const settled = new Set<string>();
  let beforeSeq: number | undefined;
  for (;;) {
    const runs = await journal.listRuns({
      ente,
      since,
      limit: runsPerPage,
      ...(beforeSeq !== undefined && { beforeSeq }),
    });
    for (const run of runs)
      for await (const items of readItemPages(journal, run.id))
        for (const { key, code, data } of items) {
          // Newest first: what became of it since is what counts.
          if (settled.has(key)) continue;
          settled.add(key);
          const row = code === "FOREIGN_RECIPIENT" ? readRow(data, run.id, { today, law }) : null;
          if (row !== null) found.set(key, row);
        }
    beforeSeq = runs.at(-1)?.seq;
    if (runs.length < runsPerPage) break;
  }
  return [...found.values()].toSorted((one, other) => one.giorni - other.giorni);
}

function readRow(
  data: Readonly<Record<string, unknown>>,
  flusso: string,
  { today, law }: { readonly today: string; readonly law: LawChanges | undefined },
): AbroadRow | null {
  const verbale = toFields(data["verbale"]);
  const read = (from: Readonly<Record<string, unknown>>, name: string): string =>
    (toText(from[name]) ?? "").trim();
  const dataViolazione = read(verbale, "dataViolazione");
  if (!/^\d{4}-\d\d-\d\d$/.test(dataViolazione)) return null;
  const destinatario = toFields(verbale["destinatario"]);
  const address = toFields(destinatario["indirizzo"]);
  const start = read(verbale, "dataAccertamento") || dataViolazione;
  const { day } = countTerm(readLaw(law), "notification", { start, isAbroad: true });
  const join = (from: Readonly<Record<string, unknown>>, ...names: readonly string[]): string =>
    names
      .map((name) => read(from, name))
      .filter((text) => text !== "")
      .join(" ");
  return {
    numero: read(verbale, "numero"),
    destinatario: join(destinatario, "denominazione") || join(destinatario, "cognome", "nome"),
    codiceFiscale: join(destinatario, "codiceFiscale") || join(destinatario, "partitaIva"),
    indirizzo: join(address, "presso", "via", "civico", "dettagli", "cap", "comune", "frazione"),
    stato: read(address, "stato"),
    dataViolazione,
    entro: day,
    giorni: countDaysBetween(today, day),
    flusso,
  };
}

const columns: readonly (readonly [string, keyof AbroadRow])[] = [
  ["Verbale", "numero"],
  ["Destinatario", "destinatario"],
  ["Codice fiscale", "codiceFiscale"],
  ["Indirizzo", "indirizzo"],
  ["Stato", "stato"],
  ["Data violazione", "dataViolazione"],
  ["Da notificare entro", "entro"],
  ["Giorni rimasti", "giorni"],
  ["Flusso", "flusso"],
];

/** As a spreadsheet opens it. */
export function formatAbroadCsv(rows: readonly AbroadRow[]): string {
  const lines = [
    columns.map(([label]) => label),
    ...rows.map((row) => columns.map(([, name]) => String(row[name]))),
  ];
  return `\uFEFF${lines.map(formatCsvLine).join("")}`;
}
