/** A test as it is played: its acts in order, and the stage that they share. */
import type { Run } from "../../engine/journal/runs.ts";
import { toEnteSettings } from "../../integrations/services.ts";
import type { PipelineFiles } from "../../loader/pipeline/files.ts";
import type { Installation } from "../installation.ts";
import { ActFault } from "./act-fault.ts";
import type { Seen } from "./coverage.ts";
import type { LoadedTests } from "./language/load-tests.ts";
import type { Theatre } from "./play-act.ts";
import { openStage } from "./stage/stage.ts";
import type { Given, TestAct, TestCase, TestFile } from "./language/test-file.ts";
import { locateEnteFiles, toTestSettings } from "./stage/test-settings.ts";

export interface TestRequest {
  readonly base: Installation;
  readonly files: PipelineFiles;
  readonly loaded: LoadedTests & { readonly tests: TestFile };
  /** Index in the file. */
  readonly index: number;
  readonly ente: string;
  readonly seen: Seen;
  /** The exit code with which a command would tell how the run rests. */
  readonly toExitCode: (run: Run) => number;
}

/** Throws where the caller is wrong. */
export function pickTest({ loaded, index }: Pick<TestRequest, "loaded" | "index">): TestCase {
  const test = loaded.tests.tests[index];
  if (test === undefined) throw new Error("no such test");
  return test;
}

/** The acts in order; the first is written in the test itself. */
export function listActs(
  test: TestCase,
  { pipeline }: Pick<TestFile, "pipeline">,
): readonly { readonly act: TestAct; readonly keys: readonly string[] }[] {
  const {
    name: _name,
    ente: _ente,
    clock: _clock,
    simulators: _simulators,
    next = [],
    pipeline: own,
    ...rest
  } = test;
  const run = own ?? pipeline;
  return [
    { act: { ...rest, ...(run === undefined ? {} : { run }) }, keys: [] },
    ...next.map((act, number) => ({ act, keys: ["next", String(number)] })),
  ];
}

/** Throws ActFault where the ente's file is wrong. */
export async function openTheatre(
  request: TestRequest,
  {
    folder,
    startMs,
    isOnDisk,
    onMove,
  }: {
    readonly folder: string;
    readonly startMs: number;
    readonly isOnDisk: boolean;
    readonly onMove?: (now: number) => void;
  },
): Promise<Theatre> {
  const { base, files, loaded, seen } = request;
  const test = pickTest(request);
  const ente = test.ente ?? loaded.tests.ente ?? request.ente;
  const { settings } = await files.readEnte(ente);
  if (settings === null)
    throw new ActFault(`il file dell'ente «${ente}» ha errori: postino check --ente ${ente}`);
  const { pipelinesFolder } = base.config;
  const own = toTestSettings(toEnteSettings(settings), locateEnteFiles(pipelinesFolder));
  const stage = await openStage({
    base,
    folder,
    startMs,
    settings: own,
    simulators: test.simulators,
    positions: listPositions(test, own.ente.codiceFiscale),
    isOnDisk,
    writeLog: (line) => seen.noteLog(line),
    ...(onMove === undefined ? {} : { onMove }),
  });
  return {
    stage,
    testFile: loaded.file,
    files,
    pipelinesFolder,
    ente,
    own: (loaded.tests.verbale ?? {}) as Readonly<Record<string, unknown>>,
  };
}

function listPositions({ given, next = [] }: TestCase, organization: string): readonly unknown[] {
  const all: readonly (Given | undefined)[] = [given, ...next.map((act) => act.given)];
  return all
    .flatMap((one) => one?.positions ?? [])
    .map(({ iupd, iuv, importoCents, stato }, index) => ({
      organization,
      iupd,
      status: stato,
      options: [
        { iuv: iuv ?? `99${String(index + 1).padStart(15, "0")}`, amountCents: importoCents },
      ],
    }));
}
