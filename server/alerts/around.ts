/** What is the matter around the runs: the disk, what ends, terms of law, and what SEND says of itself. */
import { statfs } from "node:fs/promises";
import { X509Certificate } from "node:crypto";
import { type Clock, toEpochMs, toInstant, toRomeDay } from "../../engine/host/clock.ts";
import { RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Records } from "../../engine/journal/records.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import type { Services } from "../../integrations/services.ts";
import { scarceBytes } from "../ente/doctor-local.ts";
import { toFields, toText } from "../history/fields.ts";
import { listNearTerms } from "../history/today/near-terms.ts";
import { formatBytes, formatDateTime } from "../words/format.ts";
import { type Alert, buildExpiryAlert, buildTermAlert } from "./causes.ts";
import { wholeInstallation } from "./recipients.ts";
import type { InstallationAlerts } from "./settings.ts";

export interface AroundSources {
  readonly journal: JournalReader & Records;
  readonly clock: Pick<Clock, "now">;
  readonly dataFolder: string;
  readonly enti: readonly EnteSettings[];
  readonly settings: InstallationAlerts;
  /** Keys of the API that still work, with the day of their end. */
  listKeys(): readonly { readonly name: string; readonly endsAt: string | null }[];
  /** Throws RunBlocked where its services may not be asked. */
  openServices(ente: EnteSettings): Pick<Services, "desk" | "signing">;
}

/** A disk that is nearly full, told once a day. */
export async function findDiskAlert({ dataFolder }: AroundSources): Promise<readonly Alert[]> {
  const { bavail, bsize } = await statfs(dataFolder);
  const free = bavail * bsize;
  if (free >= scarceBytes) return [];
  return [
    {
      kind: "disk",
      cause: "disk",
      ente: null,
      what: `Nella cartella dei dati restano ${formatBytes(free)} liberi.`,
      notDone: "Un flusso per cui non c'è posto non comincia.",
      path: "/",
    },
  ];
}

const daily = "alert-look";

/** What this process knows of a journal: the day of each ente's last look, and when SEND was asked last. */
interface KnownLooks {
  readonly days: Map<string, string>;
  readonly askedMs: Map<string, number>;
}

const looksOf = new WeakMap<object, KnownLooks>();

function readLooks(journal: object): KnownLooks {
  const known = looksOf.get(journal) ?? { days: new Map(), askedMs: new Map() };
  looksOf.set(journal, known);
  return known;
}

/** Whether the ente was looked at today; the journal is asked until it was. */
async function isLookedAt(
  { journal }: Pick<AroundSources, "journal">,
  codice: string,
  today: string,
): Promise<boolean> {
  const { days } = readLooks(journal);
  if (days.get(codice) === today) return true;
  const seen = (await journal.readRecords(codice, daily, ["day"])).get("day");
  if (seen?.data["day"] !== today) return false;
  days.set(codice, today);
  return true;
}

/** Terms, certificates and noted ends, of each ente once a day; so many enti at one look. */
export async function listDailyAlerts(
  sources: AroundSources,
  most = 20,
): Promise<readonly Alert[]> {
  const { journal, clock, enti } = sources;
  const today = toRomeDay(clock.now());
  const codici = enti.map(({ ente }) => ente.codice);
  const alerts: Alert[] = listInstallationEnds(sources);
  let looked = 0;
  for (const [index, codice] of codici.entries()) {
    const ente = enti[index];
    if (ente === undefined || looked >= most) break;
    if (await isLookedAt(sources, codice, today)) continue;
    looked += 1;
    alerts.push(...(await listEnds(sources, ente)));
    const runs = await journal.listRuns({
      ente: codice,
      since: toInstant(clock.now() - 100 * 86_400_000),
      limit: 400,
    });
    const term = buildTermAlert(
      codice,
      await listNearTerms(journal, { ente: codice, today, runs }),
    );
    if (term !== null) alerts.push(term);
  }
  return alerts;
}

/** After the messages are durable: these enti are not looked at again today. */
export async function markLooked(
  { journal, clock, enti }: AroundSources,
  most = 20,
): Promise<void> {
  const day = toRomeDay(clock.now());
  let marked = 0;
  for (const { ente } of enti) {
    if (marked >= most) return;
    if (await isLookedAt({ journal }, ente.codice, day)) continue;
    marked += 1;
    await journal.writeRecords(ente.codice, [{ kind: daily, key: "day", data: { day } }]);
    readLooks(journal).days.set(ente.codice, day);
  }
}

function listInstallationEnds({ settings, listKeys, clock }: AroundSources): Alert[] {
  const noted = (settings.expiries ?? []).map(({ what, on }) => ({ what, on, ente: null }));
  const keys = listKeys().flatMap(({ name, endsAt }) =>
    endsAt === null
      ? []
      : [
          {
            what: `La chiave «${name}» dell'API`,
            on: toRomeDay(toEpochMs(endsAt) - 1_000),
            ente: null,
          },
        ],
  );
  return [...noted, ...keys].flatMap((end) => buildExpiryAlert(end, clock.now()) ?? []);
}

async function listEnds(sources: AroundSources, settings: EnteSettings): Promise<Alert[]> {
  const { codice } = settings.ente;
  const ends = (settings.alerts?.expiries ?? []).map(({ what, on }) => ({
    what,
    on,
    ente: codice,
  }));
  for (const [name, signer] of Object.entries(settings.signing.signers)) {
    if (signer.pkcs12 === undefined) continue;
    const on = await readCertificateEnd(sources, settings, name);
    if (on !== null) ends.push({ what: `Il certificato di firma «${name}»`, on, ente: codice });
  }
  return ends.flatMap((end) => buildExpiryAlert(end, sources.clock.now()) ?? []);
}

/** `null`: it cannot be read now; a run or the doctor says why. */
async function readCertificateEnd(
  { openServices }: AroundSources,
  settings: EnteSettings,
  name: string,
): Promise<string | null> {
  try {
    const { chain } = await openServices(settings).signing.requireSigner(name).describe();
    const [own] = chain;
    return own === undefined ? null : toRomeDay(Date.parse(new X509Certificate(own).validTo));
  } catch (error) {
    if (error instanceof RunBlocked || error instanceof RetryLater) return null;
    throw error;
  }
}

const sendState = "send-state";
/** SEND is asked so often whether it works. */
const askEveryMs = 5 * 60_000;
const patienceMs = 15_000;

/** A malfunction that SEND declares, and its end, told for a day. */
export async function listMalfunctions(sources: AroundSources): Promise<readonly Alert[]> {
  const { journal, clock, enti } = sources;
  const now = clock.now();
  const alerts: Alert[] = [];
  const byUrl = Map.groupBy(
    enti.filter(({ send }) => send.active),
    ({ send }) => send.baseUrl,
  );
  for (const [url, [ente]] of byUrl) {
    if (ente === undefined) continue;
    const key = URL.canParse(url) ? new URL(url).host : url;
    const known = (await journal.readRecords(wholeInstallation, sendState, [key])).get(key);
    const before = readState(known?.data);
    const { askedMs } = readLooks(journal);
    const askedAt = askedMs.get(key) ?? (before === null ? null : toEpochMs(before.askedAt));
    const isDue = askedAt === null || now - askedAt >= askEveryMs;
    const isWorking = isDue ? await askSend(sources, ente) : null;
    const state = moveState(before, isWorking, now);
    if (state === null) continue;
    if (isWorking !== null) askedMs.set(key, now);
    // Only what has changed is written: that it was asked is known without.
    if (isWorking !== null && isWorking !== before?.isWorking)
      await journal.writeRecords(wholeInstallation, [{ kind: sendState, key, data: { ...state } }]);
    alerts.push(...buildMalfunctionAlerts(key, state, now));
  }
  return alerts;
}

interface SendState {
  readonly isWorking: boolean;
  /** When the malfunction was first seen; `null`: none was. */
  readonly downSince: string | null;
  readonly upSince: string | null;
  readonly askedAt: string;
}

function readState(data: Readonly<Record<string, unknown>> | undefined): SendState | null {
  const { isWorking, downSince, upSince, askedAt } = toFields(data);
  const asked = toText(askedAt);
  if (asked === null) return null;
  return {
    isWorking: isWorking === true,
    downSince: toText(downSince),
    upSince: toText(upSince),
    askedAt: asked,
  };
}

function moveState(
  before: SendState | null,
  isWorking: boolean | null,
  now: number,
): SendState | null {
  if (isWorking === null) return before;
  const at = toInstant(now);
  const wasWorking = before?.isWorking ?? true;
  return {
    isWorking,
    downSince: wasWorking && !isWorking ? at : (before?.downSince ?? null),
    upSince: !wasWorking && isWorking ? at : (before?.upSince ?? null),
    askedAt: at,
  };
}

/** `null`: it cannot be asked now. */
async function askSend(
  { openServices }: AroundSources,
  ente: EnteSettings,
): Promise<boolean | null> {
  try {
    return await openServices(ente).desk.isWorking(AbortSignal.timeout(patienceMs));
  } catch (error) {
    const isForeseen = error instanceof RunBlocked || error instanceof RetryLater;
    if (isForeseen || (error instanceof Error && error.name === "TimeoutError")) return null;
    throw error;
  }
}

const toldForMs = 86_400_000;

function buildMalfunctionAlerts(host: string, state: SendState, now: number): readonly Alert[] {
  const { isWorking, downSince, upSince } = state;
  if (downSince === null) return [];
  const cause = `${host} ${downSince}`;
  const shared = { cause, ente: null, path: "/" };
  if (!isWorking)
    return [
      {
        ...shared,
        kind: "malfunction",
        what: `SEND dichiara un disservizio, visto dal ${formatDateTime(downSince)}.`,
        notDone: "Finché dura, i verbali pronti aspettano: nessuno va perso o parte due volte.",
      },
    ];
  if (upSince === null || now - toEpochMs(upSince) > toldForMs) return [];
  return [
    {
      ...shared,
      kind: "restored",
      period: toRomeDay(toEpochMs(upSince)),
      what: `SEND è tornato a funzionare, visto dal ${formatDateTime(upSince)}; il disservizio era stato visto dal ${formatDateTime(downSince)}.`,
      notDone: null,
    },
  ];
}
