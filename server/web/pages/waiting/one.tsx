/** A verbale of the register: where it stands, its faults beside its data, its versions, and what a person may do with it. */
/** @jsxImportSource ../../markup */
import { waitingOneWords, waitingStateLeads } from "../../../words/waiting-words.ts";
import { formatDay } from "../../../words/format.ts";
import type { OpenWaiting } from "../../../register/correct-waiting.ts";
import { buildAssetUrl } from "../../routes/assets.ts";
import { buildItemUrl, buildRunUrl, buildSchedaUrl, buildVerbaleUrl } from "../../urls.ts";
import { buildWaitingOneUrl, buildWaitingUrl } from "../../waiting-urls.ts";
import { type Notice, NoticeBox } from "../notice.tsx";
import { SchedaForm, type SchedaFormProps, VersionList } from "../scheda/scheda.tsx";

interface WaitingOneProps extends Omit<SchedaFormProps, "action" | "back" | "send" | "outcome"> {
  readonly open: OpenWaiting;
  readonly notice: Notice | null;
}

export function WaitingOnePage(props: WaitingOneProps) {
  const { open, notice } = props;
  const { ente, standing, versions } = open;
  const { key, data } = standing;
  return (
    <div class="draft scheda">
      <nav class="crumbs" aria-label="Percorso">
        <a href={buildWaitingUrl({ ente, state: data.state })}>Da notificare</a>{" "}
        <span aria-hidden="true">/</span> {key}
      </nav>
      <div class="title">
        <h1>Verbale {key}</h1>
        <span class={`badge ${tones[data.state]}`}>{waitingOneWords[data.state]}</span>
      </div>
      <p class="lead">{waitingStateLeads[data.state]}</p>
      {notice !== null && <NoticeBox notice={notice} />}
      {data.why !== null && <NoticeBox notice={{ tone: "bad", text: data.why.text }} />}
      <p>
        {data.notifyBy !== null && <>Da notificare entro il {formatDay(data.notifyBy)}. </>}
        Arrivato con il flusso <a href={buildRunUrl(data.origin)}>{data.origin}</a>.
        {data.flusso !== null && (
          <>
            {" "}
            Preso dal flusso <a href={buildItemUrl(data.flusso, key)}>{data.flusso}</a>.
          </>
        )}
      </p>
      <Words {...props} />
      <Sheet {...props} />
      <VersionList
        versions={versions.map(({ at, data: { run, correction } }) => ({
          at,
          text:
            correction === undefined
              ? `com'è arrivato con il flusso ${run}`
              : `${correction.by}: ${correction.reason} (${correction.changed.join(", ")})`,
        }))}
      />
      <script src={buildAssetUrl("scheda.js")} type="module" />
    </div>
  );
}

function Sheet(props: WaitingOneProps) {
  const { ente, standing, refusal } = props.open;
  const { key, data } = standing;
  return (
    <>
      {refusal === null ? (
        <SchedaForm
          {...props}
          action={buildWaitingOneUrl(ente, key)}
          back={buildWaitingUrl({ ente, state: data.state })}
          send={data.state === "back" ? "Correggi e rimetti in partenza" : "Salva la correzione"}
          outcome={
            data.state === "back"
              ? "Il verbale parte con il prossimo flusso, con codici di pagamento nuovi. La versione di prima resta, con chi ha corretto e perché."
              : "La versione di prima resta, con chi ha corretto e perché. Se il gestionale manda ancora i dati di prima, vale la correzione."
          }
        />
      ) : (
        <>
          <div class="notice wait">
            <div>
              <strong>{refusal}</strong>
            </div>
          </div>
          <p>
            <a class="button" href={buildVerbaleUrl(ente, key)}>
              Apri il verbale
            </a>
          </p>
        </>
      )}
    </>
  );
}

const tones = {
  ready: "good",
  chosen: "good",
  wrong: "bad",
  back: "warn",
  excluded: "off",
  taken: "wait",
  sent: "good",
} as const;

/** What may be done with it as it is. */
function Words({ open, csrf }: WaitingOneProps) {
  const { ente, standing } = open;
  const { state, faults, flusso } = standing.data;
  const isSound = faults.length === 0;
  const words = [
    ...(state === "ready" && isSound ? [["choose", "Scegli per il prossimo flusso"] as const] : []),
    ...(state === "chosen" ? [["leave", "Togli dalla scelta"] as const] : []),
    ...(state === "back" && isSound
      ? [["restore", "Fai ripartire con codici nuovi"] as const]
      : []),
    ...(state === "excluded" ? [["restore", "Rimetti tra i pronti"] as const] : []),
    ...(["ready", "chosen", "wrong", "back"].includes(state)
      ? [["exclude", "Metti da parte"] as const]
      : []),
  ];
  if (words.length === 0) return null;
  return (
    <form method="post" action="/registro/parola" class="draftactions">
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="indirizzo" value={buildWaitingUrl({ ente, state })} />
      <input type="hidden" name="verbale" value={standing.key} />
      {words.map(([word, label]) => (
        <button class="button secondary" type="submit" name="parola" value={word}>
          {label}
        </button>
      ))}
      {state === "back" && flusso !== null && (
        <a class="button secondary" href={buildSchedaUrl(flusso, standing.key)}>
          Correggi e rimanda subito nel flusso {flusso}
        </a>
      )}
    </form>
  );
}
