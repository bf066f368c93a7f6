/** What a command of the CLI is, how its words are read, and the exit codes. */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { codeOf } from "../../engine/host/errors.ts";
import type { Run } from "../../engine/journal/runs.ts";
import type { AuditAction } from "../people/audit.ts";
import { findNearest } from "../../loader/yaml/nearest.ts";
import { UsageError } from "../words/usage-error.ts";

/** Exit codes of the CLI; scripts hold on to them. */
export const exitCodes = {
  completed: 0,
  failure: 1,
  usage: 2,
  rejections: 3,
  waiting: 4,
  blocked: 5,
  inDoubt: 6,
} as const;

export interface Command {
  /** How it is called: `run <pipeline> --ente <codice> […]`. */
  readonly usage: string;
  /** One Italian sentence. */
  readonly summary: string;
  /** More for `--help`: lines that end with a line break. */
  readonly details?: () => string;
  readonly options: NonNullable<ParseArgsConfig["options"]>;
  /** Words without a name, in order; `?` after a name: may be left out; `…`: any number. */
  readonly words: readonly string[];
  /** What the audit log calls it; absent: it is not written there, or the command writes it itself. */
  readonly act?: AuditAction | ((input: CommandInput) => AuditAction);
  run(input: CommandInput): Promise<number>;
}

export interface CommandInput {
  readonly words: readonly string[];
  readonly findValue: (name: string) => string | undefined;
  readonly listValues: (name: string) => readonly string[];
  readonly hasFlag: (name: string) => boolean;
}

type ParsedToken = NonNullable<ReturnType<typeof parseArgs>["tokens"]>[number];

/** Reads the words after the command's name. Throws UsageError. */
export function readInput(command: Command, args: readonly string[]): CommandInput {
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({
      args: [...args],
      options: command.options,
      allowPositionals: true,
      strict: true,
      tokens: true,
    });
  } catch (error) {
    throw new UsageError(describeParseError(command, error));
  }
  refuseSlips(command, parsed.tokens ?? []);
  const needed = command.words.filter((word) => !word.endsWith("?") && !word.endsWith("…"));
  if (parsed.positionals.length < needed.length)
    throw new UsageError(`Manca <${needed[parsed.positionals.length] ?? ""}>.`);
  const isOpen = command.words.some((word) => word.endsWith("…"));
  if (!isOpen && parsed.positionals.length > command.words.length)
    throw new UsageError(`«${parsed.positionals.at(-1) ?? ""}» è di troppo.`);
  const { values } = parsed;
  return {
    words: parsed.positionals,
    findValue: (name) => {
      const value = values[name];
      return typeof value === "string" ? value : undefined;
    },
    listValues: (name) => {
      const value = values[name];
      return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
    },
    hasFlag: (name) => values[name] === true,
  };
}

/** An option that is written twice or left empty means something that nobody can tell. Throws UsageError. */
function refuseSlips(command: Command, tokens: readonly ParsedToken[]): void {
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, value } = token;
    if (value !== undefined && value.trim() === "")
      throw new UsageError(`L'opzione --${name} vuole un valore.`);
    if (seen.has(name) && command.options[name]?.multiple !== true)
      throw new UsageError(`L'opzione --${name} è scritta due volte.`);
    seen.add(name);
  }
}

function describeParseError(command: Command, error: unknown): string {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const [option = ""] = /-{1,2}[^\s'=<]+/.exec(message) ?? [];
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
    const near = findNearest(option, Object.keys(command.options));
    return `L'opzione ${option} non esiste per questo comando.${near === null ? "" : ` Forse: --${near}`}`;
  }
  if (code === "ERR_PARSE_ARGS_INVALID_OPTION_VALUE")
    return command.options[option.replace(/^-+/, "")]?.type === "boolean"
      ? `L'opzione ${option} non vuole un valore.`
      : `L'opzione ${option} vuole un valore.`;
  return message;
}

/** A required option. Throws UsageError. */
export function requireOption(input: CommandInput, name: string, example: string): string {
  const value = input.findValue(name);
  if (value === undefined)
    throw new UsageError(`Manca --${name} (per esempio: --${name} ${example}).`);
  return value;
}

/** The exit code that tells how a run rests. */
export function toExitCode(run: Run): number {
  if (run.counts.inDoubt > 0) return exitCodes.inDoubt;
  switch (run.state) {
    case "completed":
      return exitCodes.completed;
    case "completed-with-rejections":
      return exitCodes.rejections;
    case "waiting":
    case "waiting-for-person":
    case "queued":
    case "running":
      return exitCodes.waiting;
    case "blocked":
      return exitCodes.blocked;
    case "failed":
      // What was refused before there were items is the file that was given, or the settings.
      return run.isLoaded ? exitCodes.failure : exitCodes.usage;
    case "cancelled":
      return exitCodes.failure;
    default:
      return run.state satisfies never;
  }
}
