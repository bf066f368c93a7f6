/** The check: every broken file with the exact lines that a technician reads, and what `--fix` changes. */
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { formatProblem } from "../../../../server/words/problems.ts";
import { checkFiles, type CheckOptions } from "../../../../loader/check/check.ts";
import { formatReport, toReportJson } from "../../../../server/words/problems.ts";
import { applyFixes } from "../../../../loader/check/fix.ts";
import lintCodes from "../../../../loader/yaml/fault-codes.json";
import {
  goodEnte,
  goodPipeline,
  registry,
  settingsSchema,
  withFolder,
} from "../pipeline/pipeline-kit.ts";

const broken = "test/fixtures/broken";
const base: CheckOptions = { pipelinesFolder: broken, registry, settingsSchema };

describe("broken files", () => {
  for (const text of readdirSync(broken).filter((name) => name.endsWith(".txt"))) {
    const name = text.replace(/\.txt$/, "");

    test(`${name}: place, excerpt, cause and remedy are told`, async () => {
      const file = join(broken, name === "gone-step" ? `enti/${name}.yaml` : `${name}.yaml`);

      const report = await checkFiles({ ...base, files: [file] });

      const expected = await readFile(join(broken, text), "utf8");
      expect(`${formatReport(report).replaceAll(`${broken}/`, "")}\n`).toBe(expected);
    });
  }

  test("every broken file has its expected lines, and every line its code", async () => {
    const names = readdirSync(broken).filter((name) => name.endsWith(".yaml"));
    const texts = readdirSync(broken).filter((name) => name.endsWith(".txt"));

    const { problems, files } = await checkFiles(base);

    expect(texts.length).toBe(names.length);
    expect(files.length).toBe(names.length + 1);
    for (const problem of problems) expect(lintCodes).toHaveProperty(problem.code);
  });
});

describe("check of a folder", () => {
  test("sound files have nothing to be told", async () => {
    const files = { "send.yaml": goodPipeline, "enti/prova.yaml": goodEnte };

    await withFolder(files, async (pipelinesFolder) => {
      const report = await checkFiles({ ...base, pipelinesFolder });

      expect(report.problems).toEqual([]);
      expect(formatReport(report)).toBe("2 file controllati: nessun errore");
    });
  });

  test("onFailure wants a step that works on no verbali; expectSuccessEvery is no matter", async () => {
    const files = {
      "send.yaml": `${goodPipeline}expectSuccessEvery: 26h\nonFailure: { uses: stamp }\n`,
      "enti/prova.yaml": goodEnte,
    };

    await withFolder(files, async (pipelinesFolder) => {
      const { problems } = await checkFiles({ ...base, pipelinesFolder });

      expect(problems.map(({ code, severity, message }) => [code, severity, message])).toEqual([
        ["P052", "error", 'il passo "stamp" lavora sui verbali: in onFailure non ce ne sono'],
      ]);
    });
  });

  describe("times that do something else than they seem to say are told", () => {
    const times: Readonly<Record<string, readonly string[]>> = {
      "timeout: 0s": [
        'error 5:14 nel passo "check" "timeout: 0s" interrompe ogni tentativo appena comincia',
      ],
      "timeout: 0ms": [
        'error 5:14 nel passo "check" "timeout: 0s" interrompe ogni tentativo appena comincia',
      ],
      "within: 0s": [
        'warning 5:5 "check": con within: 0s rinuncia al primo errore passeggero o alla prima attesa',
      ],
      "retry: { times: 0, wait: 30s }": [
        'warning 5:24 "check": con times: 0 non riprova mai, e l\'attesa non serve',
      ],
      "retry: { times: 0, maxWait: 5m }": [
        'warning 5:24 "check": con times: 0 non riprova mai, e l\'attesa non serve',
      ],
      "retry: { wait: 0s }": ['warning 5:14 "check": riprova 5 volte di seguito, senza attendere'],
      "retry: { times: 3, wait: 10m, maxWait: 1m }": [
        'warning 5:35 "check": tra due tentativi attende 1m, non 10m',
      ],
      "retry: { times: 0 }": [],
      "timeout: 1s": [],
    };
    for (const [line, expected] of Object.entries(times))
      test(line, async () => {
        const send = goodPipeline.replace("  - uses: check\n", `  - uses: check\n    ${line}\n`);
        await withFolder({ "send.yaml": send, "enti/prova.yaml": goodEnte }, async (folder) => {
          const { problems } = await checkFiles({ ...base, pipelinesFolder: folder });

          expect(
            problems.map(
              ({ severity, line: row, column, message }) =>
                `${severity} ${row}:${column} ${message}`,
            ),
          ).toEqual([...expected]);
        });
      });
  });

  test("a folder without files says where it looked", async () => {
    await withFolder({ "leggimi.md": "" }, async (pipelinesFolder) => {
      const { problems, files } = await checkFiles({ ...base, pipelinesFolder });

      expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
        `P017 nella cartella ${pipelinesFolder} non c'è nessuna pipeline`,
      ]);
      expect(files).toEqual([]);
    });
  });

  test("a file that ends in .yml is not passed over", async () => {
    await withFolder({ "send.yaml": goodPipeline, "altra.yml": "" }, async (pipelinesFolder) => {
      const { problems } = await checkFiles({ ...base, pipelinesFolder });

      expect(problems.map(({ file, code }) => `${file} ${code}`)).toEqual([
        `${pipelinesFolder}/altra.yml P017`,
      ]);
    });
  });

  test("a fault that only some enti have says which", async () => {
    const without = (step: string) => `${goodEnte}pipelines: { send: { remove: [${step}] } }\n`;
    const files = {
      "send.yaml": goodPipeline,
      "enti/prova.yaml": goodEnte,
      "enti/roma.yaml": without("check").replace("prova,", "roma,"),
      "enti/pisa.yaml": without("check").replace("prova,", "pisa,"),
    };

    await withFolder(files, async (pipelinesFolder) => {
      const all = await checkFiles({ ...base, pipelinesFolder });
      const one = await checkFiles({ ...base, pipelinesFolder, ente: "prova" });
      const file = await checkFiles({
        ...base,
        files: [join(pipelinesFolder, "enti", "roma.yaml")],
      });

      const messages = [
        '"print" legge il campo "checked", che nessun passo precedente aggiunge (per gli enti pisa, roma)',
      ];
      expect(all.problems.map((problem) => problem.message)).toEqual(messages);
      expect(one.problems).toEqual([]);
      expect(file.problems.map((problem) => problem.code)).toEqual(["P012"]);
    });
  });

  test("what the enti supply is not missing from the pipeline", async () => {
    const pipeline = goodPipeline.replace("    with: { signer: comandante }\n", "");
    const ente = `${goodEnte}pipelines: { send: { change: { sign: { with: { signer: x } } } } }\n`;

    await withFolder(
      { "send.yaml": pipeline, "enti/prova.yaml": ente },
      async (pipelinesFolder) => {
        const { problems } = await checkFiles({ ...base, pipelinesFolder });

        expect(problems).toEqual([]);
      },
    );
  });

  test("overrides of a pipeline that is not there, and overrides without effect, are told", async () => {
    const ente = `${goodEnte}pipelines:
  sned: { remove: [sign] }
  send: { change: { print: { with: { model: cds } } } }
`;

    await withFolder({ "send.yaml": goodPipeline, "enti/prova.yaml": ente }, async (folder) => {
      const { problems } = await checkFiles({ ...base, pipelinesFolder: folder });

      expect(problems.map(({ line, code, severity }) => `${line} ${code} ${severity}`)).toEqual([
        "6 P044 error",
        "7 P041 warning",
      ]);
    });
  });

  test("with a clock the next runs are told in the schedule's zone", async () => {
    const pipeline = goodPipeline.replace("steps:", 'schedule: { cron: "30 6 * * 1-5" }\nsteps:');

    await withFolder({ "send.yaml": pipeline }, async (pipelinesFolder) => {
      const clock = { now: () => Date.UTC(2026, 9, 23, 12), sleep: () => Promise.resolve() };
      const { problems } = await checkFiles({ ...base, pipelinesFolder, clock });

      expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
        "P022 prossime esecuzioni: lun 26/10/2026, 06:30 · mar 27/10/2026, 06:30 · mer 28/10/2026, 06:30",
      ]);
    });
  });

  test.each([
    // 02:30 does not exist: it is due when the clocks change.
    ["30 2 * * *", "2027-03-27T12:00Z", "dom 28/03/2027, 03:00 · lun 29/03/2027, 02:30"],
    // 02:30 comes twice: it is due the first time only.
    ["30 2 * * *", "2026-10-24T12:00Z", "dom 25/10/2026, 02:30 · lun 26/10/2026, 02:30"],
    ["@daily", "2026-10-24T12:00Z", "dom 25/10/2026, 00:00 · lun 26/10/2026, 00:00"],
  ])("the next runs of %s after %s are those of the scheduler", async (cron, now, told) => {
    const pipeline = goodPipeline.replace("steps:", `schedule: { cron: "${cron}" }\nsteps:`);

    await withFolder({ "send.yaml": pipeline }, async (pipelinesFolder) => {
      const clock = { now: () => Date.parse(now), sleep: () => Promise.resolve() };
      const { problems } = await checkFiles({ ...base, pipelinesFolder, clock });

      const runs = problems.find(({ code }) => code === "P022");
      expect(runs?.message).toStartWith(`prossime esecuzioni: ${told} · `);
    });
  });

  test("JSON carries place and words, and whether a correction can be applied", async () => {
    const report = await checkFiles({ ...base, files: [join(broken, "leading-zero.yaml")] });

    expect(JSON.parse(JSON.stringify(toReportJson(report)))).toMatchObject({
      files: ["test/fixtures/broken/leading-zero.yaml"],
      problems: [
        {
          code: "P006",
          severity: "error",
          line: 4,
          column: 20,
          endColumn: 26,
          remedy: 'inbox: "058091"',
          isFixable: true,
        },
        { code: "P006", line: 4, column: 33 },
      ],
    });
  });
});

describe("corrections", () => {
  const italian = [
    "# intestazione",
    "nome: Prova   # titolo",
    "passi:",
    "  - usa: load",
    "    con: { cap: 00137 }",
    "  - usa: check",
    "    riprova: 5",
    "    with:",
    "      codes: [302000100000019421, uno]",
    "",
  ].join("\r\n");

  test("Italian keys and unquoted codes are mended, all else stays byte for byte", async () => {
    await withFolder({ "send.yaml": italian }, async (pipelinesFolder) => {
      const report = await checkFiles({ ...base, pipelinesFolder, fix: true });

      const file = join(pipelinesFolder, "send.yaml");
      expect(await readFile(file, "utf8")).toBe(
        [
          "# intestazione",
          "name: Prova   # titolo",
          "steps:",
          "  - uses: load",
          '    with: { cap: "00137" }',
          "  - uses: check",
          "    retry: { times: 5 }",
          "    with:",
          '      codes: ["302000100000019421", uno]',
          "",
        ].join("\r\n"),
      );
      expect(report.problems).toEqual([]);
      expect(report.fixed).toEqual([{ file, count: 8 }]);
      expect(formatReport(report)).toBe(
        `${file}: 8 correzioni applicate\n\n1 file controllato: nessun errore`,
      );
    });
  });

  test("a correction that uncovers another fault is followed up", async () => {
    const pipeline = `name: Prova
schedule:
  cron: * 6 * * *   # ogni minuto delle 6
passi:
  - uses: load
`;

    await withFolder({ "send.yaml": pipeline }, async (pipelinesFolder) => {
      const { problems } = await checkFiles({ ...base, pipelinesFolder, fix: true });

      expect(await readFile(join(pipelinesFolder, "send.yaml"), "utf8")).toBe(`name: Prova
schedule:
  cron: "* 6 * * *"   # ogni minuto delle 6
steps:
  - uses: load
`);
      expect(problems).toEqual([]);
    });
  });

  test("what is not safe is left for a person", async () => {
    const pipeline = goodPipeline.replace("uses: check", "uses: chek");

    await withFolder({ "send.yaml": pipeline }, async (pipelinesFolder) => {
      const { problems, fixed } = await checkFiles({ ...base, pipelinesFolder, fix: true });

      expect(problems.map((problem) => problem.code)).toEqual(["P004"]);
      expect(fixed).toEqual([]);
      expect(await readFile(join(pipelinesFolder, "send.yaml"), "utf8")).toBe(pipeline);
    });
  });

  test("of two corrections that overlap the first is applied", () => {
    const fixes = [
      { start: 4, end: 6, text: "Z" },
      { start: 0, end: 5, text: "A" },
      { start: 8, end: 9, text: "!" },
    ];

    expect(applyFixes("012345678", fixes)).toEqual({ text: "A567!", count: 2 });
  });
});

test("a long way down, the excerpt's column grows with the line number", () => {
  const problem = {
    code: "P004",
    severity: "error",
    file: "send.yaml",
    line: 120,
    column: 3,
    endColumn: 5,
    message: "il passo non esiste",
    excerpt: "\tabcd\u001b",
  } as const;

  expect(formatProblem(problem)).toBe(
    [
      "send.yaml:120:3: errore P004: il passo non esiste",
      "     |",
      " 120 | →abcd·",
      "     |   ^^",
    ].join("\n"),
  );
});

test("a long line is cut around the fault", () => {
  const excerpt = `${"a".repeat(200)}bcd${"e".repeat(200)}`;
  const problem = {
    code: "P003",
    severity: "error",
    file: "send.yaml",
    line: 1,
    column: 201,
    endColumn: 204,
    message: "chiave non riconosciuta",
    excerpt,
  } as const;

  expect(formatProblem(problem).split("\n").slice(2)).toEqual([
    ` 1 | …${"a".repeat(20)}bcd${"e".repeat(97)}…`,
    `   | ${" ".repeat(21)}^^^`,
  ]);
});

test("what is no file of text is told by what it is, and holds nothing up", async () => {
  await withFolder({ "send.yaml": goodPipeline, "enti/prova.yaml": goodEnte }, async (folder) => {
    await mkdir(join(folder, "enti", "cartella.yaml"));
    await writeFile(join(folder, "enti", "enorme.yaml"), `# ${"x".repeat(400_000)}`);
    await writeFile(
      join(folder, "enti", "latino.yaml"),
      Buffer.from("ente: { nome: Cantù }", "latin1"),
    );
    Bun.spawnSync(["mkfifo", join(folder, "enti", "tubo.yaml")]);

    const { problems } = await checkFiles({ ...base, pipelinesFolder: folder });

    expect(problems.map(({ file, message }) => [basename(file), message])).toEqual([
      ["cartella.yaml", "non è un file: è una cartella o un dispositivo"],
      ["enorme.yaml", "il file è di 391 KB: troppo grande per essere una pipeline o un ente"],
      ["latino.yaml", "il file non è in UTF-8"],
      ["tubo.yaml", "non è un file: è una cartella o un dispositivo"],
    ]);
  });
});

test("words of other engines, names of copies, empty files and own steps are told for what they are", async () => {
  const files = {
    "send.yaml": `${goodPipeline}  - uses: ciclomotori\n    if: always()\n`,
    "enti/prova.yaml": goodEnte,
    "enti/prova - Copia.yaml": goodEnte,
    "enti/prova (2).yaml": goodEnte,
    "enti/forlì.yaml": goodEnte,
    "enti/vuoto.yaml": "",
    "enti/commento.yaml": "# da scrivere\n",
  };
  const unsafe = "nel nome del file vanno solo lettere senza accento, cifre, - e _";
  const copy = "se è una copia, spostala in un'altra cartella";

  await withFolder(files, async (folder) => {
    const { problems } = await checkFiles({ ...base, pipelinesFolder: folder });

    expect(problems.map(({ file, message, remedy }) => [basename(file), message, remedy])).toEqual([
      [
        "commento.yaml",
        "il file è vuoto",
        'comincia con: ente: { codice: commento, nome: …, codiceFiscale: "…" }',
      ],
      [
        "forlì.yaml",
        `l'ente non si può chiamare "forlì": ${unsafe}`,
        `se serve rinominalo in forli.yaml; ${copy}`,
      ],
      [
        "prova (2).yaml",
        `l'ente non si può chiamare "prova (2)": ${unsafe}`,
        `se serve rinominalo in prova-2.yaml; ${copy}`,
      ],
      [
        "prova - Copia.yaml",
        `l'ente non si può chiamare "prova - Copia": ${unsafe}`,
        `se serve rinominalo in prova-Copia.yaml; ${copy}`,
      ],
      [
        "vuoto.yaml",
        "il file è vuoto",
        'comincia con: ente: { codice: vuoto, nome: …, codiceFiscale: "…" }',
      ],
      [
        "send.yaml",
        'il passo "ciclomotori" non esiste',
        "correggi il nome; un passo vostro è il file ciclomotori.ts in una cartella indicata da POSTINO_STEPS",
      ],
      [
        "send.yaml",
        'chiave "if" non riconosciuta nel passo "ciclomotori"',
        "togli la chiave; i verbali che un passo scarta non vanno oltre, e per un ente il passo si toglie con remove",
      ],
    ]);
  });
});
