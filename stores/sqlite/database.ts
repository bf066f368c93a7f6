/** Carries plans out on SQLite, which answers at once: nobody else of this process comes in between. */
import type { Database as SqliteFile, SQLQueryBindings } from "bun:sqlite";
import type { Database, Plan, StatementResult } from "../sql/plan.ts";
import { runTransaction } from "./file.ts";

/** Over an open file; `assertHeld`: the fence, asked within every transaction. */
export function createSqliteDatabase(file: SqliteFile, assertHeld: () => void): Database {
  return {
    read: (plan) => carryOut(file, plan()),
    write: (plan) =>
      runTransaction(file, () => {
        assertHeld();
        return carryOut(file, plan());
      }),
  };
}

function carryOut<Result>(file: SqliteFile, plan: Plan<Result>): Result {
  let turn = plan.next([]);
  while (turn.done !== true) {
    const results: StatementResult[] = [];
    for (const { sql, values, wants } of turn.value) {
      const query = file.query<unknown, SQLQueryBindings[]>(sql);
      if (wants === "rows") results.push({ rows: query.all(...values), changes: 0 });
      else results.push({ rows: [], changes: query.run(...values).changes });
    }
    turn = plan.next(results);
  }
  return turn.value;
}
