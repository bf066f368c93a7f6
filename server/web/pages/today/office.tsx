/** What «Oggi» tells of the verbali of one ente: terms that end soon, money that does not add up. */
/** @jsxImportSource ../../markup */
import type { NearTerm } from "../../../history/today/near-terms.ts";
import type { Today } from "../../../history/today/read-today.ts";
import { formatDay } from "../../../words/format.ts";
import { buildItemUrl, buildVerbaleUrl } from "../../urls.ts";
import { buildWaitingOneUrl, buildWaitingUrl } from "../../waiting-urls.ts";
import { Task, Tasks } from "./task.tsx";

interface OfficeProps {
  readonly today: Today;
}

const shownAtOnce = 8;

export function TermsCard({ today }: OfficeProps) {
  const terms = today.terms ?? [];
  const [first, rest] = [terms.slice(0, shownAtOnce), terms.slice(shownAtOnce)];
  return (
    <Tasks title="Vicini a un termine" count={terms.length}>
      {first.map((near) => (
        <TermTask near={near} />
      ))}
      {rest.length > 0 && (
        <li class="more">
          <details id="altri-termini">
            <summary>{rest.length === 1 ? "Un altro" : `Altri ${rest.length}`}</summary>
            <ul>
              {rest.map((near) => (
                <TermTask near={near} />
              ))}
            </ul>
          </details>
        </li>
      )}
    </Tasks>
  );
}

function TermTask({ near }: { readonly near: NearTerm }) {
  const { numero, term, title, day } = near;
  return (
    <Task
      id={`termine-${term}-${numero}`}
      icon="clock"
      tone={term === "notification" ? "bad" : "wait"}
      href={buildNearUrl(near)}
      button="Apri"
      about={`il verbale ${numero}`}
    >
      <strong>
        {numero}: {describeLeft(near)}
      </strong>
      <span class="sub">
        {title}: entro il {formatDay(day)}
        {term === "notification" && " · non ancora inviato a SEND"}
      </span>
    </Task>
  );
}

function buildNearUrl({ ente, numero, run, isWaiting }: NearTerm): string {
  if (isWaiting === true) return buildWaitingOneUrl(ente, numero);
  return run === null ? buildVerbaleUrl(ente, numero) : buildItemUrl(run, numero);
}

/** What of the register waits for a person. */
export function WaitingRegister({ today, ente }: OfficeProps & { readonly ente: string | null }) {
  const { waiting } = today;
  if (waiting === null || ente === null) return null;
  const rows = (
    [
      ["back", "tornati da un flusso", "Decidi"],
      ["wrong", "da correggere", "Correggi"],
      ["chosen", "scelti per il prossimo flusso", "Guarda"],
    ] as const
  ).filter(([state]) => waiting[state] > 0);
  return (
    <Tasks
      title="Da notificare"
      count={rows.length === 0 ? 0 : waiting.back + waiting.wrong + waiting.chosen}
    >
      {rows.map(([state, words, button]) => (
        <Task
          id={`registro-${state}`}
          icon={state === "chosen" ? "clock" : "warning"}
          tone={state === "chosen" ? "wait" : "warn"}
          href={buildWaitingUrl({ ente, state })}
          button={button}
          about={`i verbali ${words}`}
        >
          <strong>
            {waiting[state] === 1 ? "1 verbale" : `${waiting[state].toLocaleString("it")} verbali`}{" "}
            {words}
          </strong>
        </Task>
      ))}
    </Tasks>
  );
}

function describeLeft({ daysLeft }: NearTerm): string {
  if (daysLeft === 0) return "scade oggi";
  return daysLeft === 1 ? "scade domani" : `mancano ${daysLeft} giorni`;
}

export function Money({ today }: OfficeProps) {
  const found = today.unexplained ?? [];
  return (
    <Tasks title="Soldi da chiarire" count={found.length}>
      {found.slice(0, shownAtOnce).map(({ ente, numero, texts }) => (
        <Task
          id={`soldi-${numero}`}
          icon="warning"
          tone="warn"
          href={buildVerbaleUrl(ente, numero)}
          button="Apri"
          about={`il verbale ${numero}`}
        >
          <strong>{numero}</strong>
          {texts.map((text) => (
            <span class="sub">{text}</span>
          ))}
        </Task>
      ))}
    </Tasks>
  );
}
