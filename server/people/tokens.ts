/** Keys for scripts: shown once, kept by their hash, each with an ente, what it may do, and an end. */
import type { Database } from "bun:sqlite";
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { buildCan, listEnti, type Permission, permissions, type Principal } from "./roles.ts";
import { drawSecret, hashSecret } from "./store.ts";

export interface TokenRow {
  readonly id: number;
  readonly name: string;
  readonly scopes: readonly Permission[];
  /** `*`: every ente. */
  readonly ente: string;
  readonly seesPersonal: boolean;
  readonly madeBy: string;
  readonly madeAt: string;
  readonly endsAt: string | null;
  readonly revokedAt: string | null;
  readonly usedAt: string | null;
}

export type NewToken = Pick<
  TokenRow,
  "name" | "scopes" | "ente" | "seesPersonal" | "madeBy" | "endsAt"
>;

export interface Tokens {
  /** The key itself: it is told now and never again. */
  add(token: NewToken): string;
  list(): readonly TokenRow[];
  /** False when there is none that still works. */
  revoke(id: number): boolean;
  /** Who comes with this key; `null`: it is unknown, revoked or has ended. */
  find(key: string, address: string): Principal | null;
}

const prefix = "pst_";

/** Whether a text could be one of these keys: others are for the price service. */
export function isTokenShape(text: string): boolean {
  return /^pst_[\w-]{43}_[0-9a-f]{6}$/.test(text);
}

interface StoredToken {
  readonly id: number;
  readonly name: string;
  readonly scopes: string;
  readonly ente: string;
  readonly sees_personal: number;
  readonly made_by: string;
  readonly made_at: string;
  readonly ends_at: string | null;
  readonly revoked_at: string | null;
  readonly used_at: string | null;
}

/** What a key may never do: people are managed by people. */
export const keyPermissions: readonly Permission[] = permissions.filter(
  (one) => one !== "people" && one !== "audit",
);

export function createTokens(db: Database, clock: Clock): Tokens {
  return {
    add(token) {
      const body = `${prefix}${drawSecret()}`;
      // A typing slip is told from a key that was revoked, and scanners of secrets know the shape.
      const key = `${body}_${hashSecret(body).slice(0, 6)}`;
      db.query(
        `INSERT INTO tokens (hash, name, scopes, ente, sees_personal, made_by, made_at, ends_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        hashSecret(key),
        token.name,
        JSON.stringify(token.scopes),
        token.ente,
        token.seesPersonal ? 1 : 0,
        token.madeBy,
        toInstant(clock.now()),
        token.endsAt,
      );
      return key;
    },
    list: () =>
      db.query<StoredToken, []>("SELECT * FROM tokens ORDER BY id DESC").all().map(toTokenRow),
    revoke: (id) =>
      db
        .query("UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
        .run(toInstant(clock.now()), id).changes > 0,
    find(key, address) {
      if (!isTokenShape(key)) return null;
      const row = db
        .query<StoredToken, [string]>("SELECT * FROM tokens WHERE hash = ?")
        .get(hashSecret(key));
      if (row === null) return null;
      const now = toInstant(clock.now());
      const token = toTokenRow(row);
      if (token.revokedAt !== null || (token.endsAt !== null && token.endsAt <= now)) return null;
      // To the minute: a script that asks every second writes no row every second.
      if (token.usedAt === null || token.usedAt.slice(0, 16) !== now.slice(0, 16))
        db.query("UPDATE tokens SET used_at = ? WHERE id = ?").run(now, token.id);
      return toPrincipal(token, address);
    },
  };
}

function toPrincipal(token: TokenRow, address: string): Principal {
  const may = token.seesPersonal ? [...token.scopes, "personal" as const] : token.scopes;
  const grants = [{ ente: token.ente, may }];
  return {
    kind: "token",
    name: `chiave:${token.name}`,
    fullName: `chiave «${token.name}»`,
    userId: null,
    address,
    session: null,
    mustEnroll: false,
    can: buildCan(grants),
    enti: listEnti(grants),
  };
}

function toTokenRow(row: StoredToken): TokenRow {
  const scopes = JSON.parse(row.scopes) as readonly string[];
  return {
    id: row.id,
    name: row.name,
    scopes: keyPermissions.filter((one) => scopes.includes(one)),
    ente: row.ente,
    seesPersonal: row.sees_personal === 1,
    madeBy: row.made_by,
    madeAt: row.made_at,
    endsAt: row.ends_at,
    revokedAt: row.revoked_at,
    usedAt: row.used_at,
  };
}
