/** A SEND that has nothing of the ente, as reset-iuv asks it before codes die. */
import type { NotificationPrice, SentNotification } from "../../../integrations/send/desk-port.ts";
import type { SendStatus } from "../../../integrations/send/port.ts";

export interface AskedSend {
  readonly send: { find(protocol: string, token: string): Promise<SendStatus | null> };
  readonly desk: {
    findPrice(creditorTaxId: string, noticeCode: string): Promise<NotificationPrice | null>;
    findNotification(iun: string): Promise<SentNotification | null>;
  };
  readonly ente: {
    readonly ente: { readonly codiceFiscale: string };
    /** Who adds the costs is not asked. */
    readonly send: { readonly feePolicy: "FLAT_RATE" };
  };
}

export const emptySend: AskedSend = {
  send: { find: async () => null },
  desk: { findPrice: async () => null, findNotification: async () => null },
  ente: { ente: { codiceFiscale: "00000000191" }, send: { feePolicy: "FLAT_RATE" } },
};
