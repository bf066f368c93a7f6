/** The people of the installation: who they are, what they may do, whether they still may. */
import type { Database } from "bun:sqlite";
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { everyEnte, type RoleGrant, isRole, listPermissions, type Permission } from "./roles.ts";
import { changePeople } from "./store.ts";

/** Who vouches for a person. */
export type UserSource = "local" | "oidc" | "ldap" | "saml";

export interface User {
  readonly id: number;
  /** What is typed at the login. */
  readonly name: string;
  readonly fullName: string;
  readonly source: UserSource;
  /** Sees personal data even where the role hides them. */
  readonly seesPersonal: boolean;
  readonly grants: readonly RoleGrant[];
  /** ISO 8601 UTC; `null`: active. */
  readonly disabledAt: string | null;
  readonly createdAt: string;
  readonly lastLoginAt: string | null;
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
  readonly passkeys: number;
}

export interface NewUser {
  readonly name: string;
  readonly fullName: string;
  readonly source: UserSource;
  readonly subject?: string;
  readonly seesPersonal: boolean;
  readonly grants: readonly RoleGrant[];
}

export interface Users {
  /** Whether anybody was ever added: from then on a login is asked for. */
  hasAny(): boolean;
  list(): readonly User[];
  find(name: string): User | null;
  read(id: number): User | null;
  findBySubject(source: UserSource, subject: string): User | null;
  /** Throws NameTaken. */
  add(user: NewUser): User;
  /** Ends the sessions of whose roles changed: they come in again with the new ones. */
  setGrants(id: number, grants: readonly RoleGrant[], seesPersonal: boolean): void;
  setFullName(id: number, fullName: string): void;
  setDisabled(id: number, isDisabled: boolean): void;
  /** Ends all sessions but the one that is kept. */
  setPassword(id: number, hash: string, keptSession?: string | null): void;
  readPassword(id: number): string | null;
  noteLogin(id: number): void;
  setTotp(id: number, secret: Uint8Array | null): void;
  readTotp(id: number): { readonly secret: Uint8Array; readonly usedStep: number } | null;
  /** False when another request took the code first. */
  useTotpStep(id: number, step: number): boolean;
  /** Replaces all codes by those of these hashes. */
  setRecoveryCodes(id: number, hashes: readonly string[]): void;
  countRecoveryCodes(id: number): number;
  /** False when there is no such code, or it was used. */
  useRecoveryCode(id: number, hash: string): boolean;
}

/** Somebody has this name already. */
export class NameTaken extends Error {}

interface UserRow {
  readonly id: number;
  readonly name: string;
  readonly full_name: string;
  readonly source: UserSource;
  readonly sees_personal: number;
  readonly disabled_at: string | null;
  readonly created_at: string;
  readonly last_login_at: string | null;
  readonly has_password: number;
  readonly has_totp: number;
  readonly passkeys: number;
}

const columns = `id, name, full_name, source, sees_personal, disabled_at, created_at, last_login_at,
  password IS NOT NULL AS has_password, totp_secret IS NOT NULL AS has_totp,
  (SELECT count(*) FROM passkeys WHERE user = users.id) AS passkeys`;

export function createUsers(db: Database, clock: Clock): Users {
  const any = db.query("SELECT 1 FROM users LIMIT 1");
  let hasUsers = false;
  const toUser = (row: UserRow | null): User | null => (row === null ? null : buildUser(db, row));
  const readBy = (where: string, ...values: string[]): User | null =>
    toUser(
      db.query<UserRow, string[]>(`SELECT ${columns} FROM users WHERE ${where}`).get(...values),
    );
  const users: Users = {
    hasAny() {
      // Nobody is ever deleted: once there is one, there always is.
      hasUsers ||= any.get() !== null;
      return hasUsers;
    },
    list: () =>
      db
        .query<UserRow, []>(`SELECT ${columns} FROM users ORDER BY name`)
        .all()
        .map((row) => buildUser(db, row)),
    find: (name) => readBy("name = ?", name),
    read: (id) => readBy("id = ?", String(id)),
    findBySubject: (source, subject) => readBy("source = ? AND subject = ?", source, subject),
    add(user) {
      return changePeople(db, () => {
        if (users.find(user.name) !== null) throw new NameTaken(user.name);
        const { lastInsertRowid } = db
          .query(
            `INSERT INTO users (name, full_name, source, subject, sees_personal, created_at)
             VALUES (?, ?, ?, ?, ?, ?)`,
          )
          .run(
            user.name,
            user.fullName,
            user.source,
            user.subject ?? null,
            user.seesPersonal ? 1 : 0,
            toInstant(clock.now()),
          );
        const id = Number(lastInsertRowid);
        writeGrants(db, id, user.grants);
        return requireUser(users.read(id));
      });
    },
    ...createStateParts(db, clock),
    ...createSecretParts(db),
  };
  return users;
}

function createStateParts(
  db: Database,
  clock: Clock,
): Pick<Users, "setGrants" | "setFullName" | "setDisabled" | "noteLogin"> {
  return {
    setGrants(id, grants, seesPersonal) {
      changePeople(db, () => {
        writeGrants(db, id, grants);
        db.query("UPDATE users SET sees_personal = ? WHERE id = ?").run(seesPersonal ? 1 : 0, id);
        db.query("DELETE FROM sessions WHERE user = ?").run(id);
      });
    },
    setFullName(id, fullName) {
      db.query("UPDATE users SET full_name = ? WHERE id = ?").run(fullName, id);
    },
    setDisabled(id, isDisabled) {
      changePeople(db, () => {
        const at = isDisabled ? toInstant(clock.now()) : null;
        db.query("UPDATE users SET disabled_at = ? WHERE id = ?").run(at, id);
        db.query("DELETE FROM sessions WHERE user = ?").run(id);
        db.query("DELETE FROM flows WHERE user = ?").run(id);
      });
    },
    noteLogin(id) {
      db.query("UPDATE users SET last_login_at = ? WHERE id = ?").run(toInstant(clock.now()), id);
    },
  };
}

type SecretParts = Pick<
  Users,
  | "setPassword"
  | "readPassword"
  | "setTotp"
  | "readTotp"
  | "useTotpStep"
  | "setRecoveryCodes"
  | "countRecoveryCodes"
  | "useRecoveryCode"
>;

function createSecretParts(db: Database): SecretParts {
  return {
    setPassword(id, hash, keptSession = null) {
      changePeople(db, () => {
        db.query("UPDATE users SET password = ? WHERE id = ?").run(hash, id);
        db.query("DELETE FROM sessions WHERE user = ? AND hash IS NOT ?").run(id, keptSession);
        // An invitation that is still about would open the account again.
        db.query("DELETE FROM flows WHERE user = ?").run(id);
      });
    },
    readPassword: (id) =>
      db
        .query<{ password: string | null }, [number]>("SELECT password FROM users WHERE id = ?")
        .get(id)?.password ?? null,
    setTotp(id, secret) {
      changePeople(db, () => {
        db.query("UPDATE users SET totp_secret = ?, totp_step = 0 WHERE id = ?").run(secret, id);
        if (secret === null) db.query("DELETE FROM recovery_codes WHERE user = ?").run(id);
      });
    },
    readTotp(id) {
      const row = db
        .query<{ totp_secret: Uint8Array | null; totp_step: number }, [number]>(
          "SELECT totp_secret, totp_step FROM users WHERE id = ?",
        )
        .get(id);
      if (row === null || row.totp_secret === null) return null;
      return { secret: row.totp_secret, usedStep: row.totp_step };
    },
    useTotpStep: (id, step) =>
      db.query("UPDATE users SET totp_step = ? WHERE id = ? AND totp_step < ?").run(step, id, step)
        .changes > 0,
    setRecoveryCodes(id, hashes) {
      changePeople(db, () => {
        db.query("DELETE FROM recovery_codes WHERE user = ?").run(id);
        const add = db.query("INSERT INTO recovery_codes (user, hash) VALUES (?, ?)");
        for (const hash of hashes) add.run(id, hash);
      });
    },
    countRecoveryCodes: (id) =>
      db
        .query<{ codes: number }, [number]>(
          "SELECT count(*) AS codes FROM recovery_codes WHERE user = ?",
        )
        .get(id)?.codes ?? 0,
    useRecoveryCode: (id, hash) =>
      db.query("DELETE FROM recovery_codes WHERE user = ? AND hash = ?").run(id, hash).changes > 0,
  };
}

function writeGrants(db: Database, id: number, grants: readonly RoleGrant[]): void {
  db.query("DELETE FROM grants WHERE user = ?").run(id);
  const add = db.query("INSERT OR IGNORE INTO grants (user, ente, role) VALUES (?, ?, ?)");
  for (const { ente, role } of grants) add.run(id, ente, role);
}

function buildUser(db: Database, row: UserRow): User {
  const grants = db
    .query<{ ente: string; role: string }, [number]>(
      "SELECT ente, role FROM grants WHERE user = ? ORDER BY ente, role",
    )
    .all(row.id);
  return {
    id: row.id,
    name: row.name,
    fullName: row.full_name,
    source: row.source,
    seesPersonal: row.sees_personal === 1,
    grants: grants.flatMap(({ ente, role }) => (isRole(role) ? [{ ente, role }] : [])),
    disabledAt: row.disabled_at,
    createdAt: row.created_at,
    lastLoginAt: row.last_login_at,
    hasPassword: row.has_password === 1,
    hasTotp: row.has_totp === 1,
    passkeys: row.passkeys,
  };
}

function requireUser(user: User | null): User {
  if (user === null) throw new Error("no row: user");
  return user;
}

/** What a user may do for which ente. */
export function expandGrants({
  grants,
  seesPersonal,
}: Pick<User, "grants" | "seesPersonal">): readonly {
  readonly ente: string;
  readonly may: readonly Permission[];
}[] {
  return grants.map(({ ente, role }) => ({
    ente,
    may: seesPersonal ? [...listPermissions(role), "personal", "documents"] : listPermissions(role),
  }));
}

/** Whether some active user has the permission everywhere, this one left out. */
export function hasOther(users: readonly User[], id: number, permission: Permission): boolean {
  return users.some(
    (user) =>
      user.id !== id &&
      user.disabledAt === null &&
      expandGrants(user).some(({ ente, may }) => ente === everyEnte && may.includes(permission)),
  );
}
