/** The register of an ente: what is kept of a notification across runs, by kind. */
import { expect, test } from "bun:test";
import { openJournal } from "../../../engine/journal/sqlite/store.ts";
import { createRegister } from "../../../integrations/register/register.ts";
import { createFakeClock } from "../../support/fake-clock.ts";

const accepted = { outcome: "accepted", at: "2026-11-23T06:30:00.000Z", reasons: [] } as const;

function openTwo() {
  const journal = openJournal(":memory:", createFakeClock("2026-11-23T06:30:00Z"));
  return { own: createRegister(journal, "a"), other: createRegister(journal, "b") };
}

test("what one ente keeps is nobody else's", async () => {
  const { own, other } = openTwo();
  await own.write([{ kind: "verdict", key: "IUN-1", data: accepted }]);

  expect((await own.read("verdict", "IUN-1"))?.data).toEqual(accepted);
  expect(await other.read("verdict", "IUN-1")).toBeNull();
  expect(await own.read("act", "IUN-1")).toBeNull();
});

test("all of a kind come page by page, and each once", async () => {
  const { own } = openTwo();
  const keys = Array.from({ length: 1_203 }, (_, index) => `IUN-${String(index).padStart(5, "0")}`);
  await own.write(keys.map((key) => ({ kind: "verdict", key, data: accepted })));

  const found: string[] = [];
  for await (const { key } of own.listAll("verdict")) found.push(key);

  expect(found).toEqual(keys);
});

test("changes come in the order in which they were kept, of the kinds that were asked for", async () => {
  const { own } = openTwo();
  await own.write([{ kind: "verdict", key: "IUN-1", data: accepted }]);
  const refused = {
    outcome: "refused",
    at: accepted.at,
    reasons: [{ code: "ADDRESS_NOT_FOUND", note: "Indirizzo non trovato." }],
  } as const;
  await own.write([{ kind: "verdict", key: "IUN-1", data: refused }]);
  await own.write([{ kind: "verdict", key: "IUN-1", data: refused }]);

  const changes = await own.listChanges(["verdict"], 0, 9);

  expect(changes.map(({ number, data }) => [number, data])).toEqual([
    [1, accepted],
    [2, refused],
  ]);
  expect(await own.listChanges(["act"], 0, 9)).toEqual([]);
});
