/** SEND's event streams over HTTP, and the one right order of consuming them: store first, then acknowledge. */
import type { Clock } from "../../engine/host/clock.ts";
import { RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import { NoAnswer, type HttpAnswer } from "../../engine/host/http.ts";
import { noAnswerError } from "../service-faults.ts";
import { createSendCall, type SendAccess, type SendCallRequest } from "./client/call.ts";
import {
  toSendErrors,
  readSendErrors,
  questionError,
  sendCallError,
  unreadableSendError,
  denyEffect,
} from "./client/faults.ts";
import type {
  SendStreams,
  StreamBatch,
  StreamEvent,
  StreamInfo,
  StreamStore,
} from "./desk-port.ts";
import { explainRefusalCode } from "./notes/notes.ts";
import { toRecord, toRecords, toWaitMs, toWord } from "../reading.ts";
import { paths } from "./wire.ts";

/** Versions of SEND's streams, the newest first. Only the first may be missing. Source: SEND's bundles of 2026. */
const knownVersions = ["2.9", "2.8"] as const;

/** The streams of one ente, in the version of its settings; without one, the newest that SEND offers. */
export function createSendStreams(access: SendAccess): SendStreams {
  const { settings } = access;
  const { streamVersion } = settings;
  const call = createSendCall(access);
  let offered: readonly string[] | null = streamVersion === undefined ? null : [streamVersion];
  const listVersions = async (signal?: AbortSignal): Promise<readonly string[]> => {
    offered ??= await askVersions(access, signal);
    return offered;
  };
  return buildStreams(access, {
    call,
    listVersions,
    findVersion: async (signal) => (await listVersions(signal))[0] ?? knownVersions[1],
  });
}

/** A path that the gateway does not know is a version that SEND does not offer; whatever else goes wrong says nothing of it. */
async function askVersions(access: SendAccess, signal?: AbortSignal): Promise<readonly string[]> {
  const [newest, older] = knownVersions;
  const request = { method: "GET", path: paths.streams(newest), signal } as const;
  const answer = await createSendCall(access)(request).catch(throwAsked);
  if (answer.status === 200) return knownVersions;
  if (isUnknownPath(answer)) return [older];
  throw streamError(request, answer, access.clock);
}

/** Source: API Gateway: an unknown path is 403 «Missing Authentication Token»; what stands before it may say 404. */
function isUnknownPath(answer: HttpAnswer): boolean {
  if (answer.status === 404) return readSendErrors(answer).length === 0;
  const message = toWord(toRecord(answer.body)["message"]) ?? "";
  return answer.status === 403 && message.startsWith("Missing Authentication Token");
}

function throwAsked(error: unknown): never {
  throw error instanceof NoAnswer ? denyEffect(noAnswerError(error, "SEND")) : error;
}

interface StreamParts {
  readonly call: ReturnType<typeof createSendCall>;
  readonly listVersions: SendStreams["listVersions"];
  readonly findVersion: (signal?: AbortSignal) => Promise<string>;
}

/** A call below the streams' path: `at` is `/{streamId}…`, or empty. */
interface StreamCall extends Omit<SendCallRequest, "path"> {
  readonly at: string;
}

function createStreamAsk({ clock }: SendAccess, { call, findVersion }: StreamParts) {
  return async function ask({ at, ...rest }: StreamCall, wanted: number): Promise<HttpAnswer> {
    const request = { ...rest, path: `${paths.streams(await findVersion(rest.signal))}${at}` };
    const answer = await call(request).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) throw error;
      const later = noAnswerError(error, "SEND");
      throw request.method === "GET" ? denyEffect(later) : later;
    });
    if (answer.status === wanted) return answer;
    throw streamError(request, answer, clock);
  };
}

function buildStreams(access: SendAccess, parts: StreamParts): SendStreams {
  const ask = createStreamAsk(access, parts);
  const streams: SendStreams = {
    listVersions: parts.listVersions,
    inVersion: (version) =>
      buildStreams(access, { ...parts, findVersion: () => Promise.resolve(version) }),
    async list(signal) {
      const answer = await ask({ method: "GET", at: "", signal }, 200);
      return requireList(answer).flatMap(readInfo);
    },
    async find(title, signal) {
      // The list does not tell which ones are disabled.
      for (const info of await streams.list(signal)) {
        const asked = { method: "GET", at: `/${info.streamId}`, signal } as const;
        if (info.title === title && (await isLive(() => ask(asked, 200)))) return info;
      }
      return null;
    },
    async create({ replaces, ...request }, signal) {
      const json = {
        ...request,
        waitForAccepted: false,
        ...(replaces === undefined ? {} : { replacedStreamId: replaces }),
      };
      const answer = await ask({ method: "POST", at: "", json, signal }, 200);
      const [made] = readInfo({ ...toRecord(answer.body), title: request.title });
      // It may have been made: the next try finds it by its title.
      if (made === undefined) throw unreadableSendError();
      return made;
    },
    async readFilter(streamId, signal) {
      const { body } = await ask({ method: "GET", at: `/${streamId}`, signal }, 200);
      const { filterValues, groups } = toRecord(body);
      return { filterValues: toWords(filterValues), groups: toWords(groups) };
    },
    async update(streamId, { title, eventType, filterValues, groups }, signal) {
      const json = { title, eventType, filterValues, groups };
      await ask({ method: "PUT", at: `/${streamId}`, json, signal }, 200);
    },
    async ensure(request, signal) {
      const known = await streams.find(request.title, signal);
      return known ?? (await streams.create(request, signal));
    },
    async read(streamId, lastEventId, signal) {
      const query = lastEventId === null ? {} : { lastEventId };
      const at = `/${streamId}/events`;
      return readBatch(await ask({ method: "GET", at, query, hasOwnWait: true, signal }, 200));
    },
    async disable(streamId, signal) {
      await ask({ method: "POST", at: `/${streamId}/action/disable`, signal }, 200);
    },
    async remove(streamId, signal) {
      await ask({ method: "DELETE", at: `/${streamId}`, signal }, 204);
    },
  };
  return streams;
}

function toWords(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.map(toWord).filter((word) => word !== undefined);
}

/** The objects of an answer that is a list; one of another form is of something between us and SEND. */
function requireList({ body }: HttpAnswer): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(body)) throw denyEffect(unreadableSendError());
  return toRecords(body);
}

function readInfo(stream: Readonly<Record<string, unknown>>): readonly StreamInfo[] {
  const streamId = toWord(stream["streamId"]);
  const title = toWord(stream["title"]);
  return streamId === undefined || title === undefined ? [] : [{ streamId, title }];
}

/** Whether a stream can be read: not disabled, of our version, and still there. */
async function isLive(metadata: () => Promise<HttpAnswer>): Promise<boolean> {
  try {
    const { streamId, disabledDate } = toRecord((await metadata()).body);
    if (toWord(streamId) === undefined) throw denyEffect(unreadableSendError());
    return toWord(disabledDate) === undefined;
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
  const batch = await streams.read(streamId, await store.readLastEventId(streamId), signal);
  if (batch.events.length > 0) await store.store(streamId, batch.events);
  return batch;
}

function streamError(request: SendCallRequest, answer: HttpAnswer, clock: Clock): Error {
  const codes: readonly string[] = readSendErrors(answer).map(({ code }) => code);
  if (codes.includes("PN_WEBHOOK_FORBIDDEN"))
    return new RunBlocked(
      "STREAM_VERSION",
      "Lo stream di SEND è di un'altra versione, è disattivato, o è di un gruppo che la chiave non ha.",
      {
        hint: {
          action: "prepare",
          setting: {
            ask: "controllare versione e gruppo dello stream nel file dell'ente, o di crearne uno nuovo",
            technical:
              "Controllare send.streamVersion e send.group nel file dell'ente, oppure creare un nuovo stream.",
          },
          after: "Poi riprendere il flusso.",
        },
      },
    );
  if (codes.includes("PN_WEBHOOK_MAXSTREAMSCOUNTREACHED"))
    return new RunBlocked("STREAM_COUNT", "L'ente ha già il numero massimo di stream su SEND.", {
      hint: "Eliminare gli stream che non servono più, poi ripetere.",
    });
  if (answer.status === 404 && codes.length > 0)
    return new RunBlocked("STREAM_MISSING", "Lo stream non c'è più su SEND.", {
      hint: { action: "prepare", first: "Crearne uno nuovo:", after: "Poi riprendere il flusso." },
    });
  if (answer.status === 429 && request.hasOwnWait === true && answer.headers.has("retry-after"))
    return new RetryLater("SEND chiede di attendere prima di leggere ancora lo stream.", {
      code: "STREAM_TOO_EARLY",
      effect: "none",
      afterMs: readWaitMs(answer),
    });
  return request.method === "GET"
    ? questionError(answer, clock.now())
    : sendCallError(answer, clock.now());
}

/** Source: pn-stream: `retry-after` of a stream is in milliseconds, unlike everywhere else. */
function readWaitMs(answer: HttpAnswer): number {
  return toWaitMs(answer.headers.get("retry-after"), 1) ?? 0;
}

function readBatch(answer: HttpAnswer): StreamBatch {
  return { events: requireList(answer).flatMap(readEvent), retryAfterMs: readWaitMs(answer) };
}

/**
 * One event; nothing of one without an id, which could be neither told from others nor acknowledged. What an event does not
 * say must not hold up the others: a verdict that is not understood is asked of SEND later.
 */
function readEvent(event: Readonly<Record<string, unknown>>): readonly StreamEvent[] {
  const eventId = toWord(event["eventId"]);
  if (eventId === undefined) return [];
  const element = toRecord(event["element"]);
  const reasons = toRecord(element["details"])["refusalReasons"];
  return [
    {
      eventId,
      notificationRequestId: toWord(event["notificationRequestId"]) ?? null,
      iun: toWord(event["iun"]) ?? null,
      newStatus: toWord(event["newStatus"]) ?? null,
      category: toWord(element["category"]) ?? "",
      elementId: toWord(element["elementId"]) ?? eventId,
      at: toWord(element["timestamp"]) ?? "",
      refusals: toSendErrors(reasons).map(({ code, detail }) => {
        const { note, hint, scope } = explainRefusalCode(code, detail);
        return { code, note, hint, ...(scope === "run" ? { isOfEnte: true } : {}) };
      }),
    },
  ];
}
