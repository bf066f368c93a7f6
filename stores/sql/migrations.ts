/** The migrations of a store: a file of SQL in parts, each of which is applied once. */
import { RunBlocked } from "../../engine/host/errors.ts";

/** The parts of a `schema.sql`, in order. */
export function splitMigrations(text: string): readonly string[] {
  return text.split(/^-- migration \d+:.*$/m).slice(1);
}

/** Throws RunBlocked `JOURNAL_TOO_NEW` where the store has seen more migrations than this program knows. */
export function assertKnownVersion(version: number, known: readonly string[]): void {
  if (version <= known.length) return;
  throw new RunBlocked(
    "JOURNAL_TOO_NEW",
    "Il registro dei flussi è stato scritto da una versione più nuova di Postino.",
    { hint: "Aggiornare Postino a quella versione." },
  );
}
