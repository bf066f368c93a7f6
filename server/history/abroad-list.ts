/** The verbali whose recipients SEND does not reach abroad: a list for the office that notifies them by the procedure for abroad, with the last day of each. */
import { countDaysBetween } from "../../engine/host/clock.ts";
import { readItemPages } from "../../engine/journal/item-pages.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import { formatCsvLine } from "../../integrations/csv.ts";
import { countTerm } from "../../steps/law/count-term.ts";
import { isForeign } from "../../steps/checks/address.ts";
import { type LawChanges, readLaw } from "../../steps/law/law.ts";
import { toFields, toList, toText } from "./fields.ts";

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

/**
 * The soonest first; a verbale that several flussi had stands once for each of its recipients abroad, as the newest has it. `since`:
 * ISO 8601 UTC.
 */
export async function listAbroad(
  journal: JournalReader,
  of: {
    readonly ente: string;
    readonly since: string;
    readonly today: string;
    readonly law: LawChanges | undefined;
    /** The ente reaches with SEND who is abroad and has a tax code. */
    readonly reachesCodes: boolean;
  },
): Promise<readonly AbroadRow[]> {
  const { ente, since, today, law, reachesCodes } = of;
  const found: AbroadRow[] = [];
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
          if (code !== "FOREIGN_RECIPIENT") continue;
          found.push(...readRows(data, run.id, { today, law, reachesCodes }));
        }
    beforeSeq = runs.at(-1)?.seq;
    if (runs.length < runsPerPage) break;
  }
  return found.toSorted((one, other) => one.giorni - other.giorni);
}

type Fields = Readonly<Record<string, unknown>>;

function readText(from: Fields, name: string): string {
  return (toText(from[name]) ?? "").trim();
}

function joinTexts(from: Fields, ...names: readonly string[]): string {
  return names
    .map((name) => readText(from, name))
    .filter((text) => text !== "")
    .join(" ");
}

function readTaxId(recipient: Fields): string {
  return readText(recipient, "codiceFiscale") || readText(recipient, "partitaIva");
}

interface Rules {
  readonly today: string;
  readonly law: LawChanges | undefined;
  readonly reachesCodes: boolean;
}

/** One for each recipient abroad whom SEND does not reach. */
function readRows(data: Fields, flusso: string, rules: Rules): readonly AbroadRow[] {
  const verbale = toFields(data["verbale"]);
  const dataViolazione = readText(verbale, "dataViolazione");
  if (!/^\d{4}-\d\d-\d\d$/.test(dataViolazione)) return [];
  const start = readText(verbale, "dataAccertamento") || dataViolazione;
  const { day } = countTerm(readLaw(rules.law), "notification", { start, isAbroad: true });
  const recipients = [verbale["destinatario"], ...toList(verbale["destinatari"])].map(toFields);
  const abroad = recipients.filter((each) => isAbroad(toFields(each["indirizzo"])));
  const unreached = abroad.filter((each) => !rules.reachesCodes || readTaxId(each) === "");
  // The ente may reach them only since: the verbale was refused for them all the same.
  return (unreached.length > 0 ? unreached : abroad).map((recipient) => {
    const address = toFields(recipient["indirizzo"]);
    return {
      numero: readText(verbale, "numero"),
      destinatario:
        joinTexts(recipient, "denominazione") || joinTexts(recipient, "cognome", "nome"),
      codiceFiscale: readTaxId(recipient),
      indirizzo: joinTexts(
        address,
        "presso",
        "via",
        "civico",
        "dettagli",
        "cap",
        "comune",
        "frazione",
      ),
      stato: readText(address, "stato"),
      dataViolazione,
      entro: day,
      giorni: countDaysBetween(rules.today, day),
      flusso,
    };
  });
}

function isAbroad(address: Fields): boolean {
  const [via, cap, comune] = ["via", "cap", "comune"].map((name) => readText(address, name));
  return isForeign({
    via: via ?? "",
    cap: cap ?? "",
    comune: comune ?? "",
    provincia: readText(address, "provincia"),
    stato: readText(address, "stato"),
  });
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
