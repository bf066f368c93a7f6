/** What every journal gives up, and what it keeps: a suite that each store passes. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Intent } from "../../engine/journal/items.ts";
import type { Journal } from "../../engine/journal/journal.ts";
import type { Mask } from "../../engine/journal/retention.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";
import type { JournalPlace } from "./journal-suite.ts";

const mask: Mask = {
  maskData: ({ name: _name, ...rest }) => rest,
  maskNote: (note, { name }) => note.replaceAll(String(name), "…"),
};
const how = { kinds: ["act", "scheda"], mask, day: "2031-01-01" };
const hash = (letter: string): string => letter.repeat(64);

let place: JournalPlace;
let clock: FakeClock;
let journal: Journal;

/** Declares the tests for one store. */
export function testRetention(name: string, makePlace: () => Promise<JournalPlace>): void {
  describe(name, () => {
    beforeEach(async () => {
      place = await makePlace();
      clock = createFakeClock("2026-11-23T06:30:00Z");
      journal = await place.open(clock);
    });
    afterEach(async () => {
      await journal.close();
      await place.remove();
    });

    test("names go from items, effects, records and tries; numbers, states and hashes stay", async () => {
      const run = await playRun(["V1", "V2"]);
      await journal.writeRecords("prova", [
        {
          kind: "act",
          key: "IUN-1",
          subject: "V1",
          dueAt: "2026-12-01T00:00:00.000Z",
          data: { name: "Rossi", sha256: hash("a") },
        },
        { kind: "scheda", key: "V1", words: "ROSSI", data: { name: "Rossi", round: 1 } },
        { kind: "fact", key: "F1", subject: "V1", data: { name: "kept" } },
        { kind: "act", key: "IUN-2", subject: "V2", data: { name: "Verdi" } },
      ]);

      const first = await journal.redact("prova", ["V1", "IUN-1"], how);
      const again = await journal.redact("prova", ["V1", "IUN-1"], how);
      const elsewhere = await journal.redact("altro", ["V2"], how);

      expect(first).toEqual({ items: 1, effects: 1, records: 2 });
      expect([again, elsewhere]).toEqual([
        { items: 0, effects: 0, records: 0 },
        { items: 0, effects: 0, records: 0 },
      ]);
      const [one, two] = await journal.listItems(run, { limit: 10 });
      expect(one).toMatchObject({ key: "V1", state: "done", note: "Il nome … non va." });
      expect(one?.data).toEqual({
        file: { name: "V1.pdf", sha256: hash("a"), bytes: 3 },
        purgedOn: "2031-01-01",
      });
      expect(two?.data["name"]).toBe("Rossi V2");
      const [effect] = await journal.listEffects("prova", "send", "V1");
      expect(effect).toMatchObject({
        state: "done",
        fields: { token: "T", purgedOn: "2031-01-01" },
      });
      const records = await journal.readRecords("prova", "act", ["IUN-1", "IUN-2"]);
      expect([...records.values()].map(({ data, dueAt }) => [data, dueAt])).toEqual([
        [{ sha256: hash("a"), purgedOn: "2031-01-01" }, null],
        [{ name: "Verdi" }, null],
      ]);
      expect((await journal.readRecords("prova", "fact", ["F1"])).get("F1")?.data).toEqual({
        name: "kept",
      });
      expect(await journal.countRecords("prova", "scheda", ["ROSSI"])).toEqual(new Map());
      expect((await journal.listAttempts(run, "V1")).map(({ note }) => note)).toEqual([null]);
    });

    test("what masked rows alone name is no longer needed", async () => {
      await playRun(["V1", "V2"]);
      await journal.redact("prova", ["V1"], how);

      const { masked, needed } = await journal.sortBlobs(new Set());

      // V2 has the same file.
      expect([[...masked], [...needed].toSorted()]).toEqual([[hash("a")], [hash("a"), hash("c")]]);
      await journal.redact("prova", ["V2"], how);
      expect([...(await journal.sortBlobs(new Set())).needed]).toEqual([hash("c")]);
    });

    test("input and archives of a run go once all of it is masked", async () => {
      const run = await playRun(["V1", "V2"]);
      await journal.addFile(run, { name: "a.zip", sha256: hash("d"), bytes: 9 });
      const later = "2031-01-01T00:00:00.000Z";
      await journal.redact("prova", ["V1"], how);
      const half = await journal.listRunFiles("prova", later);
      await journal.redact("prova", ["V2"], how);
      const early = await journal.listRunFiles("prova", "2026-11-01T00:00:00.000Z");
      const whole = await journal.listRunFiles("prova", later);
      const given = await journal.sortBlobs(new Set([1]));
      await journal.dropRunFiles(run);

      expect([...given.needed]).toEqual([]);

      expect([half, early, whole]).toEqual([
        [],
        [],
        [{ seq: 1, run, hashes: [hash("c"), hash("d")] }],
      ]);
      expect([(await journal.readRun(run))?.input, await journal.listFiles(run)]).toEqual([
        null,
        [],
      ]);
      expect(await journal.listRunFiles("prova", later)).toEqual([]);
    });

    test("what never went is listed once its runs are over, and what is open is told", async () => {
      await playRun(["V1"]);
      await playRun(["X1", "X2"], { isSent: false });
      const open = await playRun(["X2", "X3"], { isSent: false, isEnded: false });
      const later = "2031-01-01T00:00:00.000Z";

      expect(await journal.listUnsent("prova", later, "", 10)).toEqual(["X1"]);
      expect(await journal.listUnsent("prova", later, "X1", 10)).toEqual([]);
      expect(await journal.listUnsent("prova", "2026-11-01T00:00:00.000Z", "", 10)).toEqual([]);
      expect(await journal.listUnsent("altro", later, "", 10)).toEqual([]);
      expect(
        [...(await journal.listOpenKeys("prova", ["V1", "X1", "X2", "X3"]))].toSorted(),
      ).toEqual(["X2", "X3"]);
      await journal.patchRun(open, { state: "completed", endedAt: "2026-11-24T00:00:00.000Z" });
      expect(await journal.listUnsent("prova", later, "", 10)).toEqual(["X1", "X2", "X3"]);
    });

    test("the small change of long ago goes, and the newest try stays: the journal is the same one", async () => {
      const run = await playRun(["V1"]);
      const empty = await playRun([], { isSent: false });
      await playRun(["V2"]);
      const mark = await journal.readMark();

      const dropped = await journal.dropDetail("prova", "2031-01-01T00:00:00.000Z");

      expect(dropped).toEqual({ runs: 1, attempts: 1, dues: 0 });
      expect([await journal.readRun(empty), (await journal.readRun(run))?.counts.total]).toEqual([
        null,
        1,
      ]);
      expect(await journal.listAttempts(run, "V1")).toEqual([]);
      expect(await journal.readMark()).toBe(mark);
      expect(await journal.dropDetail("prova", "2026-01-01T00:00:00.000Z")).toEqual({
        runs: 0,
        attempts: 0,
        dues: 0,
      });
    });
  });
}

interface Play {
  readonly isSent?: boolean;
  readonly isEnded?: boolean;
}

/** A run whose verbali went, or were rejected before. */
async function playRun(
  keys: readonly string[],
  { isSent = true, isEnded = true }: Play = {},
): Promise<string> {
  const made = await journal.createRun({
    pipeline: "prova",
    ente: "prova",
    trigger: "manual",
    input: isSent ? { name: "f.csv", sha256: hash("c"), bytes: 5 } : null,
    params: {},
    spec: "{}",
  });
  await journal.addItems(
    made.id,
    keys.map((key) => ({
      key,
      sourceDigest: key,
      data: { name: `Rossi ${key}`, file: { name: `${key}.pdf`, sha256: hash("a"), bytes: 3 } },
    })),
  );
  for (const { id, key, data } of await journal.listItems(made.id, { limit: 10 })) {
    const effect = { key: `send-${key}`, step: "send", itemKey: key, round: 1 };
    const intent: Intent = {
      itemId: id,
      from: "pending",
      since: 1,
      stepId: "send",
      number: 1,
      effect,
      sourceDigest: key,
      fingerprint: key,
      seals: true,
      holds: [],
    };
    if (isSent) await journal.record(made.id, { intents: [intent] });
    await journal.record(made.id, {
      moves: [
        {
          itemId: id,
          itemKey: key,
          from: isSent ? "running" : "pending",
          to: isSent ? "done" : "rejected",
          step: 1,
          code: null,
          note: `Il nome ${String(data["name"])} non va.`,
          hint: null,
          dueAt: null,
          tries: 0,
          since: null,
          ...(isSent && {
            attempt: { stepId: "send", number: 1, outcome: "done", code: null, note: "Rossi" },
            effect: {
              id: effect,
              state: "done",
              seals: true,
              fields: { name: "Rossi", token: "T" },
            },
          }),
        },
      ],
    });
  }
  if (isEnded)
    await journal.patchRun(made.id, { state: "completed", endedAt: "2026-11-24T00:00:00.000Z" });
  return made.id;
}
