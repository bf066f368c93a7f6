/** The messages of the last thirty days: what was told to whom, and what could not be sent. */
/** @jsxImportSource ../../markup */
import type { Catalog } from "../../../history/catalog.ts";
import type { ShownMessage } from "../../../history/alerts.ts";
import { alertKindWords } from "../../../words/alert-words.ts";
import { Icon } from "../icon.tsx";
import { type Notice, NoticeBox } from "../notice.tsx";
import { formatEnteName, Instant } from "../run-table.tsx";

interface AlertsProps {
  readonly messages: readonly ShownMessage[];
  readonly catalog: Catalog | null;
  readonly csrf: string;
  readonly notice: Notice | null;
  /** Whether whoever looks may send a message to try it. */
  readonly canTest: boolean;
}

export function AlertsPage({ messages, catalog, csrf, notice, canTest }: AlertsProps) {
  const stuck = messages.filter(({ fault, sentAt }) => fault !== null && sentAt === null);
  return (
    <>
      <div class="title">
        <h1>Avvisi</h1>
        <p class="muted">
          Un messaggio per ogni causa e giorno a chi lo ha chiesto, per posta o webhook.
        </p>
      </div>
      {notice !== null && <NoticeBox notice={notice} />}
      {stuck.length > 0 && (
        <NoticeBox
          notice={{
            tone: "bad",
            text:
              stuck.length === 1
                ? "Un avviso non è partito."
                : `${stuck.length} avvisi non sono partiti.`,
            hint: stuck[0]?.fault ?? undefined,
          }}
        />
      )}
      {canTest && (
        <form method="post" action="/avvisi/prova" class="try">
          <input type="hidden" name="csrf" value={csrf} />
          <button type="submit" class="button secondary">
            Manda un messaggio di prova
          </button>
        </form>
      )}
      <div data-live="avvisi">
        {messages.length === 0 ? <Nothing /> : <AlertTable messages={messages} catalog={catalog} />}
      </div>
    </>
  );
}

function Nothing() {
  return (
    <section class="empty">
      <h2>Nessun avviso negli ultimi trenta giorni</h2>
      <p>
        Chi vuole essere avvisato sta in <code>avvisi.yaml</code>, nella cartella dei dati, e nel
        file di ogni ente sotto <code>alerts:</code>. <a href="/manuale/avvisi">Come si scrive</a>
      </p>
    </section>
  );
}

function AlertTable({ messages, catalog }: Pick<AlertsProps, "messages" | "catalog">) {
  return (
    <table class="cards">
      <caption class="hidden">Messaggi, dal più recente</caption>
      <thead>
        <tr>
          <th scope="col">Causa</th>
          <th scope="col">Che cosa è successo</th>
          <th scope="col">A chi</th>
          <th scope="col">Quando</th>
          <th scope="col">Esito</th>
        </tr>
      </thead>
      <tbody>
        {messages.map((message) => (
          <AlertRow message={message} catalog={catalog} />
        ))}
      </tbody>
    </table>
  );
}

/** Lines beyond these stand in the message. */
const shownLines = 3;

function AlertRow({
  message,
  catalog,
}: {
  readonly message: ShownMessage;
  readonly catalog: Catalog | null;
}) {
  const { kind, lines, channel, to, madeAt } = message;
  return (
    <tr>
      <th scope="row" data-label="Causa">
        {capitalize(alertKindWords[kind].title)}
      </th>
      <td data-label="Che cosa è successo" class="note">
        {lines.slice(0, shownLines).map(({ ente, what, notDone, path }) => (
          <p>
            {ente !== null && <strong>{formatEnteName(catalog, ente)}: </strong>}
            {what} {notDone} <a href={path}>Apri</a>
          </p>
        ))}
        {lines.length > shownLines && <p class="muted">e altri {lines.length - shownLines}</p>}
      </td>
      <td data-label="A chi">{channel === "mail" ? to : "webhook"}</td>
      <td data-label="Quando">
        <Instant at={madeAt} />
      </td>
      <td data-label="Esito">
        <Outcome message={message} />
      </td>
    </tr>
  );
}

function Outcome({
  message: { sentAt, fault, isWaiting, tries },
}: {
  readonly message: ShownMessage;
}) {
  if (sentAt !== null)
    return (
      <span class="badge good">
        <Icon name="check" /> Inviato
      </span>
    );
  if (fault === null)
    return (
      <span class="badge wait">
        <Icon name="clock" /> Sta per partire
      </span>
    );
  return (
    <>
      <span class="badge bad">
        <Icon name="warning" /> {isWaiting ? "Non ancora partito" : "Non partito"}
      </span>
      <span class="sub">
        {fault} {isWaiting ? "Si riprova da solo." : `${tries} tentativi.`}
      </span>
    </>
  );
}

function capitalize(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
