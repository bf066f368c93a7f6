/** What a person says of verbali that wait: each word is written only where the verbale still stands as it was read. */
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { explainWhyNot } from "../../engine/run/reopen.ts";
import type { Journal } from "../../engine/journal/journal.ts";
import type { Entry, Register } from "../../integrations/register/port.ts";
import { createRegister } from "../../integrations/register/register.ts";
import {
  buildStanding,
  listWaitingWords,
  type WaitingStanding,
  type WaitingState,
} from "../../integrations/register/waiting.ts";
import type { WaitingFilter } from "./list-waiting.ts";

/** `choose`: into the next flusso; `leave`: out of it again; `exclude`: aside; `restore`: what was put aside, or came back, may go again. */
export const waitingWords = ["choose", "leave", "exclude", "restore"] as const;
export type WaitingWord = (typeof waitingWords)[number];

/** These, or all that the filter finds. */
export type WaitingSubject =
  | { readonly numbers: readonly string[] }
  | { readonly filter: WaitingFilter };

export interface WaitingAnswer {
  /** How many were moved. */
  readonly moved: number;
  /** Why others stay, in Italian, each reason once. */
  readonly left: readonly string[];
}

const perWrite = 250;

/** `by`: who says so. */
export async function sayOfWaiting(
  { journal, clock }: { readonly journal: Journal; readonly clock: Clock },
  ente: string,
  {
    subject,
    word,
    by,
  }: { readonly subject: WaitingSubject; readonly word: WaitingWord; readonly by: string },
): Promise<WaitingAnswer> {
  const register = createRegister(journal, ente);
  const left = new Set<string>();
  let moved = 0;
  for await (const page of listSubjects(register, subject)) {
    const drafts = [];
    for (const entry of page) {
      const state = await decide(journal, ente, entry.data, word);
      if (typeof state !== "string") left.add(state.reason);
      else if (state !== entry.data.state) {
        const at = toInstant(clock.now());
        const isBack = entry.data.state === "back";
        const next = { ...entry.data, state, word: { by, at }, ...(isBack && { why: null }) };
        drafts.push(buildStanding(next, entry.number));
      }
    }
    const written = drafts.length === 0 ? [] : await register.write(drafts);
    moved += written.length;
    if (written.length < drafts.length)
      left.add("Intanto un'altra persona, o un flusso, li ha presi: guardare di nuovo l'elenco.");
  }
  return { moved, left: [...left] };
}

async function* listSubjects(
  register: Register,
  subject: WaitingSubject,
): AsyncGenerator<readonly Entry<"standing">[]> {
  if ("numbers" in subject) {
    for (let start = 0; start < subject.numbers.length; start += perWrite) {
      const some = subject.numbers.slice(start, start + perWrite);
      yield [...(await register.readMany("standing", some)).values()];
    }
    return;
  }
  const { filter } = subject;
  let afterKey = "";
  for (;;) {
    const page = await register.listPage("standing", {
      subject: filter.state,
      words: listWaitingWords(filter),
      afterKey,
      limit: perWrite,
    });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    afterKey = last.key;
  }
}

interface Refused {
  readonly reason: string;
}

/** Where it stands after the word, or why it stays. */
async function decide(
  journal: Journal,
  ente: string,
  standing: WaitingStanding,
  word: WaitingWord,
): Promise<WaitingState | Refused> {
  const { state, faults, flusso } = standing;
  if (state === "taken" || state === "sent")
    return { reason: `${standing.row.numero} è già nel flusso ${flusso ?? ""}.` };
  const isSound = faults.length === 0;
  switch (word) {
    case "exclude":
      return "excluded";
    case "leave":
      return state === "chosen" ? "ready" : state;
    case "choose":
      if (!isSound) return { reason: `${standing.row.numero} ha difetti: va prima corretto.` };
      if (state === "excluded")
        return {
          reason: `${standing.row.numero} è messo da parte: va prima rimesso tra i pronti.`,
        };
      return state === "back" ? await allowAgain(journal, ente, standing) : "chosen";
    case "restore":
      if (state === "back") {
        const again = await allowAgain(journal, ente, standing);
        return typeof again !== "string" || isSound ? again : "wrong";
      }
      if (state !== "excluded") return state;
      return isSound ? "ready" : "wrong";
    default:
      return word satisfies never;
  }
}

/** One that a flusso rejected goes again in a new round, with new codes, unless it went out after all. */
export async function allowAgain(
  journal: Journal,
  ente: string,
  { flusso, row: { numero } }: WaitingStanding,
): Promise<"chosen" | Refused> {
  const run = flusso === null ? null : await journal.readRun(flusso);
  const [item] = run === null ? [] : await journal.listItems(run.id, { key: numero, limit: 1 });
  // A flusso that never read it, or that is no longer kept.
  if (run === null || item === undefined) return "chosen";
  if (item.state !== "rejected" && item.state !== "cancelled")
    return { reason: `${numero} è ancora nel flusso ${run.id}: lì è stato ripreso.` };
  const reason = await explainWhyNot(journal, run, item);
  if (reason !== null) return { reason: `${numero}: ${reason}` };
  const rounds = await journal.readRounds(ente, [numero]);
  await journal.setRound(ente, numero, Math.max(rounds.get(numero) ?? 1, item.round) + 1);
  return "chosen";
}
