/** The log of a flusso: what happened to it and to its verbali, newest first, narrowed by step, kind, end and words. */
import { toEpochMs } from "../../engine/host/clock.ts";
import type { AttemptOutcome, AttemptRow, RunAttempt } from "../../engine/journal/items.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import { buildItemView } from "./item-view.ts";
import type { LogEvent, LogKind } from "./log-event.ts";
import { listRunEvents } from "./run-events.ts";
import { parseSpecSteps, type RunStep } from "./run-spec.ts";

/** Where a page ended. */
export interface LogPlace {
  /** Milliseconds since the epoch; 0 in a list without moments. */
  readonly at: number;
  /** Of the last attempt, or of the last verbale; 0: none yet. */
  readonly id: number;
}

export interface LogQuery {
  readonly kind?: LogKind;
  /** Id of a step entry. */
  readonly step?: string;
  readonly outcome?: AttemptOutcome;
  /** Whole codes and words, each of which must be there. */
  readonly text?: string;
  readonly before?: LogPlace;
}

export interface RunLog {
  readonly events: readonly LogEvent[];
  /** Where the next page begins; `null`: there is none. */
  readonly next: LogPlace | null;
  /** Looked through as much as one page looks through: further on there may be more, or nothing. */
  readonly isPart: boolean;
  readonly steps: readonly RunStep[];
}

interface LogSources {
  readonly journal: JournalReader;
  readonly registry: StepRegistry;
}

/** Rows that are looked through for one page: a search of a rare word goes on from there. */
const mostRows = 10_000;
const pageRows = 1_000;
const noPlace: LogPlace = { at: Number.MAX_SAFE_INTEGER, id: 0 };

/** A page of the log, as whoever asks may see it: words are looked for in what is shown. */
export async function readRunLog(
  { journal, registry }: LogSources,
  run: Run,
  query: LogQuery,
  limit: number,
): Promise<RunLog> {
  const steps = parseSpecSteps(await journal.readSpec(run.id), registry);
  const asked = { journal, run, steps, query, limit, fits: createFit(query) };
  if (query.kind === "warning") return await readWarnings(asked);
  const { before = noPlace } = query;
  const found = await readAttempts(asked);
  const others = (await listRunEvents(journal, run, steps)).filter(
    (event) => asked.fits(event) && toEpochMs(event.at ?? "") < before.at,
  );
  const all = [...found.events.map((one) => one.event), ...others.toReversed()].toSorted(
    (left, right) => toEpochMs(right.at ?? "") - toEpochMs(left.at ?? ""),
  );
  // Behind a search that broke off only what is older than where it stopped is still open.
  const floor = found.rest === null ? Number.NEGATIVE_INFINITY : found.rest.at;
  const here = all.filter(({ at }) => toEpochMs(at ?? "") >= floor);
  const events = cutPage(here, limit);
  const last = events.at(-1);
  const shown = new Set(events);
  const ids = found.events.filter(({ event }) => shown.has(event)).map(({ id }) => id);
  const isWhole = events.length === all.length && found.rest === null;
  if (isWhole) return { events, next: null, isPart: false, steps };
  if (events.length === here.length && found.rest !== null)
    return { events, next: found.rest, isPart: found.isPart, steps };
  const next = {
    at: last?.at === undefined || last.at === null ? 0 : toEpochMs(last.at),
    id: Math.min(...ids, before.id === 0 ? Number.MAX_SAFE_INTEGER : before.id),
  };
  return { events, next, isPart: false, steps };
}

/** Those of one moment stay together: the next page begins before it. */
function cutPage(events: readonly LogEvent[], limit: number): readonly LogEvent[] {
  const last = events[limit - 1];
  if (last === undefined) return events;
  const beyond = events.slice(limit);
  const end = beyond.findIndex(({ at, kind }) => at !== last.at || kind === "attempt");
  return events.slice(0, limit + (end === -1 ? beyond.length : end));
}

interface Asked {
  readonly journal: JournalReader;
  readonly run: Run;
  readonly steps: readonly RunStep[];
  readonly query: LogQuery;
  readonly limit: number;
  readonly fits: (event: LogEvent) => boolean;
}

interface FoundAttempts {
  readonly events: readonly { readonly id: number; readonly event: LogEvent }[];
  /** Where the rest begins; `null`: there is none. */
  readonly rest: LogPlace | null;
  readonly isPart: boolean;
}

const nothingFound: FoundAttempts = { events: [], rest: null, isPart: false };

async function readAttempts(asked: Asked): Promise<FoundAttempts> {
  const { journal, run, steps, query, limit, fits } = asked;
  if (query.kind !== undefined && query.kind !== "attempt") return nothingFound;
  const own = await readOfOne(asked);
  if (own !== null) return own;
  const { step, outcome, text, before = noPlace } = query;
  const events: { id: number; event: LogEvent }[] = [];
  const size = text === undefined ? limit + 1 : pageRows;
  let beforeId = before.id === 0 ? undefined : before.id;
  for (let looked = 0; looked < mostRows; looked += size) {
    const rows: readonly RunAttempt[] = await journal.listRunAttempts(run.id, {
      limit: size,
      ...(step !== undefined && { step }),
      ...(outcome !== undefined && { outcome }),
      ...(beforeId !== undefined && { beforeId }),
    });
    for (const row of rows) {
      const event = describeAttempt(row, row.itemKey, steps);
      if (!fits(event)) continue;
      // One more than fits the page says that there are more.
      if (events.length === limit) return { events, rest: findRest(events), isPart: false };
      events.push({ id: row.id, event });
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < size) return { events, rest: null, isPart: false };
    beforeId = last.id;
    if (looked + size >= mostRows)
      return { events, rest: { at: toEpochMs(last.startedAt), id: last.id }, isPart: true };
  }
  return { events, rest: null, isPart: false };
}

function findRest(events: FoundAttempts["events"]): LogPlace | null {
  const last = events.at(-1);
  return last === undefined ? null : { at: toEpochMs(last.event.at ?? ""), id: last.id };
}

/** A verbale is found by its number without looking through the others. */
async function readOfOne({
  journal,
  run,
  steps,
  query,
  fits,
}: Asked): Promise<FoundAttempts | null> {
  for (const word of splitText(query.text ?? "")) {
    const [item] = await journal.listItems(run.id, { key: word, limit: 1 });
    if (item === undefined) continue;
    if (query.before !== undefined) return nothingFound;
    const rows = await journal.listAttempts(run.id, item.key);
    const events = rows
      .filter(({ step }) => query.step === undefined || step === query.step)
      .map((row, id) => ({ id, event: describeAttempt(row, item.key, steps) }))
      .filter(({ event }) => fits(event));
    return { events, rest: null, isPart: false };
  }
  return null;
}

function describeAttempt(row: AttemptRow, itemKey: string, steps: readonly RunStep[]): LogEvent {
  const step = steps.find(({ id }) => id === row.step) ?? null;
  return {
    kind: "attempt",
    at: row.startedAt,
    step,
    title: step?.title ?? row.step,
    itemKey,
    outcome: row.outcome,
    number: row.number,
    note: row.note,
    code: row.code,
    ms: row.endedAt === null ? null : toEpochMs(row.endedAt) - toEpochMs(row.startedAt),
    calls: row.calls,
  };
}

/** In file order. */
async function readWarnings({ journal, run, steps, query, limit, fits }: Asked): Promise<RunLog> {
  const events: LogEvent[] = [];
  let afterId = query.before?.id ?? 0;
  for (let looked = 0; looked < mostRows; looked += pageRows) {
    const rows = await journal.listItems(run.id, { afterId, limit: pageRows });
    for (const row of rows) {
      const { key, warnings } = buildItemView(row, steps);
      afterId = row.id;
      events.push(...warnings.map((title) => describeWarning(key, title)).filter(fits));
      if (events.length >= limit)
        return { events, next: { at: 0, id: afterId }, isPart: false, steps };
    }
    if (rows.length < pageRows) return { events, next: null, isPart: false, steps };
  }
  return { events, next: { at: 0, id: afterId }, isPart: true, steps };
}

function describeWarning(itemKey: string, title: string): LogEvent {
  const nothing = { step: null, outcome: null, number: null, note: null, code: null };
  return { kind: "warning", at: null, title, itemKey, ...nothing, ms: null, calls: null };
}

function createFit({ kind, step, outcome, text = "" }: LogQuery): (event: LogEvent) => boolean {
  const wanted = splitText(text).map(fold);
  return (event) => {
    if (kind !== undefined && event.kind !== kind) return false;
    if (step !== undefined && event.step?.id !== step) return false;
    if (outcome !== undefined && event.outcome !== outcome) return false;
    if (wanted.length === 0) return true;
    const { itemKey, code, title, note } = event;
    const codes = [itemKey, code].map((one) => fold(one ?? ""));
    const words = new Set(fold(`${title} ${note ?? ""}`).split(/[^\p{L}\p{N}]+/u));
    return wanted.every((word) => codes.includes(word) || words.has(word));
  };
}

/** What a person typed as whole codes and words, at most ten. */
function splitText(text: string): readonly string[] {
  return text
    .split(/\s+/)
    .map((word) => word.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ""))
    .filter((word) => word !== "")
    .slice(0, 10);
}

function fold(text: string): string {
  return text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
}
