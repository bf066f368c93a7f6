/** `impact` and `diff`: whom a change of files touches, and two enti side by side. */
import type { FlatValues } from "../../../impact/flatten.ts";
import { flattenPipeline, flattenSettings, readFamily } from "../../../impact/flatten.ts";
import { type Change, compareValues } from "../../../impact/compare.ts";
import { computeImpact } from "../../../impact/impact.ts";
import { formatChanges, formatImpact } from "../../../impact/impact-text.ts";
import { openSides } from "../../../impact/sides.ts";
import { listUntried } from "../../../impact/tried.ts";
import { listTouchedRuns } from "../../../impact/waiting.ts";
import { EnteSettings } from "../../../../integrations/ente.ts";
import { openPipelineFiles, type PipelineFiles } from "../../../../loader/pipeline/files.ts";
import { findValue } from "../../../../loader/yaml/yaml.ts";
import { readConfig } from "../../../config.ts";
import { unknownEnteError } from "../../../ente/ente-view.ts";
import { openHistory } from "../../../store/journal-reader.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, exitCodes } from "../../command.ts";
import { terminal } from "../../terminal.ts";

/** Whom a change touches. */
export const impactCommand: Command = {
  usage: "impact [FILE…] [--since REVISIONE] [--against CARTELLA] [--json]",
  summary: "dice quali enti cambiano con le modifiche ai file, e come",
  details: () => `
  FILE…                 solo le modifiche a questi file; se mancano, tutte
  --since REVISIONE     rispetto a questa revisione di git (HEAD~3, un tag, un ramo); se manca, l'ultima registrata
  --against CARTELLA    rispetto a un'altra copia della cartella delle pipeline, senza git
  --json                un solo documento JSON sullo standard output
`,
  words: ["FILE…"],
  options: {
    since: { type: "string" },
    against: { type: "string" },
    json: { type: "boolean" },
  },
  async run(input) {
    const config = readConfig(terminal.environment);
    const [since, against] = [input.findValue("since"), input.findValue("against")];
    if (since !== undefined && against !== undefined)
      throw new UsageError("--since e --against dicono due confronti diversi: sceglierne uno.");
    const impact = await computeImpact(
      await openSides({
        folder: config.pipelinesFolder,
        files: input.words,
        since: since ?? "HEAD",
        against,
      }),
    );
    const journal = await openHistory(config);
    const runs = await listTouchedRuns(journal, impact);
    await journal?.close();
    const touched = [...new Set(impact.groups.flatMap(({ enti }) => enti))].toSorted();
    const untried = await listUntried(config, touched);
    terminal.stdout.write(
      input.hasFlag("json")
        ? `${JSON.stringify({ ...impact, untried, runs })}\n`
        : `${formatImpact(impact, { runs, untried })}\n`,
    );
    return exitCodes.completed;
  },
};

/** Two enti side by side. */
export const diffCommand: Command = {
  usage: "diff ENTE ENTE [--pipeline P] [--json]",
  summary: "mette a confronto due enti, con l'origine di ogni valore",
  details: () => `
  --pipeline P   solo questa pipeline; se manca, impostazioni e tutte le pipeline
  --json         un solo documento JSON sullo standard output
`,
  words: ["ENTE", "ENTE"],
  options: { pipeline: { type: "string" }, json: { type: "boolean" } },
  async run(input) {
    const { pipelinesFolder } = readConfig(terminal.environment);
    const files = openPipelineFiles(pipelinesFolder, EnteSettings);
    const [left = "", right = ""] = input.words;
    const only = input.findValue("pipeline");
    const names = await files.listPipelines();
    if (only !== undefined && !names.includes(only))
      throw new UsageError(`La pipeline «${only}» non esiste. Pipeline: ${names.join(", ")}.`, {
        isWellTyped: true,
      });
    const parts = only === undefined ? [null, ...names] : [only];
    const [first, second] = [
      await flattenEnte(files, pipelinesFolder, { codice: left, parts }),
      await flattenEnte(files, pipelinesFolder, { codice: right, parts }),
    ];
    const found = parts.map((part) => ({
      pipeline: part,
      changes: compareValues(first.get(part) ?? new Map(), second.get(part) ?? new Map()),
    }));
    const differing = found.filter(({ changes }) => changes.length > 0);
    terminal.stdout.write(
      input.hasFlag("json")
        ? `${JSON.stringify({ left, right, differences: differing })}\n`
        : formatDifferences(left, right, differing),
    );
    return exitCodes.completed;
  },
};

async function flattenEnte(
  files: PipelineFiles,
  folder: string,
  { codice, parts }: { readonly codice: string; readonly parts: readonly (string | null)[] },
): Promise<ReadonlyMap<string | null, FlatValues>> {
  const family = await readFamily(files, folder, codice);
  if (family === null) {
    const known = await files.listEnti();
    if (!known.includes(codice)) throw unknownEnteError(codice, known);
    throw new UsageError(
      `Il file dell'ente «${codice}» ha errori: postino check --ente ${codice}`,
      {
        isWellTyped: true,
      },
    );
  }
  const values = new Map<string | null, FlatValues>();
  for (const part of parts)
    values.set(
      part,
      part === null
        ? flattenSettings(family.root)
        : flattenPipeline(await files.readPipeline(part), findValue(family.root, "pipelines")),
    );
  return values;
}

function formatDifferences(
  left: string,
  right: string,
  found: readonly { readonly pipeline: string | null; readonly changes: readonly Change[] }[],
): string {
  if (found.length === 0) return `${left} e ${right} sono uguali.\n`;
  const parts = found.map(({ pipeline, changes }) =>
    [pipeline === null ? "Impostazioni" : `Pipeline ${pipeline}`, ...formatChanges(changes)].join(
      "\n",
    ),
  );
  return `${left} → ${right}\n\n${parts.join("\n\n")}\n`;
}
