/** What the codes mean that the adapters of several outside systems share. */
import type { CodeTable } from "../engine/host/error-codes.ts";

export const integrationsCodes = {
  LIVE_NOT_ALLOWED: "a real address without `live: true` and `POSTINO_LIVE=1`.",
  UNREADABLE_ANSWER: "an answer that is not of the agreed form.",
  ACCESS_DENIED: "credentials refused (401, 403).",
  TOO_MANY_REQUESTS: "the service asks to slow down (429).",
  SERVICE_UNAVAILABLE: "the service is away for now (408, 425 or 5xx).",
  PDND_KEY_UNREADABLE: "the private key for PDND cannot be used: blocked.",
  PDND_REFUSED: "PDND gave no voucher: blocked.",
  NO_ANSWER: "no connection, or no answer in time.",
} satisfies CodeTable;

declare module "../engine/host/error-codes.ts" {
  interface ErrorCodes extends Record<keyof typeof integrationsCodes, string> {}
}
