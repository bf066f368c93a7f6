/** The costs of a notification, end to end: for each payment system and policy that Postino lets through, what the payer pays beside what SEND asks for, to the cent. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../engine/host/clock.ts";
import { createPartner, type Partner } from "../../simulators/payments/partner.ts";
import { govPayEnte, govPaySecrets } from "../support/govpay-ente.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { answerByFile, fileEnte } from "../support/partner-exchange.ts";
import { makeVerbale } from "../support/verbali.ts";

setDefaultTimeout(120_000);

const paTaxId = "89999990164";
/** How the recipient of each verbale is reached, and what SEND asks of him then; cents. */
const ways = [
  { name: "PEC", pec: "prova@pec.it", via: "Via delle Prove", total: 200 },
  { name: "one letter", via: "Via @OK_890 @COST-969", total: 1382 },
  { name: "two letters", via: "Via @FAIL-Discovery_890 @COST-969-963", total: 2557 },
  { name: "PEC that fails", pec: "prova@fail.it", via: "Via Prova @COST-465", total: 767 },
] as const;

let world: InstallationWorld;
beforeAll(async () => {
  world = await makeInstallationWorld({ dayMs: 1 });
});
afterAll(() => world.close());

const priceKey = "chiave-del-gestore-dei-pagamenti";
const env = { ...govPaySecrets, PROVA_PRICE_KEY: priceKey };
let number = 0;

/** A flusso with a verbale of each way through the real pipeline; the notice codes of each, in the order of `ways`. */
async function notify(codice: string, change: (text: string) => string, partner?: Partner) {
  const usual = readFileSync(join(world.pipelinesFolder, "enti", "prova.yaml"), "utf8");
  const text = change(usual.replace("codice: prova", `codice: ${codice}`));
  writeFileSync(join(world.pipelinesFolder, "enti", `${codice}.yaml`), text);
  const verbali = makeVerbali();
  const input = world.file(
    `${codice}.jsonl`,
    verbali.map((verbale) => `${JSON.stringify(verbale)}\n`).join(""),
  );
  const wait = partner === undefined ? "5m" : "1s";
  let { code, document } = await world.json(
    ["run", "send", "--ente", codice, "--input", input, "--wait", wait, "--json"],
    { env },
  );
  if (partner !== undefined) {
    expect(code).toBe(4);
    answerByFile(join(world.dataFolder, "outbox", codice, "pagamenti"), partner);
    ({ code, document } = await world.json(["resume", document.run.id, "--wait", "5m", "--json"], {
      env,
    }));
  }
  expect(code).toBe(0);
  return verbali.map(({ numero }) => {
    const item = document.items.find(({ key }) => key === numero);
    if (item === undefined) throw new Error(`no item ${numero}`);
    return item.noticeCodes;
  });
}

function makeVerbali() {
  return ways.map((way) => {
    number += 1;
    const verbale = makeVerbale(number * 3 + 1, world.freshDay);
    const { destinatario } = verbale;
    return {
      ...verbale,
      importoRidottoCents: 4200,
      importoScontatoCents: 2940,
      destinatario: {
        ...destinatario,
        ...("pec" in way ? { pec: way.pec } : {}),
        indirizzo: { ...destinatario.indirizzo, via: way.via, civico: "1" },
      },
    };
  });
}

async function askSend(noticeCode: string): Promise<number> {
  const answer = await fetch(`${world.url}/send/delivery/v2.3/price/${paTaxId}/${noticeCode}`, {
    headers: { "x-api-key": "chiave-di-prova" },
  });
  return ((await answer.json()) as { readonly totalPrice: number }).totalPrice;
}

interface Told {
  readonly amountCents: number;
  readonly metadata?: readonly { readonly key: string; readonly value: string }[];
}

async function visit(method: "GET" | "POST", noticeCode: string): Promise<Told> {
  const answer = await fetch(`${world.url}/payer/${paTaxId}/${noticeCode}`, { method });
  return (await answer.json()) as Told;
}

const flat = (text: string): string => text.replace("send:\n", "send:\n  feePolicy: FLAT_RATE\n");

describe.each([
  ["GPD, where SEND writes them (ASYNC)", "gpd", (text: string) => text, true],
  ["GovPay, which asks SEND (SYNC)", "govpay", govPayEnte, true],
  ["GPD with FLAT_RATE", "gpdflat", flat, false],
  ["GovPay with FLAT_RATE", "govpayflat", (text: string) => flat(govPayEnte(text)), false],
] as const)("%s", (_name, codice, change, isCharged) => {
  test("the payer pays the fine and what SEND asks for, whichever notice", async () => {
    const notices = await notify(codice, change);

    const paid: unknown[] = [];
    for (const [discounted = "", reduced = ""] of notices) {
      const total = await askSend(discounted);
      const [one, other] = [await visit("GET", discounted), await visit("GET", reduced)];
      const receipt = await visit("POST", discounted);
      expect(total).toBe(await askSend(reduced));
      paid.push([total, one.amountCents, other.amountCents, receipt.amountCents, receipt.metadata]);
    }

    expect(paid).toEqual(
      ways.map((way) => {
        const fee = isCharged ? way.total : 0;
        const metadata = isCharged ? [{ key: "NOTIFICATION_FEE", value: String(fee) }] : [];
        return [fee, 3790 + fee, 5050 + fee, 3790 + fee, metadata];
      }),
    );
  });
});

/** The ente whose positions a partner keeps, over files. */
const byFile = (text: string): string =>
  fileEnte(text, "  priceService: { apiKey: { secret: PROVA_PRICE_KEY } }\n");

test("a partner who asks Postino at payment time: the payer pays the fine and what SEND asks for", async () => {
  const priceService = { baseUrl: "", apiKey: priceKey };
  // Longer than the two seconds of the Node: what is asked here is what the answer says.
  const options = { clock: systemClock, creditorTaxId: paTaxId, priceService, timeoutMs: 30_000 };
  const partner = createPartner({ ...options, segregationCode: "02" });
  const flatPartner = createPartner({ ...options, segregationCode: "03" });
  const notices = await notify("file", byFile, partner);
  const flatNotices = await notify("fileflat", (text) => flat(byFile(text)), flatPartner);
  const unsent = partner.open(5050);
  const server = world.start(["serve", "--port", "0", "--no-scheduler"], { env });
  const [, url = ""] = /Pannello: (\S+)/.exec(await server.until("Pannello: ")) ?? [];
  priceService.baseUrl = url;

  const paid: unknown[] = [];
  for (const [discounted = "", reduced = ""] of notices) {
    const total = await askSend(discounted);
    const offer = await partner.counter.verify(paTaxId, reduced);
    const receipt = await partner.counter.pay(paTaxId, discounted);
    paid.push([total, offer, "fault" in receipt ? receipt : receipt.metadata]);
  }
  const [[flatNotice = ""] = []] = flatNotices;
  const flatReceipt = await flatPartner.counter.pay(paTaxId, flatNotice);
  const unsentReceipt = await partner.counter.pay(paTaxId, unsent);
  server.kill("SIGTERM");
  const ended = await server.ended;

  expect(paid).toEqual(
    ways.map(({ total }) => [
      total,
      { amountCents: 5050 + total, notificationFeeCents: total },
      [{ key: "NOTIFICATION_FEE", value: String(total) }],
    ]),
  );
  expect(flatReceipt).toMatchObject({ amountCents: 3790, metadata: [] });
  expect(unsentReceipt).toMatchObject({ amountCents: 5050, metadata: [] });
  expect(ended.stdout + ended.stderr).not.toContain(priceKey);
  // Nobody can tell what to add any more: the payer is asked to come back, and not for too little.
  expect(await partner.counter.verify(paTaxId, notices[0]?.[1] ?? "")).toEqual({
    fault: "PAA_SYSTEM_ERROR",
  });
});
