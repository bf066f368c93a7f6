/** The head of a pipeline: what its file says besides the steps, with the ente's schedule on top. */
import { coerceBySchema } from "../yaml/coerce.ts";
import { hasErrors, type Problem, type Span } from "../yaml/diagnostics.ts";
import {
  findEntry,
  findValue,
  isNullScalar,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from "../yaml/yaml.ts";
import { mergeNodes } from "./overrides.ts";
import { checkScheduleValues } from "./schedule-faults.ts";
import { type Param, PipelineHead, type Schedule } from "./schema.ts";

const scheduleKeys = ["cron", "timezone", "ifMissed", "ifRunning"] as const;

/** What a head coerces to. */
type Head = Partial<Omit<PipelineHead, "schedule">> & { readonly schedule?: Partial<Schedule> };

/** A schedule that may run, and where its cron expression is written. */
export interface CheckedSchedule {
  /** `undefined`: it has faults. */
  readonly schedule: Schedule | null | undefined;
  readonly cron: YamlScalar | null;
}

/** The base's schedule with the ente's on top; `schedule: null` in the ente file takes it away. */
export function mergeSchedule(root: YamlMap, over: YamlNode | undefined): YamlMap {
  if (over === undefined) return root;
  const rest = root.entries.filter((entry) => entry.key.text !== "schedule");
  if (isNullScalar(over)) return { ...root, entries: rest };
  // What is no group of keys was told already.
  if (over.kind !== "map") return root;
  const merged = mergeNodes(findValue(root, "schedule"), over) ?? over;
  const key = findEntry(root, "schedule")?.key ?? buildKey("schedule", over.at);
  return { ...root, entries: [...rest, { key, value: merged }] };
}

function buildKey(text: string, at: Span): YamlScalar {
  return { kind: "scalar", at, text, isPlain: true, isBroken: false };
}

/** The `params:` of a pipeline file, without those that have faults; for forms that ask for them. */
export function readDeclaredParams(root: YamlMap): Readonly<Record<string, Param>> {
  return readHead(root, root.at, [], {}).params ?? {};
}

interface SettledHead {
  readonly head: Head;
  readonly schedule: CheckedSchedule;
  readonly problems: readonly Problem[];
  readonly origins: Readonly<Record<string, string>>;
}

const settledHeads = new WeakMap<YamlMap, SettledHead>();

/** What the head says and its schedule, read once for all enti that leave it as it is. */
export function settleHead(
  root: YamlMap,
  at: Span,
  { problems, origins }: { readonly problems: Problem[]; readonly origins: Record<string, string> },
): Pick<SettledHead, "head" | "schedule"> {
  const settled = settledHeads.getOrInsertComputed(root, () => {
    const found: Problem[] = [];
    const places: Record<string, string> = {};
    const head = readHead(root, at, found, places);
    const schedule = checkSchedule(head.schedule, root, found);
    return { head, schedule, problems: found, origins: places };
  });
  problems.push(...settled.problems);
  Object.assign(origins, settled.origins);
  return settled;
}

/** What the head says; parts with faults are missing. */
function readHead(
  root: YamlMap,
  at: Span,
  problems: Problem[],
  origins: Record<string, string>,
): Head {
  const names = Object.keys(PipelineHead.properties);
  const entries = root.entries.filter((entry) => names.includes(entry.key.text));
  return coerceBySchema({ ...root, entries }, PipelineHead, {
    problems,
    origins,
    originPrefix: "",
    owner: "nella pipeline",
    path: [],
    at,
  }) as Head;
}

/** The schedule as a whole, or not at all: `undefined` where it has faults; `null` where there is none. */
function checkSchedule(
  schedule: Partial<Schedule> | undefined,
  root: YamlMap,
  problems: Problem[],
): CheckedSchedule {
  const node = findValue(root, "schedule");
  if (node === undefined) return { schedule: null, cron: null };
  const cron = findValue(node, "cron");
  if (cron?.kind !== "scalar" || !isWhole(schedule)) return { schedule: undefined, cron: null };
  const zone = findValue(node, "timezone");
  const timezone = zone?.kind === "scalar" ? zone : null;
  const found = checkScheduleValues(schedule, { cron, timezone });
  problems.push(...found);
  return { schedule: hasErrors(found) ? undefined : schedule, cron };
}

function isWhole(schedule: Partial<Schedule> | undefined): schedule is Schedule {
  return scheduleKeys.every((key) => schedule?.[key] !== undefined);
}

/** The place of a file's first key. */
export function locateStart(root: YamlMap): Span {
  const first = root.entries[0]?.key.at;
  return first ?? { ...root.at, end: root.at.start + 1 };
}
