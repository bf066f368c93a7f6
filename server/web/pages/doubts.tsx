/** Verbali in doubt: what is known of each, and the three words that a person may say. */
/** @jsxImportSource ../markup */
import type { Decision, DecisionWord } from "../../../engine/journal/items.ts";
import type { Run } from "../../../engine/journal/runs.ts";
import type { Doubt } from "../../history/doubts.ts";
import { formatNumber, formatSeconds } from "../../words/format.ts";
import { sendPortal } from "../../words/send-words.ts";
import { decisionWords } from "../../words/words.ts";
import { mayDo } from "../gate/who.ts";
import { buildDoubtsUrl, buildItemUrl, buildRunUrl } from "../urls.ts";
import { Codes } from "./grid.tsx";
import { NoticeBox, type Notice } from "./notice.tsx";
import { SignerField } from "./people/signer.tsx";

interface DoubtsPageProps {
  readonly run: Run;
  readonly doubts: readonly Doubt[];
  readonly csrf: string;
  readonly notice: Notice | null;
}

export function DoubtsPage({ run, doubts, csrf, notice }: DoubtsPageProps) {
  const { inDoubt } = run.counts;
  return (
    <>
      <nav class="crumbs" aria-label="Percorso">
        <a href="/flussi">Flussi</a> <span aria-hidden="true">/</span>{" "}
        <a href={buildRunUrl(run.id)}>{run.id}</a> <span aria-hidden="true">/</span> In dubbio
      </nav>
      {notice !== null && <NoticeBox notice={notice} />}
      <h1>Verbali in dubbio</h1>
      {doubts.length === 0 ? (
        <section class="empty">
          <p>Nessun verbale di questo flusso è in dubbio.</p>
          <p>
            <a class="button" href={buildRunUrl(run.id)}>
              Torna al flusso
            </a>
          </p>
        </section>
      ) : (
        <>
          <p class="lead">
            L'operazione può essere avvenuta o no: Postino non lo sa e non la ripete da sé. Per ogni
            verbale guardare che cosa risulta al servizio, poi dire come stanno le cose.
          </p>
          {doubts.map((doubt) => (
            <DoubtCard run={run} doubt={doubt} csrf={csrf} hasLink />
          ))}
          {inDoubt > doubts.length && (
            <p class="muted">
              Qui i primi {doubts.length} di {formatNumber(inDoubt)}: gli altri compaiono dopo.
            </p>
          )}
          {inDoubt > 1 && mayDo("decide", run.ente) && <AllForm run={run} csrf={csrf} />}
        </>
      )}
    </>
  );
}

interface DoubtCardProps {
  readonly run: Run;
  readonly doubt: Doubt;
  readonly csrf: string;
  /** Whether the number leads to the page of the verbale. */
  readonly hasLink?: boolean;
}

export function DoubtCard({ run, doubt, csrf, hasLink = false }: DoubtCardProps) {
  const address = buildItemUrl(run.id, doubt.key);
  return (
    <section class="question doubt" aria-label={`In dubbio: ${doubt.key}`}>
      <h2>{hasLink ? <a href={address}>{doubt.key}</a> : "Come stanno le cose?"}</h2>
      <DoubtFacts doubt={doubt} />
      {doubt.note !== null && <p>{doubt.note}</p>}
      {doubt.said.map((decision) => (
        <p class="muted">{describeDecision(decision)}</p>
      ))}
      {doubt.isSending && (
        <p>
          <a href={sendPortal} target="_blank" rel="noreferrer">
            Aprire SEND e cercare il protocollo
          </a>
        </p>
      )}
      {mayDo("decide", run.ente) && <DoubtForm address={address} doubt={doubt} csrf={csrf} />}
    </section>
  );
}

function DoubtFacts({ doubt }: Pick<DoubtCardProps, "doubt">) {
  return (
    <dl class="facts">
      <dt>Che cosa</dt>
      <dd>{doubt.step}</dd>
      <dt>Chiesto l'ultima volta</dt>
      <dd>{doubt.askedAt === null ? "—" : formatSeconds(doubt.askedAt)}</dd>
      {doubt.protocol !== null && (
        <>
          <dt>Protocollo</dt>
          <dd>{doubt.protocol}</dd>
        </>
      )}
      {doubt.idempotenceToken !== null && (
        <>
          <dt>Token di idempotenza</dt>
          <dd>
            <Codes values={[doubt.idempotenceToken]} />
          </dd>
        </>
      )}
      {doubt.noticeCodes.length > 0 && (
        <>
          <dt>Codici avviso</dt>
          <dd>
            <Codes values={doubt.noticeCodes} />
          </dd>
        </>
      )}
    </dl>
  );
}

interface DoubtFormProps {
  readonly address: string;
  readonly doubt: Pick<Doubt, "isSending" | "evidence">;
  readonly csrf: string;
}

function DoubtForm({ address, doubt: { isSending, evidence }, csrf }: DoubtFormProps) {
  return (
    <form method="post" action={`${address}/dubbio`}>
      <input type="hidden" name="csrf" value={csrf} />
      <WhoAndWhy />
      {evidence !== null && (
        <label>
          <span>{evidence}</span>
          <input type="text" name="evidence" maxlength={200} autocomplete="off" />
        </label>
      )}
      <p class="choices">
        {(["done", "not-done", "ask"] as const).map((word) => (
          <button
            type="submit"
            name="word"
            value={word}
            class={word === "ask" ? "button" : "button secondary"}
          >
            {nameWord(word, isSending)}
          </button>
        ))}
      </p>
      <p class="note">
        {isSending
          ? "Inviato: si chiede conferma a SEND e non si invia mai di nuovo. Non inviato: se SEND non lo trova, viene inviato. Chiedi di nuovo: vale solo quello che dice SEND."
          : "Avvenuto: si chiede conferma al servizio e non si ripete. Non avvenuto: se il servizio non lo trova, si ripete. Chiedi di nuovo: vale solo quello che dice il servizio."}
      </p>
    </form>
  );
}

function WhoAndWhy() {
  return (
    <>
      <SignerField label="Nome e cognome" />
      <label>
        <span>Motivo: che cosa si è visto, e dove</span>
        <input type="text" name="reason" required maxlength={300} autocomplete="off" />
      </label>
    </>
  );
}

function nameWord(word: DecisionWord["word"], isSending: boolean): string {
  if (word === "ask") return "Chiedi di nuovo";
  if (word === "done") return isSending ? "È stato inviato" : "È avvenuto";
  return isSending ? "Non è stato inviato" : "Non è avvenuto";
}

/** One sentence: who, what, why, by what proof. */
export function describeDecision({ by, word, reason, evidence, at }: Decision): string {
  const proof = evidence === null ? "" : ` Prova: ${evidence}`;
  return `${formatSeconds(at)} · ${by}: ${decisionWords[word]}. ${reason}${proof}`;
}

function AllForm({ run, csrf }: { readonly run: Run; readonly csrf: string }) {
  return (
    <details id="azione-tutti" class="action">
      <summary class="button secondary">
        Decidere per tutti e {formatNumber(run.counts.inDoubt)} insieme…
      </summary>
      <form method="post" action={buildDoubtsUrl(run.id)}>
        <input type="hidden" name="csrf" value={csrf} />
        <WhoAndWhy />
        <p class="choices">
          <button type="submit" name="word" value="ask" class="button">
            Chiedi di nuovo per tutti
          </button>
          <button type="submit" name="word" value="not-done" class="button secondary">
            Nessuno è avvenuto
          </button>
        </p>
        <p class="note">Prima che accada qualcosa una seconda pagina chiede conferma.</p>
      </form>
    </details>
  );
}

interface ConfirmProps {
  readonly run: Run;
  readonly decision: DecisionWord;
  readonly csrf: string;
}

/** The second look before something happens to all of them. */
export function ConfirmAllPage({ run, decision, csrf }: ConfirmProps) {
  const { inDoubt } = run.counts;
  const count = `${formatNumber(inDoubt)} ${inDoubt === 1 ? "verbale" : "verbali"}`;
  return (
    <section class="question">
      <h1>Conferma per {count}</h1>
      <p>
        {decision.by} dice: <strong>{decisionWords[decision.word]}</strong>. {decision.reason}
      </p>
      <p>
        {decision.word === "ask"
          ? "Il servizio viene interrogato ancora una volta: ciò che risulta avvenuto va avanti, ciò che certamente non è avvenuto viene fatto, il resto rimane in dubbio."
          : "Il servizio viene interrogato ancora una volta: ciò che risulta avvenuto va avanti, tutto il resto viene ripetuto, anche dove il servizio non sa rispondere. Una seconda notifica è un secondo atto e costa."}
      </p>
      <form method="post" action={buildDoubtsUrl(run.id)}>
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="word" value={decision.word} />
        <input type="hidden" name="by" value={decision.by} />
        <input type="hidden" name="reason" value={decision.reason} />
        <input type="hidden" name="confirmed" value={String(inDoubt)} />
        <button type="submit" class="button danger" data-busy="Ripresa in corso…">
          Conferma per {count}
        </button>
      </form>
      <p>
        <a href={buildDoubtsUrl(run.id)}>Torna indietro senza fare nulla</a>
      </p>
    </section>
  );
}
