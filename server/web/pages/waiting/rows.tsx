/** The rows of the register: one state, sorted, with what may be said of the ticked ones. */
/** @jsxImportSource ../../markup */
import type { Child } from "hono/jsx";
import { countDaysBetween } from "../../../../engine/host/clock.ts";
import type { Entry } from "../../../../integrations/register/port.ts";
import type { WaitingPage } from "../../../register/list-waiting.ts";
import type { WaitingWord } from "../../../register/waiting-desk.ts";
import { formatCents, formatDay, formatNumber } from "../../../words/format.ts";
import { waitingStateWords } from "../../../words/waiting-words.ts";
import { mayDo } from "../../gate/who.ts";
import { buildRunUrl } from "../../urls.ts";
import {
  buildWaitingOneUrl,
  buildWaitingUrl,
  type WaitingListQuery,
  withoutPlace,
} from "../../waiting-urls.ts";
import { Icon } from "../icon.tsx";

export interface WaitingRowsProps {
  readonly query: WaitingListQuery;
  readonly page: WaitingPage;
  /** What was typed; empty: nothing. */
  readonly text: string;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  readonly csrf: string;
}

/** What may be said of those of each state, the usual one first. */
const wordsOf: Readonly<
  Record<WaitingListQuery["state"], readonly (readonly [WaitingWord, string])[]>
> = {
  ready: [
    ["choose", "Scegli per il prossimo flusso"],
    ["exclude", "Metti da parte"],
  ],
  chosen: [
    ["leave", "Togli dalla scelta"],
    ["exclude", "Metti da parte"],
  ],
  wrong: [["exclude", "Metti da parte"]],
  back: [
    ["restore", "Fai ripartire con codici nuovi"],
    ["exclude", "Metti da parte"],
  ],
  excluded: [["restore", "Rimetti tra i pronti"]],
  taken: [],
  sent: [],
};

export function WaitingRows(props: WaitingRowsProps) {
  const { query, page, text, csrf } = props;
  const words = mayDo("start", query.ente) ? wordsOf[query.state] : [];
  const total = page.counts[query.state];
  const isNarrowed = text !== "" || Object.keys(query.facets).length > 0;
  return (
    <form
      method="post"
      action="/registro/parola"
      class="selection"
      data-selection={`registro ${query.ente} ${query.state}`}
    >
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="indirizzo" value={buildWaitingUrl(withoutPlace(query))} />
      {words.length > 0 && (
        <>
          <p class="muted" role="status" data-selected />
          <div class="selectbar">
            <label class="tick">
              <input type="checkbox" name="tutti" value="si" /> Tutti i {formatNumber(total)}
              {isNarrowed ? " con questi filtri" : ""}
            </label>
            {words.map(([word, label], index) => (
              <button
                class={index === 0 ? "button small" : "button small secondary"}
                type="submit"
                name="parola"
                value={word}
              >
                {label}
              </button>
            ))}
          </div>
        </>
      )}
      <table class="cards grid waiting">
        <caption class="hidden">Verbali: {waitingStateWords[query.state]}</caption>
        <Head query={query} canPick={words.length > 0} />
        <tbody>
          {page.rows.map((entry) => (
            <Row entry={entry} canPick={words.length > 0} {...props} />
          ))}
        </tbody>
      </table>
      <Paging {...props} total={total} />
    </form>
  );
}

function Head({ query, canPick }: { readonly query: WaitingListQuery; readonly canPick: boolean }) {
  const rest = withoutPlace(query);
  const heads: readonly (readonly [label: string, sort: WaitingListQuery["sort"] | null])[] = [
    ["Verbale", "number"],
    ["Violazione", null],
    ["Destinatario", null],
    ["Targa", null],
    ["Importo", null],
    ["Da notificare entro", "term"],
    [query.state === "taken" || query.state === "sent" ? "Flusso" : "Controlli", null],
  ];
  return (
    <thead>
      <tr>
        {canPick && (
          <th scope="col" class="pick">
            <span class="hidden">Scelto</span>
          </th>
        )}
        {heads.map(([label, sort]) =>
          sort === null ? (
            <th scope="col">{label}</th>
          ) : (
            <th scope="col" aria-sort={sort === query.sort ? "ascending" : undefined}>
              <a href={buildWaitingUrl({ ...rest, sort })}>
                {label}
                <span class="order" aria-hidden="true">
                  {sort === query.sort ? "▲" : "↕"}
                </span>
              </a>
            </th>
          ),
        )}
      </tr>
    </thead>
  );
}

interface RowProps extends WaitingRowsProps {
  readonly entry: Entry<"standing">;
  readonly canPick: boolean;
}

function Row(props: RowProps) {
  const { entry, canPick, query } = props;
  const { row } = entry.data;
  return (
    <tr id={`r-${row.numero}`}>
      {canPick && (
        <td class="pick">
          <input
            type="checkbox"
            name="verbale"
            value={row.numero}
            aria-label={`Scegli ${row.numero}`}
          />
        </td>
      )}
      <th scope="row">
        <a href={buildWaitingOneUrl(query.ente, row.numero)}>{row.numero}</a>
      </th>
      <Cell label="Violazione">
        {/^\d{4}-\d\d-\d\d$/.test(row.day) ? formatDay(row.day) : row.day}
      </Cell>
      <Cell label="Destinatario">{row.denomination}</Cell>
      <Cell label="Targa">{row.targa}</Cell>
      <Cell label="Importo">
        <span class="nowrap">{formatCents(row.amountCents)}</span>
      </Cell>
      <Cell label="Da notificare entro">
        <Term {...props} />
      </Cell>
      <Cell label="Controlli">
        <Verdict {...props} />
      </Cell>
    </tr>
  );
}

function Cell({ label, children }: { readonly label: string; readonly children?: Child }) {
  return <td data-label={label}>{children}</td>;
}

function Term({ entry, today }: RowProps) {
  const { notifyBy, state } = entry.data;
  if (notifyBy === null) return <span class="muted">—</span>;
  if (state === "sent" || state === "excluded") return <>{formatDay(notifyBy)}</>;
  const days = countDaysBetween(today, notifyBy);
  return (
    <>
      {formatDay(notifyBy)}{" "}
      <span class={days <= 15 ? "term near" : "term"}>
        {days <= 15 && <Icon name="clock" />}
        {describeDays(days)}
      </span>
    </>
  );
}

function describeDays(days: number): string {
  if (days < 0) return days === -1 ? "scaduto ieri" : `scaduto da ${-days} giorni`;
  if (days === 0) return "scade oggi";
  return days === 1 ? "1 giorno" : `${days} giorni`;
}

function Verdict({ entry }: RowProps) {
  const { state, faults, warnings, why, flusso } = entry.data;
  if (state === "taken" || state === "sent")
    return flusso === null ? null : <a href={buildRunUrl(flusso)}>{flusso}</a>;
  const [first] = why === null ? faults : [why];
  if (first !== undefined)
    return (
      <>
        <span class="cause">{first.text}</span>
        {why === null && faults.length > 1 && (
          <span class="sub">e altri {faults.length - 1} difetti</span>
        )}
        {flusso !== null && state === "back" && (
          <span class="sub">
            Flusso <a href={buildRunUrl(flusso)}>{flusso}</a>
          </span>
        )}
      </>
    );
  if (warnings.length === 0) return <span class="muted">Nessun difetto</span>;
  return (
    <span class="muted">{warnings.length === 1 ? "1 avviso" : `${warnings.length} avvisi`}</span>
  );
}

function Paging({ query, page, total }: WaitingRowsProps & { readonly total: number }) {
  return (
    <nav class="paging" aria-label="Pagine">
      <span class="muted">{total === 1 ? "1 verbale" : `${formatNumber(total)} verbali`}</span>
      {query.after !== undefined && (
        <a href={buildWaitingUrl(withoutPlace(query))}>Torna all'inizio</a>
      )}
      {page.next !== null && (
        <a
          class="button secondary"
          rel="next"
          href={buildWaitingUrl({ ...query, after: page.next })}
        >
          Successivi
        </a>
      )}
    </nav>
  );
}
