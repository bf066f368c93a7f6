/** What the conformance suites found, one JSON line each, for `bun run conformance:contracts`; writes nothing in an ordinary test run. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";

/** Where published contracts, cases and postal tables lie: POSTINO_REFERENCE, else `../shared` beside the repository. */
export const referenceFolder =
  process.env["POSTINO_REFERENCE"] ?? join(import.meta.dir, "../../../shared");

export type Verdict = "agreed" | "disagreed" | "not applicable" | "unexplained";

/** One published case and what came of it; `why` explains everything but agreement. */
export interface CaseLine {
  readonly suite: string;
  readonly id: string;
  readonly verdict: Verdict;
  readonly why: string;
}

/** Requests and answers that were held against a contract. */
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

/** Notes a case without a middle: agreed, or not and unexplained. */
export function tallyCase(suite: string, id: string, isAgreed: boolean): void {
  tally({ suite, id, verdict: isAgreed ? "agreed" : "unexplained", why: "" });
}
