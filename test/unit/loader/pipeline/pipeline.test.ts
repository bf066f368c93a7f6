/** The resolver: values typed, merged and traced to their lines; expressions; wiring; what an ente may change. */
import { describe, expect, test } from "bun:test";
import { resolvePipeline } from "../../../../loader/pipeline/resolve.ts";
import {
  faults,
  goodEnte,
  goodPipeline,
  registry,
  resolve,
  resolved,
  settingsSchema,
  tellingRegistry,
  withFolder,
} from "./pipeline-kit.ts";

describe("a sound pipeline", () => {
  test("every step gets the engine's and its own defaults", async () => {
    const { name, title, ente, steps, schedule, onFailure, expectSuccessEveryMs } = await resolved(
      {},
    );

    expect({ name, title, ente, schedule, onFailure, expectSuccessEveryMs }).toEqual({
      name: "send",
      title: "Prova",
      ente: "prova",
      schedule: null,
      onFailure: null,
      expectSuccessEveryMs: null,
    });
    expect(steps.map((step) => step.id)).toEqual(["load", "check", "print", "sign", "send"]);
    expect(steps[2]).toEqual({
      id: "print",
      uses: "print",
      with: { model: "cds", bollettino: "ppa", page: { size: "A4" } },
      retry: { times: 5, waitMs: 30_000, maxWaitMs: 600_000 },
      concurrency: 8,
      timeoutMs: null,
      withinMs: null,
      approval: false,
    });
    expect(steps[4]?.with).toEqual({ poll: 60_000 });
  });

  test("all keys of a step entry and of the file are read", async () => {
    const pipeline = `name: Tutto
schedule: { cron: "30 6 * * 1-5", ifRunning: queue }
expectSuccessEvery: 26h
onFailure: { uses: tell }
steps:
  - { id: carica, uses: load, with: { inbox: in, pattern: "*.txt" } }
  - uses: check
    with: { days: 60, strict: false, codes: [a, b], rate: 1.5 }
    retry: { times: 8, wait: 10s, maxWait: 1h30m }
    concurrency: 2
    timeout: 500ms
    within: 3d
    approval: true
`;

    const { schedule, expectSuccessEveryMs, onFailure, steps } = await resolved({
      pipeline,
      steps: tellingRegistry,
    });

    expect(schedule).toEqual({
      cron: "30 6 * * 1-5",
      timezone: "Europe/Rome",
      ifMissed: "run-once",
      ifRunning: "queue",
    });
    expect(expectSuccessEveryMs).toBe(93_600_000);
    expect(onFailure).toEqual({ uses: "tell", with: {} });
    expect(steps).toEqual([
      {
        id: "carica",
        uses: "load",
        with: { inbox: "in", pattern: "*.txt" },
        retry: { times: 5, waitMs: 30_000, maxWaitMs: 600_000 },
        concurrency: 8,
        timeoutMs: null,
        withinMs: null,
        approval: false,
      },
      {
        id: "check",
        uses: "check",
        with: { days: 60, strict: false, codes: ["a", "b"], rate: 1.5 },
        retry: { times: 8, waitMs: 10_000, maxWaitMs: 5_400_000 },
        concurrency: 2,
        timeoutMs: 500,
        withinMs: 259_200_000,
        approval: true,
      },
    ]);
  });

  test("a code in quotes stays exactly as written", async () => {
    const pipeline = goodPipeline
      .replace("uses: load", 'uses: load\n    with: { cap: "00137" }')
      .replace("uses: check", 'uses: check\n    with: { codes: ["302000100000019421", "1.10"] }');

    const { steps } = await resolved({ pipeline });

    expect(steps[0]?.with["cap"]).toBe("00137");
    expect(steps[1]?.with["codes"]).toEqual(["302000100000019421", "1.10"]);
  });

  test("the ente's settings come along typed, secrets as names", async () => {
    const { settings } = await resolved({});

    expect(settings).toEqual({
      ente: { codice: "prova", nome: "Comune di Prova" },
      live: false,
      service: { baseUrl: "https://prova.example", apiKey: { secret: "CHIAVE" }, vat: 22 },
    });
  });

  test("anchors and merge keys are followed", async () => {
    const pipeline = goodPipeline
      .replace("uses: sign", "uses: sign\n    <<: &calma { within: 2h }")
      .replace("uses: send", "uses: send\n    <<: *calma");

    const { steps } = await resolved({ pipeline });

    expect([steps[3]?.withinMs, steps[4]?.withinMs]).toEqual([7_200_000, 7_200_000]);
  });
});

describe("precedence and origins", () => {
  const pipeline = `name: Prova
params:
  model: { default: base }
  days: { type: integer, default: 30 }
schedule: { cron: "30 6 * * 1-5" }
steps:
  - uses: load
  - uses: check
    with: { days: $(params.days) }
  - uses: print
    with: { model: $(params.model), page: { size: A5 } }
`;

  test("run parameter, ente file, pipeline file, schema default: the first that speaks wins", async () => {
    const ente = `${goodEnte}pipelines:
  send:
    schedule: { cron: "0 7 * * *" }
    params: { model: ente }
    change:
      check: { retry: { times: 9 } }
      print: { with: { page: { size: A3 } } }
`;

    const byEnte = await resolved({ pipeline, ente });
    const byRun = await resolved({ pipeline, ente, params: { model: "giro", days: "45" } });

    expect(byEnte.steps[1]?.with["days"]).toBe(30);
    expect(byEnte.steps[1]?.retry).toEqual({ times: 9, waitMs: 30_000, maxWaitMs: 600_000 });
    expect(byEnte.steps[2]?.with).toEqual({
      model: "ente",
      bollettino: "ppa",
      page: { size: "A3" },
    });
    expect(byEnte.schedule?.cron).toBe("0 7 * * *");
    expect(byRun.steps[1]?.with["days"]).toBe(45);
    expect(byRun.steps[2]?.with["model"]).toBe("giro");
    expect(byRun.params).toEqual({ model: "giro", days: 45 });
    const { origins } = byEnte;
    expect(origins["schedule.cron"]).toBe("enti/prova.yaml:7");
    expect(origins["steps.check.retry.times"]).toBe("enti/prova.yaml:10");
    expect(origins["steps.check.retry.wait"]).toBe("valore predefinito");
    expect(origins["steps.print.with.page.size"]).toBe("enti/prova.yaml:11");
    expect(origins["steps.print.with.model"]).toBe("send.yaml:11  $(params.model)");
    expect(origins["params.model"]).toBe("enti/prova.yaml:8");
    expect(byRun.origins["params.model"]).toBe("--param model");
  });

  test("lists replace, null takes away", async () => {
    const ente = `${goodEnte}pipelines:
  send:
    schedule: null
    change:
      check: { with: { codes: [z], days: null } }
`;

    const result = await resolved({
      pipeline: pipeline.replace("$(params.days)", "60, codes: [a, b]"),
      ente,
    });

    expect(result.steps[1]?.with).toEqual({ codes: ["z"], days: 90, strict: true });
    expect(result.schedule).toBeNull();
  });

  test("steps are added and removed by id", async () => {
    const ente = `${goodEnte}pipelines:
  send:
    remove: [sign, send]
    add:
      - { after: load, step: { uses: stamp } }
      - { before: load, step: { id: prima, uses: load } }
      - { after: stamp, step: { id: dopo, uses: check } }
`;

    const { problems } = await resolve({ ente });

    expect(problems.map((problem) => problem.message)).toEqual([
      '"load" è una sorgente, e la pipeline ne ha già una',
      '"check" aggiunge il campo "checked", che "dopo" ha già aggiunto',
    ]);
  });
});

describe("an entry that the ente changes to another step keeps its id", () => {
  for (const [title, change, id] of [
    ["without id of its own", "send: { uses: stamp }", "send"],
    ["with an id", "fine: { uses: stamp }", "fine"],
    ["with other settings too", "send: { uses: stamp, approval: true }", "send"],
  ] as const)
    test(title, async () => {
      const pipeline = goodPipeline.replace(
        "uses: send",
        id === "fine" ? "{ id: fine, uses: send }" : "uses: send",
      );
      const ente = `${goodEnte}pipelines: { send: { change: { ${change} } } }\n`;

      const { steps } = await resolved({ pipeline, ente });

      expect(steps.at(-1)).toMatchObject({ id, uses: "stamp" });
      expect(steps.map((step) => step.id)).toEqual(["load", "check", "print", "sign", id]);
    });
});

describe("expressions", () => {
  test("a whole value keeps its type, inside text it is written out", async () => {
    const settings = "{ inbox: in/$(ente.codice)/$(params.lotto), pattern: $(params.lotto) }";
    const pipeline = `params: { lotto: { required: true, pattern: "^[A-Z]+$" } }
${goodPipeline.replace("uses: load", `uses: load\n    with: ${settings}`)}`;

    const { steps } = await resolved({ pipeline, params: { lotto: "TARI" } });

    expect(steps[0]?.with).toEqual({ inbox: "in/prova/TARI", pattern: "TARI" });
  });

  test("an ente setting is reached by its section", async () => {
    const pipeline = goodPipeline.replace(
      "uses: check",
      "uses: check\n    with: { days: $(ente.service.vat) }",
    );

    const { steps } = await resolved({ pipeline });

    expect(steps[1]?.with["days"]).toBe(22);
  });

  test("a parameter that was not given leaves the key out", async () => {
    const pipeline = `params: { cartella: {} }\n${goodPipeline.replace("uses: load", "uses: load\n    with: { inbox: $(params.cartella) }")}`;

    const { steps } = await resolved({ pipeline });

    expect(steps[0]?.with).toEqual({ pattern: "*.csv" });
  });

  test("a required parameter, a wrong one and an unknown one are told", async () => {
    const pipeline = `params:
  lotto: { required: true, help: Codice del lotto }
  days: { type: integer }
${goodPipeline.replace("uses: check", "uses: check\n    with: { days: $(params.days) }")}`;

    expect(await faults({ pipeline, params: { days: "tre", lotti: "x" } })).toEqual([
      '--param days:1:1 P005 il parametro "days" deve essere un numero intero, non "tre"',
      '--param lotti:1:1 P012 il parametro "lotti" non è dichiarato dalla pipeline',
      'send.yaml:2:3 P012 manca il parametro "lotto"',
    ]);
  });

  test("a value of the wrong type is told where the expression stands", async () => {
    const pipeline = goodPipeline.replace(
      "uses: check",
      "uses: check\n    with: { days: $(ente.nome) }",
    );

    expect(await faults({ pipeline })).toEqual([
      'send.yaml:5:19 P005 nel passo "check" "with.days" deve essere un numero intero',
    ]);
  });
});

describe("wiring", () => {
  test("a field that comes later, or never, is told at the step that reads it", async () => {
    const pipeline = `name: Prova
steps:
  - uses: load
  - uses: print
    with: { model: cds }
  - uses: check
  - uses: send
`;

    expect(await faults({ pipeline })).toEqual([
      'send.yaml:4:11 P011 "print" legge il campo "checked", che "check" aggiunge solo dopo',
      'send.yaml:7:11 P012 "send" legge il campo "signed", che nessun passo precedente aggiunge',
    ]);
  });

  test("the source comes first", async () => {
    const pipeline = "name: Prova\nsteps:\n  - uses: stamp\n  - uses: load\n";

    expect(await faults({ pipeline })).toContain(
      'send.yaml:3:11 P015 il primo passo deve essere una sorgente, e "stamp" non lo è',
    );
  });

  test("after an unknown step nothing is said about missing fields", async () => {
    const pipeline = goodPipeline.replace("uses: check", "uses: chek");

    expect(await faults({ pipeline })).toEqual(['send.yaml:4:11 P004 il passo "chek" non esiste']);
  });
});

describe("files", () => {
  test("a pipeline or an ente that is not there is told with what there is", async () => {
    const files = { "send.yaml": goodPipeline, "enti/prova.yaml": goodEnte };

    await withFolder(files, async (pipelinesFolder) => {
      const { resolved, problems } = await resolvePipeline({
        pipelinesFolder,
        pipeline: "sned",
        ente: "../prova",
        params: {},
        registry,
        settingsSchema,
      });

      expect(resolved).toBeNull();
      expect(problems.map(({ code, maybe, options }) => ({ code, maybe, options }))).toEqual([
        { code: "P017", maybe: "prova", options: "esistono: prova" },
        { code: "P017", maybe: "send", options: "esistono: send" },
      ]);
    });
  });

  test("the codice of the ente is the name of its file", async () => {
    const ente = goodEnte.replace("codice: prova", "codice: altro");

    expect(await faults({ ente })).toEqual([
      'enti/prova.yaml:1:1 P043 il codice dell\'ente è "altro", ma il file si chiama prova.yaml',
    ]);
  });

  test("overrides of the wrong shape are told, not passed over", async () => {
    const ente = `${goodEnte}pipelines:
  send:
    change: [sign]
    add: stamp
    remove: sign
`;

    expect(await faults({ ente })).toEqual([
      'enti/prova.yaml:7:5 P005 "change" nel file dell\'ente deve essere un gruppo di chiavi, una per passo',
      'enti/prova.yaml:8:5 P005 "add" nel file dell\'ente deve essere un elenco',
      'enti/prova.yaml:9:5 P005 "remove" nel file dell\'ente deve essere un elenco di nomi di passo',
    ]);
  });

  test("a secret in the file is told and hidden, on its line everywhere", async () => {
    const ente = goodEnte.replace(
      "service:\n  baseUrl: https://prova.example\n  apiKey: { secret: CHIAVE }",
      "service: { baseUrl: ftp://x, apiKey: s3greto }",
    );

    const { problems } = await resolve({ ente });

    expect(problems.map((problem) => problem.code)).toEqual(["P005", "P033"]);
    expect(JSON.stringify(problems)).not.toContain("s3greto");
  });
});

test("an ente cannot rename a step, nor slip in a key that is unknown", async () => {
  const ente = `${goodEnte}pipelines:
  send:
    schedule: { cronn: "0 7 * * *" }
    change:
      sign: { id: firma, entro: 2h }
`;

  expect(await faults({ ente })).toEqual([
    'enti/prova.yaml:7:17 P003 chiave "cronn" non riconosciuta in "pipelines.send.schedule" nel file dell\'ente',
    'enti/prova.yaml:9:15 P003 chiave "id" non riconosciuta nella modifica del passo "sign"',
    'enti/prova.yaml:9:26 P003 chiave "entro" non riconosciuta nella modifica del passo "sign"',
  ]);
});

test("a field that several steps miss is told once, with the step that adds it", async () => {
  const pipeline = `name: Prova
steps:
  - uses: load
  - uses: print
    with: { model: cds }
  - { id: copia, uses: print, with: { model: [cds], bollettino: [ppa] } }
`;

  const { problems } = await resolve({ pipeline });

  expect(
    problems.map(({ line, code, message, why, remedy }) => [line, code, message, why, remedy]),
  ).toEqual([
    [
      4,
      "P012",
      '"print" legge il campo "checked", che nessun passo precedente aggiunge',
      "serve anche a copia",
      'aggiungi prima di "print": - uses: check',
    ],
    [
      6,
      "P016",
      '"copia" aggiunge il campo "pdf", che "print" ha già aggiunto',
      undefined,
      "lascia uno solo dei due passi",
    ],
    [
      6,
      "P005",
      'nel passo "copia" "with.model" deve essere un testo, non un elenco',
      undefined,
      undefined,
    ],
    [
      6,
      "P005",
      'nel passo "copia" "with.bollettino" deve essere un valore solo',
      undefined,
      "scegli tra: ppa, none",
    ],
  ]);
});
