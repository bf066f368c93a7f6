/** How the CLI speaks: tables, faults and verdicts as plain Italian text; pure, so that tests read it as a person does. */
import { explainReport, nameBug } from "../../engine/host/bug-report.ts";
import { RunBlocked, PipelineError } from "../../engine/host/errors.ts";
import type { AskRow, Run } from "../../engine/journal/runs.ts";
import {
  type GridColumn,
  formatCell,
  type ItemColumn,
  itemColumns,
  pickColumns,
  type RunColumn,
  runColumns,
} from "../history/columns.ts";
import type { ItemState } from "../../engine/journal/states.ts";
import { alreadySent } from "../../engine/run/run-scope.ts";
import type { ItemView } from "../history/item-view.ts";
import { formatCommand, formatTerminalHint, isResumeHint } from "../words/hints.ts";
import { formatDateTime } from "../words/format.ts";
import { formatAsk, formatItemCount, formatRunState } from "../words/words.ts";

const bold = "\u001b[1m";
const reset = "\u001b[0m";

/** What the table at the end of a run holds, and how many stand behind it. */
export interface ShownItems {
  readonly shown: readonly ItemView[];
  /** How many more need a look. */
  readonly more: number;
  /** How many an earlier run had sent. */
  readonly repeated: number;
  /** How many that are not shown have warnings. */
  readonly warned: number;
}

/** Rows of a table that a person reads. */
export const mostShown = 50;
/** States of verbali that a person should look at. */
export const needsALook: ReadonlySet<ItemState> = new Set([
  "rejected",
  "failed",
  "in-doubt",
  "waiting",
]);

/** A small run as far as it went; of a large one what needs a look, as much as a person reads. */
export function pickNotable(items: readonly ItemView[]): ShownItems {
  if (items.length <= mostShown)
    return { ...pickAll(items), shown: items.filter(({ state }) => state !== "pending") };
  const wanted = items.filter(({ state }) => needsALook.has(state));
  const shown = wanted.slice(0, mostShown);
  const told = new Set(shown);
  const warned = items.filter((item) => item.warnings.length > 0 && !told.has(item)).length;
  return { ...pickAll(items), shown, more: wanted.length - shown.length, warned };
}

/** Every item. */
export function pickAll(items: readonly ItemView[]): ShownItems {
  const repeated = items.filter(({ code }) => code === alreadySent).length;
  return { shown: items, more: 0, repeated, warned: 0 };
}

/** Columns aligned with two blanks between; cells longer than `widest` of their column are cut with an ellipsis. */
export function formatColumns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: { readonly isTerminal: boolean; readonly lastWidth?: number },
): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const joinCells = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const title = options.isTerminal ? `${bold}${joinCells(head)}${reset}` : joinCells(head);
  return [
    title,
    ...rows.flatMap((row) => wrapLast(row, widths, options.lastWidth).map(joinCells)),
  ].join("\n");
}

/** A long last cell flows onto lines of its own, under its column. */
function wrapLast(
  row: readonly string[],
  widths: readonly number[],
  lastWidth = Number.POSITIVE_INFINITY,
): readonly (readonly string[])[] {
  const lines = wrap(row.at(-1) ?? "", Math.max(24, lastWidth));
  return lines.map((text, index) =>
    index === 0 ? [...row.slice(0, -1), text] : [...widths.slice(0, -1).map(() => ""), text],
  );
}

function wrap(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of text.split(" ")) {
    if (current !== "" && current.length + 1 + word.length > room) {
      lines.push(current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  lines.push(current);
  return lines;
}

export interface ItemTableOptions {
  readonly isTerminal: boolean;
  readonly columns: number;
  /** Default: those of every place. */
  readonly grid?: readonly ItemColumn[];
  /** What to do about an item, by its key. */
  readonly hints?: ReadonlyMap<string, string>;
}

/** The items as a person looks at them, a column for each that the terminal shows. A note that has no room stands below its row, a remedy and warnings always. */
export function formatItemTable(items: readonly ItemView[], options: ItemTableOptions): string {
  const shown = pickColumns(options.grid ?? itemColumns, "terminal");
  const head = shown.map(({ label }) => label.toUpperCase());
  const rows = items.map((item) =>
    shown.filter(({ look }) => look !== "note").map((column) => formatTerminalCell(column, item)),
  );
  const widths = head
    .slice(0, -1)
    .map((title, column) =>
      Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
    );
  let taken = 0;
  for (const width of widths) taken += width + 2;
  const lines = [head.map((title, column) => title.padEnd(widths[column] ?? 0)).join("  ")];
  for (const [index, row] of rows.entries()) {
    const note = items[index]?.note ?? "";
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
    const hasRoom = note.length <= Math.max(24, options.columns - taken);
    lines.push(`${line}  ${hasRoom ? note : ""}`.trimEnd());
    const below = Math.max(40, options.columns - 4);
    if (!hasRoom) lines.push(...wrap(note, below).map((text) => `    ${text}`));
    for (const warning of items[index]?.warnings ?? [])
      lines.push(...wrap(`Attenzione: ${warning}`, below).map((text) => `    ${text}`));
    const hint = options.hints?.get(items[index]?.key ?? "");
    if (hint !== undefined)
      lines.push(...wrap(`Che cosa fare: ${hint}`, below).map((text) => `    ${text}`));
  }
  if (options.isTerminal) lines[0] = `${bold}${lines[0] ?? ""}${reset}`;
  return lines.join("\n");
}

/** The flussi, one line each; `isHeld`: a living process works on the journal. */
export function formatRunTable(
  runs: readonly Run[],
  options: {
    readonly isTerminal: boolean;
    readonly isHeld: boolean;
    readonly grid?: readonly RunColumn[];
  },
): string {
  const shown = pickColumns(options.grid ?? runColumns, "terminal");
  const tellCell = (column: RunColumn, run: Run): string =>
    column.look === "state"
      ? formatRunState(run.state, isInterrupted(run, options.isHeld))
      : formatTerminalCell(column, run);
  return formatColumns(
    shown.map(({ label }) => label.toUpperCase()),
    runs.map((run) => shown.map((column) => tellCell(column, run))),
    { isTerminal: options.isTerminal, lastWidth: 60 },
  );
}

/** True for a run that says it is at work while no living process holds the journal. */
export function isInterrupted(run: Run, isHeld: boolean): boolean {
  return !isHeld && (run.state === "queued" || run.state === "running");
}

function formatTerminalCell<Row>(column: GridColumn<Row>, row: Row): string {
  const text = formatCell(column, row);
  return column.most === undefined ? text : shortenText(text, column.most);
}

/** The end of a text matters less than its beginning: `QUFBQS1CQ…`. */
export function shortenText(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** `1 scartato`, `2 scartati`. */
export function formatCount(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

export interface RunStanding {
  /** No process works on it although it says so; default no. */
  readonly isLeft?: boolean;
  /** What it asks of people. */
  readonly asks?: readonly AskRow[];
  /** How many verbali of its file no run has taken; default none. */
  readonly left?: number;
}

/** One or a few lines that say how the run rests and what to do. */
export function describeRun(run: Run, standing: RunStanding = {}): string {
  const { isLeft = false, asks = [], left = 0 } = standing;
  const { total, done, rejected, waiting, inDoubt, failed, pending } = run.counts;
  const counted: readonly (readonly [ItemState, number])[] = [
    ["rejected", rejected],
    ["waiting", waiting],
    ["in-doubt", inDoubt],
    ["failed", failed],
    ["pending", run.isLoaded ? pending : 0],
  ];
  const parts = [
    `${done} su ${total} conclusi`,
    ...counted.flatMap(([state, count]) => (count > 0 ? [formatItemCount(state, count)] : [])),
  ];
  const summary = total > 0 ? parts.join(", ") : "nessun verbale";
  const lines = [
    `Flusso ${run.id}: ${formatRunState(run.state, isLeft).toLowerCase()} — ${summary}.`,
  ];
  if (run.note !== null) lines.push(run.note);
  if (run.state === "waiting-for-person")
    lines.push(
      ...asks.map((ask) => `${formatAsk(ask)}, entro il ${formatDateTime(ask.deadline)}.`),
    );
  if (run.reason !== null) lines.push(run.reason);
  if (run.hint !== null)
    lines.push(`Che cosa fare: ${formatTerminalHint(run.hint, { run: run.id })}`);
  const next = explainNextStep(run);
  if (next !== null) lines.push(next);
  if (left > 0)
    lines.push(
      `Del file ${left === 1 ? "resta 1 verbale" : `restano ${left} verbali`}. Per inviare ${left === 1 ? "anche quello" : "anche quelli"}: ${formatResume(run)} --rest`,
    );
  if (isLeft)
    lines.push(
      `Interrotto: nessun processo ci sta lavorando. Per continuare: ${formatResume(run)}`,
    );
  return lines.join("\n");
}

function explainNextStep(run: Run): string | null {
  const resume = formatResume(run);
  if (run.state === "waiting") return `Per continuare più tardi: ${resume}`;
  if (run.state === "waiting-for-person" && run.counts.inDoubt === 0) {
    const asked = answers.find(({ code }) => code === run.code);
    if (asked === undefined) return null;
    const command = formatCommand({ action: "answer", kind: asked.kind, run: run.id });
    return `${asked.lead}: ${command}${asked.rest}`;
  }
  return run.state === "blocked" && !isResumeHint(run.hint) ? `Per continuare: ${resume}` : null;
}

function formatResume({ id }: Run): string {
  return formatCommand({ action: "resume", run: id });
}

/** What a run that waits for a person is given, by the code with which it waits. */
const answers = [
  {
    code: "ASK_OTP",
    kind: "otp",
    lead: "Per dare l'OTP",
    rest: "   (poi si scrive il codice e si preme Invio)",
  },
  { code: "ASK_FILES", kind: "files", lead: "Per consegnare i PDF firmati", rest: "" },
  { code: "ASK_APPROVAL", kind: "approval", lead: "Per dare il via", rest: "" },
] as const;

/** What went wrong, as one sentence and its remedy. `keepReport` is asked where nobody foresaw it; without a report the stack is all there is. */
export function explainError(error: unknown, keepReport: () => string | null): string {
  if (error instanceof RunBlocked || error instanceof PipelineError) {
    const hint =
      error.hint === undefined ? "" : `\nChe cosa fare: ${formatTerminalHint(error.hint)}`;
    return `Errore: ${error.message}${hint}`;
  }
  const head = `Errore imprevisto del programma (${nameBug(error)}).`;
  const report = keepReport();
  if (report !== null) return `${head}\nChe cosa fare: ${explainReport(report)}`;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${head}\nChe cosa fare: inviare all'assistenza queste righe.\n${detail}`;
}
