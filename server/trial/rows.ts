/** The verbali of the file that is tried, as the source of the pipeline reads them. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { PipelineError, RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import type { SourceContext } from "../../engine/step/context.ts";
import type { SourceRow } from "../../engine/step/outcome.ts";
import type { FlussoPort } from "../../integrations/flusso/port.ts";
import type { Verbale } from "../../steps/schemas/verbale.ts";
import { toBlocker, type TrialBlocker } from "./trial.ts";
import type { TrialRequest } from "./request.ts";
import { buildTrialContext, type TrialStep, type TrialWorld } from "./walk.ts";

/** The port with a note of the line that each verbale stands on. */
export function noteLines(flusso: FlussoPort, lines: Map<string, number>): FlussoPort {
  return {
    ...flusso,
    async *readRows(file) {
      for await (const row of flusso.readRows(file)) {
        lines.set(row.key, row.line);
        yield row;
      }
    },
  };
}

export type Row = SourceRow<Record<string, unknown>>;
type Read =
  | { readonly rows: readonly Row[]; readonly notes: readonly string[] }
  | { readonly refusal: TrialBlocker; readonly notes: readonly string[] };

export async function readTrialRows(
  world: TrialWorld,
  [source]: readonly TrialStep[],
  { path, pipeline, journal }: TrialRequest,
): Promise<Read> {
  if (source?.step.source === undefined) throw new Error("the pipeline has no source");
  const notes: string[] = [];
  const open = (): AsyncIterable<Uint8Array> => createReadStream(path);
  const artifact = await describeFile(path, open());
  const context: SourceContext<unknown, unknown> = {
    ...buildTrialContext(world, source),
    artifacts: {
      ...world.artifacts,
      stream: (sha256) => (sha256 === artifact.sha256 ? open() : world.artifacts.stream(sha256)),
    },
    input: { name: artifact.name, artifact },
    adopt: () => Promise.reject(new Error("a trial takes no file out of an inbox")),
    tell: async (sentence) => void notes.push(sentence),
    announceMore: () => undefined,
    async *openEffects() {},
    rejectedBefore: (code) =>
      journal?.listRejectedBefore(pipeline.ente, pipeline.name, code) ??
      Promise.resolve(new Map<string, number>()),
  };
  try {
    return { rows: await Array.fromAsync(source.step.source(context)), notes };
  } catch (error) {
    if (
      error instanceof PipelineError ||
      error instanceof RunBlocked ||
      error instanceof RetryLater
    )
      return { refusal: toBlocker(error), notes };
    throw error;
  }
}

async function describeFile(path: string, bytes: AsyncIterable<Uint8Array>) {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of bytes) {
    hash.update(piece);
    size += piece.byteLength;
  }
  return { name: basename(path), sha256: hash.digest("hex"), bytes: size };
}

export function pickRows(
  rows: readonly Row[],
  { only, first }: Pick<TrialRequest, "only" | "first">,
): readonly Row[] {
  const named = only.length === 0 ? rows : rows.filter(({ key }) => only.includes(key));
  return first === null ? named : named.slice(0, first);
}

export function countPositions(rows: readonly Row[]): number {
  let count = 0;
  for (const row of rows)
    if ("fields" in row) count += readVerbale(row.fields)?.posizioni?.length ?? 0;
  return count;
}

export function readVerbale(fields: Readonly<Record<string, unknown>>): Verbale | undefined {
  // The source checked it by its schema; one of the ente's own may bring other items.
  return fields["verbale"] as Verbale | undefined;
}
