/** No code of a notification is unpayable before its term is over, or payable after. */
import { toInstant } from "../../../engine/host/clock.ts";
import { type Code, findTermEnd, type Notified } from "../stage/notified.ts";
import { readRows } from "../stage/rows.ts";
import { Broken, findJournal, type Invariant, type Stage, wasTold } from "../stage/stage.ts";

const hour = 3_600_000;

export const codes: Invariant = {
  name: "codici",
  promise: "nessun codice notificato chiuso prima del suo termine o pagabile dopo",
  on: ["night", "rest"],
  check(stage, isAtRest) {
    stage.notified.listen();
    for (const notified of stage.notified.byIun.values()) {
      if (notified.payments.length > 0 || notified.isCancelled) continue;
      // What the register lost is for whoever was told.
      if (wasTold(stage, notified.numero)) continue;
      for (const code of notified.codes) checkCode(this.name, stage, notified, { code, isAtRest });
    }
  },
};

/** In so many quiet days the house has heard everything that SEND says. */
const quietMs = 4 * 24 * hour;

function checkCode(
  name: string,
  stage: Stage,
  notified: Notified,
  { code, isAtRest }: { readonly code: Code; readonly isAtRest: boolean },
): void {
  const now = stage.world.now();
  const ends = notified.words.map(({ day }) => (day === null ? null : findTermEnd(code, day)));
  const mayBeClosed = ends.some((end) => end !== null && end < now);
  const followedAt = isAtRest ? now - quietMs : findFollowed(stage, notified);
  const newest = notified.words.findLastIndex(({ since }) => since + hour < followedAt);
  const mustBeClosed =
    newest >= 0 &&
    ends.slice(newest).every((end) => end !== null && Math.max(end, followedAt) + hour <= now);
  const offer = stage.notified.offer(code);
  const isOpen = !("fault" in offer);
  const told = `${notified.numero}, ${code.kind} ${code.noticeCode}: ${isOpen ? "aperto" : "chiuso"} il ${toInstant(now)}; parole di SEND: ${notified.words.map(({ day }) => day ?? "nessuna").join(", ")}`;
  if ((!isOpen && !mayBeClosed) || (isOpen && mustBeClosed)) throw new Broken(name, told);
}

/** When the register last heard of it in a run that then came to its end; 0: never. */
function findFollowed(stage: Stage, { iun }: Notified): number {
  let followedAt = 0;
  for (const host of stage.hosts)
    for (const { at } of readRows(
      findJournal(stage, host),
      "SELECT max(r.started_at) AS at FROM items i JOIN runs r ON r.seq = i.run WHERE i.key = ? AND i.state = 'done' AND r.pipeline = 'seguito' AND r.state = 'completed'",
      iun,
    ))
      if (at !== null) followedAt = Math.max(followedAt, Date.parse(String(at)));
  return followedAt;
}
