/** What a person may do with a flusso as a whole: go on, try again, cancel; each with a second look before it happens. */
/** @jsxImportSource ../markup */
import type { Run } from "../../../engine/journal/runs.ts";
import { formatNumber } from "../../words/format.ts";
import { retryButtons } from "../../words/hints.ts";
import { mayDo } from "../gate/who.ts";
import { buildDoubtsUrl, buildNewRunUrl, buildRunUrl } from "../urls.ts";
import { isEmptyRun } from "./state.tsx";
import { endedRunStates } from "../../../engine/journal/states.ts";

interface ActionsProps {
  readonly run: Run;
  readonly csrf: string;
}

interface AllActionsProps extends ActionsProps {
  /** Verbali of its file that stayed behind when the first went ahead. */
  readonly left: number;
}

export function Actions({ run, csrf, left }: AllActionsProps) {
  const { counts, state } = run;
  const canStart = mayDo("start", run.ente);
  const mayResume = mayDo("resume", run.ente);
  const isEnded = endedRunStates.includes(state);
  const isOpen = !run.isLoaded || counts.pending + counts.waiting > 0;
  // The same file would be refused again.
  const isFileRefused =
    state === "failed" && !run.isLoaded && run.code?.startsWith("FLUSSO_") === true;
  const canResume =
    state === "blocked" || state === "waiting" || (state === "failed" && isOpen && !isFileRefused);
  if (state === "cancelled")
    return (
      <div class="actions">
        <p>
          I verbali rimasti fermi ripartono mandando di nuovo il loro file. Chi è già stato
          notificato non lo è di nuovo; ciò che era in dubbio viene prima chiesto al servizio.
        </p>
        {canStart && (
          <a class="button" href={buildNewRunUrl(run)}>
            Manda di nuovo il file
          </a>
        )}
      </div>
    );
  if (isEmptyRun(run))
    return (
      <div class="actions">
        {canStart && (
          <a class="button" href={buildNewRunUrl(run)}>
            Carica un file
          </a>
        )}
      </div>
    );
  return (
    <div class="actions">
      {isFileRefused && canStart && (
        <a class="button" href={buildNewRunUrl(run)}>
          Carica il file corretto
        </a>
      )}
      {left > 0 && canStart && <Rest run={run} csrf={csrf} left={left} />}
      {canResume && mayResume && <Resume run={run} csrf={csrf} />}
      {counts.inDoubt > 0 && mayDo("decide", run.ente) && (
        <a class="button" href={buildDoubtsUrl(run.id)}>
          {retryButtons["in-doubt"].slice(1, -1)} ({formatNumber(counts.inDoubt)})
        </a>
      )}
      {counts.failed > 0 && mayResume && (
        <Again run={run} csrf={csrf} only="failed" count={counts.failed} />
      )}
      {isEnded && counts.rejected > 0 && mayResume && (
        <Again run={run} csrf={csrf} only="rejected" count={counts.rejected} />
      )}
      {!isEnded && mayDo("cancel", run.ente) && <Cancel run={run} csrf={csrf} />}
    </div>
  );
}

function Rest({ run, csrf, left }: AllActionsProps) {
  return (
    <form method="post" action={`${buildRunUrl(run.id)}/resto`}>
      <input type="hidden" name="csrf" value={csrf} />
      <button type="submit" class="button" data-busy="Avvio in corso…">
        {left === 1
          ? "Manda l'altro verbale del file"
          : `Manda gli altri ${formatNumber(left)} verbali del file`}
      </button>
    </form>
  );
}

function Resume({ run, csrf }: ActionsProps) {
  return (
    <form method="post" action={`${buildRunUrl(run.id)}/riprendi`}>
      <input type="hidden" name="csrf" value={csrf} />
      <button type="submit" class="button" data-busy="Ripresa in corso…">
        Riprendi
      </button>
    </form>
  );
}

interface AgainProps extends ActionsProps {
  readonly only: "rejected" | "failed";
  readonly count: number;
}

function Again({ run, csrf, only, count }: AgainProps) {
  return (
    <details id={`azione-${only}`} class="action">
      <summary class="button secondary">
        {retryButtons[only].slice(1, -1)} ({formatNumber(count)})
      </summary>
      <form method="post" action={`${buildRunUrl(run.id)}/riprendi`}>
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="only" value={only} />
        <p>
          {only === "rejected"
            ? "Ha senso dopo aver tolto la causa: gli stessi dati verrebbero scartati di nuovo. Chi è già stato notificato non viene toccato."
            : "I verbali ripartono dal passo che non è riuscito. Chi è già stato notificato non viene toccato."}
        </p>
        <button type="submit" class="button" data-busy="Ripresa in corso…">
          Conferma: riprova
        </button>
      </form>
    </details>
  );
}

function Cancel({ run, csrf }: ActionsProps) {
  return (
    <details id="azione-annulla" class="action">
      <summary class="button secondary">Annulla…</summary>
      <form method="post" action={`${buildRunUrl(run.id)}/annulla`}>
        <input type="hidden" name="csrf" value={csrf} />
        <p>
          {run.sealed === 0
            ? "Nessun verbale è ancora stato inviato a SEND. I verbali non conclusi restano fermi."
            : `${formatNumber(run.sealed)} ${run.sealed === 1 ? "verbale è già stato inviato" : "verbali sono già stati inviati"} a SEND: ciò che è partito non si ritira. Gli altri restano fermi.`}
        </p>
        <button type="submit" class="button danger" data-busy="Annullamento in corso…">
          Conferma: annulla il flusso
        </button>
      </form>
    </details>
  );
}
