/** How a drive of a run ends: the state, and the reason that the operator reads beside it. */
import { type BugKeeping, buildBugHint, keepBug, nameBug } from "../host/bug-report.ts";
import type { Hint } from "../host/hint.ts";
import { PipelineError, requireRow, RunBlocked } from "../host/errors.ts";
import type { RunScope } from "./run-scope.ts";
import type { RunState } from "../journal/states.ts";

/** A resting state and its reason, as the run's row shows them. */
export interface RunVerdict {
  readonly state: RunState;
  readonly code: string | null;
  readonly reason: string | null;
  readonly hint: Hint | null;
}

/** Nothing to say: the run goes on, or came to a good end. */
const plain = { code: null, reason: null, hint: null };

/** At work, without a reason to tell. */
export const running: RunVerdict = { state: "running", ...plain };

/** Every item is through all steps, or left the flow. Throws when one is left over. */
export async function judgeEnd(scope: RunScope): Promise<RunVerdict> {
  const { counts, firstCode, firstNote } = requireRow(
    await scope.journal.readRun(scope.run.id),
    "run",
  );
  if (counts.pending + counts.waiting > 0)
    throw new Error(
      `${counts.pending + counts.waiting} items are left over at the end of run ${scope.run.id}`,
    );
  if (counts.inDoubt > 0)
    return {
      state: "waiting-for-person",
      code: "IN_DOUBT",
      reason: `Per ${counts.inDoubt === 1 ? "1 verbale" : `${counts.inDoubt} verbali`} non si sa se l'operazione sia avvenuta.`,
      hint: { action: "resume", only: "in-doubt", first: "Verificare presso il servizio." },
    };
  if (counts.failed > 0)
    return {
      state: "failed",
      code: firstCode,
      reason: firstNote,
      hint: (await findBugHint(scope, firstCode)) ?? {
        action: "resume",
        only: "failed",
        first: "Correggere la causa.",
      },
    };
  const [away] = scope.away.values();
  return {
    state: counts.rejected > 0 ? "completed-with-rejections" : "completed",
    ...(away === undefined ? plain : describeAway(away)),
  };
}

/** The rest is done; what needs the other side is done by a later run. */
function describeAway({ code, message, hint }: RunBlocked): Omit<RunVerdict, "state"> {
  const reason = `${message} Ciò che ne ha bisogno attende il prossimo flusso; il resto è fatto.`;
  if (typeof hint !== "object") return { code, reason, hint: hint ?? null };
  const { setting, first } = hint;
  // There is nothing to resume: the next run asks again by itself.
  const rest =
    setting === undefined ? (first ?? null) : { ...hint, action: "ask-technician" as const };
  return { code, reason, hint: rest };
}

/** What is to be done about a bug stands beside the items that met it. */
async function findBugHint(scope: RunScope, firstCode: string | null): Promise<Hint | null> {
  if (firstCode !== "UNEXPECTED") return null;
  const [item] = await scope.journal.listItems(scope.run.id, { states: ["failed"], limit: 1 });
  return item?.hint ?? null;
}

/** The run takes up no more work: it is blocked, or was asked to stop. */
export function judgeStop(scope: RunScope): RunVerdict {
  if (scope.blocked !== null) return toVerdict("blocked", scope.blocked);
  if (scope.isResumedAtStart) return running;
  return {
    state: "blocked",
    code: "STOPPED",
    reason:
      "Il flusso è stato fermato su richiesta; ciò che era in corso è stato concluso e registrato.",
    hint: { action: "resume" },
  };
}

/** What was thrown out of the drive; a bug is kept here. */
export function judgeError(error: unknown, keeping: BugKeeping, runId: string): RunVerdict {
  if (error instanceof RunBlocked) return toVerdict("blocked", error);
  if (error instanceof PipelineError) return toVerdict("failed", error);
  const report = keepBug(keeping, "run failed", error, { run: runId });
  return {
    state: "blocked",
    code: "UNEXPECTED",
    reason: `Errore imprevisto (${nameBug(error)}).`,
    hint: buildBugHint(report),
  };
}

function toVerdict(state: RunState, error: RunBlocked | PipelineError): RunVerdict {
  return { state, code: error.code, reason: error.message, hint: error.hint ?? null };
}
