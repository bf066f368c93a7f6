/** The four errors a step or a pipeline file may end with; anything else that is thrown is a bug and looks like one. */
import type { ErrorCode } from "./error-codes.ts";
import type { Hint } from "./hint.ts";

export interface ErrorDetails {
  /** What concerns only a run that stops here, for instance what became of its verbali: the end of the message. */
  readonly ofRun?: string;
  /** What the person can do about it. */
  readonly hint?: Hint;
  readonly cause?: unknown;
}

/** Where in a file: 1-based line and column; `file` as the user would type it. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

abstract class PostinoError extends Error {
  readonly code: ErrorCode;
  readonly hint: Hint | undefined;
  /** The message without what concerns only a run. */
  readonly finding: string;

  /** `code` stands in the table of its room (`error-codes.ts`); `message` is Italian and free of personal data. */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(
      details.ofRun === undefined ? message : `${message} ${details.ofRun}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.code = code;
    this.finding = message;
    this.hint = details.hint;
    this.name = new.target.name;
  }
}

/** A pipeline, ente or input file is wrong at a place that can be pointed at. */
export class PipelineError extends PostinoError {
  readonly position: Position | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    details: ErrorDetails & { readonly position?: Position } = {},
  ) {
    super(code, message, details);
    this.position = details.position;
  }
}

/** This item, for good: it leaves the flow with `code` and a note that the operator reads; the others go on. */
export class ItemRejected extends PostinoError {
  /** The cause lies in what all items share, so that each would be refused: what stops the run before any other goes out. */
  readonly ofAll: { readonly message: string; readonly hint: Hint } | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    details: ErrorDetails & { readonly ofAll?: ItemRejected["ofAll"] } = {},
  ) {
    super(code, message, details);
    this.ofAll = details.ofAll;
  }
}

export interface RetryDetails extends ErrorDetails {
  /** Wait at least this long before the next try; default: the step entry's backoff, which also bounds every wait but the first where tries are counted. */
  readonly afterMs?: number;
  /**
   * `none`: the other side certainly did nothing, the next try may run at once;
   * `unknown` (default): something may have happened, the next try asks `reconcile` first.
   */
  readonly effect?: "none" | "unknown";
  /** Default `RETRY_LATER`. */
  readonly code?: ErrorCode;
}

/** This item, later: a 429, a 503, a verdict that is not there yet. */
export class RetryLater extends PostinoError {
  readonly afterMs: number | undefined;
  readonly effect: "none" | "unknown";

  constructor(reason: string, details: RetryDetails = {}) {
    super(details.code ?? "RETRY_LATER", reason, details);
    this.afterMs = details.afterMs;
    this.effect = details.effect ?? "unknown";
  }
}

/** All items, until someone acts: a refused key, a missing secret, SEND not active for the ente. */
export class RunBlocked extends PostinoError {}

/** Whether it is one of ours, with a code and words for people; anything else is a bug. */
export function isForeseen(error: unknown): boolean {
  return error instanceof PostinoError;
}

/** Returns the row, or throws: an UPDATE that had to hit a row and did not is a bug. */
export function requireRow<Row>(row: Row | null | undefined, what: string): Row {
  if (row === null || row === undefined) throw new Error(`no row: ${what}`);
  return row;
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The code that an error carries (`ENOENT`, `SQLITE_BUSY`, one of ours); `undefined` where it has none. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** No such file or folder; also where a file stands in the place of a folder on the way to it. */
function isMissing(error: unknown): boolean {
  if (codeOf(error) === "ENOENT") return true;
  const isLookUp =
    error instanceof Error &&
    "syscall" in error &&
    (error.syscall === "stat" || error.syscall === "open");
  return isLookUp && codeOf(error) === "ENOTDIR";
}

/** What `reading` gives; `null` where there is no such file or folder. Any other error is thrown as it came. */
export async function allowMissing<Value>(reading: Promise<Value>): Promise<Value | null> {
  try {
    return await reading;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
