/** Which blobs the rows of a journal name. */
import { type Database, nameSealed, readOpened } from "./plan.ts";

/** A text that may name blobs, with what orders its rows, and what names the row where it is sealed. */
const texts = [
  { table: "runs", key: "seq", text: "input_sha256", place: ["id"] },
  { table: "files", key: "run, name", text: "sha256", place: ["run", "name"] },
  { table: "items", key: "id", text: "data", place: ["run", "key"] },
  { table: "effects", key: "key", text: "fields", place: ["key"] },
  {
    table: "record_versions",
    key: "number",
    text: "data",
    place: ["ente", "kind", "key", "version"],
  },
] as const;

const pageRows = 500;

/** Hashes of a row. */
export interface NamedBlobs {
  /** Everything that looks like one: what is in none of these is nobody's. */
  readonly any: readonly string[];
  /** Of files that were stored: they have to be there. */
  readonly stored: readonly string[];
  /** The row was masked: its files are named as proof alone. */
  readonly isMasked: boolean;
  /** Seq of the run of which it is input or archive; `null`: of an item, an effect, a record. */
  readonly run: number | null;
}

/** Row by row, each hash as often as it stands there. */
export async function* listNamedBlobs(db: Database): AsyncGenerator<NamedBlobs> {
  for (const { table, key, text, place } of texts) {
    const keys = key.split(", ");
    const asked = [...new Set([...keys, ...place])].join(", ");
    const opens = {
      columns: {
        text: (row: Readonly<Record<string, unknown>>) =>
          nameSealed(`${table}.${text}`, ...place.map((name) => row[name])),
      },
    };
    let behind = "";
    let after: readonly (string | number)[] = [];
    for (;;) {
      const [condition, values] = [behind, after];
      const rows = await db.read(() =>
        readOpened<Readonly<Record<string, string | number>>>(
          opens,
          `SELECT ${asked}, ${text} AS text FROM ${table} ${condition} ORDER BY ${key} LIMIT ?`,
          ...values,
          pageRows,
        ),
      );
      for (const row of rows) yield { ...findHashes(row["text"]), run: findRun(table, row) };
      const last = rows.at(-1);
      if (last === undefined) break;
      behind = `WHERE (${key}) > (${keys.map(() => "?").join(", ")})`;
      after = keys.map((name) => last[name] ?? "");
    }
  }
}

function findRun(table: string, row: Readonly<Record<string, string | number>>): number | null {
  if (table === "runs") return Number(row["seq"]);
  return table === "files" ? Number(row["run"]) : null;
}

function findHashes(text: unknown): Omit<NamedBlobs, "run"> {
  if (typeof text !== "string") return { any: [], stored: [], isMasked: false };
  const any = text.match(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g) ?? [];
  if (text.includes('"purgedOn":')) return { any, stored: [], isMasked: true };
  const isPlain = any.length === 1 && any[0] === text;
  const stored = [...text.matchAll(/"sha256":"([0-9a-f]{64})","bytes":\d/g)].flatMap(
    ([, sha256]) => sha256 ?? [],
  );
  return { any, stored: isPlain ? any : stored, isMasked: false };
}
