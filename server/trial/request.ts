/** What a trial is asked for. */
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { LedgerReader } from "../../engine/journal/ledger.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";
import type { Installation } from "../installation.ts";

export interface TrialRequest {
  readonly installation: Installation;
  readonly pipeline: ResolvedPipeline;
  readonly path: string;
  /** Only these verbali; empty: all. */
  readonly only: readonly string[];
  /** Only so many, from the beginning; `null`: all. */
  readonly first: number | null;
  /** The journal as far as it may be read; `null`: there is none yet. */
  readonly journal: (JournalReader & LedgerReader) | null;
  /** Takes a document that was drawn; the path under which it lies now, or `null` when it was not kept. */
  readonly keepFile: (name: string, bytes: Uint8Array) => Promise<string | null>;
  /** Of the verbali behind these the documents are not drawn, which takes far longer than every check; default: of all. */
  readonly mostDrawn?: number;
  /** Of the kept files, for people. */
  readonly folder: string;
}
