/** The table of enti: last success, next start, thirty days as small squares, what is overdue. */
/** @jsxImportSource ../../markup */
import type { Child } from "hono/jsx";
import { toInstant } from "../../../../engine/host/clock.ts";
import {
  type DayState,
  type EnteSummary,
  listDays,
} from "../../../history/today/ente-summaries.ts";
import { type EnteRow, rankTrouble } from "../../../history/today/list-enti.ts";
import { formatDay, formatMoment, formatNumber } from "../../../words/format.ts";
import { buildEntiUrl, buildRunUrl, buildTodayUrl, type EntiQuery } from "../../urls.ts";
import { Icon } from "../icon.tsx";

interface EntiProps {
  readonly rows: readonly EnteRow[];
  readonly query: EntiQuery;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const entiPage = 50;

export function Enti({ rows, query, now }: EntiProps) {
  const wanted = (query.nome ?? "").toLowerCase();
  const found =
    wanted === ""
      ? rows
      : rows.filter(({ codice, nome }) => `${codice} ${nome}`.toLowerCase().includes(wanted));
  const from = query.from ?? 0;
  const shown = found.slice(from, from + entiPage);
  return (
    <section id="enti" aria-labelledby="titolo-enti">
      <div class="gridtools">
        <h2 id="titolo-enti">
          Enti <span class="count">{formatNumber(found.length)}</span>
        </h2>
        <form class="search" method="get" action="/#enti" role="search" aria-label="Enti">
          <label>
            <span>Nome o codice dell'ente</span>
            <input type="search" name="nome" value={query.nome ?? ""} autocomplete="off" />
          </label>
          <button class="button secondary" type="submit">
            Filtra
          </button>
        </form>
      </div>
      <div data-live="enti">
        {shown.length === 0 ? (
          <section class="empty">
            <p>
              Nessun ente si chiama così. <a href="/#enti">Mostra tutti gli enti</a>.
            </p>
          </section>
        ) : (
          <EnteTable rows={shown} now={now} />
        )}
        <nav class="paging" aria-label="Pagine degli enti">
          {from > 0 && <a href={buildEntiUrl({ ...query, from: 0 })}>Torna all'inizio</a>}
          {from + entiPage < found.length && (
            <a
              class="button secondary"
              rel="next"
              href={buildEntiUrl({ ...query, from: from + entiPage })}
            >
              Successivi
            </a>
          )}
        </nav>
      </div>
    </section>
  );
}

function EnteTable({ rows, now }: Pick<EntiProps, "rows" | "now">) {
  const days = listDays(now);
  return (
    <table class="cards enti">
      <caption class="hidden">Enti: prima quelli con un problema</caption>
      <thead>
        <tr>
          <th scope="col">Ente</th>
          <th scope="col">Come va</th>
          <th scope="col">Ultimi trenta giorni</th>
          <th scope="col">Ultimo riuscito</th>
          <th scope="col">Prossimo</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <EnteLine row={row} days={days} now={now} />
        ))}
      </tbody>
    </table>
  );
}

interface LineProps {
  readonly row: EnteRow;
  readonly days: readonly string[];
  readonly now: number;
}

function EnteLine({ row, days, now }: LineProps) {
  const { codice, nome, summary, nextAt } = row;
  const success = summary?.lastSuccess ?? null;
  return (
    <tr id={`e-${codice}`} data-ente={codice}>
      <th scope="row" data-label="Ente">
        <a class="strong" href={buildTodayUrl(codice)}>
          {nome}
        </a>
      </th>
      <td data-label="Come va">
        <Trouble row={row} />
      </td>
      <td data-label="Ultimi trenta giorni">
        <Squares summary={summary} days={days} />
      </td>
      <td data-label="Ultimo riuscito">
        {success === null ? (
          <span class="muted">nessuno in trenta giorni</span>
        ) : (
          <a href={buildRunUrl(success.id)}>{formatMoment(success.at, now)}</a>
        )}
      </td>
      <td data-label="Prossimo">
        {nextAt === null ? <span class="muted">—</span> : formatMoment(toInstant(nextAt), now)}
      </td>
    </tr>
  );
}

const troubles = [
  ["good", "check", "In ordine"],
  ["warn", "clock", "In ritardo"],
  ["bad", "stop", "Fermo"],
  ["bad", "warning", "Impostazioni con errori"],
] as const;

function Trouble({ row }: { readonly row: EnteRow }) {
  const [tone, icon, word] = troubles[rankTrouble(row)] ?? troubles[0];
  if (row.summary === null && rankTrouble(row) === 0)
    return <span class="muted">nessun flusso</span>;
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} />
      {word}
    </span>
  );
}

const dayWords: Readonly<Record<DayState, string>> = {
  off: "annullati",
  good: "riusciti",
  warn: "con scarti",
  busy: "in corso",
  ask: "in attesa di una persona",
  bad: "non riusciti o fermi",
};

const drawn = new WeakMap<EnteSummary, { readonly last: string; readonly squares: Child }>();

/** Drawn again only when the ente or the day has changed: hundreds stand in a page. */
function Squares({
  summary,
  days,
}: {
  readonly summary: EnteSummary | null;
  readonly days: readonly string[];
}) {
  if (summary === null) return <span class="muted">—</span>;
  const last = days.at(-1) ?? "";
  const known = drawn.get(summary);
  if (known?.last === last) return <>{known.squares}</>;
  const squares = drawSquares(summary, days);
  drawn.set(summary, { last, squares });
  return <>{squares}</>;
}

/** One path for each look; a shape besides the colour: what went wrong is taller than what went well. */
function drawSquares({ days: states }: EnteSummary, days: readonly string[]): Child {
  const paths = new Map<DayState | "none", string>();
  const counts = new Map<DayState, number>();
  for (const [index, day] of days.entries()) {
    const state = states.get(day) ?? "none";
    const top =
      state === "none" ? 12 : { good: 4, off: 8, busy: 4, warn: 2, ask: 2, bad: 0 }[state];
    paths.set(state, `${paths.get(state) ?? ""}M${index * 9} ${top}h7V16h-7z`);
    if (state !== "none") counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const told = [...counts].map(([state, count]) => `${count} ${dayWords[state]}`).join(", ");
  const [first = "", last = ""] = [days[0], days.at(-1)];
  return (
    <svg
      class="squares"
      viewBox="0 0 268 16"
      role="img"
      aria-label={`Giorni con flussi: ${told || "nessuno"}`}
    >
      <title>{`${formatDay(first)} – ${formatDay(last)}: ${told || "nessun flusso"}`}</title>
      {[...paths].map(([state, d]) => (
        <path class={`fill-${state === "ask" ? "warn" : state}`} d={d} />
      ))}
    </svg>
  );
}
