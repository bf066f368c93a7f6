/** One act of a test: time passes, others do something, a run begins or goes on, people answer, until it rests. */
import { createPades } from "../../documents/signature/pades.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { EnteSettings } from "../../integrations/ente.ts";
import { toEnteSettings } from "../../integrations/services.ts";
import type { PipelineFiles } from "../../loader/pipeline/files.ts";
import { resolveFrom } from "../../loader/pipeline/resolve.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";
import { limitToFirst } from "../running/ahead.ts";
import { createEnteInspection } from "../ente/inspect-ente.ts";
import { createRun } from "../installation.ts";
import { reopenRun } from "../running/run-manager.ts";
import { formatProblem } from "../words/problems.ts";
import { answerAsks } from "./answers.ts";
import { befall } from "./events.ts";
import { type Facts, findFact, readFacts } from "./facts.ts";
import { buildInput } from "./stage/flusso-of-test.ts";
import type { TestStage } from "./stage/stage.ts";
import type { TestAct } from "./language/test-file.ts";
import { locateEnteFiles, toTestSettings } from "./stage/test-settings.ts";
import { ActFault } from "./act-fault.ts";

/** What all acts of a test share. */
export interface Theatre {
  readonly stage: TestStage;
  readonly testFile: string;
  readonly files: PipelineFiles;
  readonly pipelinesFolder: string;
  readonly ente: string;
  /** What the file of tests says of every verbale. */
  readonly own: Readonly<Record<string, unknown>>;
}

const usualWaitMs = 600_000;

/** Begins the act: what happens before a run moves. */
export async function beginAct(
  { stage }: Theatre,
  act: TestAct,
  before: Facts | null,
): Promise<void> {
  const { clock, wire } = stage;
  if (act.advance !== undefined) clock.moveTo(clock.now() + act.advance);
  for (const event of act.events ?? []) await befall(stage, event, before);
  wire.setMocks(act.mocks ?? {});
}

/** The run that the act is about, durable and not driven yet. Throws ActFault. */
export async function makeRun(theatre: Theatre, act: TestAct, before: Facts | null): Promise<Run> {
  const { writing } = theatre.stage;
  if (act.run !== undefined) return await startRun(theatre, act, before);
  if (before === null)
    throw new ActFault(
      "il primo atto non dice quale pipeline si avvia (run, o pipeline all'inizio del file)",
    );
  const { run } = before;
  if (act.only === "rest") return await startRest(theatre, run);
  const decision = act.answers?.find(({ doubt }) => doubt !== undefined)?.doubt;
  const reopened = await reopenRun(writing, run, {
    ...(act.only === undefined ? {} : { only: act.only }),
    ...(decision === undefined || act.only !== "in-doubt"
      ? {}
      : { decision: { word: decision, by: "prova", reason: "prova", evidence: null } }),
  });
  if ("reason" in reopened && run.state !== "waiting-for-person")
    throw new ActFault(reopened.reason);
  return run;
}

async function startRun(theatre: Theatre, act: TestAct, before: Facts | null): Promise<Run> {
  const { stage, testFile, own } = theatre;
  const params = fillParams(act.params ?? {}, before);
  const whole = await resolveForTest(theatre, act.run ?? "", params);
  const resolved =
    act.first === undefined ? whole : limitToFirst(whole, stage.writing.registry, act.first);
  if (resolved === null)
    throw new ActFault(`la pipeline «${whole.name}» non legge un file: first non vale`);
  const { act: kind } = toEnteSettings(whole.settings);
  const nowMs = stage.clock.now();
  const input = await buildInput(act.given, { testFile, nowMs, own, act: kind });
  const stored = input === null ? null : await stage.writing.artifacts.put(input.name, input.bytes);
  return await createRun(stage.writing, resolved, { trigger: "manual", input: stored, params });
}

async function startRest(theatre: Theatre, { pipeline, input, params }: Run): Promise<Run> {
  const resolved = await resolveForTest(theatre, pipeline, params);
  return await createRun(theatre.stage.writing, resolved, { trigger: "manual", input, params });
}

async function resolveForTest(
  { files, stage, ente, pipelinesFolder }: Theatre,
  pipeline: string,
  params: Readonly<Record<string, string>>,
): Promise<ResolvedPipeline> {
  const { registry } = stage.writing;
  const { resolved, problems } = await resolveFrom(files, {
    pipeline,
    ente,
    params,
    registry,
    settingsSchema: EnteSettings,
    inspectEnte: createEnteInspection({ registry }),
  });
  if (resolved === null) {
    const errors = problems.filter(({ severity }) => severity === "error");
    throw new ActFault(errors.map(formatProblem).join("\n"));
  }
  const settings = toTestSettings(
    toEnteSettings(resolved.settings),
    locateEnteFiles(pipelinesFolder),
  );
  return { ...resolved, settings: settings as unknown as ResolvedPipeline["settings"] };
}

/** `$iun(A1)`: what SEND made of a verbale of the act before. */
function fillParams(
  params: Readonly<Record<string, string>>,
  before: Facts | null,
): Record<string, string> {
  const filled: Record<string, string> = {};
  for (const [name, text] of Object.entries(params))
    filled[name] = text.replaceAll(/\$iun\(([^)]+)\)/g, (_, key: string) => {
      const iun = findFact(before?.items ?? [], key)?.iun;
      if (iun === undefined || iun === null)
        throw new ActFault(`il verbale ${key} non ha uno IUN: ${text} non si può scrivere`);
      return iun;
    });
  return filled;
}

/** Drives the run until it rests, with the answers that the act has for what it asks. */
export async function driveAct(theatre: Theatre, act: TestAct, run: Run): Promise<Facts> {
  const { stage } = theatre;
  const { runner, clock } = { ...stage.writing, clock: stage.clock };
  const waitMs = act.wait ?? usualWaitMs;
  const drive = async (answers?: Parameters<typeof runner.drive>[1]["answers"]): Promise<Run> => {
    const waitUntil = clock.now() + waitMs;
    stage.writing.limitWaits(waitUntil);
    return await runner.drive(run.id, {
      stop: new AbortController().signal,
      waitUntil,
      ...(answers === undefined ? {} : { answers }),
    });
  };
  const waits =
    run.state === "waiting-for-person" && act.run === undefined && act.only === undefined;
  const rested = waits ? run : await drive();
  return await readFacts(stage, await answerAsks(stage, { act, run: rested, drive, createPades }));
}
