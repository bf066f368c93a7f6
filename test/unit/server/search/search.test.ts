/** Any verbale of any run is found by whatever a person knows of it, and the index follows the journal. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ItemRow, Move } from "../../../../engine/journal/items.ts";
import type { Journal } from "../../../../engine/journal/journal.ts";
import { openJournal } from "../../../../stores/sqlite/store.ts";
import { openSearch, type Search } from "../../../../server/search/search.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";

let folder: string;
let path: string;
let journal: Journal;
let search: Search;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-search-"));
  path = join(folder, "ricerca.sqlite");
  journal = openJournal(":memory:", createFakeClock("2026-11-28T08:00:00Z"));
  search = openSearch(journal, path);
});
afterEach(async () => {
  search.close();
  await journal.close();
  rmSync(folder, { recursive: true });
});

function verbale(numero: string, changes: Record<string, unknown> = {}) {
  return {
    verbale: {
      numero,
      protocollo: `2026/${numero}`,
      targa: "AB123CD",
      destinatario: {
        tipo: "PF",
        cognome: "D'Àngelo",
        nome: "Nicolò Maria",
        codiceFiscale: "RSSMRA80A01H501U",
      },
      ...changes,
    },
  };
}

async function load(data: readonly object[], ente = "prova", keys: readonly string[] = []) {
  const run = await journal.createRun({
    pipeline: "send",
    ente,
    trigger: "manual",
    input: null,
    params: {},
    spec: "{}",
  });
  await journal.addItems(
    run.id,
    data.map((one, index) => ({
      key:
        keys[index] ?? (one as { verbale?: { numero?: string } }).verbale?.numero ?? `K-${index}`,
      data: { ...one },
      sourceDigest: "d",
    })),
  );
  return { run: run.id, items: await journal.listItems(run.id, { limit: 1_000 }) };
}

const effect = {
  id: { key: "e-1", step: "reset-iuv", itemKey: "V-1", round: 1 },
  seals: false,
} as const;

function begin(run: string, item: ItemRow) {
  return journal.record(run, {
    intents: [
      {
        itemId: item.id,
        from: item.state,
        since: 1,
        stepId: "reset-iuv",
        number: 1,
        effect: effect.id,
        sourceDigest: "d",
        fingerprint: "f",
        seals: false,
        holds: [],
      },
    ],
  });
}

function end(run: string, item: ItemRow, data: Record<string, unknown>) {
  const move: Move = {
    itemId: item.id,
    itemKey: item.key,
    from: "running",
    to: "done",
    step: 1,
    data: { ...item.data, ...data },
    code: null,
    note: null,
    hint: null,
    dueAt: null,
    tries: 0,
    since: null,
    attempt: { stepId: "reset-iuv", number: 1, outcome: "done", code: null, note: null },
    effect: { id: effect.id, state: "done", seals: false, fields: data },
  };
  return journal.record(run, { moves: [move] });
}

async function numbers(text: string, ente?: string): Promise<readonly string[]> {
  const { verbali } = await search.find({ text, limit: 50, ...(ente !== undefined && { ente }) });
  return verbali.map(({ numero }) => numero);
}

const sent = {
  payment: {
    options: [
      { iuv: "02010000000000002", noticeCode: "302010000000000002" },
      { iuv: "02010000000000003", noticeCode: "302010000000000003" },
    ],
    cancelled: [{ noticeCode: "302010000000000777" }],
  },
  notification: { notificationRequestId: "QUJDRC1FRkdILUlMTU4=", protocol: "2026/V-1" },
  iun: "ABCD-EFGH-ILMN-202611-N-1",
};

describe("a verbale is found by", () => {
  test.each([
    ["its number", "V-1", ["numero"]],
    ["its number in small letters, with blanks", " v -1", ["numero"]],
    ["its number with another dash", "V\u20111", ["numero"]],
    ["its protocol", "2026/V-1", ["protocollo"]],
    ["an IUV", "02010000000000003", ["iuv"]],
    ["a notice code as it is printed", "3020 1000 0000 0000 02", ["avviso"]],
    ["a notice code that was cancelled", "302010000000000777", ["avviso"]],
    ["the IUN", "abcd-efgh-ilmn-202611-n-1", ["iun"]],
    ["SEND's token", "QUJDRC1FRkdILUlMTU4=", ["token"]],
    ["the tax code", "rssmra80a01h501u", ["codiceFiscale"]],
    ["the plate with blanks", "AB 123 CD", ["targa"]],
    ["the surname without its accent", "d'angelo", ["nome"]],
    ["words of the name in any order", "maria nicolo", ["nome"]],
  ] as const)("%s", async (_what, text, kinds) => {
    await load([
      { ...verbale("V-1"), ...sent },
      verbale("W-2", { targa: "ZZ999ZZ", destinatario: {} }),
    ]);

    const { verbali, isPart } = await search.find({ text, limit: 5 });

    expect(isPart).toBeFalse();
    expect(verbali.map(({ numero }) => numero)).toEqual(["V-1"]);
    expect(verbali[0]?.kinds).toEqual([...kinds]);
    expect(verbali[0]).toMatchObject({ ente: "prova", iun: sent.iun, item: { state: "pending" } });
  });

  test.each([
    ["the head of its IUN", "ABCD-EFGH", true],
    ["the end of an IUV", "0000003", true],
    ["the end of its number", "/V-1", true],
    ["the head of a surname", "ange", true],
    ["too little of a code", "302", false],
    ["words that are of two people", "angelo verdi", false],
    ["the language of the index", 'nome : "x" OR *', false],
    ["a quote", '"', false],
    ["a column", "numero:V-1", false],
    ["nothing that can be a word", "%%%", false],
  ] as const)("a part: %s", async (_what, text, isFound) => {
    await load([{ ...verbale("V-1"), ...sent }]);

    const { verbali, isPart } = await search.find({ text, limit: 5 });

    expect([verbali.length, isPart]).toEqual(isFound ? [1, true] : [0, false]);
  });
});

describe("the index follows the journal", () => {
  test("a code that a step makes is found once its effect has ended, also when it was asked for in between", async () => {
    const { run, items } = await load([verbale("V-1")]);
    const [item] = items;
    if (item === undefined) throw new Error("no item");
    await begin(run, item);
    expect(await numbers("02010000000000002")).toEqual([]);

    await end(run, item, sent);

    expect(await numbers("02010000000000002")).toEqual(["V-1"]);
    expect(await numbers("V-1")).toEqual(["V-1"]);
  });

  test("later runs are found, each verbale once with its newest run first", async () => {
    const first = await load([verbale("V-1")]);
    expect(await numbers("V-1")).toEqual(["V-1"]);
    const second = await load([verbale("V-1"), verbale("V-2")]);
    await load([{ iun: sent.iun, numero: "V-1", act: verbale("V-1") }], "prova", [sent.iun]);

    const { verbali } = await search.find({ text: "V-1", limit: 9 });

    expect(verbali).toHaveLength(1);
    expect(verbali[0]?.otherRuns).toEqual([second.run, first.run]);
    expect(verbali[0]?.iun).toBe(sent.iun);
  });

  test("one ente's are no other's", async () => {
    await load([verbale("V-1")], "uno");
    await load([verbale("V-1"), verbale("V-3")], "due");

    expect(await numbers("AB123CD", "due")).toEqual(["V-3", "V-1"]);
    expect(await numbers("AB123CD", "tre")).toEqual([]);
    expect(await numbers("AB123CD")).toEqual(["V-3", "V-1", "V-1"]);
  });

  test("more than a page of items, and no more verbali than were asked for", async () => {
    await load(Array.from({ length: 2_345 }, (_, index) => verbale(`V-${index}`)));

    const { verbali, isCut } = await search.find({ text: "AB123CD", limit: 3 });

    expect(verbali.map(({ numero }) => numero)).toEqual(["V-2344", "V-2343", "V-2342"]);
    expect(isCut).toBeTrue();
    expect(await numbers("V-17")).toEqual(["V-17"]);
  });

  test("another journal under the same index: nothing of the old one is left", async () => {
    await load([verbale("V-1"), verbale("V-2")]);
    expect(await numbers("V-2")).toEqual(["V-2"]);
    search.close();
    await journal.close();
    journal = openJournal(":memory:", createFakeClock("2026-11-28T08:00:00Z"));
    search = openSearch(journal, path);
    await load([verbale("W-1"), verbale("W-2")]);

    expect(await numbers("V-2")).toEqual([]);
    expect(await numbers("W-2")).toEqual(["W-2"]);
  });

  test("codes that begin as thousands do are not all read: more must be typed", async () => {
    await load(Array.from({ length: 1_200 }, (_, index) => verbale(`2026/${10_000 + index}`)));

    expect(await search.find({ text: "2026", limit: 5 })).toEqual({
      verbali: [],
      isPart: false,
      isCut: false,
      isTooWide: true,
    });
    expect(await numbers("2026/1000")).toHaveLength(10);
  });

  test("a damaged index is made anew, and is for its owner alone", async () => {
    await load([verbale("V-1")]);
    await search.catchUp();
    search.close();
    writeFileSync(path, "this is no database at all, and never was one".repeat(200));
    search = openSearch(journal, path);

    expect(await numbers("V-1")).toEqual(["V-1"]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});
