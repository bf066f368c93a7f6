/** Slows guessing down: failed tries are counted by account and place, by place, and by account from places where it was never seen. */
import { isIPv6 } from "node:net";
import type { Database } from "bun:sqlite";
import type { Clock } from "../../engine/host/clock.ts";
import { changePeople } from "./store.ts";

const windowMs = 15 * 60_000;
const knownForMs = 90 * 86_400_000;
/** One account from one place; one place for any account; one account from places that are not known. */
const most = { pair: 5, place: 40, account: 60 } as const;

export interface Throttle {
  /**
   * Counts a try before it is made, so that a hundred at once are not five. `null`: it may be made; otherwise milliseconds to
   * wait. Strangers can make an account wait only where its owner never came in: nobody is locked out for ever.
   */
  enter(account: string, address: string): number | null;
  /** The try was right: the place is known from now on (`null`: of nobody yet), and its failures forgotten. */
  forgive(account: string, address: string, userId: number | null): void;
}

export function createThrottle(db: Database, clock: Clock): Throttle {
  const count = db.query<{ tries: number; first: number | null }, [string, number]>(
    "SELECT count(*) AS tries, min(at) AS first FROM tries WHERE key = ? AND at > ?",
  );
  const isKnown = db.query<object, [string, string, number]>(
    "SELECT 1 FROM known_places JOIN users ON users.id = user WHERE users.name = ? AND place = ? AND at > ?",
  );
  return {
    enter: (account, address) =>
      changePeople(db, () => {
        const now = clock.now();
        const keys = listKeys(account, address);
        const hasKnown = isKnown.get(account, toPlace(address), now - knownForMs) !== null;
        const counted = hasKnown ? [keys.pair, keys.place] : Object.values(keys);
        let wait = 0;
        for (const { key, limit } of counted) {
          const { tries, first } = count.get(key, now - windowMs) ?? { tries: 0, first: null };
          if (tries >= limit) wait = Math.max(wait, (first ?? now) + windowMs - now);
        }
        if (wait > 0) return wait;
        db.query("DELETE FROM tries WHERE at <= ?").run(now - windowMs);
        const add = db.query("INSERT INTO tries (key, at) VALUES (?, ?)");
        for (const { key } of Object.values(keys)) add.run(key, now);
        return null;
      }),
    forgive: (account, address, userId) =>
      changePeople(db, () => {
        const { pair, place, account: any } = listKeys(account, address);
        db.query("DELETE FROM tries WHERE key = ?").run(pair.key);
        const takeBack = db.query(
          "DELETE FROM tries WHERE rowid = (SELECT max(rowid) FROM tries WHERE key = ?)",
        );
        for (const { key } of [place, any]) takeBack.run(key);
        if (userId === null) return;
        db.query(
          `INSERT INTO known_places (user, place, at) VALUES (?, ?, ?)
           ON CONFLICT DO UPDATE SET at = excluded.at`,
        ).run(userId, toPlace(address), clock.now());
      }),
  };
}

interface Counted {
  readonly key: string;
  readonly limit: number;
}

function listKeys(
  account: string,
  address: string,
): Readonly<Record<"pair" | "place" | "account", Counted>> {
  const name = account.toLowerCase();
  const place = toPlace(address);
  return {
    pair: { key: `pair:${place}:${name}`, limit: most.pair },
    place: { key: `place:${place}`, limit: most.place },
    account: { key: `account:${name}`, limit: most.account },
  };
}

/** An address, or of IPv6 the network that one customer is given. */
function toPlace(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail = ""] = address.toLowerCase().split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === "" ? [] : tail.split(":");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const gap = address.includes("::") ? Math.max(0, 8 - first.length - last.length) : 0;
  const groups = [...first, ...Array.from({ length: gap }, () => "0"), ...last];
  return groups.slice(0, 4).join(":");
}
