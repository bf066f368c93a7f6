/** Logs: pretty on a terminal, JSON lines otherwise; every field passes the redactor before it is written. */
import { createConsola } from "consola";
import type { Clock } from "./clock.ts";
import { toInstant } from "./clock.ts";
import type { Redactor } from "./redaction.ts";

export type LogFields = Readonly<Record<string, unknown>>;

/** Static messages, data in fields; no names, addresses, tax codes, tokens. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  with(fields: LogFields): Logger;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LoggerOptions {
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Default: standard error. */
  readonly write?: (line: string) => void;
  /** Default: whether standard error is a terminal. */
  readonly isTerminal?: boolean;
}

/** From the most talkative to the most silent. */
export const logLevels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** The program's logger; it writes to standard error, so that standard output stays the document's. */
export function createLogger(options: LoggerOptions): Logger {
  const isTerminal = options.isTerminal ?? process.stderr.isTTY;
  const write = options.write ?? ((line: string) => process.stderr.write(`${line}\n`));
  const least = logLevels.indexOf(options.level ?? "info");
  const pretty = isTerminal
    ? createConsola({ level: 4, stdout: process.stderr, stderr: process.stderr })
    : null;

  function emit(level: LogLevel, message: string, fields: LogFields): void {
    if (logLevels.indexOf(level) < least) return;
    const safe = options.redactor.redactFields(fields);
    if (pretty !== null) {
      const tail = Object.entries(safe).map(
        ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
      );
      pretty[level](options.redactor.redactText([message, ...tail].join(" ")));
      return;
    }
    write(
      JSON.stringify({
        time: toInstant(options.clock.now()),
        level,
        message: options.redactor.redactText(message),
        ...safe,
      }),
    );
  }

  function bindFields(base: LogFields): Logger {
    return {
      debug: (message, fields) => emit("debug", message, { ...base, ...fields }),
      info: (message, fields) => emit("info", message, { ...base, ...fields }),
      warn: (message, fields) => emit("warn", message, { ...base, ...fields }),
      error: (message, fields) => emit("error", message, { ...base, ...fields }),
      with: (fields) => bindFields({ ...base, ...fields }),
    };
  }
  return bindFields({});
}

/** Says nothing: for tests and tools that have their own output. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLogger,
};
