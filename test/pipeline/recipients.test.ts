/** One verbale for several recipients, from the flusso to the payment of one of them: each with own data, notice, codes, price and end; and the codes of the others close. */
import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { copyFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemClock } from "../../engine/host/clock.ts";
import type { Followed } from "../../integrations/register/followed.ts";
import type { Costs } from "../../integrations/register/money.ts";
import type { Clocks } from "../../integrations/register/terms.ts";
import { testInOrder } from "../support/chapters.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { runJournalSql } from "../support/journal-sql.ts";
import { makeVerbale } from "../support/verbali.ts";

setDefaultTimeout(60_000);

const paTaxId = "89999990164";
let world: InstallationWorld;
/** How far the clock of the payment system is ahead. */
let shiftMs = 0;
let codes: readonly string[] = [];
let names: readonly string[] = [];

const address = {
  via: "Via delle Prove",
  civico: "7",
  cap: "24047",
  comune: "Treviglio",
  provincia: "BG",
};
const owner = {
  tipo: "PF",
  qualita: "proprietario",
  cognome: "Inventati",
  nome: "Tommaso",
  codiceFiscale: "NVNTMS66B24X001Q",
  pec: "uno@pec.it",
  indirizzo: address,
};
const driver = {
  tipo: "PF",
  qualita: "trasgressore",
  cognome: "Finti",
  nome: "Tommaso",
  codiceFiscale: "FNTTMS54R12X001U",
  indirizzo: { ...address, via: "Via @OK_890 @COST-969" },
};
const company = {
  tipo: "PG",
  qualita: "leasing",
  denominazione: "Trasporti Fittizi S.r.l.",
  codiceFiscale: "00743110157",
  pec: "tre@pec.it",
  indirizzo: address,
};

beforeAll(async () => {
  world = await makeInstallationWorld({
    dayMs: 1,
    clock: { ...systemClock, now: () => systemClock.now() + shiftMs },
    enteYaml: (text) =>
      `${text}flusso: { sameNumber: recipients }\npipelines: { send: { change: { load-verbali: { with: { onInvalidRow: reject } } } } }\n`,
  });
  const shipped = join(resolve(import.meta.dir, "../.."), "pipelines", "seguito.yaml");
  copyFileSync(shipped, join(world.pipelinesFolder, "seguito.yaml"));
});
afterAll(() => world.close());

function makeLine(recipients: readonly object[], n = 1): string {
  const { destinatario: _, ...verbale } = makeVerbale(n, world.freshDay);
  return JSON.stringify({ ...verbale, destinatari: recipients });
}

function readKind(kind: string): unknown {
  const [row] = runJournalSql<{ readonly data: string }>(world.dataFolder, [
    "SELECT v.data FROM records r JOIN record_versions v ON v.number = r.newest WHERE r.kind = ?",
    [kind],
  ]);
  return JSON.parse(row?.data ?? "null");
}

async function follow(): Promise<number | null> {
  for (const kind of ["followed", "receipts", "verdict"])
    runJournalSql(world.dataFolder, [
      "UPDATE records SET due_at = '2026-01-01T00:00:00.000Z' WHERE kind = ?",
      [kind],
    ]);
  return (await world.json(["run", "seguito", "--ente", "prova", "--json"])).code;
}

async function pay(code: string): Promise<number> {
  return (await fetch(`${world.url}/payer/${paTaxId}/${code}`, { method: "POST" })).status;
}

testInOrder("one verbale for three recipients", [
  [
    "SEND gets one request for three, each with own codes and own notice",
    async () => {
      const input = world.file("flusso.jsonl", makeLine([owner, driver, company]));

      const { code, document } = await world.json([
        "run",
        "send",
        "--ente",
        "prova",
        "--input",
        input,
        "--json",
      ]);

      expect([code, document.items.map(({ state }) => state)]).toEqual([0, ["done"]]);
      codes = document.items[0]?.noticeCodes ?? [];
      names = document.items[0]?.artifacts.map(({ name }) => name) ?? [];
      expect(new Set(codes).size).toBe(6);
      for (const name of ["T00001-avviso.pdf", "T00001-avviso-2.pdf", "T00001-avviso-3.pdf"])
        expect(names).toContain(name);
      const { gpd } = (await (await fetch(`${world.url}/report`)).json()) as {
        readonly gpd: { readonly positions: readonly { readonly status: string }[] };
      };
      expect(gpd.positions).toHaveLength(3);
    },
  ],
  [
    "each has an end of his own, costs of his own and days of his own",
    async () => {
      expect(await follow()).toBe(0);

      const { recipients } = readKind("followed") as Followed;
      expect(recipients.map(({ index }) => index)).toEqual([0, 1, 2]);
      expect(recipients.every(({ perfezionamento }) => perfezionamento !== undefined)).toBe(true);
      const costs = readKind("costs") as Costs;
      expect(costs.codes.map(({ recipient }) => recipient)).toEqual([0, 0, 1, 1, 2, 2]);
      // 1 euro of SEND and 1 of the ente; the second got a letter of 9,69 with VAT.
      expect(costs.codes.map(({ priceCents }) => priceCents)).toEqual([
        200, 200, 1382, 1382, 200, 200,
      ]);
      const clocks = readKind("clocks") as Clocks;
      expect(clocks.outcome).toBe("scheduled");
      expect(clocks.codes).toHaveLength(6);
      expect(clocks.codes.every(({ lastDay }) => lastDay !== null)).toBe(true);
    },
  ],
  [
    "once one has paid, the codes of the others cannot be paid any more",
    async () => {
      const [, , , reduced = "", other = "", last = ""] = codes;
      expect(await pay(reduced)).toBe(200);

      expect(await follow()).toBe(0);
      // GPD closes a code within minutes.
      shiftMs = 600_000;

      expect(
        [await pay(other), await pay(last), await pay(codes[0] ?? "")].every(
          (status) => status >= 400,
        ),
      ).toBe(true);
    },
  ],
  [
    "the closed codes stay closed when the days are counted again",
    async () => {
      expect(await follow()).toBe(0);

      expect((await pay(codes[1] ?? "")) >= 400).toBe(true);
    },
  ],
  [
    "a row for each of them is one verbale too, and rows that are not of one act send none",
    async () => {
      const { destinatario: _, ...verbale } = makeVerbale(4, world.freshDay);
      const other = { ...verbale, numero: "T00005", targa: "AB123CD" };
      const lines = [
        { ...verbale, destinatario: owner },
        { ...other, destinatario: owner },
        { ...verbale, destinatario: company },
        { ...other, luogo: "Via Altra", destinatario: company },
      ];
      const input = world.file("righe.jsonl", lines.map((line) => JSON.stringify(line)).join("\n"));

      const { document } = await world.json([
        "run",
        "send",
        "--ente",
        "prova",
        "--input",
        input,
        "--json",
      ]);

      expect(document.items.map(({ key, state, code }) => [key, state, code])).toEqual([
        ["T00004", "done", null],
        ["T00005", "rejected", "FLUSSO_ROWS_DIFFER"],
      ]);
      expect(document.items[0]?.artifacts.map(({ name }) => name)).toContain("T00004-avviso-2.pdf");
      expect(document.items[1]?.note).toContain(
        "colonna «luogo»: il valore non è quello della riga 2",
      );
    },
  ],
  [
    "the same tax code twice, and a wrong address of one, send none of them",
    async () => {
      const wrong = { ...driver, indirizzo: { ...address, cap: "2404" } };
      const lines = [
        makeLine([owner, { ...driver, codiceFiscale: owner.codiceFiscale }], 2),
        makeLine([owner, wrong], 3),
      ];
      const input = world.file("falsi.jsonl", lines.join("\n"));

      const { document } = await world.json([
        "run",
        "send",
        "--ente",
        "prova",
        "--input",
        input,
        "--json",
      ]);

      expect(document.items.map(({ state, code }) => [state, code])).toEqual([
        ["rejected", "RECIPIENT_TWICE"],
        ["rejected", "CAP_FORM"],
      ]);
      expect(document.items[1]?.note).toContain("Destinatario 2, CAP");
    },
  ],
]);
