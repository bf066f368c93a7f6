/** What was found by the search in the head of every page: verbali by the kind of what fits, flussi by their number. */
/** @jsxImportSource ../../markup */
import type { Run } from "../../../../engine/journal/runs.ts";
import type { Catalog } from "../../../history/catalog.ts";
import type { FindResult, FoundVerbale } from "../../../search/search.ts";
import { formatDateTime, formatNumber } from "../../../words/format.ts";
import { describeKinds } from "../../../words/search-words.ts";
import { buildItemUrl, buildRunUrl } from "../../urls.ts";
import { Codes } from "../grid.tsx";
import { Icon } from "../icon.tsx";
import { formatEnteName, formatPipelineTitle } from "../run-table.tsx";
import { ItemBadge, RunBadge } from "../state.tsx";

interface FindPageProps {
  readonly text: string;
  readonly result: FindResult;
  /** The flusso of this number; `null`: it is none. */
  readonly run: Run | null;
  readonly catalog: Catalog | null;
}

export function FindPage({ text, result, run, catalog }: FindPageProps) {
  const { verbali, isPart, isCut, isTooWide } = result;
  const groups = [...Map.groupBy(verbali, ({ kinds }) => describeKinds(kinds))];
  return (
    <>
      <div class="title">
        <h1>Ricerca</h1>
        <p class="muted">
          «{text}»: {describeCount(verbali.length, isCut)}
        </p>
      </div>
      {isTooWide && (
        <div class="notice wait" role="status">
          <Icon name="warning" />
          <div>
            <strong>Troppi codici cominciano o finiscono così.</strong>
            <p>Scrivere qualche lettera o cifra in più.</p>
          </div>
        </div>
      )}
      {isPart && (
        <p class="muted">
          Nessun codice è scritto così per intero: questi cominciano o finiscono così.
        </p>
      )}
      {run !== null && <FoundRun run={run} catalog={catalog} />}
      {groups.map(([kind, found]) => (
        <section class="found" aria-label={`Per ${kind}`}>
          <h2>
            Per {kind} <span class="count">{formatNumber(found.length)}</span>
          </h2>
          <FoundTable verbali={found} catalog={catalog} />
        </section>
      ))}
      {verbali.length === 0 && run === null && !isTooWide && <Nothing />}
    </>
  );
}

function describeCount(count: number, isCut: boolean): string {
  if (count === 0) return "nessun verbale";
  if (isCut) return `i primi ${formatNumber(count)} verbali`;
  return count === 1 ? "un verbale" : `${formatNumber(count)} verbali`;
}

function Nothing() {
  return (
    <section class="empty">
      <h2>Nessun verbale</h2>
      <p>
        Si può cercare per numero, protocollo, IUV, codice avviso, IUN, token di SEND, codice
        fiscale, targa, cognome e nome: i codici per intero, o le prime o le ultime cifre. Anche il
        numero di un flusso va bene.
      </p>
    </section>
  );
}

function FoundRun({ run, catalog }: { readonly run: Run; readonly catalog: Catalog | null }) {
  return (
    <section class="card found" aria-label="Flusso">
      <h2>
        <a href={buildRunUrl(run.id)}>Flusso {run.id}</a> <RunBadge state={run.state} />
      </h2>
      <p>
        {formatEnteName(catalog, run.ente)} · {formatPipelineTitle(catalog, run.pipeline)} ·{" "}
        {formatDateTime(run.createdAt)}
      </p>
    </section>
  );
}

interface FoundProps {
  readonly verbali: readonly FoundVerbale[];
  readonly catalog: Catalog | null;
}

function FoundTable({ verbali, catalog }: FoundProps) {
  return (
    <table class="cards">
      <caption class="hidden">Verbali trovati</caption>
      <thead>
        <tr>
          <th scope="col">Verbale</th>
          <th scope="col">Stato</th>
          <th scope="col">Ente</th>
          <th scope="col">IUN</th>
          <th scope="col">Codici avviso</th>
          <th scope="col">Flussi</th>
        </tr>
      </thead>
      <tbody>
        {verbali.map((verbale) => (
          <FoundLine verbale={verbale} catalog={catalog} />
        ))}
      </tbody>
    </table>
  );
}

function FoundLine({
  verbale,
  catalog,
}: { readonly verbale: FoundVerbale } & Pick<FoundProps, "catalog">) {
  const { run, item, otherRuns } = verbale;
  return (
    <tr data-found={verbale.numero}>
      <th scope="row" data-label="Verbale">
        <a class="strong" href={buildItemUrl(run.id, item.key)}>
          {verbale.numero}
        </a>
      </th>
      <td data-label="Stato">
        <ItemBadge state={item.state} />
        {item.note !== null && <span class="sub cause">{item.note}</span>}
      </td>
      <td data-label="Ente">{formatEnteName(catalog, verbale.ente)}</td>
      <td data-label="IUN">
        <Codes values={verbale.iun === null ? [] : [verbale.iun]} />
      </td>
      <td data-label="Codici avviso">
        <Codes values={verbale.noticeCodes} />
      </td>
      <td data-label="Flussi">
        <a href={buildRunUrl(run.id)}>{run.id}</a>
        <span class="sub">
          {formatPipelineTitle(catalog, run.pipeline)}, {formatDateTime(run.createdAt)}
        </span>
        {otherRuns.length > 0 && (
          <span class="sub">
            anche in{" "}
            {otherRuns.slice(0, 5).map((id, index) => (
              <>
                {index > 0 && ", "}
                <a href={buildItemUrl(id, item.key)}>{id}</a>
              </>
            ))}
          </span>
        )}
      </td>
    </tr>
  );
}
