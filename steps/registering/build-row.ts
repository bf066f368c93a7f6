/** What the register shows of a verbale in its lists. */
import type { WaitingRow } from "../../integrations/register/waiting.ts";
import { formatDenomination, pickTaxId } from "../checks/recipient.ts";
import type { Verbale } from "../schemas/verbale.ts";

export function buildWaitingRow(verbale: Verbale): WaitingRow {
  const { numero, protocollo, targa, dataViolazione, destinatario } = verbale;
  return {
    numero,
    protocollo: protocollo ?? null,
    targa,
    denomination: formatDenomination(destinatario),
    taxId: pickTaxId(destinatario),
    day: dataViolazione,
    amountCents: verbale.importoRidottoCents + verbale.speseCents,
  };
}
