/** The calls of a payment adapter: credentials, rate and the error class of what comes back. */
import { createHash } from "node:crypto";
import type { Clock } from "../../engine/host/clock.ts";
import { ItemRejected, RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import { NoAnswer } from "../../engine/host/http.ts";
import { nameCall } from "../call-names.ts";
import { httpStatusError, noAnswerError, parseRetryAfter } from "../service-faults.ts";
import type { Http, HttpAnswer, HttpRequest } from "../../engine/host/http.ts";
import type { Limiter, Rate, SlidingWindow } from "../../engine/host/limiter.ts";

export interface DoorOptions {
  /** As an operator knows it: `GPD`. */
  readonly service: string;
  readonly baseUrl: string;
  /** Credentials; asked for at each call, so that a changed secret is taken up. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly http: Http;
  readonly clock: Clock;
  readonly limiter: Limiter;
  /** Of all calls with the same credentials, whatever the creditor: that is what the other side counts. */
  readonly rate: Rate | SlidingWindow;
  /** How long a call waits out the other side's 429, all together, before it is given up for later; default two minutes. */
  readonly patienceMs?: number;
  /** A 5xx that is an answer for good and comes back to the caller; default none. */
  readonly isRefusal?: (answer: HttpAnswer) => boolean;
}

export interface DoorCall {
  readonly method: HttpRequest["method"];
  /** Below the base URL, its variable parts already escaped. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly json?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
  /** Turns that were waited for beforehand: the call uses one, and waits for its own when none is left. */
  readonly reservation?: Reservation;
}

/** Turns of one key that belong to whoever holds them. */
export interface Reservation {
  left: number;
  /** When they were let go, milliseconds since the epoch. */
  readonly takenAt: number;
}

export interface Door {
  /** Any answer but 401, 403, 408, 425, 429 and 5xx is the caller's to judge; those and silence are thrown. */
  (call: DoorCall): Promise<HttpAnswer>;
  /** Waits until so many calls may go out, so that they can follow each other at once. At most as many as the rate lets through in one go. */
  reserve(count: number, signal?: AbortSignal): Promise<Reservation>;
}

/** The same door, whose calls use these turns. */
export function holdTurns(door: Door, reservation: Reservation): Door {
  const call = async (one: DoorCall): Promise<HttpAnswer> => await door({ ...one, reservation });
  return Object.assign(call, { reserve: door.reserve });
}

/** Of a 429 that does not say how long. */
const usualPauseMs = 10_000;

/**
 * A door that throws RetryLater (silence, 408, 425, 5xx) and RunBlocked (401, 403). A 429 is waited out in place, since nothing
 * was done and the order may stand between an old code that is dead and a new one that cannot be paid yet; only a long one is thrown.
 */
export function createDoor(options: DoorOptions): Door {
  const { patienceMs = 120_000 } = options;
  const base = options.baseUrl.replace(/\/+$/, "");
  async function call(asked: DoorCall): Promise<HttpAnswer> {
    const { method, path, query, json, contentType, signal, reservation } = asked;
    const headers = await options.headers();
    const bucket = nameBucket(options.service, headers);
    const request: HttpRequest = {
      method,
      url: `${base}${path}`,
      call: nameCall(options.service, method, path),
      headers: contentType === undefined ? headers : { ...headers, "content-type": contentType },
      ...(query === undefined ? {} : { query }),
      ...(json === undefined ? {} : { json }),
      ...(signal === undefined ? {} : { signal }),
    };
    let answer: HttpAnswer;
    let waitedMs = 0;
    do {
      // After a 429 the turn is over: the next one is waited for like any other.
      const isHeld = waitedMs === 0 && reservation !== undefined && reservation.left > 0;
      if (isHeld) reservation.left -= 1;
      else await options.limiter.take(bucket, options.rate, 1, signal);
      const takenAt = isHeld ? reservation.takenAt : options.clock.now();
      try {
        answer = await send(options, request);
      } finally {
        options.limiter.settle(bucket, takenAt);
      }
      if (answer.status === 429) {
        const afterMs = parseRetryAfter(answer.headers, options.clock.now()) ?? usualPauseMs;
        options.limiter.pause(bucket, afterMs);
        waitedMs += afterMs;
      }
    } while (answer.status === 429 && waitedMs <= patienceMs);
    const { status } = answer;
    if (status === 401 || status === 403) throw deniedError(options.service, status);
    if (status >= 500 && options.isRefusal?.(answer) === true) return answer;
    if (status === 408 || status === 425 || status === 429 || status >= 500)
      throw httpStatusError(answer, { service: options.service, nowMs: options.clock.now() });
    return answer;
  }
  async function reserve(count: number, signal?: AbortSignal): Promise<Reservation> {
    const { rate } = options;
    const left = Math.min(count, "calls" in rate ? rate.calls : rate.burst);
    const bucket = nameBucket(options.service, await options.headers());
    if (left > 0) await options.limiter.take(bucket, rate, left, signal);
    return { left, takenAt: options.clock.now() };
  }
  return Object.assign(call, { reserve });
}

/** One bucket per service and credentials; the credentials themselves are nowhere to be read. */
function nameBucket(service: string, headers: Readonly<Record<string, string>>): string {
  const digest = createHash("sha256").update(JSON.stringify(headers)).digest("hex");
  return `payments/${service}/${digest.slice(0, 16)}`;
}

async function send(options: DoorOptions, request: HttpRequest): Promise<HttpAnswer> {
  try {
    return await options.http(request);
  } catch (error) {
    if (error instanceof NoAnswer) throw noAnswerError(error, options.service);
    throw error;
  }
}

/** The credentials are known, but not for what was asked: the creditor, or one position that another program made. */
const notAuthorised = "PAYMENTS_NOT_AUTHORISED";

function deniedError(service: string, status: number): RunBlocked {
  const why =
    status === 401
      ? "non riconosce le credenziali"
      : "non autorizza le credenziali per questo ente o per il suo codice di segregazione";
  const code = status === 401 ? "PAYMENTS_ACCESS_DENIED" : notAuthorised;
  return new RunBlocked(code, `${service} ${why} (HTTP ${status}).`, {
    hint: {
      action: "resume",
      first:
        "Controllare le credenziali dei pagamenti, il codice fiscale e il codice di segregazione nel file dell'ente.",
    },
  });
}

/**
 * The first look at an old position. A 403 there need not concern the others: when `probe` (a look at what is ours) is let
 * through and the position is still refused, it is somebody else's and only this verbale is rejected.
 */
export async function lookAsOwner<Result>(
  service: string,
  look: () => Promise<Result>,
  probe: () => Promise<unknown>,
): Promise<Result> {
  try {
    return await look();
  } catch (error) {
    if (!isNotAuthorised(error)) throw error;
  }
  await probe();
  try {
    return await look();
  } catch (error) {
    if (!isNotAuthorised(error)) throw error;
    throw new ItemRejected(
      "POSITION_NOT_OURS",
      `Una posizione da annullare è di un altro programma: ${service} non permette alle nostre credenziali di vederla (HTTP 403). In questo tentativo nessuna posizione è stata annullata o creata.`,
      {
        hint: "Farla annullare da chi l'ha emessa e toglierla dal flusso, poi ritentare il verbale.",
        cause: error,
      },
    );
  }
}

function isNotAuthorised(error: unknown): boolean {
  return error instanceof RunBlocked && error.code === notAuthorised;
}

/** Whether a status says something of the data that were sent; a 404 or 405 says something of the address. */
export function isDataRefusal(status: number): boolean {
  return [400, 409, 413, 422].includes(status);
}

/** An answer that the service itself does not give, as a proxy's page: nobody knows what it says, the next try asks again. */
export function unreadablePaymentsError(service: string, status: number): RetryLater {
  return new RetryLater(
    `${service} ha dato una risposta che non si può leggere (HTTP ${status}).`,
    {
      code: "UNREADABLE_ANSWER",
      hint: "Controllare l'indirizzo del sistema dei pagamenti nel file dell'ente.",
    },
  );
}
