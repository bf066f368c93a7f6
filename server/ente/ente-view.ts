/** An ente as the commands see it that make no run: its faults, its settings, its pipelines. */
import { resolve } from "node:path";
import type { Problem } from "../../loader/yaml/diagnostics.ts";
import { checkFiles } from "../../loader/check/check.ts";
import { openPipelineFiles } from "../../loader/pipeline/files.ts";
import { resolvePipeline } from "../../loader/pipeline/resolve.ts";
import { EnteSettings } from "../../integrations/ente.ts";
import { toEnteSettings } from "../../integrations/services.ts";
import type { Installation } from "../installation.ts";
import { createEnteInspection } from "./inspect-ente.ts";

import { formatCommand } from "../words/hints.ts";
import { UsageError } from "../words/usage-error.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";

export type EnteView =
  /** There is no file of that codice. */
  | { readonly status: "missing"; readonly known: readonly string[] }
  | { readonly status: "wrong"; readonly problems: readonly Problem[] }
  | {
      readonly status: "ready";
      readonly settings: EnteSettings;
      /** Those that can be resolved without parameters. */
      readonly pipelines: readonly ResolvedPipeline[];
      /** How many files were looked at. */
      readonly files: number;
      /** Warnings of `check`. */
      readonly problems: readonly Problem[];
    };

/** Reads and checks the ente's file and every pipeline as it sees it. */
export async function readEnte(
  { config, registry }: Pick<Installation, "config" | "registry">,
  codice: string,
): Promise<EnteView> {
  const { pipelinesFolder } = config;
  const files = openPipelineFiles(pipelinesFolder, EnteSettings);
  const known = await files.listEnti();
  if (!known.includes(codice)) return { status: "missing", known };
  const inspectEnte = createEnteInspection({ registry });
  const options = { pipelinesFolder, registry, settingsSchema: EnteSettings, inspectEnte };
  const report = await checkFiles({ ...options, ente: codice });
  const { settings } = await files.readEnte(codice);
  if (settings === null || report.problems.some(({ severity }) => severity === "error"))
    return { status: "wrong", problems: report.problems };
  const pipelines: ResolvedPipeline[] = [];
  for (const pipeline of await files.listPipelines()) {
    const { resolved } = await resolvePipeline({ ...options, pipeline, ente: codice, params: {} });
    if (resolved !== null) pipelines.push(resolved);
  }
  return {
    status: "ready",
    settings: toEnteSettings(settings),
    pipelines,
    files: report.files.length,
    problems: report.problems,
  };
}

/** Folder of the ente files: what they name is relative to it. */
export function locateEnteFolder({ config }: Pick<Installation, "config">): string {
  return resolve(config.pipelinesFolder, "enti");
}

/** There is no file of that codice. */
export function unknownEnteError(codice: string, known: readonly string[]): UsageError {
  const others = known.length === 0 ? "" : ` Enti: ${known.join(", ")}.`;
  return new UsageError(
    `L'ente «${codice}» non ha un file.${others} Per cominciarne uno: ${formatCommand({ action: "prepare", ente: codice })}`,
    { isWellTyped: true },
  );
}
