/** «Rinotifica»: the verbale as SEND was given it, why it is notified anew, to whom, and the button that prepares it. */
/** @jsxImportSource ../../markup */
import type { FieldFault, FormField } from "../../../correct/verbale-form.ts";
import type { OpenRenotification } from "../../../register/renotify.ts";
import { renotifyChoices } from "../../../words/chain-words.ts";
import { buildAssetUrl } from "../../routes/assets.ts";
import { buildRenotifyUrl, buildVerbaleUrl } from "../../urls.ts";
import { NoticeBox } from "../notice.tsx";
import { SchedaForm, type SchedaFormProps, SheetField } from "../scheda/scheda.tsx";
import { Chain } from "./chain.tsx";

interface RenotifyProps extends Pick<SchedaFormProps, "texts" | "faults" | "places" | "csrf"> {
  readonly open: OpenRenotification;
  readonly problem: string | null;
}

export function RenotifyPage(props: RenotifyProps) {
  const { open, problem } = props;
  const { ente, numero, chain, refusal, isRegistered } = open;
  return (
    <div class="draft scheda">
      <nav class="crumbs" aria-label="Percorso">
        <a href={buildVerbaleUrl(ente, numero)}>Verbale {numero}</a>{" "}
        <span aria-hidden="true">/</span> Rinotifica
      </nav>
      <h1>Notifica di nuovo il verbale {numero}</h1>
      <p class="lead">
        Quando SEND avrà accettato la nuova notifica, i codici avviso della precedente si chiudono e
        le due restano una storia sola.
      </p>
      {problem !== null && <NoticeBox notice={{ tone: "bad", text: problem }} />}
      <Chain ente={ente} numero={numero} chain={chain} />
      {refusal === null ? (
        <SchedaForm
          {...props}
          author={null}
          ahead={<Why {...props} />}
          action={buildRenotifyUrl(ente, numero)}
          back={buildVerbaleUrl(ente, numero)}
          send={isRegistered ? "Metti tra i verbali da notificare" : "Prepara la nuova notifica"}
          outcome={
            isRegistered
              ? "Entra in «Da notificare» e parte con il prossimo flusso."
              : "Non parte ancora nulla: si apre il controllo con i costi, e da lì si avvia."
          }
        />
      ) : (
        <NoticeBox notice={{ tone: "bad", text: refusal }} />
      )}
      <script src={buildAssetUrl("scheda.js")} type="module" />
    </div>
  );
}

const whyFields: readonly FormField[] = [
  { name: "numero", label: "Numero della nuova notifica", kind: "text", choices: null },
  {
    name: "rinotifica.causa",
    label: "Perché si notifica di nuovo",
    kind: "cause",
    choices: [["", "Scegliere…"], ...renotifyChoices],
  },
  {
    name: "rinotifica.dataConoscenza",
    label: "Giorno in cui si è saputo",
    kind: "day",
    choices: null,
  },
  { name: "rinotifica.documento", label: "Da quale documento", kind: "text", choices: null },
];

function Why({
  texts,
  faults,
}: {
  readonly texts: ReadonlyMap<string, string>;
  readonly faults: readonly FieldFault[];
}) {
  return (
    <fieldset class="card">
      <legend>La nuova notifica</legend>
      <div class="fields">
        {whyFields.map((field) => (
          <SheetField
            field={field}
            text={texts.get(field.name) ?? ""}
            faults={faults.filter(({ fields: own }) => own[0] === field.name)}
            isMarked={faults.some(
              ({ fields: own, isError }) => isError && own.includes(field.name),
            )}
          />
        ))}
      </div>
    </fieldset>
  );
}
