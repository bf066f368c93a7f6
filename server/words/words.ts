/** The Italian words for what the journal calls states, triggers and outcomes. */
import type { AttemptOutcome, DecisionWord } from "../../engine/journal/items.ts";
import type { AskRow, RunTrigger } from "../../engine/journal/runs.ts";
import type { DueRow } from "../../engine/journal/schedules.ts";
import { type ItemState, type RunState, runStates } from "../../engine/journal/states.ts";

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

/** The word of a run's state; one that says it is at work while nobody works on it was interrupted. */
export function formatRunState(state: RunState, isInterrupted = false): string {
  return isInterrupted ? "Interrotto" : runStateWords[state];
}

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

/** How many items are in a state, one and several: `1 scartato`, `2 scartati`. */
export const itemCountWords: Readonly<Record<ItemState, readonly [one: string, many: string]>> = {
  pending: ["da lavorare", "da lavorare"],
  running: ["in lavorazione", "in lavorazione"],
  waiting: ["in attesa", "in attesa"],
  done: ["concluso", "conclusi"],
  rejected: ["scartato", "scartati"],
  "in-doubt": ["in dubbio", "in dubbio"],
  failed: ["non riuscito", "non riusciti"],
  cancelled: ["annullato", "annullati"],
};

/** `2 scartati`; the number is written as it comes. */
export function formatItemCount(state: ItemState, count: number, number = String(count)): string {
  const [one, many] = itemCountWords[state];
  return `${number} ${count === 1 ? one : many}`;
}

/** The state as a person or a script writes it: `non riuscito`, `Non-riuscito`, `failed`; `undefined` when it is none. */
export function findRunState(text: string): RunState | undefined {
  const wanted = toComparable(text);
  return runStates.find(
    (state) => toComparable(state) === wanted || toComparable(runStateWords[state]) === wanted,
  );
}

function toComparable(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, " ");
}

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

const askWords: Readonly<Record<AskRow["kind"], string>> = {
  otp: "Serve il codice OTP di",
  approval: "Serve il benestare di",
  files: "Servono i documenti firmati da",
};

/** What a run waits for, and of whom: `Serve il codice OTP di Ada Fittizia`. */
export function formatAsk({ kind, who }: Pick<AskRow, "kind" | "who">): string {
  return `${askWords[kind]} ${who}`;
}

export const decisionWords: Readonly<Record<DecisionWord["word"], string>> = {
  done: "è avvenuto",
  "not-done": "non è avvenuto",
  ask: "si chieda di nuovo",
};
