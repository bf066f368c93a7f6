/** How easily the act reads: the rules of counting, one by one, and what its texts reach by them. */
import { describe, expect, test } from "bun:test";
import { buildVerbaleModel } from "../../../../documents/model/models.ts";
import { measureModel, measureReadability } from "../../../../scripts/readability.ts";

describe("what is counted", () => {
  test.each([
    ["one sentence", ["Il cane dorme."], { sentences: 1, words: 3, letters: 11, gulpease: 100 }],
    ["no point at the end", ["Il cane dorme"], { sentences: 1, words: 3 }],
    ["two sentences", ["Il cane dorme. Il gatto no."], { sentences: 2, words: 6 }],
    ["paragraphs apart", ["Il cane", "dorme"], { sentences: 2, words: 3 }],
    [
      "abbreviations end none",
      ["L'art. 3, c. 2, n. 5 del D.L. 121 e la C.F. valgono."],
      { sentences: 1 },
    ],
    ["figures end none", ["Si pagano 1.234,56 euro."], { sentences: 1, words: 4 }],
    ["an address ends none", ["Tutto è su comune.it per chi vuole."], { sentences: 1 }],
    [
      "a value is a word of six letters",
      ["Paghi {totaleScontato} euro"],
      { words: 3, letters: 15 },
    ],
    ["evidence is no letter", ["**Al Prefetto**"], { words: 2, letters: 10 }],
    ["a lead-in ends one", ["Si può ricorrere così: al Prefetto."], { sentences: 2 }],
    ["a half sentence does not end at ;", ["Paghi oggi; domani no."], { sentences: 1 }],
    ["elisions are one word", ["dell'ufficio"], { words: 1, letters: 11 }],
    ["nothing", ["", "  "], { sentences: 0, words: 0, gulpease: 100 }],
  ] as const)("%s", (_, paragraphs, counted) => {
    expect(measureReadability(paragraphs)).toMatchObject(counted);
  });

  test("a long sentence of long words is hard", () => {
    const { gulpease } = measureReadability([
      "Qualora successivamente all'accertamento dell'inosservanza sopravvengano circostanze straordinariamente documentate l'amministrazione procedente provvederà conseguentemente all'annullamento",
    ]);

    expect(gulpease).toBeLessThan(20);
  });
});

const measured = measureModel();

test.each(["premessa", "conducente", "send", "in-breve", "senza-riduzione"])(
  "%s reaches 65, for who has finished middle school",
  (name) => {
    expect(measured.get(name)?.gulpease).toBeGreaterThanOrEqual(65);
  },
);

test("all of it together reaches 70, and no sentence of the driver, SEND or the premise is long", () => {
  expect(measured.get("tutti")?.gulpease).toBeGreaterThanOrEqual(70);
  for (const name of ["premessa", "conducente", "send"]) {
    const { words = 0, sentences = 1 } = measured.get(name) ?? {};
    expect(words / sentences).toBeLessThan(15);
  }
});

test("what it is about stands first, before the law", () => {
  expect(buildVerbaleModel("verbale-cds").order.slice(0, 5)).toEqual([
    "intestazione",
    "apertura",
    "in-breve",
    "senza-riduzione",
    "premessa",
  ]);
});
