/** Where everything answers nothing is put off but for what SEND itself has yet to say: whoever waits in vain is told by what he waits for. */
import { toInstant } from "../../../engine/host/clock.ts";
import { readRows } from "../stage/rows.ts";
import { Broken, findJournal, type Invariant } from "../stage/stage.ts";

/** By then what an outage had put off has come by again. */
const echoMs = 36 * 3_600_000;

/** What is put off though everything answers: SEND examines, or takes a notification back. */
const honest: ReadonlySet<string> = new Set([
  "NOT_YET_ACCEPTED",
  "VERDICT_LATE",
  "VERDICT_OVERDUE",
  "CANCELLATION_UNDER_WAY",
]);

export const quiet: Invariant = {
  name: "quiete",
  promise: "quando tutto risponde nessun passo aspetta invano",
  on: ["rest"],
  check({ world, hosts }) {
    const since = toInstant((world.calmSince ?? world.now()) + echoMs);
    for (const host of hosts)
      for (const row of readRows(
        findJournal({ world }, host),
        `SELECT r.id AS run, i.key, a.step, a.started_at AS at, a.outcome, a.code, a.note FROM attempts a
         JOIN items i ON i.id = a.item JOIN runs r ON r.seq = a.run
         WHERE a.started_at > ? AND a.outcome IN ('later', 'failed', 'unknown')`,
        since,
      ))
        if (!honest.has(String(row["code"])))
          throw new Broken(this.name, `nella quiete aspetta ancora: ${JSON.stringify(row)}`);
  },
};
