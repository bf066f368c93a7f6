/** What stands around the grid of a flusso: filters, choice of columns, what is done with the chosen verbali, pages and the jump to a row. */
/** @jsxImportSource ../../markup */
import type { Run } from "../../../../engine/journal/runs.ts";
import { endedRunStates, type ItemState } from "../../../../engine/journal/states.ts";
import type { ItemColumn } from "../../../history/columns.ts";
import { gridPage, type RunView } from "../../../history/run-view.ts";
import { formatNumber } from "../../../words/format.ts";
import { mayDo, readSigner } from "../../gate/who.ts";
import { buildRunUrl } from "../../urls.ts";

/** Columns that nobody has chosen yet. */
export const hiddenAtFirst: readonly string[] = ["noticeCodes"];

const choices: readonly (readonly [string, readonly ItemState[]])[] = [
  ["Tutti", []],
  ["Conclusi", ["done"]],
  ["Scartati", ["rejected"]],
  ["Da lavorare", ["pending", "running"]],
  ["In attesa", ["waiting"]],
  ["In dubbio", ["in-doubt"]],
  ["Non riusciti", ["failed"]],
];

interface ToolsProps {
  readonly view: RunView;
}

export function GridFilters({ view }: ToolsProps) {
  const { run, query } = view;
  const current = (query.states ?? []).toSorted().join();
  return (
    <div class="gridtools">
      <nav class="views" aria-label="Stato dei verbali">
        {choices.map(([label, states]) => (
          <a
            href={buildRunUrl(run.id, states.length === 0 ? {} : { states })}
            aria-current={states.toSorted().join() === current ? "true" : undefined}
          >
            {label}
          </a>
        ))}
      </nav>
      <form
        class="search"
        method="get"
        action={`${buildRunUrl(run.id)}#verbali`}
        role="search"
        aria-label="Verbali del flusso"
      >
        <label>
          <span>Numero del verbale</span>
          <input type="search" name="numero" value={query.key ?? ""} autocomplete="off" />
        </label>
        <button class="button secondary" type="submit">
          Cerca
        </button>
      </form>
    </div>
  );
}

interface ColumnsProps {
  readonly columns: readonly ItemColumn[];
  readonly shown: readonly ItemColumn[];
  readonly run: Run;
}

/** Kept by the browser for every flusso. */
export function ColumnChoice({ columns, shown, run }: ColumnsProps) {
  return (
    <details class="choice" id="scelta-colonne">
      <summary>Colonne</summary>
      <form method="post" action={`${buildRunUrl(run.id)}/colonne`}>
        <fieldset>
          <legend class="hidden">Colonne da mostrare</legend>
          {columns
            .filter(({ look }) => look !== "name")
            .map((column) => (
              <label class="tick">
                <input
                  type="checkbox"
                  name="colonna"
                  value={column.key}
                  checked={shown.includes(column)}
                />{" "}
                {column.label}
              </label>
            ))}
        </fieldset>
        <button class="button small secondary" type="submit">
          Mostra queste
        </button>
      </form>
    </details>
  );
}

/** What may be done with the ticked ones, or with all that fit the filters; server/web/assets/live.js remembers those of other pages. */
export function SelectionBar({ view, canExclude }: ToolsProps & { readonly canExclude: boolean }) {
  const { run, query, total } = view;
  const address = buildRunUrl(run.id);
  const canRetry =
    mayDo("resume", run.ente) &&
    run.state !== "cancelled" &&
    (run.counts.failed > 0 || (run.counts.rejected > 0 && endedRunStates.includes(run.state)));
  return (
    <div class="selectbar">
      {(query.states ?? []).map((state) => (
        <input type="hidden" name="stato" value={state} />
      ))}
      {query.code !== undefined && <input type="hidden" name="causa" value={query.code} />}
      {query.key !== undefined && <input type="hidden" name="numero" value={query.key} />}
      <label class="tick">
        <input type="checkbox" name="tutti" value="si" />{" "}
        {total === null
          ? "Tutti con questi filtri"
          : `Tutti i ${formatNumber(total)} con questi filtri`}
      </label>
      <button class="button small secondary" type="submit" formaction={`${address}/esporta`}>
        Esporta gli scelti (CSV)
      </button>
      {canRetry && (
        <button
          class="button small secondary"
          type="submit"
          formaction={`${address}/riprova-scelti`}
        >
          Riprova gli scelti
        </button>
      )}
      {canExclude && !endedRunStates.includes(run.state) && run.isLoaded && (
        <Exclude address={address} />
      )}
    </div>
  );
}

/** Why, and who says so, stand with the verbale. */
function Exclude({ address }: { readonly address: string }) {
  return (
    <details class="choice" id="escludi">
      <summary>Escludi gli scelti</summary>
      <p>
        Chi non è ancora stato inviato esce da questo flusso, e può tornare con un altro. Chi è già
        partito resta.
      </p>
      {readSigner() === null && (
        <label>
          <span>Nome e cognome</span>
          <input type="text" name="chi" maxlength={80} autocomplete="name" />
        </label>
      )}
      <label>
        <span>Perché</span>
        <input type="text" name="motivo" maxlength={300} />
      </label>
      <button class="button small danger" type="submit" formaction={`${address}/escludi`}>
        Conferma: escludi
      </button>
    </details>
  );
}

export function NoItems({ view }: ToolsProps) {
  const { run, query } = view;
  if (
    query.key !== undefined ||
    query.states !== undefined ||
    query.code !== undefined ||
    query.after !== undefined
  )
    return (
      <section class="empty">
        <h3>Nessun verbale con questi filtri</h3>
        <p>
          {query.key !== undefined && "Il numero va scritto per intero, come nel flusso. "}
          <a href={`${buildRunUrl(run.id)}#verbali`}>Mostra tutti i verbali</a>.
        </p>
      </section>
    );
  return (
    <section class="empty">
      <h3>{run.endedAt === null ? "Ancora nessun verbale" : "Nessun verbale"}</h3>
      <p>{explainEmpty(run)}</p>
    </section>
  );
}

function explainEmpty({ isLoaded, endedAt }: RunView["run"]): string {
  if (isLoaded) return "Il flusso non contiene verbali. Controllare il file di origine.";
  if (endedAt === null) return "I verbali compaiono qui appena il file è stato letto.";
  return "Il flusso si è fermato prima di leggere i verbali.";
}

export function GridPaging({ view }: ToolsProps) {
  const { run, query, items, total } = view;
  const { after, from, ...first } = query;
  const isOrdered = query.sort !== undefined || from !== undefined;
  const start = from ?? 0;
  return (
    <nav class="paging" aria-label="Pagine dei verbali">
      {items.length > 0 && total !== null && (
        <span class="muted">
          {isOrdered || after === undefined
            ? `Righe ${formatNumber(start + 1)}–${formatNumber(start + items.length)} di ${formatNumber(total)}`
            : `${formatNumber(total)} righe in tutto`}
        </span>
      )}
      {(after !== undefined || start > 0) && (
        <a href={buildRunUrl(run.id, first)}>Torna all'inizio</a>
      )}
      {view.hasMore && (
        <a class="button secondary" rel="next" href={buildNextUrl(view, isOrdered, start)}>
          Successivi
        </a>
      )}
    </nav>
  );
}

function buildNextUrl({ run, query, items }: RunView, isOrdered: boolean, start: number): string {
  if (isOrdered) return buildRunUrl(run.id, { ...query, from: start + gridPage });
  const last = items.at(-1);
  return buildRunUrl(run.id, { ...query, ...(last !== undefined && { after: last.id }) });
}

/** Leads to a row by its place among those that fit the filters. */
export function GridJump({ view }: ToolsProps) {
  const { run, query, total } = view;
  if (total === null || total <= gridPage) return null;
  return (
    <form class="jump" method="get" action={`${buildRunUrl(run.id)}#verbali`}>
      {(query.states ?? []).map((state) => (
        <input type="hidden" name="stato" value={state} />
      ))}
      {query.sort !== undefined && <input type="hidden" name="ordine" value={query.sort} />}
      {query.isDown === true && <input type="hidden" name="verso" value="giu" />}
      <label>
        <span>Vai alla riga</span>
        <input type="number" name="riga" min="1" max={String(total)} required />
      </label>
      <button class="button small secondary" type="submit">
        Vai
      </button>
    </form>
  );
}
