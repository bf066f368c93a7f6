/** What was done with a verbale, in the order of time: tries, what passed at once, and what people said. */
/** @jsxImportSource ../markup */
import { toEpochMs } from "../../../engine/host/clock.ts";
import type { AttemptRow, Decision } from "../../../engine/journal/items.ts";
import type { ItemView } from "../../history/item-view.ts";
import type { RunStep } from "../../history/run-spec.ts";
import { formatFileName, formatSeconds, formatTimeSpan } from "../../words/format.ts";
import { decisionWords, outcomeWords } from "../../words/words.ts";
import { Calls } from "./calls.tsx";

interface StoryProps {
  readonly item: ItemView;
  readonly attempts: readonly AttemptRow[];
  readonly decisions: readonly Decision[];
  readonly steps: readonly RunStep[];
}

export function Story({ item, attempts, decisions, steps }: StoryProps) {
  const told = [
    ...attempts.map((attempt) => ({ at: attempt.startedAt, entry: { attempt } })),
    ...decisions.map((decision) => ({ at: decision.at, entry: { decision } })),
  ].toSorted((left, right) => (left.at < right.at ? -1 : 1));
  const passed = listPassed(item, attempts, steps);
  if (told.length + passed.length === 0) return <p class="muted">Ancora nulla.</p>;
  return (
    <ol class="timeline">
      {passed.map((step) => (
        <Passed step={step} item={item} />
      ))}
      {told.map(({ entry }) =>
        "attempt" in entry ? (
          <Attempt attempt={entry.attempt} steps={steps} />
        ) : (
          <Said decision={entry.decision} steps={steps} />
        ),
      )}
    </ol>
  );
}

/** Steps that touch nothing outside leave no trace of a try that passed at once: checks, PDF, archive. */
function listPassed(
  item: ItemView,
  attempts: readonly AttemptRow[],
  steps: readonly RunStep[],
): readonly RunStep[] {
  const end = item.step === null ? steps.length : steps.indexOf(item.step);
  const tried = new Set(attempts.map(({ step }) => step));
  return steps.slice(0, Math.max(0, end)).filter(({ id }) => !tried.has(id));
}

function Passed({ step, item }: { readonly step: RunStep; readonly item: ItemView }) {
  const files = listMade(step, item);
  return (
    <li class="done">
      <span class="when muted">—</span>
      <span class="what">
        <strong>{step.title}</strong> · {outcomeWords.done}
        {files.map((name) => (
          <span class="sub">{formatFileName(name)}</span>
        ))}
      </span>
    </li>
  );
}

/** Names of the files that the step left. */
function listMade({ uses }: RunStep, { unsigned, archive }: ItemView): readonly string[] {
  if (uses === "render") return unsigned.map(({ name }) => name);
  return uses === "zip" && archive !== null ? [archive.name] : [];
}

interface AttemptProps {
  readonly attempt: AttemptRow;
  readonly steps: readonly RunStep[];
}

function Attempt({ attempt, steps }: AttemptProps) {
  return (
    <li class={attempt.outcome ?? "open"}>
      <span class="when">
        <time dateTime={attempt.startedAt}>{formatSeconds(attempt.startedAt)}</time>
      </span>
      <span class="what">
        <strong>{steps.find(({ id }) => id === attempt.step)?.title ?? attempt.step}</strong>
        {attempt.number > 1 && ` · tentativo ${attempt.number}`}
        {" · "}
        {attempt.outcome === null ? "In corso" : outcomeWords[attempt.outcome]}
        {attempt.endedAt !== null && attempt.endedAt !== attempt.startedAt && (
          <span class="muted">
            {" in "}
            {formatTimeSpan(toEpochMs(attempt.endedAt) - toEpochMs(attempt.startedAt))}
          </span>
        )}
        {attempt.note !== null && <span class="sub">{attempt.note}</span>}
        {attempt.code !== null && <span class="sub muted">Codice: {attempt.code}</span>}
        {attempt.calls !== null && <Calls noted={attempt.calls} />}
      </span>
    </li>
  );
}

interface SaidProps {
  readonly decision: Decision;
  readonly steps: readonly RunStep[];
}

function Said({ decision, steps }: SaidProps) {
  const { at, by, word, reason, evidence } = decision;
  return (
    <li class="later">
      <span class="when">
        <time dateTime={at}>{formatSeconds(at)}</time>
      </span>
      <span class="what">
        <strong>{steps[decision.step]?.title}</strong> · {by}: {decisionWords[word]}
        <span class="sub">{reason}</span>
        {evidence !== null && <span class="sub">Prova: {evidence}</span>}
      </span>
    </li>
  );
}
