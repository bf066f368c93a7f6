/** Deliveries as signed requests to a web address of the office. */
import { createHmac } from "node:crypto";
import { RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import { type Http, NoAnswer } from "../../engine/host/http.ts";
import type { EsitiPort } from "./port.ts";
import { buildRecord, listColumns } from "./rows.ts";
import type { EsitiSettings } from "./settings.ts";

interface WebhookOptions {
  readonly ente: string;
  readonly http: Http;
  readonly secrets: { get(name: string): Promise<string> };
}

/** Answers of which the next try may be another. */
const passing = new Set([408, 425, 429]);

/** Two tries of one delivery have one `Idempotency-Key`: whoever has seen it answers 2xx and does nothing. */
export function createWebhookEsiti(
  {
    columns,
    webhook,
  }: Pick<EsitiSettings, "columns"> & {
    readonly webhook: NonNullable<EsitiSettings["webhook"]>;
  },
  { ente, http, secrets }: WebhookOptions,
): EsitiPort {
  const shown = listColumns(columns === undefined ? {} : { columns });
  return {
    async deliver({ lotto, madeAt, facts }, signal) {
      const righe = facts.map((fact) => buildRecord(fact, shown));
      const body = JSON.stringify({ ente, lotto, del: madeAt, righe });
      const key = await secrets.get(webhook.secret.secret);
      const status = await post(http, {
        url: webhook.url,
        body,
        headers: {
          "content-type": "application/json",
          "idempotency-key": `postino-${ente}-${lotto}`,
          "x-postino-signature": `sha256=${createHmac("sha256", key).update(body).digest("hex")}`,
        },
        ...(signal === undefined ? {} : { signal }),
      });
      if (status < 200 || status > 299) throw refusedError(status);
    },
  };
}

async function post(http: Http, request: Omit<Parameters<Http>[0], "method">): Promise<number> {
  try {
    const call = { service: "gestionale", operation: "consegna degli esiti" };
    return (await http({ ...request, method: "POST", call })).status;
  } catch (error) {
    if (error instanceof NoAnswer) throw notNowError("non risponde");
    throw error;
  }
}

function refusedError(status: number): RetryLater | RunBlocked {
  if (status >= 500 || passing.has(status)) return notNowError(`risponde ${status}`);
  return new RunBlocked(
    "ESITI_REFUSED",
    `Il programma dell'ufficio rifiuta gli esiti (HTTP ${status}). Nessun esito è andato perso: il lotto resta da consegnare.`,
    {
      hint: {
        action: "resume",
        first: "Chiedere a chi gestisce il programma perché rifiuta la richiesta, poi:",
      },
    },
  );
}

function notNowError(how: string): RetryLater {
  return new RetryLater(`Il programma dell'ufficio ${how}: gli esiti sono consegnati più tardi.`, {
    code: "ESITI_NOT_TAKEN",
    effect: "none",
    afterMs: 60_000,
  });
}
