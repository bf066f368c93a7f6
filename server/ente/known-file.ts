/** Reads a flusso into a run that does nothing yet, so that its verbali can be held against SEND. */
import { computeDigest } from "../../engine/journal/digest.ts";
import type { NewItem } from "../../engine/journal/items.ts";
import type { StoredArtifact } from "../../engine/host/files.ts";
import type { Run } from "../../engine/journal/runs.ts";
import type { SourceContext } from "../../engine/step/context.ts";
import type { SourceRow } from "../../engine/step/outcome.ts";
import type { Services } from "../../integrations/services.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";
import { createRun, type WritingInstallation } from "../installation.ts";
import { buildReplayContext } from "./replay-context.ts";

type Rows = AsyncIterable<SourceRow<Readonly<Record<string, unknown>>>>;

const rowsPerCommit = 500;

/**
 * A run of `resolved` with the verbali of `input`, stopped before its first step: a person resumes or cancels it. Throws what
 * its source throws of a file that cannot be read; the run has failed then.
 */
export async function loadKnownFile(
  writing: WritingInstallation,
  services: Services,
  resolved: ResolvedPipeline,
  input: StoredArtifact,
): Promise<Run> {
  const { journal } = writing;
  const run = await createRun(writing, resolved, { trigger: "manual", input, params: {} });
  try {
    await addRows(writing, run, readRows(writing, services, resolved, { run, input }));
  } catch (error) {
    await journal.patchRun(run.id, {
      state: "failed",
      reason: "Il file indicato per il confronto non si è potuto leggere.",
    });
    throw error;
  }
  await journal.patchRun(run.id, {
    isLoaded: true,
    state: "blocked",
    code: "READ_TO_COMPARE",
    reason: "Il flusso è stato letto solo per confrontarlo con SEND: nulla è stato inviato.",
    hint: {
      action: "resume",
      first:
        "Se tutti i suoi verbali sono già su SEND si può annullare. Riprendendolo, quelli che SEND ha già non ripartono, gli altri sì.",
    },
  });
  return run;
}

async function addRows({ journal }: WritingInstallation, run: Run, rows: Rows): Promise<void> {
  let batch: NewItem[] = [];
  for await (const row of rows) {
    if ("rejected" in row) {
      const { code, message, hint } = row.rejected;
      const rejected = { code, note: message, hint: hint ?? null };
      batch.push({ key: row.key, data: {}, sourceDigest: "", rejected });
    } else {
      const sourceDigest = computeDigest(row.identity ?? row.fields);
      batch.push({ key: row.key, data: row.fields, sourceDigest });
    }
    if (batch.length < rowsPerCommit) continue;
    await journal.addItems(run.id, batch);
    batch = [];
  }
  await journal.addItems(run.id, batch);
}

function readRows(
  installation: WritingInstallation,
  services: Services,
  { ente, steps }: ResolvedPipeline,
  { run, input }: { readonly run: Run; readonly input: StoredArtifact },
): Rows {
  const [entry] = steps;
  const step = entry === undefined ? undefined : installation.registry.get(entry.uses)?.step;
  if (entry === undefined || step?.source === undefined)
    throw new Error("a pipeline without a source");
  const context: SourceContext<unknown, unknown> = {
    ...buildReplayContext(installation, {
      runId: run.id,
      ente,
      entry,
      step,
      services,
      clock: installation.clock,
    }),
    input: { name: input.name, artifact: input },
    adopt: () => Promise.reject(new Error("the run has its file")),
    tell: () => Promise.resolve(),
    announceMore() {},
    async *openEffects() {},
    rejectedBefore: () => Promise.resolve(new Map()),
  };
  return step.source(context);
}
