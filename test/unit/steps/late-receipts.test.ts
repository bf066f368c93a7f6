/** Late receipts: which verbali are looked at, and what is raised. */
import { describe, expect, test } from "bun:test";
import { runOnItem } from "../../../engine/step/step.ts";
import type { EffectContext } from "../../../engine/step/context.ts";
import { ItemRejected, RetryLater } from "../../../engine/host/errors.ts";
import type { OldPosition, PositionState } from "../../../integrations/payments/port.ts";
import checkReceipts from "../../../steps/check-receipts.ts";
import loadCancelledPositions from "../../../steps/load-cancelled-positions.ts";
import { rejection } from "../integrations/send/setup.ts";
import { runSource, type SourceWorld } from "./source-context.ts";

describe("load-cancelled-positions", () => {
  const now = Date.UTC(2026, 10, 23, 6, 45);

  function effect(itemKey: string, round: number, at: string, cancelled?: readonly OldPosition[]) {
    const payment = { ref: "R", creditorTaxId: "00000000018", options: [], cancelled };
    return { itemKey, round, runId: "run-0", at, fields: { payment } };
  }

  async function rowsOf(world: Omit<SourceWorld, "config">, days = 90) {
    const asks = ["reset-iuv", "check-receipts"] as const;
    return (await runSource(loadCancelledPositions, { config: { days }, now, asks, ...world }))
      .rows;
  }

  test("each verbale with cancelled positions becomes an item with their names", async () => {
    const rows = await rowsOf({
      open: [
        effect("A1", 1, "2026-11-20T05:31:00.000Z", [{ iupd: "OLD-1" }, { noticeCode: "3" }]),
        effect("A2", 1, "2026-11-20T05:31:00.000Z"),
        effect("A3", 1, "2026-11-21T05:31:00.000Z", [{ idPendenza: "P-3" }]),
      ],
    });

    expect(rows).toEqual([
      { key: "A1", fields: { cancelledPositions: [{ iupd: "OLD-1" }, { noticeCode: "3" }] } },
      { key: "A3", fields: { cancelledPositions: [{ idPendenza: "P-3" }] } },
    ]);
  });

  test("the rounds of a verbale are one item, each position once", async () => {
    const rows = await rowsOf({
      open: [
        effect("A1", 1, "2026-11-20T05:31:00.000Z", [{ iupd: "OLD-1" }]),
        effect("A1", 2, "2026-11-21T05:31:00.000Z", [{ iupd: "OLD-1" }, { ref: "NEW-1" }]),
      ],
    });

    expect(rows).toEqual([
      { key: "A1", fields: { cancelledPositions: [{ iupd: "OLD-1" }, { ref: "NEW-1" }] } },
    ]);
  });

  test("what was cancelled longer ago than the days is left alone", async () => {
    const open = [
      effect("A1", 1, "2026-11-13T06:44:59.999Z", [{ iupd: "OLD-1" }]),
      effect("A2", 1, "2026-11-13T06:45:00.000Z", [{ iupd: "OLD-2" }]),
    ];

    const rows = await rowsOf({ open }, 10);

    expect(rows.map(({ key }) => key)).toEqual(["A2"]);
  });

  test("a payment that was told is not told again, unless a later round cancelled more", async () => {
    const open = [
      effect("A1", 1, "2026-11-20T05:31:00.000Z", [{ iupd: "OLD-1" }]),
      effect("A2", 1, "2026-11-20T05:31:00.000Z", [{ iupd: "OLD-2" }]),
      effect("A2", 2, "2026-11-21T05:31:00.000Z", [{ ref: "NEW-2" }]),
    ];

    const rows = await rowsOf({ open, told: { PAID_AFTER_CANCEL: { A1: 1, A2: 1 } } });

    expect(rows.map(({ key }) => key)).toEqual(["A2"]);
  });
});

describe("check-receipts", () => {
  async function check(states: Readonly<Record<string, PositionState | Error>>) {
    const asked: OldPosition[] = [];
    const inspect = async (position: OldPosition): Promise<PositionState> => {
      asked.push(position);
      const state = states[position.iupd ?? ""] ?? "absent";
      if (state instanceof Error) throw state;
      return state;
    };
    const ctx = {
      services: { payments: { inspect } },
      signal: new AbortController().signal,
    } as unknown as EffectContext<unknown, unknown>;
    const cancelledPositions = Object.keys(states).map((iupd) => ({ iupd }));
    const item = { key: "A1", round: 1, data: { cancelledPositions } };
    return { asked, fields: await runOnItem(checkReceipts, item, ctx) };
  }

  test.each(["absent", "cancelled", "expired", "draft"] as const)(
    "a position that is %s asks nothing of anybody",
    async (state) => {
      const { asked, fields } = await check({ ONE: "cancelled", TWO: state });

      expect(fields).toEqual({ receipts: "none" });
      expect(asked).toEqual([{ iupd: "ONE" }, { iupd: "TWO" }]);
    },
  );

  test.each(["paid", "partially-paid"] as const)(
    "a cancelled position that is %s is raised for a person",
    async (state) => {
      const error = await rejection(check({ ONE: "cancelled", TWO: state, THREE: "open" }));

      expect(error).toBeInstanceOf(ItemRejected);
      expect(error).toMatchObject({
        code: "PAID_AFTER_CANCEL",
        message:
          "Sulla posizione annullata di questo verbale è arrivato un pagamento: il cittadino ha pagato con il vecchio avviso.",
      });
    },
  );

  test.each(["open", "notified"] as const)(
    "a cancelled position that is %s again is raised too",
    async (state) => {
      const error = await rejection(check({ ONE: state }));

      expect(error).toMatchObject({ code: "CANCELLED_STILL_OPEN" });
    },
  );

  test("a payment system that cannot tell is said beside the verbale", async () => {
    const { fields } = await check({ ONE: "unclear" });

    expect(fields).toEqual({ receipts: "unknown" });
    expect(checkReceipts.note?.({ receipts: "unknown" })).toContain("chiedere all'ufficio");
    expect(checkReceipts.note?.({ receipts: "none" })).toBeNull();
  });

  test("a payment system that does not answer is asked again", async () => {
    const error = await rejection(check({ ONE: new RetryLater("Non risponde.") }));

    expect(error).toBeInstanceOf(RetryLater);
  });
});
