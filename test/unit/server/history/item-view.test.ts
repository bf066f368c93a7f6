/** A verbale as it is shown: its codes, whichever pipeline its item is of. */
import { expect, test } from "bun:test";
import type { ItemRow } from "../../../../engine/journal/items.ts";
import { buildItemView } from "../../../../server/history/item-view.ts";

function makeItem(data: Readonly<Record<string, unknown>>): ItemRow {
  return {
    id: 1,
    key: "K-1",
    round: 1,
    state: "done",
    step: 0,
    data,
    sourceDigest: "d",
    code: null,
    note: null,
    hint: null,
    dueAt: null,
    tries: 0,
    since: null,
    updatedAt: "2026-11-28T08:00:00.000Z",
  };
}

const payment = { options: [{ iuv: "0201", noticeCode: "30201" }] };
const codes = { iuv: ["0201"], noticeCodes: ["30201"], token: "VE9L" };

test.each([
  ["sent in this run", { payment, notification: { notificationRequestId: "VE9L" } }, codes],
  [
    "followed: what was sent is one field",
    { act: { payment, notificationRequestId: "VE9L" } },
    codes,
  ],
  [
    "with an act of an earlier version",
    { act: { payment: {} } },
    { iuv: [], noticeCodes: [], token: null },
  ],
  ["with nothing yet", {}, { iuv: [], noticeCodes: [], token: null }],
])("codes of a verbale %s", (_what, data, expected) => {
  expect(buildItemView(makeItem(data), [])).toMatchObject(expected);
});
