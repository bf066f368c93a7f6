/** What the sources may ask of the file system: rows of a flusso, and the inbox of the ente. */
import { PipelineError } from "../../engine/host/errors.ts";

export { findQueryFault, listPlaces } from "./database/query.ts";
export { decreeKinds, qualities, reducedPayments, renotificationCauses } from "./choices.ts";
export { cleanCode, describeLookAlikes, foldCode } from "./look-alikes.ts";
export { foldViolation, isOfSpeed } from "./violation.ts";
export {
  classifyHolder,
  matchesName,
  noName,
  normaliseTaxCode,
  numericTaxCodeFault,
  personTaxCodeFault,
} from "./tax-code.ts";
export { genericCaps, isProvince, matchesProvince } from "./postal/provinces.ts";
import type { FlussoCode } from "./error-codes.ts";

/** One fault of the file: shown with its place and remedy. */
export interface RowFault {
  /** 1-based line in the file; 0 when the fault is of the whole file. */
  readonly line: number;
  /** CSV: 1-based number of the field's column; JSON: of the character; 0 when the fault is of the row. */
  readonly column: number;
  /** Header of the column, or `null`. */
  readonly header: string | null;
  readonly code: FlussoCode;
  /** Italian, no personal data. */
  readonly message: string;
  /** Italian: what to do. */
  readonly remedy: string;
}

/** What no two verbali of a flusso should share: the numbers of those that do, at most three of each. */
export interface RowNeighbours {
  /** Same recipient, plate, day and time. */
  readonly similar?: string[];
  /** The same article too. */
  readonly sameViolation?: string[];
  /** Two speeds of the same vehicle, one hour apart at most. */
  readonly sameHour?: string[];
  /** How many others say in the same words why it was not contested at once. */
  readonly sameReason?: number;
  readonly sameProtocol?: string[];
  /** A same position to cancel. */
  readonly samePosition?: string[];
}

/** What a cell did not say for sure: it was taken whole, and a person looks at it. */
export interface RowDoubt {
  /** A name, a street or a town that was not taken apart; whether the recipient is PF or PG. */
  readonly kind: "name" | "street" | "town" | "type";
  /** Header of the column, or `null` where it is of the whole row. */
  readonly header: string | null;
  /** Italian, no personal data. */
  readonly why: string;
}

export type FlussoRow =
  | {
      readonly line: number;
      readonly key: string;
      readonly verbale: unknown;
      /** What others of its file say of it, no part of what the verbale is; absent: nothing. */
      readonly neighbours?: RowNeighbours;
      /** Absent: there is none. */
      readonly doubts?: readonly RowDoubt[];
    }
  /** `key` is unique in the file: the verbale's number where it could be read, else `riga 17`. */
  | { readonly line: number; readonly key: string; readonly faults: readonly RowFault[] };

export interface FlussoFile {
  /** Name for messages; its ending `.jsonl`, `.ndjson` or `.json` says JSON lines. */
  readonly name: string;
  /** A fresh stream of the same bytes at each call. */
  open(): AsyncIterable<Uint8Array>;
  /** True: what `query` gave, which is written in one way whatever the ente's files are like. */
  readonly isQueried?: boolean;
}

/** A file that a run has taken out of the inbox: nobody else reads or writes it. */
export interface WonFile extends FlussoFile {
  /** How many verbali its companion announces; `null`: it does not say, or there is none. */
  readonly announced: number | null;
  /** When it was last written, milliseconds since the epoch. */
  readonly writtenAt: number;
}

/** What a run found in the inbox. */
export interface InboxTake {
  /** `null`: nothing is ready. */
  readonly file: WonFile | null;
  /** The names of those that are ready too, oldest first. */
  readonly others: readonly string[];
  readonly waiting: readonly WaitingFile[];
}

/** A file of the inbox that is not taken yet. */
export interface WaitingFile {
  readonly name: string;
  /** It is still being copied; or the companion that says that it is complete is missing. */
  readonly why: "being-written" | "no-companion";
}

/** What was found wrong with a file. */
export interface Inspection {
  readonly faults: readonly RowFault[];
  /** Faults beyond the limit. */
  readonly more: number;
  /** Acts that were read, faulty ones included. */
  readonly rows: number;
  /** Rows of the file; absent: as many, each is an act. */
  readonly lines?: number;
  /** Italian sentences on how it was read (encoding, sheet, line of the names, hidden rows); absent: nothing to tell. */
  readonly notes?: readonly string[];
  /** The sheet of a spreadsheet; absent: the file is none. */
  readonly sheet?: string;
}

/** A file that was taken in: how it is known again in the inbox. */
export interface TakenFile {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** What a table of CAPs says of an address. */
export type PostalVerdict =
  | { readonly status: "ok" }
  /** The table has too little to tell. */
  | { readonly status: "unknown" }
  /** At most four of each, or three and `altri 24`: towns of this CAP (`CREMA (CR)`), towns of almost this name (`26013 CREMA (CR)`), CAPs of this town. */
  | {
      readonly status: "mismatch";
      /** SEND will refuse it, as far as the table is SEND's; otherwise it may be right. */
      readonly isSure: boolean;
      readonly towns: readonly string[];
      readonly near: readonly string[];
      readonly caps: readonly string[];
    };

/** As an address says it. */
export interface PostalPlace {
  readonly cap: string;
  readonly comune: string;
  readonly provincia: string;
}

/** CAP, comune and provincia of Italy, or of a part of it. */
export interface PostalTable {
  /** Day of the table, `YYYY-MM-DD`; empty when it is not known. */
  readonly date: string;
  readonly rows: number;
  /** `all`: every name that SEND takes; `comuni`: every comune with every CAP, without the names of its parts; `some`: less. */
  readonly extent: "all" | "comuni" | "some";
  /** Whether a town, or a part of one, is called so. */
  hasTown(name: string): boolean;
  /** Places that stand together and are near to this one, the likeliest first; none where it is right, or nobody can tell. */
  suggest(address: PostalPlace): readonly PostalPlace[];
  judge(address: {
    readonly cap: string;
    readonly comune: string;
    readonly provincia: string;
  }): PostalVerdict;
}

/** Reading flussi for one ente, by the mapping of its file. Memory does not grow with the file. */
export interface FlussoPort {
  /** Every fault of the file, up to `limit`; reads it whole, keeps none of it. Faults of the file itself (encoding, columns, no rows) come alone. */
  inspect(file: FlussoFile, limit: number): Promise<Inspection>;
  /** The rows in file order, blank ones left out; throws PipelineError FLUSSO_REFUSED on a fault of the whole file. */
  readRows(file: FlussoFile): AsyncIterable<FlussoRow>;
  /**
   * The oldest file of the inbox that fits the pattern and is at rest, or `null` when there is none. `inbox` is a folder name below
   * data/inbox. Its stream throws PipelineError FLUSSO_CHANGING when the file is still being written.
   */
  findOldest(inbox: string, pattern: string): Promise<FlussoFile | null>;
  /**
   * Moves the oldest file at rest into the run's own place; a run that took one before gets the same again. `except`: names to
   * leave alone. Tells too what else lies in the inbox.
   */
  take(
    inbox: string,
    pattern: string,
    run: { readonly id: string; readonly except: ReadonlySet<string> },
  ): Promise<InboxTake>;
  /** What the run has taken goes back into the inbox. */
  giveBack(inbox: string, runId: string): Promise<void>;
  /** What the run has taken goes to `rifiutati/`, with its report beside it, and is not read again; false when it has not taken it. */
  refuse(
    inbox: string,
    file: { readonly name: string; readonly runId: string; readonly report: string },
  ): Promise<boolean>;
  /**
   * Moves the file out of the inbox, to `archivio/<runId>-<name>`, if it is there with just these bytes; false when it is not.
   * Repeating is harmless.
   */
  archive(inbox: string, taken: TakenFile, runId: string): Promise<boolean>;
  /**
   * What the ente's database has, as the bytes of a file for `isQueried`; none where it has no rows. Reads alone, in one
   * transaction. `values`: what stands for `:name` in the query. Throws RunBlocked `FLUSSO_DATABASE`.
   */
  query(values: Readonly<Record<string, string>>): AsyncIterable<Uint8Array>;
  /** The table of CAPs in use: the imported one, or that of all comuni that ships. Read once. */
  readPostalTable(): Promise<PostalTable>;
}

/** The refusal of a whole file: every fault on its own line, with its place and remedy. */
export function refusedFlussoError(
  name: string,
  inspection: Pick<Inspection, "faults" | "more" | "sheet">,
): PipelineError {
  const { faults, more, sheet } = inspection;
  const title = sheet === undefined ? name : `${name}, foglio «${sheet}»,`;
  const lines = faults.map((fault) => {
    const header = fault.header === null ? "" : `colonna «${fault.header}»: `;
    const place = fault.line === 0 ? name : `${name}:${fault.line}:${Math.max(1, fault.column)}`;
    return `${place}: ${header}${fault.message} Rimedio: ${fault.remedy}`;
  });
  if (more > 0) lines.push(`… e altri ${more} difetti dello stesso file.`);
  const count = faults.length + more;
  const head = `Il flusso ${title} non è stato accettato (${count === 1 ? "1 difetto" : `${count} difetti`}): nessun verbale è partito.`;
  const first = faults[0];
  return new PipelineError("FLUSSO_REFUSED", [head, ...lines].join("\n"), {
    hint: "Correggere il file, oppure la parte flusso: del file dell'ente, e ripetere.",
    ...(first === undefined || first.line === 0
      ? {}
      : { position: { file: name, line: first.line, column: Math.max(1, first.column) } }),
  });
}
