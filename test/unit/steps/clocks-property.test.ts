/** No discounted code is open after its 5th day or closed on it: random stories of many notifications, with corrections, payments and kills, day by day, on GPD and GovPay. */
import { afterEach, describe, expect, test } from "bun:test";
import { addDays, findEndOfRomeDay, findRomeMidnight } from "../../../engine/host/clock.ts";
import type { Run } from "../../../engine/journal/runs.ts";
import type {
  OpenPosition,
  PaymentsPort,
  ScheduleOutcome,
} from "../../../integrations/payments/port.ts";
import type { Followed } from "../../../integrations/register/followed.ts";
import { createRegister } from "../../../integrations/register/register.ts";
import clocks from "../../../steps/clocks.ts";
import countTerms from "../../../steps/count-terms.ts";
import { type EngineWorld, makeEngineWorld } from "../../support/engine-world.ts";
import { makeRandom } from "../../support/random.ts";
import {
  creditor,
  type GovPayWorld,
  type GpdWorld,
  makeGovPayWorld,
  makeGpdWorld,
  orderFor,
} from "../integrations/payments/payments-world.ts";

const firstDay = "2026-11-23";
const days = 42;
const minute = 60_000;

/** Sundays and holidays of these weeks, by hand. */
const closedDays = ["2026-12-08", "2026-12-25", "2026-12-26", "2027-01-01", "2027-01-06"];
const isClosed = (day: string): boolean =>
  closedDays.includes(day) || new Date(`${day}T00:00:00Z`).getUTCDay() === 0;

/** The last day of a term, counted by itself. */
function findLastDay(perfezionamento: string, count: number): string {
  let day = addDays(perfezionamento, count);
  while (isClosed(day)) day = addDays(day, 1);
  return day;
}

/** What SEND says of the day of perfezionamento from an instant on; `null`: none (any more). */
interface Word {
  readonly at: number;
  readonly day: string | null;
}

interface Story {
  readonly key: string;
  readonly position: OpenPosition;
  /** Oldest first. */
  readonly words: readonly Word[];
  /** When the payer tries to pay, and which code. */
  readonly payAt: number;
  readonly payCode: 0 | 1;
  hasPaid: boolean;
}

/** The law of the ente: 60 days are cut to 15, so that the weeks hold both ends. */
const law = { terms: { reduced: [{ days: 15 }] } };

/** Scheduled or told late, sometimes earlier by an access, sometimes taken back and told anew. */
function inventWords(random: () => number): readonly Word[] {
  const pick = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  const morning = (day: string): number => findRomeMidnight(day) + pick(0, 23) * 60 * minute;
  const learnt = addDays(firstDay, pick(0, 12));
  const perfect = addDays(learnt, random() < 0.3 ? -pick(1, 12) : pick(0, 10));
  const words: Word[] = [{ at: morning(learnt), day: perfect }];
  let last = addDays(learnt, 1);
  if (perfect > last && random() < 0.5) {
    const seen = addDays(last, pick(0, 2));
    words.push({ at: morning(seen), day: seen });
    last = addDays(seen, 1);
  }
  if (random() < 0.5) {
    const corrected = addDays(last, pick(0, 9));
    words.push({ at: morning(corrected), day: null });
    const again = addDays(corrected, pick(1, 4));
    words.push({ at: morning(again), day: addDays(again, pick(-3, 8)) });
  }
  return words;
}

function findWord({ words }: Story, ms: number): Word | null {
  return words.findLast(({ at }) => at <= ms) ?? null;
}

const sides = {
  GPD: () => makeGpdWorld(),
  GovPay: () => makeGovPayWorld(),
} as const;

/** One side with its stories, and an engine that dies and comes back over the same journal. */
class Theatre {
  readonly stories: Story[] = [];
  readonly wrong: string[] = [];
  kills = 0;
  engine: EngineWorld | null = null;
  /** The process that lives: calls of one that was killed never end. */
  private life = 0;
  private die: () => void = () => undefined;
  /** Of each story the word that the last run to its end has seen, and since when. */
  private readonly seen = new Map<string, { readonly word: Word | null; readonly since: number }>();

  readonly side: GpdWorld | GovPayWorld;
  private readonly random: () => number;

  constructor(side: GpdWorld | GovPayWorld, random: () => number) {
    this.side = side;
    this.random = random;
  }

  async open(count: number): Promise<void> {
    for (let number = 0; number < count; number += 1) {
      const key = `V-${number}`;
      const position = await this.side.payments.reset(orderFor(key));
      const payDay = addDays(firstDay, Math.floor(this.random() * days * 1.5));
      this.stories.push({
        key,
        position,
        words: inventWords(this.random),
        payAt: findRomeMidnight(payDay) + 17 * 60 * minute,
        payCode: this.random() < 0.5 ? 0 : 1,
        hasPaid: false,
      });
    }
    this.engine = await this.start();
  }

  private start(): Promise<EngineWorld> {
    return makeEngineWorld({
      steps: { "count-terms": countTerms, clocks },
      pure: { look: ({ key }) => this.describe(key) },
      services: () => ({
        ente: { law },
        desk: { listDowntimes: () => Promise.resolve([]) },
        register: createRegister(this.living().journal, "prova"),
        payments: this.mortal(this.side.payments),
      }),
    });
  }

  living(): EngineWorld {
    if (this.engine === null) throw new Error("not open");
    return this.engine;
  }

  /** What follow would have left. */
  private describe(key: string): Record<string, unknown> {
    const story = this.find(key);
    const day = findWord(story, this.side.clock.now())?.day ?? null;
    const { debtor } = orderFor(key);
    const told = {
      at: `${day}T10:00:00Z`,
      rule: "analog",
      elementId: "E",
      isFinal: false,
    } as const;
    const followed: Followed = {
      status: "DELIVERED",
      recipients: [
        { index: 0, attempts: [], ...(day !== null && { perfezionamento: { ...told, day } }) },
      ],
      corrections: [],
    };
    return {
      iun: key,
      numero: key,
      act: {
        numero: key,
        verbale: {
          dataViolazione: firstDay,
          destinatario: { tipo: "PF", indirizzo: debtor.address },
        },
        payment: { ref: story.position.ref, options: story.position.options },
        recipients: [{ taxId: debtor.taxId, denomination: debtor.denomination }],
      },
      followed,
    };
  }

  private find(key: string): Story {
    const story = this.stories.find((one) => one.key === key);
    if (story === undefined) throw new Error(`no story ${key}`);
    return story;
  }

  /** A process may die before or after any change, its answer lost; what it had begun elsewhere dies with it. */
  private mortal(payments: PaymentsPort): PaymentsPort {
    const life = this.life;
    const never = new Promise<never>(() => undefined);
    const { scheduleMany } = payments;
    const several: Pick<PaymentsPort, "scheduleMany"> =
      scheduleMany === undefined
        ? {}
        : {
            scheduleMany: (orders, signal) =>
              this.mortalMany(scheduleMany(orders, signal), { life, never }),
          };
    return {
      ...payments,
      ...several,
      schedule: async (order, signal) => {
        if (life !== this.life) return await never;
        const fate = this.random();
        if (fate < 0.05) return await this.kill(never);
        const end = await payments.schedule(order, signal);
        if (life !== this.life) return await never;
        return fate < 0.15 ? await this.kill(never) : end;
      },
    };
  }

  /** Dies before the first call, or somewhere in between, the rest done and never told. */
  private async *mortalMany(
    ends: AsyncIterable<ScheduleOutcome>,
    { life, never }: { readonly life: number; readonly never: Promise<never> },
  ): AsyncGenerator<ScheduleOutcome> {
    if (life !== this.life) await never;
    if (this.random() < 0.1) await this.kill(never);
    for await (const end of ends) {
      if (life !== this.life) await never;
      if (this.random() < 0.05) await this.kill(never);
      yield end;
    }
  }

  private async kill(never: Promise<never>): Promise<never> {
    this.life += 1;
    this.kills += 1;
    this.die();
    return await never;
  }

  /** The run of a day, taken up again after each kill. */
  async runDay(): Promise<void> {
    const now = this.side.clock.now();
    const keys = this.stories
      .filter(
        (story) => this.seen.get(story.key)?.word !== findWord(story, now) || this.random() < 0.1,
      )
      .map(({ key }) => key);
    if (keys.length === 0) return;
    await this.living().clock.jump(now);
    const run = await this.living().create(keys, ["look", "count-terms", "clocks"]);
    for (let ended: Run | null = null; ended === null;) {
      const death = new Promise<null>((resolve) => {
        this.die = () => resolve(null);
      });
      const life = this.living().drive(run);
      // What a dead process meets is nobody's concern.
      life.catch(() => undefined);
      ended = await Promise.race([life, death]);
      if (ended === null) {
        this.engine = await this.living().restart();
        await this.engine.clock.jump(this.side.clock.now());
      } else if (ended.state !== "completed")
        throw new Error(`run ended ${ended.state} ${ended.reason}`);
    }
    for (const story of this.stories) {
      const word = findWord(story, now);
      if (this.seen.get(story.key)?.word !== word) this.seen.set(story.key, { word, since: now });
    }
  }

  /** What the payer of each code meets now, against what the story says. */
  async check(): Promise<void> {
    const now = this.side.clock.now();
    for (const story of this.stories) {
      const seen = this.seen.get(story.key);
      const word = findWord(story, now);
      if (story.hasPaid || seen?.word !== word) continue;
      for (const [index, term] of [5, 15].entries()) {
        const code = story.position.options[index]?.noticeCode ?? "";
        const offer = await this.side.simulator.counter.verify(creditor.taxId, code);
        const isOpen = !("fault" in offer);
        const last = word === null || word.day === null ? null : findLastDay(word.day, term);
        const isOver = last !== null && findEndOfRomeDay(last) < now;
        // Told after its day was over, a code closes within minutes.
        const isSettled = seen !== undefined && now - seen.since > 10 * minute;
        if (isOpen && isOver && isSettled) this.tell(story, `code ${index} is open after ${last}`);
        if (!isOpen && !isOver) this.tell(story, `code ${index} is closed before ${last} is over`);
      }
    }
  }

  private tell({ key, words }: Story, what: string): void {
    const at = new Date(this.side.clock.now()).toISOString();
    this.wrong.push(`${key} at ${at}: ${what} (${JSON.stringify(words)})`);
  }

  async pay(): Promise<void> {
    const now = this.side.clock.now();
    for (const story of this.stories) {
      if (story.hasPaid || story.payAt > now) continue;
      const code = story.position.options[story.payCode]?.noticeCode ?? "";
      story.hasPaid = !("fault" in (await this.side.simulator.counter.pay(creditor.taxId, code)));
    }
  }
}

let theatre: Theatre | null = null;
afterEach(async () => {
  await theatre?.engine?.close();
  theatre = null;
});

describe.each(["GPD", "GovPay"] as const)("%s", (side) => {
  test("each code is open to the end of its day and not after it", async () => {
    theatre = new Theatre(sides[side](), makeRandom(side === "GPD" ? 5 : 60));
    await theatre.open(16);
    const { clock } = theatre.side;

    for (let count = 0; count < days; count += 1) {
      const midnight = findRomeMidnight(addDays(firstDay, count + 1));
      for (const hours of [0.5, 5, 12, 17, 24]) {
        clock.advance(midnight + hours * 60 * minute - minute - clock.now());
        if (hours === 5) await theatre.runDay();
        await theatre.check();
        if (hours === 17) await theatre.pay();
      }
    }

    expect(theatre.wrong).toEqual([]);
    expect(theatre.kills).toBeGreaterThan(0);
    expect(theatre.stories.some(({ hasPaid }) => hasPaid)).toBe(true);
  });
});
