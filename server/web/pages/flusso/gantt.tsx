/** The steps of a flusso on a line of time: when each began and ended, how long it took, how many passed. */
/** @jsxImportSource ../../markup */
import { toEpochMs, toInstant } from "../../../../engine/host/clock.ts";
import type { StepCount } from "../../../../engine/journal/runs.ts";
import type { RunView } from "../../../history/run-view.ts";
import { formatNumber, formatSeconds, formatTimeSpan } from "../../../words/format.ts";
import { Bar } from "../bar.tsx";

/** A step that took a moment can still be seen: a share of the whole. */
const leastWidth = 0.006;

interface Times {
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly count: StepCount;
}

export function Gantt({ view }: { readonly view: RunView }) {
  const { run } = view;
  const rows = listTimes(view);
  if (rows.length === 0) return <p class="muted">Nessun passo ha ancora lasciato un tempo.</p>;
  const start = Math.min(
    ...rows.map(({ from }) => from),
    toEpochMs(run.startedAt ?? run.createdAt),
  );
  const end = Math.max(...rows.map(({ to }) => to), start + 1000);
  return (
    <table class="cards plain">
      <caption class="hidden">Tempi dei passi</caption>
      <thead>
        <tr>
          <th scope="col">Passo</th>
          <th scope="col">Quando</th>
          <th scope="col">Primo verbale</th>
          <th scope="col">Ultimo</th>
          <th scope="col">Durata</th>
          <th scope="col">Passati</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            <th scope="row" data-label="Passo">
              {row.title}
            </th>
            <td data-label="Quando" class="lane-cell">
              <Lane row={row} start={start} end={end} />
            </td>
            <td data-label="Primo verbale">{formatSeconds(toInstant(row.from))}</td>
            <td data-label="Ultimo">{formatSeconds(toInstant(row.to))}</td>
            <td data-label="Durata">{formatTimeSpan(row.to - row.from)}</td>
            <td data-label="Passati">{formatNumber(row.count.done)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function listTimes({ steps, counts }: RunView): readonly Times[] {
  return steps.flatMap(({ id, title }) => {
    const count = counts.find(({ step }) => step === id);
    if (count === undefined || count.firstAt === null) return [];
    const from = toEpochMs(count.firstAt);
    return [{ title, from, to: count.lastAt === null ? from : toEpochMs(count.lastAt), count }];
  });
}

interface LaneProps {
  readonly row: Times;
  readonly start: number;
  readonly end: number;
}

function Lane({ row, start, end }: LaneProps) {
  const place = (at: number): number => (at - start) / (end - start);
  const size = Math.max(leastWidth, place(row.to) - place(row.from));
  const from = Math.min(place(row.from), 1 - size);
  return <Bar from={from} size={size} width={1000} height={14} className="lane" />;
}
