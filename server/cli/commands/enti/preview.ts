/** `preview`: the verbale and the payment notice as the ente's models draw them, marked as worthless. */
import { createReadStream } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { toRomeDay } from "../../../../engine/host/clock.ts";
import { ItemRejected } from "../../../../engine/host/errors.ts";
import { createFlusso } from "../../../../integrations/flusso/flusso.ts";
import { refusedFlussoError } from "../../../../integrations/flusso/port.ts";
import type { Verbale } from "../../../../steps/schemas/verbale.ts";
import { locateEnteFolder, type EnteView } from "../../../ente/ente-view.ts";
import { type Installation } from "../../../installation.ts";
import { drawDocuments, isFromPdf, markAsPreview } from "../../../ente/preview.ts";
import { buildSampleVerbale } from "../../../ente/sample-verbale.ts";
import { type Command, exitCodes, requireOption } from "../../command.ts";
import { openForCommand, readEnteOrExplain } from "../../open.ts";
import { writePreviewFile } from "../../preview-file.ts";
import { terminal } from "../../terminal.ts";
import { formatTerminalHint } from "../../../words/hints.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type ActKind, toEnteSettings } from "../../../../integrations/services.ts";
import type { EnteSettings } from "../../../../integrations/ente.ts";
import { buildSampleAct } from "../../../ente/sample-act.ts";
import type { ResolvedPipeline } from "../../../../loader/pipeline/resolved.ts";
import type { ResolvedStep } from "../../../../engine/step/resolved-step.ts";

type Ready = Extract<EnteView, { status: "ready" }>;

/** The ente's documents before the first run. */
export const previewCommand: Command = {
  usage: "preview --ente C [--verbale FILE] [--pipeline send] [--out CARTELLA]",
  summary: "disegna verbale e avviso con i modelli dell'ente, su dati di esempio",
  details: () => `
  --verbale FILE     il primo verbale di questo flusso, al posto dei dati di esempio
  --pipeline send    di quale pipeline usare il passo render
  --out CARTELLA     dove scrivere i PDF; se manca, data/outbox/<ente>/anteprima
`,
  words: [],
  options: {
    ente: { type: "string" },
    verbale: { type: "string" },
    pipeline: { type: "string" },
    out: { type: "string" },
  },
  async run(input) {
    const codice = requireOption(input, "ente", "borgolieto");
    const installation = await openForCommand();
    const { config, clock } = installation;
    const view = await readEnteOrExplain(installation, codice);
    if (view === null) return exitCodes.usage;
    const day = toRomeDay(clock.now());
    const path = input.findValue("verbale");
    const drawing = requireDrawing(view, input.findValue("pipeline"));
    const settings = toEnteSettings(drawing.pipeline.settings);
    const options = {
      installation,
      settings,
      enteFolder: locateEnteFolder(installation),
      step: drawing.step,
      verbale:
        path === undefined
          ? buildSample(settings.act, day)
          : await readFirstVerbale(installation, settings, path),
      isSample: path === undefined,
      day,
    };
    if (options.isSample && isFromPdf(drawing.step))
      terminal.stderr.write(
        "Il verbale arriva già in PDF dal gestionale: di esempio si disegna il solo avviso. Con --verbale FILE si prende anche il PDF di quel verbale.\n",
      );
    const folder = input.findValue("out") ?? join(config.dataFolder, "outbox", codice, "anteprima");
    try {
      for (const file of await drawDocuments(options)) {
        const { name, bytes } = await markAsPreview(file);
        terminal.stdout.write(`${await writePreview(folder, name, bytes)}\n`);
      }
    } catch (error) {
      if (!(error instanceof ItemRejected)) throw error;
      const hint =
        error.hint === undefined ? "" : `\nChe cosa fare: ${formatTerminalHint(error.hint)}`;
      terminal.stderr.write(`${error.message}${hint}\n`);
      return exitCodes.rejections;
    }
    return exitCodes.completed;
  },
};

function buildSample(act: ActKind | undefined, day: string): Verbale {
  return act === undefined ? buildSampleVerbale(day) : buildSampleAct(act, day);
}

/** A pipeline that draws, and its step. */
interface DrawingPipeline {
  readonly pipeline: ResolvedPipeline;
  readonly step: ResolvedStep;
}

function requireDrawing({ pipelines }: Ready, name: string | undefined): DrawingPipeline {
  const drawing = pipelines.filter(({ steps }) => steps.some(({ uses }) => uses === "render"));
  const chosen =
    name === undefined
      ? (drawing.find((pipeline) => pipeline.name === "send") ?? drawing[0])
      : drawing.find((pipeline) => pipeline.name === name);
  const step = chosen?.steps.find(({ uses }) => uses === "render");
  if (chosen !== undefined && step !== undefined) return { pipeline: chosen, step };
  const names = drawing.map((pipeline) => pipeline.name).join(", ");
  throw new UsageError(
    name === undefined
      ? "Nessuna pipeline di questo ente ha il passo render."
      : `La pipeline «${name}» non c'è o non ha il passo render.${names === "" ? "" : ` Lo hanno: ${names}.`}`,
    { isWellTyped: true },
  );
}

/** The first verbale of a flusso, by the ente's mapping; throws PipelineError with the faults of its row. */
async function readFirstVerbale(
  { config, clock }: Installation,
  settings: EnteSettings,
  path: string,
): Promise<Verbale> {
  if (!(await isReadableFile(path)))
    throw new UsageError(`Il file ${path} non si può leggere.`, { isWellTyped: true });
  const flusso = createFlusso({
    settings: settings.flusso,
    act: settings.act,
    inboxRoot: join(config.dataFolder, "inbox"),
    clock,
  });
  const file = { name: basename(path), open: () => createReadStream(path) };
  for await (const row of flusso.readRows(file)) {
    if ("faults" in row) throw refusedFlussoError(file.name, { faults: row.faults, more: 0 });
    // The reader gives every field its type.
    return row.verbale as Verbale;
  }
  throw new UsageError(`Nel file ${path} non c'è alcun verbale.`, { isWellTyped: true });
}

async function isReadableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The path as a person would type it. Throws UsageError when the folder cannot be made or written. */
async function writePreview(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  const path = await writePreviewFile(folder, name, bytes);
  const near = relative(process.cwd(), path);
  return near.startsWith("..") ? path : near;
}
