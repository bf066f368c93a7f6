/** Entry point: finds the command, runs it, turns what was thrown into one Italian sentence and an exit code. */
import { PipelineError, RunBlocked } from "../engine/errors.ts";
import { type Command, exitCodes, readInput, UsageError } from "./cli/command.ts";
import { demoCommand } from "./cli/demo.ts";
import { exportCommand, runsCommand, statusCommand } from "./cli/history.ts";
import { explain } from "./cli/output.ts";
import { checkCommand, showCommand, stepsCommand } from "./cli/pipelines.ts";
import { answerCommand, cancelCommand, resumeCommand, runCommand } from "./cli/run.ts";
import { serveCommand } from "./cli/serve.ts";
import { simulateCommand } from "./cli/simulate.ts";

const commands: Readonly<Record<string, Command>> = {
  run: runCommand,
  resume: resumeCommand,
  cancel: cancelCommand,
  answer: answerCommand,
  runs: runsCommand,
  status: statusCommand,
  export: exportCommand,
  check: checkCommand,
  show: showCommand,
  steps: stepsCommand,
  serve: serveCommand,
  simulate: simulateCommand,
  demo: demoCommand,
};

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(help());
    return name === undefined ? exitCodes.usage : exitCodes.completed;
  }
  const command = commands[name];
  if (command === undefined) {
    process.stderr.write(
      `Il comando «${name}» non esiste. Comandi: ${Object.keys(commands).join(", ")}.\n`,
    );
    return exitCodes.usage;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(`postino ${command.usage}\n  ${command.summary}\n`);
    return exitCodes.completed;
  }
  try {
    return await command.run(readInput(command, rest));
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\nUso: postino ${command.usage}\n`);
      return exitCodes.usage;
    }
    process.stderr.write(`${explain(error, process.stderr.isTTY)}\n`);
    if (error instanceof RunBlocked) return exitCodes.blocked;
    return error instanceof PipelineError ? exitCodes.usage : exitCodes.failure;
  }
}

function help(): string {
  const lines = Object.values(commands).map(
    (command) => `  ${command.usage}\n      ${command.summary}`,
  );
  return `Postino notifica i verbali con SEND.\n\nComandi:\n${lines.join("\n")}\n\nCodici di uscita: 0 completato, 1 errore del programma, 2 uso errato o errori di check, 3 completato con scarti, 4 in attesa, 5 bloccato, 6 in dubbio.\n`;
}

process.exitCode = await main(process.argv.slice(2));
