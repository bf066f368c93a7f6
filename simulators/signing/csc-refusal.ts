/** A refusal of the simulated CSC server, in the words of the standard. */
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** An error of the standard: HTTP status, code, description. */
export class CscRefusal extends Error {
  readonly status: ContentfulStatusCode;
  readonly error: string;

  constructor(error: string, description: string, status: ContentfulStatusCode = 400) {
    super(description);
    this.error = error;
    this.status = status;
  }
}

/** A permission that names its hashes (SCAL 2) signs no other; `allowed`: `null` where it names none. */
export function refuseOtherHashes(
  allowed: ReadonlySet<string> | null,
  hashes: readonly string[],
): void {
  if (allowed !== null && hashes.some((hash) => !allowed.has(hash)))
    throw new CscRefusal("invalid_request", "Hash is not authorized by the SAD");
}
