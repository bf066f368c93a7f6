/** The flussi as a table, newest first, and how a flusso's moments and names are written on every page. */
/** @jsxImportSource ../markup */
import type { Child } from "hono/jsx";
import type { Run } from "../../../engine/journal/runs.ts";
import { toEpochMs } from "../../../engine/host/clock.ts";
import type { Catalog } from "../../history/catalog.ts";
import {
  formatCell,
  type Look,
  pickColumns,
  type RunColumn,
  runColumns,
  toTexts,
} from "../../history/columns.ts";
import { formatFileName, formatDateTime, formatTimeSpan } from "../../words/format.ts";
import { buildRunUrl } from "../urls.ts";
import { CountsBar, isEmptyRun, RunBadge } from "./state.tsx";

export interface RunTableProps {
  readonly runs: readonly Run[];
  readonly catalog: Catalog | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Default: those of every place. */
  readonly columns?: readonly RunColumn[];
}

export function RunTable({ runs, catalog, now, columns = runColumns }: RunTableProps) {
  const shown = pickColumns(columns, "page");
  return (
    <table class="cards">
      <caption class="hidden">Flussi, dal più recente</caption>
      <thead>
        <tr>
          {shown.map(({ label }) => (
            <th scope="col">{label}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr id={`f-${run.seq}`} data-run-row={run.id}>
            {shown.map((column) => (
              <RunCell column={column} run={run} catalog={catalog} now={now} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface CellProps {
  readonly column: RunColumn;
  readonly run: Run;
  readonly catalog: Catalog | null;
  readonly now: number;
}

/** What is more than text. */
const drawings: Readonly<Partial<Record<Look, (props: CellProps) => Child>>> = {
  name: NameCell,
  state: StateCell,
  counts: CountsCell,
  ente: EnteCell,
  instant: InstantCell,
  duration: DurationCell,
};

function RunCell(props: CellProps) {
  const { column, run } = props;
  const draw = drawings[column.look ?? "text"];
  if (draw !== undefined) return draw(props);
  return (
    <td data-label={column.label}>{formatCell(column, run) || <span class="muted">—</span>}</td>
  );
}

function NameCell({ column, run }: CellProps) {
  return (
    <th scope="row" data-label={column.label}>
      <a class="strong" href={buildRunUrl(run.id)}>
        {run.id}
      </a>
      {run.input !== null && <span class="sub file">{formatFileName(run.input.name)}</span>}
    </th>
  );
}

function StateCell({ column, run }: CellProps) {
  const cause = run.reason ?? run.firstNote;
  return (
    <td data-label={column.label} class="state">
      <RunBadge state={run.state} isEmpty={isEmptyRun(run)} />
      {cause !== null && <span class="sub cause">{cause}</span>}
    </td>
  );
}

function CountsCell({ column, run }: CellProps) {
  return (
    <td data-label={column.label} class="wide">
      <CountsBar runId={run.id} counts={run.counts} />
    </td>
  );
}

function EnteCell({ column, run, catalog }: CellProps) {
  return (
    <td data-label={column.label} class="name">
      {formatEnteName(catalog, run.ente)}
      <span class="sub">{formatPipelineTitle(catalog, run.pipeline)}</span>
    </td>
  );
}

function InstantCell({ column, run }: CellProps) {
  return (
    <td data-label={column.label}>
      <StackedInstant at={toTexts(column.read(run, {}))[0] ?? null} />
    </td>
  );
}

function DurationCell({ column, run, now }: CellProps) {
  return (
    <td data-label={column.label} class="nowrap">
      {formatRunDuration(run, now)}
    </td>
  );
}

export function Instant({ at }: { readonly at: string | null }) {
  if (at === null) return <span class="muted">—</span>;
  return (
    <time class="instant" dateTime={at}>
      {formatDateTime(at)}
    </time>
  );
}

/** Day over time: a narrow column. */
function StackedInstant({ at }: { readonly at: string | null }) {
  if (at === null) return <span class="muted">—</span>;
  const [day, time] = formatDateTime(at).split(" ");
  return (
    <time class="instant" dateTime={at}>
      {day} <span class="sub">{time}</span>
    </time>
  );
}

/** From the start to the end, or until now while it goes on. */
export function formatRunDuration(run: Run, now: number): string {
  if (run.startedAt === null) return "—";
  const end = run.endedAt === null ? now : toEpochMs(run.endedAt);
  return formatTimeSpan(end - toEpochMs(run.startedAt));
}

const enteNames = new WeakMap<Catalog, ReadonlyMap<string, string>>();

export function formatEnteName(catalog: Catalog | null, codice: string): string {
  if (catalog === null) return codice;
  const names =
    enteNames.get(catalog) ?? new Map(catalog.enti.map((ente) => [ente.codice, ente.nome]));
  enteNames.set(catalog, names);
  return names.get(codice) ?? codice;
}

export function formatPipelineTitle(catalog: Catalog | null, name: string): string {
  return catalog?.pipelines.find((pipeline) => pipeline.name === name)?.title ?? name;
}
