/** What an installation on PostgreSQL shares with other hosts: limits and claims in the database, and workers that take its runs. */
import type { Clock } from "../engine/host/clock.ts";
import type { LimiterOptions } from "../engine/host/limiter.ts";
import type { Logger } from "../engine/host/logger.ts";
import type { Journal } from "../engine/journal/journal.ts";
import type { Claims } from "../engine/run/claims.ts";
import type { Runner } from "../engine/run/runner.ts";
import { createSharedClaims } from "../hosts/claims.ts";
import { handToWorkers } from "../hosts/handing.ts";
import { createSharedBuckets } from "../hosts/limits.ts";
import type { Skill } from "../hosts/queue.ts";
import type { StepRegistry } from "../loader/pipeline/registry.ts";
import { openSharedDatabase } from "../stores/postgres/shared.ts";
import type { Config } from "./config.ts";
import { createStepDigests } from "./running/step-digest.ts";

export interface Hosting {
  readonly limits: Pick<LimiterOptions, "keeper">;
  readonly runs: { readonly claims?: Claims };
  /** The runner, whose runs workers drive where there are any. */
  handOver(runner: Runner): Runner;
  close(): Promise<void>;
}

interface HostingBase {
  readonly config: Pick<Config, "store">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: StepRegistry;
}

/** Where one process has the journal to itself. */
const alone: Hosting = {
  limits: {},
  runs: {},
  handOver: (runner) => runner,
  close: async () => {},
};

export async function openHosting(
  { config, clock, log, registry }: HostingBase,
  journal: Journal,
): Promise<Hosting> {
  const { store } = config;
  if (store.kind !== "postgres") return alone;
  const db = await openSharedDatabase(store.url, 2);
  const digestSteps = createStepDigests(registry);
  // Where one process has the journal to itself nobody waits for the queue's packages.
  const queue = openLater(async () =>
    (await import("../hosts/queue.ts")).openQueue(store.url, log),
  );
  return {
    limits: { keeper: createSharedBuckets(db) },
    runs: { claims: createSharedClaims(db) },
    handOver: (runner) =>
      handToWorkers(runner, {
        db,
        journal,
        queue: { sendRun: async (job, skill) => await (await queue.open()).sendRun(job, skill) },
        clock,
        log,
        readNeeds: (spec) => ({
          steps: digestSteps(spec) ?? "",
          skill: findSkill(spec, registry),
        }),
      }),
    async close() {
      await (await queue.opened())?.close();
      await db.close();
    },
  };
}

/** What a host must have for the steps of the run. Files that people sign elsewhere need no key here. */
function findSkill(spec: string, registry: StepRegistry): Skill | null {
  const { steps } = JSON.parse(spec) as {
    readonly steps: readonly {
      readonly uses: string;
      readonly with?: { readonly mode?: unknown };
    }[];
  };
  const signs = steps.some(
    ({ uses, with: settings }) =>
      registry.get(uses)?.step.needs.includes("signing") === true && settings?.mode !== "upload",
  );
  return signs ? "sign" : null;
}

interface Later<Value> {
  open(): Promise<Value>;
  /** `null`: nobody asked for it. */
  opened(): Promise<Value | null>;
}

/** An installation without workers has no queue. */
function openLater<Value>(make: () => Promise<Value>): Later<Value> {
  let made: Promise<Value> | null = null;
  return {
    open: () => (made ??= make()),
    opened: async () => (made === null ? null : await made.catch(() => null)),
  };
}

const hourMs = 3_600_000;

/** Since when files that are half written may be somebody else's; `undefined`: none is. Hosts that share a journal share the folder of the documents. */
export function computeSweepLimit(
  { store }: Pick<Config, "store">,
  clock: Clock,
): number | undefined {
  return store.kind === "postgres" ? clock.now() - hourMs : undefined;
}
