/** Turns a verbale's travelling fields into what the renderers print; used by the render step. */
import type { VerbaleContent } from "../../documents/content.ts";
import { ItemRejected } from "../../engine/errors.ts";
import type { Payment, Validation } from "../schemas/fields.ts";
import type { Indirizzo, Verbale } from "../schemas/verbale.ts";

/** Throws ItemRejected when the amounts to pay are not those of the verbale: the act would contradict its notice. */
export function contentOf(
  verbale: Verbale,
  validation: Validation,
  payment: Payment,
): VerbaleContent {
  requireSameAmounts(verbale, payment);
  return {
    numero: verbale.numero,
    ...(verbale.protocollo === undefined ? {} : { protocollo: verbale.protocollo }),
    day: validation.checkedOn,
    dataViolazione: verbale.dataViolazione,
    ...(verbale.oraViolazione === undefined ? {} : { oraViolazione: verbale.oraViolazione }),
    luogo: verbale.luogo,
    targa: verbale.targa,
    articolo: verbale.articolo,
    descrizione: verbale.descrizione,
    agente: verbale.agente,
    speseCents: verbale.speseCents,
    recipient: {
      name: validation.denomination,
      taxId: validation.taxId,
      address: addressLines(verbale.destinatario.indirizzo),
    },
    payments: payment.options.map(({ kind, noticeCode, amountCents }) => ({
      kind,
      noticeCode,
      amountCents,
    })),
  };
}

function requireSameAmounts(verbale: Verbale, payment: Payment): void {
  for (const { kind, amountCents } of payment.options) {
    const fine = kind === "discounted" ? verbale.importoScontatoCents : verbale.importoRidottoCents;
    if (fine !== undefined && fine + verbale.speseCents === amountCents) continue;
    throw new ItemRejected(
      "AMOUNT_MISMATCH",
      "Documento non prodotto: l'importo della posizione di pagamento non è quello del verbale con le sue spese",
      { hint: "Verificare gli importi del verbale e rifare la posizione di pagamento." },
    );
  }
}

/** As on an envelope. */
function addressLines(address: Indirizzo): string[] {
  const { presso, via, civico, dettagli, frazione, cap, comune, provincia, stato } = address;
  const isForeign = stato !== undefined && stato !== "" && stato.toUpperCase() !== "ITALIA";
  const lines = [
    presso === undefined || presso === "" ? "" : `presso ${presso}`,
    [via, civico ?? ""].filter((part) => part !== "").join(" "),
    dettagli ?? "",
    frazione ?? "",
    `${cap} ${comune} ${provincia}`.trim(),
    isForeign ? stato : "",
  ];
  return lines.filter((line) => line !== "");
}
