/** SEND's English details, recognised one by one: which field is meant, what is wrong with it, how to mend it; used by notes.ts. */

/** Whom a fault concerns: this verbale, or every verbale of the ente (its settings). */
export type FaultScope = "item" | "run";

export interface Finding {
  readonly note: string;
  readonly hint: string;
  readonly scope: FaultScope;
}

type Reading = (match: RegExpExecArray) => Finding;

const fieldNames: Readonly<Record<string, string>> = {
  abstract: "la descrizione (abstract)",
  address: "la via con il numero civico",
  addressDetails: "i dettagli dell'indirizzo (scala, interno)",
  applyCost: "l'indicazione dei costi (applyCost)",
  at: "il campo «presso»",
  "at and municipalityDetails": "la riga «presso» con la frazione",
  creditorTaxId: "il codice fiscale del creditore",
  denomination: "il nome del destinatario",
  digitalDomicile: "la PEC",
  documents: "i documenti",
  foreignState: "lo stato",
  group: "il gruppo",
  idempotenceToken: "il codice di idempotenza",
  municipality: "il comune",
  municipalityDetails: "la frazione",
  noticeCode: "il codice avviso",
  notificationFeePolicy: "la politica dei costi (feePolicy)",
  paFee: "il costo dell'ente (paFee)",
  paProtocolNumber: "il numero di protocollo",
  paymentExpirationDate: "la scadenza del pagamento",
  physicalAddress: "l'indirizzo",
  physicalCommunicationType: "il tipo di raccomandata",
  province: "la provincia",
  recipientType: "il tipo di destinatario (PF o PG)",
  recipients: "i destinatari",
  senderDenomination: "la denominazione dell'ente",
  senderTaxId: "il codice fiscale dell'ente",
  subject: "l'oggetto",
  taxId: "il codice fiscale del destinatario",
  taxonomyCode: "il codice tassonomico",
  title: "il titolo del documento",
  vat: "l'IVA",
  zip: "il CAP",
  "zip, municipality and Province": "la riga con CAP, comune e provincia",
};

/** Fields that come from the ente file, not from the verbale. */
const settingFields: ReadonlySet<string> = new Set([
  "group",
  "notificationFeePolicy",
  "paFee",
  "physicalCommunicationType",
  "senderDenomination",
  "senderTaxId",
  "subject",
  "taxonomyCode",
  "vat",
]);

function named(field: string): string {
  return fieldNames[field] ?? `il campo ${field}`;
}

function item(note: string, hint: string): Finding {
  return { note, hint, scope: "item" };
}

function run(note: string, hint: string): Finding {
  return { note, hint, scope: "run" };
}

const mendVerbale = "Correggere il verbale nel flusso e rimandarlo.";
const mendEnte = "Correggere la sezione send: del file dell'ente e riprendere il flusso.";

function aboutField(field: string, what: string): Finding {
  const note = `SEND non accetta ${named(field)}: ${what}.`;
  return settingFields.has(field) ? run(note, mendEnte) : item(note, mendVerbale);
}

/** pn-delivery's texts. Source: NotificationReceiverValidator; the values that they quote are never repeated. */
const deliveryReadings: readonly (readonly [RegExp, Reading])[] = [
  [
    /^Max attachment count reached/,
    () =>
      item("I documenti sono più di 15.", "Unire i documenti in meno file e rimandare il verbale."),
  ],
  [
    /^Max recipient count reached/,
    () => item("I destinatari sono più di 15.", "Dividere i destinatari in più notifiche."),
  ],
  [
    /^paFee or vat field not filled/,
    () =>
      run(
        "Con DELIVERY_MODE servono paFee e vat.",
        "Indicare paFee e vat nel file dell'ente e riprendere il flusso.",
      ),
  ],
  [
    /^SEND accepts only numerical taxId for PG/,
    () =>
      item(
        "Il destinatario è indicato come persona giuridica (PG) ma ha un codice fiscale alfanumerico.",
        "Le ditte individuali e i professionisti sono PF; le società hanno il codice fiscale di 11 cifre.",
      ),
  ],
  [
    /^Invalid taxId for recipient/,
    () =>
      item(
        "Il codice fiscale del destinatario non è valido: lettera di controllo sbagliata, o tipo PF/PG che non gli corrisponde.",
        "Verificare il codice fiscale in anagrafe, correggere il verbale e rimandarlo.",
      ),
  ],
  [
    /^Duplicated recipient taxId/,
    () => item("Lo stesso codice fiscale compare due volte fra i destinatari.", mendVerbale),
  ],
  [
    /^(PagoPA|F24) applyCostFlg must be valorized/,
    () => run("Con DELIVERY_MODE almeno un avviso deve portare i costi di notifica.", mendEnte),
  ],
  [
    /^(PagoPA|F24) applyCostFlg must not be valorized/,
    () => run("Con FLAT_RATE nessun avviso può portare i costi di notifica.", mendEnte),
  ],
  [/^F24 description is mandatory/, () => item("Il modello F24 non ha titolo.", mendVerbale)],
  [
    /^Duplicated iuv/,
    () =>
      item(
        "Lo stesso codice avviso compare due volte nella richiesta.",
        "Ripetere la generazione degli IUV e rimandare il verbale.",
      ),
  ],
  [
    /does not conform to the expected content type|does not contain the expected value/,
    () =>
      item(
        "Il riferimento di un allegato non corrisponde al suo tipo di file.",
        "Rimandare il verbale: i file vengono caricati di nuovo.",
      ),
  ],
  [
    /^PhysicalAddress cannot be null/,
    () =>
      item(
        "Manca l'indirizzo del destinatario.",
        "Completare l'indirizzo nel verbale e rimandarlo.",
      ),
  ],
  [
    /^Field (.+) in recipient \d+ contains invalid characters/,
    (match) =>
      aboutField(
        match[1] ?? "",
        "contiene caratteri non ammessi (solo lettere latine, cifre e . / ' - , @ _)",
      ),
  ],
  [
    /^Field (.+) in recipient \d+ exceed max length of (\d+)/,
    (match) => aboutField(match[1] ?? "", `supera ${match[2] ?? ""} caratteri`),
  ],
  [
    /^No province provided/,
    () =>
      item(
        "Manca la provincia nell'indirizzo.",
        "Indicare la sigla della provincia e rimandare il verbale.",
      ),
  ],
  [
    /^Same attachment compares more then once/,
    () =>
      item(
        "Lo stesso file compare due volte nella richiesta.",
        "Togliere il doppione (verbale e avviso devono essere file diversi) e rimandare il verbale.",
      ),
  ],
  [/^Max one recipient/, () => item("L'ente può indicare un solo destinatario.", mendVerbale)],
  [/^No recipient payment/, () => item("L'ente deve indicare almeno un pagamento.", mendVerbale)],
];

/** The field that a limit or a pattern of the gateway's schema belongs to; the gateway does not name it. */
const fieldsOfLength: Readonly<Record<string, string>> = {
  "134": "subject",
  "88": "denomination",
  "44": "at",
  "18": "noticeCode",
  "15": "zip",
  "16": "taxId",
  "11": "creditorTaxId",
  "7": "taxonomyCode",
  "10": "paymentExpirationDate",
  "320": "digitalDomicile",
  "512": "title",
};

const lengthTexts: Readonly<Record<string, string>> = {
  "256": "il protocollo, il comune, la frazione, la provincia o lo stato",
  "1024": "la via, i dettagli dell'indirizzo o la descrizione",
};

const gatewayReadings: readonly (readonly [RegExp, Reading])[] = [
  [
    /missing required properties \((\[[^\]]*\])\)/,
    (match) => {
      const fields = listOf(match[1] ?? "[]");
      const note = `Nella richiesta manca ${fields.map(named).join(", ")}.`;
      return fields.some((field) => settingFields.has(field))
        ? run(note, mendEnte)
        : item(note, mendVerbale);
    },
  ],
  [
    /is too (long|short) \(length: (\d+), (?:maximum allowed|required minimum): (\d+)\)/,
    (match) => {
      const limit = match[3] ?? "";
      const how =
        match[1] === "long"
          ? `ha ${match[2]} caratteri, il massimo è ${limit}`
          : `ha ${match[2]} caratteri, il minimo è ${limit}`;
      const field = fieldsOfLength[limit];
      if (field !== undefined) return aboutField(field, how);
      return item(
        `SEND non accetta un campo (${lengthTexts[limit] ?? "non indicato da SEND"}): ${how}.`,
        mendVerbale,
      );
    },
  ],
  [
    /ECMA 262 regex "(.*?)" does not match input string/,
    (match) => {
      const field = fieldOfPattern(match[1] ?? "");
      return field === null
        ? item(
            "Un campo della richiesta contiene caratteri non ammessi, per esempio un a capo.",
            mendVerbale,
          )
        : aboutField(field, "non ha la forma prevista");
    },
  ],
  [
    /instance type \((\w+)\)/,
    (match) =>
      item(
        `Un campo della richiesta è di tipo ${match[1] === "null" ? "nullo" : (match[1] ?? "")}, non ammesso da SEND.`,
        mendVerbale,
      ),
  ],
  [
    /not found in enum \(possible values: (\[[^\]]*\])\)/,
    (match) =>
      item(
        `Un campo ha un valore fuori elenco; SEND ammette ${listOf(match[1] ?? "[]").join(", ")}.`,
        mendVerbale,
      ),
  ],
  [
    /array is too (short|long): must have at (?:least|most) (\d+)/,
    (match) =>
      item(
        match[1] === "long"
          ? `Un elenco della richiesta supera ${match[2]} elementi.`
          : "Nella richiesta mancano i destinatari o i documenti.",
        mendVerbale,
      ),
  ],
  [
    /numeric instance is (?:greater|lower) than the required/,
    () => run("paFee o vat non sono fra 0 e 100.", mendEnte),
  ],
  [
    /properties which are not allowed/,
    () =>
      run(
        "La richiesta contiene un campo che questa versione di SEND non conosce.",
        "Controllare apiVersion nel file dell'ente e riprendere il flusso.",
      ),
  ],
];

function fieldOfPattern(pattern: string): string | null {
  if (pattern.includes("A-Z]{6}[0-9LMNPQRSTUV]")) return "taxId";
  if (pattern.includes("{|}~-]")) return "digitalDomicile";
  if (pattern.includes("\\w|\\ ")) return "zip";
  if (pattern.includes("[0-9]{6}[A-Z]{1}")) return "taxonomyCode";
  if (pattern === "^[ -~]*$") return "group";
  return null;
}

function listOf(text: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(text.replaceAll("\\", ""));
    return Array.isArray(value) ? value.map(String) : [];
  } catch {
    return [];
  }
}

/** What a detail of pn-delivery says, or `null` when it is not known. */
export function readDeliveryDetail(detail: string): Finding | null {
  return firstOf(deliveryReadings, detail);
}

/** What a detail of the gateway's schema check says, or `null` when it is not known. */
export function readGatewayDetail(detail: string): Finding | null {
  return firstOf(gatewayReadings, detail);
}

function firstOf(
  readings: readonly (readonly [RegExp, Reading])[],
  detail: string,
): Finding | null {
  for (const [pattern, read] of readings) {
    const match = pattern.exec(detail);
    if (match !== null) return read(match);
  }
  return null;
}
