/** Ten minutes from the export of a program to the first IUN: with the answers given it takes seconds, and nobody edits a CSV. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { goToFirstIun, type FirstIun } from "../support/first-iun.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";

let world: InstallationWorld;
let way: FirstIun;

beforeAll(async () => {
  world = await makeInstallationWorld();
  way = await goToFirstIun(world, () => performance.now());
});

afterAll(async () => await world.close());

test("each step says that it went well", () => {
  const told = way.steps.map(({ name, code }) => [name, code]);

  expect(way.steps.slice(0, 3).map(({ stderr }) => stderr)).toEqual(["", "", ""]);
  expect(told).toEqual([
    ["init --from", 0],
    ["check", 0],
    ["doctor", 0],
    ["run", 0],
  ]);
});

test("every verbale of the export as the program wrote it has an IUN", () => {
  expect(way.notes).toEqual([]);
  expect(Object.keys(way.iuns)).toHaveLength(16);
  for (const iun of Object.values(way.iuns))
    expect(iun).toMatch(/^[A-Z]{4}-[A-Z]{4}-[A-Z]{4}-\d{6}-[A-Z]-\d$/);
});

test("the ente's file has no place left open, and keeps the template's remarks", () => {
  const text = readFileSync(join(world.pipelinesFolder, "enti", "borgonuovo.yaml"), "utf8");

  expect(text).not.toContain("<--");
  for (const remark of [
    "# il nome del segreto, mai il valore",
    "# Facoltativi, stampati sui documenti",
    "# I simulatori non notificano nessuno.",
    "# collaudo: https://api.uat.notifichedigitali.it",
    "# Stampati sul verbale. Facoltativi",
  ])
    expect(text).toContain(remark);
  expect(text).toContain('codiceFiscale: "89999990164"');
  expect(text).toContain("    Trasgressore: { split: cognome-nome }\n");
  expect(text).not.toContain("# flusso:");
});

test("it took far less than ten minutes", () => {
  console.info(
    `first IUN: ${way.steps.map(({ name, ms }) => `${name} ${(ms / 1000).toFixed(1)} s`).join(", ")}; in all ${(way.totalMs / 1000).toFixed(1)} s`,
  );

  expect(way.totalMs).toBeLessThan(600_000);
});
