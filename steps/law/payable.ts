/** Until when the codes of a position may be paid, where it has several recipients. */

interface Days {
  readonly discounted: string;
  readonly reduced: string;
}

/**
 * Last days `YYYY-MM-DD`. Each recipient pays within his own days, so a code closes after the last of them; while one of them has
 * none (`null`), or there is nobody, no day is known and the codes stay open.
 */
export function findPayableDays(recipients: readonly (Days | null)[]): {
  readonly discounted: string | null;
  readonly reduced: string | null;
} {
  const known = recipients.filter((one) => one !== null);
  if (known.length === 0 || known.length < recipients.length)
    return { discounted: null, reduced: null };
  const findLast = (kind: keyof Days): string | null =>
    known
      .map((one) => one[kind])
      .toSorted()
      .at(-1) ?? null;
  return { discounted: findLast("discounted"), reduced: findLast("reduced") };
}
