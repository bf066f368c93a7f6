/** A protocol program that speaks DOCAREA: login, the document, its number. It knows no key of ours: whoever did not hear the number cannot ask. */
import type { Clock } from "../../engine/host/clock.ts";
import { toRomeDay } from "../../engine/host/clock.ts";
import { ItemRejected, RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import { type Http, type HttpAnswer, NoAnswer } from "../../engine/host/http.ts";
import { httpStatusError, noAnswerError } from "../service-faults.ts";
import { type Attachment, buildSegnatura, buildSoapMessage, readSoapAnswer } from "./message.ts";
import type { GivenNumber, ProtocolPort } from "./port.ts";
import type { DocareaSettings } from "./settings.ts";

const service = "Il protocollo";

export interface DocareaOptions {
  readonly settings: DocareaSettings;
  readonly oggetto: string;
  /** Name of the ente. */
  readonly ente: string;
  readonly secrets: { get(name: string): Promise<string> };
  readonly http: Http;
  readonly clock: Clock;
}

type Texts = ReadonlyMap<string, string>;

interface Call {
  readonly operation: "Login" | "Inserimento" | "Protocollazione";
  readonly texts: Readonly<Record<string, string>>;
  readonly attachment?: Attachment;
  readonly signal: AbortSignal | undefined;
}

/** Every number has a session of its own: how long one lasts is the vendor's affair. */
export function createDocareaProtocol(options: DocareaOptions): ProtocolPort {
  const { settings, clock } = options;
  return {
    by: "docarea",
    async give(entry, intend, signal) {
      const strDST = await loginToDocarea(options, signal);
      const session = { strUserName: settings.username, strDST };
      const inserted = await askQuietly(options, {
        operation: "Inserimento",
        texts: session,
        attachment: entry.file,
        signal,
      });
      assertTaken(inserted, "Inserimento", "none");
      const documentId = inserted.get("lngDocID")?.trim() ?? "";
      if (!/^[1-9]\d*$/.test(documentId)) throw unreadableError("none");
      const segnatura = buildSegnatura(entry, {
        settings,
        oggetto: options.oggetto.replaceAll("{numero}", entry.numero),
        ente: options.ente,
        documentId,
      });
      await intend();
      const numbered = await ask(options, {
        operation: "Protocollazione",
        texts: session,
        attachment: {
          name: "segnatura.xml",
          contentType: "text/xml; charset=utf-8",
          bytes: new TextEncoder().encode(segnatura),
        },
        signal,
      });
      assertTaken(numbered, "Protocollazione", "unknown");
      return { ...readGivenNumber(numbered, clock), documentId };
    },
    find: () => Promise.resolve("unknown"),
  };
}

/** The session; throws RunBlocked where the program does not let us in. Also what `doctor` tries: it registers nothing. */
export async function loginToDocarea(
  options: DocareaOptions,
  signal?: AbortSignal,
): Promise<string> {
  const { settings, secrets } = options;
  const answer = await askQuietly(options, {
    operation: "Login",
    texts: {
      strCodEnte: settings.codiceEnte,
      strUserName: settings.username,
      strPassword: await secrets.get(settings.password.secret),
    },
    signal,
  });
  if (!answer.has("lngErrNumber")) throw unreadableError("none");
  if (readError(answer) !== null) throw deniedError("ha rifiutato utente, password o codice ente");
  const session = answer.get("strDST")?.trim() ?? "";
  if (session === "") throw unreadableError("none");
  return session;
}

function readGivenNumber(answer: Texts, clock: Clock): GivenNumber {
  const number = answer.get("lngNumPG")?.trim() ?? "";
  const year = answer.get("lngAnnoPG")?.trim() ?? "";
  // It says that all went well: a number was given, and is not here.
  if (!/^[1-9]\d*$/.test(number) || !/^\d{4}$/.test(year)) throw unreadableError("unknown");
  return {
    number: `${number}/${year}`,
    day: readDay(answer.get("strDataPG") ?? "") ?? toRomeDay(clock.now()),
  };
}

/** `29/11/2026` or `2026-11-29`, a time behind it or not. */
function readDay(text: string): string | null {
  const iso = /^\s*(\d{4}-\d{2}-\d{2})/.exec(text);
  if (iso !== null) return iso[1] ?? null;
  const italian = /^\s*(\d{2})\/(\d{2})\/(\d{4})/.exec(text);
  return italian === null ? null : `${italian[3]}-${italian[2]}-${italian[1]}`;
}

/** A call that gives no number: whatever becomes of it, it may be made again. */
async function askQuietly(options: DocareaOptions, call: Call): Promise<Texts> {
  try {
    return await ask(options, call);
  } catch (error) {
    if (!(error instanceof RetryLater)) throw error;
    throw new RetryLater(error.message, {
      code: error.code === "PROTOCOLLO_UNHEARD" ? "SERVICE_UNAVAILABLE" : error.code,
      effect: "none",
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.afterMs === undefined ? {} : { afterMs: error.afterMs }),
    });
  }
}

const operationWords: Readonly<Record<Call["operation"], string>> = {
  Login: "accesso",
  Inserimento: "consegna del documento",
  Protocollazione: "richiesta del numero",
};

async function ask(options: DocareaOptions, call: Call): Promise<Texts> {
  const { settings, http, clock } = options;
  const message = buildSoapMessage({ namespace: settings.namespace, ...call }, call.attachment);
  let answer: HttpAnswer;
  try {
    answer = await http({
      method: "POST",
      url: settings.url,
      call: { service: "protocollo", operation: operationWords[call.operation] },
      headers: message.headers,
      body: message.body,
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    throw noAnswerError(error, service);
  }
  const { status } = answer;
  if (status === 401 || status === 403) throw deniedError(`rifiuta l'accesso (HTTP ${status})`);
  if (status === 404 || status === 405 || status === 415)
    throw deniedError(`non risponde DOCAREA a questo indirizzo (HTTP ${status})`);
  // A fault comes with 500: the number may have been given before it.
  if (status === 429 || status >= 500)
    throw httpStatusError(answer, { service, nowMs: clock.now() });
  if (status !== 200) throw deniedError(`risponde altro (HTTP ${status})`);
  const texts = readSoapAnswer(new TextDecoder().decode(answer.bytes));
  if (texts === null) throw unreadableError("unknown");
  return texts;
}

/** The word of an error; `null`: there is none. */
function readError(answer: Texts): string | null {
  const number = answer.get("lngErrNumber")?.trim() ?? "";
  return number === "0" ? null : number;
}

function assertTaken(answer: Texts, operation: string, effect: "none" | "unknown"): void {
  const raw = answer.get("lngErrNumber")?.trim() ?? "";
  // Neither yes nor no.
  if (!/^-?\d+$/.test(raw)) throw unreadableError(effect);
  if (raw === "0") return;
  const said = (answer.get("strErrString") ?? "").replaceAll(/\s+/g, " ").trim().slice(0, 200);
  throw new ItemRejected(
    "PROTOCOLLO_REFUSED",
    `Il protocollo non registra il verbale (${operation}, errore ${raw}${said === "" ? "" : `: ${said}`}).`,
    {
      hint: "Chiedere all'ufficio protocollo che cosa manca, correggere e riprovare: nessun numero è stato dato.",
    },
  );
}

function deniedError(why: string): RunBlocked {
  return new RunBlocked("PROTOCOLLO_DENIED", `${service} ${why}.`, {
    ofRun: "Nessun altro numero è stato chiesto.",
    hint: {
      action: "resume",
      setting: {
        ask: "controllare l'accesso al protocollo nel file dell'ente",
        technical:
          "Controllare nella sezione protocollo.docarea: del file dell'ente url, codiceEnte, username e il segreto di password.",
      },
    },
  });
}

function unreadableError(effect: "none" | "unknown"): RetryLater {
  return new RetryLater(`${service} ha risposto in una forma che non si riesce a leggere.`, {
    code: "PROTOCOLLO_UNHEARD",
    effect,
    hint: "Controllare che all'indirizzo risponda il servizio DOCAREA e che nessun proxy cambi le risposte.",
  });
}
