/** What the codes of asking for a protocol number mean. */
import type { CodeTable } from "../../engine/host/error-codes.ts";

export const protocolloCodes = {
  PROTOCOLLO_SETTINGS:
    "the ente's file has no protocollo: section, or the folder or its answers cannot be read: blocked.",
  PROTOCOLLO_DENIED:
    "the protocol program does not let us in, or does not answer at this address: blocked, no number was asked for.",
  PROTOCOLLO_REFUSED: "the protocol program refuses this verbale: it has no number.",
  PROTOCOLLO_UNHEARD:
    "the answer with the number did not come or cannot be read: a number may have been given.",
  PROTOCOLLO_PENDING: "the office has not answered yet: the verbale waits.",
} satisfies CodeTable;

declare module "../../engine/host/error-codes.ts" {
  interface ErrorCodes extends Record<keyof typeof protocolloCodes, string> {}
}
