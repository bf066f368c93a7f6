/** How a hint lies in the one text column of a journal: prose as it stands, as older journals hold it, and data as JSON. */
import type { Hint, NextAction, Remedy } from "../host/hint.ts";

const actions: Readonly<Record<NextAction["action"], true>> = {
  resume: true,
  "send-again": true,
  answer: true,
  "list-runs": true,
  check: true,
  prepare: true,
  "import-postal": true,
  trust: true,
  platform: true,
  realign: true,
  start: true,
  "ask-technician": true,
};

/** The text of the column. */
export function serializeHint(hint: Hint | null): string | null {
  return hint === null || typeof hint === "string" ? hint : JSON.stringify(hint);
}

/** The hint of the column: text that is no action that this program knows is read as prose. */
export function parseHint(text: string | null): Hint | null {
  if (text === null || !text.startsWith("{")) return text;
  try {
    const value: unknown = JSON.parse(text);
    return isRemedy(value) ? value : text;
  } catch {
    // Prose that begins with a brace.
    return text;
  }
}

function isRemedy(value: unknown): value is Remedy {
  if (typeof value !== "object" || value === null || !("action" in value)) return false;
  return typeof value.action === "string" && Object.hasOwn(actions, value.action);
}
