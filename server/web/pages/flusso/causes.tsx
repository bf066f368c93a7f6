/** Why verbali of a flusso do not go on: equal faults are one case, with how many it keeps, what to do, and one button. */
/** @jsxImportSource ../../markup */
import type { Run } from "../../../../engine/journal/runs.ts";
import { endedRunStates } from "../../../../engine/journal/states.ts";
import type { Cause } from "../../../history/causes.ts";
import { formatNumber } from "../../../words/format.ts";
import { formatPageHint } from "../../../words/hints.ts";
import { formatItemCount } from "../../../words/words.ts";
import { mayDo } from "../../gate/who.ts";
import { buildItemUrl, buildRunUrl } from "../../urls.ts";
import { Icon } from "../icon.tsx";

interface CausesProps {
  readonly run: Run;
  readonly causes: readonly Cause[];
  readonly csrf: string;
}

export function Causes({ run, causes, csrf }: CausesProps) {
  return (
    <div data-live="causes" id="cause">
      {causes.length > 0 && (
        <section class="card tasks" aria-labelledby="titolo-cause">
          <h2 id="titolo-cause">Perché non vanno avanti</h2>
          <ul>
            {causes.map((cause) => (
              <CauseLine run={run} cause={cause} csrf={csrf} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

interface CauseProps {
  readonly run: Run;
  readonly cause: Cause;
  readonly csrf: string;
}

function CauseLine({ run, cause, csrf }: CauseProps) {
  const { state, code, count, note, hint, step, keys } = cause;
  return (
    <li id={`causa-${state}-${code ?? "nessuna"}`} class="cause-line">
      <span class={`mark ${state === "failed" ? "bad" : "warn"}`}>
        <Icon name={state === "failed" ? "cross" : "warning"} />
      </span>
      <div>
        <strong>{note ?? "Motivo non noto"}</strong>
        {hint !== null && <span class="sub">{formatPageHint(hint)}</span>}
        <span class="sub">
          {formatItemCount(state, count, formatNumber(count))}
          {step !== null && ` · ${step.title}`}
          {code !== null && ` · Codice: ${code}`}
        </span>
        <span class="sub">
          {keys.map((key, index) => (
            <>
              {index > 0 && ", "}
              <a href={buildItemUrl(run.id, key)}>{key}</a>
            </>
          ))}
          {count > keys.length && (
            <>
              {" e "}
              <a href={buildRunUrl(run.id, { states: [state], ...(code !== null && { code }) })}>
                {count - keys.length === 1
                  ? "un altro"
                  : `altri ${formatNumber(count - keys.length)}`}
              </a>
            </>
          )}
        </span>
      </div>
      <Again run={run} cause={cause} csrf={csrf} />
    </li>
  );
}

/** Rejected ones start over once the flusso has ended, failed ones at any time. */
function Again({ run, cause, csrf }: CauseProps) {
  const { state, code, count } = cause;
  const isReady = state === "failed" || endedRunStates.includes(run.state);
  if (!isReady || run.state === "cancelled" || code === null || !mayDo("resume", run.ente))
    return <span />;
  return (
    <details class="action" id={`riprova-${state}-${code}`}>
      <summary class="button small secondary">
        Riprova<span class="hidden"> {formatNumber(count)} verbali con questa causa</span>
      </summary>
      <form method="post" action={`${buildRunUrl(run.id)}/riprendi`}>
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="only" value={state} />
        <input type="hidden" name="causa" value={code} />
        <p>Ha senso dopo aver tolto la causa. Chi è già stato notificato non viene toccato.</p>
        <button type="submit" class="button" data-busy="Ripresa in corso…">
          Conferma: riprova {count === 1 ? "questo" : `questi ${formatNumber(count)}`}
        </button>
      </form>
    </details>
  );
}
