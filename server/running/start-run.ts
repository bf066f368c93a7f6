/** How the server starts a run: the pipeline is resolved as the files say it now, the file is stored, the run is driven. */
import { keepBug } from "../../engine/host/bug-report.ts";
import type { UploadedFile } from "../../engine/host/files.ts";
import { EnteSettings } from "../../integrations/ente.ts";
import { resolveFrom } from "../../loader/pipeline/resolve.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";
import type { Problem } from "../../loader/yaml/diagnostics.ts";
import { limitToFirst } from "./ahead.ts";
import { createEnteInspection } from "../ente/inspect-ente.ts";
import { unwantedFileFault } from "../history/catalog.ts";
import { createRun, type Installation, type WritingInstallation } from "../installation.ts";
import { openInstalledFiles } from "../installed-files.ts";
import type { RunManager } from "./run-manager.ts";
import type { StartRequest, StartResult } from "../web/requests.ts";

/** Creates a run and drives it in the background. Throws RunBlocked where the disk refuses its file. */
export async function startRun(
  writing: WritingInstallation,
  manager: RunManager,
  request: StartRequest,
  trigger: "dashboard" | "schedule",
): Promise<StartResult> {
  const resolved = await resolveStart(writing, request);
  if ("status" in resolved) return resolved;
  const { input } = request;
  const run = await createRun(writing, resolved, {
    trigger,
    input: input === null ? null : await writing.artifacts.putStream(input.name, readPieces(input)),
    params: request.params,
  });
  // Every file of the inbox has a run of its own, the oldest first.
  const startNext = (): void => {
    startRun(writing, manager, request, trigger).catch((error: unknown) => {
      keepBug(writing, "the next file of the inbox was not started", error, {
        doing: "avvio del file successivo della cartella di arrivo",
      });
    });
  };
  manager.begin(run.id, input === null ? startNext : undefined);
  return { status: "accepted", runId: run.id };
}

type StartRefusal = Extract<StartResult, { readonly status: "refused" }>;

/** The pipeline that the request would run, or why it would not start. */
export async function resolveStart(
  installation: Installation,
  { pipeline, ente, params, first, input, isChosenOnly }: StartRequest,
): Promise<ResolvedPipeline | StartRefusal> {
  const { config, registry } = installation;
  const { resolved, problems } = await resolveFrom(openInstalledFiles(config), {
    pipeline,
    ente,
    params,
    registry,
    settingsSchema: EnteSettings,
    inspectEnte: createEnteInspection(installation),
  });
  if (resolved === null) return refuseStart(problems);
  const fault = input === null ? null : unwantedFileFault(registry, resolved);
  if (fault !== null) return { status: "refused", reason: fault, hint: "Avviarla senza file." };
  if (isChosenOnly === true) return limitToChosen(resolved);
  if (first === undefined) return resolved;
  const limited = limitToFirst(resolved, registry, first);
  if (limited !== null) return limited;
  return {
    status: "refused",
    reason: `Della pipeline «${pipeline}» non si possono provare i primi verbali: non legge un flusso.`,
  };
}

/** A person started it for those alone that were chosen. */
function limitToChosen(pipeline: ResolvedPipeline): ResolvedPipeline {
  const [source, ...others] = pipeline.steps;
  if (source === undefined) return pipeline;
  const origins = {
    ...pipeline.origins,
    [`steps.${source.id}.with.generate`]: "Genera flusso SEND",
  };
  const chosen = { ...source, with: { ...source.with, generate: "selected" } };
  return { ...pipeline, steps: [chosen, ...others], origins };
}

/** What was typed wrong is told in the words of the form; faults of the files are for whoever keeps them. */
function refuseStart(problems: readonly Problem[]): StartRefusal {
  const first = problems.find(({ severity }) => severity === "error");
  if (first === undefined) return { status: "refused", reason: "La pipeline non è valida." };
  if (first.param !== undefined) {
    const { message, why, options } = first;
    const hint = [why, options].filter((text) => text !== undefined).join(". ");
    const reason = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
    return {
      status: "refused",
      reason,
      ...(hint !== "" && { hint }),
      params: describeParams(problems),
    };
  }
  return {
    status: "refused",
    reason: `${first.file}, riga ${first.line}: ${first.message}`,
    hint: { action: "check", first: "Avvisare il tecnico. Tutti gli errori:" },
  };
}

/** One sentence for each parameter, without its name: it stands beside its field. */
function describeParams(problems: readonly Problem[]): Readonly<Record<string, string>> {
  const told: Record<string, string> = {};
  for (const { param, message, remedy, maybe, options } of problems) {
    if (param === undefined || told[param] !== undefined) continue;
    const mend = remedy ?? (maybe === undefined ? options : `forse «${maybe}»`);
    const bare = message.replace(`il parametro "${param}" `, "");
    // What is wrong may say already how it would be right.
    told[param] = mend === undefined || bare.includes(": ") ? bare : `${bare}: ${mend}`;
  }
  return told;
}

const pieceBytes = 1024 * 1024;

async function* readPieces(file: UploadedFile): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += pieceBytes) yield await file.slice(at, at + pieceBytes);
}
