/** The passkeys of users, as they are kept: public keys, never a secret. */
import type { Database } from "bun:sqlite";
import { type Clock, toInstant } from "../../engine/host/clock.ts";

export interface Passkey {
  /** base64url, as the browser names it. */
  readonly id: string;
  readonly userId: number;
  readonly name: string;
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly madeAt: string;
  readonly usedAt: string | null;
}

export interface Passkeys {
  add(passkey: Omit<Passkey, "madeAt" | "usedAt">): void;
  list(userId: number): readonly Passkey[];
  find(id: string): Passkey | null;
  noteUse(id: string, counter: number): void;
  /** False when the user has no such passkey. */
  remove(userId: number, id: string): boolean;
}

interface PasskeyRow {
  readonly id: string;
  readonly user: number;
  readonly name: string;
  readonly public_key: Uint8Array<ArrayBuffer>;
  readonly counter: number;
  readonly transports: string;
  readonly made_at: string;
  readonly used_at: string | null;
}

export function createPasskeys(db: Database, clock: Clock): Passkeys {
  return {
    add({ id, userId, name, publicKey, counter, transports }) {
      db.query(
        `INSERT INTO passkeys (id, user, name, public_key, counter, transports, made_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        id,
        userId,
        name,
        publicKey,
        counter,
        JSON.stringify(transports),
        toInstant(clock.now()),
      );
    },
    list: (userId) =>
      db
        .query<PasskeyRow, [number]>("SELECT * FROM passkeys WHERE user = ? ORDER BY made_at")
        .all(userId)
        .map(toPasskey),
    find(id) {
      const row = db.query<PasskeyRow, [string]>("SELECT * FROM passkeys WHERE id = ?").get(id);
      return row === null ? null : toPasskey(row);
    },
    noteUse(id, counter) {
      db.query("UPDATE passkeys SET counter = ?, used_at = ? WHERE id = ?").run(
        counter,
        toInstant(clock.now()),
        id,
      );
    },
    remove: (userId, id) =>
      db.query("DELETE FROM passkeys WHERE user = ? AND id = ?").run(userId, id).changes > 0,
  };
}

function toPasskey(row: PasskeyRow): Passkey {
  return {
    id: row.id,
    userId: row.user,
    name: row.name,
    publicKey: row.public_key,
    counter: row.counter,
    transports: JSON.parse(row.transports) as readonly string[],
    madeAt: row.made_at,
    usedAt: row.used_at,
  };
}
