/** Time stamps from an RFC 3161 authority over HTTP. */
import { askTechnician } from "../../engine/host/hint.ts";
import { createHash, randomBytes } from "node:crypto";
import { Integer, Null, OctetString } from "asn1js";
import {
  AlgorithmIdentifier,
  MessageImprint,
  PKIStatus,
  SignedData,
  TimeStampReq,
  TimeStampResp,
  TSTInfo,
} from "pkijs";
import type { Clock } from "../../engine/host/clock.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import { NoAnswer } from "../../engine/host/http.ts";
import { httpStatusError, noAnswerError } from "../service-faults.ts";
import type { Http } from "../../engine/host/http.ts";
import type { TimestampPort } from "./port.ts";

const sha256 = "2.16.840.1.101.3.4.2.1";
const service = "Il servizio di marcatura temporale";

export interface TimestampOptions {
  readonly url: string;
  /** HTTP Basic; `null`: the service wants none. */
  readonly login: { readonly username: string; readonly password: () => Promise<string> } | null;
  readonly http: Http;
  readonly clock: Clock;
}

/** A time stamping authority. Its token is checked to be over our digest and to carry our nonce. */
export function createTimestamps(options: TimestampOptions): TimestampPort {
  async function buildCredentials(): Promise<Record<string, string>> {
    if (options.login === null) return {};
    const pair = `${options.login.username}:${await options.login.password()}`;
    return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
  }

  return {
    async requestTimestamp(bytes, signal) {
      const digest = createHash("sha256").update(bytes).digest();
      const nonce = randomBytes(8);
      // Positive in DER without a leading zero.
      nonce[0] = ((nonce[0] ?? 0) & 0x3f) | 0x40;
      const answer = await send(options.http, {
        url: options.url,
        headers: { "content-type": "application/timestamp-query", ...(await buildCredentials()) },
        body: encodeRequest(digest, nonce),
        ...(signal === undefined ? {} : { signal }),
      });
      if (answer.status !== 200) {
        if (answer.status >= 500 || answer.status === 429)
          throw httpStatusError(answer, { service, nowMs: options.clock.now() });
        throw new RunBlocked(
          "TIMESTAMP_REFUSED",
          `${service} ha rifiutato la richiesta (HTTP ${answer.status}).`,
          {
            hint: askTechnician(
              "controllare il servizio delle marche temporali e il suo credito",
              "Controllare «signing: timestamp:» nel file dell'ente e il credito di marche.",
            ),
          },
        );
      }
      return readToken(answer.bytes, digest, nonce);
    },
  };
}

async function send(
  http: Http,
  request: {
    readonly url: string;
    readonly headers: Record<string, string>;
    readonly body: Uint8Array;
    readonly signal?: AbortSignal;
  },
): ReturnType<Http> {
  try {
    return await http({
      method: "POST",
      limits: { maxBytes: 256 * 1024 },
      call: { service: "marche temporali", operation: "rilascio di una marca" },
      ...request,
    });
  } catch (error) {
    if (error instanceof NoAnswer) throw noAnswerError(error, service);
    throw error;
  }
}

function encodeRequest(digest: Uint8Array, nonce: Uint8Array): Uint8Array {
  const request = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: sha256, algorithmParams: new Null() }),
      hashedMessage: new OctetString({ valueHex: toArrayBuffer(digest) }),
    }),
    nonce: new Integer({ valueHex: toArrayBuffer(nonce) }),
    certReq: true,
  });
  return new Uint8Array(request.toSchema().toBER());
}

function readToken(bytes: Uint8Array, digest: Uint8Array, nonce: Uint8Array): Uint8Array {
  let response: TimeStampResp;
  try {
    response = TimeStampResp.fromBER(toArrayBuffer(bytes));
  } catch (error) {
    throw unusableTokenError("la risposta non segue RFC 3161", error);
  }
  const { status } = response.status;
  if (
    (status !== PKIStatus.granted && status !== PKIStatus.grantedWithMods) ||
    response.timeStampToken === undefined
  )
    throw unusableTokenError(`stato ${status}`);
  const info = readTokenInfo(response.timeStampToken.content);
  const imprint = Buffer.from(info.messageImprint.hashedMessage.valueBlock.valueHexView);
  if (!imprint.equals(digest)) throw unusableTokenError("la marca è di un altro documento");
  if (info.nonce === undefined || !Buffer.from(info.nonce.valueBlock.valueHexView).equals(nonce))
    throw unusableTokenError("la marca risponde a un'altra richiesta");
  return new Uint8Array(response.timeStampToken.toSchema().toBER());
}

function readTokenInfo(content: unknown): TSTInfo {
  try {
    const signed = new SignedData({ schema: content });
    const eContent = signed.encapContentInfo.eContent;
    if (eContent === undefined) throw new Error("no content");
    return TSTInfo.fromBER(eContent.getValue());
  } catch (error) {
    throw unusableTokenError("la marca non si può leggere", error);
  }
}

function unusableTokenError(why: string, cause?: unknown): RunBlocked {
  return new RunBlocked(
    "TIMESTAMP_UNUSABLE",
    `${service} ha dato una marca inutilizzabile: ${why}.`,
    {
      hint: askTechnician(
        "controllare l'indirizzo delle marche temporali e, se è giusto, di avvisare il fornitore",
        "Controllare l'indirizzo in «signing: timestamp:»; se è giusto, avvisare il fornitore.",
      ),
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
