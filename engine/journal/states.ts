/** The states of a run and of an item: the words that journal, commands and pages share. */

export const runStates = [
  "queued",
  "running",
  "waiting",
  "waiting-for-person",
  "blocked",
  "completed",
  "completed-with-rejections",
  "failed",
  "cancelled",
] as const;

export type RunState = (typeof runStates)[number];

export const itemStates = [
  "pending",
  "running",
  "waiting",
  "done",
  "rejected",
  "in-doubt",
  "failed",
  "cancelled",
] as const;

export type ItemState = (typeof itemStates)[number];

/** A state in which a run will not move again by itself or by a person, save by `resume`. */
export const endedRunStates: readonly RunState[] = [
  "completed",
  "completed-with-rejections",
  "failed",
  "cancelled",
];
