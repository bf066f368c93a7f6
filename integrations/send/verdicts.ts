/** SEND's verdicts out of its event stream. */
import type { Clock } from "../../engine/host/clock.ts";
import { RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import type {
  SendStreams,
  StreamEvent,
  StreamInfo,
  StreamRequest,
  StreamStore,
} from "./desk-port.ts";
import type { AcceptedRequest, SendRefusal, SendStatus, SendVerdicts } from "./port.ts";
import { createSharedRequest, type SharedRequest } from "../shared-request.ts";
import { consumeStream } from "./streams.ts";

/** What the journal keeps of outside streams; every promise resolves when what it wrote is durable. */
export interface EventMemory {
  readLastStreamEvent(ente: string, stream: string): Promise<string | null>;
  addStreamEvents(ente: string, stream: string, events: readonly StoredEvent[]): Promise<void>;
  readStreamEvents(ente: string, subject: string): Promise<readonly StoredEvent[]>;
}

interface StoredEvent {
  readonly event: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface VerdictsOptions {
  /** Codice of the ente. */
  readonly ente: string;
  /** Version of the streams; default: the newest that SEND offers. */
  readonly streamVersion: string | undefined;
  readonly streams: SendStreams;
  readonly events: EventMemory;
  readonly clock: Clock;
  /** Told of the notifications of which a batch brings news, before the batch is acknowledged. */
  readonly noticeNews: (iuns: readonly string[]) => Promise<void>;
}

/** Who reads the streams of an ente in this process: one at a time, and not before SEND allows it. */
interface Turn {
  readonly reading: SharedRequest<void>;
  nextAt: number;
}

/** By journal and ente: the journal's lease keeps other processes away. */
const turns = new WeakMap<EventMemory, Map<string, Turn>>();

/** SEND's words for its two verdicts. */
const categories = ["REQUEST_ACCEPTED", "REQUEST_REFUSED"] as const;

/** What the stream is asked for. DEFAULT holds neither the day that is known in advance nor the corrections. Source: pn-stream. */
const filterValues = ["DEFAULT", "SCHEDULE_REFINEMENT", "NOTIFICATION_TIMELINE_REWORKED"] as const;

/** The verdicts of one ente, kept in the journal. */
export function createVerdicts(options: VerdictsOptions): SendVerdicts {
  const { ente, events, clock } = options;
  const turn = ensureTurn(events, ente);
  return {
    async refresh(signal) {
      if (turn.reading.isUnderWay() || clock.now() >= turn.nextAt)
        await turn.reading.join((shared) => readAll(options, turn, shared), signal);
      return Math.max(0, turn.nextAt - clock.now());
    },
    async requireStream(signal) {
      if ((await findEnteStream(options.streams, options, signal)) === null)
        throw missingStreamError(ente);
    },
    async takeAccepted(signal) {
      if ((await findEnteStream(options.streams, options, signal)) === null) return [];
      const taken: AcceptedRequest[] = [];
      const witnessed: EventMemory = {
        readLastStreamEvent: (of, stream) => events.readLastStreamEvent(of, stream),
        readStreamEvents: (of, subject) => events.readStreamEvents(of, subject),
        async addStreamEvents(of, stream, batch) {
          await events.addStreamEvents(of, stream, batch);
          taken.push(...batch.flatMap(toAccepted));
        },
      };
      await turn.reading.join(
        (shared) => readAll({ ...options, events: witnessed }, turn, shared),
        signal,
      );
      return taken;
    },
    async find(notificationRequestId) {
      const stored = await events.readStreamEvents(ente, notificationRequestId);
      const last = stored.findLast(({ data }) => isVerdict(data["category"]));
      return last === undefined ? null : toStatus(notificationRequestId, last);
    },
  };
}

/** The stream of an ente, and how it is spoken to. */
export interface EnteStream {
  readonly streams: SendStreams;
  readonly stream: StreamInfo;
}

/** The stream of the ente that is there, the newest version first; without a version in the settings an older one does as well. */
export async function findEnteStream(
  streams: SendStreams,
  { ente, streamVersion }: { readonly ente: string; readonly streamVersion: string | undefined },
  signal?: AbortSignal,
): Promise<EnteStream | null> {
  const versions =
    streamVersion === undefined ? await streams.listVersions(signal) : [streamVersion];
  for (const version of versions) {
    const within = streams.inVersion(version);
    const stream = await within.find(buildStreamTitle(ente, version), signal);
    if (stream !== null) return { streams: within, stream };
  }
  return null;
}

/**
 * The stream of the ente's verdicts and news on SEND, made when it is not there; `postino init` calls it. Safe to repeat.
 * A stream belongs to one version: another `streamVersion` gets a stream of its own, in the place of the one before.
 */
export async function ensureVerdictStream(
  streams: SendStreams,
  of: {
    readonly ente: string;
    readonly group: string | undefined;
    readonly streamVersion: string | undefined;
  },
  signal?: AbortSignal,
): Promise<StreamInfo> {
  const [newest] = await streams.listVersions(signal);
  const title = buildStreamTitle(of.ente, of.streamVersion ?? newest ?? "");
  const groups = of.group === undefined ? [] : [of.group];
  const request = { title, eventType: "TIMELINE", filterValues, groups } as const;
  const known = await streams.find(title, signal);
  if (known !== null) {
    await widen(streams, known, request, signal);
    return known;
  }
  const older = (await streams.list(signal)).findLast((info) => isOfOtherVersion(info, of.ente));
  if (older === undefined) return await streams.create(request, signal);
  try {
    return await streams.create({ ...request, replaces: older.streamId }, signal);
  } catch (error) {
    // Disabled already: SEND keeps it in the list for a while, and there is nothing to replace.
    const isGone = error instanceof RunBlocked && error.code === "STREAM_MISSING";
    if (!isGone) throw error;
    return await streams.create(request, signal);
  }
}

/** A stream that an earlier version made tells verdicts alone. */
async function widen(
  streams: SendStreams,
  { streamId }: StreamInfo,
  request: StreamRequest,
  signal?: AbortSignal,
): Promise<void> {
  const now = await streams.readFilter(streamId, signal);
  // An empty filter tells everything.
  const isWide =
    now.filterValues.length === 0 ||
    request.filterValues.every((value) => now.filterValues.includes(value));
  if (!isWide) await streams.update(streamId, { ...request, groups: now.groups }, signal);
}

function isOfOtherVersion({ title }: StreamInfo, ente: string): boolean {
  const begin = buildStreamTitle(ente, "");
  return title.startsWith(begin) && /^\d+\.\d+$/.test(title.slice(begin.length));
}

/** How the stream of an ente is called on SEND. */
function buildStreamTitle(ente: string, streamVersion: string): string {
  return `postino-${ente}-${streamVersion}`;
}

function ensureTurn(events: EventMemory, ente: string): Turn {
  const byEnte = turns.get(events) ?? new Map<string, Turn>();
  turns.set(events, byEnte);
  const turn = byEnte.get(ente) ?? { reading: createSharedRequest<void>(), nextAt: 0 };
  byEnte.set(ente, turn);
  return turn;
}

/** Turn after turn until SEND has no more; what came last is acknowledged when the stream is read again. */
async function readAll(options: VerdictsOptions, turn: Turn, signal: AbortSignal): Promise<void> {
  const { ente, clock } = options;
  const found = await findEnteStream(options.streams, options, signal);
  if (found === null) throw missingStreamError(ente);
  const { streams, stream } = found;
  const store = createStore(options);
  try {
    for (;;) {
      const before = await store.readLastEventId(stream.streamId);
      const batch = await consumeStream(streams, stream.streamId, store, signal);
      turn.nextAt = clock.now() + batch.retryAfterMs;
      // Nothing new: more of the same would come for ever.
      const isNew = (await store.readLastEventId(stream.streamId)) !== before;
      if (batch.retryAfterMs > 0 || !isNew) return;
    }
  } catch (error) {
    // Somebody read it a moment ago, perhaps this program before it was restarted.
    if (!(error instanceof RetryLater) || error.code !== "STREAM_TOO_EARLY") throw error;
    turn.nextAt = clock.now() + (error.afterMs ?? 0);
  }
}

/**
 * Of the news it is kept only of whom they are: SEND is asked what holds, so that what came twice or out of order does no harm.
 * The last event of a batch is kept whatever it is: by it the batch is acknowledged.
 */
function createStore({ events, ente, noticeNews }: VerdictsOptions): StreamStore {
  return {
    readLastEventId: (stream) => events.readLastStreamEvent(ente, stream),
    async store(stream, batch) {
      await noticeNews(listNews(batch));
      const kept = batch.filter(
        (event, index) => isVerdict(event.category) || index === batch.length - 1,
      );
      await events.addStreamEvents(ente, stream, kept.map(toStoredEvent));
    },
  };
}

/** Each once, by its elements and by its IUN. */
function listNews(batch: readonly StreamEvent[]): readonly string[] {
  const byElement = new Map(batch.map((event) => [event.elementId, event]));
  const iuns = [...byElement.values()].flatMap(({ iun, category }) =>
    iun === null || isVerdict(category) ? [] : [iun],
  );
  return [...new Set(iuns)];
}

function toStoredEvent({
  eventId,
  notificationRequestId,
  iun,
  category,
  at,
  refusals,
}: StreamEvent) {
  return {
    event: eventId,
    subject: notificationRequestId ?? "",
    data: { category, iun, at, refusals },
  };
}

function toAccepted({ subject, data }: StoredEvent): readonly AcceptedRequest[] {
  const { iun, category } = data;
  if (category !== "REQUEST_ACCEPTED" || typeof iun !== "string") return [];
  return [{ notificationRequestId: subject, iun }];
}

function isVerdict(category: unknown): boolean {
  return categories.some((known) => known === category);
}

function toStatus(notificationRequestId: string, { data }: StoredEvent): SendStatus | null {
  // Written by storedOf, in this form.
  const { iun, category, refusals } = data as {
    readonly iun: string | null;
    readonly category: string;
    readonly refusals: readonly SendRefusal[];
  };
  // A stream tells neither notice codes nor files.
  const base = { notificationRequestId, noticeCodes: [] };
  if (category === "REQUEST_REFUSED") return { ...base, status: "refused", refusals };
  return iun === null ? null : { ...base, status: "accepted", iun };
}

function missingStreamError(ente: string): RunBlocked {
  return new RunBlocked("STREAM_MISSING", "Su SEND non c'è lo stream degli esiti di questo ente.", {
    hint: {
      action: "prepare",
      ente,
      setting: {
        ask: "creare lo stream degli esiti, o di far chiedere gli esiti uno per uno",
        technical: "Creare lo stream, oppure usare «by: polling» nel passo import-iun.",
      },
      after: "Poi riprendere il flusso.",
    },
  });
}
