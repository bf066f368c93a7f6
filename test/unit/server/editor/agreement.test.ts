/** The JSON schemas and `check` beside each other: a file is refused by both or by none. */
import { describe, expect, test } from "bun:test";
import { Ajv, type ValidateFunction } from "ajv";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { checkFiles } from "../../../../loader/check/check.ts";
import { coerceBySchema } from "../../../../loader/yaml/coerce.ts";
import { buildSource, type FaultCode, type Problem } from "../../../../loader/yaml/diagnostics.ts";
import { evaluateScalar } from "../../../../loader/yaml/expressions.ts";
import { parseYaml, type YamlScalar } from "../../../../loader/yaml/yaml.ts";
import { openPipelineFiles } from "../../../../loader/pipeline/files.ts";
import { loadRegistry, type StepRegistry } from "../../../../loader/pipeline/registry.ts";
import { Type } from "typebox";
import { pureStep } from "../../../../integrations/services.ts";
import { EnteSettings } from "../../../../integrations/ente.ts";
import { adaptForEditor } from "../../../../server/editor/adapt.ts";
import {
  buildBaseEditorSchema,
  buildEnteEditorSchema,
  buildPipelineEditorSchema,
  type StepsByPipeline,
} from "../../../../server/editor/schemas.ts";
import { readStepsByPipeline } from "../../../../server/editor/write-schemas.ts";
import { enteMistakes } from "../../../support/mistakes/ente-mistakes.ts";
import { makeMistake } from "../../../support/mistakes/mistake.ts";
import { pipelineMistakes } from "../../../support/mistakes/pipeline-mistakes.ts";
import {
  registry as toys,
  settingsSchema as toySettings,
} from "../../loader/pipeline/pipeline-kit.ts";

/** What a schema of one file can see; the other codes need another file, the order of the steps, or a service. */
const seenBySchemas: ReadonlySet<FaultCode> = new Set(["P003", "P004", "P005", "P033"]);

/** Says it of the spelling of a number or of a text's meaning: an editor's YAML reader hands the schema the number alone. */
const onlySpelling = /ha troppe cifre|perderebbe lo zero|cambierebbe valore/;

interface Judge {
  readonly registry: StepRegistry;
  readonly settingsSchema: object;
  readonly pipeline: ValidateFunction;
  readonly ente: ValidateFunction;
}

function makeJudge(
  registry: StepRegistry,
  settingsSchema: object,
  steps: StepsByPipeline = {},
): Judge {
  const compile = (schema: object) =>
    new Ajv({
      strict: false,
      allowUnionTypes: true,
      formats: { date: true, email: true, uri: true },
    }).compile(schema);
  return {
    registry,
    settingsSchema,
    pipeline: compile(buildPipelineEditorSchema(registry)),
    ente: compile(buildEnteEditorSchema(registry, settingsSchema, steps)),
  };
}

const shipped = await loadRegistry({ folders: ["steps"] });
const real = makeJudge(
  shipped,
  EnteSettings,
  await readStepsByPipeline(openPipelineFiles("pipelines", EnteSettings)),
);
const toy = makeJudge(toys, toySettings);

interface Verdicts {
  /** Errors of `check` in this file. */
  readonly errors: readonly Problem[];
  /** What the schema says; `null`: it takes the file. */
  readonly schema: string | null;
}

/** What both say of a text that stands in place of the file. */
async function judge(
  { registry, settingsSchema, pipeline, ente }: Judge,
  file: string,
  text: string,
  others: Readonly<Record<string, string>> = {},
): Promise<Verdicts> {
  const isEnte = basename(dirname(file)) === "enti";
  const unsaved = new Map(
    Object.entries({ ...others, [file]: text }).map(([path, one]) => [resolve(path), one]),
  );
  const { problems } = await checkFiles({
    pipelinesFolder: isEnte ? dirname(dirname(file)) : dirname(file),
    files: [file],
    registry,
    settingsSchema,
    openFiles: (folder) => openPipelineFiles(folder, settingsSchema, unsaved),
  });
  const errors = problems.filter(
    (problem) => problem.severity === "error" && problem.file === file,
  );
  return { errors, schema: explainRefusal(isEnte ? ente : pipeline, text) };
}

function explainRefusal(validate: ValidateFunction, text: string): string | null {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return `no YAML: ${String(error)}`;
  }
  if (validate(value)) return null;
  return (validate.errors ?? [])
    .map(({ instancePath, message }) => `${instancePath} ${message}`)
    .join("; ");
}

/** Both refuse, or none does; what no schema can see is left aside. */
function expectAgreement({ errors, schema }: Verdicts): void {
  const told = errors.map(({ code, message }) => `${code} ${message}`);
  const mustSee = errors.filter(
    ({ code, message }) => seenBySchemas.has(code) && !onlySpelling.test(message),
  );
  if (mustSee.length > 0) expect([told, schema]).toEqual([told, expect.any(String)]);
  if (errors.length === 0) expect(schema).toBeNull();
}

describe("shipped pipelines and enti", () => {
  const files = ["pipelines", "pipelines/enti"].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => join(folder, name)),
  );
  for (const file of files)
    test(file, async () => {
      const verdicts = await judge(real, file, readFileSync(file, "utf8"));

      expect(verdicts).toEqual({ errors: [], schema: null });
    });
});

describe("broken files", () => {
  const folder = "test/fixtures/broken";
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".yaml"));
  for (const name of files)
    test(name, async () => {
      const file = join(folder, name);

      expectAgreement(await judge(toy, file, readFileSync(file, "utf8")));
    });
});

describe("slips", () => {
  for (const mistake of [...pipelineMistakes, ...enteMistakes])
    test(`${mistake.file}: ${mistake.name}`, async () => {
      const text = makeMistake(readFileSync(mistake.file, "utf8"), mistake);

      expectAgreement(await judge(real, mistake.file, text));
    });
});

/** How values are typed: with and without quotes, empty, of the wrong kind, as an expression. */
const spellings = [
  "",
  "null",
  "~",
  "abc",
  "Sì",
  '""',
  "a b",
  "AB12CD34EF56GH78",
  "30s",
  "1h30m",
  "30 s",
  "GPD",
  "12",
  "0",
  "7",
  "100",
  "-1",
  "1.5",
  "2.5",
  "65",
  "5000",
  "58091",
  "89999990164",
  "010101P",
  '"12"',
  '"0"',
  '"7"',
  '"100"',
  '"-1"',
  '"1.5"',
  '"5000"',
  '"00137"',
  '"89999990164"',
  '" 5"',
  "true",
  "false",
  "True",
  '"true"',
  '"false"',
  "yes",
  "si",
  "2026-11-28",
  '"2026-11-28"',
  "[]",
  "[a]",
  "[1, 2]",
  "[null]",
  "{}",
  "{ a: b }",
  "{ secret: CHIAVE }",
  "{ secret: 12 }",

  "$(ente.codice)",
  "$(ente.codise.x) e altro",
  "pre $(ente.nome)",
  "$(params.x",
  "$(niente)",
  "$x",
  "https://prova.example",
  "http:/prova",
  "IT60X0542811101000000123456",
  "10.2.1",
  "file.p12",
];

/** What an editor's reader makes of each. */
const editorValues: ReadonlyMap<string, unknown> = new Map(
  spellings.map((spelt) => {
    const { chiave } = parse(`chiave: ${spelt}\n`) as { chiave: unknown };
    return [spelt, chiave];
  }),
);

/** Every schema inside a schema, by what it asks. */
function listKinds(schema: unknown, found: Map<string, object>): Map<string, object> {
  if (Array.isArray(schema)) for (const one of schema) listKinds(one, found);
  else if (typeof schema === "object" && schema !== null) {
    const { description: _, title: __, default: ___, ...asked } = schema as Record<string, unknown>;
    if ("type" in asked && typeof asked["type"] === "string")
      found.set(JSON.stringify(asked), schema);
    if ("anyOf" in asked) found.set(JSON.stringify(asked), schema);
    for (const inner of Object.values(schema)) listKinds(inner, found);
  }
  return found;
}

/** What `check` says of one value; expressions stand for a text of the ente, or for nothing that is known. */
function coerceOne(object: object, spelt: string, hasExpressions: boolean): readonly Problem[] {
  const source = buildSource("prova.yaml", `chiave: ${spelt}\n`);
  const { root, problems: syntax } = parseYaml(source);
  const problems = [...syntax];
  const at = root?.at ?? { source, start: 0, end: 1 };
  const scope = {
    params: new Map([["x", { type: "string", value: undefined }]]),
    hasValues: false,
    ente: null,
    enteSchema: EnteSettings,
    stepIds: [],
    used: new Set<string>(),
    problems,
  };
  const evaluate = hasExpressions
    ? { evaluate: (scalar: YamlScalar) => evaluateScalar(scalar, scope) }
    : {};
  const options = {
    problems,
    origins: {},
    originPrefix: "",
    owner: "qui",
    path: [],
    at,
    ...evaluate,
  };
  coerceBySchema(root ?? undefined, object, options);
  return problems;
}

test("a step of the office's own is offered and taken, with its settings", async () => {
  const folder = mkdtempSync(join(tmpdir(), "postino-own-"));
  writeFileSync(
    join(folder, "controlla-protocollo.ts"),
    `import { pureStep, Type } from "postino";
export default pureStep({
  summary: "Controlla il protocollo",
  config: Type.Object({ anno: Type.Integer({ description: "Anno" }) }, { additionalProperties: false }),
  reads: Type.Object({ verbale: Type.Object({ numero: Type.String() }) }),
  adds: Type.Object({}),
  examples: [],
  run: () => ({}),
});
`,
  );
  const registry = await loadRegistry({ folders: ["steps", folder], provided: { pureStep, Type } });
  const judged = makeJudge(registry, EnteSettings);
  const withStep = (entry: string) =>
    readFileSync("pipelines/send.yaml", "utf8").replace(
      "  - uses: validate\n",
      `  - uses: validate\n${entry}`,
    );

  const right = await judge(
    judged,
    "pipelines/send.yaml",
    withStep("  - uses: controlla-protocollo\n    with: { anno: 2026 }\n"),
  );
  const wrong = await judge(
    judged,
    "pipelines/send.yaml",
    withStep("  - uses: controlla-protocollo\n    with: { ano: 2026 }\n"),
  );

  rmSync(folder, { recursive: true });
  expect(right).toEqual({ errors: [], schema: null });
  expect(wrong.errors.map(({ code }) => code)).toEqual(["P003"]);
  expect(wrong.schema).not.toBeNull();
});

describe("families", () => {
  const base =
    "send: { baseUrl: http://127.0.0.1:8098/send, over20Grams: true }\nrender: { prefetto: Bergamo }\n";
  const own = readFileSync("pipelines/enti/borgolieto.yaml", "utf8")
    .replace(/^ {2}baseUrl: http:\/\/127\.0\.0\.1:8098\/send\n/m, "")
    .replace("codice: borgolieto", "codice: figlio");
  const cases: Readonly<Record<string, readonly [ente: string, base: string]>> = {
    "an ente takes from its base what it does not say": [
      `extends: [base-prova.yaml]\n${own}`,
      base,
    ],
    "null takes away what a base says": [
      `extends: [base-prova.yaml]\n${own.replace("over20Grams: true", "over20Grams: null")}`,
      base,
    ],
    "a key misspelt in an ente of a family": [
      `extends: [base-prova.yaml]\n${own.replace("apiKey:", "apikei:")}`,
      base,
    ],
    "a value of the wrong kind in an ente of a family": [
      `extends: [base-prova.yaml]\n${own.replace("paFee: 100", "paFee: cento")}`,
      base,
    ],
    "the same without its base": [own, base],
    "a base without brackets": [`extends: base-prova.yaml\n${own}`, base],
  };
  for (const [name, [text, below]] of Object.entries(cases))
    test(name, async () => {
      const file = "pipelines/enti/figlio.yaml";

      expectAgreement(await judge(real, file, text, { "pipelines/enti/base-prova.yaml": below }));
    });

  test("a base by itself is taken by its schema, and a slip in it is not", () => {
    const steps = { send: { validate: "validate" } };
    const validate = new Ajv({ strict: false, allowUnionTypes: true }).compile(
      buildBaseEditorSchema(shipped, EnteSettings, steps),
    );

    expect(explainRefusal(validate, base)).toBeNull();
    expect(explainRefusal(validate, base.replace("prefetto", "prefeto"))).not.toBeNull();
  });
});

describe("single values", () => {
  const inSteps = shipped.listSteps().map(({ step }) => step.config);
  const kinds = [
    ...[...listKinds(JSON.parse(JSON.stringify(EnteSettings)), new Map())].map(
      (kind) => ["ente", ...kind] as const,
    ),
    ...[...listKinds(JSON.parse(JSON.stringify(inSteps)), new Map())].map(
      (kind) => ["with", ...kind] as const,
    ),
  ];
  // What a step tells of a text itself is held to its schema by the files above; a large group, by its parts.
  const single = kinds.filter(
    ([, name]) => name.length < 900 && !name.includes('"inspected":true'),
  );
  for (const [place, name, schema] of single)
    test(`${place} ${name.slice(0, 90)} ${Bun.hash(name).toString(36)}`, () => {
      const hasExpressions = place === "with";
      const validate = new Ajv({ strict: false, allowUnionTypes: true }).compile(
        adaptForEditor(schema, { hasExpressions, isPartial: false }),
      );

      // One object for all: its schema is compiled once.
      const object = {
        type: "object",
        properties: { chiave: schema },
        additionalProperties: false,
      };

      const differing = spellings.flatMap((spelt) => {
        const problems = coerceOne(object, spelt, hasExpressions);
        // Which type a datum of the ente has stands in another schema.
        const isOfDatum = ({ code, why = "" }: Problem) =>
          code === "P012" || why.startsWith("l'espressione dà");
        const faults = problems.filter(
          (fault) => !isOfDatum(fault) && !onlySpelling.test(fault.message),
        );
        if (problems.length > 0 && faults.length === 0) return [];
        const chiave = editorValues.get(spelt);
        const isTaken = validate(chiave);
        return isTaken === (faults.length === 0)
          ? []
          : [`${spelt}: check ${faults.map(({ message }) => message).join()}, schema ${isTaken}`];
      });

      expect(differing).toEqual([]);
    });
});
