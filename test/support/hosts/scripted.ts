/** A pipeline of scripted steps for tests of several hosts: each call leaves a line in a file that all hosts write. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { Type } from "typebox";
import { systemClock } from "../../../engine/host/clock.ts";
import { createStepMakers, type Step } from "../../../engine/step/step.ts";
import type { ResolvedStep } from "../../../engine/step/resolved-step.ts";

const open = Type.Object({});
const { sourceStep, pureStep, effectStep, groupStep } = createStepMakers<object>();

/** What a step was called for, and by which process. */
export interface Line {
  readonly step: string;
  readonly key: string;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export function readLines(path: string): readonly Line[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** `count` items with keys from `first` on, through «mark», «send» (keyed; the outside is the file) and the group step «join». `slowMs`: how long each call takes. */
export function describePipeline(
  ente: string,
  count: number,
  { slowMs = 0, first = 1, steps = ["mark", "send", "join", "last"] } = {},
): string {
  const entries = [
    buildEntry("rows", { count, first }),
    ...steps.map((name) => buildEntry(name, { slowMs })),
  ];
  return JSON.stringify({ ente, steps: entries });
}

function buildEntry(uses: string, settings: object): ResolvedStep {
  return {
    id: uses,
    uses,
    with: settings,
    retry: { times: 3, waitMs: 200, maxWaitMs: 1_000 },
    concurrency: 4,
    timeoutMs: null,
    withinMs: null,
    approval: false,
  } as ResolvedStep;
}

/** The steps, over the file. */
export function buildScriptedSteps(path: string): Readonly<Record<string, Step>> {
  async function note(step: string, key: string, slowMs: unknown): Promise<void> {
    const line: Line = { step, key, pid: process.pid, at: systemClock.now() };
    appendFileSync(path, `${JSON.stringify(line)}\n`);
    if (typeof slowMs === "number" && slowMs > 0) await systemClock.sleep(slowMs);
  }
  const shared = { config: open, reads: open, adds: open, examples: [] };
  const pure = (name: string): Step =>
    pureStep({
      summary: name,
      ...shared,
      run: async (item, { config }) => {
        await note(name, item.key, (config as { slowMs?: number }).slowMs);
        return {};
      },
    });
  return {
    rows: sourceStep({
      summary: "rows",
      config: open,
      adds: open,
      examples: [],
      async *run({ config }) {
        const { count, first } = config as { count: number; first: number };
        await note("rows", String(count), 0);
        for (let index = 0; index < count; index += 1)
          yield { key: `v${String(first + index).padStart(6, "0")}`, fields: {} };
      },
    }),
    mark: pure("mark"),
    last: pure("last"),
    idle: pureStep({ summary: "idle", ...shared, run: () => ({}) }),
    idler: pureStep({ summary: "idler", ...shared, run: () => ({}) }),
    idlest: pureStep({ summary: "idlest", ...shared, run: () => ({}) }),
    send: effectStep({
      summary: "send",
      effect: "keyed",
      ...shared,
      holds: (item) => [`name-of-${item.key}`],
      run: async (item, { config }) => {
        await note("send", item.key, (config as { slowMs?: number }).slowMs);
        return {};
      },
      // What stands in the file has happened.
      reconcile: async (item) =>
        readLines(path).some(({ step, key }) => step === "send" && key === item.key)
          ? { status: "done", fields: {} }
          : { status: "not-done" },
    }),
    join: groupStep({
      summary: "join",
      effect: "pure",
      ...shared,
      async *run(items) {
        await note("join", String(items.length), 0);
        for (const item of items) yield { item, status: "done", fields: {} };
      },
      reconcile: async () => ({ status: "not-done" }),
    }),
  };
}
