/** GovPay as the payment system of an ente. */
import { Type } from "typebox";
import { RunBlocked } from "../../../engine/host/errors.ts";
import { SecretRef } from "../../secret-ref.ts";
import { type AdapterSettings, type AskOptions, describeAdapter } from "../adapter.ts";
import { provePriceService } from "../cost-proof.ts";
import { judgeAnswer, requireOnlineSettings } from "../online-client.ts";
import { notOnGpd, paymentsNotConfiguredError } from "../payment-notes.ts";
import { readFaultCode } from "./api.ts";
import { type BackofficeAccess, proveByBackoffice, whoAsks } from "./backoffice.ts";
import { createGovPayPayments, openGovPayDoor } from "./client.ts";

const settings = {
  govpay: Type.Optional(
    Type.Object(
      {
        idA2A: Type.String({
          pattern: "^[a-zA-Z0-9\\-_]{1,35}$",
          description: "Identificativo dell'applicazione su GovPay",
        }),
        idTipoPendenza: Type.String({
          pattern: "^[a-zA-Z0-9\\-_.]{1,35}$",
          default: "CDS",
          description: "Tipo di pendenza",
        }),
        codEntrata: Type.Optional(
          Type.String({
            pattern: "^[a-zA-Z0-9\\-_.]{1,35}$",
            description: "Entrata configurata su GovPay; se manca, valgono iban e category",
          }),
        ),
        sendAbilitato: Type.Optional(
          Type.Boolean({
            description:
              "true: GovPay (3.9.4 o successivo, servizio SEND configurato sul dominio) chiede a SEND le spese di notifica al pagamento e le aggiunge; serve con send.feePolicy DELIVERY_MODE",
          }),
        ),
        user: Type.String({ description: "Utenza" }),
        password: SecretRef,
        backoffice: Type.Optional(
          Type.Object(
            {
              baseUrl: Type.Optional(
                Type.String({
                  pattern: "^https?://",
                  description:
                    "Indirizzo dell'API di backoffice, senza /info; se manca, quello accanto alle pendenze",
                }),
              ),
              user: Type.Optional(Type.String({ description: "Operatore; se manca, user" })),
              password: Type.Optional(SecretRef),
            },
            {
              additionalProperties: false,
              description:
                "Dove doctor legge la versione di GovPay e il servizio SEND del dominio; serve solo a lui",
            },
          ),
        ),
      },
      { additionalProperties: false },
    ),
  ),
};

export const govPayPayments = describeAdapter({
  settings,
  secrets: ({ govpay }) => (govpay === undefined ? [] : [govpay.password]),
  addresses: ({ baseUrl, govpay }) => {
    const backoffice = govpay?.backoffice?.baseUrl;
    return [baseUrl, backoffice].filter((url) => url !== undefined);
  },
  positionNames: {
    // No pendenza has another name, and its address would not be one.
    fields: { idPendenza: /^[a-zA-Z0-9_-]{1,35}$/, numeroAvviso: /\S/ },
    remedy: "indicare l'idPendenza o il numero d'avviso.",
  },
  // Source: GovPay 3.9.4, features on SEND: asked at verify and activation of pendenze with sendAbilitato.
  costs: {
    mode: "SYNC",
    otherwise: notOnGpd,
    findGap: ({ govpay, priceService }) =>
      govpay?.sendAbilitato === true || priceService !== undefined
        ? null
        : {
            path: ["payments", "govpay", "sendAbilitato"],
            isLoss: true,
            why: "GovPay non le chiede a SEND e il destinatario non le paga, perché le pendenze non sono abilitate a SEND",
            remedy:
              "indicare payments.govpay.sendAbilitato: true, con GovPay 3.9.4 o successivo e il servizio SEND configurato sul dominio dell'ente; con un GovPay precedente payments.priceService, se al pagamento GovPay interroga un gestionale che chiede il prezzo a Postino, altrimenti send.feePolicy: FLAT_RATE",
          },
    describe: describeWho,
    prove: async (options, signal) =>
      options.settings.govpay?.sendAbilitato === true
        ? await proveByBackoffice({ ...options, ...completeOptions(options) }, signal)
        : provePriceService(describeWho(options.settings), options.priceAskedOn),
  },
  create(options) {
    const complete = { ...options, ...completeOptions(options) };
    return {
      ...createGovPayPayments(complete),
      async requireCosts(signal) {
        if (complete.govpay.sendAbilitato !== true) return;
        const { state, note, hint } = await proveByBackoffice(complete, signal);
        // What cannot be read is not proved, and the doctor says so.
        if (state !== "bad") return;
        const way = hint === undefined ? {} : { hint };
        throw new RunBlocked("COSTS_NOT_ADDED", `${note} Nulla è stato inviato.`, way);
      },
    };
  },
  // A pendenza that nobody made; a person is waiting.
  async diagnose(options, signal) {
    const complete = completeOptions(options);
    const path = `/pendenze/${encodeURIComponent(complete.govpay.idA2A)}/postino-doctor`;
    const door = openGovPayDoor({ ...options, ...complete, patienceMs: 0 });
    const answer = await door({ method: "GET", path, signal });
    // A 404 of GovPay itself has a body with its code; that of a wrong address has none.
    const isItsOwn =
      answer.status === 200 || (answer.status === 404 && readFaultCode(answer) !== "");
    return judgeAnswer("GovPay", answer, { isItsOwn, below: "/pendenze" });
  },
});

function describeWho({ govpay }: AdapterSettings<typeof settings>): string {
  return govpay?.sendAbilitato === true
    ? whoAsks
    : "le aggiunge il gestionale che GovPay interroga al pagamento, chiedendo il prezzo a Postino";
}

/** Throws RunBlocked `PAYMENTS_NOT_CONFIGURED`. */
function completeOptions({
  settings: given,
  secrets,
}: AskOptions<AdapterSettings<typeof settings>>): Pick<
  BackofficeAccess,
  "settings" | "govpay" | "password" | "readBackofficePassword"
> {
  const { govpay } = given;
  if (govpay === undefined) throw paymentsNotConfiguredError("payments.govpay");
  const { secret } = govpay.backoffice?.password ?? govpay.password;
  return {
    readBackofficePassword: () => secrets.get(secret),
    settings: requireOnlineSettings(given),
    govpay,
    password: () => secrets.get(govpay.password.secret),
  };
}
