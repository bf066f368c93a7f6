/** «Genera flusso SEND»: how many, until when, what it costs at most, and the word that starts it. */
/** @jsxImportSource ../../markup */
import type { GeneratePreview } from "../../../register/generate.ts";
import { formatCents, formatDay, formatNumber } from "../../../words/format.ts";
import { buildWaitingUrl } from "../../waiting-urls.ts";
import { NoticeBox } from "../notice.tsx";

interface GenerateProps {
  readonly ente: string;
  readonly enteName: string;
  readonly preview: GeneratePreview;
  readonly problem: string | null;
  readonly csrf: string;
}

export function GeneratePage({ ente, enteName, preview, problem, csrf }: GenerateProps) {
  const { count, warned, amountCents, cost, soonest } = preview;
  const chosen = buildWaitingUrl({ ente, state: "chosen" });
  return (
    <div class="draft">
      <nav class="crumbs" aria-label="Percorso">
        <a href={buildWaitingUrl({ ente })}>Da notificare</a> <span aria-hidden="true">/</span>{" "}
        Genera flusso
      </nav>
      <h1>Genera flusso SEND</h1>
      <p class="lead">{enteName}</p>
      {problem !== null && <NoticeBox notice={{ tone: "bad", text: problem }} />}
      <dl class="figures">
        <div class={`figure ${count === 0 ? "off" : "good"}`}>
          <dt>Verbali scelti</dt>
          <dd>{formatNumber(count)}</dd>
          <dd class="muted">
            <a href={chosen}>Guardali</a>
          </dd>
        </div>
        <div class={`figure ${warned === 0 ? "off" : "warn"}`}>
          <dt>Con avvisi da guardare</dt>
          <dd>{formatNumber(warned)}</dd>
        </div>
        <div class="figure">
          <dt>Importo dei verbali</dt>
          <dd>{formatCents(amountCents)}</dd>
        </div>
        <div class="figure">
          <dt>Costo di SEND, al più</dt>
          <dd>{formatCents(cost.atMostCents)}</dd>
          <dd class="muted">
            almeno {formatCents(cost.atLeastCents)}; IVA compresa. Stima: due lettere, una dove c'è
            la PEC.
          </dd>
        </div>
      </dl>
      {soonest !== null && <p>Il termine più vicino è il {formatDay(soonest)}.</p>}
      <div class="draftactions">
        {count > 0 && (
          <form method="post" action="/registro/genera">
            <input type="hidden" name="csrf" value={csrf} />
            <input type="hidden" name="ente" value={ente} />
            <input type="hidden" name="quanti" value={String(count)} />
            <button type="submit" class="button" data-busy="Avvio in corso…">
              {count === 1 ? "Avvia 1 verbale" : `Avvia ${formatNumber(count)} verbali`}
            </button>
          </form>
        )}
        <a class="button secondary" href={chosen}>
          Indietro
        </a>
      </div>
      <p class="note">
        Ogni verbale ha codici di pagamento nuovi e parte una volta sola. Prima dell'invio il flusso
        chiede ciò che serve (firma, benestare) come ogni altro.
      </p>
    </div>
  );
}
