/** The columns of the grid of verbali and of the history of flussi, each once: the pages, the terminal, the CSV, the JSON document and its description read these two lists. */
import type { Run } from "../../engine/journal/runs.ts";
import { itemStates, runStates } from "../../engine/journal/states.ts";
import { toEpochMs } from "../../engine/host/clock.ts";
import { formatCents, formatDateTime, formatDay, formatSeconds } from "../words/format.ts";
import { formatPageHint } from "../words/hints.ts";
import { formatItemCount, itemStateWords, runStateWords } from "../words/words.ts";
import { type ItemView, pickFinalFiles } from "./item-view.ts";

export type ColumnPlace = "page" | "terminal" | "csv" | "json";

/** What a column looks like where there is more than text; `note` takes what else is to be said of the row. */
export type Look =
  | "text"
  | "name"
  | "state"
  | "counts"
  | "codes"
  | "amount"
  | "instant"
  | "duration"
  | "ente"
  | "note";

/** What a column may ask besides its row. */
export interface ColumnSource {
  /** A file with the bytes of the blob; `null`: none is laid out. Absent: no path is told. */
  locateBlob?(sha256: string): string | null;
}

export interface GridColumn<Row> {
  /** Its name in the JSON document. */
  readonly key: string;
  /** Italian: the heading wherever persons read it. */
  readonly label: string;
  readonly in: readonly ColumnPlace[];
  /** Default: text. */
  readonly look?: Look;
  /** As programs read it. */
  read(row: Row, source: ColumnSource): unknown;
  /** As persons read it; default: what programs read, several values separated by a blank, nothing for `null`. */
  show?(row: Row): string;
  /** JSON schema of what programs read; default: text or `null`. */
  readonly schema?: object;
  /** Characters in the terminal; default: all. */
  readonly most?: number;
}

export type ItemColumn = GridColumn<ItemView>;
export type RunColumn = GridColumn<Run>;

const everywhere: readonly ColumnPlace[] = ["page", "terminal", "csv", "json"];
const text = { type: "string" };
const texts = { type: "array", items: text };
const textOrNull = { type: ["string", "null"] };
const count = { type: "integer", minimum: 0 };
const instant = { type: "string", format: "date-time" };

/** The verbali of one flusso. On pages and terminal the remedy and the warnings stand under the note, the step under the state. */
export const itemColumns: readonly ItemColumn[] = [
  {
    key: "key",
    label: "Verbale",
    in: everywhere,
    look: "name",
    read: ({ key }) => key,
    schema: { ...text, description: "Numero del verbale" },
  },
  {
    key: "state",
    label: "Stato",
    in: everywhere,
    look: "state",
    read: ({ state }) => state,
    show: ({ state }) => itemStateWords[state],
    schema: { enum: itemStates },
  },
  {
    key: "step",
    label: "Passo",
    in: ["csv", "json"],
    read: ({ step }) => step?.id ?? null,
    show: ({ step }) => step?.title ?? "",
    schema: { ...textOrNull, description: "Passo che viene ora; `null`: li ha passati tutti" },
  },
  { key: "code", label: "Codice", in: ["csv", "json"], read: ({ code }) => code },
  { key: "note", label: "Nota", in: everywhere, look: "note", read: ({ note }) => note },
  {
    key: "hint",
    label: "Rimedio",
    in: ["csv"],
    read: ({ hint }) => hint,
    show: ({ hint }) => (hint === null ? "" : formatPageHint(hint)),
  },
  {
    key: "recipient",
    label: "Destinatario",
    in: ["page"],
    read: ({ recipient }) => recipient,
  },
  {
    key: "amount",
    label: "Importo",
    in: ["page"],
    look: "amount",
    read: ({ amountCents }) => amountCents,
    show: ({ amountCents }) => (amountCents === null ? "" : formatCents(amountCents)),
    schema: { type: ["integer", "null"], description: "Centesimi" },
  },
  {
    key: "iuv",
    label: "IUV",
    in: everywhere,
    look: "codes",
    read: ({ iuv }) => iuv,
    schema: texts,
  },
  {
    key: "noticeCodes",
    label: "Codici avviso",
    in: ["page", "csv", "json"],
    look: "codes",
    read: ({ noticeCodes }) => noticeCodes,
    schema: texts,
  },
  {
    key: "token",
    label: "Token",
    in: everywhere,
    look: "codes",
    read: ({ token }) => token,
    most: 10,
  },
  { key: "iun", label: "IUN", in: everywhere, look: "codes", read: ({ iun }) => iun },
  {
    key: "notifiedOn",
    label: "Notificato il",
    in: ["page"],
    read: ({ notifiedOn }) => notifiedOn,
    show: ({ notifiedOn }) => (notifiedOn === null ? "" : formatDay(notifiedOn)),
  },
  {
    key: "updatedAt",
    label: "Aggiornato",
    in: ["csv"],
    read: ({ updatedAt }) => updatedAt,
    show: ({ updatedAt }) => formatSeconds(updatedAt),
    schema: instant,
  },
  {
    key: "warnings",
    label: "Avvertenze",
    in: ["csv"],
    read: ({ warnings }) => warnings,
    schema: texts,
  },
  {
    key: "artifacts",
    label: "Documenti",
    in: ["json"],
    read: (item, source) =>
      pickFinalFiles(item).map(({ name, sha256, bytes }) => ({
        name,
        sha256,
        bytes,
        path: source.locateBlob?.(sha256) ?? null,
      })),
    schema: {
      type: "array",
      items: buildRecordSchema({ name: text, sha256: text, bytes: count, path: textOrNull }),
    },
  },
];

const counted = ["total", "done", "rejected", "waiting", "inDoubt", "failed"] as const;

/** The flussi, newest first. On the page the cause stands under the state, the pipeline under the ente. */
export const runColumns: readonly RunColumn[] = [
  {
    key: "id",
    label: "Flusso",
    in: ["page", "terminal", "json"],
    look: "name",
    read: ({ id }) => id,
    schema: text,
  },
  {
    key: "pipeline",
    label: "Pipeline",
    in: ["terminal", "json"],
    read: ({ pipeline }) => pipeline,
    schema: text,
  },
  {
    key: "ente",
    label: "Ente",
    in: ["page", "terminal", "json"],
    look: "ente",
    read: ({ ente }) => ente,
    schema: text,
  },
  {
    key: "state",
    label: "Stato",
    in: ["page", "terminal", "json"],
    look: "state",
    read: ({ state }) => state,
    show: ({ state }) => runStateWords[state],
    schema: { enum: runStates },
  },
  {
    key: "createdAt",
    label: "Creato",
    in: ["page", "terminal", "json"],
    look: "instant",
    read: ({ createdAt }) => createdAt,
    show: ({ createdAt }) => formatDateTime(createdAt),
    schema: instant,
  },
  { key: "sealedAt", label: "Inviato", in: ["page"], look: "instant", read: (run) => run.sealedAt },
  {
    key: "endedAt",
    label: "Terminato",
    in: ["json"],
    look: "instant",
    read: ({ endedAt }) => endedAt,
    schema: { ...instant, type: ["string", "null"] },
  },
  {
    key: "duration",
    label: "Durata",
    in: ["page"],
    look: "duration",
    read: ({ startedAt, endedAt }) =>
      startedAt === null || endedAt === null ? null : toEpochMs(endedAt) - toEpochMs(startedAt),
  },
  {
    key: "counts",
    label: "Verbali",
    in: ["page", "terminal", "json"],
    look: "counts",
    read: ({ counts }) => Object.fromEntries(counted.map((name) => [name, counts[name]])),
    show: ({ counts: { done, total, rejected } }) =>
      `${done}/${total}${rejected > 0 ? ` (${formatItemCount("rejected", rejected)})` : ""}`,
    schema: buildRecordSchema(Object.fromEntries(counted.map((name) => [name, count]))),
  },
  {
    key: "cause",
    label: "Prima causa",
    in: ["terminal"],
    look: "note",
    read: ({ reason, firstNote }) => reason ?? firstNote,
    // A refused file has a line for each fault: the list shows the first, `status` shows them all.
    show: ({ reason, firstNote }) => (reason ?? firstNote ?? "").split("\n")[0] ?? "",
  },
];

/** What a person looks for first in each place; files keep the order of the list. */
const firstLooks: Readonly<Record<ColumnPlace, readonly (Look | undefined)[] | null>> = {
  page: ["name", "state", "counts"],
  terminal: ["name", "ente"],
  csv: null,
  json: null,
};

/** The columns of one place, in its order: for persons a note ends the row. */
export function pickColumns<Row>(
  columns: readonly GridColumn<Row>[],
  place: ColumnPlace,
): readonly GridColumn<Row>[] {
  const found = columns.filter((column) => column.in.includes(place));
  const first = firstLooks[place];
  if (first === null) return found;
  const rank = ({ look }: GridColumn<Row>): number => {
    if (look === "note") return first.length + 1;
    return first.includes(look) ? first.indexOf(look) : first.length;
  };
  return found.toSorted((left, right) => rank(left) - rank(right));
}

/** A cell as a person reads it. */
export function formatCell<Row>(column: GridColumn<Row>, row: Row): string {
  if (column.show !== undefined) return column.show(row);
  return toTexts(column.read(row, {})).join(" ");
}

/** The values of a cell: several, one, or none. */
export function toTexts(value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
}

/** A row as programs read it. */
export function buildRowDocument<Row>(
  columns: readonly GridColumn<Row>[],
  row: Row,
  source: ColumnSource = {},
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    pickColumns(columns, "json").map((column) => [column.key, column.read(row, source)]),
  );
}

/** The JSON schema of such a row. */
export function buildRowSchema<Row>(columns: readonly GridColumn<Row>[]): object {
  return buildRecordSchema(
    Object.fromEntries(
      pickColumns(columns, "json").map(({ key, schema = textOrNull }) => [key, schema]),
    ),
  );
}

/** A closed object whose properties are all there. */
export function buildRecordSchema(properties: Readonly<Record<string, unknown>>): object {
  return {
    type: "object",
    required: Object.keys(properties),
    properties,
    additionalProperties: false,
  };
}
