/** States as words with a colour and a shape, and the bar of item states. */
/** @jsxImportSource ../markup */
import type { Run, RunCounts } from "../../../engine/journal/runs.ts";
import { formatNumber } from "../../words/format.ts";
import { buildRunUrl } from "../urls.ts";
import { formatItemCount, itemStateWords, runStateWords } from "../../words/words.ts";
import { writeHtml } from "../markup/jsx-runtime.ts";
import { Icon, type IconName } from "./icon.tsx";
import { type ItemState, itemStates, type RunState } from "../../../engine/journal/states.ts";

type Tone = "good" | "busy" | "wait" | "ask" | "warn" | "bad" | "doubt" | "off";

const runLooks: Readonly<Record<RunState, readonly [Tone, IconName]>> = {
  queued: ["off", "dots"],
  running: ["busy", "play"],
  waiting: ["wait", "clock"],
  "waiting-for-person": ["ask", "person"],
  blocked: ["bad", "stop"],
  completed: ["good", "check"],
  "completed-with-rejections": ["warn", "warning"],
  failed: ["bad", "cross"],
  cancelled: ["off", "cross"],
};

const itemLooks: Readonly<Record<ItemState, readonly [Tone, IconName]>> = {
  pending: ["off", "dots"],
  running: ["busy", "play"],
  waiting: ["wait", "clock"],
  done: ["good", "check"],
  rejected: ["warn", "warning"],
  "in-doubt": ["doubt", "question"],
  failed: ["bad", "cross"],
  cancelled: ["off", "cross"],
};

interface RunBadgeProps {
  readonly state: RunState;
  /** It ended without a single verbale: nothing was done. */
  readonly isEmpty?: boolean;
}

export function RunBadge({ state, isEmpty = false }: RunBadgeProps) {
  const [tone, icon] = isEmpty ? (["off", "dots"] as const) : runLooks[state];
  return (
    <span class={`badge ${tone}`} data-state={state}>
      <Icon name={icon} />
      {isEmpty ? "Nessun verbale" : runStateWords[state]}
    </span>
  );
}

/** Whether the run came to an end with nothing to do. */
export function isEmptyRun({ state, counts }: Pick<Run, "state" | "counts">): boolean {
  return state === "completed" && counts.total === 0;
}

/** Drawn once: a page has one in each row. */
const itemBadges = new Map(
  itemStates.map((state) => {
    const [tone, icon] = itemLooks[state];
    const badge = (
      <span class={`badge ${tone}`} data-state={state}>
        <Icon name={icon} />
        {itemStateWords[state]}
      </span>
    );
    return [state, badge] as const;
  }),
);

export function ItemBadge({ state }: { readonly state: ItemState }) {
  return <>{itemBadges.get(state)}</>;
}

interface Segment {
  readonly count: number;
  readonly tone: Tone;
  /** The state that gives its words. */
  readonly state: ItemState;
  readonly states: readonly ItemState[];
}

/** The counts as segments, in the order of the bar; empty ones are left out. */
function buildSegments(counts: RunCounts): readonly Segment[] {
  const all: readonly Segment[] = [
    buildSegment("done", counts.done),
    buildSegment("waiting", counts.waiting),
    { ...buildSegment("pending", counts.pending), states: ["pending", "running"] },
    buildSegment("in-doubt", counts.inDoubt),
    buildSegment("rejected", counts.rejected),
    buildSegment("failed", counts.failed),
    buildSegment("cancelled", counts.cancelled),
  ];
  return all.filter(({ count }) => count > 0);
}

function buildSegment(state: ItemState, count: number): Segment {
  return { count, state, tone: itemLooks[state][0], states: [state] };
}

interface CountsProps {
  readonly runId: string;
  readonly counts: RunCounts;
}

/** One stacked bar of item states; under it each number is a link to the verbali in that state. */
export function CountsBar({ runId, counts }: CountsProps) {
  if (counts.total === 0) return <span class="muted">nessun verbale</span>;
  const segments = buildSegments(counts);
  const texts = segments.map((segment) => formatSegment(segment));
  const rects = placeSegments(segments).map(
    ({ segment, x, width }) =>
      writeHtml`<rect class="fill-${segment.tone}" x="${x}" y="0" width="${width}" height="10"></rect>`,
  );
  const links = segments.map(
    ({ tone, states }, index) =>
      writeHtml`<li><a class="number ${tone}" href="${buildRunUrl(runId, { states })}"><span class="dot" aria-hidden="true"></span>${texts[index]}</a></li>`,
  );
  const counted = writeHtml`<div class="counts"><svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label="${texts.join(", ")}">${rects}</svg><ul class="numbers">${links}</ul></div>`;
  return <>{counted}</>;
}

function formatSegment({ count, state }: Segment): string {
  return formatItemCount(state, count, formatNumber(count));
}

/** Shares of a bar of 1000 units; a single item among thousands keeps a sliver that can be seen. */
function placeSegments(
  segments: readonly Segment[],
): readonly { readonly segment: Segment; readonly x: number; readonly width: number }[] {
  const least = 12;
  let total = 0;
  for (const { count } of segments) total += count;
  const raw = segments.map((segment) => Math.max(least, (segment.count / total) * 1000));
  let sum = 0;
  for (const width of raw) sum += width;
  let x = 0;
  return segments.map((segment, index) => {
    const width = Math.round(((raw[index] ?? 0) / sum) * 10_000) / 10;
    const place = { segment, x: Math.round(x * 10) / 10, width };
    x += width;
    return place;
  });
}
