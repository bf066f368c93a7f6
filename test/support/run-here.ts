/** Runs a command of the CLI in this process, with streams, environment and working folder of its own; one at a time. */
import { type Clock, systemClock } from "../../engine/host/clock.ts";
import { withTerminal } from "../../server/cli/terminal.ts";
import { runCommandLine } from "../../server/main.ts";

export interface HereOptions {
  /** The working folder. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Default: nothing to read. */
  readonly stdin: string | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
}

export interface EndedHere {
  readonly code: number;
  readonly signal: null;
  readonly stdout: string;
  readonly stderr: string;
}

let isRunning = false;

/** The working folder is the process's: a second command must wait or have a process of its own. */
export function isBusyHere(): boolean {
  return isRunning;
}

/** The command to its end. Throws when another is running here. */
export async function runHere(args: readonly string[], options: HereOptions): Promise<EndedHere> {
  if (isRunning) throw new Error("another command is running in this process");
  isRunning = true;
  const before = process.cwd();
  const written = { stdout: "", stderr: "" };
  const collectInto = (name: "stdout" | "stderr") => ({
    isTTY: false,
    write(text: string) {
      written[name] += text;
    },
  });
  try {
    process.chdir(options.folder);
    const code = await withTerminal(
      {
        stdout: collectInto("stdout"),
        stderr: collectInto("stderr"),
        stdin: { isTTY: false, read: () => readText(options.stdin ?? "") },
        environment: options.environment,
        clock: options.clock ?? systemClock,
      },
      () => runCommandLine(args),
    );
    return { code, signal: null, ...written };
  } finally {
    process.chdir(before);
    isRunning = false;
  }
}

async function* readText(text: string): AsyncGenerator<Uint8Array> {
  if (text !== "") yield new TextEncoder().encode(text);
}
