/** The frame of every page: head, navigation, the banner where a person is needed, footer. */
/** @jsxImportSource ../markup */
import type { Child } from "hono/jsx";
import type { AskRow, Run } from "../../../engine/journal/runs.ts";
import { buildAssetUrl } from "../routes/assets.ts";
import { formatMoment, formatNumber } from "../../words/format.ts";
import { buildDoubtsUrl, buildRunUrl } from "../urls.ts";
import { formatAsk } from "../../words/words.ts";
import { Icon } from "./icon.tsx";

export type Section = "flussi" | "programmazioni" | "nuovo";

/** What the frame shows besides the page. */
export interface PageFrame {
  readonly title: string;
  /** Which entry of the navigation the page belongs to; `null` = none. */
  readonly section: Section | null;
  /** Open questions of all runs. */
  readonly asks: readonly AskRow[];
  /** Runs that wait for a person to say what became of verbali in doubt, newest first. */
  readonly doubtful: readonly Run[];
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether runs can be started here. */
  readonly canStart: boolean;
}

export function Layout({
  frame,
  children,
}: {
  readonly frame: PageFrame;
  readonly children?: Child;
}) {
  return (
    <html lang="it">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light" />
        <title>{`${frame.title} · Postino`}</title>
        <link rel="icon" type="image/svg+xml" href={buildAssetUrl("favicon.svg")} />
        <link rel="stylesheet" href={buildAssetUrl("style.css")} />
        <script src={buildAssetUrl("live.js")} defer />
      </head>
      <body>
        <a class="skip" href="#contenuto">
          Vai al contenuto
        </a>
        <Header frame={frame} />
        <AskBanner asks={frame.asks} doubtful={frame.doubtful} now={frame.now} />
        <main id="contenuto" tabindex={-1}>
          {children}
        </main>
        <footer>
          <span>Postino {frame.version}</span>
          <span class="hidden" role="status" aria-live="polite" data-live-summary />
          <span class="live-state" data-live-state hidden>
            Collegamento interrotto: la pagina si aggiornerà appena torna.
          </span>
        </footer>
      </body>
    </html>
  );
}

/** What of a page moves: all but the frame around it. */
export function Parts({
  frame,
  children,
}: {
  readonly frame: PageFrame;
  readonly children?: Child;
}) {
  return (
    <>
      <AskBanner asks={frame.asks} doubtful={frame.doubtful} now={frame.now} />
      {children}
    </>
  );
}

function Header({ frame }: { readonly frame: PageFrame }) {
  const entries: readonly (readonly [Section, string, string])[] = [
    ["flussi", "/", "Flussi"],
    ["programmazioni", "/programmazioni", "Programmazioni"],
    ...(frame.canStart ? ([["nuovo", "/nuovo", "Nuovo flusso"]] as const) : []),
  ];
  return (
    <header class="top">
      <div class="inner">
        <a class="brand" href="/">
          <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <path d="M3 8.5h26v15.5H3zM3.5 9l12.5 9L28.5 9" />
          </svg>
          <span>
            <strong>Postino</strong>
            <small>Notifica dei verbali con SEND</small>
          </span>
        </a>
        <nav aria-label="Principale">
          {entries.map(([section, href, label]) => (
            <a href={href} aria-current={section === frame.section ? "page" : undefined}>
              {label}
            </a>
          ))}
        </nav>
      </div>
    </header>
  );
}

const SHOWN = 3;

/** Says on every page that a run waits for a person, and leads to the form. */
function AskBanner({ asks, doubtful, now }: Pick<PageFrame, "asks" | "doubtful" | "now">) {
  const more = Math.max(0, asks.length - SHOWN) + Math.max(0, doubtful.length - SHOWN);
  return (
    <div data-live="banner">
      {asks.length + doubtful.length > 0 && (
        <section class="banner" aria-label="Serve una persona">
          <ul>
            {asks.slice(0, SHOWN).map((ask) => (
              <li>
                <Icon name="person" />
                <span>
                  <strong>{formatAsk(ask)}</strong> per il flusso {ask.run}, entro{" "}
                  {formatDeadline(ask.deadline, now)}.
                </span>
                <a class="button small" href={`${buildRunUrl(ask.run)}#richiesta`}>
                  Rispondi<span class="hidden"> al flusso {ask.run}</span>
                </a>
              </li>
            ))}
            {doubtful.slice(0, SHOWN).map(({ id, counts }) => (
              <li>
                <Icon name="question" />
                <span>
                  <strong>
                    {formatNumber(counts.inDoubt)} {counts.inDoubt === 1 ? "verbale" : "verbali"} in
                    dubbio
                  </strong>{" "}
                  nel flusso {id}: qualcuno deve dire se l'operazione è avvenuta.
                </span>
                <a class="button small" href={buildDoubtsUrl(id)}>
                  Decidi<span class="hidden"> per gli in dubbio del flusso {id}</span>
                </a>
              </li>
            ))}
          </ul>
          {more > 0 && (
            <a href="/?stato=waiting-for-person">
              {more === 1 ? "C'è un'altra richiesta" : `Ci sono altre ${more} richieste`}
            </a>
          )}
        </section>
      )}
    </div>
  );
}

/** `le 15:40` today, else `il 24 novembre alle 15:40`. */
export function formatDeadline(instant: string, now: number): string {
  const moment = formatMoment(instant, now);
  return moment.includes(" ") ? `il ${moment}` : `le ${moment}`;
}
