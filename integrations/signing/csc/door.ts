/** Calls to a CSC server: access token, error answers in our classes. */
import { askTechnician } from "../../../engine/host/hint.ts";
import type { Static, TSchema } from "typebox";
import type { Clock } from "../../../engine/host/clock.ts";
import { RunBlocked } from "../../../engine/host/errors.ts";
import { NoAnswer } from "../../../engine/host/http.ts";
import { nameCall } from "../../call-names.ts";
import { httpStatusError, noAnswerError } from "../../service-faults.ts";
import type { Http, HttpAnswer, HttpRequest } from "../../../engine/host/http.ts";
import { ErrorAnswer, parseCscAnswer, TokenAnswer } from "./wire.ts";
import { WrongOtp } from "../port.ts";

export interface CscDoorOptions {
  /** Up to `/csc/v2` without a slash at its end. */
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: () => Promise<string>;
  readonly http: Http;
  readonly clock: Clock;
}

export interface CscDoor {
  /** POSTs JSON with the access token; any status but 401 comes back as it is. */
  call(path: string, body: object, signal?: AbortSignal): Promise<HttpAnswer>;
}

const service = "Il servizio di firma remota";
const asWord = "firma remota";

/** Keeps the access token in memory and renews it before it ends or when the server refuses it. */
export function createCscDoor(options: CscDoorOptions): CscDoor {
  let token: { readonly value: string; readonly untilMs: number } | null = null;

  async function send(request: HttpRequest): Promise<HttpAnswer> {
    try {
      return await options.http(request);
    } catch (error) {
      if (error instanceof NoAnswer) throw noAnswerError(error, service);
      throw error;
    }
  }

  async function ensureAccessToken(signal: AbortSignal | undefined): Promise<string> {
    const now = options.clock.now();
    if (token !== null && now < token.untilMs) return token.value;
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: options.clientId,
      client_secret: await options.clientSecret(),
    });
    const answer = await send({
      method: "POST",
      url: options.tokenUrl,
      call: { service: asWord, operation: "accesso dell'applicazione" },
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: form.toString(),
      ...(signal === undefined ? {} : { signal }),
    });
    const got = answer.status === 200 ? parseCscAnswer(TokenAnswer, answer.body) : null;
    if (got === null) {
      if (answer.status >= 500 || answer.status === 429)
        throw httpStatusError(answer, { service, nowMs: now });
      throw unknownApplicationError(answer.status);
    }
    // A minute less than promised: a call that starts now must still find it valid.
    token = { value: got.access_token, untilMs: now + ((got.expires_in ?? 3600) - 60) * 1000 };
    return token.value;
  }

  return {
    async call(path, body, signal) {
      for (let attempt = 1; ; attempt += 1) {
        const bearer = await ensureAccessToken(signal);
        const answer = await send({
          method: "POST",
          url: `${options.baseUrl}/${path}`,
          call: nameCall(asWord, "POST", path),
          headers: { authorization: `Bearer ${bearer}` },
          json: body,
          timeoutMs: 120_000,
          // Source: CSC API, signHash: 5,000 signatures of RSA-4096 are 3.4 MB; chains are small.
          limits: { maxBytes: 16 * 1024 * 1024 },
          ...(signal === undefined ? {} : { signal }),
        });
        // An OTP that was refused is not to be sent twice.
        if (answer.status !== 401 || attempt > 1 || isAuthenticationFault(answer)) return answer;
        token = null;
      }
    },
  };
}

/** The class of an error answer: WrongOtp when the person may try again, RunBlocked or RetryLater otherwise. */
export function cscError(answer: HttpAnswer, nowMs: number): Error {
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408)
    return httpStatusError(answer, { service, nowMs });
  const told = parseCscAnswer(ErrorAnswer, answer.body);
  const error = told?.error ?? `HTTP ${answer.status}`;
  const detail = told?.error_description ?? "";
  const otp = otpError(error, detail);
  if (otp !== null) return otp;
  if (/locked/i.test(detail))
    return new RunBlocked("SIGNER_LOCKED", `${service} dice che la credenziale è bloccata.`, {
      hint: { action: "resume", first: "Farla sbloccare dal fornitore della firma." },
    });
  if (error === "invalid_pin" || /\bpin\b/i.test(detail)) return wrongPinError();
  if (answer.status === 401 || answer.status === 403)
    return new RunBlocked("SIGNER_ACCESS_DENIED", `${service} nega l'accesso (${error}).`, {
      hint: askTechnician(
        "controllare le credenziali della firma remota e quale credenziale di firma si usa",
        "Controllare clientId, clientSecret e credentialId del firmatario nel file dell'ente.",
      ),
    });
  return new RunBlocked("SIGNER_REFUSED", `${service} ha rifiutato la richiesta (${error}).`, {
    hint: askTechnician(
      "controllare le impostazioni del firmatario e, se è tutto giusto, di chiedere al fornitore della firma",
      "Controllare credentialId e le impostazioni del firmatario; se è tutto giusto, chiedere al fornitore della firma.",
    ),
    cause: new Error(`csc server: ${error}: ${detail.slice(0, 200)}`),
  });
}

function unknownApplicationError(status: number): RunBlocked {
  return new RunBlocked(
    "SIGNER_ACCESS_DENIED",
    `${service} non riconosce l'applicazione (HTTP ${status}).`,
    {
      hint: askTechnician(
        "controllare le credenziali della firma remota",
        "Controllare clientId e clientSecret del firmatario nel file dell'ente.",
      ),
    },
  );
}

/** The ente's PIN is not the credential's. */
export function wrongPinError(): RunBlocked {
  return new RunBlocked("SIGNER_PIN", `${service} non accetta il PIN della credenziale.`, {
    hint: askTechnician(
      "controllare il PIN della credenziale: troppi tentativi la bloccano",
      "Controllare il segreto indicato in «csc: pin:». Troppi tentativi bloccano la credenziale.",
    ),
  });
}

const authenticationErrors = new Set(["invalid_otp", "invalid_pin", "invalid_authentication_data"]);

/** Whether the server refuses what a person or the ente gave as proof, not our access token. */
export function isAuthenticationFault(answer: HttpAnswer): boolean {
  return authenticationErrors.has(parseCscAnswer(ErrorAnswer, answer.body)?.error ?? "");
}

/** WrongOtp when the server does not take a SAD any more that it gave: spent by count, ended or forgotten. */
export function spentSadError(answer: HttpAnswer): WrongOtp | null {
  const told = answer.status === 400 ? parseCscAnswer(ErrorAnswer, answer.body) : null;
  const detail = told?.error_description ?? "";
  return /signatures? is too high|(invalid|missing|unknown|used).*\bSAD\b/i.test(detail)
    ? new WrongOtp("Il permesso di firma è finito prima dei documenti: serve un nuovo codice.")
    : null;
}

function otpError(error: string, detail: string): WrongOtp | null {
  if (/sad.*expired|expired.*sad/i.test(detail))
    return new WrongOtp("Il permesso di firma è scaduto prima della fine: serve un nuovo codice.");
  if (/(otp|code).*expired|expired.*(otp|code)/i.test(detail) || error === "expired_otp")
    return new WrongOtp("Il codice OTP è scaduto.");
  if (error === "invalid_otp" || error === "invalid_authentication_data" || /\botp\b/i.test(detail))
    return new WrongOtp("Il codice OTP non è giusto.");
  return null;
}

/** The answer of a call that went well (200, 202); throws what `cscError` makes of any other. */
export function expectAnswer<T extends TSchema>(
  schema: T,
  answer: HttpAnswer,
  nowMs: number,
): Static<T> {
  if (answer.status !== 200 && answer.status !== 202) throw cscError(answer, nowMs);
  const told = parseCscAnswer(schema, answer.body);
  if (told === null) throw unreadableCscError(answer);
  return told;
}

/** The answer does not follow the standard. */
export function unreadableCscError(answer: HttpAnswer): RunBlocked {
  return new RunBlocked(
    "SIGNER_ANSWER_UNREADABLE",
    `Il servizio di firma remota ha dato una risposta che non segue lo standard CSC (HTTP ${answer.status}).`,
    {
      hint: askTechnician(
        "controllare l'indirizzo della firma remota",
        "Controllare baseUrl e version del firmatario nel file dell'ente.",
      ),
    },
  );
}
