/** `onFailure:` of a pipeline: the step that is run, once, when a run of it has stopped. */
import { messageOf } from "../../engine/host/errors.ts";
import type { RecordReader, Records } from "../../engine/journal/records.ts";
import type { Run, RunReader } from "../../engine/journal/runs.ts";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import type { GroupContext } from "../../engine/step/context.ts";
import { toRomeDay } from "../../engine/host/clock.ts";
import { createAlerts } from "../../integrations/alerts/create-alerts.ts";
import { queueMessages, settleMs } from "../../integrations/alerts/outbox.ts";
import type { AlertsPort } from "../../integrations/alerts/port.ts";
import { toEnteSettings } from "../../integrations/services.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";
import type { WritingInstallation } from "../installation.ts";
import { buildStoppedAlert, isStopped } from "./causes.ts";

const kind = "failure-step";

type Writing = Pick<
  WritingInstallation,
  "journal" | "clock" | "log" | "registry" | "artifacts" | "openServices"
>;

/** Runs the steps of runs that have stopped and were not told yet. What a step throws is logged and ends nothing. `waitMs`: until what it announces is due. */
export async function runFailureSteps(
  writing: Writing,
  runs: readonly Run[],
  waitMs = settleMs,
): Promise<void> {
  for (const run of runs) if (isStopped(run)) await runOnce(writing, run, waitMs);
}

async function runOnce(writing: Writing, run: Run, waitMs: number): Promise<void> {
  const { journal, log } = writing;
  const stop = `${run.state} ${run.code ?? ""} ${run.endedAt ?? ""}`;
  const known = (await journal.readRecords(run.ente, kind, [run.id])).get(run.id);
  if (known?.data["stop"] === stop) return;
  const pipeline = JSON.parse(await journal.readSpec(run.id)) as ResolvedPipeline;
  if (pipeline.onFailure !== null && pipeline.onFailure !== undefined)
    try {
      await runStep(writing, { run, pipeline, entry: pipeline.onFailure, waitMs });
    } catch (error) {
      log.error("onFailure failed", { runId: run.id, message: messageOf(error) });
    }
  // Behind the step: after a kill it is run once more, and what it leaves has the same key.
  await journal.writeRecords(run.ente, [{ kind, key: run.id, data: { stop } }]);
}

async function runStep(
  { registry, clock, log, artifacts, journal, openServices }: Writing,
  {
    run,
    pipeline,
    entry,
    waitMs,
  }: {
    readonly run: Run;
    readonly pipeline: ResolvedPipeline;
    readonly entry: NonNullable<ResolvedPipeline["onFailure"]>;
    readonly waitMs: number;
  },
): Promise<void> {
  const step = registry.get(entry.uses)?.step;
  if (step?.kind !== "group" || step.runMany === undefined)
    throw new Error(`onFailure: ${entry.uses} is no step that runs without verbali`);
  const needs = new Set(step.needs);
  const alerts = announceStop(journal, run, { clock, waitMs });
  const isAlone = needs.size === 1 && needs.has("alerts");
  const services = isAlone ? {} : openServices(toEnteSettings(pipeline.settings));
  const ctx: GroupContext<unknown, unknown> = {
    runId: run.id,
    ente: run.ente,
    config: entry.with,
    services: { ...services, alerts },
    clock,
    log,
    signal: AbortSignal.timeout(60_000),
    artifacts: artifacts satisfies ArtifactStore,
    holders: (names) => journal.findHolders(run.ente, names),
    idempotencyKey: () => run.id,
    earlier: () => [],
    ask: () => Promise.reject(new Error("onFailure asks nobody")),
    intend: () => Promise.resolve(),
    attachToRun: (artifact) => journal.addFile(run.id, artifact),
  };
  for await (const outcome of step.runMany([], ctx))
    if (outcome.status === "failed") throw outcome.error;
}

/** What is announced of a run that stopped counts as its stop: whoever is told of all stops is told once. */
function announceStop(
  journal: RecordReader & Records,
  run: Run,
  { clock, waitMs }: Pick<Writing, "clock"> & { readonly waitMs: number },
): AlertsPort {
  const usual = createAlerts(journal, run.ente, clock);
  return {
    announce: async ({ to, text, runId, step }) => {
      if (runId !== run.id) return await usual.announce({ to, text, runId, step });
      const { kind: of, cause, ente, what, notDone, path } = buildStoppedAlert(run);
      const line = { ente, what: text === null ? what : `${what} ${text}`, notDone, path };
      const now = clock.now();
      const period = toRomeDay(now);
      const drafts = to.map((address) => ({
        channel: "mail" as const,
        to: address,
        kind: of,
        cause,
        period,
        lines: [line],
      }));
      await queueMessages(journal, drafts, { now, waitMs });
    },
  };
}

/** Newest first: those that may have stopped since somebody last looked. */
export async function listStoppedRuns(journal: RunReader, since: string): Promise<readonly Run[]> {
  return await journal.listRuns({ states: ["blocked", "failed"], since, limit: 200 });
}
