/** Power that goes while the journal is written: the log is cut at every frame, in its middle, zeroed or damaged from there on; the journal opens, is sound, and holds all that was acknowledged by then. */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Move } from "../../engine/journal/items.ts";
import type { Journal } from "../../engine/journal/journal.ts";
import { openJournal } from "../../stores/sqlite/store.ts";
import { createFakeClock } from "../support/fake-clock.ts";

// SQLite: the header of the log, and that of each of its frames, before a page.
const headerBytes = 32;
const frameBytes = 24 + 4096;

/** What was acknowledged when the log was so long: how many items were loaded, begun and done. */
interface Acknowledged {
  readonly bytes: number;
  readonly items: number;
  readonly begun: number;
  readonly done: number;
}

let folder: string;
let log: Buffer;
const acknowledged: Acknowledged[] = [];
let run: string;
const clock = createFakeClock("2026-11-23T06:30:00Z");

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "postino-power-"));
  const path = join(folder, "postino.sqlite");
  const made = openJournal(path, clock);
  await made.close();
  // As the disk has it before the log begins.
  copyFileSync(path, join(folder, "before.sqlite"));
  const journal = openJournal(path, clock);
  await work(journal, `${path}-wal`);
  log = readFileSync(`${path}-wal`);
  await journal.close();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Loads items, begins an effect with each and ends it, one write after the other. */
async function work(journal: Journal, wal: string): Promise<void> {
  const count = { items: 0, begun: 0, done: 0 };
  const acknowledge = (): unknown => acknowledged.push({ bytes: statSync(wal).size, ...count });
  const made = await journal.createRun({
    pipeline: "prova",
    ente: "prova",
    trigger: "manual",
    input: null,
    params: {},
    spec: "{}",
  });
  run = made.id;
  acknowledge();
  for (let index = 1; index <= 5; index += 1) {
    const key = `v${index}`;
    // Larger than a page: a write of several frames.
    const data = { text: "x".repeat(index * 900) };
    await journal.addItems(run, [{ key, data, sourceDigest: key }]);
    count.items += 1;
    acknowledge();
    const [item] = await journal.listItems(run, { key, limit: 1 });
    if (item === undefined) throw new Error(`no item ${key}`);
    const effect = { key: `send-${key}`, step: "send", itemKey: key, round: 1 };
    const place = { itemId: item.id, since: 1_000 };
    const intent = { ...place, from: "pending", stepId: "send", number: 1, effect } as const;
    const facts = { sourceDigest: key, fingerprint: key, seals: true, holds: [`protocol ${key}`] };
    await journal.record(run, { intents: [{ ...intent, ...facts }] });
    count.begun += 1;
    acknowledge();
    const end: Move = {
      itemId: item.id,
      itemKey: key,
      from: "running",
      to: "done",
      step: 2,
      code: null,
      note: null,
      hint: null,
      dueAt: null,
      tries: 0,
      since: null,
      attempt: { stepId: "send", number: 1, outcome: "done", code: null, note: null },
      effect: { id: effect, state: "done", seals: true, fields: { token: key } },
    };
    await journal.record(run, { moves: [end] });
    count.done += 1;
    acknowledge();
  }
}

/** What is left of the log after the cut, by what the disk did with the rest. */
const rests: Readonly<Record<string, (whole: Buffer, at: number) => Buffer>> = {
  "is gone": (whole, at) => whole.subarray(0, at),
  "is zeroes": (whole, at) =>
    Buffer.concat([whole.subarray(0, at), Buffer.alloc(whole.length - at)]),
  "has one wrong bit": (whole, at) => {
    const copy = Buffer.from(whole);
    if (at < copy.length) copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
    return copy;
  },
};

function listCuts(): readonly number[] {
  const frames = Math.floor((log.length - headerBytes) / frameBytes);
  const cuts: number[] = [0, headerBytes - 1];
  for (let frame = 0; frame <= frames; frame += 1) {
    const start = headerBytes + frame * frameBytes;
    cuts.push(start, start + 12, start + 24 + 2_048);
  }
  return cuts.filter((cut) => cut <= log.length);
}

test.each(Object.entries(rests))(
  "wherever the log is cut, and what came behind %s, nothing acknowledged before is lost",
  async (_, leave) => {
    const path = join(folder, "cut", "postino.sqlite");
    const wrong: string[] = [];
    const cuts = listCuts();
    for (const cut of cuts) {
      rmSync(join(folder, "cut"), { recursive: true, force: true });
      writeLog(path, leave(log, cut));
      const fault = await findFault(path, cut);
      if (fault !== null) wrong.push(`cut at ${cut}: ${fault}`);
    }

    expect(wrong).toEqual([]);
    // 16 writes of at least one frame each.
    expect(cuts.length).toBeGreaterThan(48);
  },
);

function writeLog(path: string, bytes: Buffer): void {
  mkdirSync(join(folder, "cut"));
  copyFileSync(join(folder, "before.sqlite"), path);
  writeFileSync(`${path}-wal`, bytes);
}

/** What is wrong with a journal whose log was cut there; `null`: nothing. */
async function findFault(path: string, cut: number): Promise<string | null> {
  const journal = openJournal(path, clock);
  try {
    const integrity = await journal.checkIntegrity();
    if (integrity !== "ok") return integrity;
    const known = acknowledged.findLast(({ bytes }) => bytes <= cut);
    const found = await journal.readRun(run);
    if (found === null) return known === undefined ? null : "the run is lost";
    const items = await journal.listItems(run, { limit: 100 });
    const effects = await journal.findEffects(items.map(({ key }) => `send-${key}`));
    const begun = effects.size;
    const done = [...effects.values()].filter(({ state }) => state === "done").length;
    if (found.counts.total !== items.length || found.counts.done !== done)
      return `counts ${JSON.stringify(found.counts)} for ${items.length} items and ${done} effects`;
    const { items: had = 0, begun: began = 0, done: ended = 0 } = known ?? {};
    // A write whose caller was not told yet may be there, whole.
    return items.length < had || begun < began || done < ended
      ? `${items.length}/${begun}/${done} after ${had}/${began}/${ended} were acknowledged`
      : null;
  } finally {
    await journal.close();
  }
}
