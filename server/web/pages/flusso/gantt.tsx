/** The steps of a flusso on a line of time: when each began and ended, how long it took, how many passed. */
/** @jsxImportSource ../../markup */
import { toEpochMs, toInstant } from "../../../../engine/host/clock.ts";
import type { StepCount } from "../../../../engine/journal/runs.ts";
import type { RunView } from "../../../history/run-view.ts";
import {
  formatMoment,
  formatNumber,
  formatSeconds,
  formatTimeSpan,
} from "../../../words/format.ts";

const width = 1000;
const rowHeight = 26;
/** A step that took a moment can still be seen. */
const leastWidth = 3;

export function Gantt({ view }: { readonly view: RunView }) {
  const { run, steps, counts, now } = view;
  const rows = steps.flatMap(({ id, title }) => {
    const count = counts.find(({ step }) => step === id);
    if (count?.firstAt === undefined || count.firstAt === null) return [];
    const from = toEpochMs(count.firstAt);
    const to = count.lastAt === null ? from : toEpochMs(count.lastAt);
    return [{ id, title, from, to, count }];
  });
  if (rows.length === 0) return <p class="muted">Nessun passo ha ancora lasciato un tempo.</p>;
  const start = Math.min(
    ...rows.map(({ from }) => from),
    toEpochMs(run.startedAt ?? run.createdAt),
  );
  const end = Math.max(...rows.map(({ to }) => to), start + 1000);
  const place = (at: number): number => ((at - start) / (end - start)) * width;
  return (
    <>
      <svg
        class="gantt"
        viewBox={`0 0 ${width} ${rows.length * rowHeight}`}
        role="img"
        aria-label={`Tempi dei passi, da ${formatMoment(toInstant(start), now)} a ${formatMoment(toInstant(end), now)}: la tabella qui sotto li dice tutti`}
        preserveAspectRatio="none"
      >
        {rows.map(({ title, from, to }, index) => (
          <>
            <rect
              class="lane"
              x="0"
              y={String(index * rowHeight + 3)}
              width={String(width)}
              height="20"
            />
            <rect
              class="fill-busy"
              x={round(Math.min(place(from), width - leastWidth))}
              y={String(index * rowHeight + 6)}
              width={round(Math.max(leastWidth, place(to) - place(from)))}
              height="14"
            >
              <title>{`${title}: ${formatTimeSpan(to - from)}`}</title>
            </rect>
          </>
        ))}
      </svg>
      <TimesTable rows={rows} />
    </>
  );
}

interface Times {
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly count: StepCount;
}

function TimesTable({ rows }: { readonly rows: readonly Times[] }) {
  return (
    <table class="cards plain">
      <caption class="hidden">Tempi dei passi</caption>
      <thead>
        <tr>
          <th scope="col">Passo</th>
          <th scope="col">Primo verbale</th>
          <th scope="col">Ultimo</th>
          <th scope="col">Durata</th>
          <th scope="col">Passati</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ title, from, to, count }) => (
          <tr>
            <th scope="row" data-label="Passo">
              {title}
            </th>
            <td data-label="Primo verbale">{formatSeconds(toInstant(from))}</td>
            <td data-label="Ultimo">{formatSeconds(toInstant(to))}</td>
            <td data-label="Durata">{formatTimeSpan(to - from)}</td>
            <td data-label="Passati">{formatNumber(count.done)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
