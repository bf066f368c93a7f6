/** The world of one test: its folder, simulators, time and installation. Nothing of it is left, nothing of the machine's own is touched. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createLogger } from "../../../engine/host/logger.ts";
import { createRedactor } from "../../../engine/host/redaction.ts";
import type { EnteSettings } from "../../../integrations/ente.ts";
import { readConfig } from "../../config.ts";
import { type Installation, openWriting, type WritingInstallation } from "../../installation.ts";
import { type SimulatorSettings, toSimulatedSend } from "../../simulator-settings.ts";
import { createSimulators, type Simulators } from "../../simulators.ts";
import { createIdleClock, type IdleClock } from "./idle-clock.ts";
import { listTestSecrets, testSecret } from "./test-settings.ts";
import { createWire, type Wire } from "./wire.ts";

export interface StageOptions {
  readonly base: Installation;
  readonly folder: string;
  readonly startMs: number;
  /** As the test runs them. */
  readonly settings: EnteSettings;
  readonly simulators: SimulatorSettings | undefined;
  /** Payment positions that are there beforehand, as GPD's simulator takes them. */
  readonly positions: readonly unknown[];
  /** The simulators outlive the process. */
  readonly isOnDisk: boolean;
  /** Takes each line of the log, JSON. */
  readonly writeLog: (line: string) => void;
  readonly onMove?: (now: number) => void;
}

export interface TestStage {
  readonly clock: IdleClock;
  readonly wire: Wire;
  readonly simulators: Pick<Simulators, "report" | "receive">;
  readonly writing: WritingInstallation;
  close(): Promise<void>;
}

/** A day of SEND is a day, a verdict takes a quarter of an hour, and what is announced of malfunctions is nothing. */
const usual = { dayMs: 86_400_000, validationMs: 0 } as const;

export async function openStage(options: StageOptions): Promise<TestStage> {
  const { base, folder, settings } = options;
  const clock = createIdleClock(options.startMs, options.onMove);
  const simulators = await openSimulators(options, clock);
  const wire = createWire(simulators.app, clock);
  const dataFolder = join(folder, "data");
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const redactor = createRedactor();
  const writing = await openWriting({
    ...base,
    // Nothing of the installation's own but its steps: a setting that it has and a test does not know must not lead back to it.
    config: {
      ...readConfig({ POSTINO_DATA: dataFolder }),
      // Nothing is read again from the ente's file: the settings of the test are those of its runs.
      pipelinesFolder: join(folder, "pipelines"),
      environment: listTestSecrets(settings),
    },
    clock,
    redactor,
    log: createLogger({
      clock,
      redactor,
      level: "debug",
      write: options.writeLog,
      isTerminal: false,
    }),
    reportBug: () => null,
    // Chance is half: the same test ends the same way.
    machine: { fetch: wire.fetch, random: () => 0.5 },
  });
  return {
    clock,
    wire,
    simulators,
    writing,
    async close() {
      await writing.close();
      simulators.close();
    },
  };
}

function openSimulators(
  { folder, settings, simulators, positions, isOnDisk }: StageOptions,
  clock: IdleClock,
): Promise<Simulators> {
  const { group, over20Grams = true } = settings.send;
  const paTaxId = settings.ente.codiceFiscale;
  const own = {
    key: testSecret,
    paTaxId,
    pdnd: false,
    status: "ENABLED",
    sendEnabled: true,
    over20Grams,
    ...(group === undefined ? {} : { groups: [group] }),
  } as const;
  const hasLimits = simulators?.limits !== undefined;
  return createSimulators({
    folder: isOnDisk ? join(folder, "simulatori") : null,
    clock,
    apiKey: testSecret,
    paTaxId,
    send: toSimulatedSend(
      { ...simulators, keys: [...(simulators?.keys ?? []), own] },
      hasLimits ? {} : { dayMs: usual.dayMs },
    ),
    ...(hasLimits ? {} : { validationMs: usual.validationMs }),
    positions,
    keepsFiles: true,
  });
}
