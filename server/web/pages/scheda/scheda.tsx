/** The sheet of a rejected verbale: every datum with its faults beside it, who corrects and why, and the button that sends it again. */
/** @jsxImportSource ../../markup */
import type { Child } from "hono/jsx";
import type { OpenScheda } from "../../../correct/corrections.ts";
import type { SuggestedPlace } from "../../../correct/judge-typed.ts";
import {
  type FieldFault,
  type FormField,
  type FormGroup,
  formGroups,
} from "../../../correct/verbale-form.ts";
import { formatDateTime } from "../../../words/format.ts";
import { buildAssetUrl } from "../../routes/assets.ts";
import { buildItemUrl, buildRunUrl, buildSchedaUrl } from "../../urls.ts";
import { Icon } from "../icon.tsx";
import { NoticeBox } from "../notice.tsx";
import { FoundAddress } from "./found-address.tsx";

/** The form of a verbale, whoever takes what is typed. */
export interface SchedaFormProps {
  /** Where it is sent, and where one goes back to. */
  readonly action: string;
  readonly back: string;
  /** What the button that ends it says, and what comes of it. */
  readonly send: string;
  readonly outcome: string;
  readonly texts: ReadonlyMap<string, string>;
  readonly faults: readonly FieldFault[];
  readonly places: readonly SuggestedPlace[];
  /** Who corrects, and why; `null`: nobody asks. */
  readonly author: SheetAuthor | null;
  /** Fields that stand before the others. */
  readonly ahead?: Child;
  readonly csrf: string;
}

export interface SheetAuthor {
  /** Who is signed in; `null`: the name is typed. */
  readonly signer: string | null;
  readonly by: string;
  readonly reason: string;
}

interface SchedaPageProps extends Omit<SchedaFormProps, "action" | "back" | "send" | "outcome"> {
  readonly scheda: OpenScheda;
  readonly problem: string | null;
}

export function SchedaPage(props: SchedaPageProps) {
  const { scheda, problem } = props;
  const { run, item, refusal } = scheda;
  return (
    <div class="draft scheda">
      <nav class="crumbs" aria-label="Percorso">
        <a href={buildRunUrl(run.id)}>{run.id}</a> <span aria-hidden="true">/</span>{" "}
        <a href={buildItemUrl(run.id, item.key)}>{item.key}</a> <span aria-hidden="true">/</span>{" "}
        Correggi
      </nav>
      <h1>Correggi il verbale {item.key}</h1>
      {item.note !== null && <p class="lead">Scartato: {item.note}</p>}
      {problem !== null && <NoticeBox notice={{ tone: "bad", text: problem }} />}
      {refusal === null ? (
        <SchedaForm
          {...props}
          ahead={<FoundAddress found={scheda.found} />}
          action={buildSchedaUrl(run.id, item.key)}
          back={buildItemUrl(run.id, item.key)}
          send="Correggi e rimanda"
          outcome="Il verbale riparte in questo flusso con codici di pagamento nuovi; quelli di prima si annullano. La versione di prima resta, con chi ha corretto e perché. Il gestionale lo viene a sapere dagli esiti."
        />
      ) : (
        <NoticeBox notice={{ tone: "bad", text: refusal }} />
      )}
      <Versions scheda={scheda} />
      <script src={buildAssetUrl("scheda.js")} type="module" />
    </div>
  );
}

export function SchedaForm(props: SchedaFormProps) {
  const { action, back, send, outcome, faults, csrf } = props;
  const loose = faults.filter(({ fields }) => fields.length === 0);
  return (
    <form method="post" action={action} data-scheda>
      <input type="hidden" name="csrf" value={csrf} />
      {/* What Enter in a field presses: a look, never the sending. */}
      <button
        type="submit"
        name="azione"
        value="controlla"
        class="hidden"
        tabindex={-1}
        aria-hidden="true"
      >
        Controlla
      </button>
      <div data-fault="tutto" aria-live="polite">
        <Summary faults={faults} />
        {loose.length > 0 && <Faults faults={loose} />}
      </div>
      {props.ahead}
      {formGroups.map((group) => (
        <Group group={group} {...props} />
      ))}
      {props.author !== null && <Author {...props.author} />}
      <div class="draftactions">
        <button type="submit" name="azione" value="rimanda" class="button" data-busy="Invio…">
          {send}
        </button>
        <button type="submit" name="azione" value="controlla" class="button secondary">
          Controlla
        </button>
        <a class="button secondary" href={back}>
          Indietro
        </a>
      </div>
      <p class="note">{outcome}</p>
    </form>
  );
}

function Author({ signer, by, reason }: SheetAuthor) {
  return (
    <fieldset class="card">
      <legend>Chi corregge, e perché</legend>
      {signer === null ? (
        <label>
          <span>Nome e cognome</span>
          <input type="text" name="chi" value={by} maxlength={80} autocomplete="name" />
        </label>
      ) : (
        <p>{signer}</p>
      )}
      <label class="wide">
        <span>Perché si corregge</span>
        <input
          type="text"
          name="motivo"
          value={reason}
          maxlength={300}
          placeholder="Residenza controllata in anagrafe"
        />
      </label>
    </fieldset>
  );
}

function Summary({ faults }: { readonly faults: readonly FieldFault[] }) {
  const errors = faults.filter(({ isError }) => isError).length;
  if (errors === 0)
    return (
      <p class="verdict good">
        <Icon name="check" /> Nessun difetto: il verbale può ripartire.
      </p>
    );
  return (
    <p class="verdict bad">
      <Icon name="warning" />{" "}
      {errors === 1 ? "1 difetto da correggere" : `${errors} difetti da correggere`}
    </p>
  );
}

function Faults({ faults }: { readonly faults: readonly FieldFault[] }) {
  return (
    <>
      {faults.map(({ message, isError }) => (
        <span class={isError ? "fault bad" : "fault warn"}>
          {isError ? "" : "Attenzione: "}
          {message}
        </span>
      ))}
    </>
  );
}

function Group({ group, ...props }: SchedaFormProps & { readonly group: FormGroup }) {
  const { texts, faults, places } = props;
  const isAddress = group.fields.some(({ name }) => name.endsWith(".cap"));
  const fields = (
    <div class="fields">
      {group.fields.map((field) => (
        <SheetField
          field={field}
          text={texts.get(field.name) ?? ""}
          faults={faults.filter(({ fields: own }) => own[0] === field.name)}
          isMarked={faults.some(({ fields: own, isError }) => isError && own.includes(field.name))}
        />
      ))}
      {isAddress && <Places places={places} />}
    </div>
  );
  if (!group.isExtra)
    return (
      <fieldset class="card">
        <legend>{group.title}</legend>
        {fields}
      </fieldset>
    );
  const isOpen = group.fields.some(({ name }) => (texts.get(name) ?? "") !== "");
  return (
    <details class="card" open={isOpen}>
      <summary>{group.title}</summary>
      {fields}
    </details>
  );
}

interface FieldProps {
  readonly field: FormField;
  readonly text: string;
  readonly faults: readonly FieldFault[];
  readonly isMarked: boolean;
}

/** One datum of a verbale with its faults beside it. */
export function SheetField({ field, text, faults, isMarked }: FieldProps) {
  const { name, label, kind, choices } = field;
  const described = `difetto-${name}`;
  const shared = {
    id: `campo-${name}`,
    name,
    "aria-describedby": described,
    "aria-invalid": isMarked ? ("true" as const) : undefined,
  };
  return (
    <div class="field">
      <label for={shared.id}>
        <span>{label}</span>
      </label>
      {choices === null ? (
        <input
          {...shared}
          type={kind === "day" ? "date" : "text"}
          value={text}
          autocomplete="off"
          spellcheck={false}
        />
      ) : (
        <select {...shared}>
          {choices.map(([value, word]) => (
            <option value={value} selected={value === text}>
              {word}
            </option>
          ))}
        </select>
      )}
      <div id={described} data-fault={name}>
        <Faults faults={faults} />
      </div>
    </div>
  );
}

/** Each is a button that puts the place into its three fields; without script it sends the form. */
function Places({ places }: { readonly places: readonly SuggestedPlace[] }) {
  return (
    <div class="places" data-fault="luoghi">
      {places.length > 0 && <span class="muted">Forse: </span>}
      {places.map(({ cap, comune, provincia }) => (
        <button
          type="submit"
          name="luogo-suggerito"
          value={`${cap}|${comune}|${provincia}`}
          class="button secondary small"
        >
          {cap} {comune} ({provincia})
        </button>
      ))}
    </div>
  );
}

function Versions({ scheda: { versions } }: Pick<SchedaPageProps, "scheda">) {
  return (
    <VersionList
      versions={versions.map(({ at, by, reason, changed, run }) => ({
        at,
        text:
          by === ""
            ? `com'è arrivato con il flusso ${run}`
            : `${by}: ${reason} (${changed.join(", ")})`,
      }))}
    />
  );
}

/** Oldest first; nothing where there is only one. */
export function VersionList({
  versions,
}: {
  readonly versions: readonly { readonly at: string; readonly text: string }[];
}) {
  if (versions.length < 2) return null;
  return (
    <section aria-labelledby="titolo-versioni">
      <h2 id="titolo-versioni">Versioni</h2>
      <ol class="versions">
        {versions.map(({ at, text }) => (
          <li>
            {formatDateTime(at)} · {text}
          </li>
        ))}
      </ol>
    </section>
  );
}
