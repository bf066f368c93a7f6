/** A whole installation in a temporary folder beside simulators on a real port; commands run as real processes, or in this one where the process is not the point. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Hono } from "hono";
import { type Clock, toRomeDay, systemClock } from "../../engine/host/clock.ts";
import type { FaultPlan } from "../../simulators/faults.ts";
import type { CounterSettings } from "../../simulators/payments/govpay-counter.ts";
import type { CallLimit } from "../../simulators/payments/rate-limit.ts";
import { type Environment, production } from "../../simulators/send/options.ts";
import type { CscReport } from "../../simulators/signing/csc-store.ts";
import { startListening, type Listening } from "../../server/listen.ts";
import { toSimulatedSend } from "../../server/simulator-settings.ts";
import { createSimulators, type Simulators } from "../../server/simulators.ts";
import { isRecording, recordRequest } from "./recorded-requests.ts";
import type { RunDocument } from "./run-document.ts";
import { isBusyHere, runHere } from "./run-here.ts";

const repository = resolve(import.meta.dir, "../..");
const paTaxId = "89999990164";

export interface Ended {
  readonly code: number | null;
  /** `SIGKILL` when it was killed. */
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly pid: number;
  kill(signal: "SIGKILL" | "SIGTERM" | "SIGINT" | "SIGSTOP" | "SIGCONT"): void;
  readonly ended: Promise<Ended>;
  /** Most resident memory that the process had, in bytes; once it has ended. */
  mostMemory(): number;
  /** Resolves when standard output or error holds the text, with all that they hold. */
  until(text: string): Promise<string>;
}

export interface InstallationWorld {
  readonly folder: string;
  readonly dataFolder: string;
  readonly pipelinesFolder: string;
  readonly url: string;
  /** Today in Europe/Rome, and a violation day that is fresh. */
  readonly today: string;
  readonly freshDay: string;
  report(): WorldReport;
  /** Writes a file into the world's folder and tells its path. */
  file(name: string, content: string | Uint8Array): string;
  /** A process of its own: to be killed, to be read while it works, or for its exit code. */
  start(args: readonly string[], options?: StartOptions): Started;
  /** A command to its end, in this process unless the world or the environment asks for one of its own. */
  postino(args: readonly string[], options?: StartOptions): Promise<Ended>;
  /** `--json` document of a command, run like `postino`. */
  json(
    args: readonly string[],
    options?: StartOptions,
  ): Promise<{ readonly code: number | null; readonly document: RunDocument }>;
  close(): Promise<void>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The file that the process runs; default that of the program. */
  readonly entry?: string;
  readonly stdin?: string;
}

export interface WorldReport {
  readonly csc: CscReport;
  readonly send: {
    readonly accepted: number;
    readonly refused: number;
    readonly repeated: number;
    readonly requests: readonly { readonly protocol: string; readonly status: string }[];
  };
  readonly gpd: {
    readonly positions: readonly { readonly iupd: string; readonly status: string }[];
  };
}

export interface WorldOptions {
  readonly faults?: FaultPlan;
  readonly random?: () => number;
  /** YAML of the send pipeline's steps; default: all seven, short waits. */
  readonly sendYaml?: string;
  /** Folder of the program whose commands run; default: this repository. */
  readonly program?: string;
  /** Text to change in the ente file. */
  readonly enteYaml?: (text: string) => string;
  readonly positions?: readonly unknown[];
  /** Sees every exchange with the simulators, both as copies. */
  readonly observe?: (request: Request, answer: Response) => void | Promise<void>;
  /** What GPD's gateway lets through of a key; default all. */
  readonly gpdLimit?: CallLimit;
  /** False: the simulated SEND gives no file back, as one whose files lie in the archive. Default true. */
  readonly keepsFiles?: boolean;
  /** How long SEND's simulator examines a request; default 0. */
  readonly validationMs?: number;
  /** How long a day of SEND lasts: with 1, letters have left as soon as anybody looks; default that of SEND's test environment. */
  readonly dayMs?: number;
  /** What else differs of the simulated SEND. */
  readonly environment?: Partial<Environment>;
  /** What stands before the simulators: answers in their place, or `null` lets the request through. */
  readonly refuse?: (request: Request) => Response | null;
  /** The simulated GovPay; default one that asks SEND. */
  readonly govpay?: CounterSettings;
  /** The time of the simulators and of commands that run in this process; default: the machine's, which is that of processes of their own. */
  readonly clock?: Clock;
  /** Every command gets a process of its own. */
  readonly hasProcesses?: boolean;
}

/** The world; close it in `afterEach` or `afterAll`. */
export async function makeInstallationWorld(
  options: WorldOptions = {},
): Promise<InstallationWorld> {
  const folder = mkdtempSync(join(tmpdir(), "postino-world-"));
  const dataFolder = join(folder, "data");
  const pipelinesFolder = join(folder, "pipelines");
  mkdirSync(join(pipelinesFolder, "enti"), { recursive: true });
  const clock = options.clock ?? systemClock;
  const simulators: Simulators = await createSimulators({
    folder: join(folder, "simulator"),
    clock,
    apiKey: "chiave-di-prova",
    paTaxId,
    // Decided at the first question: what waiting looks like is tested where time is a fake.
    validationMs: options.validationMs ?? 0,
    positions: options.positions ?? [],
    keepsFiles: options.keepsFiles ?? true,
    // A drained stream is due again in minutes, as SEND's: the run ends, waiting.
    send: {
      ...toSimulatedSend(
        {},
        {
          streamIdleMs: production.streamIdleMs,
          ...(options.dayMs === undefined ? {} : { dayMs: options.dayMs }),
          ...options.environment,
        },
      ),
      // What the limit does is tested where it is asked for.
      gpdLimit: options.gpdLimit ?? null,
    },
    ...(options.govpay === undefined ? {} : { govpay: options.govpay }),
    ...(options.faults === undefined ? {} : { faults: options.faults }),
    ...(options.random === undefined ? {} : { random: options.random }),
  });
  const { observe, refuse } = options;
  const app =
    observe === undefined && refuse === undefined && !isRecording
      ? simulators.app
      : observed(simulators.app, refuse, async (request, answer) => {
          await recordRequest(request.clone());
          await observe?.(request, answer);
        });
  const listening: Listening = startListening(app, { host: "127.0.0.1", port: 0 });
  const change = options.enteYaml ?? ((text: string) => text);
  writeFileSync(join(pipelinesFolder, "send.yaml"), options.sendYaml ?? sendYaml);
  writeFileSync(join(pipelinesFolder, "enti", "prova.yaml"), change(enteYaml(listening.url)));
  const running = new Map<number, Started>();
  const now = clock.now();

  function buildEnvironment({ env }: StartOptions): Record<string, string | undefined> {
    return {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      POSTINO_DATA: dataFolder,
      POSTINO_PIPELINES: "pipelines",
      PROVA_SEND_KEY: "chiave-di-prova",
      PROVA_GPD_KEY: "chiave-gpd",
      PROVA_CSC_SECRET: "segreto-csc",
      DEMO_KEY_PASSWORD: "dimostrazione",
      ...env,
    };
  }

  async function runToEnd(
    args: readonly string[],
    startOptions: StartOptions = {},
  ): Promise<Ended> {
    const isElsewhere = options.hasProcesses === true || options.program !== undefined;
    if (isElsewhere || needsProcess(startOptions)) return await start(args, startOptions).ended;
    const { stdin } = startOptions;
    const environment = buildEnvironment(startOptions);
    return await runHere(args, { folder, environment, stdin, clock });
  }

  function start(args: readonly string[], startOptions: StartOptions = {}): Started {
    const child = Bun.spawn(
      [
        process.execPath,
        startOptions.entry ?? join(options.program ?? repository, "server", "main.ts"),
        ...args,
      ],
      {
        cwd: folder,
        env: buildEnvironment(startOptions),
        stdin:
          startOptions.stdin === undefined
            ? "ignore"
            : new TextEncoder().encode(startOptions.stdin),
        stdout: "pipe",
        stderr: "pipe",
      },
    );
    const seen = { stdout: "", stderr: "" };
    const listeners = new Set<() => void>();
    async function collect(
      stream: ReadableStream<Uint8Array>,
      into: "stdout" | "stderr",
    ): Promise<void> {
      const decoder = new TextDecoder();
      for await (const chunk of stream) {
        seen[into] += decoder.decode(chunk, { stream: true });
        for (const listener of listeners) listener();
      }
    }
    const streams = Promise.all([collect(child.stdout, "stdout"), collect(child.stderr, "stderr")]);
    const started: Started = {
      pid: child.pid,
      kill: (signal) => child.kill(signal),
      mostMemory: () => child.resourceUsage()?.maxRSS ?? 0,
      ended: (async () => {
        await child.exited;
        await streams;
        running.delete(child.pid);
        return {
          code: child.exitCode,
          signal: child.signalCode === null ? null : String(child.signalCode),
          ...seen,
        };
      })(),
      until: (text) =>
        new Promise((fulfil, reject) => {
          const look = (): void => {
            const all = `${seen.stdout}\n${seen.stderr}`;
            if (!all.includes(text)) return;
            listeners.delete(look);
            fulfil(all);
          };
          listeners.add(look);
          void started.ended.then((ended) =>
            reject(new Error(`ended without «${text}»: ${JSON.stringify(ended)}`)),
          );
          look();
        }),
    };
    running.set(child.pid, started);
    return started;
  }

  const world: InstallationWorld = {
    folder,
    dataFolder,
    pipelinesFolder,
    url: listening.url,
    today: toRomeDay(now),
    freshDay: toRomeDay(now - 10 * 86_400_000),
    report: () => simulators.report() as unknown as WorldReport,
    file(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    start,
    postino: runToEnd,
    async json(args, startOptions) {
      const ended = await runToEnd(args, startOptions);
      if (ended.stdout === "") throw new Error(`no document: ${ended.stderr}`);
      return { code: ended.code, document: JSON.parse(ended.stdout) as RunDocument };
    },
    async close() {
      for (const started of running.values()) started.kill("SIGKILL");
      await Promise.all([...running.values()].map((started) => started.ended));
      await listening.stop();
      simulators.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return world;
}

/** What is read when the program begins counts only there; a command beside another has its own working folder. */
function needsProcess({ env = {} }: StartOptions): boolean {
  return isBusyHere() || Object.keys(env).some((name) => /^(BUN_|POSTINO_CRASH_AT$)/.test(name));
}

/** The same app with a witness. */
function observed(
  inner: Hono,
  refuse: WorldOptions["refuse"],
  observe: NonNullable<WorldOptions["observe"]>,
): Hono {
  const outer = new Hono();
  outer.all("*", async (context) => {
    const copy = context.req.raw.clone();
    const answer = refuse?.(context.req.raw) ?? (await inner.fetch(context.req.raw));
    await observe(copy, answer.clone());
    return answer;
  });
  return outer;
}

/** The pipeline of a world that is given none. */
export const sendYaml = `name: Notifica di prova
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: validate
  - uses: reset-iuv
    retry: { times: 40, wait: 20ms, maxWait: 200ms }
  - uses: render
  - uses: sign
    with: { mode: automatic, signer: comandante }
  - uses: zip
  - uses: transmit
    retry: { times: 40, wait: 20ms, maxWait: 200ms }
  - uses: import-iun
    within: 24h
    retry: { times: 40, wait: 20ms, maxWait: 200ms }
`;

function enteYaml(url: string): string {
  return `ente:
  codice: prova
  nome: Comune di Prova
  codiceFiscale: "${paTaxId}"
send:
  baseUrl: ${url}/send
  apiKey: { secret: PROVA_SEND_KEY }
  over20Grams: true
  requestsPerSecond: 100000
payments:
  adapter: gpd
  baseUrl: ${url}/gpd/debt-positions-service/v1
  subscriptionKey: { secret: PROVA_GPD_KEY }
  segregationCode: "01"
  iban: IT60X0542811101000000123456
  requestsPerSecond: 10
render: { prefetto: Prova, giudiceDiPace: Prova }
signing:
  signers:
    comandante:
      pkcs12: { file: ${join(repository, "data/demo/keys/comandante.p12")}, password: { secret: DEMO_KEY_PASSWORD } }
    segretario:
      csc:
        baseUrl: ${url}/csc/v2
        clientId: prova
        clientSecret: { secret: PROVA_CSC_SECRET }
        credentialId: comandante
`;
}
