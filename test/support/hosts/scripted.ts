/** A pipeline of scripted steps for tests of dispatchers: each call leaves a line in a file that all hosts write. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { Type } from "typebox";
import { systemClock } from "../../../engine/host/clock.ts";
import { ItemRejected, RetryLater, RunBlocked } from "../../../engine/host/errors.ts";
import type { Limiter, Rate } from "../../../engine/host/limiter.ts";
import type { Item } from "../../../engine/step/item.ts";
import { createStepMakers, type Step } from "../../../engine/step/step.ts";
import type { ResolvedStep } from "../../../engine/step/resolved-step.ts";

const open = Type.Object({});
const { sourceStep, pureStep, effectStep, groupStep } = createStepMakers<{
  readonly limiter: Limiter;
}>();

/** What a step was called for, and by which process. */
export interface Line {
  readonly step: string;
  readonly key: string;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What the entry of a scripted step may say in `with:`. */
interface Settings {
  /** How long each call takes. */
  readonly slowMs?: number;
  /** Where it leaves its lines; default: the file of the process. */
  readonly file?: string;
  readonly count?: number;
  readonly first?: number;
  /** Tries that come too early, of `later`. */
  readonly times?: number;
  readonly afterMs?: number;
  /** Items whose key ends so are concerned; default all. */
  readonly ending?: string;
  readonly rate?: Rate;
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

/** The entry of a scripted step. */
export function buildEntry(
  uses: string,
  settings: Settings,
  entry: Partial<ResolvedStep> = {},
): ResolvedStep {
  return {
    id: uses,
    uses,
    with: settings,
    retry: { times: 3, waitMs: 200, maxWaitMs: 1_000 },
    concurrency: 4,
    timeoutMs: null,
    withinMs: null,
    approval: false,
    ...entry,
  } as ResolvedStep;
}

/** Whether what the steps of the story stumble over was mended, and its verdict has come. */
export function hasMark(file: string, mark: "mended" | "verdict"): boolean {
  return existsSync(`${file}.${mark}`);
}

interface Given {
  readonly config: unknown;
}

/** The steps, over the file. */
export function buildScriptedSteps(path: string): Readonly<Record<string, Step>> {
  const toFile = ({ config }: Given): string => (config as Settings).file ?? path;
  async function note(step: string, key: string, ctx: Given): Promise<void> {
    const line: Line = { step, key, pid: process.pid, at: systemClock.now() };
    appendFileSync(toFile(ctx), `${JSON.stringify(line)}\n`);
    const { slowMs = 0 } = ctx.config as Settings;
    if (slowMs > 0) await systemClock.sleep(slowMs);
  }
  const isConcerned = ({ key }: Item<unknown>, { config }: Given): boolean =>
    key.endsWith((config as Settings).ending ?? "");
  const shared = { config: open, reads: open, adds: open, examples: [] };
  const pure = (
    name: string,
    work: (item: Item<unknown>, ctx: Given) => void = () => {},
  ): Readonly<Record<string, Step>> => ({
    [name]: pureStep({
      summary: name,
      ...shared,
      run: async (item, ctx) => {
        await note(name, item.key, ctx);
        if (isConcerned(item, ctx)) work(item, ctx);
        return {};
      },
    }),
  });
  /** What stands in the file has happened. */
  const findDone = (name: string) => async (item: Item<unknown>, ctx: Given) =>
    readLines(toFile(ctx)).some(({ step, key }) => step === name && key === item.key)
      ? ({ status: "done", fields: {} } as const)
      : ({ status: "not-done" } as const);
  return {
    rows: sourceStep({
      summary: "rows",
      config: open,
      adds: open,
      examples: [],
      async *run(ctx) {
        const { count = 0, first = 1 } = ctx.config as Settings;
        await note("rows", String(count), { config: { ...ctx.config, slowMs: 0 } });
        for (let index = 0; index < count; index += 1)
          yield { key: `v${String(first + index).padStart(6, "0")}`, fields: {} };
      },
    }),
    ...pure("mark"),
    ...pure("last"),
    ...pure("later", (item, ctx) => {
      const { times = 1, afterMs } = ctx.config as Settings;
      const tries = readLines(toFile(ctx)).filter(
        ({ step, key }) => step === "later" && key === item.key,
      ).length;
      if (tries > times) return;
      throw new RetryLater("Non ancora.", afterMs === undefined ? {} : { afterMs });
    }),
    ...pure("verdict", (_item, ctx) => {
      if (!hasMark(toFile(ctx), "verdict"))
        throw new RetryLater("Il verdetto non è ancora arrivato.", { afterMs: 200 });
    }),
    ...pure("refuse", () => {
      throw new ItemRejected("POSITION_NOTIFIED", "Il verbale non va bene.");
    }),
    ...pure("fault", (item, ctx) => {
      if (!hasMark(toFile(ctx), "mended")) throw new Error(`a bug with ${item.key}`);
    }),
    ...pure("bug", () => {
      throw new Error("always the same bug");
    }),
    ...pure("block", (_item, ctx) => {
      if (!hasMark(toFile(ctx), "mended"))
        throw new RunBlocked("MISSING_SECRET", "Manca una chiave.");
    }),
    idle: pureStep({ summary: "idle", ...shared, run: () => ({}) }),
    idler: pureStep({ summary: "idler", ...shared, run: () => ({}) }),
    idlest: pureStep({ summary: "idlest", ...shared, run: () => ({}) }),
    send: effectStep({
      summary: "send",
      effect: "keyed",
      ...shared,
      holds: (item) => [`name-of-${item.key}`],
      run: async (item, ctx) => {
        await note("send", item.key, ctx);
        return {};
      },
      reconcile: findDone("send"),
    }),
    limited: effectStep({
      summary: "limited",
      effect: "keyed",
      needs: ["limiter"],
      ...shared,
      run: async (item, ctx) => {
        const { rate = { perSecond: 1, burst: 1 } } = ctx.config as Settings;
        await ctx.services.limiter.take(`key of ${ctx.runId}`, rate);
        await note("limited", item.key, ctx);
        return {};
      },
      reconcile: findDone("limited"),
    }),
    bulk: effectStep({
      summary: "bulk",
      effect: "keyed",
      ...shared,
      runMany: {
        atOnce: 1_000,
        async *run(items, ctx) {
          await note("bulk", `${items[0]?.key ?? ""} ${items.length}`, ctx);
          for (const item of items) yield { item, status: "done", fields: {} };
        },
      },
      reconcile: async () => ({ status: "not-done" }),
    }),
    join: groupStep({
      summary: "join",
      effect: "pure",
      ...shared,
      async *run(items, ctx) {
        await note("join", String(items.length), { config: { ...ctx.config, slowMs: 0 } });
        for (const item of items) yield { item, status: "done", fields: {} };
      },
      reconcile: async () => ({ status: "not-done" }),
    }),
    code: groupStep({
      summary: "code",
      effect: "pure",
      ...shared,
      async *run(items, ctx) {
        const { otp } = await ctx.ask({ kind: "otp", who: "Ada Fittizia", prompt: "Il codice." });
        await note("code", otp, ctx);
        for (const item of items) yield { item, status: "done", fields: {} };
      },
    }),
  };
}
