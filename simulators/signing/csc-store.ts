/** What the simulated CSC server remembers, in its own SQLite: tokens, transactions, what it signed. */
import { Database } from "bun:sqlite";

export interface Transaction {
  readonly sad: string;
  readonly credential: string;
  readonly remaining: number;
  readonly expiresAt: number;
  readonly isSpent: boolean;
  /** Base64 digests that may be signed (SCAL 2); `null`: any. */
  readonly hashes: ReadonlySet<string> | null;
  readonly isSlow: boolean;
}

export interface CscReport {
  /** Authorisations given. */
  readonly authorisations: number;
  readonly otpsSent: number;
  readonly extensions: number;
  /** Signatures made. */
  readonly signatures: number;
  /** Digests that were signed more than once. */
  readonly signedAgain: number;
  /** Calls to signHash. */
  readonly signCalls: number;
  /** Refusals by error code. */
  readonly refused: Readonly<Record<string, number>>;
}

interface TransactionRow {
  credential: string;
  remaining: number;
  expires_at: number;
  spent: number;
  hashes: string | null;
  slow: number;
}

export interface CscStore {
  count(what: string, by?: number): void;
  addToken(token: string, untilMs: number): void;
  isToken(token: string, nowMs: number): boolean;
  addTransaction(transaction: Transaction): void;
  findTransaction(sad: string): Transaction | null;
  /** Takes `count` signatures from the SAD and marks it as used. */
  spend(sad: string, count: number): void;
  addSignatures(hashes: readonly string[]): void;
  /** Keeps an answer to be fetched later. */
  keep(id: string, answer: unknown): void;
  findKept(id: string): unknown;
  report(): CscReport;
  close(): void;
}

const schema = `
create table if not exists tokens (token text primary key, until integer not null) strict;
create table if not exists transactions (sad text primary key, credential text not null, remaining integer not null,
  expires_at integer not null, spent integer not null, hashes text, slow integer not null) strict;
create table if not exists signatures (hash text primary key, times integer not null) strict;
create table if not exists answers (id text primary key, answer text not null) strict;
create table if not exists counts (what text primary key, times integer not null) strict;`;

/** `file`: path or `:memory:`. */
export function openCscStore(file: string): CscStore {
  const db = new Database(file, { create: true });
  db.run("pragma journal_mode = wal");
  db.run(schema);
  return {
    ...createTokenStore(db),
    ...createTransactionStore(db),
    ...createSignatureStore(db),
    close: () => db.close(),
  };
}

function createTokenStore(
  db: Database,
): Pick<CscStore, "addToken" | "isToken" | "keep" | "findKept"> {
  return {
    addToken(token, untilMs) {
      db.query("insert into tokens values (?, ?)").run(token, untilMs);
    },
    isToken: (token, nowMs) =>
      db.query("select 1 from tokens where token = ? and until > ?").get(token, nowMs) !== null,
    keep(id, answer) {
      db.query("insert into answers values (?, ?)").run(id, JSON.stringify(answer));
    },
    findKept(id) {
      const row = db
        .query<{ answer: string }, [string]>("select answer from answers where id = ?")
        .get(id);
      return row === null ? null : JSON.parse(row.answer);
    },
  };
}

function createTransactionStore(
  db: Database,
): Pick<CscStore, "addTransaction" | "findTransaction" | "spend"> {
  return {
    addTransaction(made) {
      db.query("insert into transactions values (?, ?, ?, ?, ?, ?, ?)").run(
        made.sad,
        made.credential,
        made.remaining,
        made.expiresAt,
        0,
        made.hashes === null ? null : JSON.stringify([...made.hashes]),
        made.isSlow ? 1 : 0,
      );
    },
    findTransaction(sad) {
      const row = db
        .query<TransactionRow, [string]>("select * from transactions where sad = ?")
        .get(sad);
      if (row === null) return null;
      return {
        sad,
        credential: row.credential,
        remaining: row.remaining,
        expiresAt: row.expires_at,
        isSpent: row.spent === 1,
        hashes: row.hashes === null ? null : new Set(JSON.parse(row.hashes) as string[]),
        isSlow: row.slow === 1,
      };
    },
    spend(sad, count) {
      db.query("update transactions set remaining = remaining - ?, spent = 1 where sad = ?").run(
        count,
        sad,
      );
    },
  };
}

function createSignatureStore(db: Database): Pick<CscStore, "count" | "addSignatures" | "report"> {
  const counts = db.query<{ times: number }, [string]>("select times from counts where what = ?");
  const addCount = db.query(
    "insert into counts values (?, ?) on conflict (what) do update set times = times + excluded.times",
  );
  const addSignature = db.query(
    "insert into signatures values (?, 1) on conflict (hash) do update set times = times + 1",
  );
  const readCount = (what: string): number => counts.get(what)?.times ?? 0;
  const signAll = db.transaction((hashes: readonly string[]) => {
    for (const hash of hashes) addSignature.run(hash);
  });
  return {
    count(what, by = 1) {
      addCount.run(what, by);
    },
    addSignatures(hashes) {
      signAll(hashes);
    },
    report() {
      const refused: Record<string, number> = {};
      const rows = db.query<{ what: string; times: number }, []>("select * from counts").all();
      for (const { what, times } of rows)
        if (what.startsWith("refused ")) refused[what.slice(8)] = times;
      const signed = db
        .query<{ total: number; again: number }, []>(
          "select coalesce(sum(times), 0) total, count(case when times > 1 then 1 end) again from signatures",
        )
        .get();
      return {
        authorisations: readCount("authorisations"),
        otpsSent: readCount("otps"),
        extensions: readCount("extensions"),
        signatures: signed?.total ?? 0,
        signedAgain: signed?.again ?? 0,
        signCalls: readCount("sign calls"),
        refused,
      };
    },
  };
}
