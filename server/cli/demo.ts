/** `demo`: the main job on the committed flusso, against simulators on loopback; what a newcomer runs first. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { toRomeDay, systemClock } from "../../engine/host/clock.ts";
import { buildDemoFlusso } from "../../integrations/flusso/demo-data.ts";
import { programFolder, readConfig } from "../config.ts";
import {
  createRun,
  openInstallation,
  openWriting,
  storeInput,
  type WritingInstallation,
} from "../installation.ts";
import { formatTimeSpan } from "../words/format.ts";
import { startListening } from "../listen.ts";
import { createSimulators } from "../simulators.ts";
import { type Command, exitCodes } from "./command.ts";
import { driveInForeground } from "./drive.ts";
import { resolveOrExplain } from "./open.ts";
import { demoApiKey, demoTaxId } from "./simulate.ts";
import { terminal } from "./terminal.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";

const ente = "borgolieto";

/** The demonstration. Its data folder is `data/demo-run`, emptied at each start. */
export const demoCommand: Command = {
  usage: "demo",
  summary: "prova tutto sul flusso dimostrativo, contro i simulatori",
  words: [],
  options: {},
  async run() {
    const began = performance.now();
    const dataFolder = join(readConfig(terminal.environment).dataFolder, "demo-run");
    await rm(dataFolder, { recursive: true, force: true });
    await mkdir(dataFolder, { recursive: true, mode: 0o700 });
    const { csv, positions } = buildDemoFlusso(toRomeDay(systemClock.now()));
    const flussoPath = join(dataFolder, "flusso-dimostrativo.csv");
    await writeFile(flussoPath, csv, { mode: 0o600 });

    const simulators = await createSimulators({
      folder: join(dataFolder, "simulator"),
      clock: systemClock,
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
      POSTINO_PIPELINES: join(programFolder, "pipelines"),
    });
    try {
      const installation = await openInstallation(config);
      const resolved = await resolveOrExplain(installation, { pipeline: "send", ente, params: {} });
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
    `\nPer guardare il flusso nel browser:\n  POSTINO_DATA=${toRelative(writing.config.dataFolder)} npm run -s postino -- serve\n`,
  );
  // Rejections are what the demonstration shows: they are its success.
  return code === exitCodes.rejections ? exitCodes.completed : code;
}

/** Copies the run's PDFs and archives to where a person looks for them. */
async function writeOut(
  { journal, artifacts, config }: WritingInstallation,
  runId: string,
): Promise<string> {
  const outbox = join(config.dataFolder, "outbox", ente);
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
