/** The real engine, journal and sending steps over the simulated SEND, in one process and on a clock that moves while somebody waits. */
import { Type } from "typebox";
import type { AttemptRow, ItemRow } from "../../engine/journal/items.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { openJournal } from "../../stores/sqlite/store.ts";
import { createHttp, type Fetch } from "../../engine/host/http.ts";
import { createLimiter } from "../../engine/host/limiter.ts";
import { silentLogger } from "../../engine/host/logger.ts";
import { buildRegistry } from "../../loader/pipeline/registry.ts";
import { createRunner } from "../../engine/run/runner.ts";
import type { ResolvedStep } from "../../engine/step/resolved-step.ts";
import { listFaults } from "../../loader/yaml/schema-check.ts";
import { createDispatcher } from "../../engine/run/stage.ts";
import { createSend } from "../../integrations/send/create-send.ts";
import { createVerdicts, ensureVerdictStream } from "../../integrations/send/verdicts.ts";
import type { SendSettings } from "../../integrations/send/settings.ts";
import { createRegister } from "../../integrations/register/register.ts";
import { sourceStep } from "../../integrations/services.ts";
import cancelNotification from "../../steps/cancel-notification.ts";
import importIun from "../../steps/import-iun.ts";
import loadOpenNotifications from "../../steps/load-open-notifications.ts";
import readNotification from "../../steps/read-notification.ts";
import transmit from "../../steps/transmit.ts";
import type { SendSimulatorOptions } from "../../simulators/send/simulator.ts";
import {
  type FakeClock,
  makeSend,
  paTaxId,
  settings,
  type World,
} from "../unit/integrations/send/setup.ts";
import { defaultsOf, enteOf, makeShelf, sendable, shelfArtifacts } from "../unit/steps/sending.ts";

export interface SendEngineOptions {
  /** Stands between client and SEND or PDND. */
  readonly between: (
    request: Request,
    next: () => Promise<Response>,
    world: World,
  ) => Promise<Response>;
  /** The key was made with PDND: every call carries a voucher. */
  readonly isPdnd?: boolean;
  /** Default: one on which whoever sleeps moves time. */
  readonly clock?: FakeClock;
  /** The ente's file says `live: true`. */
  readonly isLive?: boolean;
  /** Changes to the simulated SEND. */
  readonly simulator?: Partial<SendSimulatorOptions>;
  /** Changes to the `send:` section of the ente's file. */
  readonly settings?: Partial<SendSettings>;
  /** How chunks go side by side; default: small ones, two of them. */
  readonly chunks?: { readonly width: number; readonly chunkSize: number };
  /** Changes the data of the ready verbali. */
  readonly change?: (data: Record<string, unknown>) => Record<string, unknown>;
}

export interface SendEngine {
  readonly world: World;
  /** SEND beside the engine, through the same faults. */
  readonly send: ReturnType<typeof createSend>;
  /** The same, driven once; `waitUntil` default: for ever. */
  start(
    uses: readonly (string | Partial<ResolvedStep>)[],
    data?: Record<string, unknown>,
    waitUntil?: number,
  ): Promise<Run>;
  /** A person resumes the run, or its time has come. */
  resume(run: Run, waitUntil?: number): Promise<Run>;
  /** Somebody changes the `send:` section of the ente's file. */
  mend(changes: Partial<SendSettings>): void;
  /** Makes a run of `count` ready verbali, or of another source, and drives it to its end; a person resumes it when it is blocked. */
  run(
    uses: readonly (string | Partial<ResolvedStep>)[],
    data?: Record<string, unknown>,
  ): Promise<Run>;
  items(run: Run): Promise<readonly ItemRow[]>;
  /** The rows of all runs. */
  rows(): Promise<readonly Run[]>;
  attempts(run: Run, key: string): Promise<readonly AttemptRow[]>;
  /** Codes of all that went wrong on the way of an item, in order; waiting for SEND's verdict is not wrong. */
  trouble(run: Run, key: string): Promise<readonly string[]>;
  /** The stream of verdicts, as `postino init` makes it. */
  makeStream(): Promise<void>;
  close(): Promise<void>;
}

const usual: ReadonlySet<string> = new Set(["NOT_YET_ACCEPTED", "CANCELLATION_UNDER_WAY"]);

/** `count` ready verbali wait in the source `ready`; `after: 100` makes them others. */
export async function makeSendEngine(
  count: number,
  options: SendEngineOptions,
): Promise<SendEngine> {
  const isPdnd = options.isPdnd ?? false;
  const world: World = await makeSend({
    simulator: {
      apiKeys: [{ key: "k-1", paTaxId, isPdnd }],
      keepsFiles: true,
      ...options.simulator,
    },
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    between: (request, next) => options.between(request, next, world),
  });
  const fetch: Fetch = async (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).hostname !== "pdnd.test") return await world.fetch(request);
    return await options.between(request, async () => voucherAnswer(world), world);
  };
  const { clock } = world;
  const { privateKey } = isPdnd ? await pdndKey() : { privateKey: "" };
  const limiter = createLimiter(clock);
  const send = createSend({
    settings: { ...settings, ...options.settings, ...(isPdnd ? { pdnd } : {}) },
    sender: { denomination: "Comune di Esempio", taxId: paTaxId },
    secrets: { get: async (name) => (name === "PDND" ? privateKey : "k-1") },
    http: createHttp(fetch),
    clock,
    limiter,
  });
  const journal = openJournal(":memory:", clock);
  const shelf = makeShelf();
  const registry = buildRegistry(stepsFor(count, shelf, options.change ?? ((data) => data)));
  const verdicts = createVerdicts({
    ente: "prova",
    streamVersion: undefined,
    streams: send.streams,
    events: journal,
    clock,
    noticeNews: async () => {},
  });
  const services = {
    ente: enteOf(settings, options.isLive ?? false),
    send: send.port,
    verdicts,
    desk: send.desk,
    register: createRegister(journal, "prova"),
  };
  const runner = createRunner({
    journal,
    artifacts: {
      ...shelfArtifacts(shelf),
      has: async () => true,
      measure: async () => 1,
      isWhole: async () => true,
      layOut: async (sha256) => sha256,
      list: async function* () {},
      async *slice() {},
      erase: async () => [],
      close: async () => {},
      temporaryFolder: "/nowhere",
    },
    clock,
    log: silentLogger,
    dispatcher: createDispatcher(options.chunks ?? { chunkSize: 50, width: 2 }),
    random: () => 0,
    findStep: (name) => registry.get(name)?.step,
    findFaults: listFaults,
    openServices: async () => services,
  });

  const driveOnce = async (run: Run, waitUntil = Number.POSITIVE_INFINITY): Promise<Run> =>
    await runner.drive(run.id, {
      stop: new AbortController().signal,
      waitUntil,
    });

  async function drive(run: Run): Promise<Run> {
    let driven = run;
    // What blocked it is gone at the next call: a person resumes it, a few times at the most.
    for (let turn = 0; turn < 8; turn += 1) {
      driven = await driveOnce(run);
      if (driven.state !== "blocked" || driven.code === "UNEXPECTED") return driven;
    }
    return driven;
  }

  async function create(
    uses: readonly (string | Partial<ResolvedStep>)[],
    data: Record<string, unknown>,
  ): Promise<Run> {
    const steps = uses.map((step, index) => {
      const partial = typeof step === "string" ? { uses: step } : step;
      const name = partial.uses ?? "";
      const known = registry.get(name);
      if (known === undefined) throw new Error(`no step ${name}`);
      return entryOf({
        ...partial,
        with: { ...defaultsOf(known.step), ...partial.with, ...(index === 0 ? data : {}) },
      });
    });
    const spec = JSON.stringify({ ente: "prova", steps });
    const run = await runner.create({
      pipeline: steps[0]?.uses ?? "",
      ente: "prova",
      trigger: "manual",
      input: null,
      params: {},
      spec,
    });
    return run;
  }

  return {
    world,
    send,
    start: async (uses, data = {}, waitUntil) =>
      await driveOnce(await create(uses, data), waitUntil),
    resume: driveOnce,
    mend(changes) {
      services.ente = enteOf({ ...services.ente.send, ...changes }, services.ente.live);
    },
    run: async (uses, data = {}) => await drive(await create(uses, data)),
    rows: () => journal.listRuns({ limit: 100 }),
    items: (run) => journal.listItems(run.id, { limit: 1000 }),
    attempts: (run, key) => journal.listAttempts(run.id, key),
    async trouble(run, key) {
      const attempts: readonly AttemptRow[] = await journal.listAttempts(run.id, key);
      return attempts.flatMap(({ code }) => (code === null || usual.has(code) ? [] : code));
    },
    async makeStream() {
      await ensureVerdictStream(send.streams, {
        ente: "prova",
        group: undefined,
        streamVersion: undefined,
      });
    },
    close: () => journal.close(),
  };
}

const pdnd = {
  tokenUrl: "http://pdnd.test/token",
  audience: "http://pdnd.test",
  clientId: "c",
  keyId: "k",
  purposeId: "p",
  privateKey: { secret: "PDND" },
};

let key: Promise<{ readonly privateKey: string }> | null = null;

/** One key for all tests: making one takes long. */
function pdndKey(): Promise<{ readonly privateKey: string }> {
  key ??= (async () => {
    const { generateKeyPairSync } = await import("node:crypto");
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    return { privateKey };
  })();
  return key;
}

function voucherAnswer({ clock }: World): Response {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(clock.now() / 1000) + 600;
  const token = `${part({ typ: "at+jwt", alg: "RS256" })}.${part({ exp })}.x`;
  return Response.json({ access_token: token, expires_in: 600, token_type: "Bearer" });
}

function stepsFor(
  count: number,
  shelf: ReturnType<typeof makeShelf>,
  change: (data: Record<string, unknown>) => Record<string, unknown>,
) {
  return {
    ready: sourceStep({
      summary: "Verbali pronti da inviare.",
      config: Type.Object({ after: Type.Integer({ default: 0 }) }),
      adds: Type.Object({}),
      examples: [],
      async *run({ config: { after } }) {
        for (let index = 1; index <= count; index += 1) {
          const { key: itemKey, data } = sendable(shelf, after + index);
          yield { key: itemKey, fields: change(data) };
        }
      },
    }),
    named: sourceStep({
      summary: "Uno IUN dato.",
      config: Type.Object({ iun: Type.String() }),
      adds: Type.Object({ iun: Type.String() }),
      examples: [],
      async *run({ config: { iun } }) {
        yield { key: iun, fields: { iun } };
      },
    }),
    transmit,
    "import-iun": importIun,
    "load-open-notifications": loadOpenNotifications,
    "read-notification": readNotification,
    "cancel-notification": cancelNotification,
  };
}

function entryOf(partial: Partial<ResolvedStep>): ResolvedStep {
  const uses = partial.uses ?? "";
  return {
    id: uses,
    uses,
    with: {},
    retry: { times: 8, waitMs: 30_000, maxWaitMs: 600_000 },
    concurrency: 2,
    timeoutMs: null,
    withinMs: null,
    approval: false,
    ...partial,
  };
}
