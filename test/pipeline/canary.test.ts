/** A setting that SEND refuses for every verbale costs the first ones, not the flusso: canary, and the stop at a shared refusal. */
import { afterEach, describe, expect, test } from "bun:test";
import { createFakeClock, type FakeClock } from "../support/fake-clock.ts";
import { makeSendEngine, type SendEngine } from "../support/send-engine.ts";
import { paTaxId } from "../unit/integrations/send/setup.ts";
import type { SendSimulatorOptions } from "../../simulators/send/options.ts";
import type { Run } from "../../engine/journal/runs.ts";

const hour = 3_600_000;
const reason = "Prima partono 5 verbali; gli altri attendono che SEND li accetti.";

let engine: SendEngine;
let clock: FakeClock;
afterEach(() => engine.close());

async function start(
  count: number,
  options: {
    readonly isLive?: boolean;
    readonly over20Grams?: boolean;
    readonly simulator?: Partial<SendSimulatorOptions>;
    readonly change?: (data: Record<string, unknown>) => Record<string, unknown>;
  } = {},
): Promise<void> {
  clock = createFakeClock("2026-11-23T05:30:00Z");
  const { over20Grams = true, simulator = {}, ...rest } = options;
  engine = await makeSendEngine(count, {
    clock,
    isLive: true,
    simulator: {
      apiKeys: [{ key: "k-1", paTaxId, over20Grams }],
      validationMs: 25_000,
      ...simulator,
    },
    between: async (_request, next) => await next(),
    ...rest,
  });
}

/** Drives until the run rests for good; `seen`: what SEND had got at each moment when all slept. */
async function driveToEnd(driving: Promise<Run>): Promise<{
  readonly run: Run;
  readonly seen: readonly number[];
  /** What its row said then. */
  readonly told: readonly string[];
}> {
  const seen: number[] = [];
  const told: string[] = [];
  const ended = { is: false };
  const done = driving.finally(() => {
    ended.is = true;
  });
  const pass = async (): Promise<void> => {
    while (!ended.is) {
      await new Promise((resolve) => setImmediate(resolve));
      if (clock.nextWake === null) continue;
      seen.push(engine.world.simulator.report().accepted);
      const [row] = await engine.rows();
      told.push(`${row?.state} ${row?.code} ${row?.reason}`);
      if (clock.nextWake === null) continue;
      await clock.advance(clock.nextWake - clock.now());
    }
  };
  const [run] = await Promise.all([done, pass()]);
  return { run, seen, told };
}

const steps = (config: Record<string, unknown> = {}) => [
  "ready",
  { uses: "transmit", with: config },
  { uses: "import-iun", withinMs: 24 * hour },
];

const sent = (): number => engine.world.simulator.report().accepted;

test("20 g and the setting unset: five are refused, the other 31 wait, and the note names the setting", async () => {
  await start(36, { over20Grams: false });

  const { run } = await driveToEnd(engine.start(steps()));
  const refused = sent();
  const items = await engine.items(run);
  engine.mend({ over20Grams: false });
  const { run: ended } = await driveToEnd(engine.resume(run));

  expect(refused).toBe(5);
  expect(run).toMatchObject({
    state: "blocked",
    code: "SENDER_DISABLED_MORE_THAN_20_GRAMS",
    hint: {
      action: "resume",
      setting: {
        ask: "indicare nel file dell'ente che non è abilitato oltre 20 grammi (SEND mostra il solo codice avviso), o di chiedere l'abilitazione a PagoPA",
        technical:
          "Indicare over20Grams: false nella sezione send: del file dell'ente (SEND mostra il solo codice avviso), oppure chiedere a PagoPA l'abilitazione.",
      },
    },
  });
  expect(run.reason).toEndWith(
    "SEND rifiuterebbe allo stesso modo ogni verbale dell'ente: quelli non ancora inviati restano fermi.",
  );
  expect(items.filter(({ step }) => step === 1).map(({ state }) => state)).toEqual(
    Array.from({ length: 31 }, () => "pending"),
  );
  expect(ended).toMatchObject({
    state: "completed-with-rejections",
    counts: { done: 31, rejected: 5 },
  });
  expect(sent()).toBe(36);
});

describe("who goes ahead:", () => {
  test.each([
    ["a live ente's first flusso", { isLive: true }, {}, [5, 12]],
    ["a trial on simulators does not wait", { isLive: false }, {}, [12]],
    ["a trial that asks for it does", { isLive: false }, { canary: 3 }, [3, 12]],
    ["an ente that wants none", { isLive: true }, { canary: 0 }, [12]],
    ["a flusso no larger than the first", { isLive: true }, { canary: 12 }, [12]],
  ] as const)("%s", async (_who, options, config, counts) => {
    await start(12, options);

    const { run, seen } = await driveToEnd(engine.start(steps(config)));

    expect(run).toMatchObject({ state: "completed", counts: { done: 12 } });
    expect([...new Set(seen)]).toEqual([...counts]);
  });

  test.each([
    ["the same settings", {}, [12, 24]],
    ["another limit of calls", { requestsPerSecond: 9_000 }, [12, 24]],
    ["another fee", { paFee: 90 }, [12, 17, 24]],
    ["another key", { apiKey: { secret: "SEND_API_KEY_2" } }, [12, 17, 24]],
    ["the notice left out", { over20Grams: false }, [12, 17, 24]],
  ] as const)("a second flusso with %s", async (_what, changes, counts) => {
    await start(12);
    await driveToEnd(engine.start(steps()));
    engine.mend(changes);

    const { run, seen } = await driveToEnd(engine.start(steps(), { after: 100 }));

    expect(run).toMatchObject({ state: "completed", counts: { done: 12 } });
    expect([...new Set([12, ...seen])]).toEqual([...counts]);
  });

  test("the first are refused for their own data: the next five go, not all", async () => {
    await start(14, {
      simulator: { capTable: [{ cap: "00118", locality: "ROMA", province: "RM" }] },
      change: (data) => {
        const { numero } = data["verbale"] as { numero: string };
        if (Number(numero.slice(2)) > 5) return data;
        const validation = data["validation"] as { address: object };
        return {
          ...data,
          validation: { ...validation, address: { ...validation.address, cap: "99999" } },
        };
      },
    });

    const { run, seen } = await driveToEnd(engine.start(steps()));

    expect(run).toMatchObject({
      state: "completed-with-rejections",
      counts: { done: 9, rejected: 5 },
    });
    expect([...new Set(seen)]).toEqual([5, 10, 14]);
  });

  test("while the first are out the run says what it waits for, and not afterwards", async () => {
    await start(8);

    const { run, told } = await driveToEnd(engine.start(steps()));

    expect(run).toMatchObject({ state: "completed", code: null, reason: null });
    expect([...new Set(told)]).toEqual([
      `waiting CANARY_AHEAD ${reason}`,
      "waiting NOT_YET_ACCEPTED SEND sta esaminando la richiesta.",
    ]);
  });
});

test("every drive, as after a kill, reads from the journal who went ahead", async () => {
  await start(12);
  let run = await engine.start(steps(), {}, 0);
  const counts = [sent()];

  for (let tries = 0; run.state === "waiting" && tries < 20; tries += 1) {
    await clock.advance(5_000);
    run = await engine.resume(run, 0);
    counts.push(sent());
  }

  expect(run).toMatchObject({ state: "completed", counts: { done: 12 } });
  expect([...new Set(counts)]).toEqual([5, 12]);
});

test("a shared refusal without canary stops what has not gone out, and only that", async () => {
  await start(4, { over20Grams: false });

  const { run } = await driveToEnd(engine.start(steps({ canary: 0 })));

  // All had gone out: nothing is left to be kept from it.
  expect(run).toMatchObject({ state: "completed-with-rejections", counts: { rejected: 4 } });
  expect(sent()).toBe(4);
});

test("a person who resumes without mending pays for five more, and is told again", async () => {
  await start(12, { over20Grams: false });
  const { run } = await driveToEnd(engine.start(steps()));

  const { run: again } = await driveToEnd(engine.resume(run));

  expect([run.state, again.state, again.code]).toEqual([
    "blocked",
    "blocked",
    "SENDER_DISABLED_MORE_THAN_20_GRAMS",
  ]);
  expect(sent()).toBe(10);
});
