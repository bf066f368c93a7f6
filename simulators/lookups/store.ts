/** What the simulated PDND and the registers behind it remember: tokens that were used, calls, and the numbers of callers. */
import { Database } from "bun:sqlite";
import { randomBytes } from "node:crypto";

export interface LookupStore {
  /** With what the vouchers of this PDND are signed. */
  readonly secret: Buffer;
  /** False: this token was seen before. */
  useToken(jti: string): boolean;
  countCalls(purpose: string, since: number): number;
  noteCall(call: NotedCall): void;
  listCalls(): readonly NotedCall[];
  findAnswer(service: string, operation: string): string | null;
  readLastOperation(service: string): bigint;
  keepAnswer(service: string, operation: string, answer: string): void;
  close(): void;
}

export interface NotedCall {
  readonly service: string;
  readonly purpose: string;
  readonly at: number;
  readonly reason: string;
  readonly user: string;
}

const tables = `
create table if not exists secrets (name text primary key, value blob not null) strict;
create table if not exists tokens (jti text primary key) strict;
create table if not exists calls (service text not null, purpose text not null, at integer not null, reason text not null, user text not null) strict;
create table if not exists operations (service text not null, operation text not null, answer text not null, primary key (service, operation)) strict;`;

export function openLookupStore(file: string): LookupStore {
  const db = new Database(file, { create: true, strict: true });
  db.run("pragma journal_mode = wal");
  db.run(tables);
  return {
    get secret() {
      return readSecret(db);
    },
    useToken: (jti) => db.query("insert or ignore into tokens values (?)").run(jti).changes === 1,
    countCalls: (purpose, since) =>
      db
        .query<{ count: number }, [string, number]>(
          "select count(*) as count from calls where purpose = ? and at >= ?",
        )
        .get(purpose, since)?.count ?? 0,
    noteCall: ({ service, purpose, at, reason, user }) => {
      db.query("insert into calls values (?, ?, ?, ?, ?)").run(service, purpose, at, reason, user);
    },
    listCalls: () => db.query<NotedCall, []>("select * from calls order by rowid").all(),
    findAnswer: (service, operation) =>
      db
        .query<{ answer: string }, [string, string]>(
          "select answer from operations where service = ? and operation = ?",
        )
        .get(service, operation)?.answer ?? null,
    readLastOperation(service) {
      const rows = db
        .query<{ operation: string }, [string]>(
          "select operation from operations where service = ? order by length(operation) desc, operation desc limit 1",
        )
        .all(service);
      return BigInt(rows[0]?.operation ?? "0");
    },
    keepAnswer: (service, operation, answer) => {
      db.query("insert into operations values (?, ?, ?)").run(service, operation, answer);
    },
    close: () => db.close(),
  };
}

function readSecret(db: Database): Buffer {
  db.query("insert or ignore into secrets values ('voucher', ?)").run(randomBytes(32));
  const row = db.query<{ value: Uint8Array }, []>("select value from secrets").get();
  return Buffer.from(row?.value ?? []);
}
