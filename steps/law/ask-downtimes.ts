/** The malfunctions that SEND has declared: asked at most once a day, kept in the register with the legal facts that prove them. */
import { toRomeDay } from "../../engine/host/clock.ts";
import { RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import type { StepContext } from "../../engine/step/context.ts";
import type { Downtime } from "../../integrations/send/desk-port.ts";
import type { Services } from "../../integrations/services.ts";
import type { LegalTerm } from "./count-term.ts";
import { extendTerm, isExtensionPending, listDowntimeMonths } from "./downtimes.ts";
import type { Law } from "./law.ts";

type Context = Pick<
  StepContext<unknown, Pick<Services, "desk" | "register">>,
  "services" | "clock" | "signal"
>;

interface Answer {
  readonly downtimes: readonly Downtime[];
  /** SEND has said so today; else it is what was kept of an earlier day. */
  readonly isOfToday: boolean;
}

/** A term that a malfunction of SEND may have moved. */
export interface AskedTerm {
  readonly term: LegalTerm;
  /** False: SEND could not be asked, and what it may have declared since it was last asked does not count. */
  readonly isAsked: boolean;
  /** SEND tells of a malfunction on the last day, and has not attested it yet. */
  readonly isPending: boolean;
}

/** The term as the malfunctions that SEND has declared leave it; a term that has not passed by `asOf`, `YYYY-MM-DD`, is as it was, and nobody is asked. */
export async function extendPassedTerm(
  term: LegalTerm,
  { law, asOf }: { readonly law: Law; readonly asOf: string },
  ctx: Context,
): Promise<AskedTerm> {
  const today = toRomeDay(ctx.clock.now());
  const listFound = (): readonly Downtime[] =>
    [...found.values()].flatMap(({ downtimes }) => downtimes);
  const found = new Map<string, Answer>();
  let extended = term;
  while (extended.day < asOf) {
    const missing = listDowntimeMonths(extended.day).filter((month) => !found.has(month));
    if (missing.length === 0) break;
    for (const month of missing) found.set(month, await askOnce(month, today, ctx));
    extended = extendTerm(term, listFound(), law);
  }
  return {
    term: extended,
    isAsked: [...found.values()].every(({ isOfToday }) => isOfToday),
    isPending: isExtensionPending(extended, listFound()),
  };
}

/** Verbali go side by side, and SEND that does not answer is not asked again for each of them. */
const pauseMs = 10 * 60_000;

interface Question {
  readonly untilMs: number;
  readonly answer: Promise<Answer>;
}

const questions = new WeakMap<Services["register"], Map<string, Question>>();

async function askOnce(month: string, today: string, ctx: Context): Promise<Answer> {
  const { register } = ctx.services;
  const asked = questions.get(register) ?? new Map<string, Question>();
  questions.set(register, asked);
  const name = `${today} ${month}`;
  const known = asked.get(name);
  if (known !== undefined && ctx.clock.now() < known.untilMs) return known.answer;
  const answer = ask(month, today, ctx);
  asked.set(name, { untilMs: ctx.clock.now() + pauseMs, answer });
  return answer;
}

async function ask(month: string, today: string, ctx: Context): Promise<Answer> {
  const { desk, register } = ctx.services;
  const kept = await register.read("downtimes", month);
  if (kept?.data.askedOn === today) return { downtimes: kept.data.downtimes, isOfToday: true };
  const [year = "", number = ""] = month.split("-");
  try {
    const downtimes = await desk.listDowntimes(Number(year), Number(number), ctx.signal);
    await register.write([{ kind: "downtimes", key: month, data: { askedOn: today, downtimes } }]);
    return { downtimes, isOfToday: true };
  } catch (error) {
    // Whoever asks goes on without: an answer would only have given more time.
    if (!(error instanceof RetryLater || error instanceof RunBlocked)) throw error;
    return { downtimes: kept?.data.downtimes ?? [], isOfToday: false };
  }
}
