/** What the register shows of a verbale in its lists. */
import type { WaitingRow } from "../../integrations/register/waiting.ts";
import { formatDenomination, pickTaxId } from "../checks/recipient.ts";
import type { Verbale } from "../schemas/verbale.ts";

export function buildWaitingRow(verbale: Verbale): WaitingRow {
  const { numero, protocollo, targa, dataViolazione, destinatario, destinatari = [] } = verbale;
  const people = [destinatario, ...destinatari];
  const [first = "", ...others] = people.map(formatDenomination);
  const more = others.length === 1 ? " e un altro" : ` e altri ${others.length}`;
  return {
    numero,
    protocollo: protocollo ?? null,
    targa,
    denomination: others.length === 0 ? first : `${first}${more}`,
    people: [first, ...others, ...people.map(pickTaxId)],
    day: dataViolazione,
    amountCents: verbale.importoRidottoCents + verbale.speseCents,
  };
}
