/** `try`: a flusso up to its first effect, with the PDFs to look at and what would be cancelled, opened and sent. */
import { access, constants, readdir, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { ResolvedPipeline } from "../../../../loader/pipeline/resolved.ts";
import { unwantedFileFault } from "../../../history/catalog.ts";
import type { Installation } from "../../../installation.ts";
import { openHistory } from "../../../store/journal-reader.ts";
import { noteTriedOrTell } from "../../../impact/tried.ts";
import { markAsPreview } from "../../../ente/preview.ts";
import {
  describeTrial,
  listTrialCells,
  listTrialRemarks,
  trialHead,
} from "../../../trial/trial-text.ts";
import { toTrialJson } from "../../../trial/trial-json.ts";
import type { Trial, TrialItem } from "../../../trial/trial.ts";
import { tryFlusso } from "../../../trial/try-flusso.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, type CommandInput, exitCodes, requireOption } from "../../command.ts";
import { parseFirst } from "../../first.ts";
import { openForCommand, parseParams, resolveOrExplain } from "../../open.ts";
import { writePreviewFile } from "../../preview-file.ts";
import { tellAside, terminal, writeThrough } from "../../terminal.ts";

/** So many verbali get their PDFs, unless `--pdf` says otherwise. */
const usualPdfs = 20;
/** Rows of a table that a person reads. */
const mostShown = 50;

/** A dry run. */
export const tryCommand: Command = {
  usage: "try FILE --ente C [--pipeline send] [--only VERBALE]… [--first N] [--json]",
  summary:
    "prova un flusso fino al primo effetto: PDF da guardare, che cosa partirebbe, quanto costa",
  details: () => `
  Nulla è inviato, annullato, numerato o registrato; il file resta dov'è. Fuori si chiede soltanto, e solo se l'ente può.

  --pipeline send    la pipeline da provare
  --only VERBALE     solo questo verbale, tante volte quanti sono
  --first N          solo i primi N
  --param k=v        un parametro della pipeline, tante volte quanti sono
  --pdf N            di quanti verbali scrivere i PDF; se manca, ${usualPdfs}
  --out CARTELLA     dove scrivere i PDF; se manca, data/outbox/<ente>/prova, che viene svuotata prima
  --json             un solo documento JSON sullo standard output

  Codici di uscita come run: 0 partirebbero tutti, 2 file rifiutato, 3 qualcuno sarebbe scartato, 5 il flusso si fermerebbe.
`,
  words: ["FILE"],
  options: {
    ente: { type: "string" },
    pipeline: { type: "string" },
    only: { type: "string", multiple: true },
    first: { type: "string" },
    param: { type: "string", multiple: true },
    pdf: { type: "string" },
    out: { type: "string" },
    json: { type: "boolean" },
  },
  async run(input) {
    const path = input.words[0] ?? "";
    const ente = requireOption(input, "ente", "borgolieto");
    const first = parseFirst(input);
    const mostPdfs = parsePdfs(input);
    const installation = await openForCommand();
    await requireFile(path);
    const resolved = await resolveOrExplain(installation, {
      pipeline: input.findValue("pipeline") ?? "send",
      ente,
      params: parseParams(input),
    });
    if (resolved === null) return exitCodes.usage;
    const fault = unwantedFileFault(installation.registry, resolved);
    if (fault !== null) throw new UsageError(fault, { isWellTyped: true });
    const only = input.listValues("only");
    const journal = await openHistory(installation.config);
    try {
      const files = await openPreviewFolder(installation, resolved, {
        given: input.findValue("out"),
        most: mostPdfs,
      });
      const { keepFile, folder } = files;
      const trial = await tryFlusso({
        installation,
        pipeline: resolved,
        path,
        only,
        first,
        journal,
        keepFile,
        folder,
      });
      requireNamed(trial, only);
      if (trial.refusal === null && trial.items.length > 0)
        await noteTriedOrTell(
          installation,
          { ente, pipelines: [resolved.name], by: "try" },
          tellAside,
        );
      if (input.hasFlag("json")) await writeThrough(`${JSON.stringify(toTrialJson(trial))}\n`);
      else printTrial(trial, installation);
      return toTrialExitCode(trial);
    } finally {
      await journal?.close();
    }
  },
};

function parsePdfs(input: CommandInput): number {
  const text = input.findValue("pdf") ?? String(usualPdfs);
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new UsageError(`--pdf vuole un numero da 0 in su, non «${text}».`);
}

async function requireFile(path: string): Promise<void> {
  const isFile = await access(path, constants.R_OK)
    .then(async () => (await stat(path)).isFile())
    .catch(() => null);
  if (isFile === true) return;
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  throw new UsageError(`Il file ${path} non ${isThere ? "si può leggere" : "esiste"}.`, {
    isWellTyped: true,
  });
}

/** Whoever names a verbale that is not there has mistyped it. */
function requireNamed({ items, total, file, refusal }: Trial, only: readonly string[]): void {
  if (refusal !== null) return;
  const missing = only.filter((key) => !items.some((item) => item.key === key));
  if (missing.length === 0 || (items.length > 0 && items.length === total)) return;
  const what = missing.length === 1 ? "il verbale" : "i verbali";
  throw new UsageError(`Nel file ${file} non c'è ${what} ${missing.join(", ")}.`, {
    isWellTyped: true,
  });
}

/** Where the previews lie. The usual folder holds those of the last trial alone; one that was named is left as it is. */
async function openPreviewFolder(
  { config }: Installation,
  { ente }: ResolvedPipeline,
  { given, most }: { readonly given: string | undefined; readonly most: number },
) {
  const path = given ?? join(config.dataFolder, "outbox", ente, "prova");
  if (given === undefined) await removePreviews(path);
  const near = relative(process.cwd(), path);
  const folder = near.startsWith("..") ? path : near;
  const seen = new Set<string>();
  return {
    folder,
    async keepFile(name: string, bytes: Uint8Array): Promise<string | null> {
      // Documents of one verbale share their beginning: `A1-verbale.pdf`, `A1-avviso.pdf`.
      const owner = name.replace(/-[^-]*$/, "");
      if (!seen.has(owner) && seen.size >= most) return null;
      seen.add(owner);
      const marked = await markAsPreview({ name, bytes });
      await writePreviewFile(path, marked.name, marked.bytes);
      return join(folder, marked.name);
    },
  };
}

async function removePreviews(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names)
    if (/^anteprima-.*\.pdf$/.test(name)) await rm(join(folder, name), { force: true });
}

function printTrial(trial: Trial, { registry }: Installation): void {
  const titles = new Map(registry.listSteps().map(({ name, title }) => [name, title]));
  const shown = pickShown(trial.items);
  if (shown.length > 0) terminal.stdout.write(`\n${formatTrialTable(shown)}\n\n`);
  const hidden = trial.items.length - shown.length;
  if (hidden > 0) terminal.stdout.write(`… e altri ${hidden}, tutti con --json.\n`);
  terminal.stdout.write(`${describeTrial(trial, titles)}\n`);
}

/** Of many, those that need a look first. */
function pickShown(items: readonly TrialItem[]): readonly TrialItem[] {
  if (items.length <= mostShown) return items;
  const rank = ({ state, warnings }: TrialItem): number => {
    if (state !== "ready") return 0;
    return warnings.length > 0 ? 1 : 2;
  };
  const chosen = new Set(
    items.toSorted((left, right) => rank(left) - rank(right)).slice(0, mostShown),
  );
  return items.filter((item) => chosen.has(item));
}

function formatTrialTable(items: readonly TrialItem[]): string {
  const rows = items.map(listTrialCells);
  const widths = trialHead.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const join = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const lines = [join(trialHead)];
  for (const [index, item] of items.entries()) {
    lines.push(join(rows[index] ?? []));
    lines.push(...listTrialRemarks(item).map((remark) => `      ${remark}`));
  }
  return lines.join("\n");
}

/** As `run` would end. */
function toTrialExitCode({ refusal, blockers, items }: Trial): number {
  if (refusal !== null) return exitCodes.usage;
  if (blockers.length > 0) return exitCodes.blocked;
  const has = (state: TrialItem["state"]): boolean => items.some((item) => item.state === state);
  if (has("failed")) return exitCodes.failure;
  if (has("rejected")) return exitCodes.rejections;
  return has("later") ? exitCodes.waiting : exitCodes.completed;
}
