/** Turns an ente's settings into what the renderers print of it. */
import type { EnteContent } from "../../documents/model/content.ts";
import type { Services } from "../../integrations/services.ts";

/** `conAvviso`: whether the notice is made beside the verbale. */
export function enteContent(settings: Services["ente"], conAvviso: boolean): EnteContent {
  const { ente, render, payments, send } = settings;
  return {
    nome: ente.nome,
    codiceFiscale: ente.codiceFiscale,
    conAvviso,
    costiAlDestinatario: send.feePolicy === "DELIVERY_MODE",
    ...given("settore", ente.settore),
    ...given("indirizzo", ente.indirizzo),
    ...given("telefono", ente.telefono),
    ...given("email", ente.email),
    ...given("pec", ente.pec),
    ...given("sito", ente.sito),
    ...given("luogo", render?.luogo),
    ...given("comandante", render?.comandante),
    ...given("giudiceDiPace", render?.giudiceDiPace),
    ...given("prefetto", render?.prefetto),
    ...given("cbill", payments.cbill),
    ...given("postalAccount", payments.postalAccount),
    ...given("postalAccountHolder", payments.postalAccountHolder),
    ...given("postalAuthorization", payments.postalAuthorization),
  };
}

function given<Key extends keyof EnteContent>(
  key: Key,
  value: EnteContent[Key] | undefined,
): Partial<Record<Key, EnteContent[Key]>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, EnteContent[Key]>);
}
