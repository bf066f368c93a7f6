/** The journal on PostgreSQL: what every journal keeps and refuses, and what is special to a database that comes and goes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createRing, type KeyRing } from "../../../stores/seals/ring.ts";
import { createSeals, type Seals } from "../../../stores/seals/seals.ts";
import { openPostgresJournal, openPostgresReader } from "../../../stores/postgres/store.ts";
import { createFakeClock } from "../../support/fake-clock.ts";
import { type ContestedPlace, testFences } from "../../support/journal-fences.ts";
import { testRetention } from "../../support/journal-retention.ts";
import { testJournal } from "../../support/journal-suite.ts";
import { noPostgres, type PostgresServer, startPostgres } from "../../support/postgres.ts";

describe.skipIf(noPostgres !== "")(`the journal on PostgreSQL${noPostgres}`, () => {
  let server: PostgresServer;
  let url: string | undefined;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server.stop();
  });

  async function makePlace(ring: KeyRing | null = null): Promise<ContestedPlace> {
    url ??= await server.createDatabase();
    const place = url;
    const openSeals = (): Seals | null => (ring === null ? null : createSeals(ring));
    return {
      open: (at) => openPostgresJournal(place, at, { seals: openSeals() }),
      openReader: () => openPostgresReader(place, openSeals()),
      // As if the holder had stood still for long.
      overtake: (at) => openPostgresJournal(place, at, { passOverMs: 0, seals: openSeals() }),
      remove: () => server.emptyDatabase(place),
    };
  }

  const sealed = createRing("sealed", 0);
  testJournal("as every journal", () => makePlace());
  testFences("as every journal", () => makePlace());
  testRetention("what it gives up", () => makePlace());
  testJournal("as every journal, sealed", () => makePlace(sealed), false);
  testRetention("what it gives up, sealed", () => makePlace(sealed));

  test("a write goes through an immediate restart of the server, once", async () => {
    const journal = await openPostgresJournal(
      await server.createDatabase(),
      createFakeClock("2026-11-23T06:30:00Z"),
    );
    const numbers = await journal.allocate("iuv", "v1", 2, 10);

    await server.restart();
    const after = await journal.allocate("iuv", "v2", 2, 10);
    const again = await journal.allocate("iuv", "v1", 2, 10);

    expect([numbers, after, again]).toEqual([
      [10, 11],
      [12, 13],
      [10, 11],
    ]);
    expect(journal.taken.aborted).toBe(false);
    await journal.close();
  });
});
