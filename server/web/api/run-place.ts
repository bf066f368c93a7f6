/** What the operations on flussi share: the flusso of the address, a command and its answer, files inside a request. */
import type { UploadedFile } from "../../../engine/host/files.ts";
import type { Run } from "../../../engine/journal/runs.ts";
import { formatPageHint } from "../../words/hints.ts";
import type { AppDeps, CommandResult } from "../deps.ts";
import { answerApiFault } from "../routes/fault.ts";
import type { ApiAnswer, OperationRequest } from "./operation.ts";
import { Accepted, ProblemDocument } from "./schemas.ts";

/** Where the page puts them. */
export const runGroup = "Flussi";
/** An error as an operation describes it. */
export const describeProblem = (description: string): ApiAnswer => ({
  description,
  schema: ProblemDocument,
  type: "application/problem+json",
});
export const runMissing = { 404: describeProblem("Nessun flusso così") };
/** What every command answers. */
export const commandAnswers = {
  202: { description: "Accettato", schema: Accepted },
  400: describeProblem("La richiesta non ha la forma attesa"),
  ...runMissing,
  409: describeProblem("Il flusso non lo consente adesso"),
  422: describeProblem("Manca chi risponde, o l'Idempotency-Key è di un'altra richiesta"),
};

/** The part of a question that names a flusso. */
export interface RunPlace {
  readonly c: OperationRequest<never, never>["c"];
  readonly deps: AppDeps;
  readonly params: Readonly<Record<string, string>>;
}

/** Answers for the flusso of the address, or that there is none. */
export async function withRun(
  { c, deps, params }: RunPlace,
  work: (run: Run) => Response | Promise<Response>,
): Promise<Response> {
  const run = await deps.journal.readRun(params["id"] ?? "");
  if (run === null) return answerApiFault(c, 404, "NO_RUN", "Questo flusso non esiste.");
  return await work(run);
}

/** Gives a command to the flusso of the address. */
export async function replyToCommand(
  place: RunPlace,
  act: (runId: string) => Promise<CommandResult>,
): Promise<Response> {
  return await withRun(place, async (run) => {
    const result = await act(run.id);
    if (result.status === "accepted") return place.c.json({ status: "accepted" }, 202);
    const hint = result.hint === undefined ? undefined : formatPageHint(result.hint);
    return answerApiFault(place.c, 409, "REFUSED", result.reason, hint);
  });
}

/** A file that came inside a request. */
export function toUploadedFile({
  name,
  base64,
}: {
  readonly name: string;
  readonly base64: string;
}): UploadedFile {
  const bytes = new Uint8Array(Buffer.from(base64, "base64"));
  return { name, size: bytes.length, slice: async (start, end) => bytes.slice(start, end) };
}

/** Bytes of a request that carries files. */
export const inlineBytes = 64_000_000;
