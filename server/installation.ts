/** Puts the parts together for one process: registry, journal, artifacts, runner. */
import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { basename, join } from "node:path";
import { Type } from "typebox";
import type { ArtifactStore } from "../engine/host/artifacts.ts";
import { sweepTemporary } from "../stores/blobs/store.ts";
import type { StoredArtifact } from "../engine/host/files.ts";
import { type Clock, systemClock } from "../engine/host/clock.ts";
import { Duration } from "../loader/yaml/duration.ts";
import { ItemRejected, RetryLater, RunBlocked } from "../engine/host/errors.ts";
import { createHttp, type Fetch } from "../engine/host/http.ts";
import type { Journal } from "../engine/journal/journal.ts";
import type { Run } from "../engine/journal/runs.ts";
import { createLimiter, type Limiter } from "../engine/host/limiter.ts";
import { createLogger, type LogLevel, type Logger } from "../engine/host/logger.ts";
import { toDiskError } from "../engine/host/disk-faults.ts";
import { hasErrors } from "../loader/yaml/diagnostics.ts";
import { createRedactor, type Redactor } from "../engine/host/redaction.ts";
import { loadRegistry, type StepRegistry } from "../loader/pipeline/registry.ts";
import { listFaults } from "../loader/yaml/schema-check.ts";
import { createRunner, type Runner, type RunnerOptions } from "../engine/run/runner.ts";
import { createSecrets, type Secrets } from "../engine/host/secrets.ts";
import { createDispatcher } from "../engine/run/stage.ts";
import { assertReady, buildServices, type Demands } from "../integrations/build.ts";
import type { EnteSettings } from "../integrations/ente.ts";
import {
  type Services,
  toEnteSettings,
  effectStep,
  groupStep,
  pureStep,
  sourceStep,
} from "../integrations/services.ts";
import type { ReportBug } from "../engine/host/bug-report.ts";
import { createBugReports } from "./bug-reports.ts";
import type { Config } from "./config.ts";
import { locateProgramFolder, readOwnSteps } from "./program.ts";
import { createRoomCheck } from "./store/disk-room.ts";
import { locateHandFolder, openDocuments } from "./store/documents-place.ts";
import { computeSweepLimit, openHosting } from "./hosting.ts";
import { settleAfterDrives, settleHeld } from "./running/held-files.ts";
import { noteAfterDrives } from "./impact/tried.ts";
import { createLookupLedger } from "./lookup-ledger.ts";
import { openInstalledFiles } from "./installed-files.ts";
import { type JournalWitness, openWitness } from "./store/journal-witness.ts";
import { assertRestoreEnded } from "./store/restore-mark.ts";
import { locateWitness, openOrClose, openStore } from "./store/store.ts";
import type { ResolvedPipeline } from "../loader/pipeline/resolved.ts";

/** What every command may use. */
export interface Installation {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  /** Knows every secret that was read; the log and the errors pass through it. */
  readonly redactor: Redactor;
  readonly registry: StepRegistry;
  readonly reportBug: ReportBug;
  readonly machine: Machine;
}

/** What of the machine is not the clock: the network and chance; absent parts are the machine's own. */
export interface Machine {
  readonly fetch?: Fetch;
  /** Numbers in [0, 1). */
  readonly random?: () => number;
}

/** What a command that writes may use, while it holds the journal. */
export interface WritingInstallation extends Installation {
  readonly journal: Journal;
  readonly artifacts: ArtifactStore;
  readonly runner: Runner;
  /** From now on nothing waits longer than until then (milliseconds since the epoch), not even for a key that pauses. */
  limitWaits(untilMs: number): void;
  /** Whether the journal may act for an ente. */
  readonly witness: JournalWitness;
  /** What the ente's file names, real or simulated. */
  openServices(settings: EnteSettings): Services;
  close(): Promise<void>;
}

export interface InstallationOptions {
  readonly clock?: Clock;
  /** Default `warn` on a terminal command, `info` for the server. */
  readonly logLevel?: LogLevel;
  /** Takes the lines of the log; default: standard error. */
  readonly writeLog?: (line: string) => void;
  readonly machine?: Machine;
}

/** The parts that need neither journal nor lease. Throws PipelineError when a step file is wrong. */
export async function openInstallation(
  config: Config,
  options: InstallationOptions = {},
): Promise<Installation> {
  const clock = options.clock ?? systemClock;
  const redactor = createRedactor();
  if (config.store.kind === "postgres")
    redactor.add(decodeURIComponent(new URL(config.store.url).password));
  const level = config.logLevel ?? options.logLevel ?? "warn";
  const own = await readOwnSteps();
  const registry = await loadRegistry({
    builtin: own.builtin,
    folders: [...own.folders, ...config.stepFolders],
    provided: {
      sourceStep,
      pureStep,
      effectStep,
      groupStep,
      Type,
      Duration,
      ItemRejected,
      RetryLater,
      RunBlocked,
    },
  });
  const { writeLog } = options;
  const output = writeLog === undefined ? {} : { write: writeLog, isTerminal: false };
  const log = createLogger({ clock, redactor, level, ...output });
  const reportBug = createBugReports({ dataFolder: config.dataFolder, clock, redactor });
  const { machine = {} } = options;
  return { config, clock, log, redactor, registry, reportBug, machine };
}

/** Takes the journal's lease and opens all that a run needs. Throws RunBlocked `JOURNAL_IN_USE`, `DATA_NOT_WRITABLE`. */
export async function openWriting(base: Installation): Promise<WritingInstallation> {
  const { config, clock } = base;
  const path = locateWitness(config);
  assertRestoreEnded(config.dataFolder);
  const opened = await openStore(config, clock);
  const witness = await openOrClose(openWitness(opened, { path, clock }), opened);
  const { journal } = witness;
  const artifacts = await openOrClose(openDocuments(config, base), journal);
  await sweepTemporary(locateHandFolder(config), clock.now(), computeSweepLimit(config, clock));
  let waitsUntil = Number.POSITIVE_INFINITY;
  const hosting = await openHosting(base, journal);
  const limiter = createLimiter(clock, { ...hosting.limits, waitsUntil: () => waitsUntil });
  const runner = createRunner(
    buildRunnerOptions(base, {
      journal,
      artifacts,
      limiter,
      assertAligned: witness.assertAligned,
      dispatcher: createDispatcher(),
      ...hosting.runs,
    }),
  );
  // What a process left that died, or whose journal was put back.
  const settling = { ...base, journal };
  await settleHeld(settling);
  return {
    ...base,
    journal,
    artifacts,
    runner: noteAfterDrives(settleAfterDrives(hosting.handOver(runner), settling), settling),
    limitWaits: (untilMs) => {
      waitsUntil = untilMs;
    },
    witness,
    openServices: (settings) => openServicesOver(base, { journal, limiter }, settings),
    async close() {
      await hosting.close();
      await closeTidily(artifacts, base);
      await closeTidily(journal, base);
    },
  };
}

/** What a run is driven over. */
export interface DrivingParts extends Pick<
  RunnerOptions<ResolvedPipeline>,
  "journal" | "artifacts" | "dispatcher" | "claims"
> {
  readonly limiter: Limiter;
  /** Throws RunBlocked while the journal may not act for the ente. */
  assertAligned(ente: string): void;
}

/** What a runner of this installation is made of. */
export function buildRunnerOptions(
  base: Installation,
  { limiter, assertAligned, ...parts }: DrivingParts,
): RunnerOptions<ResolvedPipeline> {
  const { config, clock, log, registry, machine } = base;
  return {
    ...parts,
    clock,
    log,
    reportBug: base.reportBug,
    ...(machine.random === undefined ? {} : { random: machine.random }),
    assertRoom: createRoomCheck(config.dataFolder),
    findStep: (name) => registry.get(name)?.step,
    findFaults: listFaults,
    openServices: async (pipeline, run, journal) => {
      assertAligned(run.ente);
      const settings = await readSettingsNow(config, pipeline, run);
      const services = openServicesOver(base, { journal, limiter }, settings);
      if (!run.isLoaded)
        await assertReady(settings, services, {
          demands: collectDemands(pipeline, registry),
          secrets: openSecrets(base, settings),
        });
      return { ...services };
    },
  };
}

/** The services of an ente over what this process, or this drive, has open. */
function openServicesOver(
  base: Installation,
  { journal, limiter }: { readonly journal: Journal; readonly limiter: Limiter },
  settings: EnteSettings,
): Services {
  const { config, clock, machine } = base;
  return buildServices(settings, {
    http: createHttp(machine.fetch, journal.assertOwned),
    clock,
    limiter,
    secrets: openSecrets(base, settings),
    counters: journal,
    streamEvents: journal,
    records: journal,
    ledger: createLookupLedger(config.dataFolder, clock, journal),
    isLive: config.isLive,
    enteFolder: join(config.pipelinesFolder, "enti"),
    inboxFolder: join(config.dataFolder, "inbox"),
    outboxFolder: join(config.dataFolder, "outbox"),
  });
}

/**
 * The ente's settings for this drive: those that the run was made with. A run that rests because of them (blocked, its input
 * or its verbali refused, or waiting for a service that does not answer) takes the file as it is now, so that what a person mended there counts; its steps stay
 * as they were. Not when the file is wrong, or says another creditor or payment system, or has gone live since a trial: what was begun is asked for where it was.
 */
async function readSettingsNow(
  config: Config,
  pipeline: ResolvedPipeline,
  run: Run,
): Promise<EnteSettings> {
  const kept = toEnteSettings(pipeline.settings);
  const isBecauseOfThem =
    run.state === "waiting" ||
    run.state === "completed-with-rejections" ||
    (run.state === "blocked" && run.code !== "STOPPED") ||
    (run.state === "failed" && !run.isLoaded);
  if (!isBecauseOfThem) return kept;
  const files = openInstalledFiles(config);
  const { settings, problems } = await files.readEnte(pipeline.ente);
  if (settings === null || hasErrors(problems)) return kept;
  // The kind of act stays what the run began with: its fields are those that its items have.
  const now = toEnteSettings(kept.act === undefined ? settings : { ...settings, act: kept.act });
  // Verbali that were tried out are not notified for real because the ente has gone live meanwhile.
  const isTrial = run.state === "completed-with-rejections" && !kept.live;
  if (isTrial && now.live) return kept;
  const isSame =
    now.ente.codiceFiscale === kept.ente.codiceFiscale &&
    now.payments.adapter === kept.payments.adapter &&
    now.payments.segregationCode === kept.payments.segregationCode;
  return isSame ? now : kept;
}

/** What the steps of a pipeline will ask of the outside, by what they declare. */
export function collectDemands(
  { steps }: Pick<ResolvedPipeline, "steps">,
  registry: StepRegistry,
): Demands {
  const needs = new Set<string>();
  const signers = new Set<string>();
  const uploaders = new Set<string>();
  let transmits = false;
  let stream = false;
  for (const { uses, with: config } of steps) {
    const step = registry.get(uses)?.step;
    for (const name of step?.needs ?? []) needs.add(name);
    transmits ||= step?.seals === true;
    const { signer, mode, by } = config as Readonly<Record<"signer" | "mode" | "by", unknown>>;
    stream ||= step?.needs.includes("verdicts") === true && by === "stream";
    if (step?.needs.includes("signing") && typeof signer === "string")
      (mode === "upload" ? uploaders : signers).add(signer);
  }
  return {
    send: needs.has("send"),
    payments: needs.has("payments"),
    protocollo: needs.has("protocollo"),
    lookups: needs.has("lookups"),
    transmits: transmits && needs.has("send"),
    stream,
    signers: [...signers],
    uploaders: [...uploaders],
  };
}

/** The secrets of an ente. */
export function openSecrets({ config, redactor }: Installation, settings: EnteSettings): Secrets {
  return createSecrets({
    environment: config.environment,
    folders: listSecretFolders(config, settings),
    redactor,
  });
}

/** Enti that only talk to simulators may use the committed secrets of the demonstration. */
function listSecretFolders(config: Config, settings: EnteSettings): readonly string[] {
  const own = [config.secretsFolder];
  return settings.live ? own : [...own, join(locateProgramFolder(), "data", "demo", "secrets")];
}

/** Closing tidies journal and packs up; on a full disk that waits for the next start, and nothing is lost. */
async function closeTidily(
  part: { close(): Promise<void> },
  { config, log }: Installation,
): Promise<void> {
  try {
    await part.close();
  } catch (error) {
    const fault = toDiskError(error, config.dataFolder);
    if (!(fault instanceof RunBlocked)) throw error;
    log.info("data left untidied", { code: fault.code });
  }
}

/** Stores an input file before its run is made. Throws Error with code ENOENT when it is not there. */
export async function storeInput(artifacts: ArtifactStore, path: string): Promise<StoredArtifact> {
  await access(path);
  return await artifacts.putStream(basename(path), createReadStream(path));
}

/** Makes the run of a resolved pipeline; durable when it resolves. */
export async function createRun(
  { runner }: WritingInstallation,
  resolved: ResolvedPipeline,
  options: {
    readonly trigger: Run["trigger"];
    readonly input: StoredArtifact | null;
    readonly params: Readonly<Record<string, string>>;
  },
): Promise<Run> {
  return await runner.create({
    pipeline: resolved.name,
    ente: resolved.ente,
    spec: JSON.stringify(resolved),
    ...options,
  });
}
