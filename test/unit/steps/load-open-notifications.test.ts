/** load-open-notifications: which items it makes. */
import { expect, test } from "bun:test";
import loadOpenNotifications from "../../../steps/load-open-notifications.ts";
import { runSource } from "./source-context.ts";

const notification = {
  notificationRequestId: "UkVRLTE=",
  protocol: "A1",
  idempotenceToken: "token-1",
  sentAt: "2026-11-20T05:31:00.000Z",
};

test("each transmitted verbale without IUN becomes an item with its notification", async () => {
  const { rows } = await runSource(loadOpenNotifications, {
    config: {},
    open: [
      {
        itemKey: "A1",
        round: 2,
        runId: "run-0",
        at: "2026-11-20T05:31:00.000Z",
        fields: { notification, other: 1 },
      },
    ],
  });

  expect(rows).toEqual([{ key: "A1", fields: { notification } }]);
});

test("nothing open makes no item", async () => {
  const { rows } = await runSource(loadOpenNotifications, { config: {} });

  expect(rows).toEqual([]);
});

test("a transmission without notification is a bug that names its run", async () => {
  const run = runSource(loadOpenNotifications, {
    config: {},
    open: [{ itemKey: "A1", round: 1, runId: "run-0", at: "2026-11-20T05:31:00.000Z", fields: {} }],
  });

  expect(run).rejects.toThrow("transmit added no notification: run run-0, item A1");
});
