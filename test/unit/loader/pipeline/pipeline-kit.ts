/** Toy steps, an ente schema and a folder of YAML texts for the tests of the loader. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Type } from "typebox";
import { createStepMakers } from "../../../../engine/step/step.ts";
import { formatProblem } from "../../../../server/words/problems.ts";
import { Duration } from "../../../../loader/yaml/duration.ts";
import { resolvePipeline, type Resolution } from "../../../../loader/pipeline/resolve.ts";
import { buildRegistry, type StepRegistry } from "../../../../loader/pipeline/registry.ts";
import type { ResolvedPipeline } from "../../../../loader/pipeline/resolved.ts";

const { sourceStep, pureStep, effectStep, groupStep } = createStepMakers<Record<string, never>>();
const closed = { additionalProperties: false } as const;
const text = Type.Object({ verbale: Type.String() });

async function* nothing(): AsyncIterable<never> {}

const load = sourceStep({
  summary: "Carica i verbali",
  config: Type.Object(
    {
      inbox: Type.Optional(Type.String({ description: "Cartella" })),
      pattern: Type.String({ default: "*.csv", description: "Quali file" }),
      cap: Type.Optional(Type.String({ pattern: "^[0-9]{5}$", description: "CAP, cinque cifre" })),
    },
    closed,
  ),
  adds: text,
  examples: [],
  run: nothing,
});

const check = pureStep({
  summary: "Controlla",
  config: Type.Object(
    {
      days: Type.Integer({ default: 90, minimum: 1, maximum: 360, description: "Giorni" }),
      strict: Type.Boolean({ default: true, description: "Severo" }),
      codes: Type.Optional(Type.Array(Type.String(), { description: "Codici" })),
      rate: Type.Optional(Type.Number({ description: "Quota" })),
    },
    closed,
  ),
  reads: text,
  adds: Type.Object({ checked: Type.Boolean() }),
  examples: [],
  run: () => ({ checked: true }),
});

const print = pureStep({
  summary: "Stampa",
  config: Type.Object(
    {
      model: Type.String({ minLength: 1, description: "Modello del documento" }),
      bollettino: Type.Union([Type.Literal("ppa"), Type.Literal("none")], {
        default: "ppa",
        description: "Bollettino",
      }),
      page: Type.Object(
        { size: Type.String({ default: "A4", description: "Formato" }) },
        { ...closed, default: {}, description: "Pagina" },
      ),
    },
    closed,
  ),
  reads: Type.Object({ checked: Type.Boolean(), verbale: Type.String() }),
  adds: Type.Object({ pdf: Type.String() }),
  examples: [],
  run: () => ({ pdf: "" }),
});

const sign = groupStep({
  summary: "Firma",
  effect: "once",
  config: Type.Object({ signer: Type.String({ description: "Chi firma" }) }, closed),
  reads: Type.Object({ pdf: Type.String() }),
  adds: Type.Object({ signed: Type.String() }),
  examples: [],
  run: nothing,
  reconcile: () => Promise.resolve({ status: "not-done" }),
});

const send = effectStep({
  summary: "Invia",
  effect: "keyed",
  config: Type.Object(
    { poll: Duration({ default: "1m", description: "Ogni quanto si chiede" }) },
    closed,
  ),
  reads: Type.Object({ signed: Type.String(), nota: Type.Optional(Type.String()) }),
  adds: Type.Object({ token: Type.String() }),
  examples: [],
  run: () => Promise.resolve({ token: "" }),
  reconcile: () => Promise.resolve({ status: "not-done" }),
});

const stamp = pureStep({
  summary: "Timbra",
  config: Type.Object({}, closed),
  reads: text,
  adds: Type.Object({ stamp: Type.String() }),
  examples: [],
  run: () => ({ stamp: "" }),
});

/** load, check, print, sign, send: each reads what the one before adds. `stamp` reads only the verbale. */
const tell = groupStep({
  summary: "Avvisa",
  effect: "pure",
  config: Type.Object({}, closed),
  reads: Type.Object({}),
  adds: Type.Object({}),
  runsEmpty: true,
  examples: [],
  run: nothing,
});

const steps = { load, check, print, sign, send, stamp };

export const registry = buildRegistry(steps);

/** With a step that works on no verbali, as `onFailure` wants one. */
export const tellingRegistry = buildRegistry({ ...steps, tell });

const Secret = Type.Object({ secret: Type.String({ pattern: "^[A-Z_]+$" }) }, closed);

/** A small ente file: identity, a service with a secret, a free map. */
export const settingsSchema = Type.Object(
  {
    ente: Type.Object(
      {
        codice: Type.String({ description: "Codice dell'ente" }),
        nome: Type.String({ description: "Nome" }),
      },
      closed,
    ),
    live: Type.Boolean({ default: false, description: "Servizi reali" }),
    service: Type.Object(
      {
        baseUrl: Type.String({ pattern: "^https?://", description: "Indirizzo" }),
        apiKey: Secret,
        vat: Type.Integer({ default: 22, minimum: 0, maximum: 100, description: "IVA" }),
      },
      closed,
    ),
    columns: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  closed,
);

export const goodPipeline = `name: Prova
steps:
  - uses: load
  - uses: check
  - uses: print
    with: { model: cds }
  - uses: sign
    with: { signer: comandante }
  - uses: send
`;

export const goodEnte = `ente: { codice: prova, nome: Comune di Prova }
service:
  baseUrl: https://prova.example
  apiKey: { secret: CHIAVE }
`;

/** Writes files into a fresh folder, calls, and removes the folder. */
export async function withFolder<Result>(
  files: Readonly<Record<string, string>>,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "postino-pipelines-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export interface World {
  readonly pipeline?: string;
  readonly ente?: string;
  readonly params?: Readonly<Record<string, string>>;
  /** Default: `registry`. */
  readonly steps?: StepRegistry;
}

/** Resolves `send` for `prova`; file names in problems and origins are relative to the folder. */
export async function resolve(world: World): Promise<Resolution> {
  const files = {
    "send.yaml": world.pipeline ?? goodPipeline,
    "enti/prova.yaml": world.ente ?? goodEnte,
  };
  return withFolder(files, async (folder) => {
    const resolution = await resolvePipeline({
      pipelinesFolder: folder,
      pipeline: "send",
      ente: "prova",
      params: world.params ?? {},
      registry: world.steps ?? registry,
      settingsSchema,
    });
    return JSON.parse(JSON.stringify(resolution).replaceAll(`${folder}/`, "")) as Resolution;
  });
}

/** The resolved pipeline; throws with the problems when there is none. */
export async function resolved(world: World): Promise<ResolvedPipeline> {
  const resolution = await resolve(world);
  if (resolution.resolved !== null) return resolution.resolved;
  throw new Error(resolution.problems.map(formatProblem).join("\n\n"));
}

/** The problems as `file:line:column code message`. */
export async function faults(world: World): Promise<readonly string[]> {
  const { problems } = await resolve(world);
  return problems.map(
    ({ file, line, column, code, message }) => `${file}:${line}:${column} ${code} ${message}`,
  );
}
