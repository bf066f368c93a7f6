/** What a command speaks through and lives in: the streams, the environment and the time of its process, or those that whoever calls it in its own process gives. */
import { AsyncLocalStorage } from "node:async_hooks";
import { systemClock, type Clock } from "../../engine/host/clock.ts";

export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY: boolean;
  /** Of a terminal. */
  readonly columns?: number | undefined;
}

export interface Terminal {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdin: {
    readonly isTTY: boolean;
    read(): AsyncIterable<Uint8Array>;
  };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

const ofProcess: Terminal = {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: {
    get isTTY() {
      return process.stdin.isTTY;
    },
    read: () => Bun.stdin.stream(),
  },
  environment: process.env,
  clock: systemClock,
};

/** Set while a command runs for a caller in its own process. */
const given = new AsyncLocalStorage<Terminal>();

/** The terminal of the command that is running. */
export const terminal: Terminal = {
  get stdout() {
    return (given.getStore() ?? ofProcess).stdout;
  },
  get stderr() {
    return (given.getStore() ?? ofProcess).stderr;
  },
  get stdin() {
    return (given.getStore() ?? ofProcess).stdin;
  },
  get environment() {
    return (given.getStore() ?? ofProcess).environment;
  },
  get clock() {
    return (given.getStore() ?? ofProcess).clock;
  },
};

/** A sentence beside the answer, on standard error. */
export function tellAside(sentence: string): void {
  terminal.stderr.write(`${sentence}\n`);
}

/** Runs a command with streams, an environment and a time of the caller's own. */
export function withTerminal<T>(own: Terminal, work: () => Promise<T>): Promise<T> {
  return given.run(own, work);
}

/** Whether the command has streams of its caller's instead of those of the process. */
export function hasOwnTerminal(): boolean {
  return given.getStore() !== undefined;
}

/** Writes to standard output as fast as whoever reads it takes it: a long document does not pile up in memory. */
export async function writeThrough(text: string): Promise<void> {
  const own = given.getStore();
  if (own === undefined) await Bun.write(Bun.stdout, text);
  else own.stdout.write(text);
}

/** The first line of standard input, or all of it where it has no line break. */
export async function readInputLine(): Promise<string> {
  let text = "";
  for await (const chunk of terminal.stdin.read()) {
    text += new TextDecoder().decode(chunk);
    const end = text.indexOf("\n");
    if (end !== -1) return text.slice(0, end);
  }
  return text;
}
