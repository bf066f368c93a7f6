/** The simulated SEND as a raw caller meets it, with sample requests. */
import { createHash } from "node:crypto";
import {
  createSendSimulator,
  type SendSimulator,
  type SendSimulatorOptions,
} from "../../../../simulators/send/simulator.ts";
import type { WireError, WirePreloaded } from "../../../../integrations/send/wire.ts";
import { fakeClock, paTaxId, pdf } from "../../integrations/send/setup.ts";

export interface Raw {
  readonly simulator: SendSimulator;
  readonly clock: ReturnType<typeof fakeClock>;
  call(method: string, path: string, json?: unknown, headers?: object): Promise<Response>;
  /** Uploads bytes and gives the attachment that refers to them. */
  attachment(bytes?: Uint8Array, contentType?: string): Promise<Record<string, unknown>>;
  body(changes?: Record<string, unknown>): Promise<Record<string, unknown>>;
  post(changes?: Record<string, unknown>): Promise<Response>;
  /** Sends, waits out the validation and asks for the verdict. */
  verdict(changes?: Record<string, unknown>): Promise<Record<string, unknown>>;
}

export async function raw(options: Partial<SendSimulatorOptions> = {}): Promise<Raw> {
  const clock = fakeClock();
  const simulator = await createSendSimulator({
    file: ":memory:",
    clock,
    apiKeys: [{ key: "k-1", paTaxId }],
    ...options,
  });
  let number = 0;
  async function call(
    method: string,
    path: string,
    json?: unknown,
    headers: object = {},
  ): Promise<Response> {
    return await simulator.app.request(path, {
      method,
      headers: { "x-api-key": "k-1", "content-type": "application/json", ...headers },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
  }
  async function attachment(
    bytes = pdf(`document ${(number += 1)}`),
    contentType = "application/pdf",
  ): Promise<Record<string, unknown>> {
    const sha256 = createHash("sha256").update(bytes).digest("base64");
    const answer = await call("POST", "/delivery/attachments/preload", [{ sha256, contentType }]);
    const [slot] = (await answer.json()) as [Required<WirePreloaded>];
    const put = await simulator.app.request(slot.url, {
      method: "PUT",
      headers: {
        "content-type": contentType,
        "x-amz-meta-secret": slot.secret,
        "x-amz-checksum-sha256": sha256,
      },
      body: bytes as BodyInit,
    });
    const versionToken = put.headers.get("x-amz-version-id") ?? "";
    return { digests: { sha256 }, contentType, ref: { key: slot.key, versionToken } };
  }
  async function body(changes: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    number += 1;
    return {
      paProtocolNumber: `P-${number}`,
      idempotenceToken: "t",
      subject: "Violazione",
      recipients: [person()],
      documents: [await attachment()],
      physicalCommunicationType: "REGISTERED_LETTER_890",
      notificationFeePolicy: "FLAT_RATE",
      senderDenomination: "Comune di Esempio",
      senderTaxId: paTaxId,
      taxonomyCode: "010101P",
      ...changes,
    };
  }
  async function post(changes: Record<string, unknown> = {}): Promise<Response> {
    return await call("POST", "/delivery/v2.5/requests", await body(changes));
  }
  async function verdict(changes: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const answer = await post(changes);
    const { notificationRequestId } = (await answer.json()) as { notificationRequestId: string };
    clock.advance(200);
    const query = new URLSearchParams({ notificationRequestId });
    const status = await call("GET", `/delivery/v2.5/requests?${query.toString()}`);
    return (await status.json()) as Record<string, unknown>;
  }
  return { simulator, clock, call, attachment, body, post, verdict };
}

export function person(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    recipientType: "PF",
    taxId: "RSSMRA80A01H501U",
    denomination: "Mario Rossi",
    physicalAddress: address(),
    ...changes,
  };
}

export function address(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { address: "Via Roma 1", zip: "00118", municipality: "Roma", province: "RM", ...changes };
}

export function notice(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    pagoPa: {
      noticeCode: "302010000000000001",
      creditorTaxId: paTaxId,
      applyCost: false,
      ...changes,
    },
  };
}

export async function errorsOf(answer: Response): Promise<readonly WireError[]> {
  return ((await answer.json()) as { errors: readonly WireError[] }).errors;
}
