/** The register «da notificare»: its states with their numbers, the list of one, and what is done with the ticked ones. */
/** @jsxImportSource ../../markup */
import { waitingStates } from "../../../../integrations/register/waiting.ts";
import type { Catalog } from "../../../history/catalog.ts";
import type { RegisterUse } from "../../../register/use.ts";
import { formatNumber } from "../../../words/format.ts";
import { waitingStateLeads, waitingStateWords } from "../../../words/waiting-words.ts";
import { mayDo } from "../../gate/who.ts";
import { buildGenerateUrl, buildWaitingUrl, withoutPlace } from "../../waiting-urls.ts";
import { type Notice, NoticeBox } from "../notice.tsx";
import { formatEnteName } from "../run-table.tsx";
import { SavedViewBar, type ViewBar } from "../views/saved-views.tsx";
import { WaitingRows, type WaitingRowsProps } from "./rows.tsx";

interface WaitingListProps extends WaitingRowsProps {
  /** Enti that use the register. */
  readonly enti: readonly string[];
  readonly use: RegisterUse;
  /** Flussi that brought or have those of the page: id and file. */
  readonly files: ReadonlyMap<string, string>;
  readonly catalog: Catalog | null;
  readonly notice: Notice | null;
  readonly views: ViewBar | null;
}

export function WaitingList(props: WaitingListProps) {
  const { query, page, notice, catalog } = props;
  return (
    <>
      <div class="title">
        <h1>Da notificare</h1>
        <p class="muted">{formatEnteName(catalog, query.ente)}</p>
        <Generate {...props} />
      </div>
      {notice !== null && <NoticeBox notice={notice} />}
      {props.enti.length > 1 && <EnteChoice {...props} />}
      <nav class="views" aria-label="Stato dei verbali">
        {waitingStates.map((state) => (
          <a
            href={buildWaitingUrl({ ...withoutPlace(query), state })}
            aria-current={state === query.state ? "true" : undefined}
          >
            {waitingStateWords[state]} {formatNumber(page.counts[state])}
          </a>
        ))}
      </nav>
      <p class="lead">{waitingStateLeads[query.state]}</p>
      <Filters {...props} />
      <SavedViewBar bar={props.views} />
      {page.rows.length === 0 ? <Nothing {...props} /> : <WaitingRows {...props} />}
    </>
  );
}

function Generate({ query, page, use }: WaitingListProps) {
  if (use.generates === null || !mayDo("start", query.ente)) return null;
  const { chosen } = page.counts;
  if (chosen === 0) return null;
  return (
    <a class="button" href={buildGenerateUrl(query.ente)}>
      Genera flusso SEND ({formatNumber(chosen)})
    </a>
  );
}

function EnteChoice({ query, enti, catalog }: WaitingListProps) {
  return (
    <form class="filters" method="get" action="/registro">
      <label>
        <span>Ente</span>
        <select name="ente">
          {enti.map((ente) => (
            <option value={ente} selected={ente === query.ente}>
              {formatEnteName(catalog, ente)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="button secondary">
        Mostra
      </button>
    </form>
  );
}

/** What is typed may name a person: it travels in the body, and the address holds a name for it. */
function Filters({ query, text, csrf, files }: WaitingListProps) {
  const { facets, ente } = query;
  const told = [
    ...(facets.origin === undefined
      ? []
      : [`arrivati con ${files.get(facets.origin) ?? facets.origin}`]),
    ...(facets.flusso === undefined ? [] : [`del flusso ${facets.flusso}`]),
    ...(facets.code === undefined ? [] : [`con il difetto ${facets.code}`]),
    ...(text === "" ? [] : [`con «${text}»`]),
  ];
  return (
    <div class="gridtools">
      <form
        class="search"
        method="post"
        action="/registro/cerca"
        role="search"
        aria-label="Verbali del registro"
      >
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="indirizzo" value={buildWaitingUrl(withoutPlace(query))} />
        {mayDo("personal", ente) && (
          <label>
            <span>Numero, targa, nome o codice fiscale</span>
            <input type="search" name="testo" value={text} maxlength={200} autocomplete="off" />
          </label>
        )}
        <label>
          <span>Mese della violazione</span>
          <input type="month" name="mese" value={facets.month ?? ""} placeholder="2026-11" />
        </label>
        <button class="button secondary" type="submit">
          Filtra
        </button>
      </form>
      {(told.length > 0 || facets.month !== undefined) && (
        <p class="muted">
          {told.length > 0 && `Solo quelli ${told.join(", ")}. `}
          <a href={buildWaitingUrl({ ente, state: query.state, sort: query.sort })}>
            Togli i filtri
          </a>
        </p>
      )}
    </div>
  );
}

function Nothing({ query, page, text, use }: WaitingListProps) {
  const isNarrowed = text !== "" || Object.keys(query.facets).length > 0;
  const isEmpty = waitingStates.every((state) => page.counts[state] === 0);
  if (isNarrowed)
    return (
      <section class="empty">
        <h2>Nessun verbale con questi filtri</h2>
        <p>
          <a href={buildWaitingUrl({ ente: query.ente, state: query.state })}>Togli i filtri</a>
        </p>
      </section>
    );
  if (use.generates === null)
    return (
      <section class="empty">
        <h2>Questo ente non usa il registro</h2>
        <p>I suoi file vanno dritti a SEND con «Nuovo flusso» o all'ora programmata.</p>
      </section>
    );
  return (
    <section class="empty">
      <h2>
        {isEmpty
          ? "Ancora nessun verbale"
          : `Nessuno: ${waitingStateWords[query.state].toLowerCase()}`}
      </h2>
      <p>
        {isEmpty
          ? "I verbali compaiono qui appena arrivano: dalla cartella di arrivo, da «Nuovo flusso» o dal gestionale."
          : waitingStateLeads[query.state]}
      </p>
    </section>
  );
}
