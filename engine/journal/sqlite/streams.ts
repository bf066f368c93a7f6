/** Events of outside streams in an embedded journal: stored before they are acknowledged to the other side, found again by what they are about. */
import { toInstant } from "../../host/clock.ts";
import { parseFields, type Stored } from "./rows.ts";
import type { StreamEventRow, StreamEvents } from "../streams.ts";
import type { Writer } from "./writer.ts";

/**
 * How long an event is kept. The other side repeats what was not acknowledged for some days (SEND: 7), and what an event
 * says is taken over by the next run; what is older can be asked for one by one.
 */
const keptMs = 30 * 86_400_000;

/** This part of the journal over an open database. */
export function createStreamEvents({ db, clock, transact }: Writer): StreamEvents {
  const newest = db.query<{ event: string }, [string, string]>(
    "SELECT event FROM stream_events WHERE ente = ? AND stream = ? ORDER BY id DESC LIMIT 1",
  );
  const insert = db.query<unknown, [string, string, string, string, string, string]>(
    "INSERT INTO stream_events (ente, stream, event, subject, data, stored_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (ente, stream, event) DO NOTHING",
  );
  // The newest of each stream stays, however old: it is what may be acknowledged.
  const purge = db.query<unknown, [string, string]>(
    "DELETE FROM stream_events WHERE ente = ?1 AND stored_at < ?2 AND id NOT IN (SELECT max(id) FROM stream_events WHERE ente = ?1 GROUP BY stream)",
  );
  const about = db.query<Stored<StreamEventRow, "data">, [string, string]>(
    "SELECT event, subject, data FROM stream_events WHERE ente = ? AND subject = ? ORDER BY id",
  );

  return {
    readLastStreamEvent: async (ente, stream) => newest.get(ente, stream)?.event ?? null,
    addStreamEvents: async (ente, stream, events) =>
      transact(() => {
        for (const { event, subject, data } of events)
          insert.run(ente, stream, event, subject, JSON.stringify(data), toInstant(clock.now()));
        purge.run(ente, toInstant(clock.now() - keptMs));
      }),
    readStreamEvents: async (ente, subject) =>
      about.all(ente, subject).map((row) => ({ ...row, data: parseFields(row.data) })),
  };
}
