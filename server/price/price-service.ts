/** Postino's price service: what the payer of a notice pays for its notification, for a payment system that asks at payment time. */
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { messageOf } from "../../engine/host/errors.ts";
import type { Logger } from "../../engine/host/logger.ts";
import type { Records, RecordReader } from "../../engine/journal/records.ts";
import type { PriceVerdict, SendDesk } from "../../integrations/send/desk-port.ts";
import { buildPriceDraft, isFresh, type KnownPrice, priceKind, readKnownPrice } from "./stored.ts";

/** An ente whose payment system may ask. */
export interface PricedEnte {
  readonly codice: string;
  readonly taxId: string;
}

/** What a caller is told: a verdict of SEND with its instant, or that nobody can say now. */
export type PriceAnswer = (KnownPrice & { readonly isFresh: boolean }) | null;

export interface PriceServiceOptions {
  readonly journal: Pick<Records & RecordReader, "readRecords" | "writeRecords" | "listRecords">;
  readonly clock: Clock;
  readonly log: Logger;
  /** SEND of an ente; what it throws counts as silence. */
  openDesk(codice: string): Promise<Pick<SendDesk, "askPrice">>;
  /** How long a caller waits for SEND; default 1500: the Node gives a partner 2 s in all. */
  readonly budgetMs?: number;
}

export interface PriceService {
  /** Out of what is stored while it is fresh; otherwise SEND is asked, and what is stored serves when it does not answer in time. */
  findPrice(ente: PricedEnte, noticeCode: string): Promise<PriceAnswer>;
  /** Asks SEND again about what is due, the longest due first; at most `limit` notices. */
  refreshDue(ente: PricedEnte, limit: number, signal?: AbortSignal): Promise<void>;
}

/** In a row: then SEND does not answer, and is asked in the next round. */
const mostFailures = 3;

/** The service over the journal; questions to SEND go on after the caller has his answer. */
export function createPriceService(options: PriceServiceOptions): PriceService {
  const { journal, clock, budgetMs = 1500 } = options;
  const { readStored, ask } = createMemory(options);
  return {
    async findPrice(ente, noticeCode) {
      const stored = await readStored(ente, noticeCode);
      if (stored !== null && isFresh(stored, clock.now())) return { ...stored, isFresh: true };
      const asked = await answerWithin(
        ask(ente, noticeCode, { isKnown: stored !== null }),
        budgetMs,
        clock,
      );
      if (asked !== null) return { ...asked, isFresh: true };
      // That nothing was there a while ago says nothing of now: better no answer than too small a one.
      const isWorthTelling =
        stored?.verdict.status === "priced" || stored?.verdict.status === "cancelled";
      return stored !== null && isWorthTelling ? { ...stored, isFresh: false } : null;
    },
    async refreshDue(ente, limit, signal) {
      const dueBy = toInstant(clock.now());
      const due = await journal.listRecords(ente.codice, priceKind, { dueBy, limit });
      // What was never answered is the longest due: the others go first, so that it holds none of them up.
      let failed = 0;
      for (const { key } of due.toReversed()) {
        if (signal?.aborted === true || failed === mostFailures) return;
        failed = (await ask(ente, key, { isKnown: true, signal })) === null ? failed + 1 : 0;
      }
    },
  };
}

/** What is known of a notice, and one question at a time to SEND about it. */
function createMemory(options: PriceServiceOptions) {
  const { journal, clock, log } = options;
  const asking = new Map<string, Promise<KnownPrice | null>>();
  /** Notices that no notification bears, and that we did not know: not worth a record. */
  const absent = new Map<string, KnownPrice>();

  async function readStored(ente: PricedEnte, noticeCode: string): Promise<KnownPrice | null> {
    const found = await journal.readRecords(ente.codice, priceKind, [noticeCode]);
    const record = found.get(noticeCode);
    return record === undefined
      ? (absent.get(joinName(ente, noticeCode)) ?? null)
      : readKnownPrice(record);
  }

  /** One question at a time about a notice; never rejects. */
  function ask(
    ente: PricedEnte,
    noticeCode: string,
    { isKnown, signal }: Question,
  ): Promise<KnownPrice | null> {
    const name = joinName(ente, noticeCode);
    const running = asking.get(name);
    if (running !== undefined) return running;
    const question = askSend(ente, noticeCode, { isKnown, signal }).finally(() =>
      asking.delete(name),
    );
    asking.set(name, question);
    return question;
  }

  async function askSend(
    ente: PricedEnte,
    noticeCode: string,
    { isKnown, signal }: Question,
  ): Promise<KnownPrice | null> {
    try {
      const desk = await options.openDesk(ente.codice);
      const verdict: PriceVerdict = await desk.askPrice(ente.taxId, noticeCode, signal);
      const known = { verdict, asOfMs: clock.now() };
      if (isKnown || verdict.status === "priced" || verdict.status === "cancelled")
        await journal.writeRecords(ente.codice, [buildPriceDraft(noticeCode, known)]);
      else remember(absent, joinName(ente, noticeCode), known);
      return known;
    } catch (error) {
      log.warn("price not told by SEND", { ente: ente.codice, fault: messageOf(error) });
      return null;
    }
  }

  return { readStored, ask };
}

interface Question {
  /** A record of the notice is there. */
  readonly isKnown: boolean;
  readonly signal?: AbortSignal | undefined;
}

function joinName({ codice }: PricedEnte, noticeCode: string): string {
  return `${codice}/${noticeCode}`;
}

const mostRemembered = 10_000;

/** The oldest goes when there are too many. */
function remember(kept: Map<string, KnownPrice>, name: string, known: KnownPrice): void {
  kept.delete(name);
  kept.set(name, known);
  const [oldest] = kept.keys();
  if (kept.size > mostRemembered && oldest !== undefined) kept.delete(oldest);
}

/** What comes in time, else `null`; the question goes on. */
async function answerWithin(
  question: Promise<KnownPrice | null>,
  budgetMs: number,
  clock: Clock,
): Promise<KnownPrice | null> {
  const answered = new AbortController();
  const late = clock.sleep(budgetMs, answered.signal).then(() => null);
  const first = await Promise.race([question, late]);
  answered.abort();
  return first;
}
