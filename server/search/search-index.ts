/** The index of every verbale that a run ever had: a file of its own beside the journal, made anew from it whenever it is gone or older than the program. */
import { Database } from "bun:sqlite";
import { chmodSync, existsSync, rmSync } from "node:fs";
import { requireRow } from "../../engine/host/errors.ts";
import type { ChangeMark } from "../../engine/journal/item-changes.ts";
import type { Seals } from "../../stores/seals/seals.ts";
import { foldTerm, kindsByEnd, searchKinds, splitWords, type Terms } from "./terms.ts";

/** Where an indexed item stands in the journal. */
export interface IndexedItem {
  readonly ente: string;
  /** Number of the verbale. */
  readonly numero: string;
  readonly run: string;
  readonly key: string;
}

export interface IndexEntry extends IndexedItem {
  readonly terms: Terms;
}

export interface SearchIndex {
  /** What `putEntries` was told last; `null`: nothing was ever indexed. */
  readMark(): IndexMark | null;
  /** Replaces what the index holds of these items, and moves the mark with them. */
  putEntries(entries: readonly IndexEntry[], mark: IndexMark): void;
  /** Forgets everything: the journal is another one. */
  clear(): void;
  /**
   * Newest first. Words of a name must all fit; a code must fit whole unless `by` says that its head or its end is enough.
   * `null`: so many codes begin or end like this that none is meant.
   */
  find(text: string, options: FindOptions): readonly IndexedItem[] | null;
  close(): void;
}

/** How far the journal is in the index. */
export interface IndexMark {
  readonly changes: ChangeMark;
  /** The newest item that is in the index: another journal has another one there. */
  readonly newest: { readonly id: number; readonly run: string; readonly key: string } | null;
  /** Every item of the journal was read at least once. */
  readonly isComplete: boolean;
}

export interface FindOptions {
  readonly by: "whole" | "part";
  readonly ente?: string;
  readonly limit: number;
}

/** Of an index whose words are tokens; one in clear has version 1. */
const sealedVersion = 2;

// FTS5 with whole codes as words and no text of its own costs a tenth of a b-tree over codes. One column, for a filter by
// column would read every verbale of a common name: a code begins with `=`, a code from its end with `_`, a name with neither.
const schema = `
  CREATE TABLE docs (
    id INTEGER PRIMARY KEY, ente TEXT NOT NULL, numero TEXT NOT NULL, run TEXT NOT NULL, key TEXT NOT NULL,
    UNIQUE (run, key));
  CREATE TABLE marks (id INTEGER PRIMARY KEY CHECK (id = 1), mark TEXT NOT NULL);
  CREATE VIRTUAL TABLE terms USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = "unicode61 remove_diacritics 2 tokenchars '-/+=_'");
  CREATE VIRTUAL TABLE vocabulary USING fts5vocab (terms, 'row');`;

/** What words stand as, where the data are sealed. */
export type WordTokens = Pick<Seals, "makeToken">;

/** Opens (and makes) the index. One that cannot be read, or is of another version, is made anew. */
export function openSearchIndex(path: string, seals: WordTokens | null = null): SearchIndex {
  return buildSearchIndex(openDatabase(path, seals === null ? 1 : sealedVersion), seals);
}

function openDatabase(path: string, version: number): Database {
  try {
    return prepareDatabase(path, version);
  } catch (error) {
    // It holds nothing that the journal does not: a damaged one is thrown away. What is no damage happens again.
    if (!(error instanceof Error) || !/malformed|not a database|corrupt/.test(error.message))
      throw error;
    removeFiles(path);
    return prepareDatabase(path, version);
  }
}

function prepareDatabase(path: string, version: number): Database {
  const db = new Database(path, { create: true, strict: true });
  try {
    if (path !== ":memory:") chmodSync(path, 0o600);
    db.run("PRAGMA journal_mode = WAL");
    db.run("PRAGMA synchronous = NORMAL");
    db.run("PRAGMA busy_timeout = 10000");
    db.run("PRAGMA cache_size = -16384");
    db.transaction(() => {
      if (readVersion(db) === version) return;
      if (readVersion(db) !== 0)
        db.run("DROP TABLE vocabulary; DROP TABLE terms; DROP TABLE docs; DROP TABLE marks;");
      db.run(`${schema} PRAGMA user_version = ${version};`);
    }).immediate();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function readVersion(db: Database): number {
  return requireRow(
    db.query<{ user_version: number }, []>("PRAGMA user_version").get(),
    "version of the search index",
  ).user_version;
}

function removeFiles(path: string): void {
  for (const suffix of ["", "-wal", "-shm"])
    if (existsSync(path + suffix)) rmSync(path + suffix, { force: true });
}

function buildSearchIndex(db: Database, seals: WordTokens | null): SearchIndex {
  const putEntries = buildWriter(db, seals);
  return {
    readMark() {
      const row = db.query<{ mark: string }, []>("SELECT mark FROM marks").get();
      return row === null ? null : (JSON.parse(row.mark) as IndexMark);
    },
    putEntries: (entries, mark) => db.transaction(() => putEntries(entries, mark)).immediate(),
    clear: () =>
      db
        .transaction(() => {
          db.run("INSERT INTO terms (terms) VALUES ('delete-all')");
          db.run("DELETE FROM docs");
          db.run("DELETE FROM marks");
        })
        .immediate(),
    find: (text, options) => findMatches(db, { text, seals }, options),
    close: () => db.close(),
  };
}

function buildWriter(db: Database, seals: WordTokens | null): SearchIndex["putEntries"] {
  const place = db.query<{ id: number }, [string, string, string, string]>(
    `INSERT INTO docs (ente, numero, run, key) VALUES (?, ?, ?, ?)
     ON CONFLICT (run, key) DO UPDATE SET numero = excluded.numero RETURNING id`,
  );
  // A row that is there and is inserted again would stay as a ghost.
  const remove = db.query("DELETE FROM terms WHERE rowid = ?");
  const insert = db.query("INSERT INTO terms (rowid, words) VALUES (?, ?)");
  const keep = db.query("INSERT OR REPLACE INTO marks (id, mark) VALUES (1, ?)");
  return (entries, mark) => {
    for (const { ente, numero, run: id, key, terms } of entries) {
      const row = requireRow(place.get(ente, numero, id, key), "search entry");
      remove.run(row.id);
      insert.run(row.id, sealWords(listWords(terms), seals).join(" "));
    }
    keep.run(JSON.stringify(mark));
  };
}

function listWords(terms: Terms): readonly string[] {
  const codes = searchKinds.flatMap((kind) => (kind === "nome" ? [] : terms[kind]));
  const ends = kindsByEnd.flatMap((kind) => terms[kind].map(markEnd));
  return [...codes.map(markCode), ...terms.nome, ...ends];
}

/** WordTokens of each word, and of all that it may begin with: no word of it stands in the file. */
function sealWords(words: readonly string[], seals: WordTokens | null): readonly string[] {
  if (seals === null) return words;
  const tokens = new Set<string>();
  for (const word of words.map(foldWord)) {
    tokens.add(seals.makeToken(word));
    for (let length = leastHead; length <= Math.min(word.length, longestHead); length += 1)
      tokens.add(seals.makeToken(`${word.slice(0, length)}*`));
  }
  return [...tokens];
}

/** As the index folds what stands in it in clear. */
function foldWord(word: string): string {
  return word.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
}

/** Letters: shorter heads are never asked for, longer ones tell no more apart. */
const leastHead = 3;
const longestHead = 20;

function markCode(code: string): string {
  return `=${code}`;
}

function markEnd(code: string): string {
  return `_${Array.from(code).toReversed().join("")}`;
}

/** Shorter heads and ends fit too many. */
const leastPart = 4;
/** Codes that begin or end alike, beyond which a person means none of them; reading them all would take long. */
const mostAlike = 1_000;

function findMatches(
  db: Database,
  { text, seals }: { readonly text: string; readonly seals: WordTokens | null },
  options: FindOptions,
): readonly IndexedItem[] | null {
  const found = new Map<number, IndexedItem>();
  for (const query of buildQueries(text, options.by, seals)) {
    if (query.heads.some((head) => countAlike(db, head, seals) > mostAlike)) return null;
    for (const { id, ...item } of runQuery(db, query.words, options)) found.set(id, item);
  }
  return [...found]
    .toSorted(([left], [right]) => right - left)
    .slice(0, options.limit)
    .map(([, item]) => item);
}

interface IndexQuery {
  /** In the language of FTS5. */
  readonly words: string;
  /** Those of its words of which only the head must fit. */
  readonly heads: readonly string[];
}

function buildQueries(
  text: string,
  by: FindOptions["by"],
  seals: WordTokens | null,
): readonly IndexQuery[] {
  const [code] = foldTerm(text);
  const names = splitWords(text).filter((word) => word !== "");
  const queries: IndexQuery[] = [];
  const add = (words: readonly string[], heads: readonly string[]): void => {
    const quoted =
      seals === null
        ? [...words.map(quoteWord), ...heads.map((head) => `${quoteWord(head)}*`)]
        : [
            ...words.map((word) => quoteWord(seals.makeToken(foldWord(word)))),
            ...heads.map((head) => quoteWord(sealHead(head, seals))),
          ];
    queries.push({ words: quoted.join(" AND "), heads });
  };
  const isLetters = names.some((word) => /\p{L}{2}/u.test(word));
  if (by === "whole") {
    if (code !== undefined) add([markCode(code)], []);
    if (isLetters) add(names, []);
    return queries;
  }
  if (code !== undefined && code.length >= leastPart) {
    add([], [markCode(code)]);
    add([], [markEnd(code)]);
  }
  // The last word may be half typed; the others are whole.
  const last = names.at(-1);
  if (isLetters && last !== undefined && last.length >= 3) add(names.slice(0, -1), [last]);
  return queries;
}

function sealHead(head: string, seals: WordTokens): string {
  return seals.makeToken(`${foldWord(head).slice(0, longestHead)}*`);
}

/** A word of FTS5 as it stands, whatever is in it. */
function quoteWord(word: string): string {
  return `"${word.replaceAll('"', '""')}"`;
}

/** How many words of the index begin so; counted no further than it matters. */
function countAlike(db: Database, head: string, seals: WordTokens | null): number {
  if (seals !== null) {
    const asked = db.query<{ doc: number }, [string]>("SELECT doc FROM vocabulary WHERE term = ?");
    // So many verbali: how many words they are of is not told.
    return asked.get(sealHead(head, seals).toLowerCase())?.doc ?? 0;
  }
  const folded = head.toLowerCase();
  const row = db
    .query<{ count: number }, [string, string, number]>(
      "SELECT count(*) AS count FROM (SELECT 1 FROM vocabulary WHERE term >= ? AND term < ? LIMIT ?)",
    )
    .get(folded, `${folded}\u{10FFFF}`, mostAlike + 1);
  return requireRow(row, "words of the search index").count;
}

function runQuery(
  db: Database,
  query: string,
  { ente, limit }: FindOptions,
): readonly (IndexedItem & { readonly id: number })[] {
  return db
    .query<IndexedItem & { readonly id: number }, [string, string | null, number]>(
      `SELECT d.id, d.ente, d.numero, d.run, d.key FROM terms t JOIN docs d ON d.id = t.rowid
       WHERE t.terms MATCH ?1 AND (?2 IS NULL OR d.ente = ?2) ORDER BY t.rowid DESC LIMIT ?3`,
    )
    .all(query, ente ?? null, limit);
}
