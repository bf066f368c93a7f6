/** Carries plans out on SQLite, which answers at once: nobody else of this process comes in between. */
import type { Database as SqliteFile, SQLQueryBindings, Statement } from "bun:sqlite";
import type { Database, Plan, StatementResult } from "../sql/plan.ts";
import { dropPlaces, listClearValues } from "../sql/sealed.ts";
import { runTransaction } from "./file.ts";

/** Over an open file; `assertHeld`: the fence, asked within every transaction. */
export function createSqliteDatabase(file: SqliteFile, assertHeld: () => void): Database {
  const prepare = keepStatements(file);
  return {
    read: (plan) => carryOut(prepare, plan()),
    write: (plan) =>
      runTransaction(file, () => {
        assertHeld();
        return carryOut(prepare, plan());
      }),
  };
}

type Query = Statement<unknown, SQLQueryBindings[]>;

/** Statements whose text holds a number of placeholders are many: the ones used longest ago are let go. */
const mostStatements = 250;

/** Bun keeps twenty statements of a file and prepares all others anew at each use; a journal has about a hundred. */
function keepStatements(file: SqliteFile): (sql: string) => Query {
  const kept = new Map<string, Query>();
  return (sql) => {
    const known = kept.get(sql);
    const query = known ?? file.prepare<unknown, SQLQueryBindings[]>(sql);
    if (known !== undefined) kept.delete(sql);
    kept.set(sql, query);
    const [oldest] = kept.keys();
    if (kept.size > mostStatements && oldest !== undefined) {
      kept.get(oldest)?.finalize();
      kept.delete(oldest);
    }
    return query;
  };
}

function carryOut<Result>(prepare: (sql: string) => Query, plan: Plan<Result>): Result {
  let turn = plan.next([]);
  while (turn.done !== true) {
    const results: StatementResult[] = [];
    for (const { sql, values, wants, opens } of turn.value) {
      const query = prepare(sql);
      const clear = listClearValues(values);
      if (wants === "rows")
        results.push({ rows: dropPlaces(query.all(...clear), opens), changes: 0 });
      else results.push({ rows: [], changes: query.run(...clear).changes });
    }
    turn = plan.next(results);
  }
  return turn.value;
}
