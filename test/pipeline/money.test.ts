/** What a notification costs and what was paid, from the flusso to the gestionale: the shipped pipeline seguito beside a payer, with a refusal, a cancellation and a payment before its letter. */
import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import type { Costs, KeptReceipts } from "../../integrations/register/money.ts";
import type { MonthReport } from "../../server/report/collect.ts";
import { testInOrder } from "../support/chapters.ts";
import { govPayEnte, govPaySecrets } from "../support/govpay-ente.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { runJournalSql } from "../support/journal-sql.ts";
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
  const rows = runJournalSql<{ readonly subject: string; readonly data: string }>(
    world.dataFolder,
    [
      "SELECT r.subject, v.data FROM records r JOIN record_versions v ON v.number = r.newest WHERE r.kind = ? ORDER BY r.subject",
      [kind],
    ],
  );
  return Object.fromEntries(rows.map(({ subject, data }) => [subject, JSON.parse(data) as Data]));
}

function makeDue(kind: string): void {
  runJournalSql(world.dataFolder, [
    "UPDATE records SET due_at = '2026-01-01T00:00:00.000Z' WHERE kind = ?",
    [kind],
  ]);
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

/** The command of the month in which everything was sent, and its rows by verbale. */
async function tellCosts(words: readonly string[] = []) {
  const month = readIuns()["T00001"]?.slice(15, 21) ?? "";
  const written = `${month.slice(0, 4)}-${month.slice(4)}`;
  const ended = await world.postino(["costs", "--ente", "prova", "--month", written, ...words]);
  const [head = "", ...lines] = ended.stdout.replace("\uFEFF", "").trimEnd().split("\r\n");
  const names = head.split(";");
  const rows = lines.map((line) => {
    const cells = line.split(";");
    return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ""]));
  });
  return { ...ended, rows: Object.fromEntries(rows.map((row) => [row["Verbale"] ?? "", row])) };
}

function readIuns(): Readonly<Record<string, string>> {
  const rows = runJournalSql<{ readonly key: string; readonly subject: string }>(world.dataFolder, [
    "SELECT key, subject FROM records WHERE kind = 'verdict'",
  ]);
  return Object.fromEntries(rows.map(({ key, subject }) => [subject, key]));
}

/** Another ente of the same world sends these lines and follows them; its verbali with their notice codes. */
async function sendAs(
  codice: string,
  lines: readonly string[],
  change: (text: string) => string = (text) => text,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const folder = join(world.pipelinesFolder, "enti");
  const usual = readFileSync(join(folder, "prova.yaml"), "utf8");
  const text = change(usual.replace("codice: prova", `codice: ${codice}`));
  writeFileSync(join(folder, `${codice}.yaml`), text);
  const input = world.file(`${codice}.jsonl`, lines.join("\n"));
  const { document } = await world.json(
    ["run", "send", "--ente", codice, "--input", input, "--json"],
    { env: govPaySecrets },
  );
  await followAs(codice);
  return Object.fromEntries(document.items.map(({ key, noticeCodes }) => [key, noticeCodes]));
}

async function followAs(codice: string): Promise<void> {
  makeDue("followed");
  makeDue("receipts");
  const { code } = await world.json(["run", "seguito", "--ente", codice, "--json"], {
    env: govPaySecrets,
  });
  expect(code).toBe(0);
}

function tellFindings(kind: "costs" | "receipts", numero: string) {
  const findings = readKind<Costs | KeptReceipts>(kind)[numero]?.findings ?? [];
  return findings.map((one) => [one.kind, one.cents]);
}

testInOrder(
  "what a notification costs and what was paid: ledger, payments, statement, invoice, corrections, other systems",
  [
    [
      "each cent stands in the ledger: by PEC, by letter, by two, and the euro of a refusal",
      async () => {
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
      },
    ],
    [
      "nobody is asked again before there is a reason",
      async () => {
        expect(await follow()).toEqual({ code: 0, items: [] });
        expect(asked).toEqual([]);
      },
    ],
    [
      "what was paid is found when it is time, without asking SEND for its price again",
      async () => {
        const [discounted = ""] = codes["T00002"] ?? [];
        await fetch(`${world.url}/payer/${paTaxId}/${discounted}`, { method: "POST" });
        makeDue("receipts");

        const run = await follow();

        expect(run.items).toHaveLength(4);
        expect(asked.filter((one) => one === "price")).toEqual([]);
        const { T00001: unpaid, T00002: paid } = readKind<KeptReceipts>("receipts");
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
      },
    ],
    [
      "postino costs: a row for each IUN, what the ente bears, and the totals",
      async () => {
        const { code, rows, stderr } = await tellCosts();

        expect(code).toBe(0);
        expect(stderr).toBe(
          `Notifiche del ${stderr.slice(14, 21)}: 4. Addebito di SEND 33,01 euro, a carico dell'ente 1,00 euro.\n`,
        );
        expect(rows["T00002"]).toMatchObject({
          Esito: "accettata",
          "Spese chieste al destinatario": "13,82",
          "Spese nella ricevuta": "13,82",
          Pagato: "51,72",
          "Quota di SEND": "1,00",
          Lettere: "9,69",
          "Addebito di SEND": "10,69",
          Definitivo: "sì",
          "A carico dell'ente": "0,00",
        });
        expect(rows["T00003"]).toMatchObject({ Esito: "rifiutata", "A carico dell'ente": "1,00" });
        expect(rows[""]).toMatchObject({
          IUN: "TOTALE",
          Lettere: "29,01",
          "Addebito di SEND": "33,01",
        });
      },
    ],
    [
      "postino costs beside an invoice: equal, different for a reason, and to be cleared up with exit code 3",
      async () => {
        const { T00001, T00002, T00003, T00004 } = readIuns();
        const invoice = world.file(
          "fattura.csv",
          [
            "IUN;Descrizione;Importo",
            `${T00001};Notifica;1,00`,
            `${T00002};Notifica;1,00`,
            `${T00002};Lettera;9,69`,
            `${T00002};Lettera;9,69`,
            `${T00003};Rifiuto;1,00`,
            `${T00004};Notifica;1,00`,
            `${T00004};Lettere;19,33`,
            "",
          ].join("\r\n"),
        );

        const { code, rows, stderr } = await tellCosts(["--invoice", invoice]);

        expect(code).toBe(3);
        expect(stderr).toContain("2 uguali, 1 diverse con il motivo, 1 da chiarire.");
        expect(rows["T00002"]).toMatchObject({
          "In fattura": "20,38",
          Differenza: "9,69",
          Spiegata: "sì",
        });
        expect(rows["T00002"]?.["Motivo"]).toContain("due volte la stessa voce (riga 5)");
        expect(rows["T00004"]).toMatchObject({ Differenza: "0,01", Spiegata: "no" });
        expect(rows["T00001"]).toMatchObject({ Differenza: "0,00", Motivo: "", Spiegata: "sì" });
      },
    ],
    [
      "postino costs writes a spreadsheet where it is told, and says what it cannot use",
      async () => {
        const file = join(world.folder, "spese.xlsx");
        const { code } = await tellCosts(["--out", file]);
        const bytes = readFileSync(file);

        expect(code).toBe(0);
        expect(bytes.subarray(0, 2).toString()).toBe("PK");
        for (const [words, said] of [
          [["--format", "xlsx"], "--format xlsx vuole anche --out FILE."],
          [["--format", "pdf"], "--format vuole csv o xlsx"],
          [["--invoice", join(world.folder, "manca.csv")], "non c'è."],
        ] as const) {
          const ended = await tellCosts(words);
          expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining(said)]);
        }
        const wrong = await world.postino(["costs", "--ente", "prova", "--month", "11/2026"]);
        expect([wrong.code, wrong.stderr]).toEqual([
          2,
          expect.stringContaining("un mese come 2026-11"),
        ]);
      },
    ],
    [
      "an invoice of an ente that has sent nothing is all to be cleared up",
      async () => {
        const folder = join(world.pipelinesFolder, "enti");
        const usual = readFileSync(join(folder, "prova.yaml"), "utf8");
        writeFileSync(join(folder, "nuovo.yaml"), usual.replace("codice: prova", "codice: nuovo"));
        const invoice = world.file(
          "altrui.csv",
          "IUN;Importo\nABCD-EFGH-ILMN-202611-N-1;1,00\nABCD-EFGH-ILMN-202611-N-2;molto\n",
        );

        const { code, stdout, stderr } = await world.postino([
          "costs",
          "--ente",
          "nuovo",
          "--month",
          "2026-11",
          "--invoice",
          invoice,
        ]);

        expect(code).toBe(3);
        expect(stderr).toContain("0 uguali, 0 diverse con il motivo, 2 da chiarire.");
        expect(stdout).toContain("Postino non conosce questo IUN");
        expect(stdout).toContain("l'importo «molto» non si legge");
      },
    ],
    [
      "E17: what was cancelled after two letters costs the payer nothing and the ente its letters",
      async () => {
        await sendAs("annulla", [makeLine(11, "Via @FAIL-Discovery_890 @COST-969-963")]);
        const { T00011: iun = "" } = readIuns();
        const answer = await fetch(
          `${world.url}/send/delivery-push/v2.0/notifications/cancel/${iun}`,
          {
            method: "PUT",
            headers: { "x-api-key": "chiave-di-prova" },
          },
        );
        expect(answer.status).toBe(202);

        await followAs("annulla");

        const { codes: told, recipients } = readKind<Costs>("costs")["T00011"] ?? {};
        expect(told?.map(({ verdict, feeCents }) => [verdict, feeCents])).toEqual([
          ["cancelled", 0],
          ["cancelled", 0],
        ]);
        expect(recipients?.map(({ letters }) => letters)).toEqual([[969, 963]]);
        expect(tellFindings("costs", "T00011")).toEqual([["cancelled", 2032]]);
      },
    ],
    [
      "E15: after a correction the letter that was taken back is charged to nobody",
      async () => {
        await sendAs("corretto", [makeLine(12, "Via @FAIL-Irreperibile_890 @COST-364")]);
        const before = readKind<Costs>("costs")["T00012"];
        const { T00012: iun = "" } = readIuns();
        const answer = await fetch(`${world.url}/send/control/rework`, {
          method: "POST",
          body: JSON.stringify({ iun }),
        });
        expect(answer.status).toBe(204);

        await followAs("corretto");

        const after = readKind<Costs>("costs")["T00012"];
        expect(before?.recipients[0]?.letters).toEqual([364]);
        expect(after?.recipients[0]?.letters).toEqual([364]);
        // The naive sum of all letters would be twice as much.
        expect(after?.codes.map(({ priceCents, feeCents }) => [priceCents, feeCents])).toEqual([
          [644, 644],
          [644, 644],
        ]);
        // The sum did not change: there is nothing to tell.
        expect(after?.findings).toEqual([]);
      },
    ],
    [
      "GovPay: both codes paid are a payment too many, with the fee of each receipt",
      async () => {
        const sent = await sendAs("govpay", [makeLine(13, "Via @OK_890 @COST-969")], govPayEnte);
        const [discounted = "", reduced = ""] = sent["T00013"] ?? [];
        for (const code of [discounted, reduced])
          await fetch(`${world.url}/payer/${paTaxId}/${code}`, { method: "POST" });

        await followAs("govpay");

        const { payments } = readKind<KeptReceipts>("receipts")["T00013"] ?? {};
        expect(payments?.map(({ amountCents, feeCents }) => [amountCents, feeCents])).toEqual([
          [5172, 1382],
          [6432, 1382],
        ]);
        expect(tellFindings("receipts", "T00013")).toEqual([["twice", -6432]]);
        expect(tellFindings("costs", "T00013")).toEqual([]);
      },
    ],
    [
      "E9: under FLAT_RATE the payer is asked for nothing and the ente is charged all the same",
      async () => {
        await sendAs("piatto", [makeLine(14, "Via @OK_890 @COST-969")], (text) =>
          text.replace("send:\n", "send:\n  feePolicy: FLAT_RATE\n"),
        );

        const { codes: told, recipients, findings } = readKind<Costs>("costs")["T00014"] ?? {};
        expect(told?.map(({ priceCents, feeCents }) => [priceCents, feeCents])).toEqual([
          [0, 0],
          [0, 0],
        ]);
        expect(recipients).toMatchObject([{ sendCents: 100, letters: [969] }]);
        expect(findings).toEqual([]);
      },
    ],
    [
      "the report of the month ties with the ledger, ente by ente, in every form",
      async () => {
        const { rows } = await tellCosts();
        const total = rows[""] ?? {};
        const { T00001: iun = "" } = readIuns();
        const month = iun.slice(15, 21).replace(/(....)(..)/, "$1-$2");
        const words = ["report", "--ente", "prova", "--month", month];
        const { stdout } = await world.postino([...words, "--json"]);
        const report = JSON.parse(stdout) as MonthReport;
        const told = await world.postino([...words, "--out", world.file("mese.xlsx", "")]);
        const cells = readCells(readFileSync(join(world.folder, "mese.xlsx")));
        const find = (what: string) =>
          cells.find(([part, name]) => `${part}/${name}` === what)?.[2];

        expect(report).toMatchObject({ ente: "prova", month, sent: 3, refused: 1, cancelled: 0 });
        expect(toEuro(report.chargedCents)).toBe(total["Addebito di SEND"] ?? "");
        expect(toEuro(report.borneCents)).toBe(total["A carico dell'ente"] ?? "");
        expect(toEuro(report.paidCents)).toBe(total["Pagato"] ?? "");
        const summed = report.channels.map(({ totalCents }) => totalCents);
        expect(summed.reduce((sum, one) => sum + one, 0)).toBe(report.chargedCents);
        expect(
          report.channels.map(({ channel, notifications }) => [channel, notifications]),
        ).toEqual([
          ["digital", 1],
          ["analog", 2],
          ["refused", 1],
        ]);
        expect(report.rejected.reduce((sum, { count }) => sum + count, 0)).toBe(1);
        expect(told.stdout).toContain("Notifiche inviate");
        expect([find("Notifiche/Inviate"), find("Spese/Addebito di SEND, senza IVA")]).toEqual([
          "3",
          String(report.chargedCents / 100),
        ]);
      },
    ],
  ],
);

/** `138200` as the ledger writes it. */
function toEuro(cents: number): string {
  return (cents / 100).toFixed(2).replace(".", ",");
}

/** The texts and numbers of the sheet, row by row. */
function readCells(bytes: Uint8Array): readonly (readonly string[])[] {
  const sheet = strFromU8(unzipSync(bytes)["xl/worksheets/sheet1.xml"] ?? new Uint8Array());
  return [...sheet.matchAll(/<row [^>]*>(.*?)<\/row>/g)].map(([, row = ""]) =>
    [...row.matchAll(/<(?:t|v)[^>]*>([^<]*)</g)].map(([, cell = ""]) => cell),
  );
}
