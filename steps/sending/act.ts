/** What the register keeps of a verbale that SEND has taken in charge: all that is needed of it from here on. */
import type { Item } from "../../engine/step/item.ts";
import type { Act } from "../../integrations/register/kinds.ts";
import type { EntryDraft } from "../../integrations/register/port.ts";
import type { ActKind, Services } from "../../integrations/services.ts";
import type { Notification } from "../schemas/fields.ts";
import { listAddressees } from "../recipients/addressees.ts";
import { toSentKind } from "../kinds/sent-kind.ts";
import { decodeIun } from "./iun.ts";
import { listFilesToSend, type SendingData, type SendingOptions } from "./request.ts";

/** The act of a verbale that a version without a register has sent: what only its run knew (the verbale as it was sent, its files) stays empty. */
export function buildBareAct(
  sent: {
    readonly numero: string;
    readonly runId: string;
    readonly round: number;
    readonly notification: Notification;
    readonly payment: Readonly<Record<string, unknown>>;
  },
  settings: Services["ente"]["send"],
): EntryDraft<"act"> {
  const { numero, runId, round, notification, payment } = sent;
  const { notificationRequestId, protocol, sentAt } = notification;
  return {
    kind: "act",
    key: decodeIun(notificationRequestId),
    subject: numero,
    data: {
      numero,
      notificationRequestId,
      protocol,
      sentAt,
      runId,
      round,
      verbale: {},
      payment: { ...payment },
      recipients: [],
      files: [],
      costs: buildCosts(settings),
    },
  };
}

function buildCosts({ feePolicy, paFee, vat }: Services["ente"]["send"]): Act["costs"] {
  const isAdded = feePolicy === "DELIVERY_MODE";
  return { feePolicy, paFee: isAdded ? paFee : null, vat: isAdded ? vat : null };
}

function pickAppeals({ signedDocuments }: SendingData): Pick<Act, "appeals"> {
  const appeals = signedDocuments.find(({ role }) => role === "verbale")?.appeals;
  return appeals === undefined ? {} : { appeals };
}

/** The act of an item that was handed over; its key is the IUN that SEND will give it. */
export function buildAct(
  item: Item<SendingData>,
  notification: Notification,
  context: {
    readonly runId: string;
    readonly settings: Services["ente"]["send"];
    readonly kind?: ActKind | undefined;
    readonly options: SendingOptions;
  },
): EntryDraft<"act"> {
  const { verbale, validation, payment, protocolled } = item.data;
  const data: Act = {
    numero: item.key,
    notificationRequestId: notification.notificationRequestId,
    protocol: notification.protocol,
    ...(protocolled === undefined ? {} : { protocolled: { number: protocolled.number } }),
    sentAt: notification.sentAt,
    runId: context.runId,
    round: item.round,
    verbale: { ...verbale },
    payment: { ...payment },
    recipients: listAddressees(verbale, validation).map(({ taxId, denomination }) => ({
      taxId,
      denomination,
    })),
    files: listFilesToSend(item.data, context.options).map(({ document }) => ({
      name: document.name,
      role: document.role,
      sha256: document.sha256,
      bytes: document.bytes,
    })),
    costs: buildCosts(context.settings),
    ...pickAppeals(item.data),
    ...(context.kind !== undefined && { kind: toSentKind(context.kind, verbale) }),
  };
  return {
    kind: "act",
    key: decodeIun(notification.notificationRequestId),
    subject: item.key,
    data,
  };
}
