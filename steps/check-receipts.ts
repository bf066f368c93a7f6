/** Looks whether somebody paid on a position that was cancelled, or whether it is open again; in the pipeline of late receipts. */
import { Type } from "typebox";
import { ItemRejected } from "../engine/host/errors.ts";
import type { PositionState } from "../integrations/payments/port.ts";
import { pureStep } from "../integrations/services.ts";
import { CancelledField, type Receipts, ReceiptsField } from "./schemas/fields.ts";

export default pureStep({
  title: "Pagamenti arrivati",
  summary:
    "Cerca pagamenti arrivati sulle posizioni che reset-iuv ha annullato, e li segnala perché una persona decida",
  needs: ["payments"],
  config: Type.Object({}, { additionalProperties: false }),
  reads: CancelledField,
  adds: ReceiptsField,
  note: ({ receipts }) =>
    receipts === "none"
      ? null
      : "Il sistema dei pagamenti non sa dire se una posizione annullata è stata pagata: chiedere all'ufficio che la gestisce.",
  examples: ["{}"],
  async run(item, ctx): Promise<Receipts> {
    const states = new Set<PositionState>();
    for (const position of item.data.cancelledPositions)
      states.add(await ctx.services.payments.inspect(position, ctx.signal));
    if (states.has("paid") || states.has("partially-paid")) throw paidAfterCancelError();
    if (states.has("open") || states.has("notified")) throw stillOpenError();
    return { receipts: states.has("unclear") ? "unknown" : "none" };
  },
});

function paidAfterCancelError(): ItemRejected {
  return new ItemRejected(
    "PAID_AFTER_CANCEL",
    "Sulla posizione annullata di questo verbale è arrivato un pagamento: il cittadino ha pagato con il vecchio avviso.",
    {
      hint: "Confrontare l'importo pagato con il dovuto. Se basta, annullare la posizione nuova e, se la notifica è partita, annullarla su SEND; altrimenti riconciliare o rimborsare.",
    },
  );
}

function stillOpenError(): ItemRejected {
  return new ItemRejected(
    "CANCELLED_STILL_OPEN",
    "Una posizione annullata di questo verbale risulta di nuovo aperta: il cittadino può pagare due volte.",
    {
      hint: "Annullarla sul sistema dei pagamenti e cercare chi l'ha riaperta, di norma il gestionale che la ricarica.",
    },
  );
}
