/** An alert keeper over a whole installation in a temporary folder, a mail server beside it, and a clock that a test moves. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run, RunPatch } from "../../engine/journal/runs.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import type { ScheduledPipeline } from "../../engine/schedule/scheduled.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import {
  type AlertKeeper,
  createAlertKeeper,
  type KeeperOptions,
} from "../../server/alerts/keeper.ts";
import { readConfig } from "../../server/config.ts";
import {
  openInstallation,
  openWriting,
  type WritingInstallation,
} from "../../server/installation.ts";
import { openPipelineBook } from "../../server/pipeline-book.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";
import { type MailServer, openMailServer } from "./mail-server.ts";

export interface AlertDesk {
  readonly clock: FakeClock;
  readonly mail: MailServer;
  readonly keeper: AlertKeeper;
  readonly writing: WritingInstallation;
  /** What SEND says of itself; `null`: it is not asked. */
  setSend(isWorking: boolean | null): void;
  /** A run at rest, as if it had been driven. */
  addRun(ente: string, patch: RunPatch, onFailure?: object): Promise<Run>;
  writeSettings(yaml: string): void;
  /** A look now, and one when what was new has settled. */
  lookTwice(): Promise<void>;
  /** `to subject` of each letter, in order. */
  listSubjects(): readonly string[];
  close(): Promise<void>;
}

export interface AlertDeskOptions {
  /** What follows in the file of each ente, by codice. */
  readonly enti?: Readonly<Record<string, string>>;
  /** The line `signing:` of each; default no signer. */
  readonly signing?: string;
  /** Of avvisi.yaml, below `mail:`. */
  readonly settings?: string;
  readonly scheduled?: readonly ScheduledPipeline[];
  readonly expectations?: Awaited<ReturnType<KeeperOptions["listExpectations"]>>;
  readonly keys?: ReturnType<NonNullable<KeeperOptions["listKeys"]>>;
  /** Default Monday 2026-11-30, 9:00 in Rome. */
  readonly start?: string;
}

export async function openAlertDesk(options: AlertDeskOptions = {}): Promise<AlertDesk> {
  const { enti = { prova: "" }, settings = "to: [ced@comune.example]\n" } = options;
  const folder = mkdtempSync(join(tmpdir(), "postino-alerts-"));
  const [data, pipelines] = [join(folder, "data"), join(folder, "pipelines")];
  mkdirSync(join(pipelines, "enti"), { recursive: true });
  mkdirSync(data, { mode: 0o700 });
  for (const [codice, more] of Object.entries(enti))
    writeFileSync(
      join(pipelines, "enti", `${codice}.yaml`),
      writeEnte(codice, more, options.signing ?? "signing: { signers: {} }"),
    );
  const mail = await openMailServer();
  const writeSettings = (yaml: string): void =>
    writeFileSync(
      join(data, "avvisi.yaml"),
      `mail: { host: 127.0.0.1, port: ${mail.port}, security: none, from: postino@comune.example }\n${yaml}`,
    );
  writeSettings(settings);
  const clock = createFakeClock(options.start ?? "2026-11-30T08:00:00.000Z");
  const config = readConfig({
    POSTINO_DATA: data,
    POSTINO_PIPELINES: pipelines,
    POSTINO_PUBLIC_URL: "https://postino.comune.example",
    DEMO_KEY_PASSWORD: "dimostrazione",
  });
  const writing = await openWriting(await openInstallation(config, { clock, logLevel: "error" }));
  let isWorking: boolean | null = null;
  const keeper = createAlertKeeper(
    { ...writing, openServices: (ente) => openFakes(writing, ente, () => isWorking) },
    {
      listSchedules: async () => ({ scheduled: options.scheduled ?? [], unreadable: [] }),
      listExpectations: async () => options.expectations ?? [],
      readEnti: openPipelineBook(writing).readEnti,
      listKeys: () => options.keys ?? [],
    },
  );
  return {
    clock,
    mail,
    keeper,
    writing,
    writeSettings,
    setSend: (next) => void (isWorking = next),
    addRun: (ente, patch, onFailure) => addRun(writing, { ente, patch, onFailure }),
    async lookTwice() {
      await keeper.look();
      await clock.advance(61_000);
      await keeper.look();
    },
    listSubjects: () =>
      mail.letters.map(({ to, text }) =>
        `${to.join(" ")} ${/^Subject: (.*)$/m.exec(text)?.[1] ?? ""}`.trim(),
      ),
    async close() {
      await writing.close();
      await mail.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The services as they are, save what SEND says of itself. */
function openFakes(
  writing: WritingInstallation,
  ente: EnteSettings,
  read: () => boolean | null,
): ReturnType<WritingInstallation["openServices"]> {
  const services = writing.openServices(ente);
  const isWorking = async (): Promise<boolean> => {
    const state = read();
    if (state === null) throw new RunBlocked("LIVE_NOT_ALLOWED", "Non si chiede.");
    return state;
  };
  return { ...services, desk: { ...services.desk, isWorking } };
}

async function addRun(
  { journal, clock }: WritingInstallation,
  given: {
    readonly ente: string;
    readonly patch: RunPatch;
    readonly onFailure?: object | undefined;
  },
): Promise<Run> {
  const { ente, patch, onFailure = null } = given;
  const spec = { name: "send", title: "Notifica", ente, steps: [], onFailure, settings: {} };
  const run = await journal.createRun({
    pipeline: "send",
    ente,
    trigger: "schedule",
    input: null,
    params: {},
    spec: JSON.stringify(spec),
  });
  await journal.patchRun(run.id, {
    startedAt: new Date(clock.now()).toISOString(),
    isLoaded: true,
    ...patch,
  });
  return (await journal.readRun(run.id)) ?? run;
}

function writeEnte(codice: string, more: string, signing: string): string {
  return `ente: { codice: ${codice}, nome: "Comune di ${codice}", codiceFiscale: "89999990164" }
send: { baseUrl: "http://127.0.0.1:1/send", apiKey: { secret: PROVA_SEND }, over20Grams: true }
payments:
  baseUrl: http://127.0.0.1:1/gpd
  subscriptionKey: { secret: PROVA_GPD }
  segregationCode: "01"
  iban: IT60X0542811101000000123456
${signing}
${more}`;
}
