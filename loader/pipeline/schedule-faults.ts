/** Checks a pipeline's `schedule:`: cron expression, time zone, clock changes. */
import { CronTime } from "cron";
import { PipelineError } from "../../engine/host/errors.ts";
import { cronNames, findNextDue } from "../../engine/schedule/due-times.ts";
import { buildProblem, reportFault, type Problem, type Span } from "../yaml/diagnostics.ts";
import type { Schedule } from "./schema.ts";
import { findNearest } from "../yaml/nearest.ts";
import type { YamlScalar } from "../yaml/yaml.ts";

interface Field {
  readonly name: string;
  readonly range: string;
  /** How many values there are. */
  readonly count: number;
  /** When a count by `/` begins anew. */
  readonly anew: string;
  readonly isOfDays: boolean;
}

const fields: readonly Field[] = [
  { name: "minuti", range: "da 0 a 59", count: 60, anew: "ogni ora", isOfDays: false },
  { name: "ore", range: "da 0 a 23", count: 24, anew: "ogni giorno", isOfDays: false },
  { name: "giorno del mese", range: "da 1 a 31", count: 31, anew: "ogni mese", isOfDays: true },
  { name: "mese", range: "da 1 a 12", count: 12, anew: "ogni anno", isOfDays: false },
  {
    name: "giorno della settimana",
    range: "da 0 a 7 (0 e 7: domenica, 1: lunedì)",
    count: 7,
    anew: "ogni settimana",
    isOfDays: true,
  },
];

const example = 'cron: "30 6 * * 1-5"  (alle 6.30, dal lunedì al venerdì)';

/** Faults of a schedule whose values have the right types, as the scheduler itself judges them; the nodes say where they are written. */
export function checkScheduleValues(
  schedule: Schedule,
  nodes: { readonly cron: YamlScalar; readonly timezone: YamlScalar | null },
): readonly Problem[] {
  const { cron, timezone } = nodes;
  try {
    if (findNextDue(schedule.cron, schedule.timezone, 0) !== null)
      return [...checkClockChange(schedule, cron), ...checkMeaning(cron)];
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    return error.code === "TIMEZONE_INVALID"
      ? [timezoneFault(schedule.timezone, error.message, timezone?.at ?? cron.at)]
      : [cronFault(cron, error.message)];
  }
  return [
    buildProblem(cron.at, {
      code: "P020",
      message: `cron "${schedule.cron}" non scatta mai: quel giorno non esiste`,
      remedy: example,
    }),
  ];
}

function timezoneFault(name: string, message: string, at: Span): Problem {
  const near = findNearest(name, Intl.supportedValuesOf("timeZone"));
  return buildProblem(at, {
    code: "P020",
    message,
    maybe: near ?? undefined,
    remedy: "timezone: Europe/Rome",
  });
}

/** What the scheduler does not take, at the field that it stumbles over. */
function cronFault(node: YamlScalar, message: string): Problem {
  const text = node.text.trim();
  if (text.startsWith("@")) return nicknameFault(node, text);
  const parts = text.split(/\s+/).filter((part) => part !== "");
  if (parts.length !== fields.length)
    return buildProblem(node.at, {
      code: "P020",
      message: `cron "${node.text}" non è valido: servono 5 campi, qui sono ${parts.length}`,
      why:
        parts.length === 6
          ? "i secondi non si indicano"
          : "minuti ore giorno-del-mese mese giorno-della-settimana",
      remedy: example,
    });
  for (const [index, part] of parts.entries()) {
    const problem = checkField(node, part, index);
    if (problem !== null) return problem;
  }
  return buildProblem(node.at, { code: "P020", message, remedy: example });
}

function checkField(node: YamlScalar, part: string, index: number): Problem | null {
  const field = fields[index];
  const alone = fields.map((_, other) => (other === index ? part : "*")).join(" ");
  const checked = CronTime.validateCronExpression(alone);
  if (checked.valid || field === undefined) return null;
  return buildProblem(locateField(node, index), {
    code: "P020",
    message: `cron "${node.text}" non è valido: nel campo ${field.name} "${part}" non va`,
    why: explainField(checked.error?.message ?? "", field),
    remedy: example,
  });
}

function explainField(message: string, field: Field): string {
  if (message.includes("step of zero")) return "il passo dopo / non può essere zero";
  if (message.includes("invalid range"))
    return "l'intervallo va dal minore al maggiore: 1-5, non 5-1";
  return `i valori vanno ${field.range}`;
}

function nicknameFault(node: YamlScalar, text: string): Problem {
  return buildProblem(node.at, {
    code: "P020",
    message: `cron "${text}" non è valido`,
    maybe: findNearest(text, cronNames) ?? undefined,
    remedy: `scegli tra ${cronNames.join(", ")}, oppure ${example}`,
  });
}

/** The place of one field inside the expression. */
function locateField(node: YamlScalar, index: number): Span {
  const { source, start, end } = node.at;
  const raw = source.text.slice(start, end);
  const parts = [...raw.matchAll(/[^\s"']+/g)];
  const part = parts[index];
  if (part === undefined) return node.at;
  return { source, start: start + part.index, end: start + part.index + part[0].length };
}

/** An expression that is valid and does something else than it seems to say. */
function checkMeaning(node: YamlScalar): readonly Problem[] {
  const parts = node.text.trim().split(/\s+/);
  if (parts.length !== fields.length) return [];
  // Seconds first; `*` stands for every value, however it is written.
  const [, ...values] = new CronTime(node.text.trim(), "UTC").toJSON();
  const problems = parts.flatMap((part, index) =>
    checkInterval(node, { part, index, values: values[index] ?? "*" }),
  );
  const [, , day = "", , weekday = ""] = parts;
  if (values[2] !== "*" && values[4] !== "*")
    reportFault(problems, locateField(node, 2), {
      code: "P023",
      severity: "warning",
      message: `giorno del mese "${day}" e giorno della settimana "${weekday}" insieme: parte quando è vero anche uno solo dei due`,
      why: "i due campi si sommano, non si restringono a vicenda",
      remedy: "lascia * in uno dei due",
    });
  return problems;
}

/** The count by `/` begins anew with every hour, day or year: what does not divide it is no interval. */
function checkInterval(
  node: YamlScalar,
  { part, index, values }: { part: string; index: number; values: string },
): readonly Problem[] {
  const field = fields[index];
  const [, from, by] = /^(\*|\d+(?:-\d+)?)\/(\d+)$/.exec(part) ?? [];
  if (field === undefined || by === undefined) return [];
  const isAlone = !values.includes(",") && values !== "*";
  const isUneven = field.count % Number(by) !== 0;
  // Days of months and weeks are counted by two or three on purpose.
  const isTrap = from === "*" ? isUneven && (isAlone || !field.isOfDays) : isAlone;
  if (!isTrap) return [];
  return [
    buildProblem(locateField(node, index), {
      code: "P023",
      severity: "warning",
      message: `nel campo ${field.name} "${part}" vale ${isAlone ? "solo " : ""}${values.replaceAll(",", ", ")}`,
      why: `il conto ricomincia ${field.anew}`,
      remedy: "scrivi i valori uno per uno, con le virgole",
    }),
  ];
}

/** Between 2 and 3 at night a zone with summer time has an hour that is missing in March and doubled in October. */
function checkClockChange(schedule: Schedule, node: YamlScalar): readonly Problem[] {
  const [minute = "", hour = ""] = schedule.cron.trim().split(/\s+/);
  if (!/^(?:\d+,)*0?2(?:,\d+)*$/.test(hour) || !hasSummerTime(schedule.timezone)) return [];
  const clock = /^\d+$/.test(minute) ? `02:${minute.padStart(2, "0")}` : "2";
  return [
    buildProblem(node.at, {
      code: "P021",
      severity: "warning",
      message: `alle ${clock} il cambio dell'ora sposta l'esecuzione`,
      why: "in marzo quell'ora non esiste, in ottobre esiste due volte",
      remedy: "scegli un'ora dalle 4 in poi",
    }),
  ];
}

function hasSummerTime(timezone: string): boolean {
  const format = new Intl.DateTimeFormat("en", { timeZone: timezone, timeZoneName: "longOffset" });
  const formatOffset = (day: string): string =>
    format.formatToParts(new Date(day)).find((part) => part.type === "timeZoneName")?.value ?? "";
  return formatOffset("2026-01-15T12:00:00Z") !== formatOffset("2026-07-15T12:00:00Z");
}
