/** The calls of GPD v1 for one creditor, each as one function; used by the GPD client. */
import type { HttpAnswer } from "../../engine/http.ts";
import { readPosition } from "./gpd-wire.ts";
import type { GpdPosition } from "./gpd-wire.ts";
import type { Door } from "./payment-door.ts";
import { unreadable } from "./payment-door.ts";

/** Answers other than 2xx come back as they are, silence and 401/403/429/5xx are thrown by the door. */
export interface GpdApi {
  /** `null` when there is none of that name. */
  get(iupd: string, signal?: AbortSignal): Promise<GpdPosition | null>;
  /** Makes a draft: 201, 400 or 409. */
  create(body: unknown, signal?: AbortSignal): Promise<HttpAnswer>;
  /** 200, 404, or 409 unless DRAFT. */
  publish(iupd: string, signal?: AbortSignal): Promise<HttpAnswer>;
  /** 200, 404, or 409 unless PUBLISHED or VALID. */
  invalidate(iupd: string, signal?: AbortSignal): Promise<HttpAnswer>;
  /** 200, 404, or 409 when something was paid. */
  remove(iupd: string, signal?: AbortSignal): Promise<HttpAnswer>;
}

/** The calls below `/organizations/{creditor}`. */
export function createGpdApi(door: Door, creditorTaxId: string): GpdApi {
  const root = `/organizations/${creditorTaxId}/debtpositions`;
  const at = (iupd: string): string => `${root}/${encodeURIComponent(iupd)}`;
  return {
    async get(iupd, signal) {
      const answer = await door({ method: "GET", path: at(iupd), signal });
      if (answer.status === 404) return null;
      const position = answer.status === 200 ? readPosition(answer.body) : null;
      if (position === null) throw unreadable("GPD");
      return position;
    },
    create: (json, signal) =>
      door({ method: "POST", path: root, query: { toPublish: false }, json, signal }),
    publish: (iupd, signal) => door({ method: "POST", path: `${at(iupd)}/publish`, signal }),
    invalidate: (iupd, signal) => door({ method: "POST", path: `${at(iupd)}/invalidate`, signal }),
    remove: (iupd, signal) => door({ method: "DELETE", path: at(iupd), signal }),
  };
}
