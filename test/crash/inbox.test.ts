/** A file of the inbox whose run dies between taking it and knowing it: it is read once, or lies where a person finds it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFastClock } from "../support/fast-clock.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

const pipeline = `name: Lettura
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: validate
`;

/** Killed right after the move, after the copy of the bytes, after the run's row names them. */
const points = ["inbox-after-rename", "artifact-after-sync", "inbox-after-adopt"] as const;
type Point = (typeof points)[number];

/** What is left of a run that died there. */
interface Left {
  readonly world: InstallationWorld;
  /** The run. */
  readonly id: string;
}

const goesOn: readonly Point[] = points;
const isCancelled: readonly Point[] = points.slice(0, 2);
const isForgotten: readonly Point[] = points.slice(0, 1);

const made: InstallationWorld[] = [];
const left = new Map<string, Left>();
beforeAll(async () => {
  // All at once: each process waits five seconds for its file to be at rest.
  const ends = { goesOn, isCancelled, isForgotten };
  await Promise.all(
    Object.entries(ends).flatMap(([end, at]) =>
      at.map(async (point) => left.set(`${end} ${point}`, await dieWith(point))),
    ),
  );
});
afterAll(async () => {
  for (const world of made) await world.close();
});

function takeLeft(end: string, point: Point): Left {
  const found = left.get(`${end} ${point}`);
  if (found === undefined) throw new Error(`no run died at ${point}`);
  return found;
}

async function dieWith(point: Point): Promise<Left> {
  const world = await makeInstallationWorld({
    enteYaml: (text) => `${text}flusso: { ready: .ok }\n`,
    clock: createFastClock(),
  });
  made.push(world);
  writeFileSync(join(world.pipelinesFolder, "leggi.yaml"), pipeline);
  mkdirSync(findInbox(world), { recursive: true });
  writeFileSync(join(findInbox(world), "a.jsonl"), verbaliLines(3, world.freshDay));
  writeFileSync(join(findInbox(world), "a.jsonl.ok"), "3");
  const killed = await world.postino(["run", "leggi", "--ente", "prova"], {
    env: { POSTINO_CRASH_AT: `${point}:1` },
  });
  expect(killed.signal).toBe("SIGKILL");
  const journal = new Database(join(world.dataFolder, "postino.sqlite"), { readonly: true });
  const run = journal.query<{ id: string }, []>("SELECT id FROM runs").get();
  journal.close();
  const id = run?.id ?? "";
  expect(readdirSync(join(findInbox(world), "in-corso", id))).toContain("a.jsonl");
  return { world, id };
}

function findInbox({ dataFolder }: InstallationWorld): string {
  return join(dataFolder, "inbox", "prova");
}

function listFiles(world: InstallationWorld): readonly string[] {
  const inbox = findInbox(world);
  const all = readdirSync(inbox, { recursive: true, encoding: "utf8" });
  return all.filter((name) => statSync(join(inbox, name)).isFile()).toSorted();
}

describe("killed", () => {
  test.each(goesOn)("at %s: its run goes on with it", async (point) => {
    const { world, id } = takeLeft("goesOn", point);

    const { code, document } = await world.json(["resume", id, "--json"]);

    expect({ code, total: document.run.counts.total }).toEqual({ code: 0, total: 3 });
    expect(listFiles(world)).toEqual([`archivio/${id}-a.jsonl`, `archivio/${id}-a.jsonl.ok`]);
  });

  test.each(isCancelled)(
    "at %s, its run is cancelled: it is set aside, with a report, and the run says where",
    async (point) => {
      const { world, id } = takeLeft("isCancelled", point);

      const { code, stdout } = await world.postino(["cancel", id]);

      expect(code).toBe(0);
      const shelf = listFiles(world).filter((name) => name.startsWith("rifiutati/"));
      expect(shelf.slice(0, 1)).toEqual(["rifiutati/a.jsonl"]);
      expect(shelf.at(-1)).toBe("rifiutati/a.jsonl.rapporto.txt");
      expect(listFiles(world).filter((name) => name.startsWith("in-corso"))).toEqual([]);
      expect(
        readFileSync(join(findInbox(world), "rifiutati", "a.jsonl.rapporto.txt"), "utf8"),
      ).toBe(
        `Il flusso ${id} è stato annullato prima di registrare i verbali di questo file: nessuno di essi è partito.\n\nChe cosa fare: per farlo leggere di nuovo, rimetterlo nella cartella di arrivo.\n`,
      );
      expect(stdout).toContain("in rifiutati/, con il ");
    },
  );

  test.each(isForgotten)(
    "at %s, the journal is put back to before the run: the file is in the inbox again and read by the next",
    async (point) => {
      const { world, id } = takeLeft("isForgotten", point);
      const db = new Database(join(world.dataFolder, "postino.sqlite"));
      db.run("PRAGMA foreign_keys = OFF");
      db.run("DELETE FROM runs WHERE id = ?", [id]);
      db.close();

      const { code, document } = await world.json(["run", "leggi", "--ente", "prova", "--json"]);

      expect({ code, total: document.run.counts.total }).toEqual({ code: 0, total: 3 });
      expect(listFiles(world).filter((name) => !name.startsWith("archivio/"))).toEqual([]);
    },
  );
});
