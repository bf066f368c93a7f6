/** The office: exports its verbali into the inbox at its hours and in its way: well, twice, again, half copied, with a broken line. */
import { toRomeDay } from "../../../engine/host/clock.ts";
import { type Act, inventAct } from "../stage/acts.ts";
import * as fs from "../seams/fs.ts";
import { makeRoom, putFile } from "../stage/ente.ts";
import type { Actor, Stage } from "../stage/stage.ts";

const hour = 3_600_000;
const day = 24 * hour;

export const office: Actor = {
  name: "ufficio",
  begin(stage) {
    stage.world.live(work(stage));
  },
};

async function work(stage: Stage): Promise<void> {
  const { world } = stage;
  await world.sleep(2 * hour);
  for (let number = 1; !world.isCalm; number += 1) {
    await exportFile(stage, `verbali-${String(number).padStart(3, "0")}`);
    await world.sleep(world.chaos.drawBetween("office", 1, 8) * day);
  }
}

async function exportFile(stage: Stage, name: string): Promise<void> {
  const { world } = stage;
  const before = [...stage.acts.values()];
  const acts = inventActs(stage);
  const habit = world.draw("habit of the office");
  if (habit < 0.1) {
    const old = before[Math.floor(world.draw("old act") * before.length)];
    put(stage, name, toLines(old === undefined ? acts : [...acts, old]), "con un verbale di prima");
  } else if (habit < 0.2) {
    put(stage, name, toLines(acts), "");
    put(stage, `${name}-copia`, toLines(acts), "lo stesso file");
  } else if (habit < 0.35) await copySlowly(stage, name, toLines([...acts, ...inventActs(stage)]));
  else if (habit < 0.41) {
    put(stage, name, `${toLines(acts)}{"numero": "T9\n`, "con una riga rotta");
    await world.sleep(day);
    put(stage, `${name}-corretto`, toLines(acts), "corretto");
  } else put(stage, name, toLines(acts), "");
}

function inventActs({ world, acts }: Stage): readonly Act[] {
  const today = toRomeDay(world.now());
  const count = 1 + Math.floor(world.draw("flusso") ** 2 * 4);
  const made: Act[] = [];
  for (let index = 0; index < count; index += 1) {
    const act = inventAct(world, acts.size + 1, today);
    acts.set(act.numero, act);
    made.push(act);
  }
  return made;
}

export function toLines(acts: readonly Act[]): string {
  return acts.map(({ verbale }) => `${JSON.stringify(verbale)}\n`).join("");
}

function put({ world, hosts }: Stage, name: string, text: string, how: string): void {
  putFile(world, hosts[0].locate(`data/inbox/prova/${name}.jsonl`), text);
  world.story.tell("ufficio", `esporta ${name}.jsonl ${how}`);
}

/** A copy over the network that begins just before, or just when, the inbox is read, and goes on wherever the file is moved meanwhile. */
async function copySlowly(stage: Stage, name: string, text: string): Promise<void> {
  const { world, hosts } = stage;
  const next = Bun.cron.parse("30 6 * * 1,3,5", new Date(world.now()), { tz: "Europe/Rome" });
  const leadMs = Math.floor(world.draw("lead of the copy") * 4_000) - 100;
  await world.sleep(Math.max(0, (next?.getTime() ?? 0) - world.now() - leadMs));
  const path = hosts[0].locate(`data/inbox/prova/${name}.jsonl`);
  const [first, ...others] = drawPieces(world, text);
  put(stage, name, text.slice(0, first?.end ?? 0), "a metà");
  const { node } = fs.requireFile(path);
  for (const { end, afterMs } of others) {
    await world.sleep(afterMs);
    const { mount } = hosts[0];
    const bytes = new TextEncoder().encode(text.slice(0, end));
    makeRoom(mount, () => world.disk.setData({ mount }, node, bytes));
    node.synced = node.data;
  }
  world.story.tell("ufficio", `esporta ${name}.jsonl fino in fondo`);
}

/** Two pieces with a long pause somewhere in a line; or line by line, never so long that anybody could take it for whole. */
function drawPieces(
  world: Stage["world"],
  text: string,
): readonly { readonly end: number; readonly afterMs: number }[] {
  const ends = [...text.matchAll(/\n/g)].map(({ index }) => index + 1);
  if (ends.length > 1 && world.draw("copy by lines") < 0.6)
    return ends.map((end) => ({ end, afterMs: 500 + world.draw("line") * 3_500 }));
  return [
    { end: Math.floor(text.length * world.draw("half")), afterMs: 0 },
    { end: text.length, afterMs: 1_000 + world.draw("copy") * 40_000 },
  ];
}
