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

describe("a slip of the hand is told where it is, with what to write", () => {
  const told = (text: string): readonly string[] =>
    read(text).problems.map(
      ({ line, message, why, remedy }) =>
        `${line}: ${[message, why, remedy].filter((part) => part !== undefined).join(" | ")}`,
    );
  const indent = "il rientro di questa riga non corrisponde a quello delle righe vicine";
  const space = "dopo i due punti serve uno spazio";
  const sign = "un nome che contiene # va tra virgolette";
  const comment = "dopo uno spazio # comincia un commento, e il resto della riga non si legge";
  const star = "un nome che comincia con un asterisco va tra virgolette";
  const anchor = "in YAML l'asterisco richiama un'àncora";
  const slash = "tra virgolette doppie la barra rovesciata (\\) ha un significato proprio";
  const path = "un percorso di Windows va tra virgolette semplici";

  test.each([
    [
      "a key under a key that has its value",
      "name: Prova\n steps:\n  - uses: load\n",
      [
        `2: ${indent} | rientra di uno spazio, ma "name" della riga sopra ha già il suo valore | se è una chiave dello stesso livello, togli il rientro`,
      ],
    ],
    [
      "a key that missed the column of its step",
      "steps:\n  - uses: load\n   with: { a: b }\n",
      [
        `3: ${indent} | rientra di 3 spazi, ma "uses" della riga sopra ha già il suo valore | se è una chiave dello stesso livello, falla rientrare di 4 spazi`,
      ],
    ],
    [
      "a key between two levels",
      "steps:\n  - uses: load\n    with:\n      inbox: a\n     pattern: b\n",
      [
        `5: ${indent} | rientra di 5 spazi: un livello così non c'è | falla rientrare di 4 o di 6 spazi, come le righe sopra`,
      ],
    ],
    ["no space behind the colon", "a: b\nlive:false\n", [`2: ${space} | live: false`]],
    [
      "the same twice in a file",
      "steps:\n  - uses: load\n    approval:true\n  - uses:check\n",
      [`3: ${space} | approval: true`, `4: ${space} | uses: check`],
    ],
    ["the same before quotes", 'a:\n  b: c\n  cap:"26013"\n', [`3: ${space} | cap: "26013"`]],
    [
      "a number sign in the name of a column",
      "columns:\n  N. #: numero\n  Data: data\n  Ora: ora\n",
      [`2: ${sign} | ${comment} | "N. #": …`],
    ],
    [
      "the same between braces",
      "columns: { Data: data, Verbale # anno: numero }\n",
      [`1: ${sign} | ${comment} | "Verbale # anno": …`],
    ],
    [
      "a star in front of a name",
      "a:\n  *Ora: ora\n  b: c\n",
      [`2: ${star} | ${anchor} | "*Ora": …`],
    ],
    [
      "two stars, a space in the name",
      "a:\n  **Data verbale: ora\n",
      [`2: ${star} | ${anchor} | "**Data verbale": …`],
    ],
    [
      "a path of Windows",
      'a: { file: "C:\\chiavi\\nuova.p12" }\n',
      [`1: ${slash} | ${path} | 'C:\\chiavi\\nuova.p12'`],
    ],
    [
      "a path of Windows with an apostrophe",
      'a: "C:\\Comune d\'Alba\\chiave.p12"\n',
      [`1: ${slash} | ${path} | raddoppia ogni barra rovesciata: \\\\`],
    ],
    [
      "a variable of the environment",
      "apiKey: ${SEND_KEY}\n",
      [
        `1: "\${SEND_KEY}" è la sintassi di un altro programma | un valore segreto si indica con il suo nome, e sta nell'ambiente o nella cartella dei segreti | { secret: SEND_KEY }`,
      ],
    ],
    [
      "a secret of another engine",
      "apiKey: ${{ secrets.SEND_KEY }}\n",
      [
        `1: "\${{ secrets.SEND_KEY }}" è la sintassi di un altro programma | un valore segreto si indica con il suo nome, e sta nell'ambiente o nella cartella dei segreti | { secret: SEND_KEY }`,
      ],
    ],
  ])("%s", (_what, text, expected) => {
    expect(told(text)).toEqual(expected);
  });

  test("what only looks like a slip is left alone", () => {
    const sound = [
      "a: http://x.example\n",
      "a: 06:30\n",
      "a: C:\\chiavi\n",
      "a: 'C:\\chiavi'\n",
      "a: b # live:false\n",
      "a: |\n  live:false\n   N. #: x\n",
      "- a: 1\n  b: 2\n-  c: 3\n   d: 4\n",
      "a:\n- b: 1\n  c: 2\nd: 3\n",
    ];

    expect(sound.map(told)).toEqual(sound.map(() => []));
  });
});
