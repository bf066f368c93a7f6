/** The enti of an installation at a glance: how each fared, what starts next, what is overdue. Those with a trouble come first. */
import { toEpochMs } from "../../../engine/host/clock.ts";
import type { ScheduledPipeline } from "../../../engine/schedule/scheduled.ts";
import type { Catalog } from "../catalog.ts";
import type { EnteSummary } from "./ente-summaries.ts";
import type { NextTimes } from "./next-times.ts";

export interface EnteRow {
  readonly codice: string;
  readonly nome: string;
  /** `null`: no flusso in the last thirty days. */
  readonly summary: EnteSummary | null;
  /** Milliseconds since the epoch; `null`: nothing starts by itself. */
  readonly nextAt: number | null;
  /** A pipeline was due twice since it last went well. */
  readonly isOverdue: boolean;
  /** Its files have an error: nothing starts. */
  readonly isBroken: boolean;
}

interface EntiSource {
  readonly catalog: Catalog;
  readonly summaries: ReadonlyMap<string, EnteSummary>;
  readonly scheduled: readonly ScheduledPipeline[];
  readonly times: NextTimes;
  readonly now: number;
}

export function listEnteRows(source: EntiSource): readonly EnteRow[] {
  const { catalog, summaries } = source;
  const schedules = Map.groupBy(source.scheduled, ({ ente }) => ente);
  const broken = new Set((catalog.broken ?? []).map(({ ente }) => ente));
  const rows = catalog.enti.map(({ codice, nome }): EnteRow => {
    const own = schedules.get(codice) ?? [];
    const summary = summaries.get(codice) ?? null;
    return {
      codice,
      nome,
      summary,
      nextAt: findNext(own, source),
      isOverdue: own.some((one) => isScheduleOverdue(one, summary, source)),
      isBroken: broken.has(codice),
    };
  });
  return rows.toSorted((left, right) => rankTrouble(right) - rankTrouble(left));
}

/** 0: all is well. */
export function rankTrouble({ summary, isOverdue, isBroken }: EnteRow): number {
  if (isBroken) return 3;
  if ((summary?.stopped ?? 0) > 0) return 2;
  return isOverdue ? 1 : 0;
}

function findNext(own: readonly ScheduledPipeline[], { times, now }: EntiSource): number | null {
  let next: number | null = null;
  for (const { schedule } of own) {
    const [at] = times.listNext(schedule, now, 1);
    if (at !== undefined && (next === null || at < next)) next = at;
  }
  return next;
}

/** Due twice since it last went well. */
export function isScheduleOverdue(
  { pipeline, schedule }: ScheduledPipeline,
  summary: EnteSummary | null,
  { times, now }: Pick<EntiSource, "times" | "now">,
): boolean {
  const grace = times.findGrace(schedule, now);
  const last = summary?.successes.get(pipeline);
  // A pipeline that never ran here may be new: its schedule tells nothing of the past.
  if (grace === null || last === undefined) return false;
  return toEpochMs(last) < grace;
}
