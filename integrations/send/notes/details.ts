/** pn-delivery's English details, recognised one by one: which field is meant, what is wrong with it, how to mend it. */
import {
  requestFieldFault,
  type NotedFault,
  itemFault,
  mendEnte,
  mendVerbale,
  type Reading,
  runFault,
} from "./fields.ts";

/** pn-delivery's texts. Source: NotificationReceiverValidator; the values that they quote are never repeated. */
const deliveryReadings: readonly (readonly [RegExp, Reading])[] = [
  [
    /^Max attachment count reached/,
    () =>
      itemFault("I documenti sono più di 15.", {
        action: "resume",
        only: "rejected",
        first: "Unire i documenti in meno file.",
      }),
  ],
  [
    /^Max recipient count reached/,
    () =>
      itemFault(
        "I destinatari sono più di 15.",
        "Dividere i destinatari in più verbali nel gestionale e mandarli con un altro flusso.",
      ),
  ],
  [
    /^paFee or vat field not filled/,
    () =>
      runFault("Quando le spese sono del destinatario SEND vuole il costo dell'ente e l'IVA.", {
        action: "resume",
        setting: {
          ask: "indicare nel file dell'ente il suo costo e l'IVA",
          technical: "Indicare paFee e vat nel file dell'ente.",
        },
      }),
  ],
  [
    /^SEND accepts only numerical taxId for PG/,
    () =>
      itemFault(
        "Il destinatario è indicato come persona giuridica (PG) ma ha un codice fiscale alfanumerico.",
        "Le ditte individuali e i professionisti sono PF; le società hanno il codice fiscale di 11 cifre. Correggere il tipo o il codice nel gestionale e mandare il verbale con un altro flusso.",
      ),
  ],
  [
    /^Invalid taxId for recipient/,
    () =>
      itemFault(
        "Il codice fiscale del destinatario non è valido: lettera di controllo sbagliata, o tipo PF/PG che non gli corrisponde.",
        "Verificare il codice fiscale in anagrafe, correggerlo nel gestionale e mandare il verbale con un altro flusso.",
      ),
  ],
  [
    /^Duplicated recipient taxId/,
    () => itemFault("Lo stesso codice fiscale compare due volte fra i destinatari.", mendVerbale),
  ],
  [
    /^(PagoPA|F24) applyCostFlg must be valorized/,
    () =>
      runFault("Con DELIVERY_MODE almeno un avviso deve portare i costi di notifica.", mendEnte),
  ],
  [
    /^(PagoPA|F24) applyCostFlg must not be valorized/,
    () => runFault("Con FLAT_RATE nessun avviso può portare i costi di notifica.", mendEnte),
  ],
  [/^F24 description is mandatory/, () => itemFault("Il modello F24 non ha titolo.", mendVerbale)],
  [
    /^Duplicated iuv/,
    () =>
      itemFault("Lo stesso codice avviso compare due volte nella richiesta.", {
        action: "resume",
        only: "rejected",
        after: "Il verbale riceve codici avviso nuovi.",
      }),
  ],
  [
    /does not conform to the expected content type|does not contain the expected value/,
    () =>
      itemFault("Il riferimento di un allegato non corrisponde al suo tipo di file.", {
        action: "resume",
        only: "rejected",
        after: "I documenti vengono caricati di nuovo.",
      }),
  ],
  [
    /^PhysicalAddress cannot be null/,
    () =>
      itemFault(
        "Manca l'indirizzo del destinatario.",
        "Completare l'indirizzo nel gestionale e mandare il verbale con un altro flusso.",
      ),
  ],
  [
    /^Field (.+) in recipient \d+ contains invalid characters/,
    (match) => {
      const [, field = ""] = match;
      // The two printed lines of a name have a wider charset. Source: V-13, V-16.
      const isName = field === "denomination" || field === "at";
      return requestFieldFault(
        field,
        `contiene caratteri non ammessi (${isName ? "solo caratteri latini, senza «|» né «€»" : "solo lettere latine, cifre e . / ' - , @ _"})`,
      );
    },
  ],
  [
    /^Field (.+) in recipient \d+ exceed max length of (\d+)/,
    (match) => requestFieldFault(match[1] ?? "", `supera ${match[2] ?? ""} caratteri`),
  ],
  [
    /^No province provided/,
    () =>
      itemFault(
        "Manca la provincia nell'indirizzo.",
        "Indicare la sigla della provincia nel gestionale e mandare il verbale con un altro flusso.",
      ),
  ],
  [
    /^Same attachment compares more then once/,
    () =>
      itemFault("Lo stesso file compare due volte nella richiesta.", {
        action: "resume",
        only: "rejected",
        first: "Togliere il doppione (verbale e avviso devono essere file diversi).",
      }),
  ],
  [/^Max one recipient/, () => itemFault("L'ente può indicare un solo destinatario.", mendVerbale)],
  [
    /^No recipient payment/,
    () => itemFault("L'ente deve indicare almeno un pagamento.", mendVerbale),
  ],
];

/** What a detail of pn-delivery says, or `null` when it is not known. */
export function readDeliveryDetail(detail: string): NotedFault | null {
  return matchFirst(deliveryReadings, detail);
}

function matchFirst(
  readings: readonly (readonly [RegExp, Reading])[],
  detail: string,
): NotedFault | null {
  for (const [pattern, read] of readings) {
    const match = pattern.exec(detail);
    if (match !== null) return read(match);
  }
  return null;
}
