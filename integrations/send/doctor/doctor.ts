/** Tries an ente's access to SEND without sending anything: address, clock, key, voucher, stream version. */
import { messageOf } from "../../../engine/host/errors.ts";
import type { Hint } from "../../../engine/host/hint.ts";
import { NoAnswer, type HttpAnswer } from "../../../engine/host/http.ts";
import { noAnswerError } from "../../service-faults.ts";
import { createSendCall, type SendAccess } from "../client/call.ts";
import { accessError, readSendErrors } from "../client/faults.ts";
import { createSendDesk } from "../desk.ts";
import { diagnoseSender } from "./sender.ts";
import { createSendStreams } from "../streams.ts";
import { paths, requestLimits } from "../wire.ts";
import type { Diagnosis } from "./diagnosis.ts";

/** Beyond the first somebody should look; beyond the second vouchers and upload URLs are refused. */
const clockDoubtfulMs = 60_000;
const clockBadMs = 300_000;

/** Source: authorizerResultTtlInSeconds 60 of the gateway, by key; a second more. */
const gatewayMemoryMs = 61_000;

/** Everything that can be found out by asking; the first thing that makes the others pointless ends it. */
export async function diagnoseSend(
  access: SendAccess,
  signal?: AbortSignal,
): Promise<readonly Diagnosis[]> {
  if (!access.settings.active)
    return [
      {
        check: "active",
        state: "bad",
        note: "SEND non è attivo per questo ente (send.active: false).",
        hint: "Quando l'ente ha aderito a SEND indicare active: true nel suo file.",
      },
    ];
  const first = await tryKey(access, signal);
  if (first instanceof Error) return [diagnoseUnreachable(first)];
  const found: Diagnosis[] = [
    { check: "address", state: "good", note: "L'indirizzo di SEND risponde." },
    diagnoseClock(access, first),
    await diagnoseKey(access, first, signal),
  ];
  if (isLetIn(first))
    found.push(
      await diagnoseSender(access, signal),
      await diagnoseStreams(access, signal),
      ...(await diagnosePlatform(access, signal)),
    );
  found.push(...diagnoseSettings(access));
  return found;
}

/** Asks for a request that nobody made: 404 of SEND means that the key was let in. */
async function tryKey(access: SendAccess, signal?: AbortSignal): Promise<HttpAnswer | Error> {
  try {
    return await createSendCall(access)({
      method: "GET",
      path: requestLimits[access.settings.apiVersion].path,
      query: { paProtocolNumber: "postino-doctor", idempotenceToken: "postino-doctor" },
      signal,
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}

function isLetIn(answer: HttpAnswer): boolean {
  return (
    answer.status === 200 ||
    readSendErrors(answer).some(({ code }) => code === "PN_DELIVERY_NOTIFICATIONNOTFOUND")
  );
}

function diagnoseUnreachable(error: Error): Diagnosis {
  if (error instanceof NoAnswer) {
    const { message, hint } = noAnswerError(error, "SEND");
    return {
      check: "address",
      state: "bad",
      note: message,
      ...(hint === undefined ? {} : { hint }),
    };
  }
  // LIVE_NOT_ALLOWED, a missing secret, a refusal of PDND: they say themselves what is wrong.
  const { hint, finding = error.message } = error as {
    readonly hint?: Hint;
    readonly finding?: string;
  };
  return {
    check: "key",
    state: "bad",
    note: finding,
    ...(hint === undefined ? {} : { hint }),
  };
}

function diagnoseClock({ clock }: SendAccess, answer: HttpAnswer): Diagnosis {
  const date = Date.parse(answer.headers.get("date") ?? "");
  if (Number.isNaN(date))
    return {
      check: "clock",
      state: "doubtful",
      note: "SEND non dice che ora è: l'orologio non si può confrontare.",
    };
  const offMs = clock.now() - date;
  if (Math.abs(offMs) <= clockDoubtfulMs)
    return { check: "clock", state: "good", note: "L'orologio va d'accordo con quello di SEND." };
  const minutes = Math.round(Math.abs(offMs) / 60_000);
  return {
    check: "clock",
    state: Math.abs(offMs) > clockBadMs ? "bad" : "doubtful",
    note: `L'orologio di questa macchina va ${offMs > 0 ? "avanti" : "indietro"} di ${minutes === 1 ? "un minuto" : `${minutes} minuti`}.`,
    hint: "Sincronizzare l'orologio: voucher e indirizzi di caricamento scadono a ore precise.",
  };
}

/** Which of the four combinations of key and voucher it is. */
async function diagnoseKey(
  access: SendAccess,
  answer: HttpAnswer,
  signal?: AbortSignal,
): Promise<Diagnosis> {
  const hasVoucher = access.voucher !== undefined;
  if (isLetIn(answer))
    return {
      check: "key",
      state: "good",
      note: hasVoucher
        ? "SEND accetta la chiave API con il voucher PDND."
        : "SEND accetta la chiave API.",
    };
  if (answer.status === 401)
    return {
      check: "key",
      state: "bad",
      note: "SEND non ha ricevuto la chiave API.",
      hint: "Controllare che il segreto nominato in send.apiKey non sia vuoto.",
    };
  if (answer.status !== 403)
    return {
      check: "key",
      state: answer.status >= 500 || answer.status === 429 ? "doubtful" : "bad",
      note: `SEND risponde in modo inatteso (HTTP ${answer.status}).`,
      hint: "Controllare baseUrl e apiVersion nel file dell'ente; se sono giusti, riprovare più tardi.",
    };
  const fault = accessError(answer);
  if (fault.code !== "ACCESS_DENIED")
    return {
      check: fault.code === "ENDPOINT_NOT_FOUND" ? "address" : "key",
      state: "bad",
      note: fault.finding,
      ...(fault.hint === undefined ? {} : { hint: fault.hint }),
    };
  if (!hasVoucher)
    return {
      check: "key",
      state: "bad",
      note: "SEND rifiuta la chiave API senza voucher.",
      hint: "La chiave è errata o bloccata, oppure è stata creata con PDND: in tal caso completare la sezione pdnd: del file dell'ente.",
    };
  return await diagnoseVoucher(access, signal);
}

async function diagnoseVoucher(access: SendAccess, signal?: AbortSignal): Promise<Diagnosis> {
  if (await isPlainKey(access, signal))
    return {
      check: "key",
      state: "bad",
      note: "La chiave API è stata creata senza PDND, ma il file dell'ente aggiunge un voucher.",
      hint: "Togliere la sezione pdnd: dal file dell'ente.",
    };
  const token = (await access.voucher?.(false, signal)) ?? "";
  return {
    check: "key",
    state: "bad",
    note: `SEND rifiuta la chiave API con il voucher PDND: ${explainVoucher(token, access.clock.now())}`,
    hint: "Controllare chiave, client, audience e finalità nella sezione pdnd:; SEND impiega fino a un minuto a vedere la correzione.",
  };
}

/**
 * Whether the key alone is let in. SEND's gateway may answer from what it remembers of the question with the voucher: a refusal
 * is believed after a minute only.
 */
async function isPlainKey(access: SendAccess, signal?: AbortSignal): Promise<boolean> {
  const { voucher, ...alone } = access;
  if (voucher === undefined) return true;
  for (const waitMs of [0, gatewayMemoryMs]) {
    if (waitMs > 0) await alone.clock.sleep(waitMs, signal);
    const bare = await tryKey(alone, signal);
    if (!(bare instanceof Error) && isLetIn(bare)) return true;
  }
  return false;
}

/** What can be read in a voucher without its key. */
function explainVoucher(token: string, nowMs: number): string {
  const [header, payload] = token
    .split(".")
    .slice(0, 2)
    .map((part) => {
      try {
        return JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Record<
          string,
          unknown
        >;
      } catch {
        return null;
      }
    });
  if (header === null || header === undefined || payload === null || payload === undefined)
    return "il voucher non è leggibile.";
  if (header["typ"] !== "at+jwt") return "il voucher non è di tipo at+jwt.";
  const { exp, aud } = payload;
  if (typeof exp === "number" && exp * 1000 <= nowMs) return "il voucher è scaduto.";
  return `il voucher è in ordine${typeof aud === "string" ? ` (audience ${aud})` : ""}, la chiave è errata o bloccata o di un altro ente.`;
}

async function diagnoseStreams(access: SendAccess, signal?: AbortSignal): Promise<Diagnosis> {
  const { streamVersion } = access.settings;
  const isOpen = streamVersion === undefined;
  try {
    const [version = ""] = await createSendStreams(access).listVersions(signal);
    const answer = await createSendCall(access)({
      method: "GET",
      path: paths.streams(version),
      signal,
    });
    if (answer.status === 200)
      return { check: "streams", state: "good", note: `SEND ha gli stream v${version}.` };
    return {
      check: "streams",
      // Runs ask by polling: without the setting nobody needs streams.
      state: isOpen ? "doubtful" : "bad",
      note: `SEND non ha gli stream v${version} per questa chiave (HTTP ${answer.status}).`,
      hint: "Controllare send.streamVersion nel file dell'ente.",
    };
  } catch (error) {
    return { check: "streams", state: "doubtful", note: messageOf(error) };
  }
}

/** Told only when SEND itself declares a malfunction. */
async function diagnosePlatform(
  access: SendAccess,
  signal?: AbortSignal,
): Promise<readonly Diagnosis[]> {
  try {
    if (await createSendDesk(access).isWorking(signal)) return [];
    return [
      {
        check: "platform",
        state: "doubtful",
        note: "SEND dichiara un disservizio in corso.",
        hint: {
          action: "platform",
          first: "I flussi attendono e proseguono da soli. Per saperne di più:",
        },
      },
    ];
  } catch (error) {
    return [{ check: "platform", state: "doubtful", note: messageOf(error) }];
  }
}

/** Settings that this version of the request does not know would be left out without a word. */
function diagnoseSettings({ settings }: SendAccess): readonly Diagnosis[] {
  const { apiVersion, priority } = settings;
  if (priority === undefined || requestLimits[apiVersion].hasPriority) return [];
  return [
    {
      check: "settings",
      state: "doubtful",
      note: `send.priority non ha effetto: la richiesta v${apiVersion} non la conosce.`,
      hint: 'Indicare apiVersion: "2.6", oppure togliere priority dal file dell\'ente.',
    },
  ];
}
