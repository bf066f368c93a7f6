/** The time stamp client against the simulated authority, and what it refuses. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import { createHttp } from "../../../../engine/host/http.ts";
import type { Fetch } from "../../../../engine/host/http.ts";
import type { TimestampPort } from "../../../../integrations/signing/port.ts";
import { createTimestamps } from "../../../../integrations/signing/timestamp-client.ts";
import { createTsaSimulator } from "../../../../simulators/signing/tsa-simulator.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import { runTool, signedAt, withFolder } from "../../documents/verify/fixtures.ts";
import { catchThrown } from "../../../support/thrown.ts";

const clock = createFakeClock(signedAt);
const simulator = createTsaSimulator({ clock });
const server = new Hono();
server.route("/tsa", simulator.app);
const direct: Fetch = async (input, init) => server.request(input, init);

function client(fetch: Fetch = direct): TimestampPort {
  return createTimestamps({
    url: "http://tsa.example/tsa",
    login: { username: "comune", password: () => Promise.resolve("segreta") },
    http: createHttp(fetch),
    clock,
  });
}

const bytes = Buffer.from("una firma");

describe("a time stamp", () => {
  test.skipIf(Bun.which("openssl") === null)("is one for openssl", async () => {
    const token = await client().requestTimestamp(bytes);

    const told = await withFolder(async (folder) => {
      await writeFile(join(folder, "token"), token);
      return runTool([
        "openssl",
        "ts",
        "-reply",
        "-token_in",
        "-in",
        join(folder, "token"),
        "-text",
      ]);
    });

    expect(told?.output).toContain("Time stamp: Nov 23 10:15:30 2026 GMT");
    expect(told?.output).toContain("Policy OID: 1.3.6.1.4.1.32473.1");
    expect(told?.output).toContain("Hash Algorithm: sha256");
  });

  test("holds its content in one piece, as DER wants it", async () => {
    const token = Buffer.from(await client().requestTimestamp(bytes));

    // OID of id-ct-TSTInfo, then [0] with a length of two bytes, then a primitive OCTET STRING.
    const at = token.indexOf(Buffer.from("060b2a864886f70d0109100104", "hex")) + 13;
    expect(token[at]).toBe(0xa0);
    expect(token[at + (token[at + 1]! > 0x80 ? 2 + (token[at + 1]! & 0x7f) : 2)]).toBe(0x04);
  });

  test("goes with the account of the ente", async () => {
    let seen: string | null = null;
    const token = await client(async (input, init) => {
      seen = new Headers(init?.headers).get("authorization");
      return direct(input, init);
    }).requestTimestamp(bytes);

    expect(seen as string | null).toBe("Basic Y29tdW5lOnNlZ3JldGE=");
    expect(token.byteLength).toBeGreaterThan(1000);
  });

  test("of an earlier request is refused", async () => {
    let first: ArrayBuffer | null = null;
    const replaying = client(async (input, init) => {
      const answer = await direct(input, init);
      first ??= await answer.clone().arrayBuffer();
      return new Response(first, { headers: answer.headers });
    });
    await replaying.requestTimestamp(bytes);

    const thrown = await catchThrown(replaying.requestTimestamp(bytes));

    expect((thrown as RunBlocked).code).toBe("TIMESTAMP_UNUSABLE");
    expect((thrown as RunBlocked).message).toContain("la marca risponde a un'altra richiesta");
  });

  test("over something else is refused", async () => {
    const swapped = client(async (input, init) => {
      const query = Buffer.from(init?.body as Uint8Array);
      const digest = new Bun.CryptoHasher("sha256").update(bytes).digest();
      query.set(Buffer.alloc(32, 9), query.indexOf(digest));
      return direct(input, { ...init, body: query });
    });

    const thrown = await catchThrown(swapped.requestTimestamp(bytes));

    expect((thrown as RunBlocked).message).toContain("la marca è di un altro documento");
  });

  test("that the authority refuses blocks the run", async () => {
    const refusing = client(async (input, init) =>
      direct(input, { ...init, body: Buffer.from("no request") }),
    );

    const thrown = await catchThrown(refusing.requestTimestamp(bytes));

    expect((thrown as RunBlocked).message).toContain("stato 2");
  });

  for (const [status, kind] of [
    [503, RetryLater],
    [429, RetryLater],
    [401, RunBlocked],
    [404, RunBlocked],
  ] as const)
    test(`with HTTP ${status} is a ${kind.name}`, async () => {
      const thrown = await catchThrown(
        client(() => Promise.resolve(new Response("", { status }))).requestTimestamp(bytes),
      );

      expect(thrown).toBeInstanceOf(kind);
    });

  test("that is no answer of the standard blocks the run", async () => {
    const thrown = await catchThrown(
      client(() => Promise.resolve(new Response("<html>", { status: 200 }))).requestTimestamp(
        bytes,
      ),
    );

    expect((thrown as RunBlocked).message).toContain("la risposta non segue RFC 3161");
  });
});
