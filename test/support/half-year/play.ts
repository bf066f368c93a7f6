/** Plays the half year: the days with their runs, payers, corrections and kills, and what must hold at each of them. */
import { addDays, findRomeMidnight, toInstant, toRomeDay } from "../../../engine/host/clock.ts";
import { makeRandom } from "../random.ts";
import { days, firstDay, inventCast, type Part, weeks } from "./cast.ts";
import { createMovingClock } from "./clock.ts";
import { closeTheBooks, type Books } from "./books.ts";
import { Broken, type Invariant, Judge } from "./judge.ts";
import { findLastDay, type Notified, Notifications } from "./notified.ts";
import { payOn } from "./payers.ts";
import type { HalfYear, Stage } from "./stage.ts";
import { type Killing, Town } from "./town.ts";

export interface Played {
  readonly parts: readonly Part[];
  readonly books: Books;
  readonly kills: readonly Killing[];
  readonly runs: ReadonlyMap<string, number>;
  readonly checks: ReadonlyMap<Invariant, number>;
  readonly notifications: readonly Notified[];
}

const hour = 3_600_000;
const minute = 60_000;
const send = ["run", "send", "--ente", "prova", "--wait", "10m", "--json"] as const;
const seguito = ["run", "seguito", "--ente", "prova", "--json"] as const;
const importIun = ["run", "import-iun", "--ente", "prova", "--json"] as const;

/** To its end; throws Broken at the first thing that does not hold. */
export async function playHalfYear(options: HalfYear): Promise<Played> {
  const random = makeRandom(options.seed);
  const clock = createMovingClock(findRomeMidnight(firstDay));
  const parts = inventCast(options.verbali, random);
  const town = await Town.open({ side: options.side, by: options.by, clock, random });
  const notifications = new Notifications(town, parts);
  const judge = new Judge(town);
  const doomed = { send: 0, seguito: 0 };
  const stage: Stage = { town, notifications, judge, parts, random, options, doomed };
  try {
    const dooms = chooseDoomed(options.kills, random);
    for (let number = 0; number < days; number += 1) {
      const day = addDays(firstDay, number);
      if (number % 7 === 0) options.tell?.(`settimana ${number / 7 + 1}: ${day}`);
      const doom = dooms.get(number);
      if (doom !== undefined) doomed[doom] += 1;
      await playDay(stage, day, number);
    }
    clock.moveTo(clock.now() + hour);
    const books = await closeTheBooks(stage);
    const { kills, runs } = town;
    const { checks } = judge;
    return {
      parts,
      books,
      kills,
      runs,
      checks,
      notifications: [...notifications.byNumero.values()],
    };
  } catch (error) {
    if (error instanceof Broken && error.notified !== null)
      error.history.push(...listHistory(stage, error.notified.iun));
    throw error;
  } finally {
    notifications.close();
    await town.close();
  }
}

/** What SEND told and what the register holds of one notification, as it came. */
function listHistory({ town, notifications }: Stage, iun: string): readonly string[] {
  const versions = town.list(
    "SELECT at, kind, data FROM record_versions WHERE key = ? AND kind IN ('verdict', 'followed', 'terms', 'clocks', 'evidence') ORDER BY number",
    iun,
  );
  const told = notifications
    .listEvents(iun)
    .map(({ at, category }) => `${toInstant(at)} SEND ${category}`);
  return [
    ...told,
    ...versions.map(({ at, kind, data }) => `${at} ${kind} ${String(data).slice(0, 600)}`),
  ].toSorted();
}

/** Some in the weeks of sending, the others on any day on which nothing is sent: there are no more weeks than are needed. */
export function chooseDoomed(
  count: number,
  random: () => number,
): ReadonlyMap<number, "send" | "seguito"> {
  const doomed = new Map<number, "send" | "seguito">();
  while (doomed.size < count) {
    const isSend = doomed.size % 2 === 0;
    const number = isSend ? 7 * Math.floor(random() * weeks) : Math.floor(random() * (days - 20));
    if (!isSend && number % 7 === 0) continue;
    doomed.set(number, isSend && number !== 28 ? "send" : "seguito");
  }
  return doomed;
}

async function playDay(stage: Stage, day: string, number: number): Promise<void> {
  const { town, notifications, judge } = stage;
  const midnight = findRomeMidnight(day);
  const at = async (ms: number): Promise<void> => {
    town.clock.moveTo(midnight + ms);
    await notifications.listen();
  };
  await at(hour + minute);
  await checkBoundaries(stage, addDays(day, -1));
  await at(5 * hour);
  const began = town.clock.now();
  const isQuiet = stage.options.skipsQuietDays === true && !hasNews(stage);
  if (!isQuiet) await runOrDie(stage, "seguito", seguito);
  await town.takeUp(false);
  judge.noteSeguito(began);
  await at(6 * hour + 5 * minute);
  await checkNews(stage, began);
  if (number % 7 === 0 && number / 7 < weeks) await sendWeek(stage, number / 7);
  await at(7.5 * hour);
  if (stage.options.skipsQuietDays !== true || number % 7 === 0) {
    if (!town.hasOpenRun("import-iun")) await town.run(importIun);
    await town.takeUp(true);
  }
  notifications.learnActs();
  await at(12 * hour);
  for (const notified of notifications.byNumero.values()) await payOn(stage, notified, day);
  await at(15 * hour);
  for (const notified of notifications.byNumero.values()) await befall(stage, notified);
  await at(24 * hour - minute);
  await checkBoundaries(stage, day);
}

async function runOrDie(
  { town, doomed }: Stage,
  pipeline: "send" | "seguito",
  command: readonly string[],
): Promise<void> {
  if (doomed[pipeline] === 0) await town.run(command);
  // One that was over before its hour: another dies.
  else if (await town.runAndKill(command)) doomed[pipeline] -= 1;
}

/** A record is due, or SEND has told something since the last run. */
function hasNews({ town, notifications }: Stage): boolean {
  const due = town.list(
    "SELECT 1 FROM records WHERE due_at <= ? LIMIT 1",
    toInstant(town.clock.now()),
  );
  return due.length > 0 || (town.by === "stream" && notifications.takeNews());
}

async function sendWeek(stage: Stage, week: number): Promise<void> {
  const { town, notifications, judge, parts } = stage;
  const now = parts.filter((part) => part.week === week);
  if (now.length === 0) return;
  const input = town.world.file(
    `settimana-${week}.jsonl`,
    now.map(({ verbale }) => `${JSON.stringify(verbale)}\n`).join(""),
  );
  const command = [...send, "--input", input];
  await runOrDie(stage, "send", command);
  await town.takeUp(false);
  town.clock.moveTo(town.clock.now() + 25 * minute);
  await town.takeUp(true);
  // The office exports the same week again.
  if (week % 5 === 2) await town.run(command);
  notifications.learnActs();
  for (const [numero, count] of notifications.countLive())
    judge.demand(
      count === 1,
      "live",
      notifications.byNumero.get(numero) ?? null,
      `${numero} has ${count} live notifications`,
    );
}

/** Those whose codes end with this day, a minute before and an hour after its end. */
async function checkBoundaries({ notifications, judge }: Stage, day: string): Promise<void> {
  for (const notified of notifications.byNumero.values()) {
    const last = notified.words.at(-1)?.day ?? null;
    if (last === null) continue;
    if (findLastDay(last, 5) === day || findLastDay(last, 60) === day)
      await judge.checkCodes(notified);
  }
}

/** Those of whom SEND said something since yesterday's run, and a few others. */
async function checkNews({ notifications, judge, random }: Stage, since: number): Promise<void> {
  for (const notified of notifications.byNumero.values()) {
    const word = notified.words.at(-1);
    const isNew = word !== undefined && word.since > since - 25 * hour;
    if (isNew || random() < 0.01) await judge.checkCodes(notified);
  }
}

/** Its fate, on its day: a correction by SEND's support, or the office cancels. */
async function befall({ town, notifications }: Stage, notified: Notified): Promise<void> {
  const { part, iun, acceptedAt } = notified;
  if (acceptedAt === null || town.clock.now() < acceptedAt + part.after * 24 * hour) return;
  if (part.fate === "rework" && notified.reworkedAt === null) {
    const sequence =
      part.outcome === "OK_890"
        ? "P RECAG010 RECAG011A (30) RECAG012 RECAG005A RECAG005B[ARCAD,23L] RECAG005C"
        : "P RECAG001A RECAG001B[23L] RECAG001C";
    const answer = await town.ask("/send/control/rework", {
      method: "POST",
      body: JSON.stringify({ iun, sequence }),
    });
    notified.story.push(`${toRomeDay(town.clock.now())} rework: ${answer.status}`);
    // Where nothing has been sent yet there is nothing to correct: another day.
    if (answer.status === 204) notified.reworkedAt = town.clock.now();
    await notifications.listen();
  }
  if (part.fate === "cancelled" && notified.cancelledAt === null) await cancel(town, notified);
}

async function cancel(town: Town, notified: Notified): Promise<void> {
  const made = await town.run([
    "run",
    "annulla",
    "--ente",
    "prova",
    "--param",
    `iun=${notified.iun}`,
    "--json",
  ]);
  const ended = await town.run(["answer", made?.run.id ?? "", "--approve", "--json"]);
  notified.story.push(`${toRomeDay(town.clock.now())} cancelled: ${ended?.run.state}`);
  notified.cancelledAt = town.clock.now();
}
