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

  test("what workers had counted and nobody had settled is in the copy, and a paused key stays paused", async () => {
    const first = await server.createDatabase();
    const second = await server.createDatabase();
    await world.postino([
      "store",
      "copy",
      `sqlite:${join(world.dataFolder, "altro.sqlite")}`,
      first,
    ]);
    const paused = '{"tokens":0,"recent":[],"at":1,"pausedUntil":4102444800000}';
    for (const sql of [
      // As if one of the five had been counted by a worker alone.
      "UPDATE runs SET done = done - 1, pending = pending + 1, sealed = sealed - 1",
      "INSERT INTO tallies (run, pending, waiting, done, rejected, in_doubt, failed, cancelled, sealed, at) SELECT seq, -1, 0, 1, 0, 0, 0, 0, 1, '2026-11-23T06:00:00.000Z' FROM runs",
      "UPDATE step_counts SET done = done - 2 WHERE step = 'transmit'",
      "INSERT INTO step_tallies (run, step, done, rejected, failed, at) SELECT seq, 'transmit', 1, 0, 0, '2026-11-23T06:00:00.000Z' FROM runs, generate_series(1, 2)",
      `INSERT INTO limits (bucket, state) VALUES ('send/key', '${paused}')`,
      "INSERT INTO workers (name, skills) VALUES ('banco-2', '')",
    ])
      await server.query(first, sql);
    const file = join(world.dataFolder, "da-worker.sqlite");

    const early = await world.postino(["store", "copy", first, `sqlite:${file}`]);
    await server.query(first, "DELETE FROM workers");
    const toFile = await world.postino(["store", "copy", first, `sqlite:${file}`]);
    const toServer = await world.postino(["store", "copy", first, second]);

    expect([early.code, toFile.code, toServer.code]).toEqual([5, 0, 0]);
    expect(early.stderr).toContain("Ci sono worker al lavoro su questo registro: banco-2.");
    const counts = "SELECT done, pending, sealed FROM runs";
    const steps = "SELECT done FROM step_counts WHERE step = 'transmit'";
    const db = new Database(file, { readonly: true });
    expect([db.query(counts).all(), db.query(steps).all()]).toEqual([
      [{ done: count, pending: 0, sealed: count }],
      [{ done: count }],
    ]);
    db.close();
    expect(await server.query(second, counts)).toEqual([
      { done: count, pending: 0, sealed: count },
    ]);
    expect(await server.query(second, "SELECT bucket, state FROM limits")).toEqual([
      { bucket: "send/key", state: paused },
    ]);
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
