/** Checks of an act that is notified anew: it says after which one, why and since when, and the first one is neither paid nor of somebody who died. */
import { readChain } from "../../integrations/register/chain.ts";
import type { Services } from "../../integrations/services.ts";
import type { Law } from "../law/law.ts";
import { restartsTerm } from "../law/notification-start.ts";
import type { Verbale } from "../schemas/verbale.ts";
import { buildFinding, type Finding } from "./catalogue.ts";

export async function checkRenotification(
  verbale: Verbale,
  {
    register,
    law,
    today,
  }: { readonly register: Services["register"]; readonly law: Law; readonly today: string },
): Promise<readonly Finding[]> {
  const { rinotifica } = verbale;
  if (rinotifica === undefined) return [];
  const { origine = "", causa } = rinotifica;
  const missing = describeMissing(verbale, law, today);
  if (missing !== null)
    return [
      buildFinding(
        "RENOTIFICATION_DATA",
        "Nuova notifica",
        missing,
        "completare le colonne rinotifica del flusso.",
      ),
    ];
  const known = (await readChain(register, origine)).findLast(
    ({ numero, iun }) => numero === origine || iun === origine,
  );
  if (known === undefined)
    return [
      buildFinding(
        "RENOTIFICATION_ORIGIN",
        "Nuova notifica",
        "il verbale di origine non risulta tra quelli inviati da Postino.",
        "controllare il numero; se lo ha inviato un altro programma, chiudere là i suoi codici.",
      ),
    ];
  if (known.iun === null) return [];
  const receipts = await register.read("receipts", known.iun);
  if (receipts?.data.codes.some(({ state }) => state === "paid") === true)
    return [
      buildFinding(
        "RENOTIFICATION_PAID",
        "Nuova notifica",
        "il verbale di origine è già pagato.",
        "non notificare di nuovo: l'obbligazione è estinta.",
      ),
    ];
  const followed = await register.read("followed", known.iun);
  const hasDied =
    followed?.data.recipients.some(({ deceasedAt }) => deceasedAt !== undefined) === true;
  if (hasDied && (causa === "indirizzo" || causa === "restituita"))
    return [
      buildFinding(
        "RENOTIFICATION_DECEASED",
        "Nuova notifica",
        "il destinatario del verbale di origine è deceduto, e la sanzione non passa agli eredi.",
        "decide una persona: di norma il verbale si chiude.",
      ),
    ];
  return [];
}

function describeMissing(
  { rinotifica = {}, dataViolazione, numero }: Verbale,
  law: Law,
  today: string,
): string | null {
  const { origine = "", causa, dataConoscenza } = rinotifica;
  if (origine === "") return "manca il verbale di origine.";
  if (origine === numero) return "il verbale di origine è questo stesso: serve un numero nuovo.";
  if (causa === undefined) return "manca la causa.";
  if (dataConoscenza === undefined)
    return restartsTerm(causa, law.renotification)
      ? "manca il giorno in cui si è saputo, da cui decorrono i 90 giorni."
      : null;
  if (dataConoscenza > today) return "il giorno in cui si è saputo è nel futuro.";
  return dataConoscenza < dataViolazione
    ? "il giorno in cui si è saputo è prima della violazione."
    : null;
}
