/** The YAML that a run was started with, and what differs from the flusso before and from the files of today. */
/** @jsxImportSource ../markup */
import type { DiffLine } from "../../history/diff-lines.ts";
import { buildRunUrl } from "../urls.ts";

interface PipelinePageProps {
  readonly runId: string;
  readonly yaml: string;
  /** The flusso before of the same pipeline and ente; `null`: there is none. */
  readonly before: { readonly id: string; readonly lines: readonly DiffLine[] } | null;
  /** Against the files of today; `null`: they cannot be read now. */
  readonly today: readonly DiffLine[] | null;
}

export function PipelinePage({ runId, yaml, before, today }: PipelinePageProps) {
  return (
    <>
      <nav class="crumbs" aria-label="Percorso">
        <a href="/flussi">Flussi</a> <span aria-hidden="true">/</span>{" "}
        <a href={buildRunUrl(runId)}>{runId}</a> <span aria-hidden="true">/</span> Pipeline
      </nav>
      <h1>Pipeline del flusso {runId}</h1>
      <p class="lead">
        È la pipeline completa dell'ente com'era all'avvio. Cambiare i file dopo l'avvio non cambia
        questo flusso. Accanto a ogni valore c'è da dove viene.
      </p>
      <section class="card diffs" aria-labelledby="titolo-prima">
        <h2 id="titolo-prima">Che cosa è cambiato dal flusso prima</h2>
        {before === null ? (
          <p class="muted">È il primo flusso di questa pipeline per l'ente.</p>
        ) : (
          <>
            <p>
              Rispetto a <a href={buildRunUrl(before.id)}>{before.id}</a>:
            </p>
            <Differences lines={before.lines} />
          </>
        )}
      </section>
      <section class="card diffs" aria-labelledby="titolo-oggi">
        <h2 id="titolo-oggi">Che cosa è cambiato da allora nei file</h2>
        {today === null ? (
          <p class="muted">I file di oggi non si possono leggere, o hanno un errore.</p>
        ) : (
          <Differences lines={today} />
        )}
      </section>
      <h2>Tutta la pipeline</h2>
      <pre class="yaml" tabindex={0}>
        <code>{yaml}</code>
      </pre>
    </>
  );
}

const signs: Readonly<Record<DiffLine["kind"], string>> = {
  same: "  ",
  added: "+ ",
  removed: "- ",
  gap: "…",
};

function Differences({ lines }: { readonly lines: readonly DiffLine[] }) {
  if (lines.length === 0) return <p class="muted">Nulla: è la stessa.</p>;
  return (
    <pre class="yaml" tabindex={0}>
      <code>
        {lines.map(({ kind, text }) => (
          <span class={`diff-${kind}`}>{`${signs[kind]}${text}\n`}</span>
        ))}
      </code>
    </pre>
  );
}
