/** Follows the message of every slip and tells which are mended by one edit. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { EnteSettings } from "../../../integrations/ente.ts";
import { checkFiles } from "../../../loader/check/check.ts";
import type { Problem } from "../../../loader/yaml/diagnostics.ts";
import { openPipelineFiles } from "../../../loader/pipeline/files.ts";
import { createStrictInspection } from "../../../server/ente/inspect-ente.ts";
import type { Installation } from "../../../server/installation.ts";
import { enteMistakes } from "./ente-mistakes.ts";
import { followMessage, type Way } from "./follow.ts";
import { makeMistake, type Mistake } from "./mistake.ts";
import { pipelineMistakes } from "./pipeline-mistakes.ts";

export interface Tried {
  readonly mistake: Mistake;
  /** The first message; `null`: nobody was told. */
  readonly told: Problem | null;
  /** How many messages there were. */
  readonly count: number;
  /** `null`: the message does not say what to do, or one edit does not mend it. */
  readonly way: Way | null;
}

export const allMistakes: readonly Mistake[] = [...pipelineMistakes, ...enteMistakes];

/** One slip: its message, followed by one edit. */
export async function tryMistake(mistake: Mistake, installation: Installation): Promise<Tried> {
  const meant = readFileSync(mistake.file, "utf8");
  const text = makeMistake(meant, mistake);
  const before = await listFaults(mistake.file, text, installation);
  const [told = null] = before;
  const followed = told === null ? null : followMessage(text, told, meant);
  const after =
    followed === null ? before : await listFaults(mistake.file, followed.text, installation);
  return {
    mistake,
    told,
    count: before.length,
    way: after.length === 0 ? (followed?.way ?? null) : null,
  };
}

/** Errors first; warnings where there is no error. */
async function listFaults(
  file: string,
  text: string,
  installation: Installation,
): Promise<readonly Problem[]> {
  const { problems } = await checkFiles({
    pipelinesFolder: "pipelines",
    files: [file],
    registry: installation.registry,
    settingsSchema: EnteSettings,
    inspectEnte: createStrictInspection(installation),
    openFiles: (folder) =>
      openPipelineFiles(folder, EnteSettings, new Map([[resolve(file), text]])),
  });
  const errors = problems.filter(({ severity }) => severity === "error");
  return errors.length > 0 ? errors : problems.filter(({ severity }) => severity === "warning");
}
