/** `test`: plays the tests in YAML against the simulators, without touching anything of the installation. */
import { access, readFile, writeFile } from "node:fs/promises";
import { watch } from "node:fs";
import { join } from "node:path";
import { EnteSettings } from "../../../../integrations/ente.ts";
import { openPipelineFiles } from "../../../../loader/pipeline/files.ts";
import type { Installation } from "../../../installation.ts";
import { noteTriedOrTell } from "../../../impact/tried.ts";
import { createSeen, type Seen } from "../../../testing/coverage.ts";
import { type CrashOrder, playToDie } from "../../../testing/crash.ts";
import { formatJunit } from "../../../testing/junit.ts";
import {
  listTestFiles,
  loadTests,
  type LoadedTests,
} from "../../../testing/language/load-tests.ts";
import { playTest, type TestOutcome } from "../../../testing/play-test.ts";
import type { TestFile } from "../../../testing/language/test-file.ts";
import { formatOutcome, formatSummary } from "../../../testing/test-report.ts";
import { formatProblem } from "../../../words/problems.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, type CommandInput, exitCodes, toExitCode } from "../../command.ts";
import { openForCommand } from "../../open.ts";
import { onStop } from "../../stop-signals.ts";
import { tellAside, terminal } from "../../terminal.ts";
import { listOwnCommand } from "../../../program.ts";

/** Tests in YAML. */
export const testCommand: Command = {
  usage: "test [FILE…] [--ente C] [--only TESTO] [--watch] [--coverage] [--junit FILE] [--json]",
  summary: "prova le pipeline con le prove di pipelines/tests, contro i servizi simulati",
  details: () => `
  FILE…          file di prove; se mancano, tutti quelli di pipelines/tests
  --ente C       l'ente per le prove che non ne nominano uno; se manca, il primo
  --only TESTO   solo le prove che hanno questo testo nel nome
  --watch        ripete a ogni modifica, finché non si preme Ctrl-C
  --coverage     elenca tutti i controlli e le note che nessuna prova raggiunge
  --junit FILE   scrive anche il rapporto JUnit, per chi costruisce in automatico
  --json         un solo documento JSON sullo standard output

  Esce con 0 se tutte passano, 1 se qualcuna no, 2 se un file di prove è scritto male.
`,
  words: ["FILE…"],
  options: {
    ente: { type: "string" },
    only: { type: "string" },
    watch: { type: "boolean" },
    coverage: { type: "boolean" },
    junit: { type: "string" },
    json: { type: "boolean" },
    "crash-order": { type: "string" },
  },
  async run(input) {
    const order = input.findValue("crash-order");
    if (order !== undefined) return await dieAsOrdered(order);
    return input.hasFlag("watch") ? await watchTests(input) : await runTests(input);
  },
};

async function runTests(input: CommandInput): Promise<number> {
  const installation = await openForCommand();
  const { pipelinesFolder } = installation.config;
  const files = openPipelineFiles(pipelinesFolder, EnteSettings);
  const enti = await files.listEnti();
  const known = { pipelines: await files.listPipelines(), enti };
  const ente = pickEnte(input, enti);
  const loaded: LoadedTests[] = [];
  for (const file of await pickFiles(input, pipelinesFolder))
    loaded.push(await loadTests(file, known));
  const problems = loaded.flatMap((one) => one.problems);
  if (problems.length > 0) terminal.stderr.write(`${problems.map(formatProblem).join("\n\n")}\n`);
  if (loaded.some(({ tests }) => tests === null)) return exitCodes.usage;
  const isJson = input.hasFlag("json");
  const seen = createSeen();
  const outcomes: TestOutcome[] = [];
  for (const one of loaded) {
    if (!isJson) terminal.stdout.write(`${one.file}\n`);
    for (const outcome of await playFile(one, { input, installation, files, ente, seen }))
      outcomes.push(outcome);
  }
  if (outcomes.length === 0)
    throw new UsageError("Nessuna prova ha quel testo nel nome.", { isWellTyped: true });
  await writeResults(input, outcomes, seen);
  if (input.findValue("only") === undefined)
    await noteProved(installation, { loaded, outcomes, ente });
  return outcomes.every(({ failures }) => failures.length === 0)
    ? exitCodes.completed
    : exitCodes.failure;
}

/** What all tests of an ente have passed counts as tried. */
async function noteProved(
  installation: Installation,
  {
    loaded,
    outcomes,
    ente,
  }: {
    readonly loaded: readonly LoadedTests[];
    readonly outcomes: readonly TestOutcome[];
    readonly ente: string;
  },
): Promise<void> {
  const failed = new Set(
    outcomes.flatMap(({ place, failures }) => (failures.length > 0 ? [place] : [])),
  );
  const [proved, broken] = [new Map<string, Set<string>>(), new Set<string>()];
  for (const { tests, place } of loaded)
    for (const [index, test] of (tests?.tests ?? []).entries()) {
      const of = test.ente ?? tests?.ente ?? ente;
      if (failed.has(place(["tests", String(index)]))) broken.add(of);
      const pipelines = [
        test.pipeline ?? tests?.pipeline,
        ...(test.next ?? []).map(({ run }) => run),
      ];
      const known = proved.getOrInsertComputed(of, () => new Set<string>());
      for (const name of pipelines) if (name !== undefined) known.add(name);
    }
  for (const [of, pipelines] of proved)
    if (!broken.has(of))
      await noteTriedOrTell(
        installation,
        { ente: of, pipelines: [...pipelines], by: "test" },
        tellAside,
      );
}

interface Playing {
  readonly input: CommandInput;
  readonly installation: Installation;
  readonly files: ReturnType<typeof openPipelineFiles>;
  readonly ente: string;
  readonly seen: Seen;
}

async function playFile(
  loaded: LoadedTests,
  { input, installation, files, ente, seen }: Playing,
): Promise<readonly TestOutcome[]> {
  const { tests } = loaded;
  if (tests === null) return [];
  const outcomes: TestOutcome[] = [];
  const only = input.findValue("only")?.toLowerCase() ?? "";
  for (const [index, { name }] of tests.tests.entries()) {
    if (!name.toLowerCase().includes(only)) continue;
    const whole: LoadedTests & { readonly tests: TestFile } = { ...loaded, tests };
    const outcome = await playTest({
      base: installation,
      files,
      loaded: whole,
      index,
      ente,
      seen,
      toExitCode,
    });
    outcomes.push(outcome);
    if (!input.hasFlag("json"))
      terminal.stdout.write(`  ${formatOutcome(outcome).replaceAll("\n", "\n  ")}\n`);
  }
  return outcomes;
}

function pickEnte(input: CommandInput, enti: readonly string[]): string {
  const given = input.findValue("ente");
  if (given !== undefined && !enti.includes(given))
    throw new UsageError(`L'ente «${given}» non ha un file. Enti: ${enti.join(", ")}.`, {
      isWellTyped: true,
    });
  const ente = given ?? enti[0];
  if (ente === undefined)
    throw new UsageError("Nella cartella delle pipeline non c'è alcun ente per cui provare.", {
      isWellTyped: true,
    });
  return ente;
}

async function pickFiles(input: CommandInput, pipelinesFolder: string): Promise<readonly string[]> {
  if (input.words.length === 0) {
    const found = await listTestFiles(pipelinesFolder);
    if (found.length > 0) return found;
    throw new UsageError(
      `Nella cartella ${join(pipelinesFolder, "tests")} non c'è alcun file di prove.`,
      { isWellTyped: true },
    );
  }
  for (const file of input.words)
    await access(file).catch(() => {
      throw new UsageError(`Il file ${file} non esiste.`, { isWellTyped: true });
    });
  return input.words;
}

async function writeResults(
  input: CommandInput,
  outcomes: readonly TestOutcome[],
  seen: Seen,
): Promise<void> {
  const coverage = seen.report();
  const junit = input.findValue("junit");
  if (junit !== undefined)
    await writeFile(junit, formatJunit(outcomes)).catch(() => {
      throw new UsageError(`Il file ${junit} non si può scrivere.`, { isWellTyped: true });
    });
  if (input.hasFlag("json"))
    terminal.stdout.write(`${JSON.stringify({ tests: outcomes, coverage })}\n`);
  else terminal.stdout.write(`\n${formatSummary(outcomes, coverage, input.hasFlag("coverage"))}\n`);
}

/** A process of its own each time: steps that changed are loaded anew. */
async function watchTests(input: CommandInput): Promise<number> {
  const { config } = await openForCommand();
  const args = listArguments(input);
  const controller = new AbortController();
  const release = onStop(() => controller.abort());
  const folders = [config.pipelinesFolder, ...config.stepFolders];
  let wake: () => void = () => {};
  const watchers = folders.map((folder) => watch(folder, { recursive: true }, () => wake()));
  try {
    while (!controller.signal.aborted) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
        controller.signal.addEventListener("abort", () => resolve(), { once: true });
      });
      await spawnTests(args, config.environment);
      if (controller.signal.aborted) break;
      terminal.stdout.write("\nIn attesa di modifiche. Per smettere: Ctrl-C.\n");
      await changed;
    }
  } finally {
    for (const watcher of watchers) watcher.close();
    release();
  }
  return exitCodes.completed;
}

function listArguments(input: CommandInput): readonly string[] {
  const options = ["ente", "only", "junit"].flatMap((name) => {
    const value = input.findValue(name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  const flags = ["coverage", "json"].flatMap((name) => (input.hasFlag(name) ? [`--${name}`] : []));
  return [...input.words, ...options, ...flags];
}

async function spawnTests(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const child = Bun.spawn([...listOwnCommand(), "test", ...args], {
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  terminal.stdout.write(stdout);
  terminal.stderr.write(stderr);
}

/** The side of a test that dies by SIGKILL; it does not come back unless the point was never passed. */
async function dieAsOrdered(path: string): Promise<number> {
  const order = JSON.parse(await readFile(path, "utf8")) as CrashOrder;
  const installation = await openForCommand();
  const files = openPipelineFiles(installation.config.pipelinesFolder, EnteSettings);
  const known = { pipelines: await files.listPipelines(), enti: await files.listEnti() };
  const loaded = await loadTests(order.file, known);
  const { tests } = loaded;
  if (tests === null)
    throw new UsageError(`Il file ${order.file} è cambiato durante la prova.`, {
      isWellTyped: true,
    });
  const { index, ente } = order;
  await playToDie(
    {
      base: installation,
      files,
      loaded: { ...loaded, tests },
      index,
      ente,
      seen: createSeen(),
      toExitCode,
    },
    order,
  );
  return exitCodes.completed;
}
