/** Files of an inbox that no run has read: what is said of each, on the page and by the doctor. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../../../server/config.ts";
import { judgeInboxFiles, readInboxFiles } from "../../../../server/ente/arrivals.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arrivals-"));
  mkdirSync(join(folder, "inbox", "borgo", "in-corso", "20261128-0001"), { recursive: true });
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function drop(...names: readonly string[]): void {
  for (const name of names) writeFileSync(join(folder, "inbox", "borgo", name), "x");
}

/** Looks so many milliseconds after the files were written. */
async function look(later: number, ending?: string) {
  const config = { dataFolder: folder } as Config;
  const clock = createFakeClock(Date.now() + later);
  return await readInboxFiles({ config, clock }, new Map([["borgo", ending]]));
}

test("each file is told with why it waits; what the system keeps there is not", async () => {
  drop("a.csv", "b.csv.part", "c.csv", "c.csv.ok", ".DS_Store", ".d.csv.Xy12", "~$e.xlsx");

  const files = await look(60_000, ".ok");

  expect(Object.fromEntries(files.map(({ name, why }) => [name, why]))).toEqual({
    "a.csv": "Manca il file che lo dice completo",
    "b.csv.part": "Il nome dice che la copia non è finita",
    "c.csv": "Pronto: lo prende il prossimo flusso",
    ".d.csv.Xy12": "Il nome dice che la copia non è finita",
    "~$e.xlsx": "Il nome dice che la copia non è finita",
  });
});

test("one that changed a moment ago is being copied, five seconds later it is ready", async () => {
  drop("a.csv");

  expect((await look(1_000)).map(({ why }) => why)).toEqual(["Ancora in copia"]);
  expect((await look(10_000)).map(({ isReady }) => isReady)).toEqual([true]);
});

test("the doctor passes over what the next run takes, and names the run that holds a file", async () => {
  drop("a.csv");
  drop("in-corso/20261128-0001/b.csv");

  const findings = judgeInboxFiles(await look(60_000), Date.now());

  expect(findings).toEqual([
    {
      state: "doubtful",
      note: "borgo/b.csv: preso da un flusso che non lo ha ancora letto.",
      hint: { action: "resume", run: "20261128-0001" },
    },
  ]);
});

test("an inbox that is not there holds nothing", async () => {
  rmSync(join(folder, "inbox"), { recursive: true });

  expect(await look(0)).toEqual([]);
});
