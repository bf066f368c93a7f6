/** Requests that reach the simulators in tests, one JSON line each, for `bun run conformance:contracts`; writes nothing in an ordinary run. */
import { appendFileSync } from "node:fs";

/** One request; the address without its host. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly contentType: string;
  /** Parsed JSON, the text that is none, or absent. */
  readonly body?: unknown;
}

const file = process.env["POSTINO_CONFORMANCE_REQUESTS"];

/** Was a record asked for? */
export const isRecording = file !== undefined;

/** Notes a request; the caller hands over a copy. Files go to and from addresses that no contract names, and are left out. */
export async function recordRequest(request: Request): Promise<void> {
  const { pathname, search } = new URL(request.url);
  if (file === undefined || !isOfContract(pathname)) return;
  const text = await request.text();
  const line: RecordedRequest = {
    method: request.method,
    path: pathname,
    query: search,
    contentType: request.headers.get("content-type") ?? "",
    ...(text === "" ? {} : { body: parsed(text) }),
  };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

function isOfContract(path: string): boolean {
  return (
    /^\/(?:send|gpd|govpay)\//.test(path) && !/^\/send\/(?:upload|download|legal-fact)\//.test(path)
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
