/** Reads the file of `simulate --settings`, and lists for `--help` what it may say. */
import { readFile } from "node:fs/promises";
import { coerceBySchema } from "../../loader/yaml/coerce.ts";
import { formatProblem, hasErrors, type Problem } from "../../loader/yaml/diagnostics.ts";
import { readMap } from "../../loader/pipeline/files.ts";
import type { JsonSchema } from "../../loader/yaml/schema-check.ts";
import { collectProperties } from "../../loader/yaml/keys.ts";
import { toSimulatedSend, SimulatorSettings, type SimulatedSend } from "../simulator-settings.ts";
import { UsageError } from "../words/usage-error.ts";

/** The settings of a file, or the defaults. Throws UsageError with every fault of the file. */
export async function readSimulatorSettings(path: string | undefined): Promise<SimulatedSend> {
  if (path === undefined) return toSimulatedSend({});
  const text = await readFile(path, "utf8").catch(() => {
    throw new UsageError(`Il file ${path} non esiste o non si può leggere.`, { isWellTyped: true });
  });
  const { root, problems } = readMap(path, text);
  const found: Problem[] = [...problems];
  const settings =
    root === null
      ? {}
      : coerceBySchema(root, SimulatorSettings, {
          problems: found,
          origins: {},
          originPrefix: "",
          owner: "nelle impostazioni dei simulatori",
          path: [],
          at: root.at,
        });
  if (hasErrors(found))
    throw new UsageError(found.map(formatProblem).join("\n\n"), { isWellTyped: true });
  return toSimulatedSend(settings as SimulatorSettings);
}

/** What `--settings` may hold, one line each. */
export function describeSimulatorSettings(): string {
  const all: object = SimulatorSettings;
  const { keys, limits } = collectProperties(all as JsonSchema);
  const key = (keys as { readonly items?: JsonSchema } | undefined)?.items ?? {};
  return `
  --port 8098       la porta; 0 ne sceglie una libera
  --api-key K       la chiave che il SEND simulato accetta, insieme a:
  --pa-tax-id CF    il codice fiscale dell'ente di quella chiave; senza le due opzioni, quelli della dimostrazione
  --faults …        guasti: drop (risposte perse) e 5xx, 429 come frequenze da 0 a 1, latency in millisecondi
  --seed N          gli stessi guasti a ogni avvio
  --json            quando è pronto, una riga {"port","apiKey","paTaxId"} sullo standard output
  --settings FILE   legge un file YAML (senza, SEND si comporta come il suo ambiente di prova):
    keys:    altre chiavi API, di altri enti o con altri permessi
${describeFields(key)}
    limits:  ciò che cambia da un ambiente di SEND all'altro
${describeFields(limits ?? {})}
`;
}

function describeFields(schema: JsonSchema): string {
  const fields = Object.entries(collectProperties(schema));
  return fields
    .map(([name, field]) => {
      const initial = field["default"];
      const shown = typeof initial === "string" ? initial : JSON.stringify(initial);
      const byDefault = shown === undefined ? "" : ` (${shown})`;
      return `      ${name.padEnd(21)}${String(field["description"])}${byDefault}`;
    })
    .join("\n");
}
