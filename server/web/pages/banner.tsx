/** Says on every page that a run waits for a person, and leads to the form. */
/** @jsxImportSource ../markup */
import type { AskRow, Run } from "../../../engine/journal/runs.ts";
import { formatMoment, formatNumber } from "../../words/format.ts";
import { formatAsk } from "../../words/words.ts";
import { buildDoubtsUrl, buildRunUrl } from "../urls.ts";
import { isStranger } from "../gate/who.ts";
import { Icon } from "./icon.tsx";

interface BannerProps {
  /** Open questions of all runs. */
  readonly asks: readonly AskRow[];
  /** Runs that wait for a word on what is in doubt, newest first. */
  readonly doubtful: readonly Run[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const SHOWN = 3;

export function AskBanner({ asks, doubtful, now }: BannerProps) {
  // At the door nothing moves, and nothing is listened for.
  if (isStranger()) return <></>;
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
            <a href="/flussi?stato=waiting-for-person">
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
