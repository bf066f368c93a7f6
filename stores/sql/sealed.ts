/** The layer between plans and a database that seals what goes into columns with personal data, and opens what comes out of them. */
import { listIndexWords, toIndexWord } from "../seals/index-words.ts";
import { assertClear, type Seals } from "../seals/seals.ts";
import type {
  Database,
  Opens,
  Plan,
  PlanValue,
  SealedValue,
  SqlValue,
  Statement,
  StatementResult,
} from "./plan.ts";

/** Over a database: its tables hold what is sealed, its plans see it in clear. `null`: nothing is sealed. */
export function sealDatabase<Base extends Database>(db: Base, seals: Seals | null): Base {
  if (seals === null) return db;
  return {
    ...db,
    read: <Result>(plan: () => Plan<Result>) => db.read(() => carryThrough(plan(), seals)),
    write: <Result>(plan: () => Plan<Result>) => db.write(() => carryThrough(plan(), seals)),
  };
}

function* carryThrough<Result>(plan: Plan<Result>, seals: Seals): Plan<Result> {
  let turn = plan.next([]);
  while (turn.done !== true) {
    const asked = turn.value;
    const results = yield asked.map((statement) => sealStatement(statement, seals));
    turn = plan.next(
      results.map((result, index) => openResult(result, asked[index]?.opens, seals)),
    );
  }
  return turn.value;
}

function sealStatement({ sql, values, wants }: Statement, seals: Seals): Statement {
  return { sql, wants, values: values.map((value) => sealValue(value, seals)) };
}

function sealValue(value: PlanValue, seals: Seals | null): SqlValue {
  if (value === null || typeof value !== "object") return value;
  if ("rows" in value)
    return JSON.stringify(
      value.rows.map((row) =>
        Object.fromEntries(Object.entries(row).map(([name, one]) => [name, sealValue(one, seals)])),
      ),
    );
  if ("word" in value)
    return seals?.mode === "sealed" ? toIndexWord(value.word, seals) : value.word;
  return seals === null ? value.text : buildSealed(value, seals);
}

/** The text of the column. */
export function buildSealed(value: SealedValue, seals: Seals): string {
  if (value.as === "equal") return seals.sealEqual(value.text);
  const sealed = seals.sealText(value.text, value.place, value.mark);
  if (value.as !== "words" || seals.mode === "opening") return sealed;
  return `${listIndexWords(value.text, seals)}${sealed}`;
}

function openResult(
  result: StatementResult,
  opens: Opens | undefined,
  seals: Seals,
): StatementResult {
  if (opens === undefined) return result;
  const rows = (result.rows as readonly Readonly<Record<string, unknown>>[]).map((row) => {
    const opened: Record<string, unknown> = { ...row };
    for (const [name, place] of Object.entries(opens.columns)) {
      const value = opened[name];
      if (typeof value === "string") opened[name] = seals.openText(value, place(row));
    }
    for (const name of opens.drops ?? []) delete opened[name];
    return opened;
  });
  return { ...result, rows };
}

/** The values of a statement for a database that knows nothing of seals. */
export function listClearValues(values: readonly PlanValue[]): readonly SqlValue[] {
  return values.map((value) => sealValue(value, null));
}

/** What a database without seals found. Throws RunBlocked `KEY_RING_MISSING` where it is sealed after all. */
export function dropPlaces(rows: readonly unknown[], opens: Opens | undefined): readonly unknown[] {
  if (opens === undefined) return rows;
  for (const row of rows as readonly Record<string, unknown>[]) {
    for (const name of Object.keys(opens.columns)) {
      const value = row[name];
      if (typeof value === "string") assertClear(value);
    }
    for (const name of opens.drops ?? []) delete row[name];
  }
  return rows;
}
