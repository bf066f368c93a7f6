/** Which run holds the next hour of its schedule back. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Move } from "../../../../engine/journal/items.ts";
import type { Journal } from "../../../../engine/journal/journal.ts";
import type { RunState } from "../../../../engine/journal/states.ts";
import { loadRegistry, type StepRegistry } from "../../../../loader/pipeline/registry.ts";
import { findHoldingRun } from "../../../../server/history/holding-run.ts";
import { openJournal } from "../../../../stores/sqlite/store.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";

let folder = "";
let journal: Journal;
let registry: StepRegistry;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postino-holding-"));
  journal = openJournal(join(folder, "postino.sqlite"), createFakeClock(0));
  registry = await loadRegistry({ folders: [join(import.meta.dir, "../../../../steps")] });
});
afterAll(async () => {
  await journal.close();
  await rm(folder, { recursive: true });
});

const sending = ["load-verbali", "validate", "reset-iuv", "transmit", "import-iun", "close-origin"];
const asking = ["load-open-notifications", "import-iun"];
let made = 0;

/** A run in `state`, an item for each place: the index of the step at which it waits, or its end. */
async function makeRun(
  pipeline: string,
  names: readonly string[],
  state: RunState,
  places: readonly (number | "done" | "rejected" | "pending")[],
): Promise<string> {
  const { id } = await journal.createRun({
    pipeline,
    ente: "prova",
    trigger: "schedule",
    input: null,
    params: {},
    spec: JSON.stringify({ steps: names.map((uses) => ({ id: uses, uses })) }),
  });
  made += 1;
  await journal.addItems(
    id,
    places.map((_place, index) => ({ key: `${made}-${index}`, data: {}, sourceDigest: "" })),
  );
  const items = await journal.listItems(id, { limit: 10 });
  const moves = items.flatMap((item, index): Move[] => {
    const place = places[index] ?? "pending";
    if (place === "pending") return [];
    const isWaiting = typeof place === "number";
    return [
      {
        itemId: item.id,
        itemKey: item.key,
        from: "pending",
        to: isWaiting ? "waiting" : place,
        step: isWaiting ? place : names.length,
        code: null,
        note: null,
        hint: null,
        dueAt: isWaiting ? 60_000 : null,
        tries: 0,
        since: null,
      },
    ];
  });
  await journal.record(id, { moves });
  await journal.patchRun(id, { state, isLoaded: true });
  return id;
}

test.each([
  ["one at work", sending, "running", [4], true],
  ["one that has not begun", sending, "queued", [], true],
  ["one that asks for an OTP", sending, "waiting-for-person", ["pending"], true],
  ["one whose payment system is away", sending, "waiting", ["done", 2], true],
  ["one that SEND has not let in yet", sending, "waiting", [3, 4], true],
  ["one with a verbale whose turn has not come", sending, "waiting", ["pending", 4], true],
  ["one that waits for a verdict", sending, "waiting", ["done", "rejected", 4], false],
  ["one whose old position is not closed yet", sending, "waiting", [5], false],
  ["one that is over", sending, "completed", ["done"], false],
  ["one that stands", sending, "blocked", [4], false],
  ["one that does nothing but ask for verdicts", asking, "waiting", [1], true],
] as const)("%s", async (title, names, state, places, isHolding) => {
  const id = await makeRun(title, names, state, places);

  const found = await findHoldingRun({ journal, registry }, { pipeline: title, ente: "prova" });

  expect(found).toBe(isHolding ? id : null);
});

test("an older one at work holds back where the newest only waits for its verdicts", async () => {
  const older = await makeRun("both", sending, "running", ["pending"]);
  await makeRun("both", sending, "waiting", [4]);
  await makeRun("other", sending, "running", ["pending"]);

  const pair = { pipeline: "both", ente: "prova" };

  expect(await findHoldingRun({ journal, registry }, pair)).toBe(older);
  expect(await findHoldingRun({ journal, registry }, { ...pair, ente: "altro" })).toBeNull();
});
