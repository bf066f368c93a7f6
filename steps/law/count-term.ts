/** Counts one term of law: the first day is not counted, the last one is, and a trace says why it is that day. */
import { addDays } from "../../engine/host/clock.ts";
import { formatLongDay, formatDayAfter, formatWeekday } from "./format-day.ts";
import { findObstacle } from "./holidays.ts";
import { type Law, pickRule } from "./law.ts";
import type { Mark } from "./provenance.ts";
import { suspension, type TermName, type TermRule } from "./terms.ts";

/** A day that the end of a term has passed over. */
export interface SkippedDay {
  readonly day: string;
  /** Italian: `domenica`, `festivo (Natale)`, `sabato`, `agosto`. */
  readonly why: string;
}

/** One term, counted; days are `YYYY-MM-DD`, Europe/Rome. */
export interface LegalTerm<Name extends string = TermName> {
  readonly name: Name;
  readonly title: string;
  /** Not counted. */
  readonly start: string;
  readonly days: number;
  /** Where the count alone ends. */
  readonly counted: string;
  /** Last day of the term. */
  readonly day: string;
  /** Where `day` is no working day and stays all the same: the last working day before it, and the day that it would be if it moved. */
  readonly argued: { readonly safe: string; readonly moved: string } | null;
  readonly skipped: readonly SkippedDay[];
  /** Italian sentences, in order: how the day comes about. */
  readonly trace: readonly string[];
  readonly source: string;
  readonly mark: Mark;
}

export interface CountOptions {
  /** Not counted, `YYYY-MM-DD`. */
  readonly start: string;
  /** Who has the term resides abroad; default false. */
  readonly isAbroad?: boolean;
  /** In the place of those of the law. */
  readonly days?: number;
}

/** The term of this name that starts on a day. */
export function countTerm(law: Law, name: TermName, options: CountOptions): LegalTerm {
  return countByRule(law, { ...pickRule(law, name, options.start), name }, options);
}

type CountRule = Pick<TermRule, "isSaturdayFree" | "isSuspendedInAugust">;

/** What a term is counted by, whoever says it. */
export type CountedRule<Name extends string> = Omit<TermRule, "starts" | "from"> & {
  readonly name: Name;
};

/** The term of a rule that starts on a day; of the law the holidays alone. */
export function countByRule<Name extends string>(
  law: Pick<Law, "holidays">,
  { name, ...rule }: CountedRule<Name>,
  options: CountOptions,
): LegalTerm<Name> {
  const { start, isAbroad = false } = options;
  const { days = isAbroad ? (rule.daysAbroad ?? rule.days) : rule.days } = options;
  const counted = countDays(start, days, rule);
  const trace = [
    `${days}° giorno, contando da quello dopo ${formatDayAfter("il", start)}: ${formatWeekday(counted)}.`,
    ...explainSuspension(start, counted, rule),
  ];
  const { title, source, mark } = rule;
  const term = { name, title, start, days, counted, source, mark };
  if (rule.onHoliday === "ignored")
    return { ...term, day: counted, argued: null, skipped: [], trace };
  const { day, skipped } = findWorkingDay(counted, law, rule);
  if (skipped.length === 0) return { ...term, day, argued: null, skipped, trace };
  if (rule.onHoliday === "moved")
    return { ...term, day, argued: null, skipped, trace: [...trace, explainMove(day, skipped)] };
  const safe = findLastWorkingDay(counted, law, rule);
  trace.push(
    `${formatLongDay(counted)}, ${skipped[0]?.why}: che il termine passi al ${formatWeekday(day)} è discusso, e non è spostato; per prudenza entro ${formatWeekday(safe)}.`,
  );
  return { ...term, day: counted, argued: { safe, moved: day }, skipped: [], trace };
}

/** Last day of a count; with the suspension, days of August are passed over. */
function countDays(start: string, days: number, rule: CountRule): string {
  if (!rule.isSuspendedInAugust) return addDays(start, days);
  let day = start;
  for (let left = days; left > 0;) {
    day = addDays(day, 1);
    if (!isSuspended(day)) left -= 1;
  }
  return day;
}

function isSuspended(day: string): boolean {
  const monthDay = day.slice(5);
  return suspension.first <= monthDay && monthDay <= suspension.last;
}

/** The first day from `day` on on which a term can end; a term before the judge that would end in August resumes after it. */
function findWorkingDay(
  from: string,
  { holidays }: Pick<Law, "holidays">,
  { isSaturdayFree, isSuspendedInAugust }: CountRule,
): { readonly day: string; readonly skipped: readonly SkippedDay[] } {
  const skipped: SkippedDay[] = [];
  for (let day = from; ; day = addDays(day, 1)) {
    const isOfAugust = isSuspendedInAugust && isSuspended(day);
    const why = isOfAugust ? "agosto" : findObstacle(day, { holidays, isSaturdayFree });
    if (why === null) return { day, skipped };
    skipped.push({ day, why });
  }
}

function findLastWorkingDay(
  from: string,
  { holidays }: Pick<Law, "holidays">,
  { isSaturdayFree }: CountRule,
): string {
  let day = from;
  while (findObstacle(day, { holidays, isSaturdayFree }) !== null) day = addDays(day, -1);
  return day;
}

function explainSuspension(
  start: string,
  counted: string,
  { isSuspendedInAugust }: CountRule,
): readonly string[] {
  if (!isSuspendedInAugust) return [];
  let passed = 0;
  for (let day = addDays(start, 1); day < counted; day = addDays(day, 1))
    if (isSuspended(day)) passed += 1;
  if (passed === 0) return [];
  return [`Il termine non decorre dal 1° al 31 agosto: ${passed} giorni non contati.`];
}

function explainMove(day: string, skipped: readonly SkippedDay[]): string {
  const passed = skipped.filter(({ why }) => why !== "agosto");
  const inAugust = passed.length < skipped.length ? ["agosto, in cui il termine non decorre"] : [];
  const reasons = [
    ...passed.map(({ day: one, why }) => `${formatLongDay(one)}, ${why}`),
    ...inAugust,
  ];
  return `${reasons.join("; ")}: vale ${formatWeekday(day)}.`;
}
