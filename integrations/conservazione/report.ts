/** A report of a preservation system, of whatever form: it names a package and bears the digests of its files. */
import { createHash } from "node:crypto";
import type { FoundReport } from "./port.ts";

/** Larger ones are no reports. */
export const mostReportBytes = 20 * 1024 * 1024;

export interface SubmissionReport {
  readonly name: string;
  readonly sha256: string;
  readonly text: string;
}

/** Latin-1 keeps every byte: an envelope of a signature around the text does no harm. */
export function readReport(name: string, bytes: Buffer): SubmissionReport {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { name, sha256, text: bytes.toString("latin1") };
}

export function toFoundReport({ name, sha256, text }: SubmissionReport): FoundReport {
  const lower = text.toLowerCase();
  return {
    name,
    sha256,
    bears: (digest) =>
      lower.includes(digest) || text.includes(Buffer.from(digest, "hex").toString("base64")),
  };
}
