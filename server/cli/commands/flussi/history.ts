/** `runs`, `status`, `export`: what happened, read beside whoever writes the journal. */
import type { ArtifactStore } from "../../../../engine/host/artifacts.ts";
import { readDocuments } from "../../../store/documents-place.ts";
import { PipelineError } from "../../../../engine/host/errors.ts";
import type { StepRegistry } from "../../../../loader/pipeline/registry.ts";
import type { JournalReader } from "../../../../engine/journal/journal.ts";
import type { Run } from "../../../../engine/journal/runs.ts";
import { countLeft } from "../../../running/ahead.ts";
import { readConfig } from "../../../config.ts";
import { openHistory } from "../../../store/journal-reader.ts";
import { streamRunCsv } from "../../../history/run-csv.ts";
import { streamRunJson, buildRunSummary } from "../../../history/run-document.ts";
import { buildItemView } from "../../../history/item-view.ts";
import { parseSpecSteps } from "../../../history/run-spec.ts";
import { readItemPages } from "../../../../engine/journal/item-pages.ts";
import { type Command, type CommandInput, toExitCode, exitCodes } from "../../command.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { readHints } from "../../hints.ts";
import {
  describeRun,
  formatItemTable,
  formatRunTable,
  isInterrupted,
  mostShown,
  needsALook,
} from "../../output.ts";
import { terminal, writeThrough } from "../../terminal.ts";
import { formatCommand } from "../../../words/hints.ts";
import { parseDay, toRomeMidnight } from "../../../words/day.ts";
import { findRunState, runStateWords } from "../../../words/words.ts";
import { type RunState, runStates } from "../../../../engine/journal/states.ts";

/** The runs, newest first. */
export const runsCommand: Command = {
  usage: "runs [--ente C] [--pipeline P] [--state S] [--since GG/MM/AAAA] [--json]",
  summary: "elenca i flussi, dal più nuovo",
  details: () => `
  --ente C             solo i flussi di questo ente
  --pipeline P         solo quelli di questa pipeline: send, import-iun …
  --state S            solo quelli in questo stato:
${runStates.map((state) => `                         ${formatStateWords(state)}`).join("\n")}
  --since GG/MM/AAAA   solo quelli creati da questo giorno in poi, dalla mezzanotte di Roma; anche AAAA-MM-GG
  --json               un solo documento JSON sullo standard output
`,
  words: [],
  options: {
    ente: { type: "string" },
    pipeline: { type: "string" },
    state: { type: "string" },
    since: { type: "string" },
    json: { type: "boolean" },
  },
  async run(input) {
    const state = input.findValue("state");
    const known = state === undefined ? undefined : findRunState(state);
    if (state !== undefined && known === undefined)
      throw new UsageError(`Lo stato «${state}» non esiste. Stati: ${listStateWords()}.`);
    const [ente, pipeline] = [input.findValue("ente"), input.findValue("pipeline")];
    const since = readSince(input);
    const history = await openHistory(readConfig(terminal.environment));
    const runs =
      (await history?.listRuns({
        limit: 200,
        ...(ente === undefined ? {} : { ente }),
        ...(pipeline === undefined ? {} : { pipeline }),
        ...(known === undefined ? {} : { states: [known] }),
        ...(since === undefined ? {} : { since }),
      })) ?? [];
    const isAtWork = (await history?.isHeld()) ?? false;
    await history?.close();
    if (input.hasFlag("json"))
      terminal.stdout.write(`${JSON.stringify({ runs: runs.map(buildRunSummary) })}\n`);
    else
      terminal.stdout.write(
        runs.length === 0
          ? "Nessun flusso.\n"
          : `${formatRunTable(runs, { isTerminal: terminal.stdout.isTTY, isHeld: isAtWork })}\n`,
      );
    return exitCodes.completed;
  },
};

/** The state in both spellings: `non riuscito (failed)`. */
function formatStateWords(state: RunState): string {
  return `${runStateWords[state].toLowerCase()} (${state})`;
}

function listStateWords(): string {
  return runStates.map(formatStateWords).join(", ");
}

/** When the day of --since begins in Rome; `undefined` where it is not given. Throws UsageError when it is no day. */
function readSince(input: CommandInput): string | undefined {
  const given = input.findValue("since");
  if (given === undefined) return undefined;
  const day = parseDay(given);
  const begin = day === null ? null : toRomeMidnight(day);
  if (begin === null)
    throw new UsageError(
      `--since vuole una data GG/MM/AAAA (o AAAA-MM-GG) che esista, non «${given}».`,
    );
  return begin;
}

/** One run, with its items. */
export const statusCommand: Command = {
  usage: "status <flusso> [--all] [--json]",
  summary: "mostra un flusso e i suoi verbali; di uno grande quelli da guardare",
  details: () => `
  --all    ogni verbale, anche dei flussi con più di ${mostShown}
  --json   un solo documento JSON sullo standard output, con ogni verbale
  Esce con il codice di come sta il flusso, come run.
`,
  words: ["flusso"],
  options: { json: { type: "boolean" }, all: { type: "boolean" } },
  run: (input) =>
    lookAtRun(input.words[0] ?? "", async (source, run) => {
      if (input.hasFlag("json")) await printJson(source, run);
      else {
        await printItems(source.journal, run, input.hasFlag("all"));
        const isLeft = isInterrupted(run, await source.journal.isHeld());
        const asks = await source.journal.listAsks(run.id);
        const config = readConfig(terminal.environment);
        const left = await countLeft({ config, clock: terminal.clock }, source, run);
        terminal.stdout.write(`${describeRun(run, { isLeft, asks, left })}\n`);
      }
      return toExitCode(run);
    }),
};

/** A page at a time; of a large run what needs a look, unless all is asked for. */
async function printItems(journal: JournalReader, run: Run, isAll: boolean): Promise<void> {
  const columns = terminal.stdout.columns || 120;
  const hints = await readHints(journal, run.id);
  const options = { isTerminal: terminal.stdout.isTTY, columns, hints };
  const steps = parseSpecSteps(await journal.readSpec(run.id));
  const isWhole = isAll || run.counts.total <= mostShown;
  const pages = isWhole
    ? readItemPages(journal, run.id)
    : [await journal.listItems(run.id, { states: [...needsALook], limit: mostShown })];
  let shown = 0;
  for await (const page of pages) {
    if (page.length === 0) continue;
    const items = page.map((item) => buildItemView(item, steps));
    await writeThrough(`${formatItemTable(items, options)}\n\n`);
    shown += items.length;
  }
  if (isWhole) return;
  const { rejected, failed, inDoubt, waiting } = run.counts;
  const more = rejected + failed + inDoubt + waiting - shown;
  if (more > 0) terminal.stdout.write(`… e altri ${more} da guardare.\n`);
  terminal.stdout.write(
    `Tutti i verbali: postino status ${run.id} --all; con le avvertenze: postino export ${run.id}\n\n`,
  );
}

/** The whole run as a file on standard output. */
export const exportCommand: Command = {
  usage: "export <flusso> [--format csv|json]",
  summary: "scrive un flusso come CSV o JSON",
  details: () => `
  --format csv    una riga per verbale, per il foglio di calcolo (predefinito)
  --format json   lo stesso documento di status --json
`,
  act: "elenco",
  words: ["flusso"],
  options: { format: { type: "string" } },
  run: (input) => {
    const format = input.findValue("format") ?? "csv";
    if (format !== "csv" && format !== "json")
      throw new UsageError(`--format vuole csv o json, non «${format}».`);
    return lookAtRun(input.words[0] ?? "", async (source, run) => {
      if (format === "json") {
        await printJson(source, run);
        return exitCodes.completed;
      }
      const registry = await findTitles();
      const titled = registry === null ? source : { ...source, registry };
      for await (const piece of streamRunCsv(titled, run)) await writeThrough(piece);
      return exitCodes.completed;
    });
  },
};

/** The steps of an installation give the columns their titles; without them steps go by their names. */
async function findTitles(): Promise<StepRegistry | null> {
  const { openForCommand } = await import("../../open.ts");
  try {
    return (await openForCommand()).registry;
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    terminal.stderr.write(
      `I passi sono scritti con il loro nome, perché i titoli non si possono leggere: ${error.message}\n`,
    );
    return null;
  }
}

/** Where a run's items and files are read. */
export interface RunSource {
  readonly journal: JournalReader;
  readonly artifacts: ArtifactStore;
}

/** Opens the journal for reading, gives the run to `work`, and closes whatever happens. Throws UsageError when there is no such run. */
export async function lookAtRun(
  id: string,
  work: (source: RunSource, run: Run) => Promise<number>,
): Promise<number> {
  const config = readConfig(terminal.environment);
  const journal = await openHistory(config);
  const run = (await journal?.readRun(id)) ?? null;
  if (journal === null || run === null) {
    await journal?.close();
    throw new UsageError(
      `Il flusso ${id} non esiste. L'elenco: ${formatCommand({ action: "list-runs" })}`,
      {
        isWellTyped: true,
      },
    );
  }
  try {
    const artifacts = await readDocuments(config);
    return await work({ journal, artifacts }, run);
  } finally {
    await journal.close();
  }
}

async function printJson(source: RunSource, run: Run): Promise<void> {
  const { journal, artifacts } = source;
  for await (const piece of streamRunJson({ journal, layOut: artifacts.layOut }, run))
    await writeThrough(piece);
}
