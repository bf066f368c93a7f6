/** How the calls of an attempt lie in the one text column of a journal: a JSON list, how many were left out before the calls. */
import type { AttemptCalls } from "../host/calls.ts";

/** The text of the column. */
export function serializeCalls(noted: AttemptCalls | null): string | null {
  if (noted === null) return null;
  const calls = noted.calls.map(({ service, operation, at, ms, status, items }) => [
    service,
    operation,
    at,
    ms,
    status,
    items,
  ]);
  return JSON.stringify([noted.left, ...calls]);
}

/** The calls of the column; what this program does not know is none. */
export function parseCalls(text: string | null): AttemptCalls | null {
  if (text === null) return null;
  const [left, ...rows] = JSON.parse(text) as readonly unknown[];
  const calls = rows.flatMap((row) => {
    const [service, operation, at, ms, status, items] = Array.isArray(row)
      ? (row as unknown[])
      : [];
    const isCall =
      typeof service === "string" &&
      typeof operation === "string" &&
      typeof at === "number" &&
      typeof ms === "number" &&
      (status === null || typeof status === "number") &&
      typeof items === "number";
    return isCall ? [{ service, operation, at, ms, status, items }] : [];
  });
  return { calls, left: typeof left === "number" ? left : 0 };
}
