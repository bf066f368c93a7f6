/** Which elements of a timeline hold: those that no correction of SEND took back. */
import type { SentElement } from "../../integrations/send/desk-port.ts";

/** What SEND took back, and what stood before. */
export interface TakenBack {
  readonly correction: SentElement;
  /** What held just before it, oldest first. */
  readonly before: readonly SentElement[];
}

export interface ValidTimeline {
  /** Without what was taken back and without the corrections themselves, oldest first. */
  readonly elements: readonly SentElement[];
  /** Oldest first. */
  readonly corrections: readonly TakenBack[];
}

// Source: GA26Q2.B, TimelineElementCategoryV28.
const reworked = "NOTIFICATION_TIMELINE_REWORKED";

/**
 * Built from scratch each time, so that asking twice changes nothing. What was taken back may stand in the timeline or only
 * within its correction.
 */
export function pickValid(timeline: readonly SentElement[]): ValidTimeline {
  const corrections = timeline
    .filter(({ category }) => category === reworked)
    .toSorted(compareStored);
  const taken = corrections.flatMap(({ invalidated = [] }) => invalidated);
  const known = new Map(
    [...taken, ...timeline]
      .filter(({ category }) => category !== reworked)
      .map((element) => [element.elementId, element]),
  );
  const gone = new Set(taken.map(({ elementId }) => elementId));
  const all = [...known.values()].toSorted(compareTimes);
  return {
    elements: all.filter((element) => !gone.has(element.elementId) && !isRepeated(element, known)),
    corrections: corrections.map((correction, index) => ({
      correction,
      before: pickBefore(all, corrections, index),
    })),
  };
}

/** What was stored before the correction, less what those before it took back. */
function pickBefore(
  all: readonly SentElement[],
  corrections: readonly SentElement[],
  index: number,
): readonly SentElement[] {
  const gone = new Set(
    corrections
      .slice(0, index)
      .flatMap(({ invalidated = [] }) => invalidated.map(({ elementId }) => elementId)),
  );
  const own = new Set(corrections[index]?.invalidated?.map(({ elementId }) => elementId));
  const since = toStoredAt(corrections[index]);
  return all.filter(
    (element) =>
      own.has(element.elementId) || (!gone.has(element.elementId) && toStoredAt(element) < since),
  );
}

/** An older SEND tells no correction: an element that was made again stands beside it under its id with an ending. */
function isRepeated({ elementId }: SentElement, known: ReadonlyMap<string, SentElement>): boolean {
  return known.has(`${elementId}.REWORK_0`);
}

/** Whole elements within a correction say not when they were stored. */
function toStoredAt(element: SentElement | undefined): number {
  return Date.parse(element?.storedAt ?? element?.at ?? "");
}

function compareStored(left: SentElement, right: SentElement): number {
  return toStoredAt(left) - toStoredAt(right);
}

/** Nanoseconds count, where instants of one second differ in them alone. */
function compareTimes(left: SentElement, right: SentElement): number {
  return Date.parse(left.at) - Date.parse(right.at) || left.at.localeCompare(right.at);
}
