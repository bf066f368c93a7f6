/** Hashes that name things: the digest of a source's fields and the idempotency key of an effect. */
import { createHash } from "node:crypto";

/** sha256 of the value as JSON with sorted keys: the same data give the same digest. */
export function computeDigest(value: unknown): string {
  return createHash("sha256").update(toCanonicalJson(value)).digest("hex");
}

/** Key of an effect: 64 hex characters. The same ente, step, item and round give the same key, in every run. */
export function computeEffectKey(
  ente: string,
  step: string,
  itemKey: string,
  round: number,
): string {
  return createHash("sha256")
    .update(JSON.stringify([ente, step, itemKey, round]))
    .digest("hex");
}

function toCanonicalJson(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.map((entry) => toCanonicalJson(entry ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const parts: string[] = [];
  for (const [name, entry] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    if (entry !== undefined) parts.push(`${JSON.stringify(name)}:${toCanonicalJson(entry)}`);
  return `{${parts.join(",")}}`;
}
