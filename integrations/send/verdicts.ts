/** SEND's verdicts out of its event stream. */
import type { Clock } from "../../engine/host/clock.ts";
import { RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import type { SendStreams, StreamEvent, StreamInfo, StreamStore } from "./desk-port.ts";
import type { AcceptedRequest, SendRefusal, SendStatus, SendVerdicts } from "./port.ts";
import { createSharedRequest, type SharedRequest } from "./shared-request.ts";
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
  /** Version of the streams; default 2.8. */
  readonly streamVersion: string | undefined;
  readonly streams: SendStreams;
  readonly events: EventMemory;
  readonly clock: Clock;
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
      const title = buildStreamTitle(ente, options.streamVersion);
      if ((await options.streams.find(title, signal)) === null) throw missingStreamError(ente);
    },
    async takeAccepted(signal) {
      const title = buildStreamTitle(ente, options.streamVersion);
      if ((await options.streams.find(title, signal)) === null) return [];
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

/**
 * The stream of the ente's verdicts on SEND, made when it is not there; `postino init` calls it. Safe to repeat.
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
  const title = buildStreamTitle(of.ente, of.streamVersion);
  const known = await streams.find(title, signal);
  if (known !== null) return known;
  const groups = of.group === undefined ? [] : [of.group];
  const request = { title, eventType: "TIMELINE", filterValues: categories, groups } as const;
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

function isOfOtherVersion({ title }: StreamInfo, ente: string): boolean {
  const begin = buildStreamTitle(ente, "");
  return title.startsWith(begin) && /^\d+\.\d+$/.test(title.slice(begin.length));
}

/** How the stream of an ente's verdicts is called on SEND. */
export function buildStreamTitle(ente: string, streamVersion = "2.8"): string {
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
async function readAll(
  { ente, streamVersion, streams, events, clock }: VerdictsOptions,
  turn: Turn,
  signal: AbortSignal,
): Promise<void> {
  const title = buildStreamTitle(ente, streamVersion);
  const stream = await streams.find(title, signal);
  if (stream === null) throw missingStreamError(ente);
  const store = createStore(events, ente);
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

function createStore(events: EventMemory, ente: string): StreamStore {
  return {
    readLastEventId: (stream) => events.readLastStreamEvent(ente, stream),
    store: (stream, batch) => events.addStreamEvents(ente, stream, batch.map(toStoredEvent)),
  };
}

/** Events without a request (of no use here) are kept too: the last of a batch is what is acknowledged. */
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
      after: "Oppure usare «by: polling» nel passo import-iun. Poi riprendere il flusso.",
    },
  });
}
