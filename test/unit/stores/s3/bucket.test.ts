/** A bucket through a bad line: what helps is tried again and told, what does not is refused with its remedy. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import type { BucketPlace } from "../../../../stores/s3/place.ts";
import { openS3Artifacts, readS3Artifacts } from "../../../../stores/s3/store.ts";
import {
  bucketKeys,
  type BucketServer,
  type DoorFault,
  noBucket,
  startBucketServer,
} from "../../../support/bucket.ts";
import { catchThrown } from "../../../support/thrown.ts";

const base = mkdtempSync(join(tmpdir(), "postino-bucket-"));
const absent = "0".repeat(64);
let made = 0;
let told: { method: string; tries: number; code: string }[] = [];

function makeOptions() {
  made += 1;
  return {
    folder: join(base, String(made)),
    tell: (fault: (typeof told)[number]) => told.push(fault),
    firstWaitMs: 1,
  };
}

function answerXml(status: number, code: string, headers: Record<string, string> = {}): Response {
  return new Response(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`, {
    status,
    headers,
  });
}

/** The first requests meet the fault, the others go through. */
function failFirst(count: number, fault: DoorFault): DoorFault {
  let left = count;
  return (request) => {
    left -= 1;
    return left >= 0 ? fault(request) : null;
  };
}

describe.skipIf(noBucket !== "")(`a bucket on a bad line${noBucket}`, () => {
  let server: BucketServer;
  beforeAll(async () => {
    server = await startBucketServer();
  });
  afterEach(() => {
    server.mend();
    server.takeMethods();
    told = [];
  });
  afterAll(async () => {
    await server.stop();
    rmSync(base, { recursive: true, force: true });
  });

  const passing: readonly [string, DoorFault, string][] = [
    ["SlowDown", () => answerXml(503, "SlowDown"), "SlowDown"],
    ["an error of the server", () => answerXml(500, "InternalError"), "InternalError"],
    ["a gateway that is away", () => new Response("<html>", { status: 502 }), "HTTP_502"],
    [
      "two that write at once",
      () => answerXml(409, "ConditionalRequestConflict"),
      "ConditionalRequestConflict",
    ],
    [
      "too many requests",
      () => answerXml(429, "TooManyRequests", { "retry-after": "0" }),
      "TooManyRequests",
    ],
    ["a slow upload that it gave up", () => answerXml(400, "RequestTimeout"), "RequestTimeout"],
  ];
  test.each(passing)(
    "%s passes: the document is stored, and each try is told",
    async (_, fault, code) => {
      const store = readS3Artifacts(server.makePlace(), makeOptions());
      server.spoil(failFirst(3, fault));

      const { sha256 } = await store.put("a.pdf", Buffer.from("verbale"));

      expect(told).toEqual([1, 2, 3].map((tries) => ({ method: "PUT", tries, code })));
      expect(Buffer.from(await store.read(sha256)).toString()).toBe("verbale");
    },
  );

  test("an answer that is cut off is asked for again, small or large", async () => {
    const store = readS3Artifacts(server.makePlace(), makeOptions());
    const large = Buffer.alloc(9_000_000, 7);
    const small = await store.put("a.pdf", Buffer.from("verbale"));
    const { sha256 } = await store.put("b.zip", large);
    server.spoil(failFirst(2, () => "cut"));

    expect(Buffer.from(await store.read(small.sha256)).toString()).toBe("verbale");
    server.spoil(failFirst(2, () => "cut"));
    const hash = createHash("sha256");
    for await (const piece of store.stream(sha256)) hash.update(piece);

    expect(hash.digest("hex")).toBe(sha256);
    expect(told.length).toBe(4);
  });

  test("a server that does not answer is asked again after a while", async () => {
    const store = readS3Artifacts(server.makePlace(), { ...makeOptions(), patienceMs: 150 });
    server.spoil(failFirst(1, () => "late"));

    await store.put("a.pdf", Buffer.from("verbale"));

    expect(told).toEqual([{ method: "PUT", tries: 1, code: "TIMEOUT" }]);
  });

  const away: readonly [string, (place: BucketPlace) => BucketPlace, DoorFault][] = [
    ["is busy", (place) => place, () => answerXml(503, "SlowDown")],
    ["is not there", (place) => ({ ...place, endpoint: "http://127.0.0.1:1" }), () => null],
  ];
  test.each(away)(
    "a server that %s is left after six tries, and the verbali wait",
    async (_, change, fault) => {
      const store = readS3Artifacts(change(server.makePlace()), makeOptions());
      server.spoil(fault);

      const error = await catchThrown(store.put("a.pdf", Buffer.from("verbale")));

      expect(error).toBeInstanceOf(RetryLater);
      expect((error as RetryLater).code).toBe("ARTIFACTS_AWAY");
      expect((error as RetryLater).message).toContain("L'archivio dei documenti non risponde");
      expect(told.map(({ tries }) => tries)).toEqual([1, 2, 3, 4, 5, 6]);
    },
  );

  const refused: readonly [string, Partial<BucketPlace>, string, string][] = [
    [
      "a bucket that does not exist",
      { bucket: "nessuno" },
      "il bucket «nessuno» non esiste",
      "Crearlo",
    ],
    [
      "an unknown key",
      { accessKeyId: "ALTRA" },
      "non conosce la chiave di accesso",
      "ARTIFACTS_S3_KEY",
    ],
    ["a wrong secret", { secretAccessKey: "x" }, "non riconosce la firma", "ARTIFACTS_S3_SECRET"],
    ["a key that may only read", bucketKeys.reader, "non ha i permessi", "s3:PutObject"],
  ];
  test.each(refused)(
    "%s is told at once, with one remedy and without a second try",
    async (_, change, said, remedy) => {
      const error = await catchThrown(
        openS3Artifacts({ ...server.makePlace(), ...change }, makeOptions()),
      );

      expect(error).toBeInstanceOf(RunBlocked);
      const { code, message, hint } = error as RunBlocked;
      expect(code).toBe("ARTIFACTS_REFUSED");
      expect(message).toContain(said);
      expect(hint).toContain(remedy);
      expect(JSON.stringify([message, hint])).not.toContain("segreto-di-prova");
      expect(server.takeMethods()).toEqual(["PUT"]);
    },
  );

  test.each(["read", "measure", "has"] as const)(
    "a bucket that went is no document that went: %s says so",
    async (how) => {
      const store = readS3Artifacts({ ...server.makePlace(), bucket: "nessuno" }, makeOptions());

      expect(await catchThrown(store[how](absent))).toMatchObject({ code: "ARTIFACTS_REFUSED" });
    },
  );

  test("the region is told by its name", async () => {
    const body =
      "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-3</Region></Error>";
    server.spoil(() => new Response(body, { status: 400 }));

    const error = await catchThrown(openS3Artifacts(server.makePlace(), makeOptions()));

    expect(error).toMatchObject({
      code: "ARTIFACTS_REFUSED",
      message: "Il bucket «prova» non è nella regione «eu-south-1», ma in «eu-west-3».",
    });
  });

  const lateDate = { date: "Sun, 29 Nov 2020 05:00:00 GMT" };
  test.each([
    ["by its name", () => answerXml(403, "RequestTimeTooSkewed")],
    ["by the server's own clock", () => answerXml(403, "AccessDenied", lateDate)],
    ["as a wrong signature", () => answerXml(403, "SignatureDoesNotMatch", lateDate)],
  ] as const)("a clock that is wrong is told, %s", async (_, fault) => {
    server.spoil(fault);

    const error = await catchThrown(openS3Artifacts(server.makePlace(), makeOptions()));

    expect(error).toMatchObject({
      code: "CLOCK_WRONG",
      hint: "Regolare data e ora (servizio NTP), poi ripetere.",
    });
  });

  test("a document costs one request to store, one to read, and none is overwritten", async () => {
    const store = readS3Artifacts(server.makePlace(), makeOptions());
    const { sha256 } = await store.put("a.pdf", Buffer.from("verbale"));
    await store.read(sha256);
    const first = server.takeMethods();

    await store.put("a.pdf", Buffer.from("verbale"));

    expect(first).toEqual(["PUT", "GET"]);
    expect(server.takeMethods()).toEqual(["PUT", "GET"]);
  });

  test("what the environment says of AWS belongs to somebody else", async () => {
    const before = process.env["AWS_SESSION_TOKEN"];
    process.env["AWS_SESSION_TOKEN"] = "di-altri";
    try {
      const store = readS3Artifacts(server.makePlace(), makeOptions());
      let asked = "";
      server.spoil((request) => {
        asked = request.url;
        return null;
      });

      await store.put("a.pdf", Buffer.from("verbale"));

      expect(asked).toContain("X-Amz-Signature=");
      expect(asked).not.toContain("di-altri");
    } finally {
      if (before === undefined) delete process.env["AWS_SESSION_TOKEN"];
      else process.env["AWS_SESSION_TOKEN"] = before;
    }
  });

  test("a server that knows no conditions takes the document all the same", async () => {
    const store = readS3Artifacts(server.makePlace(), makeOptions());
    server.spoil((request) =>
      request.headers.has("if-none-match") ? answerXml(501, "NotImplemented") : null,
    );

    const { sha256 } = await store.put("a.pdf", Buffer.from("verbale"));
    await store.put("a.pdf", Buffer.from("altro"));

    expect(Buffer.from(await store.read(sha256)).toString()).toBe("verbale");
    expect(server.takeMethods()).toEqual(["PUT", "PUT", "PUT", "GET"]);
  });

  test("what was damaged on the way is not kept, and sent again", async () => {
    const place = server.makePlace();
    const store = readS3Artifacts(place, makeOptions());
    server.spoil(
      failFirst(1, async (request) => {
        // A byte flips between here and there: the server compares the fingerprint.
        const { url, headers } = request;
        const answer = await fetch(url, { method: "PUT", body: "verbalE", headers });
        return new Response(await answer.text(), { status: answer.status });
      }),
    );

    const { sha256 } = await store.put("a.pdf", Buffer.from("verbale"));

    expect(told).toEqual([{ method: "PUT", tries: 1, code: "BadDigest" }]);
    expect(Buffer.from(await store.read(sha256)).toString()).toBe("verbale");
  });

  test("a large archive goes in parts, is seen when it is whole, and a part that fails is sent again", async () => {
    const place = server.makePlace();
    const options = makeOptions();
    const store = await openS3Artifacts(place, options);
    const bytes = Buffer.alloc(40_000_000, 3);
    server.takeMethods();
    let refusals = 1;
    server.spoil((request) => {
      const isPart = request.url.includes("partNumber=2");
      return isPart && refusals-- > 0 ? answerXml(503, "SlowDown") : null;
    });

    const { sha256 } = await store.putStream("archivio.zip", [bytes] as never);

    expect(server.takeMethods().filter((method) => method === "PUT").length).toBeGreaterThan(2);
    expect(await store.measure(sha256)).toBe(40_000_000);
    expect(await store.isWhole(sha256)).toBe(true);
    expect(readdirSync(join(options.folder, "tmp"))).toEqual([]);
  });
});
