/** Values by schema: what a technician may write for each type, and what is said when it does not fit. */
import { describe, expect, test } from "bun:test";
import { Type, type TSchema } from "typebox";
import { coerceBySchema } from "../../../../loader/yaml/coerce.ts";
import { buildSource, type Problem } from "../../../../loader/yaml/diagnostics.ts";
import { Duration, formatYamlDuration, parseDuration } from "../../../../loader/yaml/duration.ts";
import { findNearest } from "../../../../loader/yaml/nearest.ts";
import { suggestKey } from "../../../../loader/yaml/suggest.ts";
import { parseYaml } from "../../../../loader/yaml/yaml.ts";

const closed = { additionalProperties: false } as const;

function read(schema: TSchema, text: string) {
  const { root, problems: syntax } = parseYaml(buildSource("f.yaml", text));
  const problems: Problem[] = [...syntax];
  const origins: Record<string, string> = {};
  const at = { source: buildSource("f.yaml", text), start: 0, end: 1 };
  const options = { problems, origins, originPrefix: "", owner: "nel passo", path: [], at };
  const value = coerceBySchema(root ?? undefined, schema, options);
  return {
    value,
    origins,
    faults: problems.map((p) => `${p.line}:${p.column} ${p.code} ${p.message}`),
    problems,
  };
}

/** The value of one field of the given type. */
function field(schema: TSchema, text: string): unknown {
  const { value, faults } = read(Type.Object({ a: Type.Optional(schema) }, closed), `a: ${text}\n`);
  return faults.length > 0 ? faults : (value as { a: unknown }).a;
}

describe("text", () => {
  test("stays as written", () => {
    expect(field(Type.String(), '"058091"')).toBe("058091");
    expect(field(Type.String(), "'302000100000019421'")).toBe("302000100000019421");
    expect(field(Type.String(), "12345")).toBe("12345");
    expect(field(Type.String(), "2.5")).toBe("2.5");
    expect(field(Type.String(), "NO")).toBe("NO");
    expect(field(Type.String(), "2026-11-02")).toBe("2026-11-02");
    expect(field(Type.String(), "|\n  uno\n  due")).toBe("uno\ndue\n");
  });

  test("that another program would read as another number must be quoted", () => {
    for (const [text, becomes] of [
      ["058091", "58091"],
      ["302000100000019421", "302000100000019400"],
      ["1.10", "1.1"],
      ["1e5", "100000"],
      ["0x1F", "31"],
      ["+39055123456", "39055123456"],
    ]) {
      const { problems } = read(Type.Object({ a: Type.String() }, closed), `a: ${text}\n`);

      expect(problems.map(({ code, remedy }) => `${code} ${remedy}`)).toEqual([
        `P006 a: "${text}"`,
      ]);
      expect(problems[0]?.why).toContain(becomes ?? "");
    }
  });
});

describe("a code that does not fit its pattern", () => {
  const iban = "^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$";
  const one = "un carattere che qui non è ammesso e può non vedersi o sembrarne un altro";

  test.each([
    [
      "a zero-width space",
      iban,
      "IT60\u200BX0542811101000000123456",
      `contiene ${one}: U+200B al 5º posto`,
    ],
    ["a Cyrillic letter", iban, "IT60\u0425 0542811101", `contiene ${one}: U+0425 al 5º posto`],
    [
      "a no-break space at the end",
      "^[0-9]{11}$",
      "89999990164\u00A0",
      `contiene ${one}: U+00A0 al 12º posto`,
    ],
    ["a wide digit", "^\\d{2}$", "\uFF100", `contiene ${one}: U+FF10 al 1º posto`],
    [
      "a mark of direction and a long dash",
      "^[a-z.-]{1,9}$",
      "\u202Aa\u2013b",
      "contiene caratteri che qui non sono ammessi e possono non vedersi o sembrarne altri: U+202A al 1º posto, U+2013 al 3º posto",
    ],
    ["signs that show", "^[0-9]{11}$", "8999999016", "non ha la forma prevista"],
    ["a pattern that takes any letter", "^[^@]+@.+$", "città", "non ha la forma prevista"],
    ["a pattern of the beginning alone", "^https?://", "città", "non ha la forma prevista"],
  ])("%s is named by number and place where only plain signs fit", (_, pattern, text, said) => {
    expect(field(Type.String({ pattern }), `"${text}"`)).toEqual([
      `1:4 P005 nel passo "a" ${said}`,
    ]);
  });
});

describe("numbers, truth values and durations", () => {
  test("are read by the schema, quoted or not", () => {
    expect(field(Type.Integer(), "90")).toBe(90);
    expect(field(Type.Integer(), '"90"')).toBe(90);
    expect(field(Type.Integer(), "-1")).toBe(-1);
    expect(field(Type.Number(), "1.50")).toBe(1.5);
    expect(field(Type.Boolean(), "true")).toBe(true);
    expect(field(Duration(), "1h30m")).toBe(5_400_000);
  });

  test("an ambiguous spelling is refused", () => {
    expect(field(Type.Integer(), "007")).toEqual([
      '1:4 P005 nel passo "a" deve essere un numero intero, non "007"',
    ]);
    expect(field(Type.Integer(), "1.000")).toEqual([
      '1:4 P005 nel passo "a" deve essere un numero intero, non "1.000"',
    ]);
    expect(field(Type.Integer(), "302000100000019421")).toEqual([
      '1:4 P005 nel passo "a": il numero ha troppe cifre',
    ]);
    expect(field(Type.Number(), "1,5")).toEqual([
      '1:4 P005 nel passo "a" deve essere un numero, non "1,5"',
    ]);
    expect(field(Type.Boolean(), "yes")).toEqual([
      '1:4 P005 nel passo "a" deve essere true oppure false, non "yes"',
    ]);
    expect(field(Duration(), "30")).toEqual([
      '1:4 P005 nel passo "a" deve essere una durata, non "30"',
    ]);
    expect(field(Duration(), "10 minuti")).toEqual([
      '1:4 P005 nel passo "a" deve essere una durata, non "10 minuti"',
    ]);
  });

  test("an empty value is told, an empty group or list is not", () => {
    expect(field(Type.String(), "")).toEqual(['1:1 P005 nel passo "a" non ha un valore']);
    expect(field(Type.Array(Type.String()), "")).toEqual([]);
    expect(field(Type.Object({ b: Type.Integer({ default: 3 }) }, closed), "")).toEqual({ b: 3 });
  });

  test("limits are told in words", () => {
    expect(field(Type.Integer({ minimum: 1 }), "0")).toEqual([
      '1:4 P005 nel passo "a" è troppo piccolo: almeno 1',
    ]);
    expect(field(Type.String({ maxLength: 3 }), "quattro")).toEqual([
      '1:4 P005 nel passo "a" è troppo lungo: al massimo 3 caratteri',
    ]);
    expect(field(Type.String({ pattern: "^[0-9]{5}$" }), "abc")).toEqual([
      '1:4 P005 nel passo "a" non ha la forma prevista',
    ]);
    expect(field(Type.Array(Type.String(), { minItems: 1 }), "[]")).toEqual([
      '1:1 P005 nel passo "a" è un elenco troppo corto: almeno 1',
    ]);
  });
});

test("a pattern is told in the words that its schema has for it", () => {
  const remedy = "servono due lettere maiuscole";
  const schema = Type.Object({ a: Type.String({ pattern: "^[A-Z]{2}$", remedy }) }, closed);

  expect(read(schema, "a: milano\n").problems.map((problem) => problem.remedy)).toEqual([remedy]);
});

describe("choices and unions", () => {
  const Colour = Type.Union([Type.Literal("red"), Type.Literal("green"), Type.Literal(3)]);
  const Shape = Type.Union([
    Type.Object({ kind: Type.Literal("circle"), radius: Type.Integer() }, closed),
    Type.Object({ kind: Type.Literal("square"), side: Type.Integer({ default: 2 }) }, closed),
  ]);

  test("a choice is made by its text and keeps its type", () => {
    expect(field(Colour, "green")).toBe("green");
    expect(field(Colour, "3")).toBe(3);
    const { problems } = read(Type.Object({ a: Colour }, closed), "a: gren\n");
    expect(problems.map(({ maybe, remedy }) => ({ maybe, remedy }))).toEqual([
      { maybe: "green", remedy: "scegli tra: red, green, 3" },
    ]);
  });

  test("a union of groups is told apart by its fixed value; only that branch's faults are told", () => {
    expect(field(Shape, "{ kind: circle, radius: 4 }")).toEqual({ kind: "circle", radius: 4 });
    expect(field(Shape, "{ kind: square }")).toEqual({ kind: "square", side: 2 });
    expect(field(Shape, "{ kind: square, side: x }")).toEqual([
      '1:26 P005 nel passo "a.side" deve essere un numero intero, non "x"',
    ]);
  });

  test("a union of text and number takes what fits", () => {
    const Limit = Type.Union([Type.Literal("none"), Type.Integer({ minimum: 1 })]);

    expect(field(Limit, "5")).toBe(5);
    expect(field(Limit, "none")).toBe("none");
    expect(field(Limit, "molti")).toHaveLength(1);
  });
});

describe("groups and lists", () => {
  test("free keys are kept, also the ones that are words of the language", () => {
    const Columns = Type.Record(Type.String(), Type.String());

    expect(field(Columns, '{ "Numero verbale": numero, constructor: x, __proto__: y }')).toEqual(
      JSON.parse('{"Numero verbale":"numero","constructor":"x","__proto__":"y"}'),
    );
  });

  test("the kind of node is told when it is the wrong one", () => {
    expect(field(Type.Array(Type.String()), "uno")).toEqual([
      '1:4 P005 nel passo "a" deve essere un elenco, non "uno"',
    ]);
    expect(field(Type.String(), "[uno]")).toEqual([
      '1:5 P005 nel passo "a" deve essere un testo, non un elenco',
    ]);
    expect(field(Type.Integer(), "{ b: 1 }")).toEqual([
      '1:4 P005 nel passo "a" deve essere un numero intero, non un gruppo di chiavi',
    ]);
  });

  test("a missing field is told where its group begins", () => {
    const schema = Type.Object(
      { a: Type.Object({ b: Type.Object({ c: Type.String() }, closed) }, closed) },
      closed,
    );

    expect(read(schema, "a:\n  b:\n    {}\n").faults).toEqual(['2:3 P005 nel passo manca "a.b.c"']);
  });

  test("defaults are filled in at every depth, and named as such", () => {
    const schema = Type.Object(
      {
        wait: Duration({ default: "30s" }),
        page: Type.Object(
          { size: Type.String({ default: "A4" }), left: Type.Optional(Type.Integer()) },
          { ...closed, default: {} },
        ),
      },
      closed,
    );

    const { value, origins } = read(schema, "page: { left: 3 }\n");

    expect(value).toEqual({ wait: 30_000, page: { size: "A4", left: 3 } });
    expect(origins).toEqual({
      "page.left": "f.yaml:1",
      "page.size": "valore predefinito",
      wait: "valore predefinito",
    });
  });
});

describe("durations", () => {
  test("are read and written alike", () => {
    expect(["500ms", "30s", "10m", "24h", "2d", "1h30m", "0s"].map(parseDuration)).toEqual([
      500, 30_000, 600_000, 86_400_000, 172_800_000, 5_400_000, 0,
    ]);
    expect(
      ["", "30", "s", "-1s", "1.5h", "1h 30m", "10 m", "9999999999999999d"].map(parseDuration),
    ).toEqual([null, null, null, null, null, null, null, null]);
    expect([0, 500, 30_000, 5_400_000, 86_400_000, 90_061_001].map(formatYamlDuration)).toEqual([
      "0s",
      "500ms",
      "30s",
      "1h30m",
      "1d",
      "1d1h1m1s1ms",
    ]);
  });
});

describe("suggestions", () => {
  const keys = ["retry", "concurrency", "within", "timeout", "ifMissed"];

  test("a slip of the finger finds its word, another word does not", () => {
    expect(findNearest("transmti", ["transmit", "sign"])).toBe("transmit");
    expect(findNearest("if_missed", keys)).toBe("ifMissed");
    expect(findNearest("concurency", keys)).toBe("concurrency");
    expect(findNearest("colore", keys)).toBeNull();
    expect(findNearest("zip", ["sign"])).toBeNull();
  });

  test("an Italian word is known for its key where that key may stand", () => {
    expect(suggestKey("riprova", keys)).toEqual({ word: "retry", isSynonym: true });
    expect(suggestKey("Entro", keys)).toEqual({ word: "within", isSynonym: true });
    expect(suggestKey("passi", keys)).toBeNull();
  });
});
