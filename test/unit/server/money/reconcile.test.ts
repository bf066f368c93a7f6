/** Ten thousand notifications of every kind beside their invoice: nothing is left unexplained, and a cent that is wrong anywhere is found with its reason. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Register } from "../../../../integrations/register/port.ts";
import type { Compared } from "../../../../server/money/compare-invoice.ts";
import { collectLedger, type LedgerRow, sumBorne } from "../../../../server/money/ledger-rows.ts";
import { readInvoice } from "../../../../server/money/read-invoice.ts";
import { reconcileInvoice } from "../../../../server/money/reconcile.ts";
import { formatLedgerCsv } from "../../../../server/money/sheet.ts";
import { openRegister } from "../../../support/register.ts";
import { generate, type Generated, payments, routes } from "./generated-month.ts";

setDefaultTimeout(60_000);

const count = 10_000;
const all: readonly Generated[] = Array.from({ length: count }, (_, n) => generate(n));
const options = { month: "2026-11", vat: 22 };
let register: Register;
let rows: readonly LedgerRow[];

beforeAll(async () => {
  register = openRegister();
  const versions = [0, 1].map((at) => all.flatMap(({ drafts }) => drafts[at] ?? []));
  for (const drafts of versions)
    for (let from = 0; from < drafts.length; from += 5_000)
      await register.write(drafts.slice(from, from + 5_000));
  rows = await collectLedger(register, "2026-11");
});

type Line = readonly [iun: string, item: string, cents: number];

const listLines = (): readonly Line[] =>
  all.flatMap(({ iun, billed }) => billed.map(([item, cents]) => [iun, item, cents] as const));

const writeEuro = (cents: number): string => (cents / 100).toFixed(2).replace(".", ",");

async function reconcile(
  lines: readonly Line[],
  only: readonly LedgerRow[] = rows,
): Promise<readonly Compared[]> {
  const csv = lines.map(([iun, item, cents]) => `${iun};${item};${writeEuro(cents)}`);
  const text = `IUN;Voce;Importo\r\n${csv.join("\r\n")}\r\n`;
  const invoice = await readInvoice("fattura.csv", new TextEncoder().encode(text));
  expect(invoice.faults).toEqual([]);
  return await reconcileInvoice(register, only, invoice, options);
}

const different = (compared: readonly Compared[]) =>
  compared.filter(({ differenceCents, reason }) => differenceCents !== 0 || reason !== "");

test("every kind is among them, and every cent of the invoice is explained", async () => {
  const kinds = new Set(all.map(({ route, paid }) => `${route} ${paid}`));
  const compared = await reconcile(listLines());

  expect(kinds.size).toBe(routes.length * payments.length);
  expect(compared).toHaveLength(count);
  expect(different(compared)).toEqual([]);
  const billed = all.flatMap((one) => one.billed.map(([, cents]) => cents));
  const charged = rows.map(({ charges }) => charges?.totalCents ?? 0);
  const sum = (cents: readonly number[]): number => cents.reduce((total, one) => total + one, 0);
  expect(sum(charged)).toBe(sum(billed));
});

test("each way to pay is told by its name and cents, wherever the price is known", () => {
  const byNumero = new Map(rows.map((row) => [row.numero, row]));
  const told = new Map<string, Set<string>>();
  for (const { numero, route, paid } of all) {
    const findings = byNumero.get(numero)?.findings ?? [];
    const names = findings.map(({ kind, cents }) => `${kind} ${cents ?? "?"}`).join(", ");
    if (route !== "digital" && route !== "refused") continue;
    const name = `${route}, paid ${paid}`;
    told.set(name, (told.get(name) ?? new Set()).add(names));
  }

  expect(Object.fromEntries([...told].map(([name, names]) => [name, [...names]]))).toEqual({
    "digital, paid exactly": [""],
    "digital, paid not": [""],
    "digital, paid early": [""],
    "digital, paid late": ["late 1260"],
    "digital, paid short": ["short 1"],
    "digital, paid over": ["over -350"],
    "digital, paid twice": ["twice -4400"],
    "refused, paid exactly": ["refused 100"],
    "refused, paid not": ["refused 100"],
    "refused, paid early": ["refused 100"],
    "refused, paid late": ["refused 100, late 1260"],
    "refused, paid short": ["refused 100, short 1"],
    "refused, paid over": ["refused 100, over -350"],
    "refused, paid twice": ["refused 100, twice -4200"],
  });
});

test("what the ente bears of a letter that left after the payment is told to the cent", () => {
  const early = all.find(({ route, paid }) => route === "one letter" && paid === "early");
  const row = rows.find(({ iun }) => iun === early?.iun);

  // 200 were paid; one letter of so many cents with VAT and both fees are asked for.
  const letter = row?.charges?.letters[0] ?? 0;
  expect(row?.priceCents).toBe(200 + Math.round(letter * 1.22));
  expect(sumBorne({ findings: row?.findings ?? [] })).toBe(Math.round(letter * 1.22));
});

const indexOf = (route: string): number => all.findIndex((one) => one.route === route);

const changes: readonly (readonly [
  name: string,
  route: string,
  change: (lines: readonly Line[]) => readonly Line[],
  reason: string,
  isExplained: boolean,
])[] = [
  [
    "a cent too much",
    "one letter",
    ([first, ...rest]) =>
      first === undefined ? [] : [[first[0], first[1], first[2] + 1], ...rest],
    "Differenza non spiegata",
    false,
  ],
  [
    "an item twice",
    "one letter",
    (lines) => [...lines, ...lines.slice(1)],
    "due volte la stessa voce",
    true,
  ],
  [
    "VAT on each item",
    "two letters",
    (lines) => lines.map(([iun, item, cents]) => [iun, item, Math.round(cents * 1.22)]),
    "comprende l'IVA (22 %)",
    true,
  ],
  [
    "the letters that SEND took back too",
    "reworked",
    (lines) => [...lines, [lines[0]?.[0] ?? "", "Invio postale annullato", letterBefore()]],
    "conta anche le lettere che SEND ha annullato",
    true,
  ],
  [
    "as it was before the correction",
    "reworked",
    ([first]) =>
      first === undefined ? [] : [first, [first[0], "Invio postale 1", letterBefore()]],
    "prima che SEND correggesse la notifica",
    true,
  ],
  [
    "the fee of SEND alone",
    "one letter",
    (lines) => lines.slice(0, 1),
    "la sola quota di SEND",
    true,
  ],
  [
    "the first letter alone",
    "two letters",
    (lines) => lines.slice(1, 2),
    "c'è la prima lettera",
    true,
  ],
  ["nothing of one that is over", "digital", () => [], "ma è conclusa: cercarla", false],
  ["nothing of one that goes on", "still open", () => [], "non è ancora conclusa", true],
  ["the euro of a refusal left out", "refused", () => [], "Non è in fattura", false],
];

const foreign: Line = ["ZZZZ-ZZZZ-ZZZZ-202611-N-1", "Notifica SEND", 100];

/** Of the reworked one that is changed. */
function letterBefore(): number {
  const { drafts } = all[indexOf("reworked")] ?? { drafts: [] };
  const costs = drafts[0]?.find(({ kind }) => kind === "costs");
  if (costs?.kind !== "costs") throw new Error("no earlier costs");
  return costs.data.recipients[0]?.letters[0] ?? 0;
}

test.each(changes)("%s: %s", async (_name, route, change, reason, isExplained) => {
  const { iun } = all[indexOf(route)] ?? { iun: "" };
  const own = listLines().filter(([name]) => name === iun);
  const only = rows.filter((row) => row.iun === iun);

  const [compared] = await reconcile([...change(own), foreign], only);

  expect(compared).toMatchObject({ iun, isExplained });
  expect(compared?.reason).toContain(reason);
});

test("what is not ours, or of another month, is said and not swallowed", async () => {
  const [first] = rows;
  const compared = await reconcile(
    [
      [first?.iun ?? "", "Notifica SEND", first?.charges?.totalCents ?? 0],
      ["ZZZZ-ZZZZ-ZZZZ-202611-N-1", "Notifica SEND", 100],
      ["canone", "Canone", 5_000],
    ],
    [],
  );

  expect(compared.map(({ reason, isExplained }) => [isExplained, reason])).toEqual([
    [true, ""],
    [false, expect.stringContaining("Postino non conosce questo IUN")],
    [false, expect.stringContaining("Non è uno IUN di SEND")],
  ]);
  const other = await reconcileInvoice(
    register,
    [],
    {
      lines: [{ line: 2, iun: first?.iun ?? "", cents: first?.charges?.totalCents ?? 0, item: "" }],
      faults: [],
    },
    { ...options, month: "2026-12" },
  );
  expect(other).toMatchObject([
    { isExplained: true, differenceCents: 0, reason: "Notifica del 11/2026." },
  ]);
});

test("the sheet has a row for each, and its totals are those of the rows", () => {
  const lines = formatLedgerCsv({ rows }).trimEnd().split("\r\n");

  expect(lines).toHaveLength(count + 2);
  expect(lines[0]).toStartWith(
    "\uFEFFIUN;Verbale;Protocollo;Del;Esito;Spese chieste al destinatario;",
  );
  const total = rows.reduce((sum, { charges }) => sum + (charges?.totalCents ?? 0), 0);
  expect(lines.at(-1)).toStartWith("TOTALE;");
  expect(lines.at(-1)).toContain(`;${(total / 100).toFixed(2).replace(".", ",")};`);
});

test.each([
  ["codice;euro\nABCD-EFGH-ILMN-202611-N-1;1,00\n", {}, "la colonna dello IUN"],
  ["IUN;netto\nABCD-EFGH-ILMN-202611-N-1;1,00\n", {}, "la colonna dell'importo"],
  ["", {}, "il file è vuoto"],
  ["IUN;Importo\nX;1,00\n", { columns: { amount: "Prezzo" } }, "la colonna dell'importo"],
])("a file without its columns is refused with what there is: %s", async (text, settings, said) => {
  const reading = readInvoice("f.csv", new TextEncoder().encode(text), settings);

  expect(reading).rejects.toThrow(said);
});

test("columns by the ente's names, commas, and lines that cannot be read with their number", async () => {
  const text =
    'Codice notifica,Netto\nabcd-efgh-ilmn-202611-n-1,"1.045,90"\nABCD-EFGH-ILMN-202611-N-2,circa 5\n,1.00\nABCD-EFGH-ILMN-202611-N-3,-2.00\n';

  const { lines, faults } = await readInvoice("f.csv", new TextEncoder().encode(text), {
    columns: { iun: "Codice notifica", amount: "Netto" },
  });

  expect(lines).toEqual([
    { line: 2, iun: "ABCD-EFGH-ILMN-202611-N-1", cents: 104_590, item: "" },
    { line: 5, iun: "ABCD-EFGH-ILMN-202611-N-3", cents: -200, item: "" },
  ]);
  expect(faults).toEqual([
    { line: 3, why: "l'importo «circa 5» non si legge" },
    { line: 4, why: "la riga non ha uno IUN" },
  ]);
});
