/** GPD as the payment system of an ente. */
import { Type } from "typebox";
import { SecretRef } from "../../secret-ref.ts";
import { type AdapterSettings, type AskOptions, describeAdapter } from "../adapter.ts";
import { hasField, judgeAnswer, requireOnlineSettings } from "../online-client.ts";
import { paymentsNotConfiguredError } from "../payment-notes.ts";
import { type GpdDoorOptions, openGpdDoor } from "./calls.ts";
import { createGpdPayments } from "./client.ts";
import type { GpdSettings } from "./wire.ts";

const settings = {
  subscriptionKey: Type.Optional(SecretRef),
  dueDays: Type.Integer({
    minimum: 60,
    maximum: 3_650,
    default: 730,
    description:
      "Con GPD, scadenza della posizione in giorni: lontana, la data di notifica non è nota",
  }),
};

export const gpdPayments = describeAdapter({
  settings,
  secrets: ({ subscriptionKey }) => (subscriptionKey === undefined ? [] : [subscriptionKey]),
  addresses: ({ baseUrl }) => (baseUrl === undefined ? [] : [baseUrl]),
  positionNames: {
    fields: { iupd: /\S/ },
    remedy: "indicare lo IUPD: la piattaforma non trova una posizione dal solo numero d'avviso.",
  },
  // GPD asks SEND for nothing that we may set: with SYNC nobody adds them. Source: GPD PaymentOption.sendSync.
  costs: {
    mode: "ASYNC",
    otherwise:
      "con SYNC dovrebbe chiederle a SEND chi incassa, ma GPD non lo fa: nessuno le aggiunge e il destinatario non le paga",
    findGap: () => null,
  },
  create: (options) => createGpdPayments({ ...options, ...completeOptions(options) }),
  // The first position of the ente's list; a person is waiting.
  async diagnose(options, signal) {
    const door = openGpdDoor({ ...options, ...completeOptions(options), patienceMs: 0 });
    const answer = await door({
      method: "GET",
      path: `/organizations/${options.creditor.taxId}/debtpositions`,
      query: { limit: 1, page: 0 },
      signal,
    });
    const isItsOwn = answer.status === 200 && hasField(answer, "payment_position_list");
    return judgeAnswer("GPD", answer, { isItsOwn, below: "/organizations" });
  },
});

/** Throws RunBlocked `PAYMENTS_NOT_CONFIGURED`. */
function completeOptions({
  settings: given,
  secrets,
}: AskOptions<AdapterSettings<typeof settings>>): Pick<GpdDoorOptions, "subscriptionKey"> & {
  readonly settings: GpdSettings;
} {
  const { subscriptionKey } = given;
  if (subscriptionKey === undefined) throw paymentsNotConfiguredError("payments.subscriptionKey");
  return {
    settings: requireOnlineSettings(given),
    subscriptionKey: () => secrets.get(subscriptionKey.secret),
  };
}
