/** A file of the inbox whose run dies between taking it and knowing it: it is read once, or lies where a person finds it. */
import { afterEach, describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld;
afterEach(async () => {
  await world.close();
});

const pipeline = `name: Lettura
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: validate
`;

/** Killed right after the move, after the copy of the bytes, after the run's row names them. */
const points = ["inbox-after-rename", "artifact-after-rename", "inbox-after-adopt"];

async function dieWith(point: string): Promise<string> {
  world = await makeInstallationWorld({ enteYaml: (text) => `${text}flusso: { ready: .ok }\n` });
  writeFileSync(join(world.pipelinesFolder, "leggi.yaml"), pipeline);
  mkdirSync(inbox(), { recursive: true });
  writeFileSync(join(inbox(), "a.jsonl"), verbaliLines(3, world.freshDay));
  writeFileSync(join(inbox(), "a.jsonl.ok"), "3");
  const killed = await world.postino(["run", "leggi", "--ente", "prova"], {
    env: { POSTINO_CRASH_AT: `${point}:1` },
  });
  expect(killed.signal).toBe("SIGKILL");
  const { runs } = JSON.parse((await world.postino(["runs", "--json"])).stdout) as {
    runs: { id: string }[];
  };
  const id = runs[0]?.id ?? "";
  expect(readdirSync(join(inbox(), "in-corso", id))).toContain("a.jsonl");
  return id;
}

function inbox(): string {
  return join(world.dataFolder, "inbox", "prova");
}

function listFiles(): readonly string[] {
  const all = readdirSync(inbox(), { recursive: true, encoding: "utf8" });
  return all.filter((name) => statSync(join(inbox(), name)).isFile()).toSorted();
}

describe("killed", () => {
  test.each(points)("at %s: its run goes on with it", async (point) => {
    const id = await dieWith(point);

    const { code, document } = await world.json(["resume", id, "--json"]);

    expect({ code, total: document.run.counts.total }).toEqual({ code: 0, total: 3 });
    expect(listFiles()).toEqual([`archivio/${id}-a.jsonl`, `archivio/${id}-a.jsonl.ok`]);
  });

  test.each(points.slice(0, 2))(
    "at %s, its run is cancelled: it is set aside, with a report, and the run says where",
    async (point) => {
      const id = await dieWith(point);

      const { code, stdout } = await world.postino(["cancel", id]);

      expect(code).toBe(0);
      const shelf = listFiles().filter((name) => name.startsWith("rifiutati/"));
      expect(shelf.slice(0, 1)).toEqual(["rifiutati/a.jsonl"]);
      expect(shelf.at(-1)).toBe("rifiutati/a.jsonl.rapporto.txt");
      expect(listFiles().filter((name) => name.startsWith("in-corso"))).toEqual([]);
      expect(readFileSync(join(inbox(), "rifiutati", "a.jsonl.rapporto.txt"), "utf8")).toBe(
        `Il flusso ${id} è stato annullato prima di registrare i verbali di questo file: nessuno di essi è partito.\n\nChe cosa fare: per farlo leggere di nuovo, rimetterlo nella cartella di arrivo.\n`,
      );
      expect(stdout).toContain("in rifiutati/, con il ");
    },
  );

  test.each(points.slice(0, 1))(
    "at %s, the journal is put back to before the run: the file is in the inbox again and read by the next",
    async (point) => {
      const id = await dieWith(point);
      const db = new Database(join(world.dataFolder, "postino.sqlite"));
      db.run("PRAGMA foreign_keys = OFF");
      db.run("DELETE FROM runs WHERE id = ?", [id]);
      db.close();

      const { code, document } = await world.json(["run", "leggi", "--ente", "prova", "--json"]);

      expect({ code, total: document.run.counts.total }).toEqual({ code: 0, total: 3 });
      expect(listFiles().filter((name) => !name.startsWith("archivio/"))).toEqual([]);
    },
  );
});
