/** The calls of GPD v1 for one creditor, each as one function. */
import type { HttpAnswer } from "../../../engine/host/http.ts";
import { isProblem, readPage, readPosition } from "./wire.ts";
import type { GpdPage, GpdPosition } from "./wire.ts";
import type { Door } from "../payment-door.ts";
import { isDataRefusal, unreadablePaymentsError } from "../payment-door.ts";

/** Answers other than 2xx come back as they are, silence and 401/403/429/5xx are thrown by the door. */
export interface GpdApi {
  /** `null` when GPD itself says that there is none of that name. */
  get(iupd: string, signal?: AbortSignal): Promise<GpdPosition | null>;
  /** A page of 50 of the creditor's positions, by name; `null` when what comes is no list. */
  listByName(page: number, signal?: AbortSignal): Promise<GpdPage | null>;
  /** Makes a draft: 201, 409, or another 4xx that refuses its data. */
  create(body: unknown, signal?: AbortSignal): Promise<HttpAnswer>;
  /** 200, 404, or 409 unless DRAFT. `position`: what GPD says it is now, `null` when it does not say. */
  publish(
    iupd: string,
    signal?: AbortSignal,
  ): Promise<{ readonly status: number; readonly position: GpdPosition | null }>;
  /** 200, 404, or 409 unless PUBLISHED or VALID. What became of it shows when it is read again. */
  invalidate(iupd: string, signal?: AbortSignal): Promise<HttpAnswer>;
  /** Makes what is there payable with these data: 200, 404, 409 when it was cancelled or something was paid, or another 4xx that refuses the data. */
  update(iupd: string, body: unknown, signal?: AbortSignal): Promise<HttpAnswer>;
  /** 200, 404, or 409 when something was paid. */
  remove(iupd: string, signal?: AbortSignal): Promise<HttpAnswer>;
}

/** The calls below `/organizations/{creditor}`. */
export function createGpdApi(door: Door, creditorTaxId: string): GpdApi {
  const root = `/organizations/${creditorTaxId}/debtpositions`;
  const buildPath = (iupd: string): string => `${root}/${encodeURIComponent(iupd)}`;
  return {
    async get(iupd, signal) {
      const answer = await door({ method: "GET", path: buildPath(iupd), signal });
      if (answer.status === 404 && isProblem(answer.body)) return null;
      const position = answer.status === 200 ? readPosition(answer.body, iupd) : null;
      if (position === null) throw unreadablePaymentsError("GPD", answer.status);
      return position;
    },
    async listByName(page, signal) {
      // No due date: with one a position would come with the options alone that fall due then, and a code that hides nobody asks for.
      const query = { limit: 50, page, orderby: "IUPD", ordering: "ASC" };
      const { status, body } = await door({ method: "GET", path: root, query, signal });
      return status === 200 ? readPage(body) : null;
    },
    async create(json, signal) {
      const answer = await door({
        method: "POST",
        path: root,
        query: { toPublish: false },
        json,
        signal,
      });
      const { status } = answer;
      if (status !== 201 && !isDataRefusal(status)) throw unreadablePaymentsError("GPD", status);
      return answer;
    },
    async publish(iupd, signal) {
      const { status, body } = await door({
        method: "POST",
        path: `${buildPath(iupd)}/publish`,
        signal,
      });
      return { status, position: status === 200 ? readPosition(body, iupd) : null };
    },
    invalidate: (iupd, signal) =>
      door({ method: "POST", path: `${buildPath(iupd)}/invalidate`, signal }),
    // Without toPublish a PUT takes a payable position out of sale. Source: GPD checkDebtPositionToUpdate.
    async update(iupd, json, signal) {
      const path = buildPath(iupd);
      const answer = await door({ method: "PUT", path, query: { toPublish: true }, json, signal });
      const { status, body } = answer;
      const isSaid =
        (status === 200 || status === 404) && typeof body === "object" && body !== null;
      if (!isSaid && !isDataRefusal(status)) throw unreadablePaymentsError("GPD", status);
      return answer;
    },
    remove: (iupd, signal) => door({ method: "DELETE", path: buildPath(iupd), signal }),
  };
}
