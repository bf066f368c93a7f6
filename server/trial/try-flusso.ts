/** Tries a flusso: everything that a run does up to its first effect, and what it would do then. */
import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import { RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import { computeDigest } from "../../engine/journal/digest.ts";
import type { Step } from "../../engine/step/step.ts";
import { assertReady } from "../../integrations/build.ts";
import { toEnteSettings } from "../../integrations/services.ts";
import { createMemoryArtifacts } from "../ente/preview.ts";
import { collectDemands, openSecrets } from "../installation.ts";
import { estimateCost } from "./cost.ts";
import { judgeByLedger } from "./history.ts";
import { openReadOnly } from "./read-only.ts";
import type { TrialRequest } from "./request.ts";
import {
  countPositions,
  noteLines,
  pickRows,
  readTrialRows,
  readVerbale,
  type Row,
} from "./rows.ts";
import { toBlocker, type Trial, type TrialBlocker, type TrialItem } from "./trial.ts";
import {
  buildTrialContext,
  isTried,
  listDocuments,
  listWarnings,
  readOldPositions,
  type TrialStep,
  type TrialWorld,
  walkItem,
} from "./walk.ts";

/** Verbali side by side: the drawing threads are kept busy. */
const sideBySide = 16;

/** The payment system is asked after so many old positions; more would take its limit of calls. */
const mostAsked = 200;

/** Nothing is written but what `keepFile` writes. Throws bugs of a source. */
export async function tryFlusso(request: TrialRequest): Promise<Trial> {
  const { installation, pipeline, journal } = request;
  const settings = toEnteSettings(pipeline.settings);
  const { services, outside } = openReadOnly(installation, settings, journal);
  const steps = bindSteps(request);
  const blockers: TrialBlocker[] = outside === true ? [] : [toBlocker(outside)];
  const lines = new Map<string, number>();
  const world: TrialWorld = {
    ente: pipeline.ente,
    services: { ...services, flusso: noteLines(services.flusso, lines) },
    clock: installation.clock,
    log: installation.log,
    signal: new AbortController().signal,
    artifacts: createMemoryArtifacts(),
    holders: (names) =>
      journal?.findHolders(pipeline.ente, names) ?? Promise.resolve(new Map<string, never>()),
    asksOutside: outside === true,
  };
  await prepareTrial(world, steps, { request, blockers });
  const trial = {
    pipeline: pipeline.name,
    ente: pipeline.ente,
    file: basename(request.path),
    untried: steps.slice(1).flatMap(({ entry, step }) => (isTried(step) ? [] : [entry.uses])),
    outside: outside === true ? true : outside.message,
    blockers,
  } as const;
  const read = await readTrialRows(world, steps, request);
  if ("refusal" in read) return { ...trial, ...read, total: 0, items: [], folder: null };
  const walker = { request, steps: steps.slice(1), lines, blockers };
  const items = await tryRows(world, walker, pickRows(read.rows, request));
  const hasFiles = items.some(({ files }) => files.length > 0);
  return {
    ...trial,
    total: read.rows.length,
    items,
    refusal: null,
    notes: read.notes,
    folder: hasFiles ? request.folder : null,
  };
}

/** What a run asks before its first verbale; each thing that is missing is a blocker. */
async function prepareTrial(
  world: TrialWorld,
  steps: readonly TrialStep[],
  { request, blockers }: Pick<Walker, "request" | "blockers">,
): Promise<void> {
  const { installation, pipeline } = request;
  const settings = toEnteSettings(pipeline.settings);
  await tryBlocking(blockers, async () => {
    if (!world.asksOutside) return;
    await assertReady(settings, world.services, {
      demands: collectDemands(pipeline, installation.registry),
      secrets: openSecrets(installation, settings),
    });
  });
  for (const one of steps.filter(({ step }) => isTried(step)))
    await tryBlocking(
      blockers,
      async () => await one.step.prepare?.(buildTrialContext(world, one)),
    );
}

async function tryRows(
  shared: TrialWorld,
  walker: Walker,
  rows: readonly Row[],
): Promise<readonly TrialItem[]> {
  const asksOutside = shared.asksOutside && countPositions(rows) <= mostAsked;
  const items: TrialItem[] = [];
  for (let start = 0; start < rows.length; start += sideBySide) {
    const some = rows.slice(start, start + sideBySide);
    const isDrawn = start < (walker.request.mostDrawn ?? Number.POSITIVE_INFINITY);
    const steps = isDrawn ? walker.steps : walker.steps.filter(({ step }) => !isDrawing(step));
    const own = { ...walker, steps };
    items.push(
      ...(await Promise.all(some.map((row) => tryRow({ ...shared, asksOutside }, own, row)))),
    );
    // A server has other things to do meanwhile.
    await setImmediate();
  }
  return items;
}

function isDrawing({ adds }: Step): boolean {
  return "documents" in adds.properties;
}

function bindSteps({ installation, pipeline }: TrialRequest): readonly TrialStep[] {
  return pipeline.steps.map((entry) => {
    const step = installation.registry.get(entry.uses)?.step;
    if (step === undefined) throw new Error(`no such step: ${entry.uses}`);
    return { entry, step };
  });
}

/** What would stop the run is told, each once, and the trial goes on. */
async function tryBlocking(blockers: TrialBlocker[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof RunBlocked) && !(error instanceof RetryLater)) throw error;
    addBlocker(blockers, error);
  }
}

function addBlocker(blockers: TrialBlocker[], error: RunBlocked | RetryLater): void {
  const blocker = toBlocker(error);
  const isKnown = blockers.some(
    ({ code, message }) => code === blocker.code && message === blocker.message,
  );
  if (!isKnown) blockers.push(blocker);
}

interface Walker {
  readonly request: TrialRequest;
  readonly steps: readonly TrialStep[];
  readonly lines: ReadonlyMap<string, number>;
  readonly blockers: TrialBlocker[];
}

async function tryRow(shared: TrialWorld, walker: Walker, row: Row): Promise<TrialItem> {
  // What it draws is gone with it.
  const world = { ...shared, artifacts: createMemoryArtifacts() };
  const nothing = { warnings: [], cancels: [], creates: [], cost: null, files: [] } as const;
  const place = { key: row.key, line: walker.lines.get(row.key) ?? null };
  if ("rejected" in row) {
    const { code, finding, hint = null } = row.rejected;
    return { ...place, ...nothing, state: "rejected", code, note: finding, hint };
  }
  const { journal, pipeline } = walker.request;
  const walked = await walkOrBlock(world, walker, row);
  const warnings = listWarnings(walked.data);
  if (walked.end !== "through") {
    const { end: state, code, note, hint } = walked;
    return { ...place, ...nothing, warnings, state, code, note, hint };
  }
  const digest = computeDigest(row.identity ?? row.fields);
  const before = await judgeByLedger(journal, { ente: pipeline.ente, key: row.key, digest });
  if (before !== null) return { ...place, ...nothing, warnings, ...before };
  const files: string[] = [];
  for (const { name, sha256 } of listDocuments(walked.data)) {
    const path = await walker.request.keepFile(name, await world.artifacts.read(sha256));
    if (path !== null) files.push(path);
  }
  const verbale = readVerbale(walked.data);
  const cancels = verbale === undefined ? [] : await readOldPositions(world, verbale);
  const paid = cancels.find(({ state }) => state === "paid" || state === "partially-paid");
  if (paid !== undefined)
    return { ...place, ...nothing, warnings, cancels, files, ...paidVerdict(paid) };
  return {
    ...place,
    state: "ready",
    code: null,
    note: null,
    hint: null,
    warnings,
    cancels,
    creates: listAmounts(walked.data),
    cost: verbale === undefined ? null : estimateCost(verbale, world.services.ente),
    files,
  };
}

/** What would stop every verbale is told once, and this one has no verdict. */
async function walkOrBlock(
  world: TrialWorld,
  { steps, blockers, request }: Walker,
  row: Extract<Row, { readonly fields: unknown }>,
): ReturnType<typeof walkItem> {
  try {
    const walked = await walkItem(world, steps, row);
    if (walked.end !== "failed") return walked;
    const doing = `prova di ${request.pipeline.name}`;
    const report = request.installation.reportBug(walked.bug, { doing });
    return {
      ...walked,
      code: "UNEXPECTED",
      note: `Errore imprevisto di un passo${report === null ? "" : `: ${report}`}.`,
    };
  } catch (error) {
    if (!(error instanceof RunBlocked)) throw error;
    addBlocker(blockers, error);
    const { code, finding: note, hint = null } = error;
    return { end: "later", code, note, hint, bug: null, data: row.fields, ran: [] };
  }
}

function paidVerdict({ name, state }: { readonly name: string; readonly state: unknown }) {
  const isWhole = state === "paid";
  return {
    state: "rejected",
    code: isWhole ? "ALREADY_PAID" : "PARTIALLY_PAID",
    note: `La posizione ${name} risulta ${isWhole ? "già pagata" : "pagata in parte"}: il verbale sarebbe scartato.`,
    hint: "Controllare il pagamento: un verbale pagato non si notifica.",
  } as const;
}

function listAmounts({ payment }: Readonly<Record<string, unknown>>): readonly number[] {
  const { options = [] } = (payment ?? {}) as { options?: readonly { amountCents: number }[] };
  return options.map(({ amountCents }) => amountCents);
}
