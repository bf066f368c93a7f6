/** The calls of GovPay pendenze v2, each as one function. */
import type { HttpAnswer } from "../../../engine/host/http.ts";
import { readPendenza } from "./wire.ts";
import type { GovPayPendenza, PendenzaRef } from "./wire.ts";
import type { Door } from "../payment-door.ts";
import { isDataRefusal, unreadablePaymentsError } from "../payment-door.ts";

/** Answers other than 2xx come back as they are, silence and 401/403/429/5xx are thrown by the door. */
export interface GovPayApi {
  /** `null` when there is none of that name. */
  get(ref: PendenzaRef, signal?: AbortSignal): Promise<GovPayPendenza | null>;
  /** `null` when the creditor has none with that notice code. */
  getByNoticeCode(
    creditorTaxId: string,
    noticeCode: string,
    signal?: AbortSignal,
  ): Promise<GovPayPendenza | null>;
  /** 201 made, 200 changed, 400 form, 422 `VER_*`. */
  put(ref: PendenzaRef, body: unknown, signal?: AbortSignal): Promise<HttpAnswer>;
  /** 200, 404, or 400 with SINTASSI: the state does not allow it, or the request is malformed. */
  setState(
    ref: PendenzaRef,
    change: { readonly state: "ANNULLATA" | "NON_ESEGUITA"; readonly note: string },
    signal?: AbortSignal,
  ): Promise<HttpAnswer>;
}

/** The calls below `/pendenze`. */
export function createGovPayApi(door: Door): GovPayApi {
  const buildPath = ({ idA2A, idPendenza }: PendenzaRef): string =>
    `/pendenze/${encodeURIComponent(idA2A)}/${encodeURIComponent(idPendenza)}`;

  async function getPendenza(
    path: string,
    fits: (pendenza: GovPayPendenza) => boolean,
    signal?: AbortSignal,
  ): Promise<GovPayPendenza | null> {
    const answer = await door({ method: "GET", path, signal });
    // The contract gives a 404 no body; one in words is the page of the server in front, while GovPay is not there.
    if (answer.status === 404 && typeof answer.body !== "string") return null;
    const pendenza = answer.status === 200 ? readPendenza(answer.body) : null;
    if (pendenza === null || !fits(pendenza))
      throw unreadablePaymentsError("GovPay", answer.status);
    return pendenza;
  }

  return {
    get: (ref, signal) =>
      getPendenza(
        buildPath(ref),
        ({ idA2A, idPendenza }) => idA2A === ref.idA2A && idPendenza === ref.idPendenza,
        signal,
      ),
    getByNoticeCode: (creditorTaxId, noticeCode, signal) =>
      getPendenza(
        `/pendenze/byAvviso/${creditorTaxId}/${encodeURIComponent(noticeCode)}`,
        ({ numeroAvviso }) => (numeroAvviso ?? noticeCode) === noticeCode,
        signal,
      ),
    async put(ref, json, signal) {
      const answer = await door({ method: "PUT", path: buildPath(ref), json, signal });
      const isSaid = answer.status < 300 || answer.status >= 500 || isDataRefusal(answer.status);
      if (!isSaid) throw unreadablePaymentsError("GovPay", answer.status);
      return answer;
    },
    setState: (ref, { state, note }, signal) =>
      door({
        method: "PATCH",
        path: buildPath(ref),
        contentType: "application/json-patch+json",
        json: [
          { op: "REPLACE", path: "/stato", value: state },
          { op: "REPLACE", path: "/descrizioneStato", value: note },
        ],
        signal,
      }),
  };
}

/** `codice` of GovPay's FaultBean, or an empty text. */
export function readFaultCode(answer: HttpAnswer): string {
  return readText(answer, "codice");
}

/** What GovPay explains: `descrizione` and `dettaglio`. */
export function readFaultText(answer: HttpAnswer): string {
  return [readFaultCode(answer), readText(answer, "descrizione"), readText(answer, "dettaglio")]
    .filter((part) => part !== "")
    .join(", ");
}

function readText({ body }: HttpAnswer, name: string): string {
  if (typeof body !== "object" || body === null) return "";
  const value = (body as Readonly<Record<string, unknown>>)[name];
  return typeof value === "string" ? value : "";
}
