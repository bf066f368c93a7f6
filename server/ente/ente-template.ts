/** The file of a new ente: all that is needed, its empty places marked, tried against the simulators first; written by `postino init`. */

import { listAdapterNames } from "../../integrations/payments/create-payments.ts";

export interface EnteTemplateOptions {
  readonly codice: string;
  /** The demonstration's key file, as seen from the folder of the ente files. */
  readonly demoKey: string;
  /** What is known already; the others are left to fill in. */
  readonly known?: Readonly<Partial<Record<TemplateField, string>>>;
}

/** What the file of an ente cannot do without, besides its codice. */
export const templateFields = [
  "nome",
  "codiceFiscale",
  "segregationCode",
  "iban",
  "prefetto",
  "giudiceDiPace",
] as const;
export type TemplateField = (typeof templateFields)[number];

/** A codice becomes a file name and the beginning of secret names. */
const codiceShape = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;

/** Why a codice cannot be one; `null`: it can. */
export function explainBadCodice(codice: string): string | null {
  return codiceShape.test(codice)
    ? null
    : `«${codice}» non va bene come codice: lettere, cifre, «-» e «_», al massimo 40, la prima lettera o cifra.`;
}

function listOthers(): string {
  return listAdapterNames()
    .filter((name) => name !== "gpd")
    .join(", ");
}

/** Names of secrets begin with this: `BORGONUOVO` for `borgonuovo`. */
function buildPrefix(codice: string): string {
  const name = codice.toUpperCase().replaceAll("-", "_");
  return /^[A-Z]/.test(name) ? name : `ENTE_${name}`;
}

/** YAML that `check` refuses until the places marked with an arrow are filled. */
export function buildEnteTemplate({ codice, demoKey, known = {} }: EnteTemplateOptions): string {
  const prefix = buildPrefix(codice);
  // JSON's quotes are YAML's.
  const fill = (field: TemplateField, otherwise: string): string => {
    const value = known[field];
    return value === undefined ? `# <-- ${otherwise}` : JSON.stringify(value);
  };
  return `# yaml-language-server: $schema=../ente.schema.json
# Completare i posti segnati con la freccia, poi: postino check --ente ${codice}
ente:
  codice: ${codice}
  nome: ${fill("nome", "denominazione, come la legge il destinatario: Comune di …")}
  codiceFiscale: ${fill("codiceFiscale", "undici cifre, tra virgolette")}
  # Facoltativi, stampati sui documenti: settore, indirizzo, telefono, email, pec, sito

# I simulatori non notificano nessuno. Per i servizi reali: cambiare gli indirizzi, mettere true qui e POSTINO_LIVE=1 nell'ambiente.
live: false

send:
  baseUrl: http://127.0.0.1:8098/send # collaudo: https://api.uat.notifichedigitali.it
  apiKey: { secret: ${prefix}_SEND } # il nome del segreto, mai il valore
  # group: "…"                        # se la chiave è legata a un gruppo
  over20Grams: false # true se PagoPA ha abilitato l'ente alle buste oltre 20 grammi: l'avviso di pagamento viene allegato
  # feePolicy: FLAT_RATE              # se la notifica la paga l'ente; altrimenti la paga il destinatario

payments:
  adapter: gpd # oppure ${listOthers()}
  baseUrl: http://127.0.0.1:8098/gpd/debt-positions-service/v1
  subscriptionKey: { secret: ${prefix}_GPD }
  segregationCode: ${fill("segregationCode", "due cifre assegnate da PagoPA, tra virgolette")}
  iban: ${fill("iban", "IBAN di accredito, registrato sulla piattaforma")}

signing:
  signers:
    comandante:
      # La chiave inventata della dimostrazione, per provare: sostituirla con la propria (o con csc: oppure upload:).
      pkcs12: { file: ${demoKey}, password: { secret: DEMO_KEY_PASSWORD } }

# Stampati sul verbale. Facoltativi: luogo, comandante (chi firma, come appare in calce), stemma (PNG o SVG)
render:
  prefetto: ${fill("prefetto", "sede della Prefettura competente per il ricorso")}
  giudiceDiPace: ${fill("giudiceDiPace", "sede del Giudice di Pace competente per il ricorso")}

# Prima di spendere si può chiedere ad ANPR chi è deceduto o ha cambiato casa, tramite PDND: docs/it/consultazioni.md
# consultazioni:
#   pdnd:
#     tokenUrl: https://auth.interop.pagopa.it/token.oauth2
#     audience: auth.interop.pagopa.it/client-assertion
#     clientId: "…"
#     keyId: "…" # il kid che PDND ha dato alla chiave pubblica
#     privateKey: { secret: ${prefix}_PDND }
#   anpr:
#     identity: { purposeId: "…" } # finalità di C030
#     residence: { service: C020, purposeId: "…" }
# pipelines:
#   send: { add: [{ after: validate, step: { uses: look-up-residence, within: 24h } }] }

# Come esporta il gestionale: a sinistra la colonna del file, a destra il campo del verbale. Senza questa parte le colonne
# si chiamano già come i campi. Un esempio intero: enti/borgolieto.yaml
# flusso:
#   dates: GG/MM/AAAA
#   amounts: "1.234,56"
#   columns:
#     Numero verbale: numero
#     Data violazione: dataViolazione
`;
}
