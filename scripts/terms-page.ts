/** The tables of terms and holidays in the page for technicians, made of those by which the steps count. */
import { type Holiday, nationalHolidays } from "../steps/law/holidays.ts";
import { formatLongDay } from "../steps/law/format-day.ts";
import { downtimeRule } from "../steps/law/law.ts";
import { productionTerms } from "../steps/law/perfezionamento.ts";
import { type Mark, tablesOf } from "../steps/law/provenance.ts";
import { type TermRule, termRules } from "../steps/law/terms.ts";
import { escapeTableCell, fillBetween, formatMarkdownTable } from "./markdown-table.ts";

const path = "docs/it/termini.md";
const end = "<!-- fine della tabella -->";

const markWords: Readonly<Record<Mark, string>> = {
  read: "letta",
  memory: "da verificare",
  inferred: "dedotta",
};

/** The page with its tables as the rules are now. */
export function fillTermsTables(page: string): string {
  const tables = {
    "termini: steps/law/terms.ts": formatTerms(),
    "festivi: steps/law/holidays.ts": formatHolidays(),
    "perfezionamento: steps/law/perfezionamento.ts": formatSendTerms(),
  };
  let filled = page;
  for (const [name, table] of Object.entries(tables)) {
    const begin = `<!-- generato da bun run reference: ${name} -->`;
    // Each table ends with its own mark, the first one behind its beginning.
    const at = filled.indexOf(begin);
    const close = filled.indexOf(end, at) + end.length;
    if (at < 0 || close < end.length) throw new Error(`${path} has lost a mark: ${begin}`);
    filled =
      filled.slice(0, at) +
      fillBetween(filled.slice(at, close), table, { begin, end, path }) +
      filled.slice(close);
  }
  return filled;
}

const holidayWords: Readonly<Record<TermRule["onHoliday"], string>> = {
  moved: "primo giorno lavorativo",
  kept: "resta, con un avviso",
  ignored: "resta",
};

function formatTerms(): string {
  const rows = Object.entries<TermRule>(termRules).map(([name, rule]) => [
    `\`${name}\``,
    rule.title,
    rule.daysAbroad === undefined ? `${rule.days}` : `${rule.days} (estero ${rule.daysAbroad})`,
    rule.starts,
    holidayWords[rule.onHoliday],
    describeSaturday(rule),
    rule.isSuspendedInAugust ? "non conta" : "conta",
    rule.source,
    markWords[rule.mark],
  ]);
  const { days, source, mark } = downtimeRule;
  rows.push([
    "`downtimeDays`",
    "Proroga per un disservizio di SEND",
    `${days}`,
    "ripristino",
    "resta",
    "resta",
    "conta",
    source,
    markWords[mark],
  ]);
  const head = ["nome", "termine", "giorni", "da", "festivo", "sabato", "agosto", "fonte", "stato"];
  const table = formatMarkdownTable(
    head,
    rows.map((row) => row.map(escapeTableCell)),
  );
  return `${table}

Queste tabelle sono del ${formatLongDay(tablesOf)}.`;
}

function describeSaturday({ onHoliday, isSaturdayFree }: TermRule): string {
  if (onHoliday !== "moved") return "resta";
  return isSaturdayFree ? "lunedì" : "conta";
}

function formatHolidays(): string {
  const rows = nationalHolidays.map(({ name, when, from, source, mark }) => [
    formatWhen(when),
    name,
    from === undefined ? "" : `${from}`,
    source,
    markWords[mark],
  ]);
  return formatMarkdownTable(["giorno", "festa", "dal", "fonte", "stato"], rows);
}

function formatWhen(when: Holiday["when"]): string {
  if (typeof when === "string") return when.split("-").toReversed().join("/");
  return when.afterEaster === 0 ? "Pasqua" : `Pasqua + ${when.afterEaster}`;
}

function formatSendTerms(): string {
  const { digitalDays, eveningDays, eveningHour, digitalFailedDays, paperDays, depositDays } =
    productionTerms;
  const rows = [
    [
      "PEC o SERCQ presa in carico",
      `${digitalDays} × 24 ore; ${eveningDays} se dopo le ${eveningHour}:00:00 di Roma`,
    ],
    ["tutti i domicili digitali falliti", `${digitalFailedDays} × 24 ore dal deposito dell'avviso`],
    ["raccomandata consegnata, rifiutata o ritirata", `${paperDays} × 24 ore`],
    [
      "890 in giacenza",
      `il ritiro se entro ${depositDays} × 24 ore dal deposito, altrimenti la loro fine; poi ${paperDays} × 24 ore`,
    ],
    [
      "AR in giacenza",
      `il ritiro se entro il ${depositDays}° giorno, altrimenti quel giorno; poi ${paperDays} × 24 ore`,
    ],
    [
      "irreperibile",
      `${productionTerms.unreachableDays} × 24 ore dal deposito dell'avviso su SEND`,
    ],
    ["primo accesso del destinatario o di un delegato", "subito, se viene prima"],
    ["destinatario deceduto", "nessuno"],
  ];
  return formatMarkdownTable(["come è andata", "perfezionamento"], rows);
}
