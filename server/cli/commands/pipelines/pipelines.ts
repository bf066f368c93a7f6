/** `check`, `show`, `steps`: what technicians ask of pipelines and enti, without a journal. */
import { writeFile } from "node:fs/promises";
import { checkFiles } from "../../../../loader/check/check.ts";
import { openPipelineFiles } from "../../../../loader/pipeline/files.ts";
import { openInstalledFiles } from "../../../installed-files.ts";
import { formatReport, toReportJson } from "../../../words/problems.ts";
import type { RegisteredStep } from "../../../../loader/pipeline/registry.ts";
import { showPipeline } from "../../../words/pipeline-text.ts";
import type { JsonSchema } from "../../../../loader/yaml/schema-check.ts";
import { isPostalImported } from "../../../../integrations/flusso/postal/postal.ts";
import { EnteSettings } from "../../../../integrations/ente.ts";
import { formatEnteCosts, readEnteCosts } from "../../../ente/costs.ts";
import { createStrictInspection } from "../../../ente/inspect-ente.ts";
import { findUntried } from "../../../impact/tried.ts";
import { type Command, exitCodes, requireOption } from "../../command.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { toSarif } from "../../../words/sarif.ts";
import { readVersion } from "../../../version.ts";
import { formatColumns } from "../../output.ts";
import { openForCommand, parseParams, resolveOrExplain } from "../../open.ts";
import { terminal } from "../../terminal.ts";

/** Lint of pipelines and enti. */
export const checkCommand: Command = {
  usage: "check [FILE…] [--ente C] [--json] [--sarif FILE] [--fix [--unsafe]] [--strict]",
  summary: "controlla pipeline ed enti, dice tutti gli errori insieme",
  details: () => `
  --ente C     un ente solo, con tutte le pipeline
  --fix        applica le correzioni sicure: virgolette, parole italiane per le chiavi
  --unsafe     con --fix, anche quelle solo probabili: il nome più vicino a quello scritto; guardare poi che cosa è cambiato
  --strict     anche gli avvisi contano come errori
  --sarif FILE lo scrive anche in SARIF 2.1.0, per i programmi che lo mostrano accanto alle righe
  --json       un solo documento JSON sullo standard output
`,
  words: ["FILE…"],
  options: {
    ente: { type: "string" },
    json: { type: "boolean" },
    fix: { type: "boolean" },
    unsafe: { type: "boolean" },
    sarif: { type: "string" },
    strict: { type: "boolean" },
  },
  async run(input) {
    if (input.hasFlag("unsafe") && !input.hasFlag("fix"))
      throw new UsageError("--unsafe vale insieme a --fix.");
    const installation = await openForCommand();
    const { config, registry, clock } = installation;
    const ente = input.findValue("ente");
    const checked = await checkFiles({
      inspectEnte: createStrictInspection(installation),
      pipelinesFolder: config.pipelinesFolder,
      files: input.words,
      // What is said of costs and trials reads the same files.
      openFiles: (folder) =>
        folder === config.pipelinesFolder
          ? openInstalledFiles(config)
          : openPipelineFiles(folder, EnteSettings),
      registry,
      settingsSchema: EnteSettings,
      fix: input.hasFlag("fix"),
      unsafe: input.hasFlag("unsafe"),
      clock,
      ...(ente === undefined ? {} : { ente }),
    });
    const untried = ente === undefined ? await findUntried(installation) : [];
    const report = { ...checked, problems: [...checked.problems, ...untried] };
    const sarif = input.findValue("sarif");
    if (sarif !== undefined)
      await writeFile(sarif, `${JSON.stringify(toSarif(report, readVersion()), null, 2)}\n`);
    const errors = report.problems.filter((problem) => problem.severity === "error").length;
    const warnings = report.problems.filter((problem) => problem.severity === "warning").length;
    const isImported = await isPostalImported(config.dataFolder);
    const isJson = input.hasFlag("json");
    const costs = await readEnteCosts(installation, report.files);
    terminal.stdout.write(
      isJson
        ? `${JSON.stringify({ ...toReportJson(report), postal: { isImported }, costs })}\n`
        : `${formatReport(report).trimEnd()}\n${formatEnteCosts(costs)}`,
    );
    if (!isJson && !isImported)
      terminal.stdout.write(
        "Nota: l'elenco dei CAP di PagoPA non è mai stato importato; con la tabella fornita le frazioni non si controllano. Per importarlo: postino postal import FILE\n",
      );
    return errors > 0 || (input.hasFlag("strict") && warnings > 0)
      ? exitCodes.usage
      : exitCodes.completed;
  },
};

/** The merged pipeline. */
export const showCommand: Command = {
  usage: "show <pipeline> --ente C [--param k=v]…",
  summary: "mostra la pipeline di un ente, con l'origine di ogni valore",
  details: () => `
  --ente C      l'ente di cui si vuole la pipeline
  --param k=v   un parametro della pipeline, tante volte quanti sono
`,
  words: ["pipeline"],
  options: { ente: { type: "string" }, param: { type: "string", multiple: true } },
  async run(input) {
    const installation = await openForCommand();
    const resolved = await resolveOrExplain(installation, {
      pipeline: input.words[0] ?? "",
      ente: requireOption(input, "ente", "borgolieto"),
      params: parseParams(input),
    });
    if (resolved === null) return exitCodes.usage;
    terminal.stdout.write(showPipeline(resolved, installation.registry));
    return exitCodes.completed;
  },
};

/** The steps and their settings. */
export const stepsCommand: Command = {
  usage: "steps [NOME] [--schemas]",
  summary: "elenca i passi, o mostra le impostazioni di uno",
  details: () => `
  --schemas   riscrive gli schemi con cui gli editor completano pipeline ed enti, con i passi propri
`,
  words: ["NOME?"],
  options: { schemas: { type: "boolean" } },
  async run(input) {
    const { registry, config } = await openForCommand();
    if (input.hasFlag("schemas")) {
      const { writeSchemas } = await import("../../../editor/write-schemas.ts");
      const written = await writeSchemas(registry, config.pipelinesFolder);
      const told = written.length === 0 ? ["Gli schemi sono già aggiornati."] : written;
      terminal.stdout.write(`${told.join("\n")}\n`);
      return exitCodes.completed;
    }
    const isTerminal = terminal.stdout.isTTY;
    const lastWidth = Math.max(40, (terminal.stdout.columns || 120) - 66);
    const [name] = input.words;
    if (name === undefined) {
      const rows = registry
        .listSteps()
        .map(({ name: step, title, step: { kind, effect, summary } }) => [
          step,
          title,
          kind,
          effect,
          summary,
        ]);
      terminal.stdout.write(
        `${formatColumns(["PASSO", "TITOLO", "TIPO", "EFFETTO", "CHE COSA FA"], rows, { isTerminal, lastWidth })}\n`,
      );
      return exitCodes.completed;
    }
    const known = registry.get(name);
    if (known === undefined)
      throw new UsageError(
        `Il passo «${name}» non esiste. Passi: ${registry.listNames().join(", ")}.`,
      );
    const { step } = known;
    const rows = Object.entries(step.config.properties).map(([field, schema]) => {
      const { description, default: value } = schema as { description?: string; default?: unknown };
      return [field, value === undefined ? "" : JSON.stringify(value), description ?? ""];
    });
    terminal.stdout.write(`${name}: ${step.summary}\n`);
    terminal.stdout.write(`Per gli operatori: ${known.title}.\n`);
    terminal.stdout.write(
      `Legge: ${known.readsFields.join(", ") || "nulla"}. Aggiunge: ${formatAdded(known) || "nulla"}.\n`,
    );
    if (rows.length > 0)
      terminal.stdout.write(
        `\n${formatColumns(["IMPOSTAZIONE", "VALORE PREDEFINITO", "CHE COSA È"], rows, { isTerminal, lastWidth })}\n`,
      );
    for (const example of step.examples)
      terminal.stdout.write(
        `\n  - uses: ${name}\n    with:\n${example.trimEnd().replaceAll(/^/gm, "      ")}\n`,
      );
    return exitCodes.completed;
  },
};

/** The names of the fields, with what operators read where the schema says it. */
function formatAdded({ step }: RegisteredStep): string {
  const fields = Object.entries(step.adds.properties as Readonly<Record<string, JsonSchema>>);
  return fields
    .map(([name, { title }]) => (typeof title === "string" ? `${name} (${title})` : name))
    .join(", ");
}
