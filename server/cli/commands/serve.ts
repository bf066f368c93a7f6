/** `serve`: dashboard, API and scheduler until a signal comes. */
import { keepBug } from "../../../engine/host/bug-report.ts";
import { PipelineError } from "../../../engine/host/errors.ts";
import type { UploadedFile } from "../../../engine/host/files.ts";
import type { Problem } from "../../../loader/yaml/diagnostics.ts";
import { resolvePipeline } from "../../../loader/pipeline/resolve.ts";
import { createScheduler } from "../../../engine/schedule/scheduler.ts";
import { EnteSettings } from "../../../integrations/ente.ts";
import { readInboxFiles } from "../../ente/arrivals.ts";
import { createEnteInspection } from "../../ente/inspect-ente.ts";
import { createApp } from "../../web/app.tsx";
import { unwantedFileFault } from "../../history/catalog.ts";
import type { StartRequest, StartResult } from "../../web/deps.ts";
import {
  createRun,
  openSecrets,
  openWriting,
  type WritingInstallation,
} from "../../installation.ts";
import { startListening } from "../../listen.ts";
import { openPipelineBook, type PipelineBook } from "../../pipeline-book.ts";
import { readConfig } from "../../config.ts";
import { createRunManager, type RunManager } from "../../run-manager.ts";
import { locateSearch } from "../../journal-reader.ts";
import { findCases } from "../../fascicolo/collect.ts";
import { writeCase, type WrittenCase } from "../../fascicolo/write-case.ts";
import type { PeopleDesk } from "../../people/desk.ts";
import { openPeople } from "../../people/people.ts";
import { locatePeople } from "../../people/store.ts";
import { openSearch, type Search } from "../../search/search.ts";
import { type Command, exitCodes } from "../command.ts";
import { createPriceDesk, type PriceDesk } from "../../price/price-desk.ts";
import { readVersion } from "../../version.ts";
import { openForCommand } from "../open.ts";
import { terminal } from "../terminal.ts";
import { UsageError } from "../../words/usage-error.ts";
import { parsePort, waitForSignal } from "../listening.ts";

const loopback = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/;

/** The server. */
export const serveCommand: Command = {
  usage: "serve [--port 8099] [--host 127.0.0.1] [--no-scheduler]",
  summary: "apre il pannello e avvia i flussi programmati",
  details: () => `
  --port 8099        la porta del pannello; 0 ne sceglie una libera
  --host 127.0.0.1   l'indirizzo su cui ascolta; uno di fuori vuole persone (user add) e POSTINO_PUBLIC_URL
  --no-scheduler     senza i flussi programmati: solo il pannello
`,
  words: [],
  options: {
    port: { type: "string" },
    host: { type: "string" },
    "no-scheduler": { type: "boolean" },
  },
  async run(input) {
    const port = parsePort(input.findValue("port") ?? "8099");
    const host = input.findValue("host") ?? "127.0.0.1";
    if (!loopback.test(host)) requirePeople(host);
    const writing = await openWriting(await openForCommand({ logLevel: "info" }));
    const manager = createRunManager(writing);
    const book = openPipelineBook(writing);
    const desk = openPeopleDesk(writing, book);
    const search = openSearch(writing.journal, locateSearch(writing.config));
    const controller = new AbortController();
    const stopped = waitForSignal(controller, writing.journal);
    try {
      const prices = openPriceDesk(writing, book);
      const app = createDashboard({
        writing,
        manager,
        book,
        search,
        prices,
        people: desk,
        signal: controller.signal,
      });
      // Every route has a limit of its own, and says it.
      const listening = startListening(app, { host, port, maxBodyBytes: 2 ** 50 });
      writing.journal.announceDashboard(listening.url);
      terminal.stdout.write(`Pannello: ${listening.url}\n`);
      for (const origin of writing.config.access.origins)
        terminal.stdout.write(`Dal browser: ${origin}\n`);
      const taken = await manager.takeUp();
      if (taken.length > 0)
        terminal.stdout.write(`Ripresi i flussi rimasti a metà: ${taken.join(", ")}\n`);
      const scheduling = input.hasFlag("no-scheduler")
        ? Promise.resolve()
        : runScheduler(writing, manager, { book, signal: controller.signal });
      const refreshing = prices.keepFresh(controller.signal);
      await stopped;
      terminal.stdout.write("Mi fermo appena concluso ciò che è in corso…\n");
      await scheduling;
      await refreshing;
      await manager.stop();
      await listening.stop();
      writing.journal.taken.throwIfAborted();
      return exitCodes.completed;
    } finally {
      search.close();
      desk.people.close();
      await writing.close();
    }
  },
};

interface DashboardParts {
  readonly writing: WritingInstallation;
  readonly manager: RunManager;
  readonly book: PipelineBook;
  readonly search: Search;
  readonly prices: PriceDesk;
  readonly people: PeopleDesk;
  readonly signal: AbortSignal;
}

/** The dashboard over the parts of this installation. */
function createDashboard(parts: DashboardParts) {
  const { writing, manager, book, search, prices, people, signal } = parts;
  return createApp({
    journal: writing.journal,
    artifacts: writing.artifacts,
    uploadLimits: writing.config.uploadLimits,
    clock: writing.clock,
    registry: writing.registry,
    log: writing.log,
    access: writing.config.access,
    reportBug: writing.reportBug,
    site: writing.config.site,
    version: readVersion(),
    answer: manager.answer,
    resume: manager.resume,
    cancel: manager.cancel,
    startRun: (request) => startRun(writing, manager, request, "dashboard"),
    loadCatalog: book.readCatalog,
    listInboxFiles: async () => await readInboxFiles(writing, await book.readInboxes()),
    find: search.find,
    writeCase: async (ente, iun) => await writeCaseOf(writing, book, ente, iun),
    askPrice: prices.answer,
    people,
    signal,
  });
}

/** Other machines are answered only where everybody has to say who they are, under an address that is known. Throws UsageError. */
function requirePeople(host: string): void {
  const { dataFolder, access } = readConfig(terminal.environment);
  const people = openPeople(locatePeople(dataFolder), { clock: terminal.clock });
  try {
    if (people.users.hasAny() && access.origins.length > 0) return;
    throw new UsageError(
      `Senza persone il pannello ascolta solo su questa macchina: --host ${host} non è ammesso. Aggiungere la prima con «postino user add», e scrivere l'indirizzo del pannello in POSTINO_PUBLIC_URL; oppure usare 127.0.0.1.`,
      { isWellTyped: true },
    );
  } finally {
    people.close();
  }
}

function openPeopleDesk({ config, clock }: WritingInstallation, book: PipelineBook): PeopleDesk {
  return {
    people: openPeople(locatePeople(config.dataFolder), { clock }),
    secondFactorFor: [],
    listOwnWords: async () =>
      (await book.readEnti()).flatMap(({ ente }) => [ente.codice, ente.nome]),
  };
}

function openPriceDesk(writing: WritingInstallation, book: PipelineBook): PriceDesk {
  return createPriceDesk({
    journal: writing.journal,
    clock: writing.clock,
    log: writing.log,
    listEnti: book.readEnti,
    readSecret: (ente, name) => openSecrets(writing, ente).get(name),
    openDesk: (ente) => writing.openServices(ente).desk,
  });
}

async function writeCaseOf(
  { journal, artifacts, clock }: WritingInstallation,
  book: PipelineBook,
  ente: string,
  iun: string,
): Promise<WrittenCase | null> {
  const [one] = await findCases(journal, ente, iun);
  if (one === undefined) return null;
  const enti = await book.readEnti();
  const enteName = enti.find((each) => each.ente.codice === ente)?.ente.nome ?? ente;
  return await writeCase(one, { artifacts, clock, enteName });
}

async function startRun(
  writing: WritingInstallation,
  manager: RunManager,
  request: StartRequest,
  trigger: "dashboard" | "schedule",
): Promise<StartResult> {
  const { config, registry } = writing;
  const { resolved, problems } = await resolvePipeline({
    ...request,
    pipelinesFolder: config.pipelinesFolder,
    registry,
    settingsSchema: EnteSettings,
    inspectEnte: createEnteInspection(writing),
  });
  if (resolved === null) {
    return refuseStart(problems);
  }
  const { input } = request;
  const fault = input === null ? null : unwantedFileFault(registry, resolved);
  if (fault !== null) return { status: "refused", reason: fault, hint: "Avviarla senza file." };
  const run = await createRun(writing, resolved, {
    trigger,
    input: input === null ? null : await writing.artifacts.putStream(input.name, readPieces(input)),
    params: request.params,
  });
  // Every file of the inbox has a run of its own, the oldest first.
  const startNext = (): void => {
    startRun(writing, manager, request, trigger).catch((error: unknown) => {
      keepBug(writing, "the next file of the inbox was not started", error, {
        doing: "avvio del file successivo della cartella di arrivo",
      });
    });
  };
  manager.begin(run.id, input === null ? startNext : undefined);
  return { status: "accepted", runId: run.id };
}

/** What was typed wrong is told in the words of the form; faults of the files are for whoever keeps them. */
function refuseStart(problems: readonly Problem[]): StartResult {
  const first = problems.find(({ severity }) => severity === "error");
  if (first === undefined) return { status: "refused", reason: "La pipeline non è valida." };
  if (first.param !== undefined) {
    const { message, why, options } = first;
    const hint = [why, options].filter((text) => text !== undefined).join(". ");
    const reason = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
    return { status: "refused", reason, ...(hint !== "" && { hint }) };
  }
  return {
    status: "refused",
    reason: `${first.file}, riga ${first.line}: ${first.message}`,
    hint: { action: "check", first: "Avvisare il tecnico. Tutti gli errori:" },
  };
}

const pieceBytes = 1024 * 1024;

async function* readPieces(file: UploadedFile): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += pieceBytes) yield await file.slice(at, at + pieceBytes);
}

function runScheduler(
  writing: WritingInstallation,
  manager: RunManager,
  { book, signal }: { readonly book: PipelineBook; readonly signal: AbortSignal },
): Promise<void> {
  const { journal, clock, log, reportBug } = writing;
  const scheduler = createScheduler({
    journal,
    clock,
    log,
    reportBug,
    listSchedules: book.listSchedules,
    async start(pipeline, ente) {
      const result = await startRun(
        writing,
        manager,
        { pipeline, ente, input: null, params: {} },
        "schedule",
      );
      if (result.status === "refused") throw new PipelineError("START_REFUSED", result.reason);
      return result.runId;
    },
    async findRunning(pipeline, ente) {
      const [run] = await journal.listRuns({
        pipeline,
        ente,
        states: ["queued", "running", "waiting", "waiting-for-person"],
        limit: 1,
      });
      return run?.id ?? null;
    },
  });
  return scheduler.run(signal);
}
