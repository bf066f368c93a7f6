/** A journal, a runner and scripted steps in a temporary folder: what tests of the engine start from. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Type } from "typebox";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import { openArtifacts } from "../../stores/blobs/store.ts";
import type { Answer, GroupContext } from "../../engine/step/context.ts";
import type { Item } from "../../engine/step/item.ts";
import type { Outcome, Reconciled } from "../../engine/step/outcome.ts";
import type { Step } from "../../engine/step/step.ts";
import { createStepMakers } from "../../engine/step/step.ts";
import type { ItemRow } from "../../engine/journal/items.ts";
import type { Journal } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { openJournal } from "../../stores/sqlite/store.ts";
import { silentLogger } from "../../engine/host/logger.ts";
import { buildRegistry } from "../../loader/pipeline/registry.ts";
import { createRunner, type Runner } from "../../engine/run/runner.ts";
import type { ResolvedStep } from "../../engine/step/resolved-step.ts";
import { listFaults } from "../../loader/yaml/schema-check.ts";
import { createDispatcher } from "../../engine/run/stage.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";

const closed = { additionalProperties: false };
const open = Type.Object({});
const { sourceStep, pureStep, effectStep, groupStep } = createStepMakers<object>();

export type Data = Record<string, unknown>;
export type One = (item: Item<Data>, tries: number) => Promise<Data> | Data;

/** What one scripted step saw and did. */
export interface Calls {
  readonly run: string[];
  readonly reconcile: string[];
}

export interface EngineWorld {
  readonly clock: FakeClock;
  readonly journal: Journal;
  readonly artifacts: ArtifactStore;
  readonly runner: Runner;
  /** Calls by step name: item keys in order. */
  calls(step: string): Calls;
  /** Makes a run over these rows and these steps (after the source). */
  create(
    rows: readonly string[],
    steps: readonly (string | Partial<ResolvedStep>)[],
    options?: {
      readonly ente?: string;
      readonly data?: Data;
      /** Changes to the source's entry. */
      readonly source?: Partial<ResolvedStep>;
    },
  ): Promise<Run>;
  drive(
    run: Run,
    options?: {
      readonly waitUntil?: number;
      readonly stop?: AbortSignal;
      readonly answers?: ReadonlyMap<string, Answer>;
    },
  ): Promise<Run>;
  items(run: Run): Promise<readonly ItemRow[]>;
  /** Reopens the journal as a new process would. */
  restart(): Promise<EngineWorld>;
  close(): Promise<void>;
}

export interface Script {
  /** Steps of the product as they are. */
  readonly steps?: Readonly<Record<string, Step>>;
  /** What those may ask for, by ente. */
  readonly services?: (ente: string) => Readonly<Record<string, unknown>>;
  readonly pure?: Readonly<Record<string, One>>;
  readonly effects?: Readonly<
    Record<
      string,
      {
        readonly run: One;
        readonly reconcile?: (item: Item<Data>) => Promise<Reconciled<Data>> | Reconciled<Data>;
        readonly seals?: boolean;
        readonly holds?: (item: Item<Data>) => readonly string[];
        readonly effect?: "keyed" | "once";
        /** Several items at a time, in place of `run`, which is not called then. */
        readonly runMany?: (items: readonly Item<Data>[]) => AsyncIterable<Outcome<Data>>;
        readonly atOnce?: number;
      }
    >
  >;
  readonly groups?: Readonly<
    Record<
      string,
      {
        readonly effect?: "pure" | "once";
        readonly run: (
          items: readonly Item<Data>[],
          ctx: GroupContext<unknown, unknown>,
        ) => AsyncIterable<Outcome<Data>>;
      }
    >
  >;
}

/** The world; close it in `afterEach`. */
export async function makeEngineWorld(
  script: Script,
  folder = mkdtempSync(join(tmpdir(), "postino-engine-")),
): Promise<EngineWorld> {
  const clock = createFakeClock("2026-11-23T06:30:00Z");
  const seen = new Map<string, Calls>();
  const calls = (step: string): Calls => {
    const known = seen.get(step) ?? { run: [], reconcile: [] };
    seen.set(step, known);
    return known;
  };
  const registry = buildRegistry(stepsOf(script, calls));
  const journal = openJournal(join(folder, "journal.sqlite"), clock);
  const artifacts = await openArtifacts(join(folder, "artifacts"));
  const runner = createRunner({
    journal,
    artifacts,
    clock,
    log: silentLogger,
    dispatcher: createDispatcher({ chunkSize: 3, width: 2 }),
    random: () => 0,
    findStep: (name) => registry.get(name)?.step,
    findFaults: listFaults,
    openServices: async (_pipeline, { ente }) => script.services?.(ente) ?? {},
  });

  const world: EngineWorld = {
    clock,
    journal,
    artifacts,
    runner,
    calls,
    create: (rows, steps, options = {}) => {
      const ente = options.ente ?? "prova";
      const entries = [
        entryOf({
          id: "rows",
          uses: "rows",
          with: { rows, data: options.data ?? {} },
          ...options.source,
        }),
        ...steps.map((step) => entryOf(typeof step === "string" ? { id: step, uses: step } : step)),
      ];
      return runner.create({
        pipeline: "prova",
        ente,
        trigger: "manual",
        input: null,
        params: {},
        spec: JSON.stringify({ ente, steps: entries }),
      });
    },
    drive: (run, options = {}) =>
      runner.drive(run.id, { stop: new AbortController().signal, ...options }),
    items: (run) => journal.listItems(run.id, { limit: 1_000 }),
    async restart() {
      await journal.close();
      return await makeEngineWorld(script, folder);
    },
    async close() {
      await journal.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return world;
}

function entryOf(partial: Partial<ResolvedStep>): ResolvedStep {
  const uses = partial.uses ?? partial.id ?? "";
  return {
    id: uses,
    uses,
    with: {},
    retry: { times: 2, waitMs: 1_000, maxWaitMs: 10_000 },
    concurrency: 2,
    timeoutMs: null,
    withinMs: null,
    approval: false,
    ...partial,
  };
}

function stepsOf(script: Script, calls: (step: string) => Calls): Record<string, Step> {
  const steps: Record<string, Step> = {
    ...script.steps,
    rows: sourceStep({
      summary: "Righe date.",
      config: Type.Object({ rows: Type.Array(Type.String()), data: open }, closed),
      adds: Type.Object({ row: open }),
      examples: [],
      async *run(ctx) {
        for (const key of ctx.config.rows)
          yield { key, fields: { row: { key, ...ctx.config.data } } };
      },
    }),
  };
  const counted =
    (name: string, run: One) =>
    async (item: Item<unknown>): Promise<Data> => {
      calls(name).run.push(item.key);
      return await run(
        item as Item<Data>,
        calls(name).run.filter((key) => key === item.key).length,
      );
    };
  for (const [name, run] of Object.entries(script.pure ?? {}))
    steps[name] = pureStep({
      summary: name,
      config: open,
      reads: open,
      adds: open,
      examples: [],
      run: counted(name, run),
    });
  for (const [name, { run, reconcile, seals, holds, effect, runMany, atOnce }] of Object.entries(
    script.effects ?? {},
  ))
    steps[name] = effectStep({
      summary: name,
      effect: effect ?? "keyed",
      seals: seals ?? false,
      ...(holds === undefined ? {} : { holds: (item) => holds(item as Item<Data>) }),
      config: open,
      reads: open,
      adds: open,
      examples: [],
      ...(runMany === undefined
        ? { run: counted(name, run) }
        : {
            runMany: {
              atOnce: atOnce ?? 1,
              run: (items: readonly Item<unknown>[]) => runMany(items as Item<Data>[]),
            },
          }),
      reconcile: async (item: Item<unknown>) => {
        calls(name).reconcile.push(item.key);
        return reconcile === undefined
          ? { status: "not-done" }
          : await reconcile(item as Item<Data>);
      },
    });
  for (const [name, { effect, run }] of Object.entries(script.groups ?? {}))
    steps[name] = groupStep({
      summary: name,
      effect: effect ?? "pure",
      config: open,
      reads: open,
      adds: open,
      examples: [],
      run: (items, ctx) => run(items as readonly Item<Data>[], ctx),
      reconcile: async () => ({ status: "not-done" }),
    });
  return steps;
}
