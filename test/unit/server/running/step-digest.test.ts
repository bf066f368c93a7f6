/** By what a host knows whether its steps are those that another host meant. */
import { afterEach, expect, test } from "bun:test";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createStepDigests } from "../../../../server/running/step-digest.ts";
import { repositoryFolder } from "../../../support/repository.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Imports of the files below, not of this one. */
const from = "from";

const files = {
  "steps/greet.ts": `import { pureStep, Type } ${from} "postino";
import { word } ${from} "../shared/words.ts";
export default pureStep({
  title: "Saluto", summary: "Saluta", needs: [],
  config: Type.Object({}, { additionalProperties: false }),
  reads: Type.Object({}), adds: Type.Object({ saluto: Type.String({ title: "Saluto" }) }),
  examples: ["{}"],
  run: async () => ({ saluto: word() }),
});
`,
  "shared/words.ts": `import table ${from} "./table.json";
import type { Nothing } ${from} "./types.ts";
export const word = (): string => table.word satisfies Nothing;
`,
  "shared/types.ts": "export type Nothing = string;\n",
  "shared/table.json": '{ "word": "ciao" }\n',
  "shared/other.ts": "export const other = 1;\n",
} as const;

function writeSteps(changed: Partial<Record<keyof typeof files, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "postino-digest-"));
  folders.push(folder);
  for (const [name, text] of Object.entries({ ...files, ...changed })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** Of steps by these files, as a run uses them. */
function digest(steps: Readonly<Record<string, string>>, ...names: readonly string[]) {
  const registry = { get: (name: string) => (name in steps ? { file: steps[name] } : undefined) };
  const spec = JSON.stringify({ steps: names.map((uses) => ({ id: uses, uses })) });
  return createStepDigests(registry as never)(spec);
}

const greet = (folder: string) => ({ greet: join(folder, "steps/greet.ts") });

test.each([
  ["the step", { "steps/greet.ts": `${files["steps/greet.ts"]}// Again.\n` }, false],
  ["what it imports", { "shared/words.ts": `${files["shared/words.ts"]}// Again.\n` }, false],
  ["what that imports", { "shared/table.json": '{ "word": "salve" }\n' }, false],
  ["a file beside that nothing imports", { "shared/other.ts": "export const other = 2;\n" }, true],
  ["nothing but the place", {}, true],
])("two hosts differ by %s", (_what, changed, isSame) => {
  const one = digest(greet(writeSteps()), "greet");
  const other = digest(greet(writeSteps(changed)), "greet");

  expect(one === other).toBe(isSame);
});

test("a step that the other host lacks", () => {
  const steps = greet(writeSteps());

  expect(digest(steps, "greet")).toMatch(/^[0-9a-f]{64}$/);
  expect(digest(steps, "greet", "wave")).toBeNull();
});

test("a shipped step is what the program imports for it, too", () => {
  const copied = mkdtempSync(join(tmpdir(), "postino-program-"));
  folders.push(copied);
  for (const name of ["steps", "integrations", "engine", "data/reference"])
    cpSync(join(repositoryFolder, name), join(copied, name), { recursive: true });
  const here = { validate: join(repositoryFolder, "steps/validate.ts") };
  const there = { validate: join(copied, "steps/validate.ts") };
  const before = digest(there, "validate");

  appendFileSync(join(copied, "steps/checks/address.ts"), "// Another host.\n");

  expect(digest(there, "validate")).not.toBe(before);
  expect(digest(here, "validate")).toBe(digest(here, "validate"));
});
