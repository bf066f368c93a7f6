/** Things begun and not yet ended: an invitation, a login that lacks its second factor, a challenge; each is taken once. */
import type { Database } from "bun:sqlite";
import type { Clock } from "../../engine/host/clock.ts";
import { drawSecret, hashSecret } from "./store.ts";

/** What was begun. */
export type FlowKind = "invito" | "secondo" | "totp" | "passkey" | "oidc" | "saml";

export interface Flow {
  readonly userId: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Flows {
  /** The secret by which it is taken; `secret`: one that somebody else has drawn. */
  begin(
    kind: FlowKind,
    flow: Flow,
    options: { readonly forMs: number; readonly secret?: string },
  ): string;
  /** Looks at it and leaves it. */
  peek(kind: FlowKind, secret: string): Flow | null;
  /** Takes it away: nobody takes it twice. */
  take(kind: FlowKind, secret: string): Flow | null;
  /** Takes away what this user began of the kind. */
  drop(kind: FlowKind, userId: number): void;
}

interface FlowRow {
  readonly user: number | null;
  readonly data: string;
  readonly ends_at: number;
}

export function createFlows(db: Database, clock: Clock): Flows {
  const read = (row: FlowRow | null): Flow | null =>
    row === null || row.ends_at <= clock.now()
      ? null
      : { userId: row.user, data: JSON.parse(row.data) as Flow["data"] };
  return {
    begin(kind, { userId, data }, { forMs, secret = drawSecret() }) {
      db.query("DELETE FROM flows WHERE ends_at <= ?").run(clock.now());
      db.query("INSERT INTO flows (hash, kind, user, data, ends_at) VALUES (?, ?, ?, ?, ?)").run(
        hashSecret(secret),
        kind,
        userId,
        JSON.stringify(data),
        clock.now() + forMs,
      );
      return secret;
    },
    peek: (kind, secret) =>
      read(
        db
          .query<FlowRow, [string, string]>("SELECT * FROM flows WHERE hash = ? AND kind = ?")
          .get(hashSecret(secret), kind),
      ),
    take: (kind, secret) =>
      read(
        db
          .query<FlowRow, [string, string]>(
            "DELETE FROM flows WHERE hash = ? AND kind = ? RETURNING *",
          )
          .get(hashSecret(secret), kind),
      ),
    drop: (kind, userId) => {
      db.query("DELETE FROM flows WHERE kind = ? AND user = ?").run(kind, userId);
    },
  };
}
