/** The morning's digest of those who want one: what yesterday came to, and what waits today. */
import { addDays, findRomeMidnight, toInstant, toRomeDay } from "../../engine/host/clock.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import { findNextDue } from "../../engine/schedule/due-times.ts";
import type { AlertLine, MessageDraft } from "../../integrations/alerts/outbox.ts";
import { formatDay } from "../words/format.ts";
import { buildHistoryUrl, buildTodayUrl } from "../web/urls.ts";
import type { Alert } from "./causes.ts";
import { type Recipients, wholeInstallation } from "./recipients.ts";

/** A digest that could not be made in time is still worth reading for so long. */
const lateMs = 6 * 3_600_000;

interface DigestSources {
  readonly journal: JournalReader;
  readonly recipients: Recipients;
  /** All enti, the sorted codici. */
  readonly enti: readonly string[];
  /** What is the matter now. */
  readonly alerts: readonly Alert[];
  readonly now: number;
}

/** The digests whose hour has come today; each is queued once a day, whoever asks again. */
export async function planDigests(sources: DigestSources): Promise<readonly MessageDraft[]> {
  const { recipients, enti, now } = sources;
  const today = toRomeDay(now);
  const drafts: MessageDraft[] = [];
  for (const [scope, { digest }] of recipients) {
    if (digest === undefined || !isDue(digest.at, now)) continue;
    const seen = scope === wholeInstallation ? enti : [scope];
    const lines = await Promise.all(seen.map((ente) => buildLine(sources, ente)));
    const told = lines.filter((line) => line !== null);
    const quiet = {
      ente: null,
      what: "Ieri nessun flusso, oggi nulla che aspetti.",
      notDone: null,
      path: "/",
    };
    for (const to of new Set(digest.to))
      drafts.push({
        channel: "mail",
        to,
        kind: "digest",
        cause: scope,
        period: today,
        lines: told.length === 0 ? [quiet] : told,
      });
  }
  return drafts;
}

function isDue(at: string, now: number): boolean {
  const [hour = "7", minute = "30"] = at.split(":");
  const midnight = findRomeMidnight(toRomeDay(now));
  const due = findNextDue(`${Number(minute)} ${Number(hour)} * * *`, "Europe/Rome", midnight - 1);
  return due !== null && due <= now && now - due < lateMs;
}

/** `null`: nothing to say of it. */
async function buildLine(
  { journal, alerts, now }: DigestSources,
  ente: string,
): Promise<AlertLine | null> {
  const today = toRomeDay(now);
  const yesterday = addDays(today, -1);
  const [from, to] = [findRomeMidnight(yesterday), findRomeMidnight(today)].map(toInstant);
  const runs = (await journal.listRuns({ ente, since: from ?? "", limit: 200 })).filter(
    ({ createdAt }) => createdAt < (to ?? ""),
  );
  const own = alerts.filter((alert) => alert.ente === ente);
  if (runs.length === 0 && own.length === 0) return null;
  let sent = 0;
  let rejected = 0;
  for (const run of runs) {
    sent += run.sealed;
    rejected += run.counts.rejected;
  }
  const past =
    runs.length === 0
      ? `Il ${formatDay(yesterday)} nessun flusso.`
      : `Il ${formatDay(yesterday)}: ${countOf(runs.length, "flusso", "flussi")}, ${countOf(sent, "verbale inviato", "verbali inviati")}, ${countOf(rejected, "scartato", "scartati")}.`;
  const waits = own.map(({ what }) => what);
  return {
    ente,
    what: [
      past,
      ...waits.slice(0, 5),
      ...(waits.length > 5 ? [`E altri ${waits.length - 5}.`] : []),
    ].join(" "),
    notDone: null,
    path: own.length > 0 ? buildTodayUrl(ente) : buildHistoryUrl({ ente }),
  };
}

function countOf(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
