/** What a notification costs and what was paid, from the flusso to the gestionale: the shipped pipeline seguito beside a payer, with a refusal, a cancellation and a payment before its letter. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Costs, Receipts } from "../../integrations/register/money.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { leaveTownToSend, makeVerbale } from "../support/verbali.ts";

setDefaultTimeout(60_000);

const paTaxId = "89999990164";
const seguito = ["run", "seguito", "--ente", "prova", "--json"];
let world: InstallationWorld;
/** Questions on money since the last look. */
let asked: string[] = [];
let codes: Readonly<Record<string, readonly string[]>> = {};

beforeAll(async () => {
  world = await makeInstallationWorld({
    dayMs: 1,
    enteYaml: leaveTownToSend,
    observe({ method, url }) {
      const { pathname } = new URL(url);
      if (method === "GET" && pathname.includes("/price/")) asked.push("price");
      if (method === "GET" && pathname.includes("/debtpositions/")) asked.push("position");
    },
  });
  const shipped = join(resolve(import.meta.dir, "../.."), "pipelines", "seguito.yaml");
  copyFileSync(shipped, join(world.pipelinesFolder, "seguito.yaml"));
  const flusso = [
    makeLine(1, "Via delle Prove", { pec: "prova@pec.it" }),
    makeLine(2, "Via @OK_890 @COST-969"),
    // A town with another CAP: SEND refuses it.
    makeLine(3, "Via delle Prove", { comune: "Roma" }),
    makeLine(4, "Via @FAIL-Discovery_890 @COST-969-963"),
  ];
  const input = world.file("flusso.jsonl", flusso.join("\n"));
  const { document } = await world.json([
    "run",
    "send",
    "--ente",
    "prova",
    "--input",
    input,
    "--json",
  ]);
  codes = Object.fromEntries(document.items.map(({ key, noticeCodes }) => [key, noticeCodes]));
});
afterAll(() => world.close());

function makeLine(n: number, via: string, changes: { pec?: string; comune?: string } = {}): string {
  const verbale = makeVerbale(n, world.freshDay);
  const { destinatario } = verbale;
  const { pec, ...place } = changes;
  return JSON.stringify({
    ...verbale,
    importoRidottoCents: 4200,
    importoScontatoCents: 2940,
    destinatario: {
      ...destinatario,
      ...(pec === undefined ? {} : { pec }),
      indirizzo: { ...destinatario.indirizzo, via, civico: "1", ...place },
    },
  });
}

function readKind<Data>(kind: string): Readonly<Record<string, Data>> {
  const db = new Database(join(world.dataFolder, "postino.sqlite"), { readonly: true });
  try {
    const rows = db
      .query<{ subject: string; data: string }, [string]>(
        "SELECT r.subject, v.data FROM records r JOIN record_versions v ON v.number = r.newest WHERE r.kind = ? ORDER BY r.subject",
      )
      .all(kind);
    return Object.fromEntries(rows.map(({ subject, data }) => [subject, JSON.parse(data) as Data]));
  } finally {
    db.close();
  }
}

function makeDue(kind: string): void {
  const db = new Database(join(world.dataFolder, "postino.sqlite"));
  db.run("UPDATE records SET due_at = '2026-01-01T00:00:00.000Z' WHERE kind = ?", [kind]);
  db.close();
}

/** The facts on money in all files of the outbox, as the office reads them. */
function readFacts(): readonly string[] {
  const folder = join(world.dataFolder, "outbox", "prova");
  return readdirSync(folder)
    .filter((name) => name.startsWith("esiti-"))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split(/\r?\n/))
    .filter((line) => /;(spese|pagato|rifiutato);/.test(line));
}

async function follow() {
  asked = [];
  const { code, document } = await world.json(seguito);
  return { code, items: document.items.map(({ state }) => state) };
}

test("each cent stands in the ledger: by PEC, by letter, by two, and the euro of a refusal", async () => {
  const run = await follow();

  expect(run).toEqual({ code: 0, items: ["done", "done", "done", "done"] });
  const costs = readKind<Costs>("costs");
  expect(
    Object.entries(costs).map(([numero, { codes: told, recipients, findings }]) => [
      numero,
      told.map(({ priceCents, feeCents }) => [priceCents, feeCents]),
      recipients.map(({ sendCents, letters }) => [sendCents, ...letters]),
      findings.map(({ kind, cents }) => [kind, cents]),
    ]),
  ).toEqual([
    [
      "T00001",
      [
        [200, 200],
        [200, 200],
      ],
      [[100]],
      [],
    ],
    [
      "T00002",
      [
        [1382, 1382],
        [1382, 1382],
      ],
      [[100, 969]],
      [],
    ],
    [
      "T00003",
      [
        [undefined, 0],
        [undefined, 0],
      ],
      [[100]],
      [["refused", 100]],
    ],
    [
      "T00004",
      [
        [2557, 2557],
        [2557, 2557],
      ],
      [[100, 969, 963]],
      [],
    ],
  ]);
  const told = readFacts();
  expect(told.filter((line) => line.includes(";rifiutato;"))).toHaveLength(1);
  expect(told.filter((line) => line.includes(";spese;"))).toHaveLength(4);
});

test("nobody is asked again before there is a reason", async () => {
  expect(await follow()).toEqual({ code: 0, items: [] });
  expect(asked).toEqual([]);
});

test("what was paid is found when it is time, without asking SEND for its price again", async () => {
  const [discounted = ""] = codes["T00002"] ?? [];
  await fetch(`${world.url}/payer/${paTaxId}/${discounted}`, { method: "POST" });
  makeDue("receipts");

  const run = await follow();

  expect(run.items).toHaveLength(4);
  expect(asked.filter((one) => one === "price")).toEqual([]);
  const { T00001: unpaid, T00002: paid } = readKind<Receipts>("receipts");
  expect(unpaid?.payments).toEqual([]);
  expect(paid?.payments).toMatchObject([
    {
      noticeCode: discounted,
      baseCents: 3790,
      amountCents: 5172,
      feeCents: 1382,
      kind: "discounted",
    },
  ]);
  expect(paid?.findings).toEqual([]);
  const told = readFacts().filter((line) => line.includes(";pagato;"));
  expect(told).toHaveLength(1);
  expect(told[0]).toContain(discounted);
  expect(told[0]).toContain(";5172;");
});
