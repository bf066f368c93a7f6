/** Following 200,000 open notifications, and as many that ended by post and nobody has paid: a day's quiet polling of a register that has them all, and one day of the stream. Prints time, memory, calls and rows. */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SourceContext } from "../engine/step/context.ts";
import type { Clock } from "../engine/host/clock.ts";
import { createLimiter } from "../engine/host/limiter.ts";
import { openJournal } from "../stores/sqlite/store.ts";
import type { Act } from "../integrations/register/kinds.ts";
import { noticeNews } from "../integrations/register/news.ts";
import type { EntryDraft } from "../integrations/register/port.ts";
import { createRegister } from "../integrations/register/register.ts";
import type { SentNotification } from "../integrations/send/desk-port.ts";
import { computeFollowed } from "../steps/following/compute-followed.ts";
import loadNotified from "../steps/load-notified.ts";

const count = Number(process.argv[2] ?? "200000");
/** Ended by post, neither viewed nor paid: asked for each day, for SEND may correct them. */
const unpaidCount = Number(process.argv[3] ?? count);
/** SEND's own limit is thousands a second; ours is `send.followPerSecond`. */
const perSecond = 20;
/** One of so many has news on a day. */
const newsEvery = 20;
const dayMs = 86_400_000;
const start = Date.parse("2026-11-23T04:00:00Z");

/** Whoever waits moves it: the figures are of work, not of waiting. */
let now = start;
const clock: Clock = {
  now: () => now,
  sleep: (ms) => {
    now += ms;
    return Promise.resolve();
  },
};

function toIun(index: number): string {
  const letters = index.toString(26).padStart(12, "0");
  const text = letters.replace(/./g, (digit) =>
    String.fromCharCode(65 + Number.parseInt(digit, 26)),
  );
  return `${text.slice(0, 4)}-${text.slice(4, 8)}-${text.slice(8, 12)}-202611-N-1`;
}

/** What SEND says on a day: a letter with its codes, delivered or not yet. */
function answer(iun: string, hasNews: boolean, isEnded = false): SentNotification {
  const at = "2026-11-20T10:00:00.000Z";
  const element = (category: string, more = {}) => ({
    category,
    at,
    elementId: `${category}.IUN_${iun}.RECINDEX_0`,
    storedAt: at,
    recipient: 0,
    ...more,
  });
  return {
    iun,
    protocol: iun,
    sentAt: at,
    status: "DELIVERING",
    history: [],
    timeline: [
      element("REQUEST_ACCEPTED"),
      element("SEND_ANALOG_DOMICILE", { product: "890", costCents: 969, attempt: 0 }),
      ...["CON080", "CON020", "RECAG010", "RECAG011A"].map((code) =>
        element("SEND_ANALOG_PROGRESS", { code, attempt: 0, elementId: `${code}.IUN_${iun}` }),
      ),
      ...(hasNews
        ? [element("SEND_ANALOG_FEEDBACK", { outcome: "ok", code: "RECAG005C", attempt: 0 })]
        : []),
      ...(isEnded ? [element("ANALOG_SUCCESS_WORKFLOW"), element("REFINEMENT")] : []),
    ],
    documents: [],
    payments: [],
  };
}

function buildAct(numero: string): Act {
  return {
    numero,
    notificationRequestId: "",
    protocol: numero,
    sentAt: "2026-11-20T10:00:00.000Z",
    runId: "20261120-0001",
    round: 1,
    verbale: { numero, targa: "AB123CD", luogo: "Via Roma", descrizione: "x".repeat(400) },
    payment: { ref: numero, options: [] },
    recipients: [{ taxId: "RSSMRA80A01H501U", denomination: "Rossi Mario" }],
    files: [],
    costs: { feePolicy: "DELIVERY_MODE", paFee: 100, vat: 22 },
  };
}

const folder = mkdtempSync(join(tmpdir(), "postino-bench-follow-"));
const file = join(folder, "postino.sqlite");
const journal = openJournal(file, clock);
const register = createRegister(journal, "prova");
const due = new Date(start).toISOString();
const ended = new Set<string>();
for (let index = count; index < count + unpaidCount; index += 1) ended.add(toIun(index));
for (let from = 0; from < count + unpaidCount; from += 2000) {
  const length = Math.min(2000, count + unpaidCount - from);
  const iuns = Array.from({ length }, (_, at) => toIun(from + at));
  await register.write(
    iuns.flatMap((iun) => [
      { kind: "act" as const, key: iun, subject: iun, data: buildAct(iun) },
      {
        kind: "followed" as const,
        key: iun,
        subject: iun,
        dueAt: due,
        data: computeFollowed(answer(iun, false, ended.has(iun)), {
          recipients: 1,
          isChecked: false,
          patience: { now: start, termMs: null, silentMs: 60 * 86_400_000 },
        }),
      },
    ]),
  );
}
await register.write([{ kind: "takenOver", key: "ledger", data: { notifications: 0 } }]);

const limiter = createLimiter(clock);
let calls = 0;
let peak = 0;
async function run(by: "polling" | "stream", refresh: () => Promise<number>): Promise<void> {
  const before = { calls, rows: countVersions(), at: performance.now(), clock: now };
  const usual = { by, openWait: dayMs, streamWait: 7 * dayMs, endedWait: 30 * dayMs };
  const unpaid = { unpaidWait: dayMs, unpaidFor: 70 * dayMs };
  const ctx = {
    config: { ...usual, ...unpaid, endedFor: 365 * dayMs, atMost: 1_000_000, all: false },
    services: {
      register,
      verdicts: { refresh },
      ente: { send: { baseUrl: "https://api.notifichedigitali.it" } },
      desk: {
        findQuietly: async (iun: string) => {
          await limiter.take("quiet", { perSecond, burst: perSecond / 10 });
          calls += 1;
          if (calls % 1000 === 0) peak = Math.max(peak, process.memoryUsage().rss);
          const isEnded = ended.has(iun);
          return answer(iun, !isEnded && calls % newsEvery === 0, isEnded);
        },
      },
    },
    clock,
    signal: new AbortController().signal,
    tell: async () => {},
    announceMore: () => {},
  } as unknown as SourceContext<unknown, unknown>;
  let items = 0;
  peak = process.memoryUsage().rss;
  for await (const _ of loadNotified.source?.(ctx) ?? []) items += 1;
  const hours = ((now - before.clock) / 3_600_000).toFixed(1);
  const made = calls - before.calls;
  console.log(
    `${by}: ${made} calls in ${hours} h of the limiter's time (${perSecond}/s), ${items} items with news, ${countVersions() - before.rows} new rows in the register, ${((performance.now() - before.at) / 1000).toFixed(1)} s of work, ${Math.round(peak / 1e6)} MB at most`,
  );
}

function countVersions(): number {
  const db = new Database(file, { readonly: true });
  const row = db.query<{ n: number }, []>("SELECT count(*) AS n FROM record_versions").get();
  db.close();
  return row?.n ?? 0;
}

console.log(
  `${count} open notifications and ${unpaidCount} that ended unpaid in the register, ${Math.round(statSync(file).size / 1e6)} MB; bound: ${count + unpaidCount} calls at ${perSecond}/s are ${((count + unpaidCount) / perSecond / 3600).toFixed(1)} h`,
);
await run("polling", async () => 0);
// Those with news have been looked at since; the next day begins, and the stream tells of a twentieth.
const rest: string[] = [];
for (let index = 0; index < count; index += newsEvery) rest.push(toIun(index));
now = start + dayMs;
const later = new Date(now + 7 * dayMs).toISOString();
const dueBy = new Date(now).toISOString();
let asleep: EntryDraft<"followed">[] = [];
for await (const { key, subject, data } of register.listDue("followed", dueBy)) {
  asleep.push({ kind: "followed", key, subject, dueAt: later, data });
  if (asleep.length < 2000) continue;
  await register.write(asleep);
  asleep = [];
}
await register.write(asleep);
await run("stream", async () => {
  for (let from = 0; from < rest.length; from += 50)
    await noticeNews(register, rest.slice(from, from + 50), new Date(now).toISOString());
  return 0;
});
await journal.close();
rmSync(folder, { recursive: true });
