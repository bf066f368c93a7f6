/** Entry point: finds the command, runs it, turns what was thrown into one Italian sentence and an exit code. */
import { PipelineError, RunBlocked } from "../engine/host/errors.ts";
import { createRedactor } from "../engine/host/redaction.ts";
import { createBugReports, listSecretValues } from "./bug-reports.ts";
import { readConfig } from "./config.ts";
import { findNearest } from "../loader/yaml/nearest.ts";
import { type Command, type CommandInput, exitCodes, readInput } from "./cli/command.ts";
import { UsageError } from "./words/usage-error.ts";
import { explainError } from "./cli/output.ts";
import { terminal } from "./cli/terminal.ts";

/** Loaded when it is called: a command does not wait for the parts of the others. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./cli/commands/flussi/run.ts")).runCommand,
  try: async () => (await import("./cli/commands/flussi/try.ts")).tryCommand,
  test: async () => (await import("./cli/commands/pipelines/test.ts")).testCommand,
  resume: async () => (await import("./cli/commands/flussi/resume.ts")).resumeCommand,
  cancel: async () => (await import("./cli/commands/flussi/run.ts")).cancelCommand,
  answer: async () => (await import("./cli/commands/flussi/run.ts")).answerCommand,
  runs: async () => (await import("./cli/commands/flussi/history.ts")).runsCommand,
  status: async () => (await import("./cli/commands/flussi/history.ts")).statusCommand,
  export: async () => (await import("./cli/commands/flussi/history.ts")).exportCommand,
  find: async () => (await import("./cli/commands/flussi/find.ts")).findCommand,
  report: async () => (await import("./cli/commands/flussi/report.ts")).reportCommand,
  abroad: async () => (await import("./cli/commands/flussi/abroad.ts")).abroadCommand,
  costs: async () => (await import("./cli/commands/flussi/costs.ts")).costsCommand,
  fascicolo: async () => (await import("./cli/commands/flussi/fascicolo.ts")).fascicoloCommand,
  files: async () => (await import("./cli/commands/flussi/files.ts")).filesCommand,
  check: async () => (await import("./cli/commands/pipelines/pipelines.ts")).checkCommand,
  impact: async () => (await import("./cli/commands/pipelines/impact.ts")).impactCommand,
  diff: async () => (await import("./cli/commands/pipelines/impact.ts")).diffCommand,
  show: async () => (await import("./cli/commands/pipelines/pipelines.ts")).showCommand,
  explain: async () => (await import("./cli/commands/pipelines/explain.ts")).explainCommand,
  lsp: async () => (await import("./cli/commands/pipelines/lsp.ts")).lspCommand,
  manual: async () => (await import("./cli/commands/pipelines/manual.ts")).manualCommand,
  steps: async () => (await import("./cli/commands/pipelines/pipelines.ts")).stepsCommand,
  serve: async () => (await import("./cli/commands/house/serve.ts")).serveCommand,
  worker: async () => (await import("./cli/commands/house/worker.ts")).workerCommand,
  postal: async () => (await import("./cli/commands/enti/tables.ts")).postalCommand,
  map: async () => (await import("./cli/commands/enti/map.ts")).mapCommand,
  init: async () => (await import("./cli/commands/enti/init.ts")).initCommand,
  key: async () => (await import("./cli/commands/house/key.ts")).keyCommand,
  store: async () => (await import("./cli/commands/house/store.ts")).storeCommand,
  backup: async () => (await import("./cli/commands/house/backup.ts")).backupCommand,
  restore: async () => (await import("./cli/commands/house/backup.ts")).restoreCommand,
  purge: async () => (await import("./cli/commands/house/purge.ts")).purgeCommand,
  vacuum: async () => (await import("./cli/commands/house/purge.ts")).vacuumCommand,
  realign: async () => (await import("./cli/commands/flussi/realign.ts")).realignCommand,
  new: async () => (await import("./cli/commands/enti/new.ts")).newCommand,
  secret: async () => (await import("./cli/commands/enti/secret.ts")).secretCommand,
  doctor: async () => (await import("./cli/commands/enti/doctor.ts")).doctorCommand,
  trust: async () => (await import("./cli/commands/enti/tables.ts")).trustCommand,
  notification: async () => (await import("./cli/commands/flussi/ask-send.ts")).notificationCommand,
  platform: async () => (await import("./cli/commands/flussi/ask-send.ts")).platformCommand,
  preview: async () => (await import("./cli/commands/enti/preview.ts")).previewCommand,
  simulate: async () => (await import("./cli/commands/house/simulate.ts")).simulateCommand,
  user: async () => (await import("./cli/commands/house/people.ts")).userCommand,
  token: async () => (await import("./cli/commands/house/token.ts")).tokenCommand,
  audit: async () => (await import("./cli/commands/house/people.ts")).auditCommand,
  demo: async () => (await import("./cli/commands/house/simulate.ts")).demoCommand,
};

/** Runs the command that the words name, as a person types them after `postino`; the exit code. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    // Asked for: an answer. Not asked for: a reminder that something is missing.
    (name === undefined ? terminal.stderr : terminal.stdout).write(await formatHelp());
    return name === undefined ? exitCodes.usage : exitCodes.completed;
  }
  if (name === "--version") {
    const { readVersion } = await import("./version.ts");
    terminal.stdout.write(`Postino ${readVersion()}\n`);
    return exitCodes.completed;
  }
  const load = commands[name];
  if (load === undefined) {
    const near = findNearest(name, Object.keys(commands));
    terminal.stderr.write(
      `Il comando «${name}» non esiste.${near === null ? "" : ` Forse: postino ${near}.`}\nComandi: ${Object.keys(commands).join(", ")}.\n`,
    );
    return exitCodes.usage;
  }
  const command = await load();
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.stdout.write(
      `postino ${command.usage}\n  ${command.summary}\n${command.details?.() ?? ""}`,
    );
    return exitCodes.completed;
  }
  try {
    const input = readInput(command, rest);
    await noteAct(command, input);
    return await command.run(input);
  } catch (error) {
    if (error instanceof UsageError) {
      const usage = error.isWellTyped ? "" : `\nUso: postino ${command.usage}`;
      terminal.stderr.write(`${error.message}${usage}\n`);
      return exitCodes.usage;
    }
    terminal.stderr.write(`${explainError(error, () => keepReport(error, name))}\n`);
    if (error instanceof RunBlocked) return exitCodes.blocked;
    return error instanceof PipelineError ? exitCodes.usage : exitCodes.failure;
  }
}

async function noteAct({ act }: Command, input: CommandInput): Promise<void> {
  if (act === undefined) return;
  const { noteCommand } = await import("./cli/acts.ts");
  await noteCommand(typeof act === "function" ? act(input) : act, input);
}

/** A command may fail before it has an installation: what it knew as a secret is taken from where secrets lie. */
function keepReport(error: unknown, command: string): string | null {
  try {
    const config = readConfig(terminal.environment);
    const redactor = createRedactor();
    for (const value of listSecretValues(config)) redactor.add(value);
    const { dataFolder } = config;
    return createBugReports({ dataFolder, clock: terminal.clock, redactor })(error, {
      doing: `postino ${command}`,
    });
  } catch {
    // A setting that is wrong was told, or is what was thrown: the stack is shown instead.
    return null;
  }
}

async function formatHelp(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  const lines = all.map((command) => `  ${command.usage}\n      ${command.summary}`);
  return `Postino notifica i verbali con SEND.\n\nComandi:\n${lines.join("\n")}\n\nDi ognuno: postino <comando> --help. La versione: postino --version.\n\nCodici di uscita: 0 completato, 1 errore del programma, 2 uso errato o errori di check, 3 completato con scarti, 4 in attesa, 5 bloccato, 6 in dubbio.\n`;
}

/** The process as a person started it. */
export async function startProgram(): Promise<void> {
  // Whoever read the output (`| head`, a pager that was left, a terminal that was closed) has enough: the command ends as it would, without a word.
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    });
  process.exitCode = await runCommandLine(process.argv.slice(2));
}

if (import.meta.main) await startProgram();
