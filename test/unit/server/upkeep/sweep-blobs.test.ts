/** Documents without a row: those of a process that died go, those that are named, young or needed stay. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openArtifacts } from "../../../../stores/blobs/store.ts";
import { change } from "../../../../stores/sql/plan.ts";
import { openTables } from "../../../../stores/sqlite/store.ts";
import { sweepUnnamed } from "../../../../server/upkeep/sweep-blobs.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-sweep-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const dayMs = 86_400_000;

test("what no row names goes a day later; a document that a kept one is part of stays", async () => {
  const clock = createFakeClock("2026-11-23T08:00:00Z");
  const artifacts = await openArtifacts(join(folder, "artifacts"));
  const base = await artifacts.put("base.pdf", Buffer.alloc(3_000, 1));
  const whole = Buffer.concat([Buffer.alloc(3_000, 1), Buffer.from("firma")]);
  const signed = await artifacts.put("firmato.pdf", whole, { extend: base.sha256 });
  const orphan = await artifacts.put("orfano.pdf", Buffer.from("di nessuno"));
  const { db, close } = openTables(join(folder, "journal.sqlite"), clock);
  const now = Date.now();
  const named = `INSERT INTO runs (id, pipeline, ente, spec, run_trigger, params, state, created_at, input_name, input_sha256, input_bytes) VALUES ('r', 'send', 'prova', '{}', 'manual', '{}', 'completed', '2026-11-23T00:00:00Z', 'a', '${signed.sha256}', 1)`;
  await db.write(() => change(named));

  const young = await sweepUnnamed(db, artifacts, now);
  const later = await sweepUnnamed(db, artifacts, now + dayMs + 60_000);
  await db.write(() => change("UPDATE runs SET state = 'running'"));
  const busy = await sweepUnnamed(db, artifacts, now + dayMs + 60_000);
  await close();

  expect([young, later, busy]).toEqual([{ blobs: 0, bytes: 0 }, { blobs: 1, bytes: 10 }, null]);
  expect(await artifacts.has(orphan.sha256)).toBe(false);
  expect(await artifacts.isWhole(signed.sha256)).toBe(true);
});
