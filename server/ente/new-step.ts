/** Begins a step of the office's own: its file, the types that an editor reads, a pipeline to try it in and a test. */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { splitStepFolders } from "../../loader/pipeline/registry.ts";
import { UsageError } from "../words/usage-error.ts";
import stepTemplate from "./step-kit/step.txt" with { type: "text" };
import types from "./step-kit/postino-types.txt" with { type: "text" };

export interface BegunStep {
  /** Paths, as a person would type them. */
  readonly written: readonly string[];
  /** The lines for a pipeline. */
  readonly yaml: string;
  /** What to do next, in Italian; ends in a line break. */
  readonly next: string;
}

const stepName = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** Writes nothing over what is there. Throws UsageError. */
export async function beginStep(
  name: string,
  {
    folder,
    environment,
  }: {
    readonly folder: string | undefined;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): Promise<BegunStep> {
  if (!stepName.test(name))
    throw new UsageError(
      `«${name}» non va bene come nome di un passo: minuscole, cifre e trattini, come controlla-protocollo.`,
      { isWellTyped: true },
    );
  const separator = process.platform === "win32" ? ";" : ":";
  const [first] = splitStepFolders(environment["POSTINO_STEPS"], separator);
  const steps = folder ?? first ?? "passi";
  const pipelines = environment["POSTINO_PIPELINES"] ?? "pipelines";
  const step = join(steps, `${name}.ts`);
  if (existsSync(step))
    throw new UsageError(`${step} c'è già: nulla è stato scritto.`, { isWellTyped: true });
  const files = {
    [step]: formatStep(name),
    [join(steps, "postino.d.ts")]: types,
    [join(steps, "tsconfig.json")]: tsconfig,
    [join(pipelines, `prova-${name}.yaml`)]: formatPipeline(name),
    [join(pipelines, "tests", `${name}.yaml`)]: formatTest(name),
  };
  const written: string[] = [];
  for (const [path, text] of Object.entries(files)) {
    if (existsSync(path)) continue;
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, text, { flag: "wx" });
    written.push(path);
  }
  const isRead = first === steps;
  return {
    written,
    yaml: `  - uses: ${name}\n    with: { anno: 2026 }\n`,
    next: `${isRead ? "" : `\nPerché Postino lo legga: POSTINO_STEPS=${steps} nell'ambiente o in .env.\n`}\nPer provarlo: postino test ${join(pipelines, "tests", `${name}.yaml`)}\nPerché l'editor lo completi senza postino lsp: postino steps --schemas\n`,
  };
}

/** It does something already, so that the test has something to hold. */
function formatStep(name: string): string {
  return stepTemplate.replace("{title}", toTitle(name));
}

/** `controlla-protocollo`: «Controlla protocollo». */
function toTitle(name: string): string {
  const words = name.replaceAll("-", " ");
  return (words.charAt(0).toUpperCase() + words.slice(1)).slice(0, 60);
}

function formatPipeline(name: string): string {
  return `# yaml-language-server: $schema=./pipeline.schema.json
# Serve alla prova del passo: quando sta in un'altra pipeline, si può cancellare insieme alla prova.
name: Prova del passo ${name}
steps:
  - uses: load-verbali
  - uses: ${name}
    with: { anno: 2026 }
`;
}

function formatTest(name: string): string {
  return `# yaml-language-server: $schema=../test.schema.json
pipeline: prova-${name}
clock: "2026-11-23 08:00"
tests:
  - name: ${name} lascia passare l'anno giusto e scarta l'altro
    given:
      verbali:
        - { numero: A1, dataViolazione: "2026-11-02" }
        - { numero: A2, dataViolazione: "2025-11-02" }
    expect:
      state: completed-with-rejections
      verbali:
        A1: { state: done }
        A2: { state: rejected, code: ANNO_DIVERSO }
`;
}

const tsconfig = `{
  "compilerOptions": {
    "strict": true,
    "noEmit": true,
    "module": "Preserve",
    "target": "ESNext",
    "lib": ["ESNext", "DOM"],
    "allowJs": true,
    "checkJs": true
  },
  "include": ["*.ts", "*.js"]
}
`;
