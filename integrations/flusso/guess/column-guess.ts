/** What is proposed for a column, and which fields that feeds. */
import type { ColumnRule } from "../mapping/column-rule.ts";
import { fedBySplit } from "../mapping/split-fields.ts";

/** Field or rule of a column; `null`: it is not to be read. */
export type Target = string | ColumnRule | null;

/** What is proposed for one column. */
export interface ColumnGuess {
  readonly index: number;
  readonly header: string;
  /** As an ente's file calls it. */
  readonly name: string;
  /** Field or rule; `null`: the column is not to be read. */
  readonly target: Target;
  /** False: a person should look at it. */
  readonly isSure: boolean;
  /** 0 to 1. */
  readonly confidence: number;
  /** Italian. */
  readonly reason: string;
  /** What it may be instead, the likeliest first; `null`: nothing. */
  readonly alternatives: readonly Target[];
}

/** The fields that a target feeds. */
export function listTargetFields(target: Target): readonly string[] {
  if (target === null) return [];
  if (typeof target === "string") return [target];
  if (target.split !== undefined && target.split !== "first") return fedBySplit[target.split];
  return target.to === undefined ? [] : [target.to];
}
