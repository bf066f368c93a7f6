/** The YAML that a run was started with: editing the files later does not change it. */
/** @jsxImportSource ../markup */
import { buildRunUrl } from "../urls.ts";

interface PipelinePageProps {
  readonly runId: string;
  readonly yaml: string;
}

export function PipelinePage({ runId, yaml }: PipelinePageProps) {
  return (
    <>
      <nav class="crumbs" aria-label="Percorso">
        <a href="/flussi">Flussi</a> <span aria-hidden="true">/</span>{" "}
        <a href={buildRunUrl(runId)}>{runId}</a> <span aria-hidden="true">/</span> Pipeline
      </nav>
      <h1>Pipeline del flusso {runId}</h1>
      <p class="lead">
        È la pipeline completa dell'ente com'era all'avvio. Cambiare i file dopo l'avvio non cambia
        questo flusso.
      </p>
      <pre class="yaml" tabindex={0}>
        <code>{yaml}</code>
      </pre>
    </>
  );
}
