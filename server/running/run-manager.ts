/** Drives runs for the server and the CLI: start, answer, resume, cancel; one drive per run, all stopped together. */
import { toInstant } from "../../engine/host/clock.ts";
import type { Answer } from "../../engine/step/context.ts";
import type { Step } from "../../engine/step/step.ts";
import type { Hint } from "../../engine/host/hint.ts";
import { keepBug } from "../../engine/host/bug-report.ts";
import { requireRow, RunBlocked } from "../../engine/host/errors.ts";
import { isTaken } from "../../engine/journal/fences.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { excludeItems } from "../../engine/run/exclude.ts";
import { hurryWaiting, type Reopened, reopenItems } from "../../engine/run/reopen.ts";
import type { DriveOptions } from "../../engine/run/runner.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import type { CommandResult, ExcludeRequest, ResumeRequest } from "../web/requests.ts";
import { cancelForGood } from "./held-files.ts";
import type { WritingInstallation } from "../installation.ts";
import { parseSpecSteps } from "../history/run-spec.ts";
import { openTwinSearch } from "./twin-items.ts";
import { endedRunStates } from "../../engine/journal/states.ts";

export interface RunManager {
  /** Drives the run in the background until it rests. `onMore`: another run would find something to load. */
  begin(runId: string, onMore?: () => void): void;
  answer(runId: string, answer: Answer): Promise<CommandResult>;
  resume(runId: string, request: ResumeRequest): Promise<CommandResult>;
  /** `reason`: why, as a person wrote it. */
  cancel(runId: string, reason?: string): Promise<CommandResult>;
  /** Takes verbali out before they are sent; `by` and `reason` stand beside each. */
  exclude(runId: string, request: ExcludeRequest): Promise<CommandResult>;
  /** Takes up what a dead or stopped process left: interrupted, queued and waiting runs. Resolves with their ids. */
  takeUp(): Promise<readonly string[]>;
  /** Stops every drive at its next commit and waits for them. */
  stop(): Promise<void>;
}

type OnRest = (runId: string) => Promise<void>;

/** A manager over one writing installation; waiting runs are waited for in memory. `onRest`: what is done once a run rests. */
export function createRunManager(installation: WritingInstallation, onRest?: OnRest): RunManager {
  const { journal, clock } = installation;
  const drives = createDrives(installation, onRest);
  const holdStill = createHold(drives);
  let isStopping = false;

  return {
    begin: (runId, onMore) => drives.begin(runId, onMore === undefined ? {} : { onMore }),
    async answer(runId, answer) {
      if (isStopping) return refuse("Il programma si sta fermando.");
      const [ask] = await journal.listAsks(runId);
      if (ask === undefined || ask.kind !== answer.kind || drives.has(runId))
        return refuse("Il flusso non aspetta questa risposta.");
      if (ask.deadline < toInstant(clock.now())) {
        await journal.closeAsk(runId, ask.step);
        drives.begin(runId);
        return refuse(
          "Il tempo per rispondere era scaduto.",
          "La richiesta viene rifatta ora: rispondere di nuovo.",
        );
      }
      drives.begin(runId, { answers: new Map([[ask.step, answer]]) });
      return { status: "accepted" };
    },
    resume: (runId, request) =>
      holdStill(runId, async () => {
        if (isStopping) return refuse("Il programma si sta fermando.");
        const run = await journal.readRun(runId);
        if (run === null) return refuse("Il flusso non esiste.");
        const reopened = await reopenRun(installation, run, request);
        if ("reason" in reopened) return refuse(reopened.reason, reopened.hint);
        drives.begin(runId);
        return { status: "accepted" };
      }),
    cancel: (runId, reason) => cancelOnce(installation, holdStill, { runId, reason }),
    exclude: (runId, request) =>
      holdStill(runId, async () => {
        const result = await excludeChosen(installation, runId, request);
        // What was stopped for it goes on; a question to a person is asked anew, of those that are left.
        if (result.status === "accepted" && !isStopping) drives.begin(runId);
        return result;
      }),
    async takeUp() {
      const runs = await journal.listRuns({
        states: ["running", "queued", "waiting"],
        limit: 1_000,
      });
      const ids = runs.map((run) => run.id).toReversed();
      for (const id of ids) drives.begin(id);
      return ids;
    },
    async stop() {
      isStopping = true;
      await drives.haltAll();
    },
  };
}

type HoldStill = (runId: string, work: () => Promise<CommandResult>) => Promise<CommandResult>;

/**
 * Does something to a run that nobody drives meanwhile, one command after the other; a run that was under way goes on where
 * nothing came of it: the second press of a button.
 */
function createHold(drives: Drives): HoldStill {
  const turns = new Map<string, Promise<unknown>>();
  async function hold(runId: string, work: () => Promise<CommandResult>): Promise<CommandResult> {
    const wasDriven = drives.has(runId);
    await drives.halt(runId);
    let isDone = false;
    try {
      const result = await work();
      isDone = result.status === "accepted";
      return result;
    } finally {
      if (wasDriven && !isDone) drives.begin(runId);
    }
  }
  return async (runId, work) => {
    const before = turns.get(runId) ?? Promise.resolve();
    const turn = before.then(
      () => hold(runId, work),
      () => hold(runId, work),
    );
    turns.set(runId, turn);
    try {
      return await turn;
    } finally {
      if (turns.get(runId) === turn) turns.delete(runId);
    }
  };
}

/** A run whose state could not be written is tried again this often. */
const heldUpMs = 60_000;

/** The drives that are under way in this process. */
interface Drives {
  /** Does nothing when the run is being driven already, or when all were halted: it stays in the journal for the next start. */
  begin(runId: string, options?: Pick<DriveOptions, "answers" | "onMore">): void;
  has(runId: string): boolean;
  /** Stops the drive at its next commit and waits for it; nothing when there is none. */
  halt(runId: string): Promise<void>;
  haltAll(): Promise<void>;
}

export function createDrives(
  installation: Pick<WritingInstallation, "runner" | "log" | "reportBug" | "clock">,
  onRest: OnRest = () => Promise.resolve(),
): Drives {
  const drives = new Map<
    string,
    { readonly controller: AbortController; readonly done: Promise<unknown> }
  >();

  let isHalted = false;

  async function halt(runId: string): Promise<void> {
    const drive = drives.get(runId);
    drive?.controller.abort();
    await drive?.done;
  }

  type Begun = Pick<DriveOptions, "answers" | "onMore">;

  function begin(runId: string, options: Begun = {}): void {
    // Two people may ask for the same thing at once: the drive under way serves both.
    if (isHalted || drives.has(runId)) return;
    const controller = new AbortController();
    let isAgain = false;
    const done = installation.runner
      .drive(runId, {
        stop: controller.signal,
        waitUntil: Number.POSITIVE_INFINITY,
        isResumedAtStart: true,
        ...options,
      })
      .then(() => onRest(runId))
      .catch(async (error: unknown) => {
        if (isTaken(error)) installation.log.warn("drive given up", { runId });
        else if (error instanceof RunBlocked) {
          // Its state could not be written, as the disk is full: what it has done stands, and it goes on when there is room.
          installation.log.warn("drive held up", { runId, code: error.code });
          await installation.clock.sleep(heldUpMs, controller.signal);
          isAgain = !controller.signal.aborted;
        } else keepBug(installation, "drive failed", error, { run: runId });
      })
      .finally(() => {
        drives.delete(runId);
        // An answer is given once.
        if (isAgain) begin(runId, options.onMore === undefined ? {} : { onMore: options.onMore });
      });
    drives.set(runId, { controller, done });
  }

  return {
    begin,
    has: (runId) => drives.has(runId),
    halt,
    async haltAll() {
      isHalted = true;
      await Promise.all([...drives.keys()].map(halt));
    },
  };
}

/** Why a run does not go on; `reason` is Italian. */
export interface Refusal {
  readonly reason: string;
  readonly hint?: Hint;
}

/** Prepares a run at rest for another drive; a refusal says why nothing can go on. */
export async function reopenRun(
  installation: WritingInstallation,
  run: Run,
  request: ResumeRequest,
): Promise<Reopened | Refusal> {
  const { journal, clock } = installation;
  if (run.state === "cancelled")
    return { reason: "Il flusso è stato annullato: non si può riprendere." };
  if (request.only === undefined) {
    const { pending, waiting } = run.counts;
    if (run.isLoaded && pending + waiting === 0 && endedRunStates.includes(run.state))
      return {
        reason: "Il flusso è concluso: non c'è nulla da riprendere.",
        hint: { action: "resume", only: "rejected", first: "Per ritentare gli scarti:" },
      };
    await hurryWaiting(journal, run.id, clock.now());
    return { taken: pending + waiting, left: [] };
  }
  const [first] = parseSpecSteps(await journal.readSpec(run.id));
  const source = requireStep(installation.registry, requireRow(first, "source").uses);
  const reopened = await reopenItems(journal, run, {
    only: request.only,
    ...(request.only === "failed" && { leave: await openTwinSearch(journal, run) }),
    ...(request.items === undefined ? {} : { items: request.items }),
    ...(request.decision === undefined ? {} : { decision: request.decision }),
    ...(request.fields === undefined ? {} : { fields: request.fields }),
    sourceFields: Object.keys(source.adds.properties),
  });
  if (reopened.taken > 0) return reopened;
  const why = reopened.left.slice(0, 10).map(({ key, reason }) => `${key}: ${reason}`);
  return { reason: why.length === 0 ? "Nessun verbale in quello stato." : why.join(" ") };
}

function requireStep(registry: StepRegistry, uses: string): Step {
  return requireRow(registry.get(uses), `step ${uses}`).step;
}

async function cancelOnce(
  installation: WritingInstallation,
  holdStill: HoldStill,
  { runId, reason }: { readonly runId: string; readonly reason: string | undefined },
): Promise<CommandResult> {
  const { journal } = installation;
  const run = await journal.readRun(runId);
  if (run === null) return refuse("Il flusso non esiste.");
  if (endedRunStates.includes(run.state)) return refuse("Il flusso è già concluso.");
  return await holdStill(runId, async () => {
    await cancelForGood(installation, runId);
    if (reason !== undefined)
      await journal.patchRun(runId, { code: null, reason: `Annullato: ${reason}`, hint: null });
    return { status: "accepted" };
  });
}

async function excludeChosen(
  { journal }: WritingInstallation,
  runId: string,
  { items, by, reason }: ExcludeRequest,
): Promise<CommandResult> {
  const run = await journal.readRun(runId);
  if (run === null) return refuse("Il flusso non esiste.");
  if (endedRunStates.includes(run.state)) return refuse("Il flusso è già concluso.");
  if (run.state === "blocked") return refuse("Il flusso è fermo: farlo prima riprendere.");
  const note = `Escluso da ${by}: ${reason}`;
  const { taken, left } = await excludeItems(journal, run, { keys: items, note });
  return taken === 0 ? refuse(explainLeft(left)) : { status: "accepted" };
}

function explainLeft(left: readonly { readonly key: string; readonly reason: string }[]): string {
  const [first] = left;
  if (first === undefined) return "Nessun verbale scelto è nel flusso.";
  return `Nessuno degli scelti si può escludere. ${first.key} ${first.reason}`;
}

function refuse(reason: string, hint?: Hint): CommandResult {
  return { status: "refused", reason, ...(hint === undefined ? {} : { hint }) };
}
