/** What an outside judge says of a document. */
import type { Sample } from "./samples.ts";

/** What a judge says of one file; no fault: it passed. */
export interface JudgeVerdict {
  readonly sample: Sample;
  readonly faults: readonly string[];
}
