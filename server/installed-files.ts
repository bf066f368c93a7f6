/** The pipelines and enti of this installation: read once for all of the process, and again where a file changed. */
import { EnteSettings } from "../integrations/ente.ts";
import { openPipelineFiles, type PipelineFiles } from "../loader/pipeline/files.ts";
import type { Config } from "./config.ts";

const opened = new WeakMap<object, PipelineFiles>();

/** The same files for the same configuration, whoever asks. */
export function openInstalledFiles(config: Pick<Config, "pipelinesFolder">): PipelineFiles {
  const known = opened.get(config);
  if (known !== undefined) return known;
  const files = openPipelineFiles(config.pipelinesFolder, EnteSettings);
  opened.set(config, files);
  return files;
}
