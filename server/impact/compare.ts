/** Two lists of values beside each other. */
import type { FlatValue, FlatValues } from "./flatten.ts";

export interface Change {
  readonly path: string;
  /** `null`: it is not written, so the default holds, if there is one. */
  readonly before: FlatValue | null;
  readonly after: FlatValue | null;
}

/** What differs, in the order in which it is written. */
export function compareValues(before: FlatValues, after: FlatValues): readonly Change[] {
  const changes: Change[] = [];
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(path) ?? null, after.get(path) ?? null];
    if (old?.text !== now?.text) changes.push({ path, before: old, after: now });
  }
  return changes;
}

/** The same for all who are changed alike, wherever their own files say it. */
export function describeChanges(changes: readonly Change[]): string {
  return JSON.stringify(
    changes.map(({ path, before, after }) => [path, before?.text, after?.text]),
  );
}
