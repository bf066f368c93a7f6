/** What is proposed for the columns while they are compared with each other. */
import type { Target } from "./column-guess.ts";
import type { Belonging } from "./groups.ts";
import type { Settled } from "./settle.ts";

export interface Draft {
  readonly column: Settled;
  readonly belonging: Belonging;
  /** May change while others are looked at. */
  meaning: string;
  target: Target;
  isSure: boolean;
  reason: string;
  readonly alternatives: Target[];
}

/** The drafts of a meaning that nothing has left out, the best first. */
export function listDrafts(
  drafts: readonly Draft[],
  ...meanings: readonly string[]
): readonly Draft[] {
  return drafts
    .filter((draft) => meanings.includes(draft.meaning))
    .toSorted(
      (left, right) =>
        right.column.weight - left.column.weight ||
        Number(saysWhose(right)) - Number(saysWhose(left)) ||
        // What is the same in every row is of the office.
        Number(right.column.facts.distinct > 1) - Number(left.column.facts.distinct > 1),
    );
}

/** The name says that it is of the person. */
function saysWhose({ column }: Draft): boolean {
  return ["home", "recipient", "owner", "tenant"].some((role) => column.roles.has(role));
}

/** Not to be read, and why. */
export function leaveOut(draft: Draft, reason: string, isSure: boolean): void {
  if (draft.target !== null) draft.alternatives.push(draft.target);
  draft.target = null;
  draft.meaning = "none";
  draft.reason = reason;
  draft.isSure = isSure;
}

/** The field or the rule, and why where that changes. */
export function assignTarget(draft: Draft, target: Target, reason?: string): void {
  draft.target = target;
  if (reason !== undefined) draft.reason = reason;
}

/** How many columns say something. */
export function hasValues({ column }: Draft): boolean {
  return column.facts.filled > 0;
}

/** The best of these columns feeds the field, the others are left out; unsure where they are nearly as good. */
export function keepBest(columns: readonly Draft[], field: string): void {
  const [best, second] = columns;
  if (best === undefined) return;
  if (best.target === null || typeof best.target === "string") assignTarget(best, field);
  const isNear = second !== undefined && best.column.weight - second.column.weight < 0.2;
  if (isNear && !(saysWhose(best) && !saysWhose(second))) best.isSure = false;
  for (const other of columns.slice(1)) {
    other.alternatives.push(field);
    leaveOut(other, `anche «${best.column.header}» porta lo stesso dato`, false);
  }
}
