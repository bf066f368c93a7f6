/** From the flusso to the days on the payment system: the pipelines as they are shipped, on GPD, GovPay and files, with what SEND and the payer say afterwards. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addDays, toRomeDay } from "../../engine/host/clock.ts";
import { govPayEnte, govPaySecrets } from "../support/govpay-ente.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { readRepositoryFile } from "../support/repository.ts";
import { makeVerbale } from "../support/verbali.ts";

setDefaultTimeout(60_000);

const paTaxId = "89999990164";
const env = govPaySecrets;

interface Put {
  readonly path: string;
  readonly query: string;
  readonly body: Record<string, unknown>;
}

let world: InstallationWorld;
const puts: Put[] = [];
beforeAll(async () => {
  world = await makeInstallationWorld({
    dayMs: 1,
    async observe(request) {
      const url = new URL(request.url);
      if (request.method !== "PUT" || !/\/(debtpositions|pendenze)\//.test(url.pathname)) return;
      const body = (await request.json()) as Record<string, unknown>;
      puts.push({ path: url.pathname, query: url.search, body });
    },
  });
  writeFileSync(
    join(world.pipelinesFolder, "seguito.yaml"),
    readRepositoryFile("pipelines/seguito.yaml"),
  );
});
afterAll(() => world.close());

/** One verbale by PEC, notified and followed; what the payer is asked for before and after. */
async function notifyAndFollow(codice: string, number: number, change: (text: string) => string) {
  const usual = readFileSync(join(world.pipelinesFolder, "enti", "prova.yaml"), "utf8");
  writeFileSync(
    join(world.pipelinesFolder, "enti", `${codice}.yaml`),
    change(usual.replace("codice: prova", `codice: ${codice}`)),
  );
  const verbale = makeVerbale(number, world.freshDay);
  const { destinatario } = verbale;
  const input = world.file(
    `${codice}.jsonl`,
    `${JSON.stringify({
      ...verbale,
      importoRidottoCents: 4200,
      importoScontatoCents: 2940,
      destinatario: { ...destinatario, pec: "prova@pec.it" },
    })}\n`,
  );
  const sent = await world.json(
    ["run", "send", "--ente", codice, "--input", input, "--wait", "1m", "--json"],
    { env },
  );
  expect(sent.code).toBe(0);
  const codes = sent.document.items[0]?.noticeCodes ?? [];
  const before = await visit(codes);
  puts.length = 0;
  const followed = await world.json(["run", "seguito", "--ente", codice, "--json"], { env });
  expect(followed.document.run).toMatchObject({
    state: "completed",
    counts: { total: 1, done: 1 },
  });
  return { before, after: await visit(codes) };
}

async function visit(codes: readonly string[]): Promise<readonly unknown[]> {
  const offers: unknown[] = [];
  for (const code of codes)
    offers.push(await (await fetch(`${world.url}/payer/${paTaxId}/${code}`)).json());
  return offers;
}

/** Days of the two amounts as the verbale's note tells them are between these; which day exactly, other tests say. */
function expectDays(discounted: string, reduced: string): void {
  const today = toRomeDay(Date.now());
  expect(discounted >= addDays(today, 4) && discounted <= addDays(today, 10)).toBe(true);
  expect(reduced >= addDays(today, 59) && reduced <= addDays(today, 65)).toBe(true);
}

test("GPD: one change with both due dates at the end of a day in Rome, the fee stays on both codes", async () => {
  const { before, after } = await notifyAndFollow("gpd", 1, (text) => text);

  expect(before).toMatchObject([{ notificationFeeCents: 200 }, { notificationFeeCents: 200 }]);
  expect(after).toEqual([...before]);
  expect(puts).toHaveLength(1);
  expect(puts[0]).toMatchObject({ query: "?toPublish=true", body: { switchToExpired: true } });
  const options = puts[0]?.body["paymentOption"] as readonly { amount: number; dueDate: string }[];
  expect(options.map(({ amount }) => amount)).toEqual([3790, 5050]);
  const ends = options.map(({ dueDate }) => Date.parse(dueDate));
  expect(ends.map((ms) => toRomeDay(ms + 1_000) > toRomeDay(ms))).toEqual([true, true]);
  expectDays(toRomeDay(ends[0] ?? 0), toRomeDay(ends[1] ?? 0));
});

test("GovPay: each pendenza gets its day, and goes on asking SEND", async () => {
  const { before, after } = await notifyAndFollow("govpay", 2, govPayEnte);

  expect(before).toMatchObject([{ notificationFeeCents: 200 }, { notificationFeeCents: 200 }]);
  expect(after).toEqual([...before]);
  expect(puts.map(({ path }) => path.slice(-2))).toEqual(["-S", "-R"]);
  expect(puts.map(({ body }) => body["dataValidita"])).toEqual(["2000-01-01", "2000-01-01"]);
  const [discounted, reduced] = puts.map(({ body }) => String(body["dataScadenza"]));
  expectDays(discounted ?? "", reduced ?? "");
});
