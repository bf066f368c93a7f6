/** The journal on PostgreSQL: what every journal keeps and refuses, and what is special to a database that comes and goes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
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

  async function makePlace(): Promise<ContestedPlace> {
    url ??= await server.createDatabase();
    const place = url;
    return {
      open: (at) => openPostgresJournal(place, at),
      openReader: () => openPostgresReader(place),
      // As if the holder had stood still for long.
      overtake: (at) => openPostgresJournal(place, at, 0),
      remove: () => server.emptyDatabase(place),
    };
  }

  testJournal("as every journal", makePlace);
  testFences("as every journal", makePlace);
  testRetention("what it gives up", makePlace);

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
