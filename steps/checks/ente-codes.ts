/** What `check` says about the codes of an ente that carry check digits: its codice fiscale, its IBANs; asked of the validate step. */
import type { InspectContext, SettingFault } from "../../engine/step/inspect.ts";
import { toEnteSettings } from "../../integrations/services.ts";
import { numericTaxCodeFault } from "../../integrations/flusso/port.ts";

/** A wrong digit here would stop every verbale at SEND or at the payment system, after codes were spent. */
export function inspectEnteCodes({ settings }: InspectContext): readonly SettingFault[] {
  if (settings === null) return [];
  const { ente, payments } = toEnteSettings(settings);
  const faults: SettingFault[] = [];
  if (numericTaxCodeFault(ente.codiceFiscale) === "check")
    faults.push({
      within: "ente",
      path: ["ente", "codiceFiscale"],
      message: `nel file dell'ente "ente.codiceFiscale" ha una cifra sbagliata o scambiata`,
      why: "la cifra di controllo non corrisponde",
      remedy: "ricopialo dall'indice delle pubbliche amministrazioni (IPA)",
    });
  for (const key of ["iban", "postalIban"] as const) {
    const iban = payments[key];
    if (iban !== undefined && !isIbanWhole(iban))
      faults.push({
        within: "ente",
        path: ["payments", key],
        message: `nel file dell'ente "payments.${key}" ha un carattere sbagliato o scambiato`,
        why: "le cifre di controllo non corrispondono",
        remedy: "ricopia l'IBAN dal tesoriere o dal portale di PagoPA",
      });
  }
  return faults;
}

/** Source: ISO 13616: the first four characters put last, letters as 10 to 35, the number modulo 97 is 1. */
function isIbanWhole(iban: string): boolean {
  const moved = iban.slice(4) + iban.slice(0, 4);
  const digits = moved.replaceAll(/[A-Z]/g, (letter) => Number.parseInt(letter, 36).toString());
  return BigInt(digits) % 97n === 1n;
}
