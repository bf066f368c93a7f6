/** The calls of GovPay pendenze v2, each as one function; used by the GovPay client. */
import type { HttpAnswer } from "../../engine/http.ts";
import { readPendenza } from "./govpay-wire.ts";
import type { GovPayPendenza, PendenzaRef } from "./govpay-wire.ts";
import type { Door } from "./payment-door.ts";
import { unreadable } from "./payment-door.ts";

/** Answers other than 2xx come back as they are, silence and 401/403/429/5xx are thrown by the door. */
export interface GovPayApi {
  /** `null` when there is none of that name. */
  get(ref: PendenzaRef, signal?: AbortSignal): Promise<GovPayPendenza | null>;
  /** `null` when the creditor has none with that notice code. */
  byNoticeCode(
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
  const at = ({ idA2A, idPendenza }: PendenzaRef): string =>
    `/pendenze/${encodeURIComponent(idA2A)}/${encodeURIComponent(idPendenza)}`;

  async function read(path: string, signal?: AbortSignal): Promise<GovPayPendenza | null> {
    const answer = await door({ method: "GET", path, signal });
    if (answer.status === 404) return null;
    const pendenza = answer.status === 200 ? readPendenza(answer.body) : null;
    if (pendenza === null) throw unreadable("GovPay");
    return pendenza;
  }

  return {
    get: (ref, signal) => read(at(ref), signal),
    byNoticeCode: (creditorTaxId, noticeCode, signal) =>
      read(`/pendenze/byAvviso/${creditorTaxId}/${encodeURIComponent(noticeCode)}`, signal),
    put: (ref, json, signal) => door({ method: "PUT", path: at(ref), json, signal }),
    setState: (ref, { state, note }, signal) =>
      door({
        method: "PATCH",
        path: at(ref),
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
export function faultCodeOf(answer: HttpAnswer): string {
  return textOf(answer, "codice");
}

/** What GovPay explains: `descrizione` and `dettaglio`. */
export function faultTextOf(answer: HttpAnswer): string {
  return [faultCodeOf(answer), textOf(answer, "descrizione"), textOf(answer, "dettaglio")]
    .filter((part) => part !== "")
    .join(", ");
}

function textOf({ body }: HttpAnswer, name: string): string {
  if (typeof body !== "object" || body === null) return "";
  const value = (body as Readonly<Record<string, unknown>>)[name];
  return typeof value === "string" ? value : "";
}
