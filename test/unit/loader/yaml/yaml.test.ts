/** The YAML reader: source text stays as written, places are right, faults are told in Italian. */
import { describe, expect, test } from "bun:test";
import { toPosition, buildSource } from "../../../../loader/yaml/diagnostics.ts";
import { parseYaml, findText, findValue, type YamlNode } from "../../../../loader/yaml/yaml.ts";

function read(text: string) {
  return parseYaml(buildSource("f.yaml", text));
}

function faults(text: string): readonly string[] {
  return read(text).problems.map(
    ({ line, column, code, message }) => `${line}:${column} ${code} ${message}`,
  );
}

/** Plain data of nodes: every scalar as text. */
function plain(node: YamlNode | null): unknown {
  if (node === null) return null;
  if (node.kind === "scalar") return node.text;
  if (node.kind === "list") return node.items.map(plain);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key.text, plain(value)]));
}

describe("scalars", () => {
  test("nothing becomes a number, a date or a truth value", () => {
    const { root, problems } = read(
      'a: 058091\nb: 302000100000019421\nc: 1.10\nd: 2026-11-02\ne: NO\nf: 0x1F\ng: "x"\nh: null\n',
    );

    expect(problems).toEqual([]);
    expect(plain(root)).toEqual({
      a: "058091",
      b: "302000100000019421",
      c: "1.10",
      d: "2026-11-02",
      e: "NO",
      f: "0x1F",
      g: "x",
      h: "null",
    });
  });

  test("expressions need no quotes, in braces neither", () => {
    const { root, problems } = read(
      "a: $(ente.codice)\nb: { c: $(params.x), d: [in/$(ente.a).csv] }\n",
    );

    expect(problems).toEqual([]);
    expect(plain(root)).toEqual({
      a: "$(ente.codice)",
      b: { c: "$(params.x)", d: ["in/$(ente.a).csv"] },
    });
  });

  test("every scalar knows where it stands", () => {
    const { root, source } = read("a:\n  - uno\n  - { b: 'due' }\n");

    const list = findValue(root, "a");
    const second = list?.kind === "list" ? list.items[1] : undefined;
    const due = findValue(second, "b");

    expect(findText(second, "b")).toBe("due");
    expect(due === undefined ? null : toPosition(source, due.at.start)).toEqual({
      line: 3,
      column: 10,
    });
  });

  test("a byte order mark and Windows line ends do not move the columns", () => {
    const text = "\ufeffname: Prova\r\nsteps: [a\r\n";

    expect(faults(text)).toEqual(["2:8 P001 parentesi aperta e mai chiusa"]);
  });
});

describe("anchors", () => {
  test("an alias repeats its anchor, a merge key fills in what is not written", () => {
    const { root } = read("a: &x { b: 1, c: 2 }\nd: *x\ne: { <<: *x, c: 3 }\n");

    expect(plain(root)).toEqual({
      a: { b: "1", c: "2" },
      d: { b: "1", c: "2" },
      e: { b: "1", c: "3" },
    });
  });

  test("an alias without anchor is told", () => {
    expect(faults("a: *tutti\n")).toEqual([
      '1:4 P007 "*tutti" comincia con un asterisco e non è un testo',
    ]);
  });

  test("aliases that multiply each other end", () => {
    const levels = Array.from({ length: 12 }, (_, i) =>
      i === 0
        ? "a0: &a0 [x]"
        : `a${i}: &a${i} [${Array(9)
            .fill(`*a${i - 1}`)
            .join(", ")}]`,
    );

    expect(faults(levels.join("\n"))).toEqual([
      "1:1 P001 il file si moltiplica da sé: troppi richiami (*) uno dentro l'altro",
    ]);
  });
});

describe("faults of syntax", () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    [
      "a tab",
      "a:\n\tb: 1\n\t\tc: 2\nd: 3\n",
      [
        "2:1 P008 la riga rientra con una tabulazione: YAML ammette solo spazi",
        "3:1 P008 la riga rientra con una tabulazione: YAML ammette solo spazi",
      ],
    ],
    ["a key twice", "a: 1\nb: 2\na: 3\n", ['3:1 P002 la chiave "a" è scritta due volte']],
    [
      "an unquoted star",
      "cron: * * * * *\n",
      ["1:7 P007 un valore che comincia con un asterisco va tra virgolette"],
    ],
    [
      "an at sign",
      "cron: @daily\n",
      ["1:7 P007 un valore senza virgolette non può cominciare con @"],
    ],
    [
      "braces of other engines",
      "a: {{ params.x }}\n",
      ['1:4 P007 "{{ params.x }}" è la sintassi di un altro programma'],
    ],
    [
      "dollar braces in braces",
      "a: { b: ${params.x} }\n",
      ['1:9 P007 "${params.x}" è la sintassi di un altro programma'],
    ],
    [
      "dollar braces in a block",
      "a: ${params.x}\n",
      ['1:4 P007 "${params.x}" è la sintassi di un altro programma'],
    ],
    ["two colons", "a: b: c\n", ["1:4 P001 ci sono due volte i due punti sulla stessa riga"]],
    ["a quote that stays open", 'a: "x\nb: 1\n', ["1:4 P001 virgolette aperte e mai chiuse"]],
    ["a bracket that stays open", "a: [1, 2\nb: 3\n", ["1:4 P001 parentesi aperta e mai chiusa"]],
    [
      "a wrong indentation",
      "a:\n  - b: 1\n   c: 2\n",
      ["3:1 P001 il rientro di questa riga non corrisponde a quello delle righe vicine"],
    ],
    [
      "two documents",
      "---\na: 1\n---\nb: 2\n",
      ["3:1 P001 il file contiene più documenti separati da ---"],
    ],
    [
      "a type tag",
      "a: !!int 3\n",
      ["1:4 P001 le etichette di tipo (!!) non si usano: il tipo lo decide il passo"],
    ],
    [
      "quotes of a word processor",
      "a: “ciao”\n",
      ["1:4 P008 virgolette tipografiche, incollate da un altro programma"],
    ],
    [
      "spaces of a web page",
      "a:\u00a01\n\u00a0\u00a0b: 2\n",
      [
        "1:3 P008 c'è uno spazio speciale, incollato da un altro programma",
        "2:1 P008 c'è uno spazio speciale, incollato da un altro programma",
      ],
    ],
  ];

  for (const [name, text, expected] of cases)
    test(`${name}: one message, at the cause`, () => {
      expect(faults(text)).toEqual(expected);
    });

  test("what is harmless does not hide the rest of the file", () => {
    const { root, problems } = read("a: @daily\nb: 1\n");

    expect(problems.length).toBe(1);
    expect(plain(root)).toEqual({ a: "@daily", b: "1" });
  });

  test("typographic quotes inside a text are left alone", () => {
    expect(faults("a: Il verbale “AB1” è pronto\nb: 'uno\u00a0spazio'\n")).toEqual([]);
  });
});

/** Each took from seconds to for ever before it was looked at: the time limit of a test is what holds them. */
describe("a file made to hang its reader is refused before it is parsed", () => {
  const deep = "qui ci sono più di 20 parentesi o trattini uno dentro l'altro";
  const long = "la riga ha più di 10.000 caratteri";
  const large = "il file è troppo grande per essere una pipeline o un ente";
  const numbered = (line: (index: number) => string, count: number): string =>
    Array.from({ length: count }, (_, index) => line(index)).join("\n");

  test.each([
    ["brackets never closed", `ente: ${"[".repeat(1000)}`, `1:27 P001 ${deep}`],
    ["the same on many lines", `ente:\n  ${"[\n  ".repeat(900)}`, `22:3 P001 ${deep}`],
    ["braces", `ente: ${"{a: ".repeat(300)}`, `1:87 P001 ${deep}`],
    ["brackets and braces", `ente: ${"[{a: ".repeat(64)}`, `1:57 P001 ${deep}`],
    ["brackets as keys", `${"[".repeat(64)}a${"]:".repeat(64)}`, `1:21 P001 ${deep}`],
    ["dashes", `${"- ".repeat(4000)}x`, `1:41 P001 ${deep}`],
    ["question marks", `${"? ".repeat(4000)}[`, `1:41 P001 ${deep}`],
    [
      "thousands of references",
      `a: &a [1]\n${numbered((index) => `k${index}: *a`, 2000)}`,
      "102:7 P001 il file ha più di 100 richiami (*)",
    ],
    [
      "maps that inherit from each other",
      `a0: &a0 {x: 1}\n${numbered((i) => `a${i + 1}: &a${i + 1} {<<: *a${i}, k${i}: 1}`, 3000)}`,
      "102:18 P001 il file ha più di 100 richiami (*)",
    ],
    ["one line without end", `a: "\${${" ".repeat(100_000)}"`, `1:1 P001 ${long}`],
    ["colons in one line", `a${" :".repeat(100_000)}`, `1:1 P001 ${long}`],
    ["too many lines", numbered((index) => `k${index}: 1`, 9000), `1:1 P001 ${large}`],
    ["too many characters", numbered(() => `# ${"x".repeat(900)}`, 400), `1:1 P001 ${large}`],
  ])("%s", (_what, text, expected) => {
    expect(faults(text)).toEqual([expected]);
    expect(read(text).root).toBeNull();
  });

  test("what people write stays within the limits", () => {
    const columns = numbered((index) => `    "Colonna ${index}": numero`, 400);

    expect(faults(`flusso:\n  columns:\n${columns}\n`)).toEqual([]);
    expect(faults(`a: ${"[".repeat(20)}x${"]".repeat(20)}`)).toEqual([]);
    expect(faults(`a: "${"[".repeat(500)}"  # ${"{".repeat(500)}`)).toEqual([]);
  });
});
