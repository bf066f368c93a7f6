/** The conditions of a query as they are asked for, with the values that stand for their question marks. */
import type { SQLQueryBindings } from "bun:sqlite";

interface Where {
  /** What the question marks stand for, in order. */
  readonly values: SQLQueryBindings[];
  addCondition(condition: string, ...values: readonly SQLQueryBindings[]): void;
  addChoice(column: string, values: readonly SQLQueryBindings[]): void;
  joinConditions(): string;
}

/** Nothing asked yet: every row fits. */
export function createWhere(): Where {
  const conditions = ["1 = 1"];
  const values: SQLQueryBindings[] = [];
  return {
    values,
    addCondition(condition, ...asked) {
      conditions.push(condition);
      values.push(...asked);
    },
    addChoice(column, among) {
      conditions.push(`${column} IN (${among.map(() => "?").join(", ")})`);
      values.push(...among);
    },
    joinConditions: () => conditions.join(" AND "),
  };
}
