/** A payment system that the program does not know becomes one of an ente by its folder and one line of the table. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Hono } from "hono";
import { startListening, type Listening } from "../../server/listen.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

const repository = resolve(import.meta.dir, "../..");
const secrets = { PROVA_TESORERIA: "gettone" };

const rooms = [
  "documents",
  "engine",
  "integrations",
  "loader",
  "server",
  "simulators",
  "steps",
  "stores",
  "hosts",
];

let program: string;
let listening: Listening;
let world: InstallationWorld;
const cancelled: string[] = [];
const denied: string[] = [];

/** The treasurer: codes by reference, the same ones each time. */
function makeTreasurer(): Hono {
  const given = new Map<string, readonly string[]>();
  let next = 0;
  const app = new Hono().basePath("/89999990164/007");
  app.use("*", async (c, next) => {
    if (c.req.header("authorization") === "Bearer gettone") return await next();
    denied.push(c.req.path);
    return c.json({}, 401);
  });
  app.get("/stato", (c) => c.json({}));
  app.delete("/codici/:code", (c) => {
    cancelled.push(c.req.param("code"));
    return c.json({});
  });
  app.get("/avvisi/:name", (c) => {
    const codici = given.get(c.req.param("name"));
    return codici === undefined ? c.json({}, 404) : c.json({ codici });
  });
  app.put("/avvisi/:name", async (c) => {
    const { importi } = await c.req.json<{ importi: readonly number[] }>();
    const codici =
      given.get(c.req.param("name")) ??
      importi.map(() => {
        next += 1;
        return `3019${String(next).padStart(14, "0")}`;
      });
    given.set(c.req.param("name"), codici);
    return c.json({ codici });
  });
  return app;
}

function toTreasurer(text: string): string {
  return text
    .replace("adapter: gpd", "adapter: tesoreria")
    .replace(/baseUrl: \S+\/gpd\S*/, `baseUrl: ${listening.url}`)
    .replace(
      /subscriptionKey: .*\n/,
      'tesoreria: { sportello: "007", token: { secret: PROVA_TESORERIA } }\n',
    );
}

beforeAll(async () => {
  program = mkdtempSync(join(tmpdir(), "postino-program-"));
  for (const name of [...rooms, "data/demo", "data/reference", "package.json", "tsconfig.json"])
    cpSync(join(repository, name), join(program, name), { recursive: true });
  symlinkSync(join(repository, "node_modules"), join(program, "node_modules"));
  // Its folder, and one line.
  const payments = join(program, "integrations", "payments");
  cpSync(join(repository, "test/support/tesoreria"), join(payments, "tesoreria"), {
    recursive: true,
  });
  const table = join(payments, "adapters.ts");
  writeFileSync(
    table,
    `${readFileSync(table, "utf8")}export { tesoreriaPayments as tesoreria } from "./tesoreria/adapter.ts";\n`,
  );
  listening = startListening(makeTreasurer(), { host: "127.0.0.1", port: 0 });
  world = await makeInstallationWorld({ program, enteYaml: toTreasurer });
});

beforeEach(() => {
  cancelled.length = 0;
  denied.length = 0;
});

afterAll(async () => {
  await world.close();
  await listening.stop();
  rmSync(program, { recursive: true, force: true });
});

test("check knows its name and its settings, and tells what is wrong in them", async () => {
  const good = await world.postino(["check"], { env: secrets });
  const path = join(world.pipelinesFolder, "enti", "prova.yaml");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace('sportello: "007"', 'sportello: "7"'));
  const bad = await world.postino(["check"], { env: secrets });
  writeFileSync(path, text.replace("adapter: tesoreria", "adapter: tesoriera"));
  const misspelt = await world.postino(["check"], { env: secrets });
  writeFileSync(path, text);

  expect([good.code, bad.code, misspelt.code]).toEqual([0, 2, 2]);
  expect(bad.stdout).toContain("payments.tesoreria.sportello");
  expect(misspelt.stdout).toContain("tesoreria");
  const before = await Bun.spawn([process.execPath, join(repository, "server/main.ts"), "check"], {
    cwd: world.folder,
    env: { ...process.env, POSTINO_PIPELINES: "pipelines" },
    stdout: "ignore",
    stderr: "ignore",
  }).exited;
  expect(before).toBe(2);
});

test("a run needs its secret, cancels by its names, and notifies with its codes", async () => {
  const verbali = [
    makeVerbale(1, world.freshDay, { posizioni: [{ numeroAvviso: "301000000000000104" }] }),
    makeVerbale(2, world.freshDay, { posizioni: [{ iupd: "ALTROVE" }] }),
  ];
  const input = world.file("flusso.jsonl", verbali.map((one) => JSON.stringify(one)).join("\n"));
  const args = ["run", "send", "--ente", "prova", "--input", input, "--wait", "5m", "--json"];

  const without = await world.json(args);
  const { code, document } = await world.json(args, { env: secrets });

  expect([without.code, without.document.run.state]).toEqual([5, "blocked"]);
  expect(code).toBe(3);
  expect(
    document.items.map(({ state, code: why, noticeCodes }) => [state, why, noticeCodes]),
  ).toEqual([
    ["done", null, ["301900000000000001", "301900000000000002"]],
    ["rejected", "POSITION_REFERENCE", []],
  ]);
  expect(document.items[0]?.iun).toMatch(/^[A-Z]{4}-/);
  expect(cancelled).toEqual(["301000000000000104"]);
  expect(denied).toEqual([]);
});

test("doctor asks it, and the guard of real services holds its address", async () => {
  const told = await world.postino(["doctor", "--ente", "prova"], { env: secrets });
  const wrong = await world.postino(["doctor", "--ente", "prova"], {
    env: { PROVA_TESORERIA: "altro" },
  });
  const path = join(world.pipelinesFolder, "enti", "prova.yaml");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace(listening.url, "https://tesoriere.example"));
  const real = await world.postino(["doctor", "--ente", "prova"], { env: secrets });
  writeFileSync(path, text);

  expect(told.stdout).toContain("✓ Il tesoriere risponde.");
  expect(wrong.stdout).toContain("il tesoriere non riconosce le credenziali (HTTP 401).");
  expect(real.stdout).toContain("L'indirizzo tesoriere.example è di un servizio reale");
});
