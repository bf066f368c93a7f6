/** The gateway's English findings, recognised one by one; it names no field, so limits and patterns tell which one is meant. */
import { joinHints } from "../../../engine/host/hint.ts";
import {
  requestFieldFault,
  type NotedFault,
  isSetting,
  itemFault,
  mendEnte,
  mendVerbale,
  nameRequestField,
  type Reading,
  runFault,
} from "./fields.ts";

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

/** What no file of verbali can bring about. */
const defect =
  "È un difetto del programma: avvisare l'assistenza con il numero del flusso e del verbale.";

/** `null` has no word: the field is empty. */
const typeWords: Readonly<Record<string, string>> = {
  array: "un elenco",
  boolean: "un sì o no",
  integer: "un numero",
  number: "un numero",
  object: "un gruppo di campi",
  string: "un testo",
};

function findFieldByValues(values: readonly string[]): string | null {
  if (values.includes("PF")) return "recipientType";
  if (values.includes("REGISTERED_LETTER_890")) return "physicalCommunicationType";
  if (values.includes("DELIVERY_MODE")) return "notificationFeePolicy";
  if (values.includes("ASYNC")) return "pagoPaIntMode";
  return null;
}

const lengthTexts: Readonly<Record<string, string>> = {
  "256": "il protocollo, il comune, la frazione, la provincia o lo stato",
  "1024": "la via, i dettagli dell'indirizzo o la descrizione",
};

/** Source: the gateway's schema check (json-schema-validator), B2B SyncValidation.feature. */
const gatewayReadings: readonly (readonly [RegExp, Reading])[] = [
  [
    /missing required properties \((\[[^\]]*\])\)/,
    (match) => {
      const fields = parseList(match[1] ?? "[]");
      const what = fields.map(nameRequestField).join(", ");
      const note = `Nella richiesta ${fields.length === 1 ? "manca" : "mancano:"} ${what}.`;
      return fields.some(isSetting) ? runFault(note, mendEnte) : itemFault(note, mendVerbale);
    },
  ],
  [
    /is too (long|short) \(length: (\d+), (?:maximum allowed|required minimum): (\d+)\)/,
    (match) => {
      const limit = match[3] ?? "";
      const size = match[2] === "1" ? "1 carattere" : `${match[2] ?? ""} caratteri`;
      const how = `ha ${size}, il ${match[1] === "long" ? "massimo" : "minimo"} è ${limit}`;
      const field = fieldsOfLength[limit];
      if (field !== undefined) return requestFieldFault(field, how);
      return itemFault(
        `SEND non accetta un campo (${lengthTexts[limit] ?? "non indicato da SEND"}): ${how}.`,
        mendVerbale,
      );
    },
  ],
  [
    /ECMA 262 regex "(.*?)" does not match input string/,
    (match) => {
      const field = findFieldByPattern(match[1] ?? "");
      return field === null
        ? itemFault(
            "Un campo della richiesta contiene caratteri non ammessi, per esempio un a capo.",
            mendVerbale,
          )
        : requestFieldFault(field, "non ha la forma prevista");
    },
  ],
  [
    /instance type \((\w+)\)(?: does not match any allowed primitive type \(allowed: (\[[^\]]*\])\))?/,
    (match) => {
      const needed = parseList(match[2] ?? "[]").flatMap((type) => typeWords[type] ?? []);
      const found = typeWords[match[1] ?? ""];
      return itemFault(
        `SEND non accetta un campo della richiesta, e non dice quale: ${found === undefined ? "è vuoto" : `contiene ${found}`} dove serve ${needed[0] ?? "altro"}.`,
        defect,
      );
    },
  ],
  [
    /not found in enum \(possible values: (\[[^\]]*\])\)/,
    (match) => {
      const values = parseList(match[1] ?? "[]");
      const field = findFieldByValues(values);
      const what = `il valore è fuori elenco, SEND ammette ${values.join(", ")}`;
      return field === null
        ? itemFault(`SEND non accetta un campo della richiesta, e non dice quale: ${what}.`, defect)
        : requestFieldFault(field, what);
    },
  ],
  [
    /array is too (short|long): must have at (?:least|most) (\d+)/,
    (match) =>
      itemFault(
        match[1] === "long"
          ? `Un elenco della richiesta, SEND non dice quale, ha più elementi del massimo (${match[2] ?? ""}).`
          : "Nella richiesta mancano i destinatari o i documenti.",
        defect,
      ),
  ],
  [
    /numeric instance is (?:greater|lower) than the required/,
    () => runFault("Il costo dell'ente o l'IVA non sono fra 0 e 100.", mendEnte),
  ],
  [
    /properties which are not allowed/,
    () =>
      runFault("La richiesta contiene un campo che questa versione di SEND non conosce.", {
        action: "resume",
        setting: {
          ask: "controllare la versione di SEND nel file dell'ente",
          technical: "Controllare apiVersion nel file dell'ente.",
        },
      }),
  ],
];

function findFieldByPattern(pattern: string): string | null {
  if (pattern.includes("A-Z]{6}[0-9LMNPQRSTUV]")) return "taxId";
  if (pattern.includes("{|}~-]")) return "digitalDomicile";
  if (pattern.includes("\\w|\\ ")) return "zip";
  if (pattern.includes("[0-9]{6}[A-Z]{1}")) return "taxonomyCode";
  if (pattern === "^[ -~]*$") return "group";
  return null;
}

function parseList(text: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(text.replaceAll("\\", ""));
    return Array.isArray(value) ? value.map(String) : [];
  } catch {
    return [];
  }
}

/** All that a detail of the gateway's schema check says, as one finding; `null` when nothing of it is known. */
export function readGatewayDetail(detail: string): NotedFault | null {
  const found: NotedFault[] = [];
  for (const [pattern, read] of gatewayReadings)
    for (const match of detail.matchAll(new RegExp(pattern, "g"))) found.push(read(match));
  const [first] = found;
  if (first === undefined) return null;
  // What stops every verbale is told alone: once it is mended the others come again.
  const ofRun = found.find(({ scope }) => scope === "run");
  if (ofRun !== undefined) return ofRun;
  const notes = new Set(found.map(({ note }) => note));
  const hint = joinHints(found.map((one) => one.hint)) ?? first.hint;
  return itemFault(Array.from(notes).join(" "), hint);
}
