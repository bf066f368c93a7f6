/** A simulated SEND with its real client in one process, and sample requests. */
import { Hono } from "hono";
import type { Clock } from "../../../../engine/host/clock.ts";
import { createHttp, type Fetch, type HttpRequest } from "../../../../engine/host/http.ts";
import { createLimiter } from "../../../../engine/host/limiter.ts";
import type { SendAccess } from "../../../../integrations/send/client/call.ts";
import {
  createSendClient,
  type SendClientOptions,
} from "../../../../integrations/send/client/client.ts";
import type { SendFile, SendPort, SendRequest } from "../../../../integrations/send/port.ts";
import type { SendSettings } from "../../../../integrations/send/settings.ts";
import {
  createSendSimulator,
  type SendSimulator,
  type SendSimulatorOptions,
} from "../../../../simulators/send/simulator.ts";
import { isRecording, recordRequest } from "../../../support/recorded-requests.ts";

export const paTaxId = "00000000018";

/** Time that stands still until a test moves it. */
export interface FakeClock extends Clock {
  advance(ms: number): void;
}

export function fakeClock(start = Date.UTC(2026, 10, 23, 9, 0, 0)): FakeClock {
  let now = start;
  return {
    now: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
    advance: (ms) => {
      now += ms;
    },
  };
}

export const settings: SendSettings = {
  active: true,
  baseUrl: "http://send.test/send",
  apiVersion: "2.5",
  apiKey: { secret: "SEND_API_KEY" },
  taxonomyCode: "010101P",
  feePolicy: "DELIVERY_MODE",
  paFee: 100,
  vat: 22,
  physicalCommunication: "REGISTERED_LETTER_890",
  subject: "Violazione del Codice della Strada",
  requestsPerSecond: 10_000,
};

export interface World {
  readonly clock: FakeClock;
  readonly simulator: SendSimulator;
  readonly send: SendPort;
  /** Every request that left the client, in order. */
  readonly calls: HttpRequest[];
  /** Another client of the same simulator. */
  client(changes: Partial<SendClientOptions>): SendPort;
  fetch: Fetch;
}

export interface WorldChanges {
  readonly simulator?: Partial<SendSimulatorOptions>;
  readonly settings?: Partial<SendSettings>;
  /** Default: one on which whoever sleeps moves time. */
  readonly clock?: FakeClock;
  /** Stands between client and simulator. */
  readonly between?: (request: Request, next: () => Promise<Response>) => Promise<Response>;
}

export async function makeSend(changes: WorldChanges = {}): Promise<World> {
  const clock = changes.clock ?? fakeClock();
  const simulator = await createSendSimulator({
    file: ":memory:",
    clock,
    apiKeys: [{ key: "k-1", paTaxId }],
    ...changes.simulator,
  });
  const calls: HttpRequest[] = [];
  const server = new Hono().route("/send", simulator.app);
  const fetch: Fetch = async (input, init) => {
    const request = new Request(input, init);
    if (isRecording) await recordRequest(request.clone());
    const next = async (): Promise<Response> => await server.fetch(request);
    return changes.between === undefined ? await next() : await changes.between(request, next);
  };
  const door = createHttp(fetch);
  const client = (other: Partial<SendClientOptions>): SendPort =>
    createSendClient({
      settings: { ...settings, ...changes.settings },
      sender: { denomination: "Comune di Esempio", taxId: paTaxId },
      apiKey: "k-1",
      http: (request) => {
        calls.push(request);
        return door(request);
      },
      clock,
      limiter: createLimiter(clock),
      ...other,
    });
  return { clock, simulator, send: client({}), calls, client, fetch };
}

/** What desk, streams and other callers of the simulated SEND are made of. */
export function accessOf(
  world: Pick<World, "clock" | "fetch">,
  changes: Partial<SendAccess> = {},
): SendAccess {
  return {
    settings,
    sender: { denomination: "Comune di Esempio", taxId: paTaxId },
    apiKey: "k-1",
    http: createHttp(world.fetch),
    clock: world.clock,
    limiter: createLimiter(world.clock),
    ...changes,
  };
}

export function pdf(text: string): Uint8Array {
  return new TextEncoder().encode(`%PDF-1.7\n% ${text}\n%%EOF\n`);
}

export function file(label: string): SendFile {
  return { label, contentType: "application/pdf", bytes: pdf(label) };
}

/** A request whose one document is uploaded first. */
export async function sampleRequest(
  send: SendPort,
  changes: Partial<SendRequest> & { readonly noticeCode?: string } = {},
): Promise<SendRequest> {
  const protocol = changes.protocol ?? "V-1";
  const [document] = await send.upload([file(`${protocol}/verbale`)]);
  if (document === undefined) throw new Error("upload gave no reference");
  const { noticeCode = "302010000000000001", ...rest } = changes;
  return {
    protocol,
    idempotenceToken: `postino-${protocol}`,
    subject: "Violazione del Codice della Strada",
    recipients: [
      {
        type: "PF",
        taxId: "RSSMRA80A01H501U",
        denomination: "Mario Rossi",
        address: {
          via: "Via Roma",
          civico: "1",
          cap: "00118",
          comune: "Roma",
          provincia: "RM",
        },
        payments: [{ noticeCode, creditorTaxId: paTaxId }],
      },
    ],
    documents: [{ title: "Verbale", file: document }],
    ...rest,
  };
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("the promise was fulfilled");
}
