/** `from: sql`: a view of the office's database is read by the ente's mapping, with values of the run; what was read once stays the run's input. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { makeInstallationWorld, type InstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

const pipeline = `name: Prova
params:
  dal: { type: string, pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", help: Dal giorno }
steps:
  - uses: load-verbali
    with: { from: sql, values: { dal: $(params.dal) } }
  - uses: validate
`;

/** Dotted names are accepted as they stand, in a view too. */
const database = (text: string): string => `${text}flusso:
  dates: AAAA-MM-GG
  amounts: cents
  database:
    url: { secret: GESTIONALE_DB }
    query: SELECT * FROM da_notificare WHERE "dataViolazione" >= :dal
`;

let world: InstallationWorld;
let db: Database;
const env = (): Readonly<Record<string, string>> => ({
  GESTIONALE_DB: `sqlite://${join(world.folder, "gestionale.sqlite")}`,
});
beforeAll(async () => {
  world = await makeInstallationWorld({ sendYaml: pipeline, enteYaml: database });
  db = new Database(join(world.folder, "gestionale.sqlite"));
  const columns = listTexts(makeVerbale(1, world.freshDay)).map(([name]) => `"${name}" TEXT`);
  db.run(`CREATE TABLE da_notificare (${columns.join(", ")})`);
  for (const n of [1, 2, 4]) {
    const texts = listTexts(makeVerbale(n, world.freshDay));
    db.query(
      `INSERT INTO da_notificare (${texts.map(([name]) => `"${name}"`).join(", ")}) VALUES (${texts.map(() => "?").join(", ")})`,
    ).run(...texts.map(([, text]) => text));
  }
});
afterAll(async () => {
  db.close();
  await world.close();
});

const run = (dal: string, more: Readonly<Record<string, string>> = {}) =>
  world.postino(["run", "send", "--ente", "prova", "--param", `dal=${dal}`, "--json"], {
    env: { ...env(), ...more },
  });

test("the rows that the values ask for are the verbali of the run", async () => {
  const some = JSON.parse((await run("2000-01-01")).stdout) as Document;
  const none = JSON.parse((await run("2999-01-01")).stdout) as Document;

  expect(some.items.map(({ key, state }) => [key, state])).toEqual([
    ["T00001", "done"],
    ["T00002", "done"],
    ["T00004", "done"],
  ]);
  expect([none.run.state, none.items]).toEqual(["completed", []]);
});

test("a run that died goes on with what it had read, whatever the database says by then", async () => {
  const killed = await run("2000-01-01", { POSTINO_CRASH_AT: "after-items-loaded" });
  expect(killed.signal).toBe("SIGKILL");
  db.run("BEGIN; DELETE FROM da_notificare; COMMIT");
  const [dead] = (
    JSON.parse((await world.postino(["runs", "--json"])).stdout) as {
      readonly runs: readonly { readonly id: string }[];
    }
  ).runs;

  const resumed = await world.postino(["resume", dead?.id ?? "", "--json"], { env: env() });

  expect((JSON.parse(resumed.stdout) as Document).items).toHaveLength(3);
  const texts = listTexts(makeVerbale(1, world.freshDay));
  for (const n of [1, 2, 4])
    db.query(`INSERT INTO da_notificare VALUES (${texts.map(() => "?").join(", ")})`).run(
      ...listTexts(makeVerbale(n, world.freshDay, { importoScontatoCents: 2_940 })).map(
        ([, text]) => text,
      ),
    );
});

test("a query that wants another value, or writes, is told by check with its place", async () => {
  const path = join(world.pipelinesFolder, "enti", "prova.yaml");
  const before = await Bun.file(path).text();
  try {
    await Bun.write(path, before.replace(":dal", ":al"));
    const other = await world.postino(["check", "--ente", "prova"], { env: env() });
    await Bun.write(path, before.replace("SELECT * FROM", "DELETE FROM"));
    const writes = await world.postino(["check", "--ente", "prova"], { env: env() });

    expect([other.code, writes.code]).toEqual([2, 2]);
    expect(other.stdout).toContain("la query dell'ente vuole :al");
    expect(writes.stdout).toContain("una sola SELECT");
  } finally {
    await Bun.write(path, before);
  }
});

interface Document {
  readonly run: { readonly state: string };
  readonly items: readonly { readonly key: string; readonly state: string }[];
}

/** Dotted names and texts, as a view would give them. */
function listTexts(value: object, prefix = ""): readonly (readonly [string, string])[] {
  return Object.entries(value).flatMap(([name, one]): readonly (readonly [string, string])[] =>
    typeof one === "object" && one !== null
      ? listTexts(one as object, `${prefix}${name}.`)
      : [[`${prefix}${name}`, String(one)]],
  );
}
