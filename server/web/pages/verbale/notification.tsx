/** What became of a verbale once it was sent, across flussi: the answer on its amount, and its story to the legal end and the payment. */
/** @jsxImportSource ../../markup */
import type { Passage } from "../../../fascicolo/story.ts";
import type { RightAmount } from "../../../history/amount/right-amount.ts";
import { formatDateTime } from "../../../words/format.ts";
import { mayDo } from "../../gate/who.ts";
import { buildAmountUrl, buildCaseUrl, buildRenotifyUrl } from "../../urls.ts";
import { AmountAnswer } from "./amount.tsx";

export interface ToldNotification {
  readonly iun: string;
  readonly right: RightAmount;
  readonly story: readonly Passage[];
}

interface NotificationsProps {
  readonly ente: string;
  readonly numero: string;
  /** The newest first. */
  readonly notifications: readonly ToldNotification[];
  readonly canRenotify: boolean;
}

/** Nothing where it was never sent. */
export function Notifications({ ente, numero, notifications, canRenotify }: NotificationsProps) {
  const [newest, ...others] = notifications;
  if (newest === undefined) return null;
  return (
    <section aria-labelledby="titolo-notifica">
      <h2 id="titolo-notifica">La notifica, fino al pagamento</h2>
      <AmountAnswer right={newest.right} />
      <p class="draftactions">
        <a class="button secondary" href={buildAmountUrl(ente, numero)}>
          Qual è l'importo giusto?
        </a>
        {mayDo("documents", ente) && (
          <a class="button secondary" href={buildCaseUrl(ente, newest.iun, "zip")} download>
            Fascicolo completo
          </a>
        )}
        {canRenotify && (
          <a class="button secondary" href={buildRenotifyUrl(ente, numero)}>
            Rinotifica
          </a>
        )}
      </p>
      <Told notification={newest} />
      {others.map((one) => (
        <details id={`notifica-${one.iun}`}>
          <summary>Notifica di prima: {one.iun}</summary>
          <Told notification={one} />
        </details>
      ))}
    </section>
  );
}

function Told({
  notification: { iun, story, right },
}: {
  readonly notification: ToldNotification;
}) {
  return (
    <ol class="timeline" aria-label={`Storia della notifica ${iun}`}>
      {story.map(({ at, text }) => (
        <li class="done">
          <span class="when">
            <time dateTime={at}>{formatDateTime(at)}</time>
          </span>
          <span class="what">{text}</span>
        </li>
      ))}
      {right.paid.map((text) => (
        <li class="done">
          <span class="when muted">€</span>
          <span class="what">{text}</span>
        </li>
      ))}
    </ol>
  );
}
