/** The page between upload and start: what was understood of the file, what would go, what it costs at most; then go, the first ones, or back. */
/** @jsxImportSource ../../markup */
import type { FlussoDraft } from "../../../drafts/draft-store.ts";
import type { DraftTrial } from "../../../drafts/flusso-drafts.ts";
import { sumCosts } from "../../../trial/cost.ts";
import type { Trial, TrialBlocker, TrialItem, TrialState } from "../../../trial/trial.ts";
import { formatBytes, formatCents, formatNumber } from "../../../words/format.ts";
import { formatPageHint } from "../../../words/hints.ts";
import { buildColumnsUrl, buildDraftFormUrl, buildDraftUrl, buildRunUrl } from "../../urls.ts";
import { Icon } from "../icon.tsx";
import { DraftRows } from "./rows.tsx";
import { Limits, Understanding } from "./understanding.tsx";

interface DraftPageProps {
  readonly draft: FlussoDraft;
  readonly result: DraftTrial;
  /** Names of the ente and the pipeline, in words. */
  readonly ente: string;
  readonly pipeline: string;
  readonly stepTitles: ReadonlyMap<string, string>;
  readonly canMap: boolean;
  /** The columns were written just now. */
  readonly isMapped: boolean;
  /** How many «Prova i primi» takes. */
  readonly ahead: number;
  readonly problem: { readonly text: string; readonly hint: string | undefined } | null;
  readonly csrf: string;
}

export function DraftPage(props: DraftPageProps) {
  const { draft, result, ente, pipeline, problem, isMapped } = props;
  return (
    <div class="draft">
      <nav class="crumbs" aria-label="Percorso">
        <a href={buildDraftFormUrl(draft.handle)}>Nuovo flusso</a> <span aria-hidden="true">/</span>{" "}
        Controllo
      </nav>
      <h1>Prima di avviare</h1>
      <p class="lead">
        <strong>{draft.file.name}</strong> ({formatBytes(draft.file.bytes)}) · {ente} · {pipeline}
      </p>
      {problem !== null && <Problem text={problem.text} hint={problem.hint} />}
      {isMapped && (
        <div class="notice good" role="status">
          <Icon name="check" />
          <div>
            <strong>
              Le colonne sono scritte nel file dell'ente: valgono anche per i prossimi.
            </strong>
          </div>
        </div>
      )}
      <Started draft={draft} />
      <Outcome {...props} result={result} />
    </div>
  );
}

function Problem({ text, hint }: { readonly text: string; readonly hint?: string | undefined }) {
  return (
    <div class="notice bad" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{text}</strong>
        {hint !== undefined && <p>{hint}</p>}
      </div>
    </div>
  );
}

function Started({ draft: { runId, aheadId } }: Pick<DraftPageProps, "draft">) {
  const id = runId ?? aheadId;
  if (id === null) return null;
  return (
    <div class="notice" role="status">
      <Icon name="play" />
      <div>
        <strong>
          {runId === null ? "I primi verbali sono già partiti" : "Questo file è già partito"} con il
          flusso <a href={buildRunUrl(id)}>{id}</a>.
        </strong>
        {runId === null && <p>Gli altri partono con «Avvia», quando l'esito dei primi è buono.</p>}
      </div>
    </div>
  );
}

function Outcome(props: DraftPageProps) {
  const { draft, result } = props;
  if (result.status === "busy")
    return (
      <>
        <div class="notice" role="status">
          <Icon name="clock" />
          <div>
            <strong>Controllo in corso…</strong>
            <p>La pagina si aggiorna da sola. Nulla parte finché non lo si dice.</p>
          </div>
        </div>
        <p>
          <a class="button secondary" href={buildDraftUrl(draft.handle)}>
            Guarda ora
          </a>
        </p>
      </>
    );
  if (result.status === "refused") {
    const { reason, hint } = result.refusal;
    return (
      <>
        <Problem text={reason} hint={hint === undefined ? undefined : formatPageHint(hint)} />
        <Actions {...props} ready={0} />
      </>
    );
  }
  const { trial, columns, drawn } = result;
  const ready = trial.items.filter(({ state }) => state === "ready");
  return (
    <>
      {trial.refusal === null ? (
        <Numbers trial={trial} ready={ready} />
      ) : (
        <Refusal {...props} refusal={trial.refusal} />
      )}
      {trial.blockers.map(({ message, hint }) => (
        <Problem
          text={`Il flusso si fermerebbe subito: ${message}`}
          hint={hint === null ? undefined : formatPageHint(hint)}
        />
      ))}
      <Actions {...props} ready={ready.length} />
      <DraftRows items={trial.items} />
      <Understanding {...props} trial={trial} columns={columns} />
      <Limits {...props} trial={trial} drawn={drawn} />
    </>
  );
}

function Numbers({
  trial,
  ready,
}: {
  readonly trial: Trial;
  readonly ready: readonly TrialItem[];
}) {
  const count = (state: TrialState): number =>
    trial.items.filter((item) => item.state === state).length;
  const { atLeastCents, atMostCents } = sumCosts(ready.map(({ cost }) => cost));
  const warned = ready.filter(({ warnings }) => warnings.length > 0).length;
  return (
    <dl class="figures">
      <Figure
        label="Partirebbero"
        value={formatNumber(ready.length)}
        of={trial.total}
        tone="good"
      />
      <Figure
        label="Da correggere"
        value={formatNumber(count("rejected") + count("failed"))}
        tone="bad"
      />
      <Figure label="Già inviati" value={formatNumber(count("repeated"))} tone="off" />
      {count("later") > 0 && (
        <Figure label="Non si sa ora" value={formatNumber(count("later"))} tone="wait" />
      )}
      <Figure label="Con avvisi da guardare" value={formatNumber(warned)} tone="warn" />
      <div class="figure">
        <dt>Costo di SEND, al più</dt>
        <dd>{formatCents(atMostCents)}</dd>
        <dd class="muted">
          almeno {formatCents(atLeastCents)}; IVA compresa. Stima: due lettere, una dove c'è la PEC.
        </dd>
      </div>
    </dl>
  );
}

interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly of?: number;
  readonly tone: string;
}

function Figure({ label, value, of, tone }: FigureProps) {
  return (
    <div class={`figure ${value === "0" ? "off" : tone}`}>
      <dt>{label}</dt>
      <dd>{value}</dd>
      {of !== undefined && <dd class="muted">su {formatNumber(of)} nel file</dd>}
    </div>
  );
}

/** Each fault of a refused file stands on its own line of the message. */
function Refusal({ draft, refusal, canMap }: DraftPageProps & { readonly refusal: TrialBlocker }) {
  const [head = "", ...faults] = refusal.message.split("\n");
  return (
    <div class="notice bad" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{head}</strong>
        {faults.length > 0 && (
          <ul class="faults">
            {faults.map((fault) => (
              <li>{fault}</li>
            ))}
          </ul>
        )}
        {refusal.hint !== null && <p>{formatPageHint(refusal.hint)}</p>}
        {canMap && (
          <p>
            <a class="button" href={buildColumnsUrl(draft.handle)}>
              Dire che cosa contengono le colonne
            </a>
          </p>
        )}
      </div>
    </div>
  );
}

/** While the first ones are under way nobody can tell how many are left. */
function nameStart({ aheadId }: FlussoDraft, ready: number): string {
  if (aheadId !== null) return "Avvia gli altri";
  return ready === 1 ? "Avvia 1 verbale" : `Avvia ${formatNumber(ready)} verbali`;
}

function Actions({ draft, ready, ahead, csrf }: DraftPageProps & { readonly ready: number }) {
  const path = buildDraftUrl(draft.handle);
  const canTryFirst = ready > ahead && draft.aheadId === null;
  return (
    <div class="draftactions">
      {ready > 0 && draft.runId === null && (
        <form method="post" action={`${path}/avvia`}>
          <input type="hidden" name="csrf" value={csrf} />
          <button type="submit" class="button" data-busy="Avvio in corso…">
            {nameStart(draft, ready)}
          </button>
        </form>
      )}
      {canTryFirst && draft.runId === null && (
        <form method="post" action={`${path}/avvia`}>
          <input type="hidden" name="csrf" value={csrf} />
          <input type="hidden" name="primi" value="si" />
          <button type="submit" class="button secondary" data-busy="Avvio in corso…">
            Prova i primi {ahead}
          </button>
        </form>
      )}
      <a class="button secondary" href={buildDraftFormUrl(draft.handle)}>
        Indietro
      </a>
      <form method="post" action={`${path}/scarta`}>
        <input type="hidden" name="csrf" value={csrf} />
        <button type="submit" class="button secondary">
          Lascia perdere
        </button>
      </form>
    </div>
  );
}
