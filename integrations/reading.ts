/** Reads a JSON of the outside that may have any form: what is not there, null or of another type is left out. */

/** The fields of an object; none of anything else. */
export function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

/** The objects of a list, in order; none of anything else. */
export function toRecords(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) return [];
  return value.filter((entry) => typeof entry === "object" && entry !== null).map(toRecord);
}

/** A text that is not empty, or `undefined`. */
export function toWord(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Longer waits are no answer that a person can wait for: it is asked again in between. */
const longestWaitMs = 3_600_000;

/** A wait given as a number of `unitMs`, in milliseconds and an hour at the most; `null` when it is none. */
export function toWaitMs(value: unknown, unitMs: number): number | null {
  const count = typeof value === "string" ? Number(value) : value;
  if (typeof count !== "number" || !(count > 0)) return null;
  return Math.min(count * unitMs, longestWaitMs);
}
