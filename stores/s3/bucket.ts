/** Requests to an S3 bucket: signed, with a time limit, tried again where trying helps, and what is refused told with its remedy. */
import { createHash } from "node:crypto";
import { S3Client, type S3ListObjectsResponse } from "bun";
import { systemClock, toEpochMs } from "../../engine/host/clock.ts";
import { bucketFault, findErrorCode, isSkewed, storageAwayError } from "./faults.ts";
import { createCallGate } from "../../engine/host/call-gate.ts";
import type { Again, BucketPlace } from "./place.ts";

/** Told of each try that did not help. */
export type TellRetry = (fault: {
  readonly method: string;
  readonly tries: number;
  readonly code: string;
}) => void;

export interface BucketOptions {
  readonly tell: TellRetry;
  /** Milliseconds before the second try; it doubles with each. Default 200. */
  readonly firstWaitMs?: number;
  /** Milliseconds that a try may take without its body. Default 30 000. */
  readonly patienceMs?: number;
}

export interface BucketAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

interface BucketRequest {
  readonly method: "GET" | "PUT" | "DELETE";
  readonly name: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Bytes that are expected back. */
  readonly expected?: number;
  /** Beside 2xx: given back to who asked. */
  readonly allowed?: readonly number[];
}

export interface ObjectBucket {
  readonly place: BucketPlace;
  /** Any status but 2xx and those allowed is thrown: RetryLater `ARTIFACTS_AWAY`, RunBlocked `ARTIFACTS_REFUSED`, `CLOCK_WRONG`. */
  ask(request: BucketRequest): Promise<BucketAnswer>;
  /** One object of many parts, seen when it is whole. */
  putFile(name: string, path: string): Promise<void>;
  /** The names below the prefix, and when each was written. */
  list(): AsyncGenerator<{ readonly name: string; readonly writtenMs: number }>;
}

/** A cut connection, a slow answer and a busy server are waited out so often. */
const mostTries = 6;
const longestWaitMs = 5_000;
/** Bytes a second: a line that is slower than that stands still. */
const slowestBytes = 100_000;
const atOnce = 16;
const tryAgain = new Set([408, 409, 425, 429, 500, 502, 503, 504]);
/** A 400 that is the line's fault: the bytes that came are not those that went. */
const lostOnTheWay = new Set(["BadDigest", "IncompleteBody", "RequestTimeout"]);

/** Asks nothing yet. */
export function openBucket(place: BucketPlace, options: BucketOptions): ObjectBucket {
  const client = new S3Client({
    bucket: place.bucket,
    region: place.region,
    accessKeyId: place.accessKeyId,
    secretAccessKey: place.secretAccessKey,
    // What the environment says of AWS is of somebody else.
    sessionToken: "",
    ...(place.endpoint === undefined ? {} : { endpoint: place.endpoint }),
    ...(place.isHosted === true ? { virtualHostedStyle: true } : {}),
  });
  const gate = createCallGate(atOnce);
  const { firstWaitMs = 200, patienceMs = 30_000 } = options;

  async function persist<Value>(
    method: string,
    work: () => Promise<Attempt<Value>>,
  ): Promise<Value> {
    for (let tries = 1; ; tries += 1) {
      const attempt = await gate(work);
      if (attempt.kind === "done") return attempt.value;
      options.tell({ method, tries, code: attempt.code });
      if (tries === mostTries) throw storageAwayError(place, attempt);
      const wait = firstWaitMs * 2 ** (tries - 1);
      await systemClock.sleep(Math.min(Math.max(wait, attempt.afterMs ?? 0), longestWaitMs));
    }
  }

  return {
    place,
    ask(request) {
      const { method, name, body, expected = 0 } = request;
      const moved = Math.max(body?.byteLength ?? 0, expected);
      const limitMs = patienceMs + Math.ceil((moved / slowestBytes) * 1_000);
      return persist(method, async () => {
        const url = client.presign(`${place.prefix}${name}`, { method, expiresIn: 3_600 });
        return await tryOnce(place, request, { url, limitMs });
      });
    },
    async putFile(name, path) {
      await persist("PUT", async () => {
        const file = Bun.file(path);
        const limitMs = patienceMs + Math.ceil((file.size / slowestBytes) * 1_000);
        const key = `${place.prefix}${name}`;
        // Bun's own tries are not told, and it waits for ever.
        const options = { partSize: 16_000_000, queueSize: 2, retry: 1 };
        return await limitTime(place, limitMs, client.write(key, file, options));
      });
    },
    list: () =>
      listObjects(place.prefix, (startAfter) =>
        persist("LIST", () =>
          limitTime(place, patienceMs, client.list({ prefix: place.prefix, startAfter })),
        ),
      ),
  };
}

/** Page by page. */
async function* listObjects(
  prefix: string,
  readPage: (startAfter: string) => Promise<S3ListObjectsResponse>,
): ReturnType<ObjectBucket["list"]> {
  let startAfter = "";
  for (;;) {
    const page = await readPage(startAfter);
    for (const { key, lastModified } of page.contents ?? [])
      yield {
        name: key.slice(prefix.length),
        writtenMs: lastModified === undefined ? 0 : toEpochMs(lastModified),
      };
    const last = page.contents?.at(-1)?.key;
    if (page.isTruncated !== true || last === undefined) return;
    startAfter = last;
  }
}

/** Fingerprint that the server compares before it keeps anything. */
export function hashForServer(body: Uint8Array): string {
  return createHash("md5").update(body).digest("base64");
}

type Attempt<Value> = { readonly kind: "done"; readonly value: Value } | Again;

async function tryOnce(
  place: BucketPlace,
  { method, headers, body, allowed = [] }: BucketRequest,
  { url, limitMs }: { readonly url: string; readonly limitMs: number },
): Promise<Attempt<BucketAnswer>> {
  let response: Response;
  let bytes: Buffer;
  try {
    response = await fetch(url, {
      method,
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body: body as BodyInit }),
      redirect: "manual",
      signal: AbortSignal.timeout(limitMs),
      ...({ decompress: false } satisfies BunFetchRequestInit),
    });
    bytes = Buffer.from(await response.arrayBuffer());
  } catch (error) {
    return { kind: "again", code: describeBreak(error), cause: error };
  }
  const { status } = response;
  const announced = response.headers.get("content-length");
  const isCut = announced !== null && Number(announced) !== bytes.byteLength;
  if (isCut) return { kind: "again", code: "CutOff" };
  const code = findErrorCode(bytes) ?? `HTTP_${status}`;
  // A bucket that is not there is answered like an object that is not there.
  const isAllowed = response.ok || (allowed.includes(status) && code !== "NoSuchBucket");
  if (isAllowed) return { kind: "done", value: { status, headers: response.headers, bytes } };
  if (isSkewed(code, response.headers)) throw bucketFault(place, "RequestTimeTooSkewed", bytes);
  if (!tryAgain.has(status) && !lostOnTheWay.has(code)) throw bucketFault(place, code, bytes);
  const seconds = Number(response.headers.get("retry-after"));
  return { kind: "again", code, ...(seconds > 0 ? { afterMs: seconds * 1_000 } : {}) };
}

/** Bun's client gives what a server refused as an error with its code. */
async function limitTime<Value>(
  place: BucketPlace,
  limitMs: number,
  work: Promise<Value>,
): Promise<Attempt<Value>> {
  const ending = new AbortController();
  const late = systemClock.sleep(limitMs, ending.signal).then(() => "late" as const);
  try {
    const value = await Promise.race([work, late]);
    if (value === "late") return { kind: "again", code: "TIMEOUT" };
    return { kind: "done", value };
  } catch (error) {
    const code = describeBreak(error);
    if (isRefusal(code)) throw bucketFault(place, code, Buffer.alloc(0));
    return { kind: "again", code, cause: error };
  } finally {
    ending.abort();
    // Nobody waits for it any more.
    work.catch(() => {});
  }
}

const refusals = new Set([
  "AccessDenied",
  "AuthorizationHeaderMalformed",
  "InvalidAccessKeyId",
  "InvalidBucketName",
  "NoSuchBucket",
  "PermanentRedirect",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
]);

function isRefusal(code: string): boolean {
  return refusals.has(code);
}

function describeBreak(error: unknown): string {
  if (!(error instanceof Error)) return "UNKNOWN";
  if (error.name === "TimeoutError") return "TIMEOUT";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
