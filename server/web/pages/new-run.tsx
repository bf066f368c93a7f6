/** The form that starts a flusso: pipeline, ente and the file of verbali. */
/** @jsxImportSource ../markup */
import type { Catalog, CatalogParam, CatalogPipeline } from "../../history/catalog.ts";
import type { FlussoDraft } from "../../drafts/draft-store.ts";
import { formatBytes, formatDateTime } from "../../words/format.ts";
import { buildDraftUrl } from "../urls.ts";
import { Icon } from "./icon.tsx";

export interface NewRunChoice {
  readonly pipeline: string;
  readonly ente: string;
  /** As typed, by name; none where nothing was chosen yet. */
  readonly params: Readonly<Record<string, string>>;
}

interface NewRunProps {
  readonly catalog: Catalog;
  /** What was chosen before a refusal. */
  readonly choice: NewRunChoice | null;
  readonly problem: { readonly text: string; readonly hint?: string | undefined } | null;
  readonly csrf: string;
  /** A file is looked at before it starts. */
  readonly canCheck: boolean;
  /** The file that was brought already; `null`: none. */
  readonly draft: FlussoDraft | null;
  /** Others that were looked at and not started. */
  readonly waiting: readonly FlussoDraft[];
}

export function NewRunPage(props: NewRunProps) {
  const { catalog, choice, problem, csrf, canCheck, draft, waiting } = props;
  const pipelines = catalog.pipelines.map(({ name, title }) => [name, title] as const);
  const enti = catalog.enti.map(({ codice, nome }) => [codice, nome] as const);
  return (
    <>
      <h1>Nuovo flusso</h1>
      {problem !== null && (
        <div class="notice bad" role="alert">
          <Icon name="warning" />
          <div>
            <strong>{problem.text}</strong>
            {problem.hint !== undefined && <p>{problem.hint}</p>}
          </div>
        </div>
      )}
      <form class="card newrun" method="post" action="/nuovo" enctype="multipart/form-data">
        <input type="hidden" name="csrf" value={csrf} />
        <Select name="ente" label="Ente" options={enti} chosen={choice?.ente} />
        <Select name="pipeline" label="Pipeline" options={pipelines} chosen={choice?.pipeline} />
        {catalog.pipelines.map((pipeline) => (
          <Params pipeline={pipeline} choice={choice} />
        ))}
        <FileField catalog={catalog} draft={draft} />
        <Buttons catalog={catalog} draft={draft} canCheck={canCheck} />
      </form>
      <Waiting drafts={waiting} />
    </>
  );
}

function FileField({ catalog, draft }: Pick<NewRunProps, "catalog" | "draft">) {
  return (
    <div data-pipelines={listFilePipelines(catalog)}>
      <label>
        <span>File dei verbali</span>
        <input type="file" name="input" accept=".csv,.jsonl,.txt,.xlsx" />
      </label>
      {draft === null ? (
        <p class="note">Senza file, il flusso viene preso dalla cartella di arrivo dell'ente.</p>
      ) : (
        <p class="note">
          <input type="hidden" name="bozza" value={draft.handle} />
          Già caricato: <strong>{draft.file.name}</strong> ({formatBytes(draft.file.bytes)}). Se non
          se ne sceglie un altro, si controlla questo.
        </p>
      )}
    </div>
  );
}

function Buttons({
  catalog,
  draft,
  canCheck,
}: Pick<NewRunProps, "catalog" | "draft" | "canCheck">) {
  if (!canCheck)
    return (
      <button type="submit" class="button" data-busy="Avvio in corso…">
        Avvia
      </button>
    );
  return (
    <div class="draftactions">
      <button
        type="submit"
        class="button"
        formaction="/nuovo/controllo"
        data-busy="Caricamento…"
        data-pipelines={listFilePipelines(catalog)}
      >
        Controlla il file
      </button>
      {draft === null && (
        <button type="submit" class="button secondary" data-busy="Avvio in corso…">
          Avvia senza controllo
        </button>
      )}
    </div>
  );
}

function listFilePipelines({ pipelines }: Catalog): string {
  return pipelines
    .filter(({ takesFile }) => takesFile)
    .map(({ name }) => name)
    .join(" ");
}

/** Nothing is lost when somebody goes away. */
function Waiting({ drafts }: { readonly drafts: readonly FlussoDraft[] }) {
  if (drafts.length === 0) return null;
  return (
    <section aria-labelledby="titolo-bozze">
      <h2 id="titolo-bozze">Caricati e non ancora avviati</h2>
      <ul>
        {drafts.map(({ handle, file, ente, at, aheadId }) => (
          <li>
            <a href={buildDraftUrl(handle)}>{file.name}</a> · {ente} · {formatDateTime(at)}
            {aheadId !== null && " · i primi sono partiti"}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface ParamsProps {
  readonly pipeline: CatalogPipeline;
  readonly choice: NewRunChoice | null;
}

/** What one pipeline may be given; server/web/assets/live.js shows only that of the chosen pipeline, and only that is read. */
function Params({ pipeline, choice }: ParamsProps) {
  if (pipeline.params.length === 0) return null;
  const given = choice?.pipeline === pipeline.name ? choice.params : {};
  return (
    <fieldset data-pipelines={pipeline.name}>
      <legend>{pipeline.title}</legend>
      {pipeline.params.map((param) => (
        <label>
          <span>{param.isRequired ? param.label : `${param.label} (facoltativo)`}</span>
          <ParamInput
            name={buildParamField(pipeline.name, param.name)}
            param={param}
            given={given}
          />
        </label>
      ))}
    </fieldset>
  );
}

interface ParamInputProps {
  readonly name: string;
  readonly param: CatalogParam;
  readonly given: Readonly<Record<string, string>>;
}

function ParamInput({ name, param, given }: ParamInputProps) {
  const value = given[param.name] ?? "";
  if (param.choices === null)
    return <input type="text" name={name} value={value} autocomplete="off" spellcheck={false} />;
  return (
    <select name={name}>
      <option value="" />
      {param.choices.map((choice) => (
        <option value={choice} selected={choice === value}>
          {choice}
        </option>
      ))}
    </select>
  );
}

/** Name of a parameter's field: two pipelines may call theirs alike. */
export function buildParamField(pipeline: string, param: string): string {
  return `param.${pipeline}.${param}`;
}

interface SelectProps {
  readonly name: string;
  readonly label: string;
  readonly options: readonly (readonly [string, string])[];
  readonly chosen: string | undefined;
}

function Select({ name, label, options, chosen }: SelectProps) {
  return (
    <label>
      <span>{label}</span>
      <select name={name} required>
        {options.length !== 1 && <option value="">Scegliere…</option>}
        {options.map(([value, title]) => (
          <option value={value} selected={value === chosen}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}
