/** «Qual è l'importo giusto?»: a sheet to read from on the phone. */
/** @jsxImportSource ../../markup */
import {
  groupCode,
  type CodeAmount,
  type RightAmount,
} from "../../../history/amount/right-amount.ts";
import { formatCents, formatDay } from "../../../words/format.ts";
import { buildVerbaleUrl } from "../../urls.ts";
import { Icon, type IconName } from "../icon.tsx";

export interface AmountOf {
  readonly iun: string;
  readonly right: RightAmount;
}

interface AmountPageProps {
  readonly ente: string;
  readonly numero: string;
  /** The newest first. */
  readonly notifications: readonly AmountOf[];
}

export function AmountPage({ ente, numero, notifications }: AmountPageProps) {
  const [newest, ...others] = notifications;
  return (
    <div class="amount">
      <nav class="crumbs" aria-label="Percorso">
        <a href={buildVerbaleUrl(ente, numero)}>Verbale {numero}</a>{" "}
        <span aria-hidden="true">/</span> Importo
      </nav>
      <h1>Qual è l'importo giusto?</h1>
      <p class="lead">Verbale {numero}</p>
      {newest === undefined ? (
        <section class="empty">
          <h2>Non ancora notificato</h2>
          <p>Questo verbale non è ancora stato consegnato a SEND: non c'è un codice da pagare.</p>
        </section>
      ) : (
        <Sheet {...newest} />
      )}
      {others.length > 0 && (
        <section aria-labelledby="titolo-altre">
          <h2 id="titolo-altre">Notifiche di prima</h2>
          <p class="muted">I loro codici non valgono più, salvo ciò che è già stato pagato.</p>
          {others.map((one) => (
            <details id={`notifica-${one.iun}`}>
              <summary>{one.iun}</summary>
              <Sheet {...one} />
            </details>
          ))}
        </section>
      )}
    </div>
  );
}

const icons: Readonly<Record<RightAmount["tone"], IconName>> = {
  pay: "check",
  paid: "check",
  closed: "stop",
  wait: "clock",
};

const tones: Readonly<Record<RightAmount["tone"], string>> = {
  pay: "good",
  paid: "good",
  closed: "bad",
  wait: "wait",
};

export function AmountAnswer({ right }: { readonly right: RightAmount }) {
  return (
    <p class={`answer ${tones[right.tone]}`}>
      <Icon name={icons[right.tone]} /> <span>{right.answer}</span>
    </p>
  );
}

function Sheet({ iun, right }: AmountOf) {
  const { act, codes, added, paid, doubts } = right;
  return (
    <>
      <AmountAnswer right={right} />
      {doubts.length > 0 && (
        <div class="notice warn">
          <Icon name="warning" />
          <div>
            <strong>Da chiarire prima di rispondere</strong>
            <ul>
              {doubts.map((text) => (
                <li>{text}</li>
              ))}
            </ul>
          </div>
        </div>
      )}
      <div class="columns">
        <section class="card">
          <h2>Che cosa diceva l'atto</h2>
          <dl class="facts">
            {act.map(([label, value]) => (
              <>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </>
            ))}
          </dl>
        </section>
        <section class="card">
          <h2>Che cosa si è aggiunto, e perché</h2>
          {added.map((text) => (
            <p>{text}</p>
          ))}
        </section>
      </div>
      <Codes iun={iun} codes={codes} />
      <section>
        <h2>Che cosa è stato pagato</h2>
        {paid.length === 0 ? <p>Nulla, per quanto si sa.</p> : paid.map((text) => <p>{text}</p>)}
      </section>
      <p class="muted">Notifica {iun}</p>
    </>
  );
}

function Codes({ iun, codes }: { readonly iun: string; readonly codes: readonly CodeAmount[] }) {
  return (
    <section>
      <h2>I codici</h2>
      <table class="cards">
        <caption class="hidden">Codici avviso della notifica {iun}</caption>
        <thead>
          <tr>
            <th scope="col">Codice avviso</th>
            <th scope="col">Dell'atto</th>
            <th scope="col">Spese aggiunte</th>
            <th scope="col">In tutto</th>
            <th scope="col">Fino al</th>
            <th scope="col">Oggi</th>
          </tr>
        </thead>
        <tbody>
          {codes.map((code) => (
            <Code code={code} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Code({ code }: { readonly code: CodeAmount }) {
  const { kind, noticeCode, actCents, addedCents, totalCents, lastDay, isOpen } = code;
  return (
    <tr>
      <th scope="row">
        <code>{groupCode(noticeCode)}</code>
        <span class="sub">{kind === "discounted" ? "scontato" : "ridotto"}</span>
      </th>
      <td data-label="Dell'atto">{formatCents(actCents)}</td>
      <td data-label="Spese aggiunte">
        {addedCents === null ? "non ancora note" : formatCents(addedCents)}
      </td>
      <td data-label="In tutto">
        <strong>{totalCents === null ? "—" : formatCents(totalCents)}</strong>
      </td>
      <td data-label="Fino al">
        {lastDay === null ? "si saprà alla notifica" : formatDay(lastDay)}
      </td>
      <td data-label="Oggi">{isOpen ? "Si può pagare" : "Non si paga"}</td>
    </tr>
  );
}
