/** The 20 gram rule of enti that SEND has not enabled for heavier letters. */
import { askTechnician } from "../../engine/host/hint.ts";
import type { InspectContext, SettingFault } from "../../engine/step/inspect.ts";
import { ItemRejected } from "../../engine/host/errors.ts";
import { toEnteSettings } from "../../integrations/services.ts";

/**
 * Throws ItemRejected when SEND would refuse these documents of such an ente.
 * Source: pn-delivery-push-validator: 1 document of 4 pages, or 2 of 2 pages.
 */
export function assertWeight(documents: readonly { readonly pages: number }[]): void {
  const most = Math.max(0, ...documents.map(({ pages }) => pages));
  const isTooHeavy = documents.length > 2 || most > 4 || (documents.length === 2 && most > 2);
  if (isTooHeavy)
    throw new ItemRejected(
      "SENDER_DISABLED_MORE_THAN_20_GRAMS",
      `I documenti superano 20 grammi (${documents.length} file, fino a ${most} pagine) e l'ente non è abilitato. Nulla è stato inviato.`,
      {
        hint: askTechnician(
          "accorciare i documenti, o di indicare nel file dell'ente che PagoPA lo ha abilitato",
          "Accorciare i documenti, oppure chiedere a PagoPA l'abilitazione e togliere over20Grams: false dal file dell'ente.",
        ),
      },
    );
}

/** Whether the ente may send more than 20 grams only its people know, and SEND refuses every verbale of one that may not. */
export function inspectWeight(settings: InspectContext["settings"]): readonly SettingFault[] {
  if (settings === null || toEnteSettings(settings).send.over20Grams !== undefined) return [];
  return [
    {
      within: "ente",
      path: ["send", "over20Grams"],
      severity: "warning",
      message: `nel file dell'ente manca "send.over20Grams"`,
      why: "se PagoPA non ha abilitato l'ente alle buste oltre 20 grammi, SEND rifiuta ogni verbale con l'avviso allegato, e ogni rifiuto costa 1 euro",
      remedy:
        "scrivi nella sezione send: over20Grams: true se l'ente è abilitato, altrimenti false",
    },
  ];
}
