/** What the page «Oggi» of an office shows: what waits, what stopped, what is to be mended, what ends soon, what money is not explained. */
import { type Clock, toInstant, toRomeDay } from "../../../engine/host/clock.ts";
import type { JournalReader } from "../../../engine/journal/journal.ts";
import type { Run } from "../../../engine/journal/runs.ts";
import type { RunState } from "../../../engine/journal/states.ts";
import type { ScheduledPipeline, ScheduleListing } from "../../../engine/schedule/scheduled.ts";
import { toFields, toList, toText } from "../fields.ts";
import type { EnteSummaries, EnteSummary } from "./ente-summaries.ts";
import { listNearTerms, type NearTerm } from "./near-terms.ts";
import type { NextTimes } from "./next-times.ts";

export interface TodaySources {
  readonly journal: JournalReader;
  readonly clock: Clock;
  readonly summaries: EnteSummaries;
  readonly times: NextTimes;
  /** Absent: what starts by itself is not known here. */
  listSchedules?(): Promise<ScheduleListing>;
}

/** A flusso that starts by itself. */
export interface NextStart extends Pick<ScheduledPipeline, "pipeline" | "ente"> {
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A verbale of which money is missing, too much, or borne by the ente. */
export interface Unexplained {
  readonly numero: string;
  readonly ente: string;
  /** Italian sentences. */
  readonly texts: readonly string[];
}

export interface Today {
  /** Blocked or failed, and no later flusso of the same pipeline went well. */
  readonly stopped: readonly Run[];
  /** With rejected verbali, newest first. */
  readonly rejected: readonly Run[];
  /** Of both lists: there are more flussi in these states than were looked at. */
  readonly isCut: { readonly stopped: boolean; readonly rejected: boolean };
  /** Of the register «da notificare», by state; `null`: it is shown of one ente, or holds nothing. */
  readonly waiting: Readonly<Record<"wrong" | "back" | "chosen", number>> | null;
  readonly starts: readonly NextStart[];
  /** `null`: they are shown of one ente. */
  readonly terms: readonly NearTerm[] | null;
  readonly unexplained: readonly Unexplained[] | null;
}

/** The term of 90 days reaches back further than the lists. */
const termWindowMs = 100 * 86_400_000;
const mostRuns = 20;
/** States in which a flusso may have rejected verbali; of those that stopped the stop is told. */
const withRejections = [
  "completed-with-rejections",
  "waiting",
  "running",
  "waiting-for-person",
] as const;
const mostStarts = 5;
const mostUnexplained = 50;
const keepMs = 30_000;

/**
 * A reader that asks the journal for the slow half at most every half minute. `ente` `null`: all of them.
 * `sight` names what the reader may see: what was read for one is not shown to another.
 */
export function createTodayReader(
  sources: TodaySources,
): (ente: string | null, sight?: string) => Promise<Today> {
  const kept = new Map<
    string,
    { readonly at: number; readonly half: ReturnType<typeof readOffice> }
  >();
  const readKept = (ente: string, sight: string): ReturnType<typeof readOffice> => {
    const now = sources.clock.now();
    const key = `${sight} ${ente}`;
    const known = kept.get(key);
    if (known !== undefined && Math.abs(now - known.at) < keepMs) return known.half;
    const half = readOffice(sources, ente);
    half.catch(() => kept.delete(key));
    if (kept.size > 200) kept.clear();
    kept.set(key, { at: now, half });
    return half;
  };
  return async (ente, sight = "") => {
    const [stopped, rejected, starts, summaries, office] = await Promise.all([
      listRuns(sources, ["blocked", "failed"], ente),
      listRuns(sources, withRejections, ente),
      listStarts(sources, ente),
      sources.summaries.read(),
      ente === null ? null : readKept(ente, sight),
    ]);
    return {
      stopped: stopped.runs.filter((run) => !isOvertaken(run, summaries)),
      rejected: rejected.runs.filter(({ counts }) => counts.rejected > 0),
      isCut: { stopped: stopped.isCut, rejected: rejected.isCut },
      waiting: office?.waiting ?? null,
      starts,
      terms: office?.terms ?? null,
      unexplained: office?.unexplained ?? null,
    };
  };
}

async function listRuns(
  { summaries, journal }: TodaySources,
  states: readonly RunState[],
  ente: string | null,
): Promise<{ readonly runs: readonly Run[]; readonly isCut: boolean }> {
  const ids = await summaries.listRuns(states, ente === null ? null : [ente]);
  const runs = await Promise.all(ids.slice(0, mostRuns).map((id) => journal.readRun(id)));
  return { runs: runs.filter((run) => run !== null), isCut: ids.length > mostRuns };
}

/** Since then the same pipeline went well for the same ente: a file that was refused came again. */
export function isOvertaken(run: Run, summaries: ReadonlyMap<string, EnteSummary>): boolean {
  const last = summaries.get(run.ente)?.successes.get(run.pipeline);
  return run.state === "failed" && !run.isLoaded && last !== undefined && last > run.createdAt;
}

async function readOffice(
  { journal, clock }: TodaySources,
  ente: string,
): Promise<{
  readonly terms: readonly NearTerm[];
  readonly unexplained: readonly Unexplained[];
  readonly waiting: Today["waiting"];
}> {
  const now = clock.now();
  const runs = await journal.listRuns({
    ente,
    since: toInstant(now - termWindowMs),
    limit: 400,
  });
  const found = await journal.listRecords(ente, "costs", {
    dueBy: toInstant(now),
    limit: mostUnexplained,
  });
  const receipts = await journal.readRecords(
    ente,
    "receipts",
    found.map(({ key }) => key),
  );
  const counts = await journal.countRecords(ente, "standing");
  const count = (state: "wrong" | "back" | "chosen"): number => counts.get(state) ?? 0;
  return {
    waiting:
      counts.size === 0
        ? null
        : { wrong: count("wrong"), back: count("back"), chosen: count("chosen") },
    terms: await listNearTerms(journal, { ente, today: toRomeDay(now), runs }),
    unexplained: found.map(({ key, subject, data }) => ({
      numero: subject,
      ente,
      texts: [...new Set([...listTexts(data), ...listTexts(receipts.get(key)?.data ?? {})])],
    })),
  };
}

function listTexts(data: Readonly<Record<string, unknown>>): readonly string[] {
  const texts = toList(data["findings"]).map((finding) => toText(toFields(finding)["text"]));
  return texts.filter((text) => text !== null);
}

/** The soonest first. */
async function listStarts(
  { listSchedules, times, clock }: TodaySources,
  ente: string | null,
): Promise<readonly NextStart[]> {
  const { scheduled } = (await listSchedules?.()) ?? { scheduled: [] };
  const now = clock.now();
  return scheduled
    .filter((one) => ente === null || one.ente === ente)
    .flatMap(({ pipeline, ente: of, schedule }) =>
      times.listNext(schedule, now, 1).map((at) => ({ pipeline, ente: of, at })),
    )
    .toSorted((left, right) => left.at - right.at)
    .slice(0, mostStarts);
}
