/** protocol: what is registered, when nobody is asked, and what a person may say. */
import { beforeEach, expect, test } from "bun:test";
import { runOnItem } from "../../../engine/step/step.ts";
import type { EarlierEffect } from "../../../engine/step/item.ts";
import type { ProtocolEntry, ProtocolPort } from "../../../integrations/protocollo/port.ts";
import type { Register } from "../../../integrations/register/port.ts";
import type { SendPort } from "../../../integrations/send/port.ts";
import { collectTerms } from "../../../server/search/terms.ts";
import protocol from "../../../steps/protocol.ts";
import { fakeClock } from "../integrations/send/setup.ts";
import { openRegister } from "../../support/register.ts";
import { contextOf, makeShelf, sendable } from "./sending.ts";

let register: Register;
let asked: ProtocolEntry[];
beforeEach(() => {
  register = openRegister();
  asked = [];
});

const office: ProtocolPort = {
  by: "docarea",
  async give(entry, intend) {
    asked.push(entry);
    await intend();
    return { number: `${asked.length}/2026`, day: "2026-11-29", documentId: "9" };
  },
  find: () => Promise.resolve("unknown"),
};

function open(parts: { earlier?: readonly EarlierEffect[]; evidence?: string } = {}) {
  const shelf = makeShelf();
  const base = contextOf(protocol, {
    send: {} as SendPort,
    clock: fakeClock(),
    shelf,
    ...(parts.earlier === undefined ? {} : { earlier: parts.earlier }),
  });
  const ctx = {
    ...base,
    services: { protocollo: office, register },
    ...(parts.evidence === undefined ? {} : { evidence: parts.evidence }),
  };
  return { ctx, item: sendable(shelf, 1) };
}

test("the signed verbale is registered for its first addressee", async () => {
  const { ctx, item } = open();

  const fields = await runOnItem(protocol, item, ctx);

  expect(fields).toEqual({
    protocolled: { number: "1/2026", day: "2026-11-29", documentId: "9", source: "docarea" },
  });
  expect(asked).toHaveLength(1);
  expect(asked[0]?.file.contentType).toBe("application/pdf");
});

test("who has a protocol already is not asked for", async () => {
  const { ctx, item } = open();
  const verbale = { ...(item.data["verbale"] as object), protocollo: " 2026/77 " };

  const fields = await runOnItem(protocol, { ...item, data: { ...item.data, verbale } }, ctx);

  expect(fields).toEqual({ protocolled: { number: "2026/77", source: "flusso" } });
  expect(asked).toEqual([]);
});

test("a later round has a number of its own and says the one before", async () => {
  const earlier = [{ round: 1, runId: "run-0", fields: { protocolled: { number: "88/2026" } } }];
  const { ctx, item } = open({ earlier });

  const fields = await runOnItem(protocol, { ...item, round: 2 }, ctx);

  expect(fields).toMatchObject({ protocolled: { number: "1/2026", earlier: ["88/2026"] } });
  expect(protocol.note?.(fields)).toBe(
    "Protocollo 1/2026; prima aveva 88/2026: annotarlo nel protocollo.",
  );
});

test.each([
  [undefined, "unknown"],
  ["41877", "unknown"],
  ["n. 041877/2026", "41877/2026"],
])("a number that was asked for and not heard, and a person who says %p", async (evidence, end) => {
  const { ctx, item } = open(evidence === undefined ? {} : { evidence });
  expect(await protocol.reconcile?.(item, ctx)).toEqual({ status: "not-done" });
  await runOnItem(protocol, item, ctx);

  const found = await protocol.reconcile?.(item, ctx);

  expect(
    found?.status === "done"
      ? (found.fields["protocolled"] as { number: string }).number
      : found?.status,
  ).toBe(end);
});

test.each([
  [{ document: "signed" }, ["validate", "protocol", "sign"], { protocollo: {} }, 1],
  [{ document: "summary" }, ["validate", "protocol", "sign"], { protocollo: {} }, 0],
  [{ document: "signed" }, ["sign", "protocol"], { protocollo: {} }, 0],
  [{ document: "signed" }, ["sign", "protocol"], {}, 1],
  [{ document: "signed" }, ["protocol"], { protocollo: {} }, 1],
])("check of %o in %o", async (config, uses, settings, count) => {
  const faults = await protocol.inspect?.(config, { uses, settings, enteFolder: "/" });

  expect(faults).toHaveLength(count);
});

test("a verbale is found by the number, while its flusso travels and from the register", () => {
  const travelling = { verbale: { numero: "V-1" }, protocolled: { number: "41877/2026" } };
  const sent = {
    act: { verbale: { numero: "V-1" }, protocol: "V-1", protocolled: { number: "41877/2026" } },
  };

  expect(collectTerms("V-1", travelling).protocollo).toEqual(["41877/2026"]);
  expect(collectTerms("V-1", sent).protocollo).toEqual(["41877/2026"]);
});
