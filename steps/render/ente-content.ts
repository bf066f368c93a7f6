/** Turns an ente's settings into what the renderers print of it. */
import type { EnteContent } from "../../documents/model/content.ts";
import { describeCosts, type Services } from "../../integrations/services.ts";

/** `conAvviso`: whether the notice is made beside the verbale. */
export function buildEnteContent(settings: Services["ente"], conAvviso: boolean): EnteContent {
  const { ente, render, payments } = settings;
  return {
    nome: ente.nome,
    codiceFiscale: ente.codiceFiscale,
    conAvviso,
    // Promised only where somebody adds them.
    costiAlDestinatario: describeCosts(settings).isAdded,
    ...pickGiven("settore", ente.settore),
    ...pickGiven("indirizzo", ente.indirizzo),
    ...pickGiven("telefono", ente.telefono),
    ...pickGiven("email", ente.email),
    ...pickGiven("pec", ente.pec),
    ...pickGiven("sito", ente.sito),
    ...pickGiven("luogo", render?.luogo),
    ...pickGiven("comandante", render?.comandante),
    ...pickGiven("giudiceDiPace", render?.giudiceDiPace),
    ...pickGiven("prefetto", render?.prefetto),
    ...pickGiven("cbill", payments.cbill),
    ...pickGiven("postalAccount", payments.postalAccount),
    ...pickGiven("postalAccountHolder", payments.postalAccountHolder),
    ...pickGiven("postalAuthorization", payments.postalAuthorization),
  };
}

function pickGiven<Key extends keyof EnteContent>(
  key: Key,
  value: EnteContent[Key] | undefined,
): Partial<Record<Key, EnteContent[Key]>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, EnteContent[Key]>);
}
