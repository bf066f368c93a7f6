/** The calls of GPD v2 for one creditor: several positions in one call, all of them or none. */
import type { HttpAnswer } from "../../../engine/host/http.ts";
import { RunBlocked } from "../../../engine/host/errors.ts";
import { type Door, isDataRefusal } from "../payment-door.ts";
import { isProblem } from "./wire.ts";

/**
 * `done`: all of them. `refused`: GPD says that one of them cannot be, and has done nothing. `unclear`: what came is no answer
 * of GPD v2, or one that says nothing of the positions; each has to be asked for by itself.
 */
export type BulkEnd = "done" | "refused" | "unclear";

/** Whether there is a version 2 for this key at this address; found out by asking. */
export interface BulkPresence {
  isAbsent: boolean;
}

/** At most 20 bodies. Silence and a busy service are thrown by the door. Source: GPD v2 openapi. */
export interface GpdBulkApi {
  /** Makes drafts, or positions that can be paid at once. */
  create(bodies: readonly unknown[], toPublish: boolean, signal?: AbortSignal): Promise<BulkEnd>;
  /** Makes positions that are there payable, with these data. */
  publish(bodies: readonly unknown[], signal?: AbortSignal): Promise<BulkEnd>;
}

/** The calls below `/organizations/{creditor}` of version 2. */
export function createGpdBulkApi(
  door: Door,
  creditorTaxId: string,
  presence: BulkPresence,
): GpdBulkApi {
  const path = `/organizations/${creditorTaxId}/debtpositions`;
  async function send(
    method: "POST" | "PUT",
    call: {
      readonly bodies: readonly unknown[];
      readonly toPublish: boolean;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<BulkEnd> {
    const { bodies, toPublish, signal } = call;
    const json = { paymentPositions: bodies };
    try {
      const answer = await door({ method, path, query: { toPublish }, json, signal });
      if (isElsewhere(answer)) presence.isAbsent = true;
      return judge(answer, method === "POST" ? 201 : 200);
    } catch (error) {
      if (!(error instanceof RunBlocked)) throw error;
      // A key that version 2 does not let in. Whether version 1 does shows when each is asked for by itself.
      presence.isAbsent = true;
      return "unclear";
    }
  }
  return {
    create: (bodies, toPublish, signal) => send("POST", { bodies, toPublish, signal }),
    publish: (bodies, signal) => send("PUT", { bodies, toPublish: true, signal }),
  };
}

/** No answer of GPD: the address leads to something that knows no version 2. */
function isElsewhere({ status, body }: HttpAnswer): boolean {
  return (status === 404 || status === 405) && !isProblem(body);
}

/** GPD answers a bulk that it has taken without a body; a page of a proxy has one. */
function judge({ status, body }: HttpAnswer, taken: 200 | 201): BulkEnd {
  if (status === taken) return body === null || body === "" ? "done" : "unclear";
  if (isDataRefusal(status) || (status === 404 && isProblem(body))) return "refused";
  return "unclear";
}
