/** Answers to requests that came with an Idempotency-Key: the same request gets the same answer for a day, also after a restart. */
import { createHash } from "node:crypto";
import type { Database } from "bun:sqlite";
import type { Clock } from "../../engine/host/clock.ts";
import { changePeople } from "./store.ts";

const keptForMs = 86_400_000;
/** A process that died while it worked left no answer: after so long nobody waits for it. */
const abandonedMs = 10 * 60_000;

export interface KeptAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** What is known of a key. */
export type KeyState =
  | { readonly status: "new" }
  | { readonly status: "answered"; readonly answer: KeptAnswer }
  | { readonly status: "under-way" }
  | { readonly status: "other-request" };

export interface KeptAnswers {
  /** Claims the key for this request, or says what became of it. */
  begin(caller: string, key: string, request: string): KeyState;
  finish(caller: string, key: string, answer: KeptAnswer): void;
  /** Nothing was done: the key may be used again. */
  release(caller: string, key: string): void;
}

export function createKeptAnswers(db: Database, clock: Clock): KeptAnswers {
  return {
    begin: (caller, key, request) =>
      changePeople(db, () => {
        const now = clock.now();
        db.query("DELETE FROM answers WHERE at <= ?").run(now - keptForMs);
        const digest = createHash("sha256").update(request).digest("hex");
        const row = db
          .query<
            {
              digest: string;
              status: number | null;
              type: string | null;
              body: string | null;
              at: number;
            },
            [string, string]
          >("SELECT digest, status, type, body, at FROM answers WHERE caller = ? AND key = ?")
          .get(caller, key);
        if (row === null) {
          db.query("INSERT INTO answers (caller, key, digest, at) VALUES (?, ?, ?, ?)").run(
            caller,
            key,
            digest,
            now,
          );
          return { status: "new" };
        }
        if (row.digest !== digest) return { status: "other-request" };
        if (row.status !== null)
          return {
            status: "answered",
            answer: { status: row.status, type: row.type ?? "", body: row.body ?? "" },
          };
        if (now - row.at < abandonedMs) return { status: "under-way" };
        db.query("UPDATE answers SET at = ? WHERE caller = ? AND key = ?").run(now, caller, key);
        return { status: "new" };
      }),
    finish(caller, key, { status, type, body }) {
      db.query(
        "UPDATE answers SET status = ?, type = ?, body = ? WHERE caller = ? AND key = ?",
      ).run(status, type, body, caller, key);
    },
    release(caller, key) {
      db.query("DELETE FROM answers WHERE caller = ? AND key = ? AND status IS NULL").run(
        caller,
        key,
      );
    },
  };
}
