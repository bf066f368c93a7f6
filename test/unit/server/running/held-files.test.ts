/** What becomes of the files that runs hold, by how their runs stand. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run } from "../../../../engine/journal/runs.ts";
import { settleHeld } from "../../../../server/running/held-files.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "held-"));
  const own = join(folder, "inbox", "borgo", "in-corso", "run-1");
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, "a.csv"), "verbali");
  writeFileSync(join(own, "a.ack"), "1");
  writeFileSync(join(folder, "inbox", "nota.txt"), "non è una cartella");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function listInbox(): readonly string[] {
  const all = readdirSync(join(folder, "inbox", "borgo"), { recursive: true, encoding: "utf8" });
  return all.filter((name) => name.includes(".")).toSorted();
}

/** Settles with the one run in this state; resolves with its note. */
async function settleWith(run: Partial<Run> | null): Promise<string | null> {
  let note: string | null = null;
  await settleHeld({
    config: { dataFolder: folder },
    log: { warn: () => undefined },
    journal: {
      readRun: async () =>
        run === null ? null : ({ id: "run-1", note: null, reason: null, ...run } as Run),
      patchRun: async (_, patch) => void (note = patch.note ?? null),
    },
  });
  return note;
}

test.each(["queued", "running", "waiting", "waiting-for-person", "blocked"] as const)(
  "%s: the run keeps them, for it goes on or is resumed",
  async (state) => {
    expect(await settleWith({ state, isLoaded: false })).toBeNull();

    expect(listInbox()).toEqual(["in-corso/run-1/a.ack", "in-corso/run-1/a.csv"]);
  },
);

test.each([
  ["cancelled", null, "è stato annullato"],
  ["failed", "Il disco è rotto.", "non è riuscito (Il disco è rotto.)"],
] as const)("%s before it was read: set aside with a report", async (state, reason, why) => {
  const note = await settleWith({ state, reason, isLoaded: false, note: "Prima." });

  expect(note).toBe("Prima. I file a.csv, a.ack sono ora in rifiutati/, con il loro rapporto.");
  expect(listInbox()).toEqual([
    "rifiutati/a.ack",
    "rifiutati/a.csv",
    "rifiutati/a.csv.rapporto.txt",
  ]);
  expect(readFileSync(join(folder, "inbox/borgo/rifiutati/a.csv.rapporto.txt"), "utf8")).toBe(
    `Il flusso run-1 ${why} prima di registrare i verbali di questo file: nessuno di essi è partito.\n\nChe cosa fare: per farlo leggere di nuovo, rimetterlo nella cartella di arrivo.\n`,
  );
});

test("a run that read them in leaves what is left in the archive", async () => {
  expect(await settleWith({ state: "running", isLoaded: true })).toBeNull();

  expect(listInbox()).toEqual(["archivio/run-1-a.ack", "archivio/run-1-a.csv"]);
});

test("no run knows of them: they are in the inbox again", async () => {
  await settleWith(null);

  expect(listInbox()).toEqual(["a.ack", "a.csv"]);
});
