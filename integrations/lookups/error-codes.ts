/** What the codes of asking the registers of the State mean. */
import type { CodeTable } from "../../engine/host/error-codes.ts";

export const lookupCodes = {
  LOOKUP_SETTINGS: "the ente's file does not say how the register of this step is asked: blocked.",
  LOOKUP_DENIED: "a register does not let us in: blocked, nobody was asked about.",
  LOOKUP_REFUSED:
    "a register does not take our request (audience, purpose, address): blocked, nobody was asked about.",
  LOOKUP_QUOTA: "the questions of today are used up: the verbale waits until tomorrow.",
  LOOKUP_ERROR: "a register answers with an error of its own: the verbale waits.",
} satisfies CodeTable;

declare module "../../engine/host/error-codes.ts" {
  interface ErrorCodes extends Record<keyof typeof lookupCodes, string> {}
}
