/** What is generated from the steps, and what every step of ours must be so that it can be. */
import { beforeAll, describe, expect, test } from "bun:test";
import { Ajv, type ValidateFunction } from "ajv";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { coerceBySchema } from "../../../../loader/yaml/coerce.ts";
import { buildSource, type Problem } from "../../../../loader/yaml/diagnostics.ts";
import { formatProblem } from "../../../../server/words/problems.ts";
import { checkFiles } from "../../../../loader/check/check.ts";
import lintCodes from "../../../../loader/yaml/fault-codes.json";
import { loadRegistry, type StepRegistry } from "../../../../loader/pipeline/registry.ts";
import { parseYaml } from "../../../../loader/yaml/yaml.ts";
import { EnteSettings } from "../../../../integrations/ente.ts";
import {
  buildEnteEditorSchema,
  buildPipelineEditorSchema,
} from "../../../../server/editor/schemas.ts";
import { formatStepReference } from "../../../../scripts/reference.ts";
import { registry as toys, settingsSchema, withFolder } from "./pipeline-kit.ts";

const names = readdirSync("steps")
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.replace(/\.ts$/, ""));
let steps: StepRegistry;

beforeAll(async () => {
  steps = await loadRegistry({ folders: ["steps"] });
});

/** All object schemas inside a schema, with their path. */
function objectsIn(schema: object, path: string): readonly [string, Record<string, unknown>][] {
  const here = schema as Record<string, unknown>;
  const properties = (here["properties"] ?? {}) as Record<string, object>;
  const inside = Object.entries(properties).flatMap(([name, property]) =>
    objectsIn(property, `${path}.${name}`),
  );
  return here["properties"] === undefined ? inside : [[path, here], ...inside];
}

/** Fields of known files and of the recipient's address: shown in a place of their own, or among the fields around them. */
const named = /^(documents|signedDocuments)\.|^archive\.|(^|\.)(indirizzo|address)$/;

/** Paths of the fields inside a schema, at every depth, that have no title. */
function listUntitled(schema: object, path: string): readonly string[] {
  const { properties = {}, items } = schema as { properties?: object; items?: object };
  if (items !== undefined) return listUntitled(items, path);
  return Object.entries(properties).flatMap(([name, property]: [string, object]) => {
    const here = path === "" ? name : `${path}.${name}`;
    const isBare = !("title" in property) && !named.test(here);
    return [...(isBare ? [here] : []), ...listUntitled(property, here)];
  });
}

describe("every step", () => {
  for (const name of names) {
    test(`${name}: its examples are accepted as they stand`, () => {
      const step = steps.get(name);
      if (step === undefined) throw new Error(`steps/${name}.ts is not in the registry`);
      const problems: Problem[] = [];

      for (const example of step.step.examples) {
        const { root, problems: syntax } = parseYaml(buildSource(`steps/${name}.ts`, example));
        problems.push(...syntax);
        if (root === null) throw new Error(`an example of ${name} is no YAML: ${example}`);
        coerceBySchema(root, step.step.config, {
          problems,
          origins: {},
          originPrefix: "",
          owner: `nel passo "${name}"`,
          path: ["with"],
          at: root.at,
        });
      }

      expect(step.step.examples.length).toBeGreaterThan(0);
      expect(problems.map(formatProblem)).toEqual([]);
    });

    test(`${name}: operators read a title of it and of every field that it adds`, () => {
      const step = steps.get(name);
      if (step === undefined) throw new Error(`steps/${name}.ts is not in the registry`);

      expect(step.step.title).toMatch(/^[A-Z]/);
      expect(listUntitled(step.step.adds, "")).toEqual([]);
    });

    test(`${name}: its settings are closed and described, its schemas are strict`, () => {
      const step = steps.get(name);
      if (step === undefined) throw new Error(`steps/${name}.ts is not in the registry`);

      const open = objectsIn(step.step.config, "with").filter(
        ([, schema]) => schema["additionalProperties"] !== false,
      );
      const bare = Object.entries(step.step.config.properties as Record<string, object>)
        .filter(([, property]) => !("description" in property) || property.description === "")
        .map(([property]) => property);

      expect(open.map(([path]) => path)).toEqual([]);
      expect(bare).toEqual([]);
      expect(() => [step.checkConfig({}), step.checkReads({}), step.checkAdds({})]).not.toThrow();
    });
  }
});

describe("schemas for editors", () => {
  function compile(schema: object): ValidateFunction {
    return new Ajv({ strict: false }).compile(schema);
  }

  test("the shipped pipelines and enti are accepted", async () => {
    const pipeline = compile(buildPipelineEditorSchema(steps));
    const ente = compile(buildEnteEditorSchema(steps, EnteSettings));

    for (const name of readdirSync("pipelines").filter((file) => file.endsWith(".yaml"))) {
      pipeline(parse(await readFile(`pipelines/${name}`, "utf8")));
      expect([name, pipeline.errors]).toEqual([name, null]);
    }
    for (const name of readdirSync("pipelines/enti").filter((file) => file.endsWith(".yaml"))) {
      ente(parse(await readFile(`pipelines/enti/${name}`, "utf8")));
      expect([name, ente.errors]).toEqual([name, null]);
    }
  });

  test("`with` follows the step named in `uses`", () => {
    const pipeline = compile(buildPipelineEditorSchema(toys));
    const file = (...list: object[]) => ({ name: "Prova", steps: list });

    expect(pipeline(file({ uses: "print", with: { model: "cds" } }))).toBe(true);
    expect(pipeline(file({ uses: "print", with: { model: "cds", poll: "1m" } }))).toBe(false);
    expect(pipeline(file({ uses: "print" }))).toBe(false);
    expect(pipeline(file({ uses: "send", with: { poll: "1m" } }))).toBe(true);
    expect(pipeline(file({ uses: "send", with: { poll: 60 } }))).toBe(false);
    expect(pipeline(file({ uses: "check", with: { days: "$(params.days)" } }))).toBe(true);
    expect(pipeline(file({ uses: "check", with: { days: "trenta" } }))).toBe(false);
    expect(pipeline(file({ uses: "chek" }))).toBe(false);
    expect(
      pipeline({ name: "Prova", params: { a: { required: true } }, steps: [{ uses: "load" }] }),
    ).toBe(true);
  });

  test("an ente's changes and added steps are held against the steps too", () => {
    const ente = compile(buildEnteEditorSchema(toys, settingsSchema));
    const file = (send: object) => ({
      ente: { codice: "prova", nome: "Prova" },
      service: { baseUrl: "https://x", apiKey: { secret: "K" } },
      pipelines: { send },
    });

    expect(ente(file({ change: { print: { within: "2h" } }, remove: ["sign"] }))).toBe(true);
    expect(ente(file({ schedule: null }))).toBe(true);
    expect(ente(file({ change: { print: { withn: "2h" } } }))).toBe(false);
    expect(ente(file({ add: [{ after: "load", step: { uses: "stamp" } }] }))).toBe(true);
    expect(ente(file({ add: [{ after: "load", step: { uses: "stmp" } }] }))).toBe(false);
  });
});

describe("pipelines/README.md", () => {
  test("its pipeline is accepted as it stands", async () => {
    const readme = await readFile("pipelines/README.md", "utf8");
    const example = /```yaml\n(# yaml-language-server[^`]*)```/.exec(readme)?.[1] ?? "";

    await withFolder({ "esempio.yaml": example }, async (pipelinesFolder) => {
      const options = { pipelinesFolder, registry: steps, settingsSchema: EnteSettings };
      const { problems } = await checkFiles(options);

      expect(problems.map(formatProblem)).toEqual([]);
    });
  });

  test("it explains every code, in the lint's words", async () => {
    const readme = await readFile("pipelines/README.md", "utf8");
    const rows = [...readme.matchAll(/^\| (P\d{3}) +\| (.*?) +\|$/gm)].map((row) => [
      row[1],
      row[2],
    ]);

    expect(rows).toEqual(Object.entries(lintCodes));
  });
});

test("the reference has a section for each step, with its settings and examples", () => {
  const text = formatStepReference(toys);

  expect(text).toContain(
    [
      "## send",
      "",
      "Invia",
      "",
      "- Tipo: un verbale alla volta",
      "- Effetto: effetto esterno riconoscibile dalla sua chiave, mai doppio",
      "- Legge: `signed`, `nota` (se c'è)",
      "- Aggiunge: `token`",
      "",
      "| impostazione | valori | predefinito | significato |",
      "| --- | --- | --- | --- |",
      "| `poll` | durata | `1m` | Ogni quanto si chiede |",
    ].join("\n"),
  );
  expect(text).toContain("| `page.size` | testo | `A4` | Formato |");
  expect(text).toContain("| `model` | testo | obbligatorio | Modello del documento |");
  expect(text).toContain("| `bollettino` | `ppa`, `none` | `ppa` | Bollettino |");
});
