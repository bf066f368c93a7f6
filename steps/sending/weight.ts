/** The 20 gram rule of enti that SEND has not enabled for heavier letters. */
import { ItemRejected } from "../../engine/host/errors.ts";

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
        hint: "Accorciare i documenti, oppure chiedere a PagoPA l'abilitazione e togliere over20Grams: false dal file dell'ente.",
      },
    );
}
