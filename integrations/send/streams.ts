/** SEND's event streams over HTTP, and the one right order of consuming them: store first, then acknowledge. */
import type { Clock } from "../../engine/clock.ts";
import { RetryLater, RunBlocked } from "../../engine/errors.ts";
import { laterOf, NoAnswer, type HttpAnswer } from "../../engine/http.ts";
import { createSendCall, type SendAccess, type SendCallRequest } from "./client-call.ts";
import { errorsOf, readAnswer, sendFault, unreadable, withoutEffect } from "./client-faults.ts";
import type {
  SendStreams,
  StreamBatch,
  StreamEvent,
  StreamInfo,
  StreamStore,
} from "./desk-port.ts";
import { refusalNote } from "./notes.ts";
import { paths } from "./wire.ts";

/** The streams of one ente, in the version of its settings (default 2.8). */
export function createSendStreams(access: SendAccess): SendStreams {
  const { settings, clock } = access;
  const call = createSendCall(access);
  const base = paths.streams(settings.streamVersion ?? "2.8");

  async function ask(request: SendCallRequest, wanted: number): Promise<HttpAnswer> {
    const answer = await call(request).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) throw error;
      const later = laterOf(error, "SEND");
      throw request.method === "GET" ? withoutEffect(later) : later;
    });
    if (answer.status === wanted) return answer;
    throw streamFault(request, answer, clock);
  }

  const streams: SendStreams = {
    async list(signal) {
      const answer = await ask({ method: "GET", path: base, signal }, 200);
      return readAnswer(answer, infosOf);
    },
    async find(title, signal) {
      // The list does not tell which ones are disabled.
      for (const info of await streams.list(signal)) {
        const asked = { method: "GET", path: `${base}/${info.streamId}`, signal } as const;
        if (info.title === title && (await isLive(() => ask(asked, 200)))) return info;
      }
      return null;
    },
    async create({ title, eventType, filterValues, groups, replaces }, signal) {
      const json = {
        title,
        eventType,
        filterValues,
        groups,
        waitForAccepted: false,
        ...(replaces === undefined ? {} : { replacedStreamId: replaces }),
      };
      const answer = await ask({ method: "POST", path: base, json, signal }, 200);
      const { streamId } = answer.body as Partial<StreamInfo>;
      if (streamId === undefined) throw unreadable();
      return { streamId, title };
    },
    async ensure(request, signal) {
      const known = await streams.find(request.title, signal);
      return known ?? (await streams.create(request, signal));
    },
    async read(streamId, lastEventId, signal) {
      const query = lastEventId === null ? {} : { lastEventId };
      const path = `${base}/${streamId}/events`;
      return batchOf(await ask({ method: "GET", path, query, hasOwnWait: true, signal }, 200));
    },
    async disable(streamId, signal) {
      await ask({ method: "POST", path: `${base}/${streamId}/action/disable`, signal }, 200);
    },
    async remove(streamId, signal) {
      await ask({ method: "DELETE", path: `${base}/${streamId}`, signal }, 204);
    },
  };
  return streams;
}

function infosOf(body: unknown): readonly StreamInfo[] {
  return (body as readonly StreamInfo[]).map(({ streamId, title }) => ({ streamId, title }));
}

/** Whether a stream can be read: not disabled, of our version, and still there. */
async function isLive(metadata: () => Promise<HttpAnswer>): Promise<boolean> {
  try {
    const answer = await metadata();
    const { streamId, disabledDate = null } = answer.body as Partial<StreamInfo> & {
      readonly disabledDate?: string | null;
    };
    if (streamId === undefined) throw withoutEffect(unreadable());
    return disabledDate === null;
  } catch (error) {
    // Of another version, or removed since it was listed.
    const isOther = error instanceof RunBlocked && /^STREAM_(VERSION|MISSING)$/.test(error.code);
    if (isOther) return false;
    throw error;
  }
}

/** One turn of consuming: reads after what is stored, stores it, says when to come back. The next turn acknowledges. */
export async function consumeStream(
  streams: SendStreams,
  streamId: string,
  store: StreamStore,
  signal?: AbortSignal,
): Promise<StreamBatch> {
  const batch = await streams.read(streamId, await store.lastEventId(streamId), signal);
  if (batch.events.length > 0) await store.store(streamId, batch.events);
  return batch;
}

function streamFault(request: SendCallRequest, answer: HttpAnswer, clock: Clock): Error {
  const codes = errorsOf(answer).map(({ code }) => code);
  if (codes.includes("PN_WEBHOOK_FORBIDDEN"))
    return new RunBlocked(
      "STREAM_VERSION",
      "Lo stream di SEND è di un'altra versione o è disattivato.",
      {
        hint: "Controllare send.streamVersion nel file dell'ente, oppure creare un nuovo stream con postino init.",
      },
    );
  if (codes.includes("PN_WEBHOOK_MAXSTREAMSCOUNTREACHED"))
    return new RunBlocked("STREAM_COUNT", "L'ente ha già il numero massimo di stream su SEND.", {
      hint: "Eliminare gli stream che non servono più, poi ripetere.",
    });
  if (answer.status === 404 && codes.length > 0)
    return new RunBlocked("STREAM_MISSING", "Lo stream non c'è più su SEND.", {
      hint: "Crearne uno nuovo con «postino init --ente …», poi riprendere il flusso.",
    });
  if (answer.status === 429 && request.hasOwnWait === true && answer.headers.has("retry-after"))
    return new RetryLater("SEND chiede di attendere prima di leggere ancora lo stream.", {
      code: "STREAM_TOO_EARLY",
      effect: "none",
      afterMs: waitOf(answer),
    });
  const fault = sendFault(answer, clock.now());
  return request.method === "GET" ? withoutEffect(fault) : fault;
}

/** Source: pn-stream: `retry-after` of a stream is in milliseconds, unlike everywhere else. */
function waitOf(answer: HttpAnswer): number {
  const value = Number(answer.headers.get("retry-after") ?? "0");
  return Number.isFinite(value) && value > 0 ? value : 0;
}

interface WireEvent {
  readonly eventId: string;
  readonly notificationRequestId?: string;
  readonly iun?: string;
  readonly newStatus?: string;
  readonly element: {
    readonly elementId?: string;
    readonly category?: string;
    readonly timestamp?: string;
    readonly details?: {
      readonly refusalReasons?: readonly {
        readonly errorCode?: string;
        readonly detail?: string;
      }[];
    };
  };
}

function batchOf(answer: HttpAnswer): StreamBatch {
  const events = readAnswer(answer, (body) => (body as readonly WireEvent[]).map(eventOf));
  return { events, retryAfterMs: waitOf(answer) };
}

function eventOf({
  eventId,
  notificationRequestId,
  iun,
  newStatus,
  element,
}: WireEvent): StreamEvent {
  return {
    eventId,
    notificationRequestId: notificationRequestId ?? null,
    iun: iun ?? null,
    newStatus: newStatus ?? null,
    category: element.category ?? "",
    elementId: element.elementId ?? eventId,
    at: element.timestamp ?? "",
    refusals: (element.details?.refusalReasons ?? []).map(({ errorCode = "", detail }) => {
      const { note, hint } = refusalNote(errorCode, detail);
      return { code: errorCode, note, hint };
    }),
  };
}
