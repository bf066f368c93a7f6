/** What the conformance suites found, one JSON line each, for `bun run conformance:contracts`; writes nothing in an ordinary test run. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";

/** Where published contracts, cases and postal tables lie: POSTINO_REFERENCE, else `../shared` beside the repository. */
export const referenceFolder =
  process.env["POSTINO_REFERENCE"] ?? join(import.meta.dir, "../../../shared");

export type Verdict = "agreed" | "disagreed" | "not applicable" | "unexplained";

/** What came of a case; `why` explains everything but agreement, and of an agreement says what was not compared. */
export interface CaseVerdict {
  readonly verdict: Verdict;
  readonly why: string;
}

/** One published case and what came of it. */
export interface CaseLine extends CaseVerdict {
  readonly suite: string;
  readonly id: string;
}

/** Requests and answers that were held against a contract; no answers where requests alone were recorded. */
export interface ExchangeLine {
  readonly suite: string;
  readonly requests: number;
  readonly answers: number;
  readonly faults: readonly string[];
}

const file = process.env["POSTINO_CONFORMANCE_TALLY"];

/** Notes a line when a report was asked for. */
export function tally(line: CaseLine | ExchangeLine): void {
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
}
