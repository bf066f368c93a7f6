/** A payment system that the program does not know: a treasurer's service, in a folder that lies as deep as `integrations/payments/<name>/`. */
import { Type } from "typebox";
import { ItemRejected } from "../../../engine/host/errors.ts";
import {
  type AdapterSettings,
  type AskOptions,
  describeAdapter,
} from "../../../integrations/payments/adapter.ts";
import { createDoor } from "../../../integrations/payments/payment-door.ts";
import { paymentsNotConfiguredError } from "../../../integrations/payments/payment-notes.ts";
import {
  buildUnknownStanding,
  type OpenPosition,
  type ResetOrder,
} from "../../../integrations/payments/port.ts";
import { SecretRef } from "../../../integrations/secret-ref.ts";

const settings = {
  tesoreria: Type.Optional(
    Type.Object(
      {
        sportello: Type.String({ pattern: "^[0-9]{3}$", description: "Sportello, tre cifre" }),
        token: SecretRef,
      },
      { additionalProperties: false, description: "Servizio del tesoriere" },
    ),
  ),
};
type Options = AskOptions<AdapterSettings<typeof settings>>;

export const tesoreriaPayments = describeAdapter({
  settings,
  secrets: ({ tesoreria }) => (tesoreria === undefined ? [] : [tesoreria.token]),
  addresses: ({ baseUrl }) => (baseUrl === undefined ? [] : [baseUrl]),
  positionNames: {
    fields: { numeroAvviso: /^[0-9]{18}$/ },
    remedy: "indicare il numero d'avviso, di 18 cifre.",
  },
  costs: {
    mode: "SYNC",
    otherwise: "con ASYNC SEND le scrive su GPD, e le posizioni del tesoriere lì non ci sono",
    findGap: () => null,
    describe: () => "le aggiunge il tesoriere",
    prove: async () => ({ state: "good", note: "Spese di notifica: le aggiunge il tesoriere." }),
  },
  create(options) {
    const door = openDoor(options);
    return {
      async reset(order, signal) {
        const path = `/avvisi/${buildReference(order)}`;
        for (const { noticeCode = "" } of order.old)
          await door({ method: "DELETE", path: `/codici/${noticeCode}`, signal });
        const importi = order.options.map(({ amountCents }) => amountCents);
        const { status, body } = await door({ method: "PUT", path, json: { importi }, signal });
        if (status !== 200)
          throw new ItemRejected("PAYMENT_DATA_REFUSED", `Il tesoriere rifiuta (HTTP ${status}).`);
        return toPosition(order, body, options);
      },
      async find(order, signal) {
        const path = `/avvisi/${buildReference(order)}`;
        const { status, body } = await door({ method: "GET", path, signal });
        return status === 200 ? toPosition(order, body, options) : null;
      },
      inspect: async () => "unclear",
      readStanding: async (order) => buildUnknownStanding(order),
      // The treasurer has no dates: a person is told.
      schedule: async () => "unclear",
    };
  },
  async diagnose(options, signal) {
    const { status } = await openDoor(options)({ method: "GET", path: "/stato", signal });
    return status === 200
      ? { state: "good", note: "Il tesoriere risponde." }
      : { state: "bad", note: `Il tesoriere non risponde (HTTP ${status}).` };
  },
});

function openDoor({ settings: given, secrets, creditor, ...hosts }: Options) {
  const { baseUrl, tesoreria } = given;
  if (baseUrl === undefined) throw paymentsNotConfiguredError("payments.baseUrl");
  if (tesoreria === undefined) throw paymentsNotConfiguredError("payments.tesoreria");
  return createDoor({
    ...hosts,
    service: "il tesoriere",
    baseUrl: `${baseUrl}/${creditor.taxId}/${tesoreria.sportello}`,
    headers: async () => ({ authorization: `Bearer ${await secrets.get(tesoreria.token.secret)}` }),
    rate: { perSecond: 10, burst: 10 },
  });
}

function buildReference({ verbale, generation }: ResetOrder): string {
  return encodeURIComponent(`${verbale}-g${generation}`);
}

function toPosition(order: ResetOrder, body: unknown, { creditor }: Options): OpenPosition {
  const { codici } = body as { readonly codici: readonly string[] };
  const options = order.options.map((option, index) => {
    const noticeCode = codici[index] ?? "";
    return { ...option, noticeCode, iuv: noticeCode.slice(1) };
  });
  return { ref: buildReference(order), creditorTaxId: creditor.taxId, options };
}
