/** An office that keeps the positions by itself and exchanges files, as the payment system of an ente. */
import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { Type } from "typebox";
import type { DoctorFinding } from "../../diagnosis.ts";
import { describeAdapter } from "../adapter.ts";
import { buildCostFinding, provePriceService } from "../cost-proof.ts";
import { notOnGpd } from "../payment-notes.ts";
import type { SharedSettings } from "../shared-settings.ts";
import { createFilePayments } from "./file-adapter.ts";
import { locateExchange } from "./payment-folder.ts";

export const filePayments = describeAdapter({
  settings: {
    addsNotificationFee: Type.Optional(
      Type.Boolean({
        description:
          "Con adapter file, true: chi gestisce i pagamenti ha dichiarato per iscritto che al pagamento chiede a SEND le spese di notifica e le aggiunge",
      }),
    ),
    managerCode: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 35,
        description: "Codice dell'ente presso il gestore dei pagamenti: va nelle richieste su file",
      }),
    ),
  },
  secrets: () => [],
  addresses: () => [],
  positionNames: {
    fields: { iupd: /\S/, idPendenza: /\S/, numeroAvviso: /\S/ },
    remedy: "indicare un riferimento della posizione.",
  },
  costs: {
    mode: "SYNC",
    otherwise: notOnGpd,
    findGap: ({ addsNotificationFee, priceService }) =>
      addsNotificationFee === true || priceService !== undefined
        ? null
        : {
            path: ["payments", "addsNotificationFee"],
            isLoss: false,
            why: "le aggiunge soltanto chi gestisce i pagamenti, se al pagamento le chiede a SEND",
            remedy:
              "fargli chiedere il prezzo a Postino (payments.priceService) oppure farselo dichiarare per iscritto e indicare payments.addsNotificationFee: true; altrimenti scegliere send.feePolicy: FLAT_RATE",
          },
    describe: describeWho,
    prove: (options) =>
      Promise.resolve(
        options.settings.priceService === undefined
          ? {
              ...buildCostFinding(
                "doubtful",
                describeWho(options.settings),
                "Postino non può provarlo",
              ),
              hint: "Pagare un avviso notificato e confrontare l'importo con quello che dice SEND.",
            }
          : provePriceService(describeWho(options.settings), options.priceAskedOn),
      ),
  },
  create: (options) => createFilePayments({ ...options, folder: locateExchange(options) }),
  diagnose: (options) => tryFolder(locateExchange(options)),
});

function describeWho({
  addsNotificationFee,
  priceService,
}: Pick<SharedSettings, "priceService"> & { readonly addsNotificationFee?: boolean }): string {
  if (priceService !== undefined)
    return "le aggiunge chi gestisce i pagamenti, chiedendo a Postino il prezzo al pagamento";
  return addsNotificationFee === true
    ? "le aggiunge chi gestisce i pagamenti, come ha dichiarato"
    : "le aggiunge soltanto chi gestisce i pagamenti, se al pagamento le chiede a SEND";
}

async function tryFolder(folder: string): Promise<DoctorFinding> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
  } catch {
    return {
      state: "bad",
      note: `La cartella dei pagamenti ${folder} non è scrivibile.`,
      hint: "Controllare i permessi della cartella dei dati.",
    };
  }
  return { state: "good", note: `I pagamenti passano per i file della cartella ${folder}.` };
}
