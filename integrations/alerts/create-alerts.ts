/** The alerts as steps ask for them, over the outbox. */
import { type Clock, toRomeDay } from "../../engine/host/clock.ts";
import type { RecordReader, Records } from "../../engine/journal/records.ts";
import { queueMessages } from "./outbox.ts";
import type { AlertsPort } from "./port.ts";

/** The port over the outbox. */
export function createAlerts(
  store: RecordReader & Records,
  ente: string,
  clock: Pick<Clock, "now">,
): AlertsPort {
  return {
    async announce({ to, runId, step, text }) {
      const now = clock.now();
      const line = { ente, what: text ?? "", notDone: null, path: `/flussi/${runId}` };
      const drafts = to.map((address) => ({
        channel: "mail" as const,
        to: address,
        kind: "notify" as const,
        cause: `${runId}/${step}`,
        period: toRomeDay(now),
        lines: [line],
        run: runId,
      }));
      await queueMessages(store, drafts, { now, waitMs: 0 });
    },
  };
}
