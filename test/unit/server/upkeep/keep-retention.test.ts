/** The night's deletion: at 3.30, of the enti that want it, and one that fails keeps no other from it. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArtifactStore } from "../../../../engine/host/artifacts.ts";
import type { Journal } from "../../../../engine/journal/journal.ts";
import type { EnteSettings } from "../../../../integrations/ente.ts";
import { usualRetention } from "../../../../integrations/retention.ts";
import type { Purged } from "../../../../server/upkeep/certificate.ts";
import { keepRetention } from "../../../../server/upkeep/keep-retention.ts";
import { openArtifacts } from "../../../../stores/blobs/store.ts";
import { openJournal } from "../../../../stores/sqlite/store.ts";
import { createFakeClock, type FakeClock } from "../../../support/fake-clock.ts";

let folder: string;
let clock: FakeClock;
let journal: Journal;
let artifacts: ArtifactStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "postino-retention-"));
  clock = createFakeClock("2026-11-23T06:30:00Z");
  journal = openJournal(":memory:", clock);
  artifacts = await openArtifacts(join(folder, "artifacts"));
});
afterEach(async () => {
  await journal.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A schedule's run without a verbale, as `seguito` leaves one each day. */
async function leaveRun(ente: string): Promise<string> {
  const { id } = await journal.createRun({
    pipeline: "seguito",
    ente,
    trigger: "schedule",
    input: null,
    params: {},
    spec: "{}",
  });
  await journal.patchRun(id, { state: "completed", endedAt: "2026-11-23T06:31:00.000Z" });
  return id;
}

function settingsOf(codice: string, automatic: boolean): EnteSettings {
  return {
    ente: { codice },
    retention: { ...usualRetention, detail: 2, automatic },
  } as EnteSettings;
}

test("each night, the ente whose file wants it, past the one that fails", async () => {
  const enti = ["fallisce", "notturno", "a-mano"];
  const runs = new Map<string, string>();
  for (const ente of enti) runs.set(ente, await leaveRun(ente));
  // The newest run of a journal stays.
  await leaveRun("notturno");
  const told: Purged[] = [];
  const warned: unknown[] = [];
  const stop = new AbortController();
  const failing: Journal = {
    ...journal,
    dropDetail: (ente, before) =>
      ente === "fallisce" ? Promise.reject(new Error("no")) : journal.dropDetail(ente, before),
  };
  const parts = {
    journal: failing,
    artifacts,
    clock,
    dataFolder: folder,
    log: { warn: (_text: string, fields: unknown) => warned.push(fields) } as never,
  };
  const night = {
    readEnti: async () => enti.map((ente) => settingsOf(ente, ente !== "a-mano")),
    tell: (purged: Purged) => told.push(purged),
  };

  const keeping = keepRetention(parts, night, stop.signal);
  while (told.length < 3) {
    await clock.advance(10 * 60_000);
    // What a night does is on the disk: it ends when it ends.
    await Bun.sleep(1);
  }
  const now = clock.now();
  stop.abort();
  await clock.advance(1);
  await keeping;

  expect(Date.parse("2026-11-26T02:30:00Z") - now).toBeLessThanOrEqual(0);
  expect(Date.parse("2026-11-27T02:30:00Z") - now).toBeGreaterThan(0);
  expect(told.map(({ ente, detail }) => [ente, detail.runs])).toEqual([
    ["notturno", 0],
    ["notturno", 0],
    ["notturno", 1],
  ]);
  const fault = { ente: "fallisce", code: "UNEXPECTED" };
  expect(warned).toEqual([fault, fault, fault]);
  const left = await Promise.all(enti.map((ente) => journal.readRun(runs.get(ente) ?? "")));
  expect(left.map((run) => run?.ente ?? null)).toEqual(["fallisce", null, "a-mano"]);
});
