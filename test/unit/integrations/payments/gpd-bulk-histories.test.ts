/** Random histories of several verbali on GPD together: answers are lost, people pay and cancel in between, clients are replaced; no verbale has two codes to pay at any moment, and at the end each has one or none. */
import { expect, test } from "bun:test";
import { ItemRejected } from "../../../../engine/host/errors.ts";
import type { GpdStatus } from "../../../../integrations/payments/gpd/wire.ts";
import { createGpdPayments } from "../../../../integrations/payments/gpd/client.ts";
import type {
  OpenPosition,
  PaymentsPort,
  ResetOrder,
} from "../../../../integrations/payments/port.ts";
import { pick, randomOf } from "../../steps/position-line.ts";
import {
  creditor,
  type Fault,
  type GpdWorld,
  gpdSettings,
  makeGpdWorld,
  orderFor,
  unlimited,
} from "./payments-world.ts";

/** Histories, and their first seed; 3,000 were tried. */
const histories = 40;
const firstSeed = 1;
const verbali = 6;
const wildTurns = 3;
/** Faults that were meant for calls that did not come may still meet the first of them. */
const quietTurns = 15;

const oldStates: readonly GpdStatus[] = [
  "DRAFT",
  "VALID",
  "PUBLISHED",
  "INVALID",
  "EXPIRED",
  "PAID",
  "PARTIALLY_PAID",
];
const faults: readonly Fault[] = ["lost-before", "lost-after", 408, 429, 500, 503, 401, 403];

interface History {
  readonly world: GpdWorld;
  readonly random: () => number;
  readonly orders: readonly ResetOrder[];
  readonly seen: string[];
  readonly ended: Map<string, OpenPosition | ItemRejected>;
}

function begin(seed: number): History {
  const random = randomOf(seed);
  const world = makeGpdWorld();
  const orders = Array.from({ length: verbali }, (_, index) => {
    const old = Array.from({ length: Math.floor(random() * 3) }, (_, n) => `OLD-${index}-${n}`);
    for (const [n, iupd] of old.entries())
      if (random() < 0.9)
        world.simulator.seed([
          {
            organization: creditor.taxId,
            iupd,
            status: random() < 0.7 ? "VALID" : pick(random, oldStates),
            options: [{ iuv: `070000000099${index}00${n}0`, amountCents: 5_000 }],
          },
        ]);
    return orderFor(`V-${index}`, { old: old.map((iupd) => ({ iupd })) });
  });
  return { world, random, orders, seen: [], ended: new Map() };
}

/** A client of a process that has just begun. */
function openClient({ world }: History): PaymentsPort {
  return createGpdPayments({
    settings: gpdSettings,
    creditor,
    subscriptionKey: async () => "chiave-di-prova",
    http: world.line.http,
    clock: world.clock,
    limiter: unlimited,
    counters: world.counters,
  });
}

const isPayable = (status: string): boolean => status === "VALID" || status === "PUBLISHED";

/** Before each call: no verbale has an old code and a new one that can be paid. */
function watch(history: History): void {
  const { world, orders, seen } = history;
  world.line.before(
    () => true,
    () => {
      const open = world.simulator.report().positions.filter(({ status }) => isPayable(status));
      const names = new Set(open.map(({ iupd }) => iupd));
      for (const [index, { verbale, old }] of orders.entries()) {
        const isOldOpen = old.some(({ iupd }) => names.has(iupd ?? ""));
        if (isOldOpen && names.has(nameOf(index))) seen.push(`${verbale} can be paid twice`);
      }
      watch(history);
    },
  );
}

/** What our positions are called: sha256 of creditor and verbale. */
function nameOf(index: number): string {
  const hash = new Bun.CryptoHasher("sha256").update(`${creditor.taxId}|V-${index}`).digest("hex");
  return `${creditor.taxId}-${hash.slice(0, 24)}-g1`;
}

/** Some calls of this turn go wrong, and before some of them somebody does something to an old position. */
function disturb({ world, random }: History): void {
  for (let n = 0; n < 40; n += 1)
    if (random() < 0.07) world.line.breakCall(n, pick(random, faults));
  for (let n = 0; n < 2; n += 1) {
    let left = Math.floor(random() * 30);
    const isPaid = random() < 0.5;
    world.line.before(
      () => {
        left -= 1;
        return left === 0;
      },
      () => {
        const old = world.simulator
          .report()
          .positions.filter(({ iupd, status }) => iupd.startsWith("OLD") && isPayable(status));
        if (old.length === 0) return;
        const { options, iupd } = pick(random, old);
        if (isPaid) world.simulator.pay(creditor.taxId, options[0]?.nav ?? "");
        else
          void world.simulator.app.request(
            `/organizations/${creditor.taxId}/debtpositions/${iupd}/invalidate`,
            { method: "POST", headers: { "ocp-apim-subscription-key": "chiave-di-prova" } },
          );
      },
    );
  }
}

/** What the engine does: asks what became of what was begun, then tries again; sometimes it stops half way. */
async function turn(history: History, isQuiet: boolean): Promise<void> {
  const { orders, ended, random } = history;
  const payments = openClient(history);
  if (!isQuiet) disturb(history);
  for (const order of orders) {
    if (ended.has(order.verbale)) continue;
    const found = await payments.find(order).catch(() => null);
    if (found !== null) ended.set(order.verbale, found);
  }
  const pending = orders.filter(({ verbale }) => !ended.has(verbale));
  for await (const end of payments.resetMany?.(pending) ?? []) {
    if (end.status === "done") ended.set(end.order.verbale, end.position);
    else if (end.error instanceof ItemRejected) ended.set(end.order.verbale, end.error);
    if (!isQuiet && random() < 0.1) return;
  }
}

function expectWhole({ world, orders, ended, seen }: History): void {
  const positions = new Map(
    world.simulator.report().positions.map((position) => [position.iupd, position]),
  );
  for (const [index, { verbale, old }] of orders.entries()) {
    const end = ended.get(verbale);
    const own = positions.get(nameOf(index));
    if (end === undefined) seen.push(`${verbale} has no end`);
    else if (end instanceof ItemRejected) {
      // A draft that cannot be looked at any more stays one: nobody can pay it.
      const left = end.code === "POSITION_NOT_OURS" ? ["INVALID", "DRAFT"] : ["INVALID"];
      if (own !== undefined && !left.includes(own.status))
        seen.push(`${verbale} is rejected (${end.code}) and its position is ${own.status}`);
    } else {
      if (own?.status !== "VALID") seen.push(`${verbale} is done and ${own?.status}`);
      const codes = end.options.map(({ noticeCode }) => noticeCode);
      if (codes.join() !== own?.options.map(({ nav }) => nav).join())
        seen.push(`${verbale} has other codes than it was told`);
      for (const { iupd } of old)
        if (isPayable(positions.get(iupd ?? "")?.status ?? ""))
          seen.push(`${verbale} is done and ${iupd} can be paid`);
    }
  }
}

test(`${histories} histories of ${verbali} verbali leave none with two codes to pay`, async () => {
  const wrong: string[] = [];
  const ends = new Map<string, number>();
  for (let seed = firstSeed; seed < firstSeed + histories; seed += 1) {
    const history = begin(seed);
    watch(history);
    for (let n = 0; n < wildTurns; n += 1) await turn(history, false);
    for (let n = 0; n < quietTurns && history.ended.size < verbali; n += 1)
      await turn(history, true);
    expectWhole(history);
    wrong.push(...history.seen.map((what) => `${seed}: ${what}`));
    for (const end of history.ended.values()) {
      const code = end instanceof ItemRejected ? end.code : "done";
      ends.set(code, (ends.get(code) ?? 0) + 1);
    }
    history.world.simulator.close();
  }

  expect(wrong).toEqual([]);
  expect([...ends.keys()]).toEqual(expect.arrayContaining(["ALREADY_PAID", "PARTIALLY_PAID"]));
  expect(ends.get("done")).toBeGreaterThan(histories);
});
