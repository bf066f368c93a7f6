/** The conditions of a query as they are asked for, with the values that stand for their question marks. */
import { listPlaceholders, type PlanValue } from "./plan.ts";

interface Where {
  /** What the question marks stand for, in order. */
  readonly values: PlanValue[];
  addCondition(condition: string, ...values: readonly PlanValue[]): void;
  /** One of these; none: no row fits. */
  addChoice(column: string, values: readonly PlanValue[]): void;
  joinConditions(): string;
}

/** Nothing asked yet: every row fits. */
export function createWhere(): Where {
  const conditions = ["1 = 1"];
  const values: PlanValue[] = [];
  return {
    values,
    addCondition(condition, ...asked) {
      conditions.push(condition);
      values.push(...asked);
    },
    addChoice(column, among) {
      const [only] = among;
      // SQLite takes ten times as long for a list of one.
      if (only !== undefined && among.length === 1) {
        conditions.push(`${column} = ?`);
        values.push(only);
        return;
      }
      conditions.push(among.length === 0 ? "1 = 0" : `${column} IN (${listPlaceholders(among)})`);
      values.push(...among);
    },
    joinConditions: () => conditions.join(" AND "),
  };
}
