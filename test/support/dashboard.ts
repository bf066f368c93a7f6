/** The dashboard over a fake journal, with a record of the commands it gave. */
import { afterEach } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hono } from "hono";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import { openArtifacts } from "../../stores/blobs/store.ts";
import type { Clock } from "../../engine/host/clock.ts";
import type { Answer } from "../../engine/step/context.ts";
import type { Logger, LogFields } from "../../engine/host/logger.ts";
import { loadRegistry } from "../../loader/pipeline/registry.ts";
import { localAccess } from "../../server/web/access.ts";
import { createApp } from "../../server/web/app.tsx";
import type {
  AppDeps,
  ExcludeRequest,
  ResumeRequest,
  StartRequest,
  StartResult,
} from "../../server/web/deps.ts";
import { createSampleFiles } from "./sample-files.ts";
import { sampleReport } from "./sample-report.ts";
import { sampleAlerts } from "./sample-alerts.ts";
import type { Pause, Pauses } from "../../server/history/pauses.ts";
import type { UploadLimits } from "../../server/web/upload.ts";
import { createFakeClock } from "./fake-clock.ts";
import { createSavedViews } from "../../server/views/saved-views.ts";
import { createFakeRecords } from "./fake-records.ts";
import { createFakeJournal, type FakeJournal } from "./fake-journal.ts";
import {
  otpAsk,
  sampleCatalog,
  sampleDue,
  sampleHistory,
  sampleNow,
  sampleSchedules,
} from "./sample-flussi.ts";

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

export interface Dashboard {
  readonly app: Hono;
  readonly journal: FakeJournal;
  readonly artifacts: ArtifactStore;
  /** What was handed to the program, in order. */
  readonly answers: { readonly runId: string; readonly answer: Answer }[];
  readonly resumed: { readonly runId: string; readonly request: ResumeRequest }[];
  readonly excluded: { readonly runId: string; readonly request: ExcludeRequest }[];
  readonly cancelled: string[];
  /** Why, in the same order. */
  readonly cancelReasons: (string | undefined)[];
  readonly started: StartRequest[];
  readonly logged: LogLine[];
  /** What every command is answered with; default accepted. */
  result: Extract<StartResult, { status: "refused" }> | { readonly status: "accepted" };
  /** Paths of all files below the artifact folder, temporary ones too. */
  stored(): Promise<readonly string[]>;
  /** A GET as this machine's browser sends it. */
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** A form as a page of the dashboard sends it, token and cookie included. */
  post(path: string, form: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

const stepsOfOurs = loadRegistry({ folders: [join(import.meta.dir, "../../steps")] });

export const origin = "http://127.0.0.1:8099";
export const token = "0123456789abcdef0123456789abcdef";

export interface DashboardOptions {
  readonly journal?: FakeJournal;
  readonly clock?: Clock;
  /** Default 10 MB and 100 files. */
  readonly uploadLimits?: UploadLimits;
  readonly deps?: Partial<AppDeps>;
  /** Default: with the temporary files of the store. */
  readonly createSpool?: NonNullable<AppDeps["createSpool"]>;
  /** Called while the start is under way: an uploaded input can be read only then. */
  readonly onStart?: (request: StartRequest) => Promise<void>;
  /** Default true. */
  readonly canStart?: boolean;
}

/** Default content: the sample history, with one open OTP question. */
export async function makeDashboard(options: DashboardOptions = {}): Promise<Dashboard> {
  const folder = await mkdtemp(join(tmpdir(), "postino-dashboard-"));
  const artifacts = await openArtifacts(folder);
  const journal = options.journal ?? sampleJournal();
  const logged: LogLine[] = [];
  const dashboard: Omit<Dashboard, "app" | "get" | "post"> = {
    journal,
    artifacts,
    answers: [],
    resumed: [],
    excluded: [],
    cancelled: [],
    cancelReasons: [],
    started: [],
    logged,
    result: { status: "accepted" },
    stored: async () =>
      (await readdir(folder, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    close: () => rm(folder, { recursive: true, force: true }),
  };
  const clock = options.clock ?? createFakeClock(sampleNow);
  const app = createApp({
    ...(options.createSpool !== undefined && { createSpool: options.createSpool }),
    journal,
    artifacts,
    uploadLimits: options.uploadLimits ?? { bytes: 10_000_000, files: 100 },
    clock,
    log: recordingLogger(logged),
    registry: await stepsOfOurs,
    access: localAccess,
    site: {
      owner: "Regione Finta",
      accessibilityUrl: "https://form.agid.example/view/finta",
      privacyUrl: "https://www.comune.example/privacy",
    },
    version: "0.2.0",
    async answer(runId, answer) {
      dashboard.answers.push({ runId, answer });
      return dashboard.result;
    },
    async resume(runId, request) {
      dashboard.resumed.push({ runId, request });
      return dashboard.result;
    },
    async exclude(runId, request) {
      dashboard.excluded.push({ runId, request });
      return dashboard.result;
    },
    rest: {
      count: async ({ id }) => (id === "20261123-0003" ? 115 : 0),
      send: async () => ({ status: "accepted", runId: "20261123-0004" }),
    },
    async cancel(runId, reason) {
      dashboard.cancelled.push(runId);
      dashboard.cancelReasons.push(reason);
      return dashboard.result;
    },
    ...(options.canStart !== false && {
      async startRun(request: StartRequest): Promise<StartResult> {
        dashboard.started.push(request);
        await options.onStart?.(request);
        if (dashboard.result.status === "refused") return dashboard.result;
        return { status: "accepted", runId: "20261123-0002" };
      },
    }),
    loadCatalog: async () => sampleCatalog,
    listSchedules: async () => sampleSchedules,
    pauses: createFakePauses(),
    readReport: async (ente) => (ente === "montefosco" ? null : { ...sampleReport, ente }),
    files: createSampleFiles(),
    views: createSavedViews(createFakeRecords(), clock),
    alerts: { list: async () => sampleAlerts, test: async () => 2 },
    writeCase: async () => null,
    find: async () => ({ verbali: [], isPart: false, isCut: false, isTooWide: false }),
    ...options.deps,
  });
  return Object.assign(dashboard, {
    app,
    get: async (path: string, headers: Record<string, string> = {}) =>
      app.request(origin + path, { headers: { host: "127.0.0.1:8099", ...headers } }),
    post: async (path: string, form: Record<string, string>) =>
      app.request(origin + path, {
        method: "POST",
        headers: {
          host: "127.0.0.1:8099",
          origin,
          cookie: `postino_csrf=${token}`,
          "content-type": "application/x-www-form-urlencoded",
        },
        body: new URLSearchParams({ csrf: token, ...form }).toString(),
      }),
  });
}

/** Two due times pass in every pause. */
function createFakePauses(): Pauses {
  const kept = new Map<string, Pause>();
  const since = "2026-11-23T09:00:00.000Z";
  return {
    list: async () => [...kept.values()],
    async pause(pair, by) {
      kept.set(`${pair.ente} ${pair.pipeline}`, { ...pair, since, by, missed: 0, endedAt: null });
      return true;
    },
    async goOn(pair, by) {
      const endedAt = "2026-11-23T09:30:00.000Z";
      kept.set(`${pair.ente} ${pair.pipeline}`, { ...pair, since: null, by, missed: 2, endedAt });
      return 2;
    },
  };
}

/** For the head of a test file: makes dashboards that are closed after the test that asked for them. */
export function dashboardsOfATest(): typeof makeDashboard {
  const open: Dashboard[] = [];
  afterEach(async () => {
    for (const dashboard of open.splice(0)) await dashboard.close();
  });
  return async (options) => {
    const dashboard = await makeDashboard(options);
    open.push(dashboard);
    return dashboard;
  };
}

export function sampleJournal(): FakeJournal {
  return createFakeJournal({ flussi: sampleHistory(), asks: [otpAsk()], due: sampleDue() });
}

function recordingLogger(logged: LogLine[]): Logger {
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      logged.push({ level, message, fields });
    };
  const logger: Logger = {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    with: () => logger,
  };
  return logger;
}
