/** Who adds the costs of a notification, in one sentence of `check` and `doctor`, and whether it is proved: asked of GPD, of GovPay's backoffice, and of who uses the price service. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import type { CounterSettings } from "../../simulators/payments/govpay-counter.ts";
import { govPayEnte, govPaySecrets } from "../support/govpay-ente.ts";
import { makeVerbale } from "../support/verbali.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";

setDefaultTimeout(60_000);

const paTaxId = "89999990164";
let world: InstallationWorld | undefined;
afterEach(() => world?.close());

const env = { ...govPaySecrets, PROVA_PRICE_KEY: "chiave-dei-prezzi" };

interface Told {
  readonly code: number | null;
  /** The lines on the costs, the remedy behind each. */
  readonly costs: string;
}

async function ask(
  enteYaml: (text: string) => string,
  options: NonNullable<Parameters<typeof makeInstallationWorld>[0]> = {},
  command: readonly string[] = ["doctor", "--ente", "prova"],
): Promise<Told> {
  const opened = await makeInstallationWorld({ ...options, enteYaml });
  world = opened;
  const { code, stdout } = await opened.postino(command, { env });
  const lines = stdout.split("\n");
  const costs = lines.filter(
    (line, index) =>
      /Spese di notifica/i.test(line) ||
      (line.includes("Rimedio: ") && /Spese di notifica/i.test(lines[index - 1] ?? "")),
  );
  return { code, costs: costs.map((line) => line.trim()).join(" ") };
}

const withPrices = (text: string): string =>
  text.replace(
    "payments:\n",
    "payments:\n  priceService: { apiKey: { secret: PROVA_PRICE_KEY } }\n",
  );
const byFile = (text: string): string =>
  text
    .replace("adapter: gpd", "adapter: file")
    .replace(/  baseUrl: \S+\/gpd\S+\n  subscriptionKey: .*\n/, "");
const declared = (text: string): string =>
  byFile(text).replace("payments:\n", "payments:\n  addsNotificationFee: true\n");
const flat = (text: string): string => text.replace("send:\n", "send:\n  feePolicy: FLAT_RATE\n");
const connector = { url: "http://send.simulato", abilitaGDE: true };
const served = { domains: { [paTaxId]: { servizioSend: connector } } };

test.each<[string, CounterSettings, number, string, string]>([
  [
    "3.9.4 with the service of SEND",
    served,
    0,
    "✓",
    "Provato: il suo backoffice dice la versione 3.9.4",
  ],
  ["3.10.0", { ...served, version: "3.10.0" }, 0, "✓", "la versione 3.10.0"],
  ["3.9.3", { ...served, version: "3.9.3" }, 5, "✗", "GovPay 3.9.3 non le chiede a SEND"],
  ["3.8.9", { ...served, version: "3.8.9" }, 5, "✗", "GovPay 3.8.9 non le chiede a SEND"],
  [
    "without the service of SEND",
    { domains: { [paTaxId]: {} } },
    5,
    "✗",
    `su GovPay il dominio ${paTaxId} non ha il servizio SEND`,
  ],
  [
    "with the path in the address",
    {
      domains: {
        [paTaxId]: { servizioSend: { ...connector, url: "https://s.test/delivery/v2.3" } },
      },
    },
    5,
    "✗",
    "comprende già «/delivery»",
  ],
  [
    "that does not know the dominio",
    { domains: {} },
    0,
    "!",
    "Non provato: il servizio SEND del dominio",
  ],
])("GovPay %s", async (_name, govpay, code, mark, said) => {
  const told = await ask(govPayEnte, { govpay });

  expect(told.code).toBe(code);
  expect(told.costs).toStartWith(`${mark} Spese di notifica: `);
  expect(told.costs).toContain(said);
  // The way out of an old GovPay is said with it.
  if (said.includes("non le chiede"))
    for (const way of ["3.9.4 o successiva", "payments.priceService", "send.feePolicy: FLAT_RATE"])
      expect(told.costs).toContain(way);
});

test.each<[string, (text: string) => string, CounterSettings, number, string]>([
  ["3.9.4: it goes out", govPayEnte, served, 0, ""],
  ["3.9.3", govPayEnte, { ...served, version: "3.9.3" }, 5, "GovPay 3.9.3 non le chiede a SEND"],
  [
    "without the service of SEND",
    govPayEnte,
    { domains: { [paTaxId]: {} } },
    5,
    "non ha il servizio SEND",
  ],
  ["that cannot be asked: not proved, and no reason to stop", govPayEnte, { domains: {} }, 0, ""],
  [
    "3.9.3 where the ente bears the costs itself",
    (text) =>
      govPayEnte(text)
        .replace("sendAbilitato: true, ", "")
        .replace("send:\n", "send:\n  feePolicy: FLAT_RATE\n"),
    { ...served, version: "3.9.3" },
    0,
    "",
  ],
])("a run on GovPay %s", async (_name, enteYaml, govpay, code, said) => {
  const opened = await makeInstallationWorld({ govpay, enteYaml });
  world = opened;
  const input = opened.file("flusso.jsonl", `${JSON.stringify(makeVerbale(1, opened.freshDay))}\n`);

  const ended = await opened.postino(
    ["run", "send", "--ente", "prova", "--input", input, "--wait", "1m"],
    { env },
  );

  expect(ended.code).toBe(code);
  expect(ended.stdout + ended.stderr).toContain(said);
  // Before the first effect: SEND has got nothing.
  expect(opened.report().send.accepted).toBe(code === 0 ? 1 : 0);
});

test("a backoffice that lies elsewhere is asked there, and one that is away leaves it unproved", async () => {
  const elsewhere = (text: string): string =>
    govPayEnte(text).replace(
      "sendAbilitato: true,",
      'sendAbilitato: true, backoffice: { baseUrl: "http://127.0.0.1:1", user: operatore },',
    );

  const told = await ask(elsewhere);

  expect(told).toMatchObject({ code: 0 });
  expect(told.costs).toContain("Non provato: la versione di GovPay non si legge dal backoffice.");
  expect(told.costs).toContain("payments.govpay.backoffice");
});

test.each<[string, (text: string) => string, string]>([
  ["GPD", (text) => text, "✓ Spese di notifica: le scrive SEND sulle posizioni di GPD"],
  [
    "a declared partner",
    declared,
    "! Spese di notifica: le aggiunge chi gestisce i pagamenti, come ha dichiarato. Postino non può provarlo.",
  ],
  [
    "a partner who asks Postino",
    (text) => withPrices(byFile(text)),
    "! Spese di notifica: le aggiunge chi gestisce i pagamenti, chiedendo a Postino il prezzo al pagamento. Non ancora provato: nessuno ha mai chiesto un prezzo.",
  ],
  [
    "an old GovPay that asks the ente",
    (text) => withPrices(govPayEnte(text).replace("sendAbilitato: true, ", "")),
    "! Spese di notifica: le aggiunge il gestionale che GovPay interroga al pagamento",
  ],
])("doctor says it of %s", async (_name, enteYaml, said) => {
  const told = await ask(enteYaml);

  expect(told.code).toBe(0);
  expect(told.costs).toContain(said);
});

test("doctor has nothing to prove where the ente pays", async () => {
  expect(await ask(flat)).toEqual({ code: 0, costs: "" });
});

test("a key of the price service that is too short is told", async () => {
  world = await makeInstallationWorld({ enteYaml: (text) => withPrices(byFile(text)) });

  const { code, stdout } = await world.postino(["doctor", "--ente", "prova"], {
    env: { ...env, PROVA_PRICE_KEY: "1234" },
  });

  expect(code).toBe(5);
  expect(stdout).toContain(
    "✗ Il segreto PROVA_PRICE_KEY, la chiave del servizio dei prezzi, è troppo corto",
  );
  expect(stdout).not.toContain("1234");
});

test("GPD is proved once SEND has written on a position", async () => {
  const positions = [
    {
      organization: paTaxId,
      iupd: "V1",
      options: [{ iuv: "01000000000000111", amountCents: 4200, notificationFeeCents: 1382 }],
    },
    { organization: paTaxId, iupd: "V2", options: [{ iuv: "01000000000000212", amountCents: 42 }] },
  ];

  const told = await ask((text) => text, { positions });

  expect(told.costs).toContain("Provato: tra le ultime 50 posizioni 1 le portano.");
});

test("the price service is proved once somebody has asked", async () => {
  world = await makeInstallationWorld({ enteYaml: (text) => withPrices(byFile(text)) });
  const server = world.start(["serve", "--port", "0", "--no-scheduler"], { env });
  const [, url = ""] = /Pannello: (\S+)/.exec(await server.until("Pannello: ")) ?? [];
  await fetch(`${url}/prezzo/${paTaxId}/301000000000000144`, {
    headers: { "x-api-key": env.PROVA_PRICE_KEY },
  });
  server.kill("SIGTERM");
  await server.ended;

  const { stdout } = await world.postino(["doctor", "--ente", "prova"], { env });

  expect(stdout).toContain("Provato: il prezzo è stato chiesto l'ultima volta il ");
});

test.each<[string, (text: string) => string, string]>([
  [
    "GPD",
    (text) => text,
    "Spese di notifica (prova): le scrive SEND sulle posizioni di GPD, e il destinatario le paga con l'avviso; lo prova postino doctor.",
  ],
  [
    "FLAT_RATE",
    flat,
    "Spese di notifica (prova): le paga l'ente, agli avvisi non si aggiunge nulla.",
  ],
  [
    "GPD with SYNC",
    (text) => text.replace("send:\n", "send:\n  pagoPaIntMode: SYNC\n"),
    "nessuno le aggiunge e il destinatario non le paga.",
  ],
])("check says it of %s", async (_name, enteYaml, said) => {
  const told = await ask(enteYaml, {}, ["check"]);

  expect(told.costs).toContain(said);
});
