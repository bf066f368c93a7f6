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
  } else if (habit < 0.3) await copySlowly(stage, name, toLines(acts));
  else if (habit < 0.36) {
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

/** The first half, and a few seconds later the rest: a slow copy over the network, that goes on wherever the file is moved meanwhile. */
async function copySlowly(stage: Stage, name: string, text: string): Promise<void> {
  const { world, hosts } = stage;
  // Just before, or just when, the inbox is read.
  const next = Bun.cron.parse("30 6 * * 1,3,5", new Date(world.now()), { tz: "Europe/Rome" });
  const leadMs = Math.floor(world.draw("lead of the copy") * 4_000) - 100;
  await world.sleep(Math.max(0, (next?.getTime() ?? 0) - world.now() - leadMs));
  const path = hosts[0].locate(`data/inbox/prova/${name}.jsonl`);
  put(stage, name, text.slice(0, Math.floor(text.length * world.draw("half"))), "a metà");
  const { node } = fs.requireFile(path);
  await world.sleep(1_000 + world.draw("copy") * 40_000);
  const { mount } = hosts[0];
  makeRoom(mount, () => world.disk.setData({ mount }, node, new TextEncoder().encode(text)));
  node.synced = node.data;
  world.story.tell("ufficio", `esporta ${name}.jsonl fino in fondo`);
}
