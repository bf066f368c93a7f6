/** The form that starts a flusso: pipeline, ente and the file of verbali. */
/** @jsxImportSource hono/jsx */
import type { Catalog } from "../deps.ts";
import { Icon } from "./icon.tsx";

export interface NewRunChoice {
  readonly pipeline: string;
  readonly ente: string;
}

interface NewRunProps {
  readonly catalog: Catalog;
  /** What was chosen before a refusal. */
  readonly choice: NewRunChoice | null;
  readonly problem: { readonly text: string; readonly hint?: string | undefined } | null;
  readonly csrf: string;
}

export function NewRunPage({ catalog, choice, problem, csrf }: NewRunProps) {
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
        <label>
          <span>File dei verbali</span>
          <input type="file" name="input" accept=".csv,.jsonl,.xlsx,.txt" />
        </label>
        <p class="note">Senza file, il flusso viene preso dalla cartella di arrivo dell'ente.</p>
        <button type="submit" class="button" data-busy="Avvio in corso…">
          Avvia
        </button>
      </form>
    </>
  );
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
