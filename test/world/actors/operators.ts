/** The operators: look at the dashboard at their hours, answer what is asked, take up what rests, and press twice. */
import type { DecisionWord } from "../../../engine/journal/items.ts";
import type { Host } from "../stage/host.ts";
import { readRows, type Row } from "../stage/rows.ts";
import { type Actor, findJournal, findSend, type Stage } from "../stage/stage.ts";

const hour = 3_600_000;

export const operators: Actor = {
  name: "operatori",
  begin(stage) {
    stage.world.live(work(stage));
  },
};

async function work(stage: Stage): Promise<void> {
  const { world } = stage;
  for (;;) {
    await world.sleep(world.isCalm ? 6 * hour : (2 + world.draw("operator") * 40) * hour);
    for (const host of stage.hosts) await lookAt(stage, host);
  }
}

async function lookAt(stage: Stage, host: Host): Promise<void> {
  // A host may die while he looks.
  const read = (sql: string): readonly Row[] => readRows(findJournal(stage, host), sql);
  const asks = read(
    "SELECT r.id, a.kind FROM asks a JOIN runs r ON r.seq = a.run WHERE r.state = 'waiting-for-person' ORDER BY r.seq",
  );
  for (const { id, kind } of asks) await answer(stage, host, String(id), String(kind));
  const blocked = read("SELECT id, code FROM runs WHERE state = 'blocked' ORDER BY seq");
  for (const { id, code } of blocked) await unblock(stage, host, String(id), String(code));
  for (const [state, only] of [
    ["failed", "failed"],
    ["in_doubt", "in-doubt"],
    ["rejected", "rejected"],
  ] as const)
    for (const { id } of read(
      `SELECT id FROM runs WHERE ${state} > 0 AND state NOT IN ('running', 'queued', 'cancelled') ORDER BY seq`,
    )) {
      if (only === "in-doubt") await decide(stage, host, String(id));
      else if (
        (only === "failed" && hasPatience(stage, String(id))) ||
        (!stage.world.isCalm && stage.world.draw("again") < 0.15)
      )
        await press(stage, host, `/api/runs/${String(id)}/resume`, { only });
    }
  const open = read("SELECT id FROM runs WHERE state = 'waiting' ORDER BY seq");
  for (const { id } of open)
    if (!stage.world.isCalm && stage.world.draw("hurry") < 0.1)
      await press(stage, host, `/api/runs/${String(id)}/resume`, {});
}

/** When each flusso was taken up last, in each world: what SEND does not answer is not asked for anew at every look. */
const takenUp = new WeakMap<Stage, Map<string, number>>();

function hasPatience(stage: Stage, id: string): boolean {
  const times = takenUp.get(stage) ?? new Map<string, number>();
  takenUp.set(stage, times);
  const now = stage.world.now();
  if (now - (times.get(id) ?? Number.NEGATIVE_INFINITY) < 50 * hour) return false;
  times.set(id, now);
  return true;
}

/** Sends a form; some press the button twice. */
async function press(
  { world }: Stage,
  host: Host,
  path: string,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  const send = () => host.ask(path, { method: "POST", body: JSON.stringify(body) });
  const isTwice = !world.isCalm && world.draw("twice") < 0.2;
  const [first] = await Promise.all(isTwice ? [send(), send()] : [send()]);
  const told = path.replace("/api/runs/", "flusso ");
  world.story.tell(
    "operatore",
    `${told} ${JSON.stringify(body)}${isTwice ? ", due volte" : ""}: ${first?.status ?? "nessuna risposta"}`,
  );
}

async function answer(stage: Stage, host: Host, id: string, kind: string): Promise<void> {
  const path = `/api/runs/${id}/answer`;
  if (kind === "approval") return await press(stage, host, path, { kind, by: "Operatore" });
  if (kind !== "otp") return;
  // Wrong, too late, and one that is over before it can sign.
  const otp = stage.world.isCalm
    ? "123456"
    : stage.world.chaos.pick("otp", ["123456", "123456", "123456", "000000", "999999", "111111"]);
  await press(stage, host, path, { kind, otp });
}

async function unblock(stage: Stage, host: Host, id: string, code: string): Promise<void> {
  const isAligned = host.running?.writing.witness.isAligned("prova") === true;
  if (code === "JOURNAL_RESTORED" && !isAligned) return;
  await press(stage, host, `/api/runs/${id}/resume`, {});
}

/** Looks at SEND itself, and says what stands there. */
async function decide(stage: Stage, host: Host, id: string): Promise<void> {
  const { world } = stage;
  const doubts = readRows(
    findJournal(stage, host),
    "SELECT i.key, i.step, i.round FROM items i JOIN runs r ON r.seq = i.run WHERE r.id = ? AND i.state = 'in-doubt' ORDER BY i.id",
    id,
  );
  for (const doubt of doubts) {
    const decision = judge(stage, doubt);
    const items = [String(doubt["key"])];
    const result = await host.act("decide", ({ serving }) =>
      serving.manager.resume(id, { only: "in-doubt", items, decision }),
    );
    world.story.tell(
      "operatore",
      `dubbio su ${items[0]}: «${decision.word}», ${result?.status ?? "nessuna risposta"}`,
    );
  }
}

function judge(stage: Stage, { key }: Row): DecisionWord {
  const [sent] = readRows(
    findSend(stage),
    "SELECT token FROM requests WHERE protocol = ? LIMIT 1",
    String(key),
  );
  const how = { by: "Operatore", reason: "Visto sul portale di SEND", evidence: null };
  if (stage.world.draw("decision") < 0.5) return { ...how, word: "ask" };
  return { ...how, word: sent === undefined ? "not-done" : "done" };
}
