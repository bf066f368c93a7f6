/** The simulated SEND's own SQLite: files, requests, notice codes in use, counts; survives a kill of the simulator too. */
import { Database } from "bun:sqlite";

export interface StoredFile {
  readonly key: string;
  readonly pa: string;
  readonly contentType: string;
  readonly sha256: string;
  readonly secret: string;
  readonly expiresAt: number;
  readonly uploadedAt: number | null;
  readonly versionId: string | null;
  readonly bytes: number | null;
  /** Do the bytes begin with `%PDF-`? */
  readonly isPdf: number | null;
  readonly pages: number | null;
}

export type RequestState = "WAITING" | "ACCEPTED" | "REFUSED" | "CANCELLED";

export interface StoredRequest {
  readonly iun: string;
  readonly pa: string;
  readonly protocol: string;
  readonly token: string;
  readonly groupName: string;
  readonly version: string;
  /** The request as JSON. */
  readonly body: string;
  readonly createdAt: number;
  /** When it is decided; `null` = never. */
  readonly dueAt: number | null;
  readonly status: RequestState;
  readonly decidedAt: number | null;
  /** Refusal reasons as JSON, or `null`. */
  readonly errors: string | null;
}

/** Something of a new request that is taken: what, in SEND's words, and the value. */
export interface Conflict {
  readonly of:
    | "iun"
    | "senderPaId##paProtocolNumber##idempotenceToken"
    | "creditorTaxId##noticeCode";
  readonly value: string;
}

const schema = `
CREATE TABLE IF NOT EXISTS files (
  key TEXT PRIMARY KEY, pa TEXT NOT NULL, contentType TEXT NOT NULL, sha256 TEXT NOT NULL,
  secret TEXT NOT NULL, expiresAt INTEGER NOT NULL, uploadedAt INTEGER, versionId TEXT,
  bytes INTEGER, isPdf INTEGER, pages INTEGER, content BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (
  seq INTEGER PRIMARY KEY, iun TEXT NOT NULL UNIQUE, pa TEXT NOT NULL, protocol TEXT NOT NULL,
  token TEXT NOT NULL, groupName TEXT NOT NULL, version TEXT NOT NULL, body TEXT NOT NULL,
  createdAt INTEGER NOT NULL, dueAt INTEGER, status TEXT NOT NULL, decidedAt INTEGER, errors TEXT,
  UNIQUE (pa, protocol, token));
CREATE INDEX IF NOT EXISTS requests_due ON requests (dueAt) WHERE status = 'WAITING';
CREATE TABLE IF NOT EXISTS notices (
  creditor TEXT NOT NULL, notice TEXT NOT NULL, iun TEXT NOT NULL,
  PRIMARY KEY (creditor, notice)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS notices_iun ON notices (iun);
CREATE TABLE IF NOT EXISTS cancelledNotices (
  creditor TEXT NOT NULL, notice TEXT NOT NULL,
  PRIMARY KEY (creditor, notice)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS posts (protocol TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS streams (
  id TEXT PRIMARY KEY, pa TEXT NOT NULL, version TEXT NOT NULL, body TEXT NOT NULL,
  activatedAt INTEGER NOT NULL, disabledAt INTEGER, readyAt INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, pa TEXT NOT NULL, iun TEXT NOT NULL, at INTEGER NOT NULL,
  groupName TEXT NOT NULL, category TEXT NOT NULL, newStatus TEXT, element TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_iun ON events (iun);
CREATE TABLE IF NOT EXISTS acknowledged (stream TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS planned (
  seq INTEGER PRIMARY KEY, iun TEXT NOT NULL, at INTEGER NOT NULL, event TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS planned_at ON planned (at);
`;

/** Opens (and makes) the simulator's database. */
export function openSimulatorStore(file: string): SimulatorStore {
  const db = new Database(file, { create: true });
  db.run("PRAGMA journal_mode = WAL");
  // NORMAL loses nothing when the process dies, only when the machine does.
  db.run("PRAGMA synchronous = NORMAL");
  db.run("PRAGMA busy_timeout = 5000");
  db.run(schema);
  return new SimulatorStore(db);
}

/** The tables behind functions; one object per simulator. */
export class SimulatorStore {
  readonly db: Database;
  readonly insert: (
    request: StoredRequest,
    notices: readonly { readonly creditor: string; readonly notice: string }[],
  ) => readonly Conflict[];

  constructor(db: Database) {
    this.db = db;
    this.insert = db.transaction(
      (
        request: StoredRequest,
        notices: readonly { readonly creditor: string; readonly notice: string }[],
      ) => this.insertRequest(request, notices),
    );
  }

  putFile(file: Omit<StoredFile, "uploadedAt" | "versionId" | "bytes" | "isPdf" | "pages">): void {
    this.db
      .query(
        "INSERT INTO files (key, pa, contentType, sha256, secret, expiresAt) VALUES (?, ?, ?, ?, ?, ?)",
      )
      .run(file.key, file.pa, file.contentType, file.sha256, file.secret, file.expiresAt);
  }

  findFile(key: string): StoredFile | null {
    return this.db
      .query<StoredFile, [string]>(
        "SELECT key, pa, contentType, sha256, secret, expiresAt, uploadedAt, versionId, bytes, isPdf, pages FROM files WHERE key = ?",
      )
      .get(key);
  }

  readFileContent(key: string): Uint8Array | null {
    return (
      this.db
        .query<{ content: Uint8Array | null }, [string]>("SELECT content FROM files WHERE key = ?")
        .get(key)?.content ?? null
    );
  }

  markUploaded(
    key: string,
    upload: {
      readonly at: number;
      readonly versionId: string;
      readonly bytes: number;
      readonly isPdf: boolean;
      readonly pages: number;
      readonly content: Uint8Array | null;
    },
  ): void {
    this.db
      .query(
        "UPDATE files SET uploadedAt = ?, versionId = ?, bytes = ?, isPdf = ?, pages = ?, content = ? WHERE key = ?",
      )
      .run(
        upload.at,
        upload.versionId,
        upload.bytes,
        upload.isPdf ? 1 : 0,
        upload.pages,
        upload.content,
        key,
      );
  }

  private insertRequest(
    request: StoredRequest,
    notices: readonly { readonly creditor: string; readonly notice: string }[],
  ): readonly Conflict[] {
    const conflicts = this.listConflicts(request, notices);
    if (conflicts.length > 0) return conflicts;
    this.db
      .query(
        "INSERT INTO requests (iun, pa, protocol, token, groupName, version, body, createdAt, dueAt, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'WAITING')",
      )
      .run(
        request.iun,
        request.pa,
        request.protocol,
        request.token,
        request.groupName,
        request.version,
        request.body,
        request.createdAt,
        request.dueAt,
      );
    for (const { creditor, notice } of notices)
      this.db
        .query("INSERT INTO notices (creditor, notice, iun) VALUES (?, ?, ?)")
        .run(creditor, notice, request.iun);
    return [];
  }

  /** All that is taken: SEND names every kind at once, so a repeated request collides with its notices too. */
  private listConflicts(
    { iun, pa, protocol, token }: StoredRequest,
    notices: readonly { readonly creditor: string; readonly notice: string }[],
  ): readonly Conflict[] {
    const conflicts: Conflict[] = [];
    if (this.findByIun(iun) !== null) conflicts.push({ of: "iun", value: iun });
    if (this.findByToken(pa, protocol, token) !== null)
      conflicts.push({
        of: "senderPaId##paProtocolNumber##idempotenceToken",
        value: `${pa}##${protocol}##${token}`,
      });
    const held = notices.findLast(
      ({ creditor, notice }) => this.findHolder(creditor, notice) !== null,
    );
    if (held !== undefined)
      conflicts.push({
        of: "creditorTaxId##noticeCode",
        value: `${held.creditor}##${held.notice}`,
      });
    return conflicts;
  }

  findByToken(pa: string, protocol: string, token: string): StoredRequest | null {
    return this.db
      .query<StoredRequest, [string, string, string]>(
        "SELECT * FROM requests WHERE pa = ? AND protocol = ? AND token = ?",
      )
      .get(pa, protocol, token);
  }

  findByIun(iun: string): StoredRequest | null {
    return this.db.query<StoredRequest, [string]>("SELECT * FROM requests WHERE iun = ?").get(iun);
  }

  /** The iun of the live notification that holds the notice, or `null`. */
  findHolder(creditor: string, notice: string): string | null {
    return (
      this.db
        .query<{ iun: string }, [string, string]>(
          "SELECT iun FROM notices WHERE creditor = ? AND notice = ?",
        )
        .get(creditor, notice)?.iun ?? null
    );
  }

  /** Whether a notification that was cancelled has held the notice. */
  isOfCancelled(creditor: string, notice: string): boolean {
    return (
      this.db
        .query<{ notice: string }, [string, string]>(
          "SELECT notice FROM cancelledNotices WHERE creditor = ? AND notice = ?",
        )
        .get(creditor, notice) !== null
    );
  }

  /** Requests whose validation is over, oldest first. */
  listDue(now: number): readonly StoredRequest[] {
    return this.db
      .query<StoredRequest, [number]>(
        "SELECT * FROM requests WHERE status = 'WAITING' AND dueAt <= ? ORDER BY dueAt, seq",
      )
      .all(now);
  }

  /** Looks at a request that is not decided at another time. */
  postpone(iun: string, dueAt: number): void {
    this.db.query("UPDATE requests SET dueAt = ? WHERE iun = ?").run(dueAt, iun);
  }

  decide(iun: string, status: RequestState, at: number, errors: string | null): void {
    this.db
      .query("UPDATE requests SET status = ?, decidedAt = ?, errors = ? WHERE iun = ?")
      .run(status, at, errors, iun);
    if (status === "CANCELLED")
      this.db
        .query(
          "INSERT OR IGNORE INTO cancelledNotices SELECT creditor, notice FROM notices WHERE iun = ?",
        )
        .run(iun);
    // The codes of a refused or cancelled notification are free again.
    if (status === "REFUSED" || status === "CANCELLED")
      this.db.query("DELETE FROM notices WHERE iun = ?").run(iun);
  }

  countSentSince(pa: string, since: number): number {
    return (
      this.db
        .query<{ n: number }, [string, number]>(
          "SELECT count(*) AS n FROM requests WHERE pa = ? AND createdAt >= ?",
        )
        .get(pa, since)?.n ?? 0
    );
  }

  count(name: string, by = 1): void {
    this.db
      .query(
        "INSERT INTO counts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
      )
      .run(name, by);
  }

  countPost(protocol: string): void {
    this.db
      .query(
        "INSERT INTO posts (protocol, value) VALUES (?, 1) ON CONFLICT (protocol) DO UPDATE SET value = value + 1",
      )
      .run(protocol);
  }
}
