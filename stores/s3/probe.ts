/** Does with a bucket what the store does, on an object of its own that it takes away again. */
import { randomUUID } from "node:crypto";
import type { RunBlocked } from "../../engine/host/errors.ts";
import { type BucketOptions, hashForServer, openBucket } from "./bucket.ts";
import type { BucketPlace } from "./place.ts";
import { bucketFault } from "./faults.ts";

export interface Probed {
  /** What is deleted or replaced stays there as an older version. */
  readonly isVersioned: boolean;
}

/** Throws RunBlocked `ARTIFACTS_REFUSED`, `CLOCK_WRONG`, RetryLater `ARTIFACTS_AWAY`. */
export async function probeBucket(place: BucketPlace, options: BucketOptions): Promise<Probed> {
  const bucket = openBucket(place, options);
  const name = `prova-${randomUUID()}`;
  // Without the right to list, a server does not tell what is not there from what may not be seen.
  const absent = await bucket.ask({ method: "GET", name, allowed: [404] });
  if (absent.status !== 404) throw strangeError(place, `HTTP_${absent.status}`);
  const body = Buffer.from("prova");
  const headers = { "content-md5": hashForServer(body), "if-none-match": "*" };
  const put = await bucket.ask({ method: "PUT", name, body, headers, allowed: [501] });
  if (put.status === 501)
    await bucket.ask({
      method: "PUT",
      name,
      body,
      headers: { "content-md5": hashForServer(body) },
    });
  const { bytes } = await bucket.ask({ method: "GET", name, expected: body.byteLength });
  await bucket.ask({ method: "DELETE", name });
  if (!bytes.equals(body)) throw strangeError(place, "CONTENT");
  const version = put.headers.get("x-amz-version-id");
  return { isVersioned: version !== null && version !== "null" };
}

function strangeError(place: BucketPlace, code: string): RunBlocked {
  return bucketFault(place, code, Buffer.alloc(0));
}
