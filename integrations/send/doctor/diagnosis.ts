/** What the doctor of SEND found with one key. */
import type { Hint } from "../../../engine/host/hint.ts";

/** One thing that was looked at. */
export interface Diagnosis {
  readonly check:
    | "active"
    | "address"
    | "clock"
    | "key"
    | "platform"
    | "sender"
    | "settings"
    | "streams";
  readonly state: "good" | "doubtful" | "bad";
  /** Italian; no secrets. */
  readonly note: string;
  readonly hint?: Hint;
}
