/** The registry: what it finds in folders, and what it says about files that are no steps. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Type } from "typebox";
import { createStepMakers } from "../../../../engine/step/step.ts";
import { PipelineError } from "../../../../engine/host/errors.ts";
import {
  loadRegistry,
  buildRegistry,
  splitStepFolders,
} from "../../../../loader/pipeline/registry.ts";

const { pureStep } = createStepMakers<Record<string, never>>();
const provided = { pureStep, Type };
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "postino-registry-"));
});
afterAll(async () => {
  await rm(root, { recursive: true });
});

async function folderWith(name: string, files: Record<string, string>): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  return folder;
}

async function faultOf(folder: string): Promise<PipelineError> {
  try {
    await loadRegistry({ folders: [folder], provided });
  } catch (error) {
    if (error instanceof PipelineError) return error;
    throw error;
  }
  throw new Error("loadRegistry accepted the folder");
}

const good = `import { pureStep, Type } from "postino";
export default pureStep({
  summary: "Conta le lettere",
  config: Type.Object({ limite: Type.Integer({ description: "Massimo", default: 3 }) }, { additionalProperties: false }),
  reads: Type.Object({ testo: Type.String(), nota: Type.Optional(Type.String()) }),
  adds: Type.Object({ lettere: Type.Integer() }),
  examples: ["limite: 5"],
  run: (item) => ({ lettere: item.data.testo.length }),
});
`;

describe("loadRegistry", () => {
  test("a technician's step outside the repository is found by its file name", async () => {
    const folder = await folderWith("own", {
      "conta-lettere.ts": good,
      "conta-lettere.test.ts": "throw new Error('tests are not steps')",
      "appunti.md": "",
    });

    const registry = await loadRegistry({ folders: [folder], provided });

    expect(registry.listNames()).toEqual(["conta-lettere"]);
    const step = registry.get("conta-lettere");
    expect(step?.file).toBe(join(folder, "conta-lettere.ts"));
    expect(step?.readsFields).toEqual(["testo"]);
    expect(step?.addsFields).toEqual(["lettere"]);
    expect(step?.checkAdds({ lettere: 4 })).toEqual([]);
    expect(step?.checkAdds({ lettere: "quattro" }).map((fault) => fault.keyword)).toEqual(["type"]);
    expect(step?.checkConfig({ limite: 1, altro: 2 }).map((fault) => fault.keyword)).toEqual([
      "additionalProperties",
    ]);
  });

  const titles: readonly (readonly [string, string, string])[] = [
    ["its own", 'title: "Lettere",', "Lettere"],
    ["the summary where it has none", "", "Conta le lettere"],
    ["the name where the summary is long", `summary: "${"Conta ".repeat(11)}",`, "conta-lettere"],
  ];
  for (const [what, line, title] of titles)
    test(`the title of a step: ${what}`, async () => {
      const folder = await folderWith(`title ${what}`, {
        "conta-lettere.ts": good.replace("  config:", `  ${line}\n  config:`),
      });

      const registry = await loadRegistry({ folders: [folder], provided });

      expect(registry.get("conta-lettere")?.title).toBe(title);
    });

  for (const wrong of ['""', "3", `"${"x".repeat(61)}"`])
    test(`a title that is ${wrong.slice(0, 4)} is refused`, async () => {
      const folder = await folderWith(`wrong title ${wrong.length}`, {
        "conta-lettere.ts": good.replace("  config:", `  title: ${wrong},\n  config:`),
      });

      const fault = await faultOf(folder);

      expect(fault.code).toBe("STEP_INCOMPLETE");
      expect(fault.message).toContain("title deve essere un testo, al massimo di 60 caratteri");
    });

  test("a file without a default export is refused with what was expected", async () => {
    const folder = await folderWith("no-default", { "vuoto.ts": "export const a = 1;" });

    const fault = await faultOf(folder);

    expect(fault.code).toBe("STEP_WRONG_EXPORT");
    expect(fault.message).toContain("trovato: nessun export default");
    expect(fault.position).toEqual({ file: join(folder, "vuoto.ts"), line: 1, column: 1 });
  });

  test("a default export that is another thing is named for what it is", async () => {
    const fault = await faultOf(
      await folderWith("other", { "altro.ts": "export default { run() {}, nome: 'x' };" }),
    );

    expect(fault.code).toBe("STEP_WRONG_EXPORT");
    expect(fault.message).toContain("trovato: un oggetto con run, nome");
  });

  test("an object that looks like a step but has no code is refused", async () => {
    const fault = await faultOf(
      await folderWith("by-hand", {
        "finto.ts": `import { Type } from "postino";
export default { kind: "item", effect: "pure", summary: "x", examples: [], config: Type.Object({}), reads: Type.Object({}), adds: Type.Object({}) };`,
      }),
    );

    expect(fault.code).toBe("STEP_INCOMPLETE");
    expect(fault.message).toContain("manca run");
  });

  test.each([
    ["a brace that is not closed", "const a = 1;\n\nexport default {", 3],
    ["a name that is not there", "const a = 1;\nconst b = nonEsiste.x;\nexport default b;", 2],
    ["an error while it is loaded", 'const a = 1;\n\n\nthrow new Error("no " + a);', 4],
  ])("a file that cannot be loaded says which file and line: %s", async (what, text, line) => {
    const folder = await folderWith(`syntax-${what.replaceAll(" ", "-")}`, { "rotto.ts": text });

    const fault = await faultOf(folder);

    expect(fault.code).toBe("STEP_UNREADABLE");
    expect(fault.message).toContain(join(folder, "rotto.ts"));
    expect(fault.message).toContain(`alla riga ${line}`);
    expect(fault.position?.line).toBe(line);
  });

  test("a step that has the name of one of ours is refused", async () => {
    const folder = await folderWith("twice", { "conta-lettere.ts": good });
    const own = (await loadRegistry({ folders: [folder], provided })).get("conta-lettere")?.step;

    const loading = loadRegistry({
      folders: [folder],
      builtin: { "conta-lettere": own },
      provided,
    });

    await expect(loading).rejects.toMatchObject({
      code: "STEP_DUPLICATE",
      message: `due passi si chiamano "conta-lettere": steps/conta-lettere.ts e ${join(folder, "conta-lettere.ts")}`,
    });
  });

  test("a file name that is no step name is refused", async () => {
    const fault = await faultOf(await folderWith("name", { "Mio_Passo.ts": good }));

    expect(fault.code).toBe("STEP_NAME");
  });

  test("a folder that is not there is refused by name", async () => {
    const fault = await faultOf(join(root, "assente"));

    expect(fault.code).toBe("STEP_FOLDER_MISSING");
    expect(fault.message).toBe(`la cartella dei passi "${join(root, "assente")}" non esiste`);
  });
});

describe("registryFrom", () => {
  test("steps that are at hand come back in alphabetical order", () => {
    const nothing = pureStep({
      summary: "Niente",
      config: Type.Object({}, { additionalProperties: false }),
      reads: Type.Object({}),
      adds: Type.Object({}),
      examples: [],
      run: () => ({}),
    });

    const registry = buildRegistry({ zeta: nothing, alfa: nothing });

    expect(registry.listNames()).toEqual(["alfa", "zeta"]);
    expect(registry.get("zeta")?.step).toBe(nothing);
    expect(registry.get("beta")).toBeUndefined();
  });
});

describe("stepFolders", () => {
  test("a path list is split and blanks are dropped", () => {
    expect(splitStepFolders(" /a/b :: c ")).toEqual(["/a/b", "c"]);
    expect(splitStepFolders(undefined)).toEqual([]);
  });
});
