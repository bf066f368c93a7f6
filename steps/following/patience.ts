/** How long a letter may still bring a delivery that comes before an access; by SEND's environment and the settings of the ente. */
import type { Clock } from "../../engine/host/clock.ts";

export interface Patience {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** From a delivery by post to the end of its term; `null`: not known of this environment. */
  readonly termMs: number | null;
  /** A letter of which nothing is told for so long brings no outcome any more. */
  readonly silentMs: number;
}

/** Of the ente: its SEND, and what it says of letters there. */
interface Settings {
  readonly baseUrl: string;
  readonly postTermDays?: number;
  readonly silentLetterDays?: number;
}

const dayMs = 86_400_000;

// Source: SEND's OpenAPI, servers.
const productionHost = "api.notifichedigitali.it";

// Source: pn-delivery-push-workflow, production: ten blocks of 24 hours from the carrier's date.
const productionTermDays = 10;

/** Twice the longest time for which a deposit keeps silent. */
const silentDays = 60;

/** Its terms are those of the law; those of test environments are shorter. */
export function isProduction({ baseUrl }: Pick<Settings, "baseUrl">): boolean {
  return new URL(baseUrl).host === productionHost;
}

/** For what SEND says now. */
export function findPatience(send: Settings, clock: Clock): Patience {
  const days = send.postTermDays ?? (isProduction(send) ? productionTermDays : null);
  return {
    now: clock.now(),
    termMs: days === null ? null : days * dayMs,
    silentMs: (send.silentLetterDays ?? silentDays) * dayMs,
  };
}
