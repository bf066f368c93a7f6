/** Checks a pipeline's `schedule:`: cron expression, time zone, clock changes. */
import { CronTime } from "cron";
import { findNextDue } from "../../engine/schedule/due-times.ts";
import { buildProblem, type Problem, type Span } from "../yaml/diagnostics.ts";
import type { Schedule } from "./schema.ts";
import { findNearest } from "../yaml/suggest.ts";
import type { YamlScalar } from "../yaml/yaml.ts";

interface Field {
  readonly name: string;
  readonly range: string;
}

const fields: readonly Field[] = [
  { name: "minuti", range: "da 0 a 59" },
  { name: "ore", range: "da 0 a 23" },
  { name: "giorno del mese", range: "da 1 a 31" },
  { name: "mese", range: "da 1 a 12" },
  { name: "giorno della settimana", range: "da 0 a 7 (0 e 7: domenica, 1: lunedì)" },
];

const nicknames = ["@hourly", "@daily", "@weekly", "@monthly", "@yearly"];
const example = 'cron: "30 6 * * 1-5"  (alle 6.30, dal lunedì al venerdì)';

/** Faults of a schedule whose values have the right types; the nodes say where they are written. */
export function checkScheduleValues(
  schedule: Schedule,
  nodes: { readonly cron: YamlScalar; readonly timezone: YamlScalar | null },
): readonly Problem[] {
  const zone = nodes.timezone;
  if (!isTimezone(schedule.timezone))
    return [timezoneFault(schedule.timezone, zone?.at ?? nodes.cron.at)];
  const wrong = checkCron(nodes.cron);
  if (wrong !== null) return [wrong];
  if (findNextDue(schedule.cron, schedule.timezone, 0) === null)
    return [
      buildProblem(nodes.cron.at, {
        code: "P020",
        message: `cron "${schedule.cron}" non scatta mai: quel giorno non esiste`,
        remedy: example,
      }),
    ];
  const nightly = checkClockChange(schedule, nodes.cron);
  return nightly === null ? [] : [nightly];
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("it", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function timezoneFault(name: string, at: Span): Problem {
  const near = findNearest(name, Intl.supportedValuesOf("timeZone"));
  return buildProblem(at, {
    code: "P020",
    message: `il fuso orario "${name}" non esiste`,
    maybe: near ?? undefined,
    remedy: "timezone: Europe/Rome",
  });
}

function checkCron(node: YamlScalar): Problem | null {
  const text = node.text.trim();
  if (text.startsWith("@")) return nicknames.includes(text) ? null : nicknameFault(node, text);
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
  return null;
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
    maybe: findNearest(text, nicknames) ?? undefined,
    remedy: `scegli tra ${nicknames.join(", ")}, oppure ${example}`,
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

/** Between 2 and 3 at night a zone with summer time has an hour that is missing in March and doubled in October. */
function checkClockChange(schedule: Schedule, node: YamlScalar): Problem | null {
  const [minute = "", hour = ""] = schedule.cron.trim().split(/\s+/);
  if (!/^(?:\d+,)*0?2(?:,\d+)*$/.test(hour) || !hasSummerTime(schedule.timezone)) return null;
  const clock = /^\d+$/.test(minute) ? `02:${minute.padStart(2, "0")}` : "2";
  return buildProblem(node.at, {
    code: "P021",
    severity: "warning",
    message: `alle ${clock} il cambio dell'ora sposta l'esecuzione`,
    why: "in marzo quell'ora non esiste, in ottobre esiste due volte",
    remedy: "scegli un'ora dalle 4 in poi",
  });
}

function hasSummerTime(timezone: string): boolean {
  const format = new Intl.DateTimeFormat("en", { timeZone: timezone, timeZoneName: "longOffset" });
  const formatOffset = (day: string): string =>
    format.formatToParts(new Date(day)).find((part) => part.type === "timeZoneName")?.value ?? "";
  return formatOffset("2026-01-15T12:00:00Z") !== formatOffset("2026-07-15T12:00:00Z");
}
