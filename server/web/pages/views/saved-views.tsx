/** The saved views beside the filters of a page: those that there are, and the form that keeps the filters of now. */
/** @jsxImportSource ../../markup */
import { longestName, type SavedView, type ViewPage } from "../../../views/saved-views.ts";
import { mayDo } from "../../gate/who.ts";
import { buildViewUrl } from "../../view-urls.ts";

/** What a page hands over; `null`: nothing is kept here. */
export interface ViewBar {
  readonly page: ViewPage;
  /** The filters of now, as they would be kept; empty: none. */
  readonly query: string;
  /** Of this page. */
  readonly views: readonly SavedView[];
  /** Of the pages of one flusso. */
  readonly runId: string | null;
  readonly csrf: string;
}

export function SavedViewBar({ bar }: { readonly bar: ViewBar | null }) {
  if (bar === null || (bar.views.length === 0 && bar.query === "")) return null;
  return (
    <div class="viewbar">
      {bar.views.length > 0 && (
        <nav class="views" aria-label="Viste salvate">
          <span class="muted">Viste salvate</span>
          {bar.views.map((view) => (
            <a
              href={buildViewUrl(view, bar.runId) ?? "/viste"}
              aria-current={view.query === bar.query ? "true" : undefined}
            >
              {view.name}
              {view.isShared && <span class="hidden"> (dell'ufficio)</span>}
            </a>
          ))}
          <a class="plainlink" href="/viste">
            Gestisci
          </a>
        </nav>
      )}
      {bar.query !== "" && <SaveForm bar={bar} />}
    </div>
  );
}

function SaveForm({ bar: { page, query, views, runId, csrf } }: { readonly bar: ViewBar }) {
  if (views.some((view) => view.query === query)) return null;
  return (
    <details class="choice" id="salva-vista">
      <summary>Salva questi filtri</summary>
      <form method="post" action="/viste">
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="pagina" value={page} />
        <input type="hidden" name="filtri" value={query} />
        {runId !== null && <input type="hidden" name="flusso" value={runId} />}
        <label>
          <span>Nome della vista</span>
          <input type="text" name="nome" required maxlength={longestName} autocomplete="off" />
        </label>
        {mayDo("start", null) && (
          <label class="tick">
            <input type="checkbox" name="ufficio" value="si" /> Per tutto l'ufficio
          </label>
        )}
        <button class="button small secondary" type="submit">
          Salva la vista
        </button>
      </form>
    </details>
  );
}
