/** One suite over both dispatchers: the embedded one, and pg-boss with one worker; with more in `dispatchers-many`. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createDispatcher } from "../../engine/run/stage.ts";
import { testDispatcher } from "../support/dispatchers/suite.ts";
import { makeEmbeddedWorld, makeQueueWorld } from "../support/dispatchers/world.ts";
import { noPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";

let server: PostgresServer;
beforeAll(async () => {
  if (noPostgres === "") server = await startPostgres();
});
afterAll(async () => {
  if (noPostgres === "") await server.stop();
});

test("the embedded dispatcher walks four chunks of 200 items side by side", () => {
  expect(createDispatcher()).toMatchObject({ width: 4, chunkSize: 200 });
});

testDispatcher("the embedded dispatcher", { kind: "embedded", make: makeEmbeddedWorld });
testDispatcher(
  "pg-boss with one worker",
  { kind: "queue", make: () => makeQueueWorld(server, 1) },
  noPostgres,
);
