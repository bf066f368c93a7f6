/** Resolves a pipeline for a command, or prints all that is wrong with it. */
import { formatProblem } from "../../loader/yaml/diagnostics.ts";
import { resolvePipeline } from "../../loader/pipeline/resolve.ts";
import { EnteSettings } from "../../integrations/ente.ts";
import type { Installation } from "../installation.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";

export interface ResolveRequest {
  readonly pipeline: string;
  readonly ente: string;
  readonly params: Readonly<Record<string, string>>;
}

/** `null`: the problems were printed on standard error. Warnings are printed too, and do not stop. */
export async function resolveOrExplain(
  { config, registry }: Installation,
  request: ResolveRequest,
): Promise<ResolvedPipeline | null> {
  const { resolved, problems } = await resolvePipeline({
    ...request,
    pipelinesFolder: config.pipelinesFolder,
    registry,
    settingsSchema: EnteSettings,
  });
  const shown =
    resolved === null ? problems : problems.filter((problem) => problem.severity === "warning");
  if (shown.length > 0) process.stderr.write(`${shown.map(formatProblem).join("\n\n")}\n`);
  return resolved;
}
