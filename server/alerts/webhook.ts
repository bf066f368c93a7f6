/** Messages as signed requests, in the form of Standard Webhooks: `id.timestamp.body` by HMAC-SHA-256. */
import { createHmac } from "node:crypto";
import { type Http, NoAnswer } from "../../engine/host/http.ts";

export interface WebhookDelivery {
  readonly url: string;
  /** As the other side gave it: `whsec_` and base64. */
  readonly secret: string;
  /** The same with each try: whoever has seen it answers 2xx and does nothing. */
  readonly id: string;
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const timeoutMs = 20_000;

/** `null`: the other side took it; else why not, Italian. */
export async function postWebhook(http: Http, delivery: WebhookDelivery): Promise<string | null> {
  const { url, secret, id, body, now } = delivery;
  const key = readKey(secret);
  if (key === null)
    return "Il segreto del webhook non ha la forma giusta: whsec_ seguito da base64, almeno 24 byte.";
  const timestamp = String(Math.floor(now / 1000));
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  try {
    const { status } = await http({
      method: "POST",
      url,
      body,
      timeoutMs,
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": `v1,${signature}`,
      },
    });
    return status >= 200 && status < 300 ? null : `Il webhook risponde ${status}.`;
  } catch (error) {
    if (error instanceof NoAnswer) return "Il webhook non risponde.";
    throw error;
  }
}

function readKey(secret: string): Buffer | null {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret.trim())?.[1];
  if (encoded === undefined) return null;
  const key = Buffer.from(encoded, "base64");
  return key.length >= 24 ? key : null;
}
