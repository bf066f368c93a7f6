/** Tests of the card beside the journal: what a power cut leaves of it is no copy. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeOf } from "../../../../engine/host/errors.ts";
import type { Intent } from "../../../../engine/journal/items.ts";
import type { Lineage } from "../../../../engine/journal/journal.ts";
import { openJournal } from "../../../../stores/sqlite/store.ts";
import { openWitness } from "../../../../server/store/journal-witness.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-witness-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const clock = createFakeClock(Date.UTC(2026, 10, 28));

/** Opens the journal with its card and closes it again; whether the ente may act. */
async function isAlignedNow(): Promise<boolean> {
  const path = join(folder, "postino.sqlite");
  const journal = openJournal(path, clock);
  const witness = await openWitness(journal, { path, clock });
  await journal.close();
  return witness.isAligned("prova");
}

function cardPath(): string {
  return join(folder, "postino.sqlite.witness.json");
}

test("an ente whose card cannot be written is not free before it can", async () => {
  const path = join(folder, "postino.sqlite");
  await isAlignedNow();
  rmSync(cardPath());
  const journal = openJournal(path, clock);
  const witness = await openWitness(journal, { path, clock });
  mkdirSync(`${cardPath()}.new`);

  expect(() => witness.free("prova")).toThrow(/EISDIR/);
  const isFreed = witness.isAligned("prova");
  rmdirSync(`${cardPath()}.new`);
  witness.free("prova");

  expect([isFreed, witness.isAligned("prova")]).toEqual([false, true]);
  await journal.close();
});

const leftovers = [
  { what: "an empty card", leave: () => writeFileSync(cardPath(), ""), may: true },
  {
    what: "a card of which half was written",
    leave: () => writeFileSync(cardPath(), readFileSync(cardPath(), "utf8").slice(0, 30)),
    may: true,
  },
  { what: "no card", leave: () => rmSync(cardPath()), may: false },
  { what: "the card of another journal", leave: writeOtherCard, may: false },
] as const;

test("a card that a power cut emptied is no copy; none, or that of another journal, is", async () => {
  for (const { what, leave, may } of leftovers) {
    const first = await isAlignedNow();
    leave();
    const second = await isAlignedNow();
    const afterwards = await isAlignedNow();

    expect({ what, first, second, afterwards }).toEqual({
      what,
      first: true,
      second: may,
      afterwards: may,
    });
    rmSync(join(folder, "postino.sqlite"), { force: true });
    rmSync(cardPath(), { force: true });
  }
});

function writeOtherCard(): void {
  const card = JSON.parse(readFileSync(cardPath(), "utf8")) as object;
  writeFileSync(cardPath(), JSON.stringify({ ...card, installation: 7 }));
}

const promotions = [
  ["a replica that was waited for", { line: 1, isReplicated: true }, 2, true],
  ["a replica that was not waited for", { line: 1, isReplicated: false }, 2, false],
  ["no replica", { line: 1, isReplicated: false }, 1, true],
  [
    "a database that was put back from before the promotion",
    { line: 3, isReplicated: false },
    2,
    false,
  ],
] as const;

test.each(promotions)(
  "behind a server whose place %s took, an ente may act, or not before the comparison",
  async (_, before, line, may) => {
    const path = join(folder, "postino.sqlite");
    const journal = openJournal(path, clock);
    const run = await journal.createRun({
      pipeline: "prova",
      ente: "prova",
      trigger: "manual",
      input: null,
      params: {},
      spec: "{}",
    });
    let now: Lineage = before;
    const replicated = { ...journal, readLineage: async () => now, record: async () => {} };
    const running = await openWitness(replicated, { path, clock });
    now = { line, isReplicated: false };

    // The one that runs learns it with its next intent, another one when it starts.
    const next = await running.journal.record(run.id, { intents: [{} as Intent] }).catch(codeOf);
    const started = await openWitness(replicated, { path, clock });
    await journal.close();

    expect(next).toBe(may ? undefined : "JOURNAL_RESTORED");
    expect([running.isAligned("prova"), started.isAligned("prova")]).toEqual([may, may]);
  },
);
