/** SQL on the journal of an installation, in a process of its own: connections of the test's process would share what the product's processes make and remove. */
import { join } from "node:path";

const program = `
  import { Database } from "bun:sqlite";
  const [path, statements] = JSON.parse(await Bun.stdin.text());
  const db = new Database(path, { readwrite: true });
  const rows = statements.map(([sql, values]) => db.query(sql).all(...values));
  process.stdout.write(JSON.stringify(rows.at(-1)));
`;

type Statement = readonly [sql: string, values?: readonly (string | number | null)[]];

/** Runs the statements in order; the rows of the last, of which the caller says what they are. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows the columns that it asks for
export function runJournalSql<Row>(
  dataFolder: string,
  ...statements: readonly Statement[]
): readonly Row[] {
  const asked = statements.map(([sql, values = []]) => [sql, values]);
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, "-e", program], {
    stdin: Buffer.from(JSON.stringify([join(dataFolder, "postino.sqlite"), asked])),
  });
  if (exitCode !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString()) as readonly Row[];
}
