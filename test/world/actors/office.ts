/** The office: exports the verbali of the week into the inbox, at its hours and in its way. */
import { toRomeDay } from "../../../engine/host/clock.ts";
import { inventAct } from "../stage/acts.ts";
import { putFile } from "../stage/ente.ts";
import type { Actor, Stage } from "../stage/stage.ts";

const hour = 3_600_000;
const day = 24 * hour;

export const office: Actor = {
  name: "ufficio",
  begin(stage) {
    void work(stage);
  },
};

async function work(stage: Stage): Promise<void> {
  const { world } = stage;
  await world.sleep(2 * hour);
  for (let number = 1; !world.isCalm; number += 1) {
    exportFile(stage, `verbali-${String(number).padStart(3, "0")}.jsonl`);
    await world.sleep(world.chaos.drawBetween("office", 1, 8) * day);
  }
}

function exportFile(stage: Stage, name: string): void {
  const { world, hosts, acts } = stage;
  const today = toRomeDay(world.now());
  const count = 1 + Math.floor(world.draw("flusso") ** 2 * 4);
  const lines: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const act = inventAct(world, acts.size + 1, today);
    acts.set(act.numero, act);
    lines.push(`${JSON.stringify(act.verbale)}\n`);
  }
  putFile(world, hosts[0].locate(`data/inbox/prova/${name}`), lines.join(""));
  world.story.tell("ufficio", `esporta ${name}: ${count} verbali`);
}
