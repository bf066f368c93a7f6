/** Claims on verbali in the database: of two hosts that want the same one, one has it. */
import { randomUUID } from "node:crypto";
import type { Claims } from "../engine/run/claims.ts";
import { change, type Database, type Plan, readAll, readOne } from "../stores/sql/plan.ts";

/**
 * The claims of one task of a run. A claim of a run that rests is nobody's: who died with it in hand lets go of it so. What the
 * same run had is taken over, and the task before lets go of nothing of ours.
 */
export function createSharedClaims(db: Database): Claims {
  const holder = randomUUID();
  return {
    async take({ ente, itemKeys, runId }) {
      if (itemKeys.length === 0) return new Map();
      // In one order for all: two that take the same ones do not wait for each other in a circle.
      const keys = JSON.stringify([...itemKeys].toSorted());
      return await db.write(function* takeItems() {
        yield* change(takeFree, ente, runId, holder, keys);
        return yield* readOthers(ente, runId, keys);
      });
    },
    async release({ ente, itemKeys }) {
      if (itemKeys.length === 0) return;
      const drop = `DELETE FROM claims WHERE ente = ? AND holder = ? AND item_key IN ${listed}`;
      await db.write(() => change(drop, ente, holder, JSON.stringify(itemKeys)));
    },
    async isActive(runId) {
      const asked = "SELECT 1 AS one FROM runs WHERE id = ? AND state IN ('running', 'waiting')";
      return (await db.read(() => readOne(asked, runId))) !== null;
    },
  };
}

const listed = "(SELECT json_array_elements_text(CAST(CAST(? AS TEXT) AS json)))";

const takeFree = `INSERT INTO claims (ente, item_key, run, holder)
  SELECT CAST(? AS TEXT), k.key, CAST(? AS TEXT), CAST(? AS TEXT) FROM json_array_elements_text(CAST(CAST(? AS TEXT) AS json)) WITH ORDINALITY AS k (key, place)
  ORDER BY k.place
  ON CONFLICT (ente, item_key) DO UPDATE SET run = excluded.run, holder = excluded.holder
  WHERE claims.run = excluded.run OR NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = claims.run AND r.state = 'running')`;

function* readOthers(ente: string, runId: string, keys: string): Plan<ReadonlyMap<string, string>> {
  const others = yield* readAll<{ key: string; holder: string }>(
    `SELECT item_key AS key, run AS holder FROM claims WHERE ente = ? AND run <> ? AND item_key IN ${listed}`,
    ente,
    runId,
    keys,
  );
  return new Map(others.map(({ key, holder }) => [key, holder]));
}
