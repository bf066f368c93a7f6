/** Messages that are to go out, kept as records: durable before the first try, marked when they were sent. */
import { toEpochMs, toInstant, toRomeDay } from "../../engine/host/clock.ts";
import type { RecordReader, Records, StoredRecord } from "../../engine/journal/records.ts";

export const alertKinds = [
  "overdue",
  "person",
  "stopped",
  "doubt",
  "term",
  "credential",
  "disk",
  "malfunction",
  "restored",
  "notify",
  "digest",
  "test",
] as const;
export type AlertKind = (typeof alertKinds)[number];

/** One thing that is the matter, without personal data. */
export interface AlertLine {
  /** `null`: of the installation. */
  readonly ente: string | null;
  /** Italian, a whole sentence. */
  readonly what: string;
  /** What was not done because of it; `null`: nothing is left undone. */
  readonly notDone: string | null;
  /** Where it is mended: path of a page. */
  readonly path: string;
}

/** Of whom one message goes to whom. */
export interface MessageDraft {
  readonly channel: "mail" | "webhook";
  /** An address of mail; of a webhook the codice of the ente whose file names it, `*`: the installation's. */
  readonly to: string;
  readonly kind: AlertKind;
  /** What makes it another message: one goes out for each cause and period. */
  readonly cause: string;
  /** The day in Rome, save where a cause has periods of its own. */
  readonly period: string;
  readonly lines: readonly AlertLine[];
  /** The run that a step announces; its state is told as it is when the message goes out. */
  readonly run?: string;
}

export interface Message extends MessageDraft {
  readonly madeAt: string;
  readonly sentAt: string | null;
  readonly tries: number;
  /** Why the last try failed, Italian; `null`: none has. */
  readonly fault: string | null;
}

export interface KeptMessage extends Message {
  /** What a mail server and a receiver know it by: the same with each try. */
  readonly key: string;
  readonly dueAt: string | null;
}

type Store = RecordReader & Records;

/** Messages belong to no ente: one may tell of several. */
const owner = "*";
const kind = "message";
/** What stops together is told together. */
export const settleMs = 60_000;
const mostLines = 200;

/**
 * Keeps what is new of these; of a message that is there, but not sent, the lines are put together. What was sent for its cause
 * and period is not told again.
 */
export async function queueMessages(
  store: Store,
  drafts: readonly MessageDraft[],
  { now, waitMs = settleMs }: { readonly now: number; readonly waitMs?: number },
): Promise<void> {
  const keys = drafts.map(buildKey);
  const known = await store.readRecords(owner, kind, keys);
  const fresh = drafts.flatMap((draft, index) => {
    const key = keys[index] ?? "";
    const record = known.get(key);
    if (record === undefined)
      return [
        {
          kind,
          key,
          dueAt: toInstant(now + waitMs),
          data: {
            ...draft,
            lines: draft.lines.slice(0, mostLines),
            madeAt: toInstant(now),
            sentAt: null,
            tries: 0,
            fault: null,
          },
        },
      ];
    const { dueAt, ...message } = toMessage(record);
    const lines = joinLines(message.lines, draft.lines);
    if (dueAt === null || lines.length === message.lines.length) return [];
    const { key: _, ...data } = message;
    return [{ kind, key, dueAt, data: { ...data, lines } }];
  });
  if (fresh.length > 0) await store.writeRecords(owner, fresh);
}

function buildKey({ channel, to, kind: of, cause, period }: MessageDraft): string {
  return [period, of, cause, channel, to].join(" ");
}

/** What was told of a thing stays as it was told first. */
function joinLines(before: readonly AlertLine[], more: readonly AlertLine[]): readonly AlertLine[] {
  const known = new Set(before.map(({ ente, path }) => `${ente} ${path}`));
  const added = more.filter(({ ente, path }) => !known.has(`${ente} ${path}`));
  return [...before, ...added].slice(0, mostLines);
}

/** What is due by now, the longest due first. */
export async function listDueMessages(
  store: RecordReader,
  now: number,
  limit: number,
): Promise<readonly KeptMessage[]> {
  const dueBy = toInstant(now);
  return (await store.listRecords(owner, kind, { dueBy, limit })).map(toMessage);
}

/** From 1 minute to an hour apart, for three days. */
const longestWaitMs = 3_600_000;
const givenUpMs = 3 * 86_400_000;

/** Marks a message as sent, or when it is tried again; what could not be sent for three days is given up, and the page says so. */
export async function markTried(
  store: Records,
  message: KeptMessage,
  { now, fault }: { readonly now: number; readonly fault: string | null },
): Promise<void> {
  const { key, dueAt: _, ...data } = message;
  const tries = message.tries + 1;
  const waitMs = Math.min(longestWaitMs, 60_000 * 2 ** Math.min(tries - 1, 10));
  const isOver = fault === null || now - toEpochMs(message.madeAt) > givenUpMs;
  await store.writeRecords(owner, [
    {
      kind,
      key,
      dueAt: isOver ? null : toInstant(now + waitMs),
      data: { ...data, tries, fault, sentAt: fault === null ? toInstant(now) : null },
    },
  ]);
}

/** Messages of these days (`YYYY-MM-DD` and later), newest first. */
export async function listMessages(
  store: RecordReader,
  since: string,
  limit: number,
): Promise<readonly KeptMessage[]> {
  const found: StoredRecord[] = [];
  // Keys begin with the period: of older days none is read.
  let afterKey = since;
  for (;;) {
    const page = await store.listRecords(owner, kind, { afterKey, limit: 500 });
    found.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < 500) break;
    afterKey = last.key;
  }
  return found
    .map(toMessage)
    .filter(({ madeAt }) => toRomeDay(toEpochMs(madeAt)) >= since)
    .toSorted((left, right) => right.madeAt.localeCompare(left.madeAt))
    .slice(0, limit);
}

function toMessage({ key, dueAt, data }: StoredRecord): KeptMessage {
  return { ...(data as unknown as Message), key, dueAt };
}
