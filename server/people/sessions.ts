/** Sessions: who is in, since when, and until when; kept by the hash of what the browser holds. */
import type { Database } from "bun:sqlite";
import type { Clock } from "../../engine/host/clock.ts";
import { drawSecret, hashSecret } from "./store.ts";

/** How somebody came in. */
export type LoginMethod = "parola" | "passkey" | "oidc" | "ldap" | "saml";

export interface LoginSession {
  readonly hash: string;
  readonly userId: number;
  readonly method: LoginMethod;
  readonly hasSecondFactor: boolean;
  /** On a PC that others use: it ends with the browser, and sooner when nothing is done. */
  readonly isShared: boolean;
  readonly agent: string;
  readonly address: string;
  /** Milliseconds since the epoch, as the others. */
  readonly madeAt: number;
  readonly seenAt: number;
  readonly endsAt: number;
}

/** How long a session lasts, in milliseconds. */
export interface SessionTerms {
  /** Without anything being done, on a PC of one's own. */
  readonly idleMs: number;
  /** The same on a shared PC. */
  readonly sharedIdleMs: number;
  /** Whatever is done. */
  readonly absoluteMs: number;
}

export const usualTerms: SessionTerms = {
  idleMs: 30 * 60_000,
  sharedIdleMs: 15 * 60_000,
  absoluteMs: 12 * 3_600_000,
};

export interface Sessions {
  /** The secret for the cookie. */
  open(session: Omit<LoginSession, "hash" | "madeAt" | "seenAt" | "endsAt">): string;
  /**
   * The session of a cookie; `null`: none, or it has ended. `isActive`: a person did something, as opposed to a page that
   * brings itself up to date.
   */
  find(secret: string, isActive: boolean): LoginSession | null;
  /** Whether the session of this hash still lasts; asking does not keep it alive. */
  isOpen(hash: string): boolean;
  /** Newest first. */
  list(userId: number): readonly LoginSession[];
  end(hash: string): void;
  /** Ends all of a user, and tells how many there were. */
  endAll(userId: number): number;
}

interface SessionRow {
  readonly hash: string;
  readonly user: number;
  readonly method: LoginMethod;
  readonly has_second_factor: number;
  readonly is_shared: number;
  readonly agent: string;
  readonly address: string;
  readonly made_at: number;
  readonly seen_at: number;
  readonly ends_at: number;
}

/** Written at most so often while pages are looked at. */
const seenEveryMs = 30_000;

export function createSessions(db: Database, clock: Clock, terms: SessionTerms): Sessions {
  const byHash = db.query<SessionRow, [string]>("SELECT * FROM sessions WHERE hash = ?");
  const isOver = (session: LoginSession): boolean => {
    const idle = session.isShared ? terms.sharedIdleMs : terms.idleMs;
    return clock.now() >= Math.min(session.endsAt, session.seenAt + idle);
  };
  const end = (hash: string): void => {
    db.query("DELETE FROM sessions WHERE hash = ?").run(hash);
  };
  return {
    open(session) {
      const secret = drawSecret();
      const now = clock.now();
      db.query("DELETE FROM sessions WHERE ends_at <= ?").run(now);
      db.query("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
        hashSecret(secret),
        session.userId,
        session.method,
        session.hasSecondFactor ? 1 : 0,
        session.isShared ? 1 : 0,
        session.agent.slice(0, 200),
        session.address,
        now,
        now,
        now + terms.absoluteMs,
      );
      return secret;
    },
    find(secret, isActive) {
      const row = byHash.get(hashSecret(secret));
      if (row === null) return null;
      const session = toSession(row);
      if (isOver(session)) {
        end(session.hash);
        return null;
      }
      if (isActive && clock.now() - session.seenAt >= seenEveryMs)
        db.query("UPDATE sessions SET seen_at = ? WHERE hash = ?").run(clock.now(), session.hash);
      return session;
    },
    isOpen(hash) {
      const row = byHash.get(hash);
      return row !== null && !isOver(toSession(row));
    },
    list: (userId) =>
      db
        .query<SessionRow, [number]>("SELECT * FROM sessions WHERE user = ? ORDER BY made_at DESC")
        .all(userId)
        .map(toSession)
        .filter((session) => !isOver(session)),
    end,
    endAll: (userId) => db.query("DELETE FROM sessions WHERE user = ?").run(userId).changes,
  };
}

function toSession(row: SessionRow): LoginSession {
  return {
    hash: row.hash,
    userId: row.user,
    method: row.method,
    hasSecondFactor: row.has_second_factor === 1,
    isShared: row.is_shared === 1,
    agent: row.agent,
    address: row.address,
    madeAt: row.made_at,
    seenAt: row.seen_at,
    endsAt: row.ends_at,
  };
}
