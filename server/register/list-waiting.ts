/** The register as a list: one state at a time, narrowed by what of a verbale people know, page by page, and how many there are of each. */
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Entry } from "../../integrations/register/port.ts";
import { createRegisterReader } from "../../integrations/register/register.ts";
import {
  listWaitingWords,
  type WaitingFacet,
  type WaitingState,
  waitingStates,
} from "../../integrations/register/waiting.ts";

/** What of the register is asked for. */
export interface WaitingFilter {
  readonly state: WaitingState;
  /** Parts of number, protocol, plate, name or tax code, in any order. */
  readonly text?: string;
  readonly facets?: Readonly<Partial<Record<WaitingFacet, string>>>;
}

export interface WaitingQuery extends WaitingFilter {
  /** The nearest term first, or by number; those that have no term any more stand by number. */
  readonly sort: "term" | "number";
  /** Behind this one. */
  readonly after?: WaitingPlace;
}

export interface WaitingPlace {
  readonly key: string;
  /** `null` where the list is by number. */
  readonly dueAt: string | null;
}

export interface WaitingPage {
  readonly rows: readonly Entry<"standing">[];
  /** Of each state, with the same text and facets. */
  readonly counts: Readonly<Record<WaitingState, number>>;
  /** Where the next page begins; `null`: this is the last. */
  readonly next: WaitingPlace | null;
}

export const waitingPerPage = 50;

/** Behind every day. */
const never = "9999-12-31T00:00:00.000Z";

export async function listWaiting(
  journal: JournalReader,
  ente: string,
  query: WaitingQuery,
): Promise<WaitingPage> {
  const register = createRegisterReader(journal, ente);
  const { state, after } = query;
  const words = listWaitingWords(query);
  const isByTerm = query.sort === "term" && state !== "sent" && state !== "excluded";
  const found = await register.listPage("standing", {
    subject: state,
    words,
    limit: waitingPerPage + 1,
    ...(isByTerm && { dueBy: never }),
    ...(isByTerm &&
      after !== undefined &&
      after.dueAt !== null && { afterDue: { key: after.key, dueAt: after.dueAt } }),
    ...(!isByTerm && after !== undefined && { afterKey: after.key }),
  });
  const rows = found.slice(0, waitingPerPage);
  const last = found.length > waitingPerPage ? rows.at(-1) : undefined;
  return {
    rows,
    counts: await countWaiting(journal, ente, words),
    next: last === undefined ? null : { key: last.key, dueAt: isByTerm ? last.dueAt : null },
  };
}

/** Of each state, those whose line holds the words. */
export async function countWaiting(
  journal: JournalReader,
  ente: string,
  words: readonly string[] = [],
): Promise<Readonly<Record<WaitingState, number>>> {
  const counts = await createRegisterReader(journal, ente).count("standing", words);
  return Object.fromEntries(
    waitingStates.map((state) => [state, counts.get(state) ?? 0]),
  ) as Record<WaitingState, number>;
}
