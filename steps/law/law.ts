/** The law as an ente's steps apply it: the tables of this folder, and what the ente's file says otherwise. */
import type { Services } from "../../integrations/services.ts";
import { usualRestarts } from "./notification-start.ts";
import { type Holiday, nationalHolidays } from "./holidays.ts";
import type { Provenance } from "./provenance.ts";
import { type TermName, type TermRule, termRules } from "./terms.ts";

/** `law:` of an ente file. */
export type LawChanges = NonNullable<Services["ente"]["law"]>;

export interface Law {
  readonly holidays: readonly Holiday[];
  /** Of each term its rules, the oldest first: the last one whose `from` is not behind the start applies. */
  readonly terms: Readonly<Record<TermName, readonly TermRule[]>>;
  readonly downtime: DowntimeRule;
  /** The causes of a new notification with which the days begin anew. */
  readonly renotification: readonly string[];
}

/** A term that ends while SEND takes no notification. */
export interface DowntimeRule extends Provenance {
  /** The term ends so many days after the restoration is told. */
  readonly days: number;
}

/** What the law says, as far as it was looked up. */
export const downtimeRule: DowntimeRule = {
  days: 7,
  source: "DL 76/2020 art. 26 c. 13",
  mark: "memory",
};

/** Where a row of an ente's file does not say its source. */
const enteFile = "file dell'ente";

const asInTables: LawChanges = {};
const read = new WeakMap<LawChanges, Law>();

/** The law with an ente's settings; absent: as it stands in the tables. The same settings are read once: every verbale asks. */
export function readLaw(settings: LawChanges = asInTables): Law {
  const law = read.get(settings) ?? applySettings(settings);
  read.set(settings, law);
  return law;
}

function applySettings(settings: LawChanges): Law {
  return {
    holidays: readHolidays(settings),
    terms: readTerms(settings),
    renotification: settings.renotification ?? usualRestarts,
    downtime:
      settings.downtimeDays === undefined
        ? downtimeRule
        : { days: settings.downtimeDays, source: enteFile, mark: "read" },
  };
}

function readHolidays({ holidays = [], localHolidays = [] }: LawChanges): readonly Holiday[] {
  const replaced = new Set(holidays.map(({ day }) => day));
  return [
    ...nationalHolidays.filter(({ when }) => typeof when !== "string" || !replaced.has(when)),
    ...holidays.map(({ day, source = enteFile, ...rest }) => ({
      when: day,
      source,
      mark: "read" as const,
      ...rest,
    })),
    ...localHolidays.map((day) => ({
      name: "festa del luogo",
      when: day,
      source: enteFile,
      mark: "read" as const,
    })),
  ];
}

function readTerms({ terms = {} }: LawChanges): Law["terms"] {
  const rules: Record<string, readonly TermRule[]> = {};
  for (const [name, usual] of Object.entries(termRules)) {
    const own: TermRule[] = [];
    const changes = (terms[name as TermName] ?? []).toSorted((left, right) =>
      (left.from ?? "").localeCompare(right.from ?? ""),
    );
    for (const change of changes)
      own.push({ ...(own.at(-1) ?? usual), source: enteFile, mark: "read", ...change });
    rules[name] = [usual, ...own];
  }
  return rules as Law["terms"];
}

/** The rule of a term that starts on this day. */
export function pickRule(law: Law, name: TermName, start: string): TermRule {
  const rules = law.terms[name];
  const fitting = rules.filter(({ from }) => from === undefined || from <= start);
  return fitting.at(-1) ?? termRules[name];
}
