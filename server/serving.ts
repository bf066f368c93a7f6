/** What a server keeps going over one writing installation: the dashboard with its API, the schedules and the prices. */
import { join } from "node:path";
import type { Hono } from "hono";
import { PipelineError } from "../engine/host/errors.ts";
import { createSecrets } from "../engine/host/secrets.ts";
import { createScheduler, type Scheduler } from "../engine/schedule/scheduler.ts";
import { type AlertKeeper, createAlertKeeper } from "./alerts/keeper.ts";
import { findHoldingRun } from "./history/holding-run.ts";
import { createEnteSummaries, type EnteSummaries } from "./history/today/ente-summaries.ts";
import { readInboxFiles } from "./ente/arrivals.ts";
import { readCaseTrust } from "./fascicolo/case-trust.ts";
import { findCases } from "./fascicolo/collect.ts";
import { writeCase, type WrittenCase } from "./fascicolo/write-case.ts";
import { openSecrets, type WritingInstallation } from "./installation.ts";
import { locateSearch } from "./store/journal-reader.ts";
import { openPeopleDesk, type PeopleDesk } from "./people/desk.ts";
import type { AccessSettings } from "./people/settings.ts";
import { locatePeople } from "./people/store.ts";
import type { Purged } from "./upkeep/certificate.ts";
import { keepRetention } from "./upkeep/keep-retention.ts";
import { createSavedViews } from "./views/saved-views.ts";
import { createPauses, type PauseKeeper } from "./pauses.ts";
import { openPipelineBook, type PipelineBook } from "./pipeline-book.ts";
import { createPriceDesk, type PriceDesk } from "./price/price-desk.ts";
import { createRunManager, type RunManager } from "./running/run-manager.ts";
import { collectMonth, type MonthReport } from "./report/collect.ts";
import { createRegisterReader } from "../integrations/register/register.ts";
import { openSearch, type Search } from "./search/search.ts";
import type { Seals } from "../stores/seals/seals.ts";
import { readVersion } from "./version.ts";
import { openCorrections } from "./correct/corrections.ts";
import { openDraftMappings } from "./drafts/draft-mapping.ts";
import { openFileDesk } from "./filedesk/file-desk.ts";
import { openFlussoDrafts } from "./drafts/flusso-drafts.ts";
import { openWaitingDesk, type WaitingDesk } from "./register/open-desk.ts";
import { openRenotifications } from "./register/renotify.ts";
import { settleFlusso } from "./register/settle.ts";
import { createRestOfFile } from "./running/rest-of-file.ts";
import { resolveStart, startRun } from "./running/start-run.ts";
import { createApp } from "./web/app.tsx";
import type { AppDeps } from "./web/deps.ts";

export interface Serving {
  /** The dashboard and the API. */
  readonly app: Hono;
  readonly manager: RunManager;
  readonly scheduler: Scheduler;
  readonly alerts: AlertKeeper;
  /** Keeps the prices fresh that partners ask for, until `signal` aborts. */
  keepPrices(signal: AbortSignal): Promise<void>;
  /** Every night deletes what the enti's terms let go, until `signal` aborts. */
  keepRetention(signal: AbortSignal): Promise<void>;
  /** Closes what it opened; the installation is the caller's. */
  close(): void;
}

export interface ServingMeans {
  /** Of the ways in. */
  readonly settings?: AccessSettings;
  /** `null`: nothing is sealed on the disk. */
  readonly seals: Seals | null;
}

/** Opens all of it; nothing moves before the caller asks. `signal`: aborted when the server goes down. */
export function openServing(
  writing: WritingInstallation,
  signal: AbortSignal,
  { settings = {}, seals }: ServingMeans,
): Serving {
  const { journal, clock, config } = writing;
  const manager = createRunManager(writing, (runId) => settleAtRest(writing, runId));
  const book = openPipelineBook(writing);
  const desk = openDesk(writing, settings, book);
  const pauses = createPauses(journal, clock, book.listSchedules);
  const search = openSearch(journal, locateSearch(config), seals);
  const prices = openPriceDesk(writing, book);
  const summaries = createEnteSummaries(journal, clock);
  const alerts = openAlerts(writing, { book, pauses, desk, summaries });
  const app = createApp({
    summaries,
    alerts,
    files: openFileDesk(writing),
    readReport: createReportReader(writing, book),
    ...listParts(writing),
    answer: manager.answer,
    resume: manager.resume,
    cancel: manager.cancel,
    exclude: manager.exclude,
    rest: createRestOfFile(writing, manager),
    startRun: (request) => startRun(writing, manager, request, "dashboard"),
    judgeStart: async (request) => {
      const resolved = await resolveStart(writing, request);
      return "status" in resolved ? resolved : null;
    },
    ...openVerbali(writing, manager, book),
    loadCatalog: book.readCatalog,
    listSchedules: book.listSchedules,
    pauses,
    views: createSavedViews(journal, clock),
    resolveToday: async ({ pipeline, ente, params }) => {
      const resolved = await resolveStart(writing, { pipeline, ente, params, input: null });
      return "status" in resolved ? null : JSON.stringify(resolved);
    },
    listInboxFiles: async () => await readInboxFiles(writing, await book.readInboxes()),
    find: search.find,
    writeCase: async (ente, iun) => await writeCaseOf(writing, book, ente, iun),
    askPrice: prices.answer,
    people: desk,
    signal,
  });
  return {
    app,
    manager,
    alerts,
    scheduler: openScheduler(writing, manager, { book, pauses }),
    keepPrices: (until) => prices.keepFresh(until),
    keepRetention: (until) => keepNights(writing, { book, desk, search }, until),
    close() {
      search.close();
      desk.people.close();
    },
  };
}

/** What the dashboard takes of the installation as it is. */
function listParts({ journal, artifacts, config, ...writing }: WritingInstallation) {
  const { clock, registry, log, reportBug } = writing;
  const { uploadLimits, access, site } = config;
  const version = readVersion();
  const parts = { journal, artifacts, clock, registry, log, reportBug };
  return { ...parts, uploadLimits, access, site, version };
}

function openWaiting(
  writing: WritingInstallation,
  manager: RunManager,
  book: PipelineBook,
): WaitingDesk {
  return openWaitingDesk(writing, {
    listEnti: book.listRegisterEnti,
    readUse: book.readRegisterUse,
    readSettings: async (ente) =>
      (await book.readEnti()).find((one) => one.ente.codice === ente) ?? null,
    start: (request) => startRun(writing, manager, request, "dashboard"),
  });
}

/** What the flusso took from the register stands where it ended. */
async function settleAtRest({ journal }: WritingInstallation, runId: string): Promise<void> {
  const run = await journal.readRun(runId);
  if (run !== null) await settleFlusso(journal, run.ente, runId);
}

type VerbaliParts = "drafts" | "mappings" | "corrections" | "waiting" | "renotifications";

/** Verbali before they start, and those that go once more. */
function openVerbali(
  writing: WritingInstallation,
  manager: RunManager,
  book: PipelineBook,
): Required<Pick<AppDeps, VerbaliParts>> {
  const drafts = openFlussoDrafts(writing);
  const waiting = openWaiting(writing, manager, book);
  return {
    drafts,
    mappings: openDraftMappings(writing, drafts),
    corrections: openCorrections(writing, manager),
    waiting,
    renotifications: openRenotifications(writing, {
      waiting,
      drafts,
      loadCatalog: book.readCatalog,
    }),
  };
}

/** What a night deletes is written down, and no longer found. */
async function keepNights(
  writing: WritingInstallation,
  { book, desk, search }: { book: PipelineBook; desk: PeopleDesk; search: Search },
  until: AbortSignal,
): Promise<void> {
  const { audit } = desk.people;
  const tell = ({ ente, certificate }: Purged): void => {
    if (certificate === null) return;
    search.forget();
    const detail = { certificato: certificate.sha256 };
    audit.append({ actor: "sistema:serve", action: "cancellazione", ente, detail });
  };
  const parts = { ...writing, dataFolder: writing.config.dataFolder };
  await keepRetention(parts, { readEnti: book.readEnti, tell }, until);
}

function openDesk(
  { config, clock, redactor }: WritingInstallation,
  settings: AccessSettings,
  book: PipelineBook,
): PeopleDesk {
  const { environment, secretsFolder } = config;
  const secrets = createSecrets({ environment, folders: [secretsFolder], redactor });
  return openPeopleDesk(locatePeople(config.dataFolder), {
    settings,
    clock,
    readSecret: (name) => secrets.get(name),
    listOwnWords: async () =>
      (await book.readEnti()).flatMap(({ ente }) => [ente.codice, ente.nome]),
  });
}

function openAlerts(
  writing: WritingInstallation,
  {
    book,
    pauses,
    desk,
    summaries,
  }: {
    readonly book: PipelineBook;
    readonly pauses: PauseKeeper;
    readonly desk: PeopleDesk;
    readonly summaries: EnteSummaries;
  },
): AlertKeeper {
  return createAlertKeeper(writing, {
    summaries,
    listSchedules: async () => await pauses.leaveOut(await book.listSchedules()),
    listExpectations: book.listExpectations,
    readEnti: book.readEnti,
    listKeys: () => desk.people.tokens.list().filter(({ revokedAt }) => revokedAt === null),
  });
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

function createReportReader(
  { journal }: WritingInstallation,
  book: PipelineBook,
): (ente: string, month: string) => Promise<MonthReport | null> {
  return async (ente, month) => {
    const enti = await book.readEnti();
    if (!enti.some((one) => one.ente.codice === ente)) return null;
    return await collectMonth(
      { journal, register: createRegisterReader(journal, ente) },
      { ente, month },
    );
  };
}

async function writeCaseOf(
  { journal, artifacts, clock, config }: WritingInstallation,
  book: PipelineBook,
  ente: string,
  iun: string,
): Promise<WrittenCase | null> {
  const [one] = await findCases(journal, ente, iun);
  if (one === undefined) return null;
  const enti = await book.readEnti();
  const settings = enti.find((each) => each.ente.codice === ente);
  const base = join(config.pipelinesFolder, "enti");
  const trust =
    settings === undefined
      ? { trustAnchors: [], confirmedSchemas: [] }
      : await readCaseTrust(settings, { base, nowMs: clock.now() });
  const enteName = settings?.ente.nome ?? ente;
  return await writeCase(one, { artifacts, clock, enteName, trust });
}

function openScheduler(
  writing: WritingInstallation,
  manager: RunManager,
  { book, pauses }: { readonly book: PipelineBook; readonly pauses: PauseKeeper },
): Scheduler {
  const { journal, clock, log, reportBug } = writing;
  return createScheduler({
    journal,
    clock,
    log,
    reportBug,
    listSchedules: async () => await pauses.leaveOut(await book.listSchedules()),
    async start(pipeline, ente) {
      if (await pauses.isPaused({ pipeline, ente }))
        throw new PipelineError("START_REFUSED", "La programmazione è in pausa.");

      const request = { pipeline, ente, input: null, params: {} };
      const result = await startRun(writing, manager, request, "schedule");
      if (result.status === "refused") throw new PipelineError("START_REFUSED", result.reason);
      return result.runId;
    },
    findRunning: (pipeline, ente) => findHoldingRun(writing, { pipeline, ente }),
  });
}
