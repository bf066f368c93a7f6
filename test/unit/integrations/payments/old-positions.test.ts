/** Old positions by pages of a list: whatever way the list is ordered, never more calls than one for each, and what is told of a position is what GPD has. */
import { expect, test } from "bun:test";
import type { GpdApi } from "../../../../integrations/payments/gpd/api.ts";
import { createOldPositions } from "../../../../integrations/payments/gpd/old-positions.ts";
import { fakeClock } from "./payments-world.ts";

const pageSize = 50;

/** A creditor's list, which counts its calls. */
function makeList(names: readonly string[], compare: (one: string, other: string) => number) {
  const clock = fakeClock();
  const ordered = names.toSorted(compare);
  const dead = new Set<string>();
  const calls = { pages: 0, single: 0 };
  const read = (iupd: string) => ({ iupd, status: dead.has(iupd) ? "PAID" : "VALID" }) as const;
  const api = {
    async listByName(page: number) {
      calls.pages += 1;
      const shown = ordered.slice(page * pageSize, (page + 1) * pageSize).map(read);
      return { positions: shown, totalPages: Math.ceil(ordered.length / pageSize) };
    },
    async get(iupd: string) {
      calls.single += 1;
      return ordered.includes(iupd) ? read(iupd) : null;
    },
  } as unknown as GpdApi;
  return { calls, clock, dead, positions: createOldPositions(api, clock) };
}

const byCode = (one: string, other: string): number => (one < other ? -1 : 1);
const asPeopleDo = new Intl.Collator("en").compare;

/** Names of several programs, among them those of one flusso. */
const wanted = Array.from({ length: 200 }, (_, n) => `mul_2026-${String(n).padStart(5, "0")}`);
const names = [
  ...wanted,
  ...Array.from({ length: 400 }, (_, n) => `TARI-${n}`),
  ...Array.from({ length: 400 }, (_, n) => `Mul_2025-${String(n).padStart(5, "0")}`),
  ...Array.from({ length: 400 }, (_, n) => `89999990164-${n.toString(16)}-g1`),
];

test.each([
  ["code point", byCode, 25],
  ["the order of people", asPeopleDo, 25],
  // In no order: a page or two are tried.
  [
    "the length of names",
    (one: string, other: string) => one.length - other.length || byCode(other, one),
    202,
  ],
] as const)("a list by %s", async (_how, compare, most) => {
  const { calls, positions } = makeList(names, compare);

  for (let start = 0; start < wanted.length; start += 20) {
    const batch = wanted.slice(start, start + 20);
    const found = await positions.read(batch, undefined);
    expect([...found.keys()].toSorted()).toEqual(batch);
  }

  expect(calls.pages + calls.single).toBeLessThanOrEqual(most);
});

test("what is not there, and what is not open, is asked for by its name", async () => {
  const { calls, dead, positions } = makeList(names, byCode);
  const [first = "", ...rest] = wanted.slice(0, 10);
  dead.add(first);

  const found = await positions.read([first, ...rest, "mul_2026-00003x"], undefined);

  expect([found.get(first)?.status, found.get("mul_2026-00003x")]).toEqual(["PAID", null]);
  expect(calls.single).toBe(2);
});

test("a list is believed for two minutes, and of each position once", async () => {
  const { calls, clock, dead, positions } = makeList(names, byCode);
  const ask = async (n: number) =>
    (await positions.read([wanted[n] ?? "", wanted[n + 1] ?? ""], undefined)).get(wanted[n] ?? "");
  await positions.read(wanted.slice(0, 12), undefined);
  for (const name of wanted) dead.add(name);
  calls.single = 0;

  clock.advance(119_000);
  expect((await ask(20))?.status).toBe("VALID");
  expect((await ask(0))?.status).toBe("PAID");
  clock.advance(2_000);
  expect((await ask(22))?.status).toBe("PAID");
  expect(calls.single).toBe(4);
});

test("one position alone is read by its name", async () => {
  const { calls, positions } = makeList(names, byCode);

  await positions.read([wanted[7] ?? ""], undefined);

  expect(calls).toEqual({ pages: 0, single: 1 });
});
