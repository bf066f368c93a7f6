/** `simulate`: SEND, GPD, GovPay, CSC and TSA as servers on one port of this machine; `demo`: the main job against them, what a newcomer runs first. */
import { join, relative } from "node:path";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { toRomeDay } from "../../../../engine/host/clock.ts";
import { parseFaults } from "../../../../simulators/faults.ts";
import { resolvePostalPath } from "../../../../integrations/flusso/postal/postal.ts";
import {
  buildDemoFlusso,
  buildDemoOrdinanze,
  buildDemoSolleciti,
  type DemoFlusso,
} from "../../../../integrations/flusso/demo-data.ts";
import { readConfig } from "../../../config.ts";
import { locateProgramFolder, nameOwnCommand } from "../../../program.ts";
import { startListening } from "../../../listen.ts";
import { createSimulators } from "../../../simulators.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { coerceBySchema } from "../../../../loader/yaml/coerce.ts";
import { type Problem, hasErrors } from "../../../../loader/yaml/diagnostics.ts";
import { formatProblems } from "../../../words/problems.ts";
import { readMap } from "../../../../loader/pipeline/read-map.ts";
import type { JsonSchema } from "../../../../loader/yaml/schema-check.ts";
import { collectProperties } from "../../../../loader/yaml/keys.ts";
import {
  type SimulatedSend,
  SimulatorSettings,
  toSimulatedSend,
} from "../../../simulator-settings.ts";
import {
  type WritingInstallation,
  createRun,
  openInstallation,
  openWriting,
  storeInput,
} from "../../../installation.ts";
import { formatTimeSpan } from "../../../words/format.ts";
import type { ResolvedPipeline } from "../../../../loader/pipeline/resolved.ts";
import { type Command, exitCodes } from "../../command.ts";
import { terminal } from "../../terminal.ts";
import { driveInForeground } from "../../drive.ts";
import { resolveOrExplain } from "../../open.ts";
import { parsePort, waitForSignal } from "../../listening.ts";

/** What the demonstration ente holds; any other is given by option. */
const demoApiKey = "chiave-dimostrativa-send";
const demoTaxId = "89999990164";

/** The simulators. */
export const simulateCommand: Command = {
  usage:
    "simulate [--port 8098] [--api-key K --pa-tax-id CF] [--faults drop=0.05,5xx=0.02,429=0.01,latency=20] [--seed N] [--settings FILE] [--json]",
  summary: "simula SEND, pagamenti, firma remota e marche temporali su una porta locale",
  details: describeSimulatorSettings,
  words: [],
  options: {
    port: { type: "string" },
    "api-key": { type: "string" },
    "pa-tax-id": { type: "string" },
    faults: { type: "string" },
    seed: { type: "string" },
    settings: { type: "string" },
    json: { type: "boolean" },
  },
  async run(input) {
    const port = parsePort(input.findValue("port") ?? "8098");
    const apiKey = input.findValue("api-key") ?? demoApiKey;
    const paTaxId = input.findValue("pa-tax-id") ?? demoTaxId;
    if (!/^\d{11}$/.test(paTaxId))
      throw new UsageError("--pa-tax-id vuole le undici cifre del codice fiscale dell'ente.");
    const faults = input.findValue("faults");
    const seed = input.findValue("seed");
    if (seed !== undefined && !/^\d+$/.test(seed))
      throw new UsageError(`--seed vuole un numero intero, non «${seed}».`);
    const send = await readSimulatorSettings(input.findValue("settings"));
    const config = readConfig(terminal.environment);
    const simulators = await createSimulators({
      folder: join(config.dataFolder, "simulator"),
      clock: terminal.clock,
      apiKey,
      paTaxId,
      send,
      postal: resolvePostalPath(config.dataFolder),
      positions: buildDemoFlusso(toRomeDay(terminal.clock.now())).positions,
      ...(faults === undefined ? {} : { faults: parseFaults(faults) }),
      ...(seed === undefined ? {} : { random: createSeededRandom(Number(seed)) }),
    });
    const listening = startListening(simulators.app, { host: "127.0.0.1", port });
    if (input.hasFlag("json"))
      terminal.stdout.write(`${JSON.stringify({ port: listening.port, apiKey, paTaxId })}\n`);
    else
      terminal.stdout.write(
        `Simulatori su ${listening.url} (rapporto: ${listening.url}/report). Per fermarli: Ctrl-C.\n` +
          `SEND simulato accetta la chiave «${apiKey}» dell'ente ${paTaxId}; per altri: --api-key e --pa-tax-id.\n`,
      );
    await waitForSignal(new AbortController());
    await listening.stop();
    simulators.close();
    return exitCodes.completed;
  },
};

/** The same numbers for the same seed (mulberry32). */
export function createSeededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

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
  if (hasErrors(found)) throw new UsageError(formatProblems(found), { isWellTyped: true });
  return toSimulatedSend(settings as SimulatorSettings);
}

/** What `--settings` may hold, one line each. */
function describeSimulatorSettings(): string {
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

const demoEnte = "borgolieto";

interface Demo {
  readonly pipeline: string;
  /** Of the pipelines, below the program's. */
  readonly folder: readonly string[];
  build(today: string): DemoFlusso;
}

const actFolder = ["data", "demo", "altri-atti"];

/** By name of the kind of act. */
const demoActs: Readonly<Record<string, Demo>> = {
  "ordinanza-689": { pipeline: "ordinanze", folder: actFolder, build: buildDemoOrdinanze },
  "sollecito-tari": { pipeline: "solleciti", folder: actFolder, build: buildDemoSolleciti },
};

function pickDemo(act: string | undefined): Demo {
  if (act === undefined) return { pipeline: "send", folder: ["pipelines"], build: buildDemoFlusso };
  const demo = Object.hasOwn(demoActs, act) ? demoActs[act] : undefined;
  if (demo !== undefined) return demo;
  throw new UsageError(
    `Di «${act}» non c'è una dimostrazione. Ci sono: ${Object.keys(demoActs).join(", ")}.`,
    { isWellTyped: true },
  );
}

/** The demonstration. Its data folder is `data/demo-run`, emptied at each start. */
export const demoCommand: Command = {
  usage: "demo [--act ATTO]",
  summary: "prova tutto sul flusso dimostrativo, contro i simulatori",
  details: () => `
  --act ATTO   un altro atto al posto dei verbali: ${Object.keys(demoActs).join(", ")}
`,
  words: [],
  options: { act: { type: "string" } },
  async run(input) {
    const demo = pickDemo(input.findValue("act"));
    const began = performance.now();
    const dataFolder = join(readConfig(terminal.environment).dataFolder, "demo-run");
    await rm(dataFolder, { recursive: true, force: true });
    await mkdir(dataFolder, { recursive: true, mode: 0o700 });
    const { csv, positions } = demo.build(toRomeDay(terminal.clock.now()));
    const flussoPath = join(dataFolder, "flusso-dimostrativo.csv");
    await writeFile(flussoPath, csv, { mode: 0o600 });

    const simulators = await createSimulators({
      folder: join(dataFolder, "simulator"),
      clock: terminal.clock,
      apiKey: demoApiKey,
      paTaxId: demoTaxId,
      positions,
    });
    const listening = startListening(simulators.app, { host: "127.0.0.1", port: 0 });
    terminal.stdout.write(
      `Simulatori di SEND, pagamenti e firma su ${listening.url}\nFlusso: ${relative(process.cwd(), flussoPath)}\n\n`,
    );
    const config = readConfig({
      ...terminal.environment,
      POSTINO_DATA: dataFolder,
      POSTINO_PIPELINES: join(locateProgramFolder(), ...demo.folder),
    });
    try {
      const installation = await openInstallation(config, { clock: terminal.clock });
      const resolved = await resolveOrExplain(installation, {
        pipeline: demo.pipeline,
        ente: demoEnte,
        params: {},
      });
      if (resolved === null) return exitCodes.usage;
      const writing = await openWriting(installation);
      try {
        return await runDemo(writing, pointAtSimulators(resolved, listening.url), {
          flussoPath,
          began,
        });
      } finally {
        await writing.close();
      }
    } finally {
      await listening.stop();
      simulators.close();
    }
  },
};

async function runDemo(
  writing: WritingInstallation,
  resolved: ResolvedPipeline,
  options: { readonly flussoPath: string; readonly began: number },
): Promise<number> {
  const input = await storeInput(writing.artifacts, options.flussoPath);
  const run = await createRun(writing, resolved, { trigger: "manual", input, params: {} });
  const code = await driveInForeground(writing, run.id, {
    isJson: false,
    waitMs: 300_000,
    showsAll: true,
  });
  const outbox = await writeOut(writing, run.id);
  const toRelative = (path: string): string => relative(process.cwd(), path);
  terminal.stdout.write(`\nPDF: ${toRelative(outbox)}\n`);
  for (const file of await writing.journal.listFiles(run.id))
    terminal.stdout.write(`ZIP: ${toRelative(join(outbox, "..", file.name))}\n`);
  terminal.stdout.write(`Durata: ${formatTimeSpan(performance.now() - options.began)}\n`);
  terminal.stdout.write(
    `\nPer guardare il flusso nel browser:\n${describeServing(toRelative(writing.config.dataFolder))}`,
  );
  // Rejections are what the demonstration shows: they are its success.
  return code === exitCodes.rejections ? exitCodes.completed : code;
}

/** Copies the run's PDFs and archives to where a person looks for them. */
async function writeOut(
  { journal, artifacts, config }: WritingInstallation,
  runId: string,
): Promise<string> {
  const outbox = join(config.dataFolder, "outbox", demoEnte);
  const folder = join(outbox, "pdf");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const file of await journal.listFiles(runId))
    await writeFile(join(outbox, file.name), artifacts.stream(file.sha256), { mode: 0o600 });
  for (const item of await journal.listItems(runId, { limit: 10_000 })) {
    const documents = (item.data["signedDocuments"] ?? []) as readonly {
      name: string;
      sha256: string;
    }[];
    for (const { name, sha256 } of documents)
      await writeFile(join(folder, name), await artifacts.read(sha256), { mode: 0o600 });
  }
  return folder;
}

/** The same pipeline with the simulators' port of this run. */
function pointAtSimulators(resolved: ResolvedPipeline, url: string): ResolvedPipeline {
  const settings = JSON.stringify(resolved.settings).replaceAll("http://127.0.0.1:8098", url);
  return { ...resolved, settings: JSON.parse(settings) as ResolvedPipeline["settings"] };
}

/** The command as the shell of this machine takes it. */
function describeServing(dataFolder: string): string {
  return process.platform === "win32"
    ? `  set POSTINO_DATA=${dataFolder}\n  ${nameOwnCommand()} serve\n`
    : `  POSTINO_DATA=${dataFolder} ${nameOwnCommand()} serve\n`;
}
