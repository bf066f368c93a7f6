/** Events of outside streams of a journal in tables: stored before they are acknowledged to the other side, found again by what they are about. */
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { change, type Database, insert, nameSealed, readOne, readOpened, seal } from "./plan.ts";
import { parseFields, type Stored } from "./rows.ts";
import type { StreamEventRow, StreamEvents } from "../../engine/journal/streams.ts";

/**
 * How long an event is kept. The other side repeats what was not acknowledged for some days (SEND: 7), and what an event
 * says is taken over by the next run; what is older can be asked for one by one.
 */
const keptMs = 30 * 86_400_000;

/** This part of the journal over an open database. */
export function createStreamEvents(db: Database, clock: Clock): StreamEvents {
  return {
    async readLastStreamEvent(ente, stream) {
      const newest =
        "SELECT event FROM stream_events WHERE ente = ? AND stream = ? ORDER BY id DESC LIMIT 1";
      return (await db.read(() => readOne<{ event: string }>(newest, ente, stream)))?.event ?? null;
    },
    async addStreamEvents(ente, stream, events) {
      const now = clock.now();
      await db.write(function* addEvents() {
        for (const { event, subject, data } of events)
          yield* insert(
            "stream_events",
            {
              ente,
              stream,
              event,
              subject,
              data: seal(JSON.stringify(data), "stream_events.data", ente, stream, event),
              stored_at: toInstant(now),
            },
            "(ente, stream, event) DO NOTHING",
          );
        // The newest of each stream stays, however old: it is what may be acknowledged.
        yield* change(
          "DELETE FROM stream_events WHERE ente = ? AND stored_at < ? AND id NOT IN (SELECT max(id) FROM stream_events WHERE ente = ? GROUP BY stream)",
          ente,
          toInstant(now - keptMs),
          ente,
        );
      });
    },
    async readStreamEvents(ente, subject) {
      const about =
        "SELECT stream, event, subject, data FROM stream_events WHERE ente = ? AND subject = ? ORDER BY id";
      const rows = await db.read(() =>
        readOpened<Stored<StreamEventRow, "data">>(
          {
            columns: {
              data: ({ stream, event }) => nameSealed("stream_events.data", ente, stream, event),
            },
            drops: ["stream"],
          },
          about,
          ente,
          subject,
        ),
      );
      return rows.map((row) => ({ ...row, data: parseFields(row.data) }));
    },
  };
}
