/** Malfunctions of SEND and the terms that end in them. */
import { addDays, findRomeMidnight, toEpochMs, toRomeDay } from "../../engine/host/clock.ts";
import type { Downtime } from "../../integrations/send/desk-port.ts";
import type { LegalTerm } from "./count-term.ts";
import { formatDayAfter, formatWeekday } from "./format-day.ts";
import type { Law } from "./law.ts";

/** Without it no notification can be handed over. */
const creation = "NOTIFICATION_CREATE";

/**
 * The term with its day moved where it ends in an attested malfunction: to the 7th day after the restoration is told, and not
 * further where that is a holiday. A malfunction on any part of the last day counts, one that ended before it does not, and
 * one that nobody has attested yet does not either. Source: DL 76/2020 art. 26 c. 13 [memory]; that a part of the day is enough [inferred].
 */
export function extendTerm(term: LegalTerm, downtimes: readonly Downtime[], law: Law): LegalTerm {
  let extended = term;
  // A later malfunction may meet the day to which an earlier one has moved the term.
  for (const downtime of downtimes.toSorted((left, right) => left.from.localeCompare(right.from)))
    extended = extendOnce(extended, downtime, law);
  return extended;
}

function extendOnce(
  term: LegalTerm,
  { functionality, from, to, attestedAt, legalFactId }: Downtime,
  { downtime }: Law,
): LegalTerm {
  if (functionality !== creation || to === null || legalFactId === null) return term;
  const begin = findRomeMidnight(term.day);
  const end = findRomeMidnight(addDays(term.day, 1));
  if (toEpochMs(from) >= end || toEpochMs(to) <= begin) return term;
  const told = toRomeDay(toEpochMs(attestedAt ?? to));
  const day = addDays(told, downtime.days);
  if (day <= term.day) return term;
  return {
    ...term,
    day,
    argued: null,
    trace: [
      ...term.trace,
      `${formatDayAfter("Il", term.day)} SEND non prendeva notifiche (attestazione ${legalFactId}), ripristino comunicato ${formatDayAfter("il", told)}: vale il ${downtime.days}° giorno dopo, ${formatWeekday(day)}.`,
    ],
    source: `${term.source}; ${downtime.source}`,
    mark: downtime.mark,
  };
}

/** The months `YYYY-MM` whose malfunctions can meet a term that ends on this day: its own and the one before. */
export function listDowntimeMonths(day: string): readonly string[] {
  return [addDays(`${day.slice(0, 7)}-01`, -1).slice(0, 7), day.slice(0, 7)];
}
