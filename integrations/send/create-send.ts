/** Everything that an ente may ask of SEND, made from its settings: the port for the steps, the desk, the streams. */
import type { Clock } from "../../engine/host/clock.ts";
import type { Http } from "../../engine/host/http.ts";
import type { Limiter } from "../../engine/host/limiter.ts";
import type { SendAccess } from "./client/call.ts";
import { createSendClient } from "./client/client.ts";
import { createSendDesk } from "./desk.ts";
import type { SendDesk, SendStreams } from "./desk-port.ts";
import type { SendPort } from "./port.ts";
import type { SendSettings } from "./settings.ts";
import { createSendStreams } from "./streams.ts";
import { createVoucherSource } from "./voucher.ts";

export interface CreateSendOptions {
  readonly settings: SendSettings;
  readonly sender: SendAccess["sender"];
  /** Reads a secret by its name when it is first needed. */
  readonly secrets: { get(name: string): Promise<string> };
  readonly http: Http;
  readonly clock: Clock;
  readonly limiter: Limiter;
  readonly allowBaseUrl?: (url: URL) => boolean;
}

/** What SEND is to one ente. */
export interface Send {
  readonly port: SendPort;
  readonly desk: SendDesk;
  readonly streams: SendStreams;
  /** For `doctor`: the same key, voucher and door. */
  readonly access: SendAccess;
}

/** Addresses of SEND, its storage and PDND that an ente's settings lead to; the composition root checks them before anything is called. */
export function listSendAddresses({
  baseUrl,
  uploadHosts = [],
  pdnd,
}: SendSettings): readonly string[] {
  const { protocol } = new URL(baseUrl);
  const hosts = uploadHosts.map((host) => `${protocol}//${host.replaceAll("*", "x")}`);
  return [baseUrl, ...hosts, ...(pdnd === undefined ? [] : [pdnd.tokenUrl])];
}

/** API key alone, or with a PDND voucher where the settings have `pdnd`; the three share key, voucher and rate. */
export function createSend(options: CreateSendOptions): Send {
  const { settings, sender, secrets, http, clock, limiter, allowBaseUrl } = options;
  const { pdnd } = settings;
  const access: SendAccess = {
    settings,
    sender,
    apiKey: () => secrets.get(settings.apiKey.secret),
    http,
    clock,
    limiter,
    ...(allowBaseUrl === undefined ? {} : { allowBaseUrl }),
    ...(pdnd === undefined
      ? {}
      : {
          voucher: createVoucherSource({
            settings: pdnd,
            privateKey: () => secrets.get(pdnd.privateKey.secret),
            http,
            clock,
          }),
        }),
  };
  return {
    port: createSendClient(access),
    desk: createSendDesk(access),
    streams: createSendStreams(access),
    access,
  };
}
