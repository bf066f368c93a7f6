/** What the codes of telling the office's program mean. */
import type { CodeTable } from "../../engine/host/error-codes.ts";

export const esitiCodes = {
  ESITI_FILE_TAKEN:
    "the outbox holds a file of that number with other content: blocked, nothing is overwritten.",
  ESITI_REFUSED:
    "the office's program, table or settings do not take the esiti: blocked, the delivery stays open.",
  ESITI_NOT_TAKEN: "the office's program does not answer now: the delivery is tried again.",
} satisfies CodeTable;

declare module "../../engine/host/error-codes.ts" {
  interface ErrorCodes extends Record<keyof typeof esitiCodes, string> {}
}
