/** Verbali of an ente that a term of law is near to: those that are not sent yet, and of those that are notified the days on which something ends. */
import { addDays, countDaysBetween } from "../../../engine/host/clock.ts";
import type { ItemRow } from "../../../engine/journal/items.ts";
import type { JournalReader } from "../../../engine/journal/journal.ts";
import type { Run } from "../../../engine/journal/runs.ts";
import type { LegalTerms } from "../../../integrations/register/terms.ts";
import { countTerm } from "../../../steps/law/count-term.ts";
import { type LawChanges, readLaw } from "../../../steps/law/law.ts";
import { toFields, toText } from "../fields.ts";
import { buildItemView } from "../item-view.ts";

export interface NearTerm {
  readonly ente: string;
  readonly numero: string;
  /** `notification`: to be sent by then; else the name of the term. */
  readonly term: string;
  /** Italian: what ends. */
  readonly title: string;
  /** Last day, `YYYY-MM-DD`. */
  readonly day: string;
  /** 0: today. */
  readonly daysLeft: number;
  /** The flusso in which it stands; `null`: it is found by its number. */
  readonly run: string | null;
  /** No flusso has it yet: it stands in the register. */
  readonly isWaiting?: true;
}

/** From this many days before it a term counts as near. Source: ours; `validate` warns of the 90 days 15 before. */
const nearDays: Readonly<Record<string, number>> = {
  notification: 15,
  discounted: 3,
  documents: 10,
};
/** A term that is counted from a holiday ends some days later than its number of days says. */
const holidaySlack = 5;
const mostRecords = 500;
const mostRuns = 40;
const mostPerRun = 200;

/** The soonest first. `today` is `YYYY-MM-DD`. */
export async function listNearTerms(
  journal: JournalReader,
  {
    ente,
    today,
    runs,
  }: { readonly ente: string; readonly today: string; readonly runs: readonly Run[] },
): Promise<readonly NearTerm[]> {
  const found = [
    ...(await listUnsent(journal, runs, today)),
    ...(await listWaitingNear(journal, ente, today)),
    ...(await listEnding(journal, ente, today)),
  ];
  return found.toSorted((left, right) => left.daysLeft - right.daysLeft);
}

/** What the journal holds of verbali that no request to SEND carries yet. */
async function listUnsent(
  journal: JournalReader,
  runs: readonly Run[],
  today: string,
): Promise<readonly NearTerm[]> {
  const near: NearTerm[] = [];
  for (const run of runs.filter(hasUnsent).slice(0, mostRuns)) {
    const items = await journal.listItems(run.id, {
      states: ["pending", "waiting", "rejected", "failed", "in-doubt"],
      limit: mostPerRun,
    });
    if (items.length === 0) continue;
    const law = readRunLaw(await journal.readSpec(run.id));
    for (const item of items) near.push(...findUnsentTerm(run, item, { law, today }));
  }
  // A verbale that several flussi have had stands once, with the newest.
  return [...Map.groupBy(near, ({ numero }) => numero).values()].flatMap(([first]) => first ?? []);
}

function hasUnsent({ counts }: Run): boolean {
  return counts.pending + counts.waiting + counts.rejected + counts.failed + counts.inDoubt > 0;
}

function readRunLaw(spec: string): LawChanges | undefined {
  const law = toFields(toFields(JSON.parse(spec))["settings"])["law"];
  return law === undefined ? undefined : (law as LawChanges);
}

function findUnsentTerm(
  run: Run,
  item: ItemRow,
  { law, today }: { readonly law: LawChanges | undefined; readonly today: string },
): readonly NearTerm[] {
  const verbale = toFields(item.data["verbale"]);
  const start = toText(verbale["dataAccertamento"]) ?? toText(verbale["dataViolazione"]);
  if (start === null || !/^\d{4}-\d\d-\d\d$/.test(start)) return [];
  if (buildItemView(item, []).token !== null || item.data["iun"] !== undefined) return [];
  const isContested = verbale["contestazioneImmediata"] === true;
  const term = isContested ? "contestedNotification" : "notification";
  const { day, title } = countTerm(readLaw(law), term, { start });
  const daysLeft = countDaysBetween(today, day);
  if (daysLeft < 0 || daysLeft > (nearDays["notification"] ?? 0)) return [];
  return [
    { ente: run.ente, numero: item.key, term: "notification", title, day, daysLeft, run: run.id },
  ];
}

/** Of those in the register that no flusso has, by the day until which they have to be notified. */
async function listWaitingNear(
  journal: JournalReader,
  ente: string,
  today: string,
): Promise<readonly NearTerm[]> {
  const most = nearDays["notification"] ?? 0;
  const records = await journal.listRecords(ente, "standing", {
    afterDue: { key: "", dueAt: today },
    dueBy: `${addDays(today, most)}T00:00:00.000Z`,
    limit: mostRecords,
  });
  return records.flatMap(({ key, subject, dueAt }) => {
    const day = dueAt?.slice(0, 10) ?? "";
    if (day === "" || subject === "taken") return [];
    const daysLeft = countDaysBetween(today, day);
    const title = "Notifica entro 90 giorni";
    return [
      { ente, numero: key, term: "notification", title, day, daysLeft, run: null, isWaiting: true },
    ];
  });
}

/** By the day from which the terms run, which is what the register finds them by. */
async function listEnding(
  journal: JournalReader,
  ente: string,
  today: string,
): Promise<readonly NearTerm[]> {
  const near: NearTerm[] = [];
  const names = [
    ["discounted", 5],
    ["documents", 120],
  ] as const;
  for (const [name, days] of names) {
    const most = nearDays[name] ?? 0;
    const from = addDays(today, -days - holidaySlack);
    const records = await journal.listRecords(ente, "terms", {
      afterDue: { key: "", dueAt: from },
      dueBy: addDays(today, most - days + 1),
      limit: mostRecords,
    });
    for (const { subject, data } of records) {
      const ending = findTerm(data as unknown as LegalTerms, name);
      const daysLeft = ending === null ? -1 : countDaysBetween(today, ending.day);
      if (ending === null || daysLeft < 0 || daysLeft > most) continue;
      const { title, day } = ending;
      near.push({ ente, numero: subject, term: name, title, day, daysLeft, run: null });
    }
  }
  return near;
}

/** The first of its recipients to whom it happens. */
function findTerm(
  { recipients }: LegalTerms,
  name: string,
): { readonly day: string; readonly title: string } | null {
  const all = recipients.flatMap(({ terms }) => terms.filter((term) => term.name === name));
  return all.toSorted((left, right) => (left.day < right.day ? -1 : 1))[0] ?? null;
}
