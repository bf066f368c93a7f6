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
