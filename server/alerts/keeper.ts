/** Looks for what is the matter, keeps a message for each cause and day, and sends what is due: at least once, whatever dies in between. */
import { toInstant, toRomeDay } from "../../engine/host/clock.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import { keepBug } from "../../engine/host/bug-report.ts";
import { createHttp } from "../../engine/host/http.ts";
import type { ScheduleListing } from "../../engine/schedule/scheduled.ts";
import { type KeptMessage, listMessages, queueMessages } from "../../integrations/alerts/outbox.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import { createEnteSummaries, type EnteSummaries } from "../history/today/ente-summaries.ts";
import { createNextTimes, type NextTimes } from "../history/today/next-times.ts";
import type { WritingInstallation } from "../installation.ts";
import type { ShownMessage } from "../history/alerts.ts";
import {
  type AroundSources,
  findDiskAlert,
  listDailyAlerts,
  listMalfunctions,
  markLooked,
} from "./around.ts";
import { type Alert, type Expectation, listOverdue, listRunAlerts } from "./causes.ts";
import { planDigests } from "./digest.ts";
import { listStoppedRuns, runFailureSteps } from "./failure-steps.ts";
import { sendDue } from "./delivery.ts";
import { collectRecipients, planMessages, wholeInstallation } from "./recipients.ts";
import { createSender, type AlertSender } from "./sender.ts";
import { type InstallationAlerts, readAlertSettings } from "./settings.ts";

export interface AlertKeeper {
  /** Looks every minute until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** One look: what is the matter is queued, what is due is sent. */
  look(): Promise<void>;
  /** Messages of the last thirty days, newest first. */
  list(): Promise<readonly ShownMessage[]>;
  /** Queues a message to everybody who is told of all enti. Resolves with how many there are. */
  test(): Promise<number>;
}

export interface KeeperOptions {
  readonly summaries?: EnteSummaries;
  /** Without what is paused. */
  listSchedules(): Promise<ScheduleListing>;
  listExpectations(): Promise<readonly Expectation[]>;
  readEnti(): Promise<readonly EnteSettings[]>;
  listKeys?: AroundSources["listKeys"];
}

const lookMs = 60_000;
const shownDays = 30;
const mostShown = 300;
const dayMs = 86_400_000;

/** What a keeper has at hand. */
interface Keeping {
  readonly writing: WritingInstallation;
  readonly options: KeeperOptions;
  readonly summaries: EnteSummaries;
  readonly times: NextTimes;
  readonly sender: AlertSender;
  readSettings(): Promise<InstallationAlerts>;
}

export function createAlertKeeper(
  writing: WritingInstallation,
  options: KeeperOptions,
): AlertKeeper {
  const { journal, clock, machine } = writing;
  const keeping: Keeping = {
    writing,
    options,
    summaries: options.summaries ?? createEnteSummaries(journal, clock),
    times: createNextTimes(),
    sender: createSender(writing, createHttp(machine.fetch, journal.assertOwned)),
    readSettings: createSettingsReader(writing),
  };
  return {
    look: () => look(keeping),
    async run(signal) {
      while (!signal.aborted) {
        try {
          await look(keeping);
        } catch (error) {
          if (signal.aborted || journal.taken.aborted) return;
          keepBug(writing, "alerts failed", error, {});
        }
        await clock.sleep(lookMs, signal);
      }
    },
    async list() {
      const since = toRomeDay(clock.now() - shownDays * dayMs);
      return (await listMessages(journal, since, mostShown)).map(showMessage);
    },
    test: () => queueTest(keeping),
  };
}

async function look(keeping: Keeping): Promise<void> {
  const { writing, options, sender, readSettings } = keeping;
  const { journal, clock } = writing;
  const settings = await readSettings();
  const enti = await options.readEnti();
  const recipients = collectRecipients(settings, enti);
  const now = clock.now();
  const since = toInstant(now - dayMs * 14);
  await runFailureSteps(writing, await listStoppedRuns(journal, since));
  const around: AroundSources = {
    journal,
    clock,
    dataFolder: writing.config.dataFolder,
    enti,
    settings,
    listKeys: options.listKeys ?? (() => []),
    openServices: writing.openServices,
  };
  if (recipients.size > 0) {
    const alerts = await gatherAlerts(keeping, around);
    const all = [...alerts, ...(await listDailyAlerts(around))];
    const codici = enti.map(({ ente }) => ente.codice);
    const digests = await planDigests({ journal, recipients, enti: codici, alerts, now });
    await queueMessages(journal, planMessages(all, recipients, toRomeDay(now)), { now });
    await queueMessages(journal, digests, { now, waitMs: 0 });
    await markLooked(around);
  }
  await sendDue(writing, sender, { settings, enti });
}

async function gatherAlerts(
  { writing, options, summaries, times }: Keeping,
  around: AroundSources,
): Promise<readonly Alert[]> {
  const { journal, clock } = writing;
  const sources = {
    journal,
    clock,
    summaries,
    times,
    scheduled: (await options.listSchedules()).scheduled,
    expectations: await options.listExpectations(),
    findWatchStart: (ente: string, pipeline: string) => findWatchStart(writing, ente, pipeline),
  };
  return [
    ...(await listRunAlerts(sources)),
    ...(await listOverdue(sources)),
    ...(await findDiskAlert(around)),
    ...(await listMalfunctions(around)),
  ];
}

async function queueTest({ writing, readSettings }: Keeping): Promise<number> {
  const { journal, clock, log } = writing;
  const recipients = new Map([[wholeInstallation, await readSettings()]]);
  const now = clock.now();
  const alert: Alert = {
    kind: "test",
    cause: toInstant(now),
    ente: null,
    what: "Questo è un messaggio di prova di Postino.",
    notDone: null,
    path: "/avvisi",
  };
  const drafts = planMessages([alert], recipients, toRomeDay(now));
  await queueMessages(journal, drafts, { now, waitMs: 0 });
  log.info("test alerts queued", { count: drafts.length });
  return drafts.length;
}

/** The file as it is now; one with a fault is logged once, and what it said before goes on. */
function createSettingsReader(writing: WritingInstallation): () => Promise<InstallationAlerts> {
  let last: InstallationAlerts = {};
  let told = "";
  return async () => {
    try {
      last = await readAlertSettings(writing.config);
      told = "";
    } catch (error) {
      if (!(error instanceof RunBlocked)) throw error;
      if (told !== error.message)
        writing.log.error("alert settings refused", { fault: error.message });
      told = error.message;
    }
    return last;
  };
}

const watch = "alert-watch";

/** Since when a first success is waited for: a pipeline that is new here is not late. */
async function findWatchStart(
  { journal, clock }: WritingInstallation,
  ente: string,
  pipeline: string,
): Promise<number> {
  const known = (await journal.readRecords(ente, watch, [pipeline])).get(pipeline);
  const since = known?.data["since"];
  if (typeof since === "number") return since;
  const now = clock.now();
  await journal.writeRecords(ente, [{ kind: watch, key: pipeline, data: { since: now } }]);
  return now;
}

function showMessage(message: KeptMessage): ShownMessage {
  const { channel, to, kind, lines, madeAt, sentAt, tries, fault, dueAt } = message;
  return { channel, to, kind, lines, madeAt, sentAt, tries, fault, isWaiting: dueAt !== null };
}
