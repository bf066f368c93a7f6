/** The rules that look at a whole pipeline. */
import { buildProblem, type Problem } from "../yaml/diagnostics.ts";
import { formatYamlDuration } from "../yaml/duration.ts";
import type { Assembled } from "../pipeline/assemble.ts";
import { findEntry, findValue, type YamlEntry, type YamlMap } from "../yaml/yaml.ts";
import { findNextDue } from "../../engine/schedule/due-times.ts";
import type { AssembledStep } from "../pipeline/resolved.ts";

export interface RuleInput {
  readonly root: YamlMap;
  readonly assembled: Assembled;
  /** For P022; `null`: leave it out. */
  readonly nowMs: number | null;
}

/** What there is to say about a pipeline besides what forbids to run it. */
export function* checkRules(input: RuleInput): Generator<Problem> {
  for (const step of input.assembled.steps) {
    yield* checkRetryOnOnce(step);
    yield* checkRetryTime(step);
    yield* checkIdleTimes(step);
  }
  yield* checkParameters(input);
  yield* describeNextRuns(input);
}

function* checkRetryOnOnce({ node, registered, resolved }: AssembledStep): Generator<Problem> {
  const retry = findEntry(node, "retry");
  if (retry === undefined || registered?.step.effect !== "once") return;
  const times = findValue(retry.value, "times");
  if (times?.kind === "scalar" && times.text === "0") return;
  yield buildProblem(retry.key.at, {
    code: "P030",
    message: `"${resolved.id}" produce un effetto una volta sola: non può avere nuovi tentativi automatici`,
    why: "dopo un errore dubbio si chiede a una persona",
    remedy: "togli retry",
  });
}

/** The waits alone (30s, 1m, 2m, … up to maxWait) must fit into `within`. */
function* checkRetryTime({ node, resolved }: AssembledStep): Generator<Problem> {
  const within = findEntry(node, "within");
  const { id, withinMs, retry } = resolved;
  if (within === undefined || withinMs === null || findEntry(node, "retry") === undefined) return;
  let waitsMs = 0;
  for (let tried = 0; tried < retry.times && waitsMs <= withinMs; tried++)
    waitsMs += Math.min(retry.maxWaitMs, retry.waitMs * 2 ** tried);
  if (waitsMs <= withinMs) return;
  yield buildProblem(within.key.at, {
    code: "P032",
    severity: "warning",
    message: `"${id}": i ${retry.times} nuovi tentativi non stanno in ${formatYamlDuration(withinMs)}`,
    why: "le sole attese durano di più",
    remedy: "alza within, oppure abbassa retry.times o retry.maxWait",
  });
}

/** Times that are allowed and do something else than they seem to say. */
function* checkIdleTimes({ node, resolved }: AssembledStep): Generator<Problem> {
  const { id, withinMs, retry } = resolved;
  const retryNode = findValue(node, "retry");
  const found: { key: YamlEntry | undefined; message: string; remedy: string }[] = [];
  if (withinMs === 0)
    found.push({
      key: findEntry(node, "within"),
      message: "con within: 0s rinuncia al primo errore passeggero o alla prima attesa",
      remedy: "togli within, oppure indica quanto può durare: within: 24h",
    });
  const wait = findEntry(retryNode, "wait");
  const maxWait = findEntry(retryNode, "maxWait");
  // Where there is a `within`, the waits count and the number does not.
  if (retry.times === 0 && withinMs === null && (wait ?? maxWait) !== undefined)
    found.push({
      key: wait ?? maxWait,
      message: "con times: 0 non riprova mai, e l'attesa non serve",
      remedy: "indica quante volte: times: 5, oppure togli le attese",
    });
  else if (retry.times > 0 && Math.min(retry.waitMs, retry.maxWaitMs) === 0)
    found.push({
      key: retry.waitMs === 0 ? wait : maxWait,
      message: `riprova ${retry.times} volte di seguito, senza attendere`,
      remedy: "indica un'attesa: wait: 30s",
    });
  else if (retry.times > 0 && retry.maxWaitMs < retry.waitMs)
    found.push({
      key: maxWait ?? wait,
      message: `tra due tentativi attende ${formatYamlDuration(retry.maxWaitMs)}, non ${formatYamlDuration(retry.waitMs)}`,
      remedy: "maxWait non può essere meno di wait",
    });
  const fault = { code: "P034", severity: "warning" } as const;
  for (const { key, message, remedy } of found)
    if (key !== undefined)
      yield buildProblem(key.key.at, { ...fault, message: `"${id}": ${message}`, remedy });
}

function* checkParameters({ root, assembled }: RuleInput): Generator<Problem> {
  const declared = findValue(root, "params");
  for (const [name, param] of Object.entries(assembled.declaredParams)) {
    const at = findEntry(declared, name)?.key.at ?? root.at;
    const isNamed = root.at.source.text.includes(`params.${name}`);
    if (!assembled.usedParams.has(name) && !isNamed)
      yield buildProblem(at, {
        code: "P050",
        severity: "warning",
        message: `il parametro "${name}" non è usato da nessun passo`,
        remedy: `usalo come $(params.${name}), oppure toglilo`,
      });
    if (param.required && assembled.schedule != null && assembled.params[name] === undefined)
      yield buildProblem(at, {
        code: "P051",
        severity: "warning",
        message: `il parametro "${name}" è obbligatorio, ma l'avvio automatico non lo indica`,
        why: "all'ora prevista il flusso non partirebbe",
        remedy: "aggiungi default, oppure il valore nel file dell'ente (params)",
      });
  }
}

/** Of one moment: a hundred enti that change a pipeline keep its hour. */
let nextRuns: { readonly nowMs: number; readonly told: Map<string, string> } = {
  nowMs: Number.NaN,
  told: new Map(),
};

function* describeNextRuns({ assembled, nowMs }: RuleInput): Generator<Problem> {
  const { schedule, cron } = assembled;
  if (nowMs === null || schedule == null || cron === null) return;
  const { cron: expression, timezone } = schedule;
  if (nextRuns.nowMs !== nowMs) nextRuns = { nowMs, told: new Map() };
  const message = nextRuns.told.getOrInsertComputed(`${timezone} ${expression}`, () =>
    formatNextRuns(expression, timezone, nowMs),
  );
  yield buildProblem(cron.at, { code: "P022", severity: "info", message });
}

function formatNextRuns(expression: string, timezone: string, nowMs: number): string {
  const format = new Intl.DateTimeFormat("it-IT", {
    timeZone: timezone,
    weekday: "short",
    day: "2-digit",
    month: "2-digit",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
  const times: number[] = [];
  for (let at: number | null = nowMs; at !== null && times.length < 3;) {
    at = findNextDue(expression, timezone, at);
    if (at !== null) times.push(at);
  }
  return `prossime esecuzioni: ${times.map((time) => format.format(time)).join(" · ")}`;
}
