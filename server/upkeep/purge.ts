/** Deletes what names people once nobody needs it: verbali that are over, their files, and the small change of long ago; a certificate says what went. */
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import { type Clock, findRomeMidnight, toInstant, toRomeDay } from "../../engine/host/clock.ts";
import { allowMissing } from "../../engine/host/errors.ts";
import type { Journal } from "../../engine/journal/journal.ts";
import type { Mask } from "../../engine/journal/retention.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import { lookupKind } from "../../integrations/lookups/cache.ts";
import { createRegister } from "../../integrations/register/register.ts";
import type { Register } from "../../integrations/register/port.ts";
import { type RetentionSettings, usualRetention } from "../../integrations/retention.ts";
import { listHidden, maskData, maskSentence } from "../web/gate/masking.ts";
import { type Purged, writeCertificate } from "./certificate.ts";
import { deleteOldFiles } from "./old-files.ts";
import { findCut, findKeepReason, isWaiting, type KeepReason } from "./purge-judge.ts";

export interface PurgeParts {
  readonly journal: Journal;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly dataFolder: string;
}

export interface PurgeOptions {
  /** Only what was over before this day of Rome; never sooner than the ente's terms allow. */
  readonly before: string;
  readonly isDryRun: boolean;
}

/** The kinds of record that hold what the verbale says of people; facts told, terms, costs and verdicts stay as they are. */
const personalKinds = [
  "act",
  "scheda",
  "residence",
  "arrival",
  "standing",
  "followed",
  "evidence",
  "preservation",
  "receipts",
];

const mask: Mask = {
  maskData,
  maskNote: (note, data) => maskSentence(note, listHidden(data)),
};

/** One ente. Repeating it, also after a death half way, takes up what is left. Throws RunBlocked where the disk refuses. */
export async function purgeEnte(
  parts: PurgeParts,
  settings: EnteSettings,
  { before, isDryRun }: PurgeOptions,
): Promise<Purged> {
  const { journal, clock, dataFolder } = parts;
  const { codice } = settings.ente;
  const policy: RetentionSettings = settings.retention ?? usualRetention;
  const today = toRomeDay(clock.now());
  const cuts = {
    notified: findCut(before, today, policy.notified),
    unsent: findCut(before, today, policy.unsent),
    files: findCut(before, today, policy.files),
    detail: findCut(before, today, policy.detail),
  };
  const kept: Partial<Record<KeepReason, number>> = {};
  const gone: string[] = [];
  const rows = { items: 0, effects: 0, records: 0 };
  const counts = { notified: 0, unsent: 0 };
  const found = listOver(parts, settings, {
    today,
    cuts,
    tellKept: (reason) => (kept[reason] = (kept[reason] ?? 0) + 1),
  });
  for await (const { kind, keys } of found) {
    counts[kind] += 1;
    gone.push(...keys.slice(0, 1));
    if (isDryRun) continue;
    const how = { kinds: personalKinds, mask, day: today };
    const redacted = await journal.redact(codice, keys, how);
    for (const name of ["items", "effects", "records"] as const) rows[name] += redacted[name];
  }
  if (!isDryRun) rows.records += await forgetAnswers(journal, codice, clock);
  const blobs = isDryRun ? nothing : await deleteBlobs(parts, codice, cuts.unsent);
  const files = await deleteOldFiles(dataFolder, codice, {
    before: findRomeMidnight(cuts.files),
    isDryRun,
  });
  const detail = isDryRun
    ? { runs: 0, attempts: 0, dues: 0 }
    : await journal.dropDetail(codice, toMidnight(cuts.detail));
  const purged = {
    ente: codice,
    cuts,
    ...counts,
    rows,
    kept,
    ...blobs,
    files,
    detail,
    numbersSha256: createHash("sha256").update(gone.toSorted().join("\n")).digest("hex"),
  };
  const isNothing =
    gone.length + blobs.documents.length + files + detail.runs + detail.attempts + detail.dues ===
    0;
  const certificate =
    isDryRun || isNothing ? null : await writeCertificate(dataFolder, purged, { policy, clock });
  return { ...purged, certificate };
}

/** What registers answered and no longer holds, whoever it was about: how many. */
async function forgetAnswers(journal: Journal, ente: string, clock: Clock): Promise<number> {
  const dueBy = toInstant(clock.now());
  const forget: Mask = { maskData: () => ({}), maskNote: () => "" };
  let count = 0;
  for (;;) {
    const old = await journal.listRecords(ente, lookupKind, { dueBy, limit: 200 });
    if (old.length === 0) return count;
    const keys = old.map(({ key }) => key);
    const how = { kinds: [lookupKind], mask: forget, day: toRomeDay(clock.now()) };
    count += (await journal.redact(ente, keys, how)).records;
  }
}

const nothing = { documents: [] as readonly string[], documentBytes: 0 };

function toMidnight(day: string): string {
  return toInstant(findRomeMidnight(day));
}

interface Over {
  readonly kind: "notified" | "unsent";
  /** The number first, then the IUNs of its notifications. */
  readonly keys: readonly string[];
}

interface Looking {
  readonly today: string;
  readonly cuts: Purged["cuts"];
  tellKept(reason: KeepReason): void;
}

async function* listOver(
  { journal }: PurgeParts,
  settings: EnteSettings,
  { today, cuts, tellKept }: Looking,
): AsyncGenerator<Over> {
  const { codice } = settings.ente;
  const register = createRegister(journal, codice);
  const isPreserved = settings.conservazione?.active === true;
  const looked = new Set<string>();
  for await (const { data } of register.listAll("act")) {
    const { numero } = data;
    if (isMasked(data) || looked.has(numero)) continue;
    looked.add(numero);
    const iuns = (await register.listBySubject("act", numero)).map(({ key }) => key);
    const keys = [numero, ...iuns];
    const judged = { today, before: cuts.notified, isPreserved };
    const reason = await judgeNotifications(register, iuns, judged);
    const isOpen = reason === null && (await journal.listOpenKeys(codice, keys)).size > 0;
    if (reason !== null || isOpen) tellKept(reason ?? "in-a-run");
    else yield { kind: "notified", keys };
  }
  let after = "";
  for (;;) {
    const keys = await journal.listUnsent(codice, toMidnight(cuts.unsent), after, 200);
    const last = keys.at(-1);
    if (last === undefined) return;
    const acts = await register.readMany("act", keys);
    const standings = await register.readMany("standing", keys);
    for (const key of keys) {
      const standing = standings.get(key);
      if (standing !== undefined && isWaiting(standing.data, cuts.unsent)) {
        tellKept("in-the-register");
        continue;
      }
      // What was notified is told by its act: here it is a copy that a run of seguito had.
      const isNotified = acts.has(key) || (await register.listBySubject("act", key)).length > 0;
      if (!isNotified) yield { kind: "unsent", keys: [key] };
    }
    after = last;
  }
}

/** Of all the notifications of a verbale the one that keeps it. */
async function judgeNotifications(
  register: Register,
  iuns: readonly string[],
  options: Parameters<typeof findKeepReason>[1],
): Promise<KeepReason | null> {
  for (const iun of iuns) {
    const read = async <K extends "verdict" | "followed" | "terms" | "receipts" | "preservation">(
      kind: K,
    ) => (await register.read(kind, iun))?.data ?? null;
    const facts = {
      verdict: await read("verdict"),
      followed: await read("followed"),
      terms: await read("terms"),
      receipts: await read("receipts"),
      preservation: await read("preservation"),
    };
    const reason = findKeepReason(facts, options);
    if (reason !== null) return reason;
  }
  return null;
}

function isMasked(data: object): boolean {
  return "purgedOn" in data;
}

/** The documents that nothing but masked rows name, and those of runs of which all is masked: their rows after them. */
async function deleteBlobs(
  { journal, artifacts }: PurgeParts,
  ente: string,
  before: string,
): Promise<Pick<Purged, "documents" | "documentBytes">> {
  const runs = await journal.listRunFiles(ente, toMidnight(before));
  const { masked, needed } = await journal.sortBlobs(new Set(runs.map(({ seq }) => seq)));
  const gone = await artifacts.erase(masked, needed);
  for (const { run } of runs) await journal.dropRunFiles(run);
  return {
    documents: gone.map(({ sha256 }) => sha256).toSorted(),
    documentBytes: gone.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** The index of the search is made anew without them. */
export async function forgetSearchIndex(path: string): Promise<void> {
  for (const ending of ["", "-wal", "-shm"]) await allowMissing(rm(`${path}${ending}`));
}
