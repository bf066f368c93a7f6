/** The form that starts a flusso: pipeline, ente and the file of verbali. */
/** @jsxImportSource ../markup */
import type { Catalog, CatalogParam, CatalogPipeline } from "../../history/catalog.ts";
import type { FlussoDraft } from "../../drafts/draft-store.ts";
import { formatBytes, formatDateTime } from "../../words/format.ts";
import { buildDraftUrl } from "../urls.ts";
import { buildWaitingUrl } from "../waiting-urls.ts";
import { Icon } from "./icon.tsx";

export interface NewRunChoice {
  readonly pipeline: string;
  readonly ente: string;
  /** As typed, by name; none where nothing was chosen yet. */
  readonly params: Readonly<Record<string, string>>;
}

/** Why it does not start. */
export interface NewRunProblem {
  readonly text: string;
  readonly hint?: string | undefined;
  /** Where it is done instead. */
  readonly link?: { readonly href: string; readonly text: string };
  /** What is wrong with single parameters, by name. */
  readonly params?: Readonly<Record<string, string>>;
}

/** A pipeline that takes the verbali of this ente from the register. */
export interface RegisterPair {
  readonly ente: string;
  readonly pipeline: string;
}

interface NewRunProps {
  readonly catalog: Catalog;
  /** What was chosen before a refusal. */
  readonly choice: NewRunChoice | null;
  readonly problem: NewRunProblem | null;
  /** The enti that notify from the register, and by which pipeline. */
  readonly registers: readonly RegisterPair[];
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
            {problem.link !== undefined && (
              <p>
                <a href={problem.link.href}>{problem.link.text}</a>
              </p>
            )}
          </div>
        </div>
      )}
      <form class="card newrun" method="post" action="/nuovo" enctype="multipart/form-data">
        <input type="hidden" name="csrf" value={csrf} />
        <Select name="ente" label="Ente" options={enti} chosen={choice?.ente} />
        <Select name="pipeline" label="Pipeline" options={pipelines} chosen={choice?.pipeline} />
        {catalog.pipelines.map((pipeline) => (
          <Params pipeline={pipeline} choice={choice} faults={problem?.params ?? {}} />
        ))}
        <FromRegister {...props} />
        <FileField catalog={catalog} draft={draft} />
        <Buttons catalog={catalog} draft={draft} canCheck={canCheck} />
      </form>
      <Waiting drafts={waiting} />
    </>
  );
}

/** In place of a file; server/web/assets/live.js shows only that of the chosen pair. */
function FromRegister({ catalog, registers }: Pick<NewRunProps, "catalog" | "registers">) {
  return (
    <>
      {registers.map(({ ente, pipeline }) => (
        <p class="notice wait" data-pair={`${ente} ${pipeline}`}>
          <span>
            {catalog.enti.find(({ codice }) => codice === ente)?.nome ?? ente} notifica dal
            registro, non da un file:{" "}
            <a href={buildWaitingUrl({ ente })}>i verbali si scelgono in «Da notificare»</a>.
          </span>
        </p>
      ))}
    </>
  );
}

function FileField({ catalog, draft }: Pick<NewRunProps, "catalog" | "draft">) {
  return (
    <div data-pipelines={listFilePipelines(catalog)} data-file>
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
        data-file
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
  readonly faults: Readonly<Record<string, string>>;
}

/** What one pipeline may be given; server/web/assets/live.js shows only that of the chosen pipeline, and only that is read. */
function Params({ pipeline, choice, faults }: ParamsProps) {
  if (pipeline.params.length === 0) return null;
  const isChosen = choice?.pipeline === pipeline.name;
  const given = isChosen ? choice.params : {};
  return (
    <fieldset data-pipelines={pipeline.name}>
      <legend>{pipeline.title}</legend>
      {pipeline.params.map((param) => (
        <ParamField
          name={buildParamField(pipeline.name, param.name)}
          param={param}
          value={given[param.name] ?? ""}
          fault={isChosen ? (faults[param.name] ?? null) : null}
        />
      ))}
    </fieldset>
  );
}

interface ParamFieldProps {
  readonly name: string;
  readonly param: CatalogParam;
  readonly value: string;
  /** What is wrong with what was typed; `null`: nothing is known. */
  readonly fault: string | null;
}

function ParamField({ name, param, value, fault }: ParamFieldProps) {
  const { label, isRequired } = param;
  const help = describeParam(param);
  return (
    <div class="field">
      <label for={name}>{isRequired ? label : `${label} (facoltativo)`}</label>
      <ParamInput
        {...{ param, value }}
        named={{ id: name, name }}
        told={{
          "aria-describedby": `${name}-nota`,
          "aria-invalid": fault === null ? undefined : ("true" as const),
        }}
      />
      <div id={`${name}-nota`}>
        {fault !== null && <span class="fault bad">{fault}</span>}
        {help !== "" && <span class="note">{help}</span>}
      </div>
    </div>
  );
}

/** What a person should know before they type. */
function describeParam({ kind, preset, min, max, choices }: CatalogParam): string {
  const range = [
    ...(min === undefined ? [] : [`da ${min}`]),
    ...(max === undefined ? [] : [`fino a ${max}`]),
  ];
  const word = (value: string): string => (kind === "flag" ? (flagWords[value] ?? value) : value);
  return [
    ...(kind === "duration" ? ["Una durata: 30s, 10m, 24h."] : []),
    ...(range.length === 0 ? [] : [`Un numero ${range.join(" ")}.`]),
    ...(preset === undefined || (preset === "" && choices === null)
      ? []
      : [`Se non si dice: ${word(preset)}, salvo che l'ente abbia un valore suo.`]),
  ].join(" ");
}

const flagWords: Readonly<Record<string, string>> = { true: "Sì", false: "No" };

interface ParamInputProps {
  readonly param: CatalogParam;
  readonly value: string;
  readonly named: { readonly id: string; readonly name: string };
  readonly told: {
    readonly "aria-describedby": string;
    readonly "aria-invalid": "true" | undefined;
  };
}

function ParamInput({ param, value, named, told }: ParamInputProps) {
  const { kind, choices, min, max } = param;
  if (choices !== null)
    return (
      <select {...named} {...told}>
        <option value="" />
        {choices.map((choice) => (
          <option value={choice} selected={choice === value}>
            {kind === "flag" ? flagWords[choice] : choice}
          </option>
        ))}
      </select>
    );
  if (kind === "day") return <input {...named} value={value} {...told} type="date" />;
  if (kind === "integer" || kind === "number")
    return (
      <input
        {...named}
        value={value}
        {...told}
        type="number"
        step={kind === "integer" ? "1" : "any"}
        min={min === undefined ? undefined : String(min)}
        max={max === undefined ? undefined : String(max)}
      />
    );
  return (
    <input {...named} value={value} {...told} type="text" autocomplete="off" spellcheck={false} />
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
