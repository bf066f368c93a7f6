/** Events of outside streams in an embedded journal: stored before they are acknowledged to the other side, found again by what they are about. */
import type { Database } from "bun:sqlite";
import { transact } from "./journal-file.ts";
import type { Journal } from "./journal.ts";

type StreamEvents = Pick<Journal, "lastStreamEvent" | "addStreamEvents" | "streamEvents">;

/** This part of the journal over an open database. */
export function createStreamEvents(db: Database): StreamEvents {
  const newest = db.query<{ event: string }, [string, string]>(
    "SELECT event FROM stream_events WHERE ente = ? AND stream = ? ORDER BY id DESC LIMIT 1",
  );
  const insert = db.query<unknown, [string, string, string, string, string]>(
    "INSERT INTO stream_events (ente, stream, event, subject, data) VALUES (?, ?, ?, ?, ?) ON CONFLICT (ente, stream, event) DO NOTHING",
  );
  const about = db.query<{ event: string; subject: string; data: string }, [string, string]>(
    "SELECT event, subject, data FROM stream_events WHERE ente = ? AND subject = ? ORDER BY id",
  );

  return {
    lastStreamEvent: async (ente, stream) => newest.get(ente, stream)?.event ?? null,
    addStreamEvents: async (ente, stream, events) =>
      transact(db, () => {
        for (const { event, subject, data } of events)
          insert.run(ente, stream, event, subject, JSON.stringify(data));
      }),
    streamEvents: async (ente, subject) =>
      about
        .all(ente, subject)
        .map((row) => ({ ...row, data: JSON.parse(row.data) as Record<string, unknown> })),
  };
}
