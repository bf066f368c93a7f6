/** load-notified: which notifications are looked at now. */
import { expect, test } from "bun:test";
import loadNotified from "../../../steps/load-notified.ts";
import { openRegister } from "../../support/register.ts";
import { buildAct } from "./follow-world.ts";
import { runSource } from "./source-context.ts";

const now = Date.parse("2026-11-23T06:30:00Z");
const iun = "ABCD-EFGH-ILMN-202611-N-1";
const verdict = { outcome: "accepted", at: "2026-11-23T06:00:00Z", reasons: [] } as const;

test("a notification that SEND accepted and nobody has looked at yet is taken, with its act", async () => {
  const register = openRegister();
  const act = buildAct("V-1");
  await register.write([
    { kind: "act", key: iun, subject: "V-1", data: act },
    { kind: "verdict", key: iun, dueAt: "2026-11-23T06:00:00Z", data: verdict },
  ]);

  const { rows } = await runSource(loadNotified, { config: {}, now, register });

  expect(rows).toEqual([{ key: iun, fields: { iun, numero: "V-1", act } }]);
});

test.each([
  ["2026-11-23T06:30:00.000Z", 1],
  ["2026-11-23T06:30:00.001Z", 0],
  [null, 0],
])("one that was looked at is taken again when it is due (%p: %i)", async (dueAt, count) => {
  const register = openRegister();
  const followed = { status: "DELIVERING", recipients: [], corrections: [] };
  await register.write([
    { kind: "act", key: iun, subject: "V-1", data: buildAct("V-1") },
    { kind: "followed", key: iun, subject: "V-1", dueAt, data: followed },
  ]);

  const { rows } = await runSource(loadNotified, { config: {}, now, register });

  expect(rows.length).toBe(count);
});
