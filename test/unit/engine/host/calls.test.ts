/** Calls to outside services are noted for the items that they are made for, and for no other. */
import { expect, test } from "bun:test";
import { beginCall, type CallBook, createCallBook } from "../../../../engine/host/calls.ts";
import { createHttp } from "../../../../engine/host/http.ts";
import { parseCalls, serializeCalls } from "../../../../engine/journal/stored-calls.ts";
import { endEach } from "../../../../engine/step/outcome.ts";
import type { Item } from "../../../../engine/step/item.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";

const clock = createFakeClock("2026-11-29T08:00:00Z");
const at = Date.parse("2026-11-29T08:00:00Z");

async function call(operation: string, status: number | null = 200): Promise<void> {
  const end = beginCall({ service: "SEND", operation });
  await Promise.resolve();
  end(status);
}

function listNoted(book: CallBook, key: string): readonly string[] | null {
  return book.take(key)?.calls.map(({ operation }) => operation) ?? null;
}

test("a call for several items is kept with each, one made while one of them is worked on with that one alone", async () => {
  const book = createCallBook(clock);
  const items = ["a", "b"].map((key): Item<unknown> => ({ key, round: 1, data: {} }));

  await book.noteFor(["a", "b"], async () => {
    await call("preload");
    const ends = endEach(items, async ({ key }) => {
      await call(`upload ${key}`);
      return {};
    });
    for await (const { item } of ends) expect(item.round).toBe(1);
  });
  await call("nobody's");

  expect(book.take("a")?.calls).toMatchObject([
    { operation: "preload", items: 2 },
    { operation: "upload a", items: 1 },
  ]);
  expect(listNoted(book, "b")).toEqual(["preload", "upload b"]);
  expect(listNoted(book, "a")).toBeNull();
  expect(listNoted(book, "c")).toBeNull();
});

test("work side by side does not mix, also where one waits for another", async () => {
  const book = createCallBook(clock);
  const gate = Promise.withResolvers<void>();

  await Promise.all([
    book.noteFor(["a"], async () => {
      await gate.promise;
      await call("late");
    }),
    book.noteFor(["b"], async () => {
      await call("early");
      gate.resolve();
    }),
  ]);

  expect(listNoted(book, "a")).toEqual(["late"]);
  expect(listNoted(book, "b")).toEqual(["early"]);
});

test.each([
  [11, 11, 0],
  [12, 12, 0],
  [13, 12, 1],
  [500, 12, 488],
])(
  "of %d calls %d are kept, the first and the last, and %d are counted",
  async (made, kept, left) => {
    const book = createCallBook(clock);

    await book.noteFor(["a"], async () => {
      for (let number = 1; number <= made; number += 1) await call(String(number));
    });
    const noted = book.take("a");

    expect(noted?.calls.length).toBe(kept);
    expect(noted?.left).toBe(left);
    expect(noted?.calls.slice(0, 6).map(({ operation }) => operation)).toEqual([
      "1",
      "2",
      "3",
      "4",
      "5",
      "6",
    ]);
    expect(noted?.calls.at(-1)?.operation).toBe(String(made));
  },
);

test.each([
  ["an answer", new Response("{}", { status: 202 }), 202],
  ["a refusal", new Response("no", { status: 503 }), 503],
  ["silence", new Error("socket closed"), null],
])("the door notes %s with its time, and nothing of address or body", async (_, end, status) => {
  const book = createCallBook(clock);
  const http = createHttp(async () => {
    await clock.advance(820);
    if (end instanceof Error) throw end;
    return end;
  });
  const before = clock.now();

  await book.noteFor(["a"], async () => {
    await http({
      method: "POST",
      url: "https://send.example/delivery/VRDLGU80A01H501K?x=ROSSI",
      json: { name: "Rossi" },
      call: { service: "SEND", operation: "consegna" },
    }).catch(() => {});
  });
  const noted = book.take("a");

  expect(noted).toEqual({
    left: 0,
    calls: [{ service: "SEND", operation: "consegna", at: before, ms: 820, status, items: 1 }],
  });
  expect(parseCalls(serializeCalls(noted))).toEqual(noted);
});

test("what lies in the column is a short list, and what is no call in it is left out", () => {
  const calls = [{ service: "GPD", operation: "lettura", at, ms: 3, status: null, items: 2 }];

  expect(serializeCalls({ left: 2, calls })).toBe(`[2,["GPD","lettura",${at},3,null,2]]`);
  expect(serializeCalls(null)).toBeNull();
  expect(parseCalls(null)).toBeNull();
  expect(parseCalls(`[0,["GPD"],7,["GPD","lettura",${at},3,null,2]]`)).toEqual({ left: 0, calls });
});
