/** The flussi as a table, newest first, and how a flusso's moments and names are written on every page. */
/** @jsxImportSource ../markup */
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
import { type Markup, writeHtml } from "../markup/jsx-runtime.ts";
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
      <tbody>{runs.map((run) => writeRow({ run, shown, catalog, now }))}</tbody>
    </table>
  );
}

interface RowProps {
  readonly run: Run;
  readonly catalog: Catalog | null;
  readonly now: number;
}

/** A page has many: written out, not drawn. */
function writeRow({ shown, ...row }: RowProps & { readonly shown: readonly RunColumn[] }): Markup {
  const cells = shown.map((column) => writers[column.look ?? "text"](column, row));
  return writeHtml`<tr id="f-${row.run.seq}" data-run-row="${row.run.id}">${cells}</tr>`;
}

const nothing = <span class="muted">—</span>;

type WriteCell = (column: RunColumn, row: RowProps) => Markup;

const writeText: WriteCell = (column, { run }) =>
  writeHtml`<td data-label="${column.label}">${formatCell(column, run) || nothing}</td>`;

const writers: Readonly<Record<Look, WriteCell>> = {
  name(column, { run: { id, input } }) {
    const file = input !== null && <span class="sub file">{formatFileName(input.name)}</span>;
    return writeHtml`<th scope="row" data-label="${column.label}"><a class="strong" href="${buildRunUrl(id)}">${id}</a>${file}</th>`;
  },
  state(column, { run }) {
    const cause = run.reason ?? run.firstNote;
    const badge = <RunBadge state={run.state} isEmpty={isEmptyRun(run)} />;
    const why = cause !== null && <span class="sub cause">{cause}</span>;
    return writeHtml`<td data-label="${column.label}" class="state">${badge}${why}</td>`;
  },
  counts(column, { run }) {
    const bar = <CountsBar runId={run.id} counts={run.counts} />;
    return writeHtml`<td data-label="${column.label}" class="wide">${bar}</td>`;
  },
  ente: (column, { run, catalog }) =>
    writeHtml`<td data-label="${column.label}" class="name">${formatEnteName(catalog, run.ente)}<span class="sub">${formatPipelineTitle(catalog, run.pipeline)}</span></td>`,
  instant: (column, { run }) =>
    writeHtml`<td data-label="${column.label}">${writeStacked(toTexts(column.read(run, {}))[0])}</td>`,
  duration: (column, { run, now }) =>
    writeHtml`<td data-label="${column.label}" class="nowrap">${formatRunDuration(run, now)}</td>`,
  text: writeText,
  codes: writeText,
  amount: writeText,
  note: writeText,
};

export function Instant({ at }: { readonly at: string | null }) {
  if (at === null) return <span class="muted">—</span>;
  return (
    <time class="instant" dateTime={at}>
      {formatDateTime(at)}
    </time>
  );
}

/** Day over time: a narrow column. */
function writeStacked(at: string | undefined): Markup {
  if (at === undefined) return writeHtml`${nothing}`;
  const [day, time] = formatDateTime(at).split(" ");
  return writeHtml`<time class="instant" dateTime="${at}">${day} <span class="sub">${time}</span></time>`;
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
