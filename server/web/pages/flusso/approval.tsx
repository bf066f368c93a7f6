/** What a person agrees to before a step: how many verbali, how much money, what was rejected, one of the documents; yes, or no with a reason. */
/** @jsxImportSource ../../markup */
import type { AskRow } from "../../../../engine/journal/runs.ts";
import type { RunView } from "../../../history/run-view.ts";
import { formatCents, formatFileName, formatNumber } from "../../../words/format.ts";
import { mayDo } from "../../gate/who.ts";
import { buildPreviewUrl, buildRunUrl } from "../../urls.ts";
import { SignerField } from "../people/signer.tsx";

interface ApprovalProps {
  readonly ask: AskRow;
  readonly view: RunView;
  readonly csrf: string;
}

export function ApprovalCard({ ask, view, csrf }: ApprovalProps) {
  const { run } = view;
  return (
    <>
      <ApprovalFacts view={view} />
      <form method="post" action={`${buildRunUrl(ask.run)}/benestare`}>
        <input type="hidden" name="csrf" value={csrf} />
        <SignerField label="Nome e cognome di chi dà il benestare" />
        <button type="submit" class="button" data-busy="Invio in corso…">
          Do il benestare
        </button>
      </form>
      {mayDo("cancel", run.ente) && (
        <details class="action" id="non-va-bene">
          <summary class="button secondary">Non va bene…</summary>
          <form method="post" action={`${buildRunUrl(ask.run)}/annulla`}>
            <input type="hidden" name="csrf" value={csrf} />
            <label>
              <span>Motivo</span>
              <input type="text" name="motivo" required maxlength={300} autocomplete="off" />
            </label>
            <button type="submit" class="button danger" data-busy="Annullamento in corso…">
              No: annulla il flusso
            </button>
            <p class="note">
              Il motivo resta nel riepilogo. I verbali restano fermi: ripartono mandando di nuovo il
              loro file.
            </p>
          </form>
        </details>
      )}
    </>
  );
}

function ApprovalFacts({ view }: Pick<ApprovalProps, "view">) {
  const { run, approval, causes } = view;
  if (approval === null) return null;
  const { count, cents, sample } = approval;
  return (
    <>
      <dl class="facts">
        <dt>Verbali che passano</dt>
        <dd>
          <strong>{formatNumber(count)}</strong>
          {run.counts.total > count && ` di ${formatNumber(run.counts.total)}`}
        </dd>
        <dt>Importo in tutto</dt>
        <dd>
          <strong>{formatCents(cents)}</strong>
        </dd>
        <dt>Scartati finora</dt>
        <dd>
          {run.counts.rejected === 0 ? (
            "nessuno"
          ) : (
            <a href={`${buildRunUrl(run.id)}#cause`}>
              {formatNumber(run.counts.rejected)}, per {causes.length}{" "}
              {causes.length === 1 ? "causa" : "cause"}
            </a>
          )}
        </dd>
      </dl>
      {sample !== null && (
        <details class="sample" id="esempio">
          <summary>
            Guarda un documento: {formatFileName(sample.file.name)} (verbale {sample.key})
          </summary>
          <PdfFrame run={run.id} itemKey={sample.key} file={sample.file} />
        </details>
      )}
    </>
  );
}

interface PdfFrameProps {
  readonly run: string;
  readonly itemKey: string;
  readonly file: { readonly name: string; readonly sha256: string };
}

/** The document in the page; phones show none inline, for them there is the link. */
export function PdfFrame({ run, itemKey, file }: PdfFrameProps) {
  const address = buildPreviewUrl(run, itemKey, file.sha256);
  return (
    <>
      <iframe
        class="pdf"
        src={address}
        title={`Documento ${formatFileName(file.name)}`}
        loading="lazy"
      />
      <p>
        <a href={address} target="_blank" rel="noreferrer">
          Apri in un'altra scheda
        </a>
      </p>
    </>
  );
}
