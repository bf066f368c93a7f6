/** What the codes of the simulators mean that are ours. */
import type { CodeTable } from "../engine/host/error-codes.ts";

export const simulatorCodes = {
  FAULTS_INVALID: "`simulate --faults` cannot be read.",
} satisfies CodeTable;

declare module "../engine/host/error-codes.ts" {
  interface ErrorCodes extends Record<keyof typeof simulatorCodes, string> {}
}
