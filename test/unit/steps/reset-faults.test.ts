/** Fault matrix of reset-iuv through the engine: whatever goes wrong with whichever call to GPD or GovPay, one open position and the same codes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Run } from "../../../engine/journal/runs.ts";
import type { PaymentsPort } from "../../../integrations/payments/port.ts";
import resetIuv from "../../../steps/reset-iuv.ts";
import { type EngineWorld, makeEngineWorld } from "../../support/engine-world.ts";
import { makeVerbale } from "../../support/verbali.ts";
import {
  type Fault,
  type Line,
  makeGovPayWorld,
  makeGpdWorld,
} from "../integrations/payments/payments-world.ts";
import { emptySend } from "./empty-send.ts";

const org = "00000000191";
const faults: readonly Fault[] = [
  "lost-before",
  "lost-after",
  401,
  403,
  408,
  429,
  500,
  502,
  503,
  504,
];

/** What a fault that passes is called before anything was cancelled. */
const passed = new Map<Fault, string>([
  ["lost-before", "NO_ANSWER"],
  ["lost-after", "NO_ANSWER"],
  [408, "SERVICE_UNAVAILABLE"],
  [500, "SERVICE_UNAVAILABLE"],
  [502, "SERVICE_UNAVAILABLE"],
  [503, "SERVICE_UNAVAILABLE"],
  [504, "SERVICE_UNAVAILABLE"],
]);

interface Side {
  /** The old positions as the flusso names them. */
  readonly posizioni: readonly Record<string, string>[];
  /** The calls of an undisturbed reset, in order. */
  readonly calls: readonly string[];
  /** From this call on something was cancelled that nothing replaces yet. */
  readonly lostFrom: number;
  /** A 403 there is looked at again at once: it may concern one old position only. */
  readonly lookedAtTwice: number;
  open(): {
    readonly line: Line;
    readonly payments: PaymentsPort;
    /** Name and state of everything that is there. */
    states(): readonly string[];
    close(): void;
  };
}

const gpd: Side = {
  posizioni: [{ iupd: "OLD-1" }, { iupd: "OLD-2" }],
  calls: [
    "read old 1",
    "read old draft 2",
    "create draft",
    "cancel old 1",
    "delete old draft 2",
    "read old 1 again",
    "read old 2 again",
    "publish",
  ],
  lostFrom: 4,
  lookedAtTwice: 2,
  open() {
    const { line, payments, simulator } = makeGpdWorld();
    const seed = (iupd: string, iuv: string, status: "VALID" | "DRAFT"): void =>
      simulator.seed([{ organization: org, iupd, status, options: [{ iuv, amountCents: 5000 }] }]);
    seed("OLD-1", "07000000000099001", "VALID");
    seed("OLD-2", "07000000000099002", "DRAFT");
    return {
      line,
      payments,
      states: () => simulator.report().positions.map(({ iupd, status }) => `${iupd} ${status}`),
      close: () => simulator.close(),
    };
  },
};

const govpay: Side = {
  posizioni: [{ idPendenza: "OLD-1" }],
  calls: [
    "read old",
    "look for new S",
    "look for new R",
    "cancel old",
    "read old again",
    "make new S",
    "make new R",
  ],
  lostFrom: 4,
  lookedAtTwice: 1,
  open() {
    const { line, payments, simulator } = makeGovPayWorld();
    simulator.seed([
      {
        idDominio: org,
        idA2A: "POSTINO",
        idPendenza: "OLD-1",
        numeroAvviso: "307000000000099001",
        importoCents: 5000,
      },
    ]);
    return {
      line,
      payments,
      states: () => simulator.report().pendenze.map((one) => `${one.idPendenza} ${one.stato}`),
      close: () => simulator.close(),
    };
  },
};

/** sha256("00000000191|T00001"), first 24 hex characters. */
const hash = "4c52d98b505cdb4d810ddc72";
const wanted = {
  gpd: [`${org}-${hash}-g1 VALID`, "OLD-1 INVALID"],
  govpay: [`${hash}-g1-R NON_ESEGUITA`, `${hash}-g1-S NON_ESEGUITA`, "OLD-1 ANNULLATA"],
};

/** What validate leaves of a verbale with these old positions. */
function ready(posizioni: Record<string, string>[]): Record<string, unknown> {
  return {
    verbale: makeVerbale(1, "2026-11-10", { posizioni }),
    validation: {
      checkedOn: "2026-11-23",
      taxId: "FNTTMS54R12X001U",
      denomination: "Finti Tommaso",
      address: {
        via: "Via delle Prove",
        civico: "2",
        cap: "24047",
        comune: "Treviglio",
        provincia: "BG",
      },
      notifyBy: "2027-01-30",
      warnings: [],
    },
  };
}

/** What a person would do: wait, and resume what stands still, until the run has ended; tells the codes on the way. */
async function driveToEnd(world: EngineWorld, run: Run): Promise<readonly string[]> {
  const codes: string[] = [];
  for (let turn = 0; turn < 20; turn += 1) {
    const { state, code } = await world.drive(run);
    if (state === "completed") return codes;
    const [item] = await world.items(run);
    codes.push(code ?? item?.code ?? state);
    await world.clock.advance(3_600_000);
  }
  throw new Error(`not ended: ${codes.join(" ")}`);
}

describe.each([
  ["gpd", gpd],
  ["govpay", govpay],
] as const)("one fault on %s", (name, side) => {
  const outcomes = new Map<string, string>();

  /** Each reset has an ente, a payment system and a line of its own. */
  const sides = new Map<string, ReturnType<Side["open"]>>();
  let world: EngineWorld;

  beforeAll(async () => {
    world = await makeEngineWorld({
      steps: { "reset-iuv": resetIuv },
      services: (ente) => ({ payments: sides.get(ente)?.payments, ...emptySend }),
      pure: { data: () => ready([...side.posizioni]) },
    });
  });

  async function play(call: number | null, fault: Fault) {
    const ente = `prova-${sides.size}`;
    const opened = side.open();
    sides.set(ente, opened);
    const reset = { id: "reset-iuv", with: { reason: "Verbale", discounted: true } };
    const run = await world.create(["T00001"], ["data", reset], { ente });
    if (call !== null) opened.line.breakCall(call, fault);
    const codes = await driveToEnd(world, run);
    const [item] = await world.items(run);
    const states = opened.states().toSorted();
    const calls = opened.line.calls.length;
    opened.close();
    return { codes, item, states, calls };
  }

  afterAll(async () => {
    await world.close();
    const wide = Math.max(...side.calls.map((each) => each.length));
    const rows = side.calls.map((each) => {
      const cells = faults.map((fault) => (outcomes.get(`${each}/${fault}`) ?? "-").padEnd(26));
      return `${each.padEnd(wide)} ${cells.join(" ")}`.trimEnd();
    });
    const head = `${"".padEnd(wide)} ${faults.map((fault) => String(fault).padEnd(26)).join(" ")}`;
    console.log(
      [`reset-iuv on ${name}: what was told on the way`, head.trimEnd(), ...rows].join("\n"),
    );
  });

  test("without a fault the calls are those of the matrix", async () => {
    const { codes, calls, states } = await play(null, 500);

    expect([codes, calls]).toEqual([[], side.calls.length]);
    expect(states).toEqual(wanted[name]);
  });

  test.each([...side.calls.entries()])("call %i, «%s»: each fault", async (call, each) => {
    const ends = await Promise.all(
      faults.map(async (fault) => ({ fault, ...(await play(call, fault)) })),
    );

    for (const { fault, codes } of ends)
      outcomes.set(`${each}/${fault}`, codes.join(" ") || "nothing");
    expect(ends.map(({ fault, codes }) => [fault, ...codes])).toEqual(
      faults.map((fault) => [fault, ...toldOf(fault, call)]),
    );
    for (const { states, item } of ends) {
      expect(states).toEqual(wanted[name]);
      expect(item).toMatchObject({
        state: "done",
        data: {
          payment: {
            cancelled: [...side.posizioni],
            options: [
              { kind: "discounted", noticeCode: "307000000000000105", amountCents: 3790 },
              { kind: "reduced", noticeCode: "307000000000000206", amountCents: 5050 },
            ],
          },
        },
      });
    }
  });

  function toldOf(fault: Fault, call: number): readonly string[] {
    // The limit of calls is waited out within the attempt: nobody waits between the old code and the new one.
    if (fault === 429) return [];
    if (fault === 401) return ["PAYMENTS_ACCESS_DENIED"];
    if (fault === 403) return call < side.lookedAtTwice ? [] : ["PAYMENTS_NOT_AUTHORISED"];
    return [call >= side.lostFrom ? "CANCELLED_NOT_ACTIVE" : (passed.get(fault) ?? "")];
  }
});
