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
  const attested = downtimes.flatMap((one) => readAttested(one) ?? []);
  let extended = term;
  // Another malfunction may meet the day to which the first has moved the term.
  for (;;) {
    const { day } = extended;
    const ends = attested
      .filter(({ downtime }) => meetsDay(downtime, day))
      .map((one) => ({ ...one, day: addDays(one.told, law.downtime.days) }));
    const last = ends.toSorted((left, right) => left.day.localeCompare(right.day)).at(-1);
    if (last === undefined || last.day <= day) return extended;
    extended = moveTerm(extended, last, law);
  }
}

/** A malfunction on the last day of a term that nobody has attested yet: it may still move the term. */
export function isExtensionPending(
  { day }: Pick<LegalTerm, "day">,
  downtimes: readonly Downtime[],
): boolean {
  return downtimes.some(
    (one) => one.functionality === creation && readAttested(one) === null && meetsDay(one, day),
  );
}

interface Attested {
  readonly downtime: Downtime;
  readonly legalFactId: string;
  /** The Rome day on which malfunction and restoration were told. */
  readonly told: string;
}

function readAttested(downtime: Downtime): Attested | null {
  const { functionality, to, legalFactId, attestedAt } = downtime;
  if (functionality !== creation || to === null || legalFactId === null) return null;
  return { downtime, legalFactId, told: toRomeDay(toEpochMs(attestedAt ?? to)) };
}

/** On any part of the Rome day. */
function meetsDay({ from, to }: Downtime, day: string): boolean {
  if (toEpochMs(from) >= findRomeMidnight(addDays(day, 1))) return false;
  return to === null || toEpochMs(to) > findRomeMidnight(day);
}

function moveTerm(
  term: LegalTerm,
  { legalFactId, told, day }: Attested & { readonly day: string },
  { downtime }: Law,
): LegalTerm {
  const down = `${formatDayAfter("Il", term.day)} SEND non prendeva notifiche (attestazione ${legalFactId})`;
  const back = `ripristino comunicato ${formatDayAfter("il", told)}`;
  const moved = `vale il ${downtime.days}° giorno dopo, ${formatWeekday(day)}`;
  return {
    ...term,
    day,
    argued: null,
    trace: [...term.trace, `${down}, ${back}: ${moved}.`],
    source: `${term.source}; ${downtime.source}`,
    mark: downtime.mark,
  };
}

/** The months `YYYY-MM` whose malfunctions can meet a term that ends on this day: its own and the one before. */
export function listDowntimeMonths(day: string): readonly string[] {
  return [addDays(`${day.slice(0, 7)}-01`, -1).slice(0, 7), day.slice(0, 7)];
}
