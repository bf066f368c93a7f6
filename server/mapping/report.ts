/** A proposal as text for a terminal: what the file is, its columns, three rows before and after. */
import { describeForm } from "../../integrations/flusso/guess/sample.ts";
import { formatTarget, listQuestions, type Question } from "./questions.ts";
import type { Proposal, ShownRow } from "./propose.ts";

/** One sentence on the file, one on how it is written. */
export function describeFile({
  sample,
  settings,
  guess,
  rows,
  faulty,
  doubtful,
}: Proposal): string {
  const lines = [
    `${sample.name}: ${describeForm(sample)}; nomi delle colonne alla riga ${sample.headerLine}; ${rows === 1 ? "1 verbale" : `${rows} verbali`}.`,
    `Date ${settings.dates ?? ""}, importi ${settings.amounts ?? ""}${settings.empty === undefined ? "" : `; vuol dire vuoto: ${settings.empty.join(", ")}`}.`,
  ];
  if (sample.titles.length > 0)
    lines.push(
      `Sopra i nomi ${sample.titles.length === 1 ? "c'è una riga di titolo" : `ci sono ${sample.titles.length} righe di titolo`}: non si leggono.`,
    );
  if (sample.others.length > 0) lines.push(describeOthers(sample.others.map(({ line }) => line)));
  if (guess.settings.deduce !== undefined)
    lines.push("PF o PG si ricava da codice fiscale, partita IVA e nome.");
  if (guess.settings.sameNumber === "recipients")
    lines.push("Le righe con lo stesso numero sono i destinatari di uno stesso atto.");
  lines.push(...guess.doubts);
  if (faulty > 0) lines.push(`Righe che così non si leggono: ${faulty}.`);
  if (doubtful > 0)
    lines.push(
      `Righe con un nome o un indirizzo che non si divide con certezza: ${doubtful} (lo dirà validate).`,
    );
  return lines.join("\n");
}

/** Rows that a person finds again in a spreadsheet. */
const mostLines = 12;

function describeOthers(lines: readonly number[]): string {
  const [line = 0] = lines;
  if (lines.length === 1) return `La riga ${line} non è un verbale (titolo, totale o chiusura).`;
  const told = lines.slice(0, mostLines).join(", ");
  const more = lines.length > mostLines ? ` e altre ${lines.length - mostLines}` : "";
  return `Le righe ${told}${more} non sono verbali (titoli, totali o chiusure).`;
}

/** One line for each column: sign of doubt, name, what it is, why. */
export function listColumnCells({ columns }: Proposal): readonly (readonly string[])[] {
  return columns
    .filter(({ header, target }) => header !== "" || target !== null)
    .map(({ name, target, isSure, reason }) => [
      isSure ? "" : "?",
      name,
      formatTarget(target),
      reason,
    ]);
}

/** Three rows: the cells that are read, and what becomes of them. */
export function describeRows({ shown }: Proposal): string {
  return shown.map(describeRow).join("\n\n");
}

function describeRow({ line, cells, fields, notes }: ShownRow): string {
  const width = Math.max(0, ...fields.map(([field]) => field.length));
  const before = cells
    .filter(([, cell]) => cell !== "")
    .map(([header, cell]) => `${header}: ${cell}`)
    .join(" · ");
  return [
    `Riga ${line}, nel file: ${before}`,
    ...(fields.length === 0 ? [] : ["  capita così:"]),
    ...fields.map(([field, value]) => `    ${field.padEnd(width)}  ${value}`),
    ...notes.map((note) => `    ! ${note}`),
  ].join("\n");
}

/** What would be asked, for those who cannot be: the question and its answers. */
export function describeQuestions(proposal: Proposal): string {
  return listQuestions(proposal).map(describeQuestion).join("\n");
}

function describeQuestion(question: Question): string {
  if (question.kind === "constant") return `- ${question.text}`;
  return [
    `- ${question.text}`,
    ...question.options.map(({ label }, at) => `    ${at === 0 ? "proposta" : "oppure"}: ${label}`),
  ].join("\n");
}
