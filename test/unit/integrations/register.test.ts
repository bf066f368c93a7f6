/** The register of an ente: what is kept of a notification across runs, by kind. */
import { expect, test } from "bun:test";
import { openJournal } from "../../../stores/sqlite/store.ts";
import { noticeNews } from "../../../integrations/register/news.ts";
import { createRegister } from "../../../integrations/register/register.ts";
import { createFakeClock } from "../../support/fake-clock.ts";
import { openRegister } from "../../support/register.ts";

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

test("whom the stream tells of is due at once: never later than before, without a version", async () => {
  const register = openRegister();
  const data = { status: "DELIVERING", recipients: [], corrections: [] };
  const now = "2026-11-23T06:30:00.000Z";
  const due = {
    later: "2026-11-30T00:00:00.000Z",
    never: null,
    already: "2026-11-20T00:00:00.000Z",
    other: "2026-11-30T00:00:00.000Z",
  };
  await register.write(
    Object.entries(due).map(([key, dueAt]) => ({
      kind: "followed" as const,
      key,
      subject: `V-${key}`,
      dueAt,
      data,
    })),
  );

  await noticeNews(register, ["later", "never", "already", "of another program"], now);

  const kept = await Array.fromAsync(register.listAll("followed"));
  expect(kept.map(({ key, dueAt, version, subject }) => [key, dueAt, version, subject])).toEqual([
    ["already", "2026-11-20T00:00:00.000Z", 1, "V-already"],
    ["later", now, 1, "V-later"],
    ["never", now, 1, "V-never"],
    ["other", "2026-11-30T00:00:00.000Z", 1, "V-other"],
  ]);
});

test("what is due comes page by page, the longest due first, whatever is put to sleep meanwhile", async () => {
  const register = openRegister();
  const data = { status: "DELIVERING", recipients: [], corrections: [] };
  const build = (index: number, dueAt: string) => ({
    kind: "followed" as const,
    key: `K-${String(index).padStart(4, "0")}`,
    dueAt,
    data,
  });
  // Two pages and a bit, all but the last due at one instant.
  await register.write(
    Array.from({ length: 1100 }, (_, index) =>
      build(index, index === 1099 ? "2026-11-22T00:00:00.000Z" : "2026-11-23T00:00:00.000Z"),
    ),
  );

  const keys: string[] = [];
  for await (const { key } of register.listDue("followed", "2026-11-23T06:30:00.000Z")) {
    keys.push(key);
    await register.write([{ ...build(0, "2026-11-24T00:00:00.000Z"), key }]);
  }

  expect(keys).toHaveLength(1100);
  expect(keys.slice(0, 3)).toEqual(["K-1099", "K-0000", "K-0001"]);
});
