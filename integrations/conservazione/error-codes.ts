/** What the codes of handing packages to the preservation system mean. */
import type { CodeTable } from "../../engine/host/error-codes.ts";

export const conservazioneCodes = {
  CONSERVAZIONE_REFUSED:
    "the SFTP server of the preservation system is another one, or does not let us in or write: blocked, nothing was sent.",
  CONSERVAZIONE_AWAY:
    "the SFTP server of the preservation system does not answer now: the package goes later.",
} satisfies CodeTable;

declare module "../../engine/host/error-codes.ts" {
  interface ErrorCodes extends Record<keyof typeof conservazioneCodes, string> {}
}
