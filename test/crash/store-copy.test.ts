/** The journal goes from its file into PostgreSQL and back, whole, also where the copy was killed; what was sent is known there, and the place that was left acts no more. */
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { noPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { verbaliLines } from "../support/verbali.ts";

const count = 5;

describe.skipIf(noPostgres !== "")(`store copy${noPostgres}`, () => {
  let server: PostgresServer;
  let world: InstallationWorld;
  let url: string;
  let env: Readonly<Record<string, string>>;
  let file: string;

  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase();
    env = { POSTINO_STORE: url };
    world = await makeInstallationWorld();
    file = `sqlite:${join(world.dataFolder, "postino.sqlite")}`;
    const input = world.file("flusso.jsonl", verbaliLines(count, world.freshDay));
    await world.postino(["run", "send", "--ente", "prova", "--input", input, "--wait", "10m"]);
    cpSync(join(world.dataFolder, "postino.sqlite"), join(world.dataFolder, "altro.sqlite"));
  });
  afterAll(async () => {
    await world.close();
    await server.stop();
  });

  function sendAgain(name: string, options: { env?: Readonly<Record<string, string>> } = {}) {
    const input = world.file(name, verbaliLines(count, world.freshDay));
    return world.json(
      ["run", "send", "--ente", "prova", "--input", input, "--json", "--wait", "10m"],
      options,
    );
  }

  test("there and back, each place knows what was sent, and the one that was left stops", async () => {
    const there = await world.postino(["store", "copy", file, url]);
    const repeated = await sendAgain("stesso.jsonl", { env });
    const left = await sendAgain("lasciato.jsonl");
    const back = `sqlite:${join(world.dataFolder, "ritorno.sqlite")}`;
    const returned = await world.postino(["store", "copy", url, back]);
    const once = await sendAgain("ancora.jsonl", { env: { POSTINO_STORE: back } });
    const leftToo = await sendAgain("lasciato-2.jsonl", { env });

    expect([there.code, there.stderr.includes("items: 5")]).toEqual([0, true]);
    expect(there.stdout).toContain("La copia è uguale all'originale.");
    expect({ code: repeated.code, done: repeated.document.run.counts.done }).toEqual({
      code: 0,
      done: count,
    });
    expect(returned.code).toBe(0);
    expect({ code: once.code, done: once.document.run.counts.done }).toEqual({
      code: 0,
      done: count,
    });
    for (const { code, document } of [left, leftToo])
      expect([code, document.run.state]).toEqual([5, "blocked"]);
    expect(world.report().send.accepted).toBe(count);
  });

  test("a copy that broke off goes on, and one into the journal of others is refused", async () => {
    const source = join(world.dataFolder, "altro.sqlite");
    const half = join(world.dataFolder, "meta.sqlite");
    await world.postino(["store", "copy", `sqlite:${source}`, `sqlite:${half}`]);
    const whole = await world.postino([
      "store",
      "copy",
      `sqlite:${source}`,
      `sqlite:${join(world.dataFolder, "intera.sqlite")}`,
    ]);
    breakOff(half);

    const again = await world.postino(["store", "copy", `sqlite:${source}`, `sqlite:${half}`]);
    const refused = await world.postino(["store", "copy", `sqlite:${source}`, `sqlite:${half}`]);
    const nowhere = await world.postino(["store", "copy", `sqlite:${source}.no`, `sqlite:${half}`]);

    expect([again.code, again.stdout]).toEqual([0, whole.stdout]);
    expect([refused.code, nowhere.code]).toEqual([5, 5]);
    expect(refused.stderr).toContain(
      "La destinazione contiene già un altro registro. Nulla è stato scritto.",
    );
    expect(nowhere.stderr).toContain("Dove si copia da non c'è nessun registro.");
    expect(readFileSync(source).length).toBeGreaterThan(0);
  });

  test("what is written wrong is told, and a password is not", async () => {
    const wrong = await world.postino(["store", "copy", file, "mysql://u:segreto@h/b"]);
    const same = await world.postino(["store", "copy", file, file]);
    const verb = await world.postino(["store", "move", file, url]);

    expect([wrong.code, same.code, verb.code]).toEqual([5, 2, 2]);
    expect(wrong.stderr).not.toContain("segreto");
  });
});

/** As a copy that was killed while it copied the attempts leaves it. */
function breakOff(path: string): void {
  const db = new Database(path);
  const { first } = db
    .query("SELECT first FROM allocations WHERE counter = 'installation'")
    .get() as { first: number };
  for (const table of [
    "effects",
    "files",
    "holdings",
    "allocations",
    "counters",
    "record_versions",
    "records",
  ])
    db.run(`DELETE FROM ${table}`);
  db.run("DELETE FROM attempts WHERE id > 7");
  db.run("INSERT INTO allocations (counter, owner, first, count) VALUES ('store-copy', '', ?, 1)", [
    first,
  ]);
  db.close();
}
