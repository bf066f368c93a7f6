/** What was found beside what a test expects. */
import type { Run } from "../../engine/journal/runs.ts";
import { type FactItem, type Facts, findFact } from "./facts.ts";
import type { Expect, ExpectedVerbale } from "./language/test-expect.ts";

/** An expectation that does not hold; texts are as people read them. */
export interface Mismatch {
  /** Keys below `expect`. */
  readonly keys: readonly string[];
  readonly expected: string;
  readonly got: string;
}

const none = "nulla";

/** Every expectation that does not hold. */
export function compareFacts(
  expect: Expect,
  facts: Facts,
  toExitCode: (run: Run) => number,
): readonly Mismatch[] {
  const { run, asks, send, positions } = facts;
  const found = new Findings();
  found.same(["state"], expect.state, run.state);
  found.same(["exit"], expect.exit, toExitCode(run));
  found.same(["code"], expect.code, run.code ?? "");
  found.part(["reason"], expect.reason, run.reason);
  found.part(["note"], expect.note, run.note);
  found.same(["asks"], expect.asks, asks[0]?.kind ?? "nothing");
  for (const [name, count] of Object.entries(expect.counts ?? {}))
    found.same(["counts", name], count, run.counts[name as keyof typeof run.counts]);
  for (const [key, wanted] of Object.entries(expect.verbali ?? {}))
    compareItem(found, wanted, findFact(facts.items, key), key);
  for (const [index, pattern] of (expect.files ?? []).entries())
    if (!facts.files.some((name) => new Bun.Glob(pattern).match(name)))
      found.add(["files", String(index)], pattern, facts.files.join(", ") || none);
  found.same(["send", "accepted"], expect.send?.accepted, send.accepted);
  found.same(["send", "refused"], expect.send?.refused, send.refused);
  found.same(["send", "repeated"], expect.send?.repeated, send.repeated);
  for (const [protocol, status] of Object.entries(expect.send?.requests ?? {})) {
    // A verbale that was refused and sent again has more than one: the newest counts.
    const newest = send.requests.findLast((request) => request.protocol === protocol);
    found.same(["send", "requests", protocol], status, newest?.status ?? none);
  }
  const count = (states: readonly string[]): number =>
    positions.filter(({ status }) => states.includes(status)).length;
  found.same(["payments", "open"], expect.payments?.open, count(openStates));
  found.same(["payments", "closed"], expect.payments?.closed, count(closedStates));
  found.same(["payments", "paid"], expect.payments?.paid, count(paidStates));
  for (const [name, status] of Object.entries(expect.payments?.positions ?? {})) {
    const position = positions.find((one) => one.name === name);
    found.same(["payments", "positions", name], status, position?.status ?? none);
  }
  for (const [system, wanted] of Object.entries(expect.calls ?? {}))
    found.same(["calls", system], wanted, facts.calls.get(system as never) ?? 0);
  return found.list;
}

/** Of GPD and GovPay. */
const openStates = ["VALID", "PUBLISHED", "NON_ESEGUITA"];
const closedStates = ["INVALID", "EXPIRED", "ANNULLATA", "SCADUTA"];
const paidStates = ["PAID", "REPORTED", "PARTIALLY_PAID", "ESEGUITA"];

function compareItem(
  found: Findings,
  wanted: ExpectedVerbale,
  item: FactItem | undefined,
  key: string,
): void {
  const keys = ["verbali", key];
  if (item === undefined) {
    found.add(keys, "il verbale nel flusso", none);
    return;
  }
  found.same([...keys, "state"], wanted.state, item.state);
  found.same([...keys, "code"], wanted.code, item.code ?? "");
  found.part([...keys, "note"], wanted.note, item.note);
  found.part([...keys, "warning"], wanted.warning, item.warnings.join(" "));
  found.same([...keys, "step"], wanted.step, item.step?.id ?? "");
  found.same([...keys, "iun"], wanted.iun, item.iun !== null);
  for (const [path, value] of Object.entries(wanted.fields ?? {}))
    found.same([...keys, "fields", path], value, formatValue(findField(item.data, path)));
}

function findField(data: unknown, path: string): unknown {
  let value = data;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

function formatValue(value: unknown): string {
  if (value === undefined) return none;
  return typeof value === "string" ? value : JSON.stringify(value);
}

class Findings {
  readonly list: Mismatch[] = [];

  add(keys: readonly string[], expected: string, got: string): void {
    this.list.push({ keys, expected, got });
  }

  /** Nothing is compared where nothing is expected. */
  same(
    keys: readonly string[],
    expected: string | number | boolean | undefined,
    got: unknown,
  ): void {
    if (expected === undefined || expected === got) return;
    this.add(keys, show(expected), show(got));
  }

  /** The text has it somewhere. */
  part(keys: readonly string[], expected: string | undefined, got: string | null): void {
    if (expected === undefined || (got ?? "").includes(expected)) return;
    this.add(keys, `un testo con «${expected}»`, got === null || got === "" ? none : `«${got}»`);
  }
}

function show(value: unknown): string {
  if (value === "" || value === undefined || value === null) return none;
  if (typeof value === "boolean") return value ? "sì" : "no";
  return typeof value === "string" ? value : JSON.stringify(value);
}
