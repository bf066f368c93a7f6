/** The file of an ente as a form: sections and fields in words, what is wrong beside each, and what only the text shows. */
/** @jsxImportSource ../../markup */
import type {
  EnteForm,
  FileProblem,
  FileText,
  EnteFormField,
  FormRest,
} from "../../../history/edited-files.ts";
import { buildAssetUrl } from "../../routes/assets.ts";
import { buildFilesUrl } from "../../urls.ts";
import { type Notice, NoticeBox } from "../notice.tsx";
import { Crumbs, Problems } from "./edit.tsx";

interface FormProps {
  readonly file: FileText;
  /** The text that the fields show, with what was typed. */
  readonly text: string;
  readonly form: EnteForm;
  /** Beside which field, by its name; those of none under an empty name. */
  readonly faults: ReadonlyMap<string, readonly FileProblem[]>;
  readonly csrf: string;
  readonly notice: Notice | null;
}

export function FormPage(props: FormProps) {
  const { file, text, form, faults, csrf, notice } = props;
  return (
    <>
      <Crumbs name={file.name} />
      <div class="title">
        <h1>{file.name}</h1>
        <p class="muted">
          Modulo guidato · <a href={buildFilesUrl("modifica", file.name)}>Testo</a> ·{" "}
          <a href={buildFilesUrl("versioni", file.name)}>Versioni</a>
        </p>
      </div>
      {notice !== null && <NoticeBox notice={notice} />}
      <form method="post" action="/file/guidata" class="enteform" data-scheda>
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="nome" value={file.name} />
        <input type="hidden" name="versione" value={file.version} />
        <textarea name="testo" hidden>
          {text}
        </textarea>
        <div data-fault="" role="status">
          <Problems problems={faults.get("") ?? []} />
        </div>
        {form.sections.map((section) => (
          <details class="card" id={`sezione-${section.key}`} open={isOpen(section, faults)}>
            <summary>
              <h2>{section.title}</h2>
              {!section.isThere && <span class="muted"> non ancora nel file</span>}
            </summary>
            <div class="formfields">
              {section.fields.map((field) => (
                <Field field={field} faults={faults.get(field.name) ?? []} />
              ))}
            </div>
          </details>
        ))}
        <Rest file={file} rest={form.rest} />
        <p class="buttons">
          <button type="submit" class="button" name="azione" value="vedi">
            Vedi che cosa cambia
          </button>
          <button type="submit" class="button secondary" name="azione" value="controlla">
            Controlla
          </button>
        </p>
        <p class="muted">
          Nulla è scritto prima di «Salva». Commenti e ordine del file restano come sono.
        </p>
      </form>
      <script src={buildAssetUrl("scheda.js")} type="module" />
    </>
  );
}

function isOpen(
  { isThere, fields }: EnteForm["sections"][number],
  faults: FormProps["faults"],
): boolean {
  return isThere || fields.some(({ name }) => faults.has(name));
}

interface FieldProps {
  readonly field: EnteFormField;
  readonly faults: readonly FileProblem[];
}

function Field({ field, faults }: FieldProps) {
  const { name, label, help, kind, isRequired, isInFile, value } = field;
  const id = `c-${name.replaceAll(".", "-")}`;
  const told = help === "" ? `${id}-difetti` : `${id}-aiuto ${id}-difetti`;
  const isWrong = faults.some(({ severity }) => severity === "error");
  return (
    <div class="field">
      {kind === "switch" && !isInFile ? null : (
        <label for={id}>{isRequired ? `${label} (serve)` : label}</label>
      )}
      {isInFile ? (
        <p id={id} class="muted">
          <code>{value.slice(0, 80)}</code> nel file: si cambia nel testo
        </p>
      ) : (
        <>
          <input type="hidden" name="campi" value={name} />
          <Control field={field} id={id} told={told} isWrong={isWrong} />
        </>
      )}
      {help !== "" && (
        <p class="sub muted" id={`${id}-aiuto`}>
          {help}
        </p>
      )}
      <div class="faults" id={`${id}-difetti`} data-fault={name} role="status">
        {faults.map(({ severity, message }) => (
          <p class={severity === "error" ? "bad" : "warn"}>{message}</p>
        ))}
      </div>
    </div>
  );
}

interface ControlProps {
  readonly field: EnteFormField;
  readonly id: string;
  readonly told: string;
  readonly isWrong: boolean;
}

const types = {
  text: "text",
  secret: "text",
  date: "date",
  number: "text",
  euro: "text",
} as const;

function Control({ field, id, told, isWrong }: ControlProps) {
  const { name, label, kind, options, otherwise, value } = field;
  const shared = {
    id,
    name: `campo.${name}`,
    "aria-describedby": told,
    "aria-invalid": isWrong ? ("true" as const) : undefined,
  };
  if (kind === "switch")
    return (
      <label class="tick">
        <input
          type="checkbox"
          value="true"
          checked={(value === "" ? otherwise : value) === "true"}
          {...shared}
        />{" "}
        {label}
      </label>
    );
  if (kind === "choice")
    return (
      <select {...shared}>
        <option value="">
          {otherwise === null ? "non detto" : `non detto: vale ${otherwise}`}
        </option>
        {options.map((option) => (
          <option value={option} selected={option === value}>
            {option}
          </option>
        ))}
      </select>
    );
  return (
    <span class={kind === "euro" ? "euro" : undefined}>
      <input
        type={types[kind]}
        value={value}
        placeholder={otherwise ?? undefined}
        inputmode={kind === "number" || kind === "euro" ? "decimal" : undefined}
        autocomplete="off"
        {...shared}
      />
      {kind === "euro" && <span aria-hidden="true"> €</span>}
    </span>
  );
}

function Rest({ file, rest }: { readonly file: FileText; readonly rest: readonly FormRest[] }) {
  if (rest.length === 0) return null;
  return (
    <section class="card" aria-labelledby="titolo-resto">
      <h2 id="titolo-resto">Nel file</h2>
      <p>
        Queste parti il modulo non le mostra e non le tocca: si cambiano nel{" "}
        <a href={buildFilesUrl("modifica", file.name)}>testo</a>.
      </p>
      <ul>
        {rest.map(({ name, line }) => (
          <li>
            <code>{name}</code> <span class="muted">riga {line}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
