/** What is the matter now, read of the journal: runs that stopped, wait or are in doubt, and successes that do not come. */
import {
  type Clock,
  countDaysBetween,
  toEpochMs,
  toInstant,
  toRomeDay,
} from "../../engine/host/clock.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { AskRow, Run } from "../../engine/journal/runs.ts";
import type { ScheduledPipeline } from "../../engine/schedule/scheduled.ts";
import { listDueTimes } from "../../engine/schedule/due-times.ts";
import type { AlertKind, AlertLine } from "../../integrations/alerts/outbox.ts";
import type { EnteSummaries, EnteSummary } from "../history/today/ente-summaries.ts";
import { isScheduleOverdue } from "../history/today/list-enti.ts";
import type { NextTimes } from "../history/today/next-times.ts";
import { isOvertaken } from "../history/today/read-today.ts";
import { maskSentence } from "../web/gate/masking.ts";
import { buildDoubtsUrl, buildHistoryUrl, buildRunUrl, buildTodayUrl } from "../web/urls.ts";
import { formatDateTime, formatTimeSpan } from "../words/format.ts";

/** One thing that is the matter, and what it counts as: equal causes of a period make one message. */
export interface Alert extends AlertLine {
  readonly kind: AlertKind;
  readonly cause: string;
  /** Default: today. */
  readonly period?: string;
}

/** A pipeline that should go well now and then. */
export interface Expectation {
  readonly pipeline: string;
  readonly everyMs: number;
}

export interface CauseSources {
  readonly journal: JournalReader;
  readonly clock: Pick<Clock, "now">;
  readonly summaries: EnteSummaries;
  readonly times: NextTimes;
  /** What starts by itself, without what is paused. */
  readonly scheduled: readonly ScheduledPipeline[];
  readonly expectations: readonly Expectation[];
  /** When this installation was first seen to wait for a success, by `ente pipeline`; milliseconds since the epoch. */
  findWatchStart(ente: string, pipeline: string): Promise<number>;
}

/** Who was stopped longer ago was told often enough: the page still shows it. */
const toldDays = 14;
const mostRuns = 300;

/** Runs at rest that want somebody. */
export async function listRunAlerts(sources: CauseSources): Promise<readonly Alert[]> {
  const { journal, summaries, clock } = sources;
  const since = toInstant(clock.now() - toldDays * 86_400_000);
  const ids = await summaries.listRuns(
    ["blocked", "failed", "waiting-for-person", "waiting"],
    null,
  );
  const successes = await summaries.read();
  const alerts: Alert[] = [];
  for (const id of ids.slice(0, mostRuns)) {
    const run = await journal.readRun(id);
    if (run === null || (run.endedAt ?? run.startedAt ?? run.createdAt) < since) continue;
    if (!isOvertaken(run, successes)) alerts.push(...listAlertsOf(run, []));
  }
  const asks = await journal.listAsks();
  for (const ask of asks) {
    const run = await journal.readRun(ask.run);
    if (run !== null) alerts.push(buildPersonAlert(run, ask));
  }
  return alerts;
}

/** What one run at rest wants; `asks`: its open questions. */
export function listAlertsOf(run: Run, asks: readonly AskRow[]): readonly Alert[] {
  return [
    ...(isStopped(run) ? [buildStoppedAlert(run)] : []),
    ...(run.counts.inDoubt > 0 ? [buildDoubtAlert(run)] : []),
    ...asks.map((ask) => buildPersonAlert(run, ask)),
  ];
}

/** Stands until somebody acts; what the program itself interrupted goes on at its next start. */
export function isStopped({ state, code }: Pick<Run, "state" | "code">): boolean {
  return state === "failed" || (state === "blocked" && code !== "STOPPED");
}

/** Why it stopped, and what of it was not done. */
export function buildStoppedAlert(run: Run): Alert {
  const { id, ente, state, code, reason } = run;
  const why = maskSentence((reason ?? "senza motivo noto").split("\n")[0] ?? "");
  return {
    kind: "stopped",
    cause: code ?? state,
    ente,
    what: `Il flusso ${id} è fermo: ${endSentence(why)}`,
    notDone: describeUndone(run),
    path: buildRunUrl(id),
  };
}

function buildDoubtAlert({ id, ente, counts }: Run): Alert {
  const { inDoubt } = counts;
  return {
    kind: "doubt",
    cause: id,
    ente,
    what: `Nel flusso ${id} ${inDoubt === 1 ? "un verbale è in dubbio" : `${inDoubt} verbali sono in dubbio`}: non si sa se SEND o i pagamenti hanno ricevuto la richiesta, e una persona deve dirlo.`,
    notDone: "Finché nessuno decide non si rifà nulla di questi verbali.",
    path: buildDoubtsUrl(id),
  };
}

const askWords: Readonly<Record<AskRow["kind"], string>> = {
  otp: "un codice OTP",
  files: "i PDF firmati",
  approval: "il benestare di una persona",
};

/** Each question is a cause of its own: somebody has to come for every one. */
function buildPersonAlert(run: Run, { kind, step, deadline }: AskRow): Alert {
  return {
    kind: "person",
    cause: `${run.id}/${step}`,
    ente: run.ente,
    what: `Il flusso ${run.id} aspetta ${askWords[kind]} entro il ${formatDateTime(deadline)}.`,
    notDone: describeUndone(run),
    path: buildRunUrl(run.id),
  };
}

function describeUndone({ counts, isLoaded, sealed }: Run): string {
  if (!isLoaded) return "Nessun verbale è stato letto: il flusso non è cominciato.";
  const left = counts.pending + counts.waiting + counts.inDoubt + counts.failed;
  if (left === 0) return "Nessun verbale aspetta altro.";
  const which = left === 1 ? "Un verbale" : `${left} verbali`;
  const sent = sealed === 0 ? "nessuno è stato inviato" : `${sealed} già inviati`;
  return `${which} su ${counts.total} ${left === 1 ? "non è arrivato" : "non sono arrivati"} in fondo (${sent}).`;
}

function endSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Pipelines that have not gone well for too long. */
export async function listOverdue(sources: CauseSources): Promise<readonly Alert[]> {
  const { expectations, scheduled, summaries, times, clock } = sources;
  const all = await summaries.read();
  const now = clock.now();
  const alerts: Alert[] = [];
  const expected = new Map(expectations.map(({ pipeline, everyMs }) => [pipeline, everyMs]));
  for (const { pipeline, ente, schedule } of scheduled) {
    const every = expected.get(pipeline);
    const summary = all.get(ente) ?? null;
    if (every === undefined) {
      if (isScheduleOverdue({ pipeline, ente, schedule }, summary, { times, now }))
        alerts.push(buildOverdueAlert({ pipeline, ente, last: findSuccess(summary, pipeline) }));
      continue;
    }
    const last = findSuccess(summary, pipeline);
    const from = last ?? (await sources.findWatchStart(ente, pipeline));
    if (now > findDeadline(from, every, schedule))
      alerts.push(buildOverdueAlert({ pipeline, ente, last, every }));
  }
  // What people start: it is expected of who has ever done it.
  const isScheduled = new Set(scheduled.map(({ ente, pipeline }) => `${ente} ${pipeline}`));
  for (const [ente, summary] of all)
    for (const { pipeline, everyMs } of expectations) {
      const last = findSuccess(summary, pipeline);
      if (last === null || isScheduled.has(`${ente} ${pipeline}`) || now <= last + everyMs)
        continue;
      alerts.push(buildOverdueAlert({ pipeline, ente, last, every: everyMs }));
    }
  return alerts;
}

function findSuccess(summary: EnteSummary | null, pipeline: string): number | null {
  const at = summary?.successes.get(pipeline);
  return at === undefined ? null : toEpochMs(at);
}

/** A run that was started on time has this long to end. */
const graceMs = 2 * 3_600_000;

/**
 * Until when the next success is none too late: the time that is allowed, and never before something was due at all, so that a
 * weekend without a schedule is no delay.
 */
export function findDeadline(
  from: number,
  everyMs: number,
  { cron, timezone }: ScheduledPipeline["schedule"],
): number {
  const [first] = listDueTimes(cron, timezone, from, Number.POSITIVE_INFINITY, 1);
  if (first === undefined) return from + everyMs;
  return Math.max(from + everyMs, first + Math.min(everyMs, graceMs));
}

function buildOverdueAlert({
  pipeline,
  ente,
  last,
  every,
}: {
  readonly pipeline: string;
  readonly ente: string;
  readonly last: number | null;
  readonly every?: number;
}): Alert {
  const since =
    last === null
      ? "Non è ancora riuscita"
      : `L'ultima volta è il ${formatDateTime(toInstant(last))}`;
  const wanted = every === undefined ? "a due orari passati" : `entro ${formatTimeSpan(every)}`;
  return {
    kind: "overdue",
    cause: pipeline,
    ente,
    what: `La pipeline «${pipeline}» doveva riuscire ${wanted}. ${since}.`,
    notDone: "Ciò che doveva passare di là non è stato inviato né aggiornato.",
    path: buildHistoryUrl({ ente }),
  };
}

/** Terms near to which verbali are: one line an ente. */
export function buildTermAlert(
  ente: string,
  terms: readonly { readonly title: string; readonly day: string; readonly daysLeft: number }[],
): Alert | null {
  const [first] = terms;
  if (first === undefined) return null;
  const count = terms.length === 1 ? "Un verbale è vicino" : `${terms.length} verbali sono vicini`;
  return {
    kind: "term",
    cause: "term",
    ente,
    what: `${count} a un termine di legge. Il primo: ${first.title}, ${first.daysLeft === 0 ? "oggi" : `tra ${first.daysLeft === 1 ? "un giorno" : `${first.daysLeft} giorni`}`}.`,
    notDone: "Dopo quel giorno non si può più rimediare.",
    path: buildTodayUrl(ente),
  };
}

/** From so many days before an end it is told, each once. */
const milestones = [30, 14, 7, 3, 2, 1, 0] as const;

/** Something that ends on `on`; `null`: not yet worth a word. */
export function buildExpiryAlert(
  { what, on, ente }: { readonly what: string; readonly on: string; readonly ente: string | null },
  now: number,
): Alert | null {
  const today = toRomeDay(now);
  const left = countDaysBetween(today, on);
  const milestone = milestones.findLast((days) => left <= days);
  if (milestone === undefined) return null;
  const when = describeLeft(left);
  return {
    kind: "credential",
    cause: what,
    // An end that has passed is told every day.
    period: left < 0 ? today : `${on}/${milestone}`,
    ente,
    what: `${what}: ${when} (${on.split("-").toReversed().join("/")}).`,
    notDone: left < 0 ? "I flussi che ne hanno bisogno si fermano." : null,
    path: ente === null ? "/" : buildTodayUrl(ente),
  };
}

function describeLeft(days: number): string {
  if (days < 0) return "è scaduto";
  if (days === 0) return "vale fino a oggi";
  return `scade tra ${days === 1 ? "un giorno" : `${days} giorni`}`;
}
