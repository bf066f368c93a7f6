/** Where everything answers nothing is put off but for what SEND itself has yet to say: whoever waits in vain is told by what he waits for. */
import { toInstant } from "../../../engine/host/clock.ts";
import { readRows } from "../stage/rows.ts";
import { Broken, findJournal, findSend, type Invariant, type Stage } from "../stage/stage.ts";

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
  check(stage) {
    const { world, hosts } = stage;
    const since = toInstant((world.calmSince ?? world.now()) + echoMs);
    for (const host of hosts)
      for (const row of readRows(
        findJournal({ world }, host),
        `SELECT r.id AS run, i.key, a.step, a.started_at AS at, a.outcome, a.code, a.note FROM attempts a
         JOIN items i ON i.id = a.item JOIN runs r ON r.seq = a.run
         WHERE a.started_at > ? AND a.outcome IN ('later', 'failed', 'unknown')`,
        since,
      ))
        if (!honest.has(String(row["code"])) && !isShort(row) && !isExamined(stage, row))
          throw new Broken(this.name, `nella quiete aspetta ancora: ${JSON.stringify(row)}`);
  },
};

/** Two that a person took up together wait for each other; who does so to the end has failed. */
function isShort({ code, outcome }: Record<string, unknown>): boolean {
  return code === "BUSY_ELSEWHERE" && outcome === "later";
}

/** Codes of who waits for SEND's word on an earlier request of the verbale, and of who waits for him. */
const behindRequest: ReadonlySet<string> = new Set(["EARLIER_REQUEST_WAITING", "BUSY_ELSEWHERE"]);

/** SEND has not decided on an earlier request of the verbale. */
function isExamined(stage: Stage, { code, key }: Record<string, unknown>): boolean {
  if (!behindRequest.has(String(code))) return false;
  const sql = "SELECT 1 FROM requests WHERE protocol = ? AND status = 'WAITING'";
  return readRows(findSend(stage), sql, String(key)).length > 0;
}
