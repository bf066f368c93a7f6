/** `--param name=value`, for run and show. */
import { type CommandInput } from "./command.ts";
import { UsageError } from "../words/usage-error.ts";

/** The parameters as source text by name. Throws UsageError. */
export function parseParams(input: CommandInput): Record<string, string> {
  const params: Record<string, string> = {};
  for (const entry of input.listValues("param")) {
    const at = entry.indexOf("=");
    if (at < 1) throw new UsageError(`--param vuole nome=valore, non «${entry}».`);
    params[entry.slice(0, at)] = entry.slice(at + 1);
  }
  return params;
}
