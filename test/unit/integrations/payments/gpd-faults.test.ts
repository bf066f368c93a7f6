/** Several faults in one reset on GPD, then retries as the engine makes them: one open position in the end. One fault at each call: steps/reset-faults. */
import { describe, expect, test } from "bun:test";
import { systemClock } from "../../../../engine/host/clock.ts";
import { createHttp } from "../../../../engine/host/http.ts";
import { createGpdPayments } from "../../../../integrations/payments/gpd/client.ts";
import { createGpdSimulator } from "../../../../simulators/payments/gpd-simulator.ts";
import type { ResetOrder } from "../../../../integrations/payments/port.ts";
import {
  creditor,
  gpdSettings,
  makeGpdWorld,
  memoryCounters,
  orderFor,
  unlimited,
  untilDone,
} from "./payments-world.ts";
import type { GpdWorld } from "./payments-world.ts";

const org = "00000000191";

function seedOld(world: GpdWorld): ResetOrder {
  world.simulator.seed([
    {
      organization: org,
      iupd: "OLD-1",
      options: [{ iuv: "07000000000099001", amountCents: 5000 }],
    },
    {
      organization: org,
      iupd: "OLD-2",
      status: "DRAFT",
      options: [{ iuv: "07000000000099002", amountCents: 5000 }],
    },
  ]);
  return orderFor("V-1", { old: [{ iupd: "OLD-1" }, { iupd: "OLD-2" }] });
}

describe("two faults", () => {
  test("any two lost answers among the first ten calls end with one open position and the same codes", async () => {
    let broken = 0;
    for (let first = 0; first < 9; first += 1)
      for (let second = first + 1; second < 10; second += 1) {
        const world = makeGpdWorld();
        const order = seedOld(world);
        world.line.breakCall(first, "lost-after");
        world.line.breakCall(second, "lost-after");

        const { position, errors } = await untilDone(world.payments, order);
        const report = world.simulator.report();
        world.simulator.close();

        broken += errors.length;
        expect(position.options.map((option) => option.iuv)).toEqual([
          "07000000000000105",
          "07000000000000206",
        ]);
        expect(report).toMatchObject({ created: 1, open: 1, cancelled: 1 });
      }
    expect(broken).toBeGreaterThan(45);
  });
});

describe("many faults", () => {
  test("verbali side by side over a real port, one call in six broken: one open position each", async () => {
    const simulator = createGpdSimulator({ file: ":memory:", clock: systemClock });
    let seed = 42;
    const random = (): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: simulator.app.fetch });
    const http = createHttp(async (input, init) => {
      const luck = random();
      if (luck < 0.05) throw new Error("connection reset");
      if (luck < 0.08) return new Response("{}", { status: 503 });
      const answer = await fetch(input, init);
      if (luck < 0.16) throw new Error("connection reset");
      return answer;
    });
    const payments = createGpdPayments({
      settings: { ...gpdSettings, baseUrl: `http://127.0.0.1:${server.port}` },
      creditor,
      subscriptionKey: async () => "any",
      http,
      clock: systemClock,
      limiter: unlimited,
      counters: memoryCounters(),
    });
    const verbali = Array.from({ length: 60 }, (_, index) => `V-${index}`);
    simulator.seed(
      verbali.map((verbale, index) => ({
        organization: org,
        iupd: `OLD-${verbale}`,
        options: [{ iuv: `0700000000009${String(index).padStart(4, "0")}`, amountCents: 5000 }],
      })),
    );

    const ends = await Promise.all(
      verbali.map((verbale) =>
        untilDone(payments, orderFor(verbale, { old: [{ iupd: `OLD-${verbale}` }] })),
      ),
    );
    const report = simulator.report();
    await server.stop(true);
    simulator.close();

    expect(ends.flatMap(({ errors }) => errors).length).toBeGreaterThan(0);
    expect(report).toMatchObject({ created: 60, open: 60, cancelled: 60, paid: 0 });
    expect(Object.values(report.openByVerbale).every((count) => count === 1)).toBe(true);
    const codes = ends.flatMap(({ position }) => position.options.map((o) => o.noticeCode));
    expect(new Set(codes).size).toBe(120);
  });
});
