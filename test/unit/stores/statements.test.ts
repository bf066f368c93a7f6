/** Statements are kept by their text, and let go when there are too many: what they answer is the same. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import type { Plan, SqlValue } from "../../../stores/sql/plan.ts";
import { createSqliteDatabase } from "../../../stores/sqlite/database.ts";

/** Sums so many values: each number of them is a text of its own. */
function* computeSum(values: readonly number[]): Plan<SqlValue> {
  const sql = `SELECT ${values.map(() => "?").join(" + ")} AS total`;
  const [result] = yield [{ sql, values, wants: "rows" }];
  const [row] = (result?.rows ?? []) as readonly { readonly total: number }[];
  return row?.total ?? null;
}

test("six hundred texts, asked twice, give what they ask for", () => {
  using file = new Database(":memory:");
  const database = createSqliteDatabase(file, () => undefined);
  const counts = Array.from({ length: 600 }, (_, index) => index + 1);

  const totals = [...counts, ...counts].map((count) =>
    database.read(() => computeSum(Array.from({ length: count }, () => 2))),
  );

  expect(totals).toEqual([...counts, ...counts].map((count) => count * 2));
});

test("a table that another connection changes is read as it is now", () => {
  using file = new Database(":memory:");
  file.run("CREATE TABLE notes (id INTEGER PRIMARY KEY)");
  const database = createSqliteDatabase(file, () => undefined);
  const list = () =>
    database.read(function* (): Plan<readonly unknown[]> {
      const [result] = yield [{ sql: "SELECT * FROM notes", values: [], wants: "rows" }];
      return result?.rows ?? [];
    });
  const before = list();

  file.run("INSERT INTO notes VALUES (1)");
  const withRow = list();
  file.run("ALTER TABLE notes ADD COLUMN words TEXT");
  const withColumn = list();

  expect([before, withRow, withColumn]).toEqual([[], [{ id: 1 }], [{ id: 1, words: null }]]);
});
