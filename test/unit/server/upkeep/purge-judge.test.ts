/** What is open is never deleted, whatever day is asked for. */
import { describe, expect, test } from "bun:test";
import type { WaitingStanding } from "../../../../integrations/register/waiting.ts";
import {
  findCut,
  findKeepReason,
  isWaiting,
  type NotificationFacts,
} from "../../../../server/upkeep/purge-judge.ts";

const recipient = { index: 0, attempts: [] };
const perfected = {
  verdict: { outcome: "accepted", at: "2026-01-10T09:00:00.000Z", reasons: [] },
  followed: {
    status: "EFFECTIVE_DATE",
    recipients: [
      {
        ...recipient,
        perfezionamento: { at: "2026-02-01T10:00:00Z", day: "2026-02-01", isFinal: true },
      },
    ],
    corrections: [],
  },
  terms: { payable: { discounted: "2026-02-06", reduced: "2026-04-02" } },
  receipts: { payments: [] },
  preservation: { state: "preserved" },
};
type Facts = { readonly [K in keyof typeof perfected]?: unknown };

const options = { today: "2031-06-01", before: "2026-06-01", isPreserved: false };

function judge(facts: Facts, more: Partial<typeof options> = {}) {
  const all = { ...perfected, ...facts } as unknown as NotificationFacts;
  return findKeepReason(all, { ...options, ...more });
}

describe("findKeepReason", () => {
  test.each<readonly [string, Facts, Partial<typeof options>, ReturnType<typeof judge>]>([
    ["over, not paid, its term is over too", {}, {}, null],
    ["the day itself is not before it", {}, { before: "2026-04-02" }, "young"],
    ["the day after the last one is", {}, { before: "2026-04-03" }, null],
    ["perfected before, payable until later", {}, { before: "2026-03-01" }, "young"],
    ["SEND has said nothing yet", { verdict: null, followed: null }, {}, "without-verdict"],
    ["accepted, and nobody has looked", { followed: null }, {}, "without-end"],
    [
      "only scheduled",
      {
        followed: {
          ...perfected.followed,
          recipients: [
            {
              ...recipient,
              perfezionamento: { at: "2026-02-01T10:00:00Z", day: "2026-02-01", isFinal: false },
            },
          ],
        },
      },
      {},
      "without-end",
    ],
    [
      "one of two recipients is still waited for",
      {
        followed: {
          ...perfected.followed,
          recipients: [...perfected.followed.recipients, { ...recipient, index: 1 }],
        },
      },
      {},
      "without-end",
    ],
    [
      "it may still be paid",
      { terms: { payable: { discounted: null, reduced: "2031-06-01" } } },
      {},
      "unpaid",
    ],
    [
      "yesterday was the last day to pay, but that is young",
      { terms: { payable: { discounted: null, reduced: "2031-05-31" } } },
      {},
      "young",
    ],
    [
      "paid, though its days are not over",
      {
        receipts: { payments: [{}] },
        terms: { payable: { discounted: null, reduced: "2031-06-01" } },
      },
      {},
      "young",
    ],
    [
      "sent to be preserved, no report yet",
      { preservation: { state: "sent" } },
      {},
      "not-preserved",
    ],
    ["a report with a fault", { preservation: { state: "faulty" } }, {}, "not-preserved"],
    [
      "the ente preserves, and nothing was sent",
      { preservation: null },
      { isPreserved: true },
      "not-preserved",
    ],
    ["the ente does not preserve", { preservation: { state: "off" } }, {}, null],
    [
      "refused by SEND long ago",
      {
        verdict: { outcome: "refused", at: "2026-01-10T09:00:00.000Z", reasons: [] },
        followed: null,
      },
      {},
      null,
    ],
    [
      "refused by SEND since",
      {
        verdict: { outcome: "refused", at: "2026-07-10T09:00:00.000Z", reasons: [] },
        followed: null,
      },
      {},
      "young",
    ],
  ])("%s", (_title, facts, more, reason) => {
    expect(judge(facts, more)).toBe(reason);
  });
});

test.each([
  ["ready", "2026-12-31", true],
  ["wrong", null, true],
  // Its term is over: nobody will ever send it.
  ["wrong", "2025-12-31", false],
  ["back", "2026-06-01", true],
  ["back", "2026-05-31", false],
  ["chosen", "2025-12-31", true],
  ["taken", "2025-12-31", true],
  ["excluded", "2026-12-31", false],
  ["sent", "2026-12-31", false],
] as const)("of the register, %s, to be notified by %s: waits is %p", (state, notifyBy, waits) => {
  expect(isWaiting({ state, notifyBy } as WaitingStanding, "2026-06-01")).toBe(waits);
});

test.each([
  ["2020-01-01", 1825, "2020-01-01"],
  // Asked for later than the term allows.
  ["2026-11-29", 1825, "2021-11-30"],
  ["2026-11-29", 1, "2026-11-28"],
])("asked for %s, kept %i days: what was over before %s", (asked, days, cut) => {
  expect(findCut(asked, "2026-11-29", days)).toBe(cut);
});
