/** The manual: its shelves, a guide with its sections beside it, and what a search found. */
/** @jsxImportSource ../markup */
import type { Child } from "hono/jsx";
import type { Markup } from "../markup/jsx-runtime.ts";
import { type Guide, shelves } from "../manual/guides.ts";
import type { GuidePage } from "../manual/render-guide.ts";
import type { ManualHit } from "../manual/search-manual.ts";

/** `hasApi`: the page of the API can be reached from here. */
export function ManualHome({ hasApi }: { readonly hasApi: boolean }) {
  return (
    <ManualFrame>
      <h1>Manuale</h1>
      {shelves.map(({ title, guides }) => (
        <section>
          <h2>{title}</h2>
          <ul class="guides">
            {guides.map((guide) => (
              <li>
                <a href={`/manuale/${guide.name}`}>{guide.title}</a>
                <p class="muted">{guide.summary}</p>
              </li>
            ))}
          </ul>
        </section>
      ))}
      {hasApi && (
        <p>
          Per i programmi che parlano con Postino: <a href="/api">le API</a>.
        </p>
      )}
    </ManualFrame>
  );
}

export function ManualGuide({ guide, page }: { readonly guide: Guide; readonly page: GuidePage }) {
  return (
    <ManualFrame>
      <p class="muted">
        <a href="/manuale">Manuale</a> / {guide.title}
      </p>
      <div class="manual-desk">
        <article>{page.html}</article>
        <nav aria-label="In questa pagina">
          <strong>In questa pagina</strong>
          <ul>
            {page.sections.map(({ id, title }) => (
              <li>
                <a href={`#${id}`}>{title}</a>
              </li>
            ))}
          </ul>
        </nav>
      </div>
    </ManualFrame>
  );
}

export function ManualHits({
  words,
  hits,
}: {
  readonly words: string;
  readonly hits: readonly ManualHit[];
}) {
  return (
    <ManualFrame words={words}>
      <p class="muted">
        <a href="/manuale">Manuale</a> / ricerca
      </p>
      <h1>{words === "" ? "Che cosa si cerca?" : `Nel manuale: ${words}`}</h1>
      {words !== "" && hits.length === 0 && (
        <p>Nessuna pagina ha tutte queste parole. Provare con una parola sola, o con il codice.</p>
      )}
      <ul class="guides">
        {hits.map(({ href, guide, title, excerpt }) => (
          <li>
            <a href={href}>{title}</a> <span class="muted">{guide}</span>
            <p>{excerpt}</p>
          </li>
        ))}
      </ul>
    </ManualFrame>
  );
}

/** The page that finds by itself, where no server answers. */
export function ManualSearch({ index }: { readonly index: Markup }) {
  return (
    <ManualFrame>
      <p class="muted">
        <a href="/manuale">Manuale</a> / ricerca
      </p>
      <h1>Ricerca nel manuale</h1>
      <noscript>
        <p>La ricerca chiede JavaScript; le guide si leggono anche senza.</p>
      </noscript>
      <p id="quanti" role="status" />
      <ul class="guides" id="trovati" />
      <script type="application/json" id="indice">
        {index}
      </script>
      <script src="risorse/minisearch.js" />
      <script src="risorse/ricerca.js" />
    </ManualFrame>
  );
}

function ManualFrame({
  words = "",
  children,
}: {
  readonly words?: string;
  readonly children?: Child;
}) {
  return (
    <div class="manual">
      <form class="manual-find" action="/manuale/cerca" role="search" aria-label="Nel manuale">
        <label>
          Cerca nel manuale
          <input type="search" name="parole" value={words} maxlength={100} autocomplete="off" />
        </label>
        <button type="submit" class="button">
          Cerca
        </button>
      </form>
      {children}
    </div>
  );
}
