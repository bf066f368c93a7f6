/** A worker of an installation: the parts that it needs to take runs and chunks from other hosts. */
import { RunBlocked } from "../engine/host/errors.ts";
import { createLimiter } from "../engine/host/limiter.ts";
import { createRunner, walkChunkOfRun } from "../engine/run/runner.ts";
import { createDispatcher } from "../engine/run/stage.ts";
import { createSharedBuckets } from "../hosts/limits.ts";
import type { Skill } from "../hosts/queue.ts";
import { runWorker, type TaskParts } from "../hosts/worker.ts";
import { openSharedDatabase } from "../stores/postgres/shared.ts";
import { openDocuments } from "./store/documents-place.ts";
import { openSeals } from "./store/keys.ts";
import { settleAfterDrives } from "./running/held-files.ts";
import { buildRunnerOptions, type DrivingParts, type Installation } from "./installation.ts";
import { openWitness } from "./store/journal-witness.ts";
import { createStepDigests } from "./running/step-digest.ts";
import { locateWitness } from "./store/store.ts";

/** What a host may lack. */
export const allSkills: readonly Skill[] = ["sign"];

export interface WorkingOptions {
  readonly skills: readonly Skill[];
  /** Chunks side by side. */
  readonly width: number;
}

/** Works until `stop` is aborted. Throws RunBlocked `WORKER_NEEDS_DATABASE`, and what an unreachable database throws. */
export async function workForHosts(
  base: Installation,
  { skills, width }: WorkingOptions,
  stop: AbortSignal,
): Promise<void> {
  const { config, clock, log, registry } = base;
  const { store } = config;
  if (store.kind !== "postgres") throw needsDatabaseError();
  const seals = await openSeals(config);
  const db = await openSharedDatabase(store.url, width + 2, seals);
  const limits = await openSharedDatabase(store.url);
  const artifacts = await openDocuments(config, base);
  const limiter = createLimiter(clock, { keeper: createSharedBuckets(limits) });

  /** The witness is asked for each task: another host may have let the ente go meanwhile. */
  async function openParts(parts: TaskParts): Promise<Omit<DrivingParts, "dispatcher">> {
    const path = locateWitness(config);
    const { journal, assertAligned } = await openWitness(parts.journal, { path, clock });
    return { artifacts, limiter, claims: parts.claims, journal, assertAligned };
  }

  try {
    await runWorker(
      {
        url: store.url,
        db,
        clock,
        log,
        reportBug: base.reportBug,
        skills,
        width,
        digestSteps: createStepDigests(registry),
        async openRunner({ dispatcher, ...parts }) {
          const own = await openParts(parts);
          const runner = createRunner(buildRunnerOptions(base, { ...own, dispatcher }));
          return settleAfterDrives(runner, { ...base, journal: own.journal });
        },
        async walkChunk(parts, chunk, signal) {
          const own = await openParts(parts);
          const options = buildRunnerOptions(base, { ...own, dispatcher: createDispatcher() });
          return await walkChunkOfRun({ ...options, claims: parts.claims }, chunk, signal);
        },
      },
      stop,
    );
  } finally {
    await artifacts.close();
    await limits.close();
    await db.close();
  }
}

function needsDatabaseError(): RunBlocked {
  return new RunBlocked(
    "WORKER_NEEDS_DATABASE",
    "Un worker lavora con altri computer sullo stesso registro, che per questo deve stare in PostgreSQL.",
    {
      hint: "Indicare il database in POSTINO_STORE (postgres://utente:password@server:5432/database); su un computer solo basta «postino serve».",
    },
  );
}
