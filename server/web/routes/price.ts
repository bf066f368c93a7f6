/** `/prezzo/{paTaxId}/{noticeCode}`: what a payment system adds to a notice at payment time. */
import { Hono, type Context } from "hono";
import type { ErrorCode } from "../../../engine/host/error-codes.ts";
import type { AppDeps } from "../deps.ts";
import type { PriceReply } from "../price-reply.ts";

export function createPriceRoutes({ askPrice }: Pick<AppDeps, "askPrice">): Hono {
  const app = new Hono();
  if (askPrice === undefined) return app;
  app.get("/prezzo/:paTaxId/:noticeCode", async (c) => {
    const { paTaxId, noticeCode } = c.req.param();
    const reply = await askPrice({ paTaxId, noticeCode, key: readKey(c) });
    if (reply.status !== "priced") return answerWithoutPrice(c, reply);
    const { status: _status, ...price } = reply;
    return c.json({ paTaxId, noticeCode, ...price });
  });
  return app;
}

/** `Authorization: Bearer …` or `x-api-key`; empty: none. */
function readKey(c: Context): string {
  const [scheme, key = ""] = (c.req.header("authorization") ?? "").split(" ");
  return scheme?.toLowerCase() === "bearer" ? key : (c.req.header("x-api-key") ?? "");
}

type Refusal = Exclude<PriceReply, { status: "priced" }>;

interface Said {
  readonly http: 400 | 401 | 404 | 409 | 429 | 503;
  readonly code: ErrorCode;
  readonly message: string;
}

const said: Readonly<Record<Refusal["status"], Said>> = {
  denied: {
    http: 401,
    code: "PRICE_KEY_UNKNOWN",
    message:
      "La chiave manca o non è quella dell'ente con questo codice fiscale: va in «Authorization: Bearer CHIAVE» oppure in «x-api-key».",
  },
  malformed: {
    http: 400,
    code: "PRICE_NOTICE_FORM",
    message: "Il codice avviso deve avere 18 cifre.",
  },
  "too-many": {
    http: 429,
    code: "PRICE_TOO_MANY",
    message: "Troppe richieste: ripetere dopo i secondi indicati in Retry-After.",
  },
  absent: {
    http: 404,
    code: "PRICE_NO_NOTIFICATION",
    message: "Nessuna notifica di SEND porta questo avviso: non c'è nulla da aggiungere.",
  },
  "not-accepted": {
    http: 404,
    code: "PRICE_NOT_ACCEPTED",
    message:
      "SEND non ha ancora accettato la notifica di questo avviso: non c'è ancora nulla da aggiungere.",
  },
  cancelled: {
    http: 409,
    code: "PRICE_CANCELLED",
    message:
      "La notifica di questo avviso è stata annullata su SEND: chiedere all'ente se l'avviso è ancora da pagare.",
  },
  unknown: {
    http: 503,
    code: "PRICE_UNKNOWN",
    message:
      "SEND non risponde e il prezzo di questo avviso non è ancora noto: ripetere fra poco, senza incassare un importo minore.",
  },
};

function answerWithoutPrice(c: Context, reply: Refusal): Response {
  const { http, code, message } = said[reply.status];
  if (reply.status === "too-many")
    c.header("retry-after", String(Math.max(1, Math.ceil(reply.afterMs / 1000))));
  if (reply.status === "unknown") c.header("retry-after", "5");
  if (reply.status === "denied") c.header("www-authenticate", "Bearer");
  const asOf = "asOf" in reply ? { asOf: reply.asOf } : {};
  return c.json({ error: { code, message }, ...asOf }, http);
}
