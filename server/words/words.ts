/** The Italian words for what the journal calls states, triggers and outcomes. */
import type { AttemptOutcome } from "../../engine/journal/items.ts";
import type { AskRow, RunTrigger } from "../../engine/journal/runs.ts";
import type { DueRow } from "../../engine/journal/schedules.ts";
import type { ItemState, RunState } from "../../engine/journal/states.ts";

export const runStateWords: Readonly<Record<RunState, string>> = {
  queued: "In coda",
  running: "In corso",
  waiting: "In attesa",
  "waiting-for-person": "Serve una persona",
  blocked: "Bloccato",
  completed: "Completato",
  "completed-with-rejections": "Completato con scarti",
  failed: "Non riuscito",
  cancelled: "Annullato",
};

export const itemStateWords: Readonly<Record<ItemState, string>> = {
  pending: "Da lavorare",
  running: "In lavorazione",
  waiting: "In attesa",
  done: "Concluso",
  rejected: "Scartato",
  "in-doubt": "In dubbio",
  failed: "Non riuscito",
  cancelled: "Annullato",
};

export const triggerWords: Readonly<Record<RunTrigger, string>> = {
  manual: "a mano",
  schedule: "dalla programmazione",
  dashboard: "dal pannello",
};

export const outcomeWords: Readonly<Record<AttemptOutcome, string>> = {
  done: "Riuscito",
  rejected: "Scartato",
  later: "Rinviato",
  failed: "Non riuscito",
  "not-done": "Non avvenuto, si ripete",
  unknown: "Esito ignoto",
  blocked: "Fermato",
};

export const dueStateWords: Readonly<Record<DueRow["state"], string>> = {
  run: "Avviata",
  skipped: "Saltata",
  missed: "Mancata",
};

export const askWords: Readonly<Record<AskRow["kind"], string>> = {
  otp: "Serve il codice OTP",
  approval: "Serve un benestare",
  files: "Servono i documenti firmati",
};

const buttons: Readonly<Record<string, string>> = {
  rejected: "«Riprova gli scartati»",
  failed: "«Riprova i non riusciti»",
  "in-doubt": "«Controlla di nuovo gli in dubbio»",
};

/** A reason or hint for somebody at the dashboard: where it names a `postino resume` command or `«resume --only …»`, the button that does the same. */
export function adaptForPages(text: string): string {
  return text.replaceAll(
    /postino resume(?: con)?(?: \d{8}-\d+)?(?: --only (rejected|failed|in-doubt))?|«resume --only (rejected|failed|in-doubt)»/g,
    (_, only: string | undefined, quoted: string | undefined) =>
      buttons[only ?? quoted ?? ""] ?? "«Riprendi»",
  );
}
