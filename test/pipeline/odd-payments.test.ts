/** Payments that are not what the act asked, from the payer to the office: short, over, late, twice, on a cancelled notification and begun before the dates were written, on each payment system as it lets them happen. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { KeptReceipts } from "../../integrations/register/money.ts";
import { createPartner, type Partner } from "../../simulators/payments/partner.ts";
import type { PaymentArrival, Arrived, PaymentReceipt } from "../../simulators/payments/payer.ts";
import { systemClock } from "../../engine/host/clock.ts";
import { govPayEnte, govPaySecrets } from "../support/govpay-ente.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { runJournalSql } from "../support/journal-sql.ts";
import { answerByFile, fileEnte } from "../support/partner-exchange.ts";
import { leaveTownToSend, makeVerbale } from "../support/verbali.ts";

setDefaultTimeout(60_000);

const paTaxId = "89999990164";
const env = { ...govPaySecrets, PROVA_PRICE_KEY: "chiave-del-partner" };
let world: InstallationWorld;
beforeAll(async () => {
  world = await makeInstallationWorld({ dayMs: 1, enteYaml: leaveTownToSend });
  const shipped = join(resolve(import.meta.dir, "../.."), "pipelines", "seguito.yaml");
  copyFileSync(shipped, join(world.pipelinesFolder, "seguito.yaml"));
});
afterAll(() => world.close());

/** PEC: SEND asks for 2 euro. The fine is 37,90 by the first code and 50,50 by the second. */
const fee = 200;
const ways = ["begun before", "short", "over", "late", "twice", "cancelled"] as const;
type Way = (typeof ways)[number];
/** What each must become, in the words of the register: kind and cents. */
const findings: Readonly<
  Record<Exclude<Way, "cancelled">, readonly (readonly [string, number | undefined])[]>
> = {
  "begun before": [],
  short: [["short", 200]],
  over: [["over", -5]],
  late: [["late", undefined]],
  twice: [["twice", -5250]],
};
/** Of GovPay alone: it has the receipt and does not call it paid. */
const anomalous = new Set<Way>(["short", "over"]);

interface Counter {
  begin(notice: string): Promise<void>;
  receive(notice: string, arrival: PaymentArrival): Promise<Arrived>;
}

const overHttp: Counter = {
  async begin(notice) {
    const answer = await ask(`${notice}/begin`);
    expect(answer.status).toBe(200);
  },
  async receive(notice, arrival) {
    const answer = await ask(`${notice}/receipt`, arrival);
    return (await answer.json()) as Arrived;
  },
};

function ask(path: string, body: object = {}): Promise<Response> {
  const init = { method: "POST", body: JSON.stringify(body) };
  return fetch(`${world.url}/payer/${paTaxId}/${path}`, init);
}

const atPartner = ({ counter }: Partner): Counter => ({
  async begin(notice) {
    expect(await counter.begin(paTaxId, notice)).toMatchObject({ notificationFeeCents: 0 });
  },
  receive: (notice, arrival) => counter.receive(paTaxId, notice, arrival),
});

interface System {
  readonly codice: string;
  readonly first: number;
  change(text: string): string;
  readonly counter: Counter;
  readonly partner?: Partner;
}

function makeVerbali(first: number) {
  return ways.map((_, index) => {
    const verbale = makeVerbale(first + index, world.freshDay);
    const { destinatario } = verbale;
    const indirizzo = { ...destinatario.indirizzo, via: "Via delle Prove", civico: "1" };
    return {
      ...verbale,
      importoRidottoCents: 4200,
      importoScontatoCents: 2940,
      destinatario: { ...destinatario, pec: "prova@pec.it", indirizzo },
    };
  });
}

/** From the flusso to SEND's yes; the two notice codes of each, in the order of `ways`. */
async function notify(system: System): Promise<readonly (readonly [string, string])[]> {
  const { codice, first, partner } = system;
  const usual = readFileSync(join(world.pipelinesFolder, "enti", "prova.yaml"), "utf8");
  const text = system.change(usual.replace("codice: prova", `codice: ${codice}`));
  writeFileSync(join(world.pipelinesFolder, "enti", `${codice}.yaml`), text);
  const lines = makeVerbali(first).map((verbale) => JSON.stringify(verbale));
  const input = world.file(`${codice}.jsonl`, lines.join("\n"));
  const wait = partner === undefined ? "5m" : "1s";
  const command = ["run", "send", "--ente", codice, "--input", input, "--wait", wait, "--json"];
  let { document } = await world.json(command, { env });
  if (partner !== undefined) {
    answerByFile(locateExchange(codice), partner);
    ({ document } = await world.json(["resume", document.run.id, "--wait", "5m", "--json"], {
      env,
    }));
  }
  expect(document.items.map(({ state }) => state)).toEqual(ways.map(() => "done"));
  return document.items.map(({ noticeCodes: [discounted = "", reduced = ""] }) => [
    discounted,
    reduced,
  ]);
}

const locateExchange = (codice: string): string =>
  join(world.dataFolder, "outbox", codice, "pagamenti");

async function follow(codice: string): Promise<void> {
  for (const kind of ["followed", "receipts"])
    runJournalSql(world.dataFolder, [
      "UPDATE records SET due_at = '2026-01-01T00:00:00.000Z' WHERE kind = ?",
      [kind],
    ]);
  const { code } = await world.json(["run", "seguito", "--ente", codice, "--json"], { env });
  expect(code).toBe(0);
}

function readReceipts(numero: string): KeptReceipts {
  const [row] = runJournalSql<{ readonly data: string }>(world.dataFolder, [
    "SELECT v.data FROM records r JOIN record_versions v ON v.number = r.newest WHERE r.kind = 'receipts' AND r.subject = ?",
    [numero],
  ]);
  return JSON.parse(row?.data ?? "{}") as KeptReceipts;
}

async function cancelAtSend(numero: string): Promise<void> {
  const [row] = runJournalSql<{ readonly key: string }>(world.dataFolder, [
    "SELECT key FROM records WHERE kind = 'verdict' AND subject = ?",
    [numero],
  ]);
  const path = `/send/delivery-push/v2.0/notifications/cancel/${row?.key ?? ""}`;
  const headers = { "x-api-key": "chiave-di-prova" };
  const answer = await fetch(`${world.url}${path}`, { method: "PUT", headers });
  expect(answer.status).toBe(202);
}

const numero = (n: number): string => `T${String(n).padStart(5, "0")}`;
const nextYear = "2027-12-01T10:00:00.000Z";

/** Everybody pays in his way; what no payment system keeps comes back, for the treasury has it all the same. */
async function payAll(
  { counter }: System,
  codes: readonly (readonly [string, string])[],
): Promise<readonly PaymentReceipt[]> {
  const lost: PaymentReceipt[] = [];
  const receive = async (notice: string, arrival: PaymentArrival): Promise<void> => {
    const arrived = await counter.receive(notice, arrival);
    if ("fault" in arrived && arrived.receipt !== undefined) lost.push(arrived.receipt);
  };
  for (const [index, way] of ways.entries()) {
    const [discounted = "", reduced = ""] = codes[index] ?? [];
    const exact = { amountCents: 3790 + fee, notificationFeeCents: fee };
    if (way === "begun before")
      await receive(discounted, { amountCents: 3790 + fee, notificationFeeCents: fee });
    if (way === "short") await receive(discounted, { ...exact, amountCents: 3790 });
    if (way === "over") await receive(discounted, { ...exact, amountCents: 3790 + fee + 5 });
    if (way === "late")
      await receive(reduced, { ...exact, amountCents: 5050 + fee, paidAt: nextYear });
    if (way === "cancelled") await receive(discounted, exact);
    if (way !== "twice") continue;
    await receive(discounted, exact);
    await receive(reduced, { ...exact, amountCents: 5050 + fee });
  }
  return lost;
}

/** GPD's v1 tells the amount of the option, whatever the receipt says, and keeps no second receipt: the treasury's file does. */
function tellByTreasury(codice: string, rows: readonly (readonly string[])[]): void {
  mkdirSync(locateExchange(codice), { recursive: true });
  const head = "codice_avviso;data_pagamento;importo;spese_notifica;ricevuta";
  const text = [head, ...rows.map((row) => row.join(";"))].join("\n");
  writeFileSync(join(locateExchange(codice), "incassi-tesoreria.csv"), `${text}\n`);
}

const partner = createPartner({
  clock: systemClock,
  creditorTaxId: paTaxId,
  segregationCode: "02",
});
const systems: readonly System[] = [
  { codice: "gpdente", first: 100, change: (text) => text, counter: overHttp },
  { codice: "govpayente", first: 200, change: govPayEnte, counter: overHttp },
  {
    codice: "fileente",
    first: 300,
    change: (text) => fileEnte(text, "  addsNotificationFee: true\n"),
    counter: atPartner(partner),
    partner,
  },
];

test.each(systems)("$codice: each payment is told for what it was", async (system) => {
  const { codice, first, counter } = system;
  const codes = await notify(system);
  // Before the last days are written: the payer has the page of his bank open.
  await counter.begin(codes[0]?.[0] ?? "");
  await follow(codice);
  await cancelAtSend(numero(first + ways.indexOf("cancelled")));
  const lost = await payAll(system, codes);

  if (codice === "gpdente") {
    // The second code of a debt that is paid.
    expect(lost.map(({ noticeCode, amountCents }) => [noticeCode, amountCents])).toEqual([
      [codes[4]?.[1] ?? "", 5250],
    ]);
    const day = world.today.split("-").toReversed().join("/");
    tellByTreasury(codice, [
      [codes[1]?.[0] ?? "", day, "37,90", "2,00", ""],
      [codes[2]?.[0] ?? "", day, "39,95", "2,00", ""],
      [codes[4]?.[1] ?? "", day, "52,50", "2,00", lost[0]?.receiptId ?? ""],
    ]);
  } else expect(lost).toEqual([]);
  if (codice === "fileente") {
    mkdirSync(locateExchange(codice), { recursive: true });
    writeFileSync(join(locateExchange(codice), "incassi.csv"), partner.writeReceipts());
  }
  await follow(codice);

  const told = ways.map((way, index) => {
    const kept = readReceipts(numero(first + index));
    return [
      way,
      kept.payments.map(({ amountCents }) => amountCents),
      kept.findings.map(({ kind, cents }) => [kind, cents]),
    ];
  });
  // SEND has taken its fee off the option of GPD when it was cancelled, and GPD tells the option.
  const last = codice === "gpdente" ? 3790 : 3990;
  const paid = [[3990], [3790], [3995], [5250], [3990, 5250], [last]];
  expect(told as unknown).toEqual(
    ways.map((way, index) => [
      way,
      paid[index],
      [
        ...(way === "cancelled" ? [["cancelled", -last]] : findings[way]),
        ...(codice === "govpayente" && anomalous.has(way) ? [["anomalous", undefined]] : []),
      ],
    ]),
  );
});

test("the office reads the same: esiti, the month's costs, and the sheet of each verbale", async () => {
  const server = world.start(["serve", "--port", "0", "--no-scheduler"], { env });
  const [, url = ""] = /Pannello: (\S+)/.exec(await server.until("Pannello: ")) ?? [];
  const sheets: string[] = [];
  for (const [index] of ways.entries()) {
    const page = await fetch(`${url}/verbali/gpdente/${numero(100 + index)}/importo`);
    const text = (await page.text()).replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
    sheets.push(text.replaceAll("&#39;", "'"));
  }
  server.kill("SIGTERM");
  await server.ended;

  const [begun = "", short, over, late, twice, cancelled] = sheets;
  expect(begun).toContain("Non c'è altro da pagare");
  expect(short).toContain("mancano 2,00 euro");
  expect(over).toContain("0,05 euro in più");
  expect(late).toContain("oltre il 60° giorno");
  expect(twice).toContain("Pagato 2 volte: 52,50 euro da rimborsare");
  expect(cancelled).toContain("la notifica è annullata: decidere se il verbale è chiuso");

  const folder = join(world.dataFolder, "outbox", "gpdente");
  const facts = readdirSync(folder)
    .filter((name) => name.startsWith("esiti-"))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split(/\r?\n/))
    .filter((line) => line.includes(";pagato;"));
  for (const [index, cents] of [3990, 3790, 3995, 5250, 5250, 3790].entries())
    expect(facts.join("\n")).toMatch(new RegExp(`${numero(100 + index)}.*;${cents};`));

  const month = world.today.slice(0, 7);
  const { stdout } = await world.postino(["costs", "--ente", "gpdente", "--month", month]);
  const [head = "", ...rows] = stdout.replace("\uFEFF", "").trimEnd().split("\r\n");
  const names = head.split(";");
  const paid = rows.map((row) => {
    const cells = row.split(";");
    return [cells[names.indexOf("Verbale")], cells[names.indexOf("Pagato")]].join(" ");
  });
  expect(paid.toSorted()).toEqual([
    " 300,55",
    "T00100 39,90",
    "T00101 37,90",
    "T00102 39,95",
    "T00103 52,50",
    "T00104 92,40",
    "T00105 37,90",
  ]);
});
