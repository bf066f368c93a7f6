/** What a cell may be by its form and its check digits, whatever its column is called. */
import { dateForms, type DateForm } from "../notation/notation.ts";
import { parseNotedDay } from "../notation/dates.ts";
import { isProvince } from "../postal/provinces.ts";
import { isBodyName } from "../mapping/split-name.ts";
import { splitMoment } from "../mapping/split-address.ts";
import { normaliseTaxCode, numericTaxCodeFault, personTaxCodeFault } from "../tax-code.ts";

/** Kinds of content that a cell is looked at for; a cell may be of several. */
export const contentKinds = [
  "taxCode",
  "vat",
  "plate",
  "newPlate",
  "cap",
  "province",
  "town",
  "townProvince",
  "capTown",
  "day",
  "moment",
  "time",
  "pec",
  "email",
  "notice",
  "iuv",
  "year",
  "comma-money",
  "dot-money",
  "whole",
  "flag",
  "type",
  "street",
  "streetNumbered",
  "wholeAddress",
  "streetNumber",
  "fullName",
  "oneName",
  "body",
  "article",
  "letters",
] as const;
export type ContentKind = (typeof contentKinds)[number];

/** What knows the names of towns. */
export interface TownBook {
  hasTown(name: string): boolean;
}

const plates =
  /^(?:[A-Z]{2} ?\d{3} ?[A-Z]{2}|[A-Z]{2} ?\d{5,6}|[A-Z]{2} ?\d{3}[A-Z]\d{2}|X?[A-Z0-9]{5,6}|[A-Z]{2}-?\d{4,5}-?[A-Z]{1,2}|ROMA ?[A-Z0-9]{5,6}|(?:CC|EI|VF|GDF|POLIZIA) ?[A-Z]{0,2} ?\d{3,4}[A-Z]?)$/;
const newPlate = /^[A-Z]{2}\d{3}[A-Z]{2}$/;
const streetStart =
  /^(?:VIA|VIALE|V\.LE|VLE|PIAZZA|P\.?ZZA|P\.ZA|PIAZZALE|P\.LE|PIAZZETTA|CORSO|C\.SO|LARGO|VICOLO|VICO|V\.LO|STRADA|STR\.|LOCALITA'?|LOCALITÀ|LOC\.|FRAZIONE|FRAZ\.|CONTRADA|C\.DA|BORGO|RIVA|CALLE|FONDAMENTA|LUNGOMARE|SALITA|TRAVERSA|VILLAGGIO|RIONE|REGIONE|CASCINA|S\.?S\.? ?\d|S\.?P\.? ?\d|S\.?R\.? ?\d|SOTTOPASSO|TANGENZIALE|ROTATORIA|CIRCONVALLAZIONE|PARCHEGGIO|LUNGO\w+|RAMPA|PASSAGGIO|GALLERIA|VOCABOLO|PODERE|MASSERIA|ALZAIA)(?=[\s.,]|$)/i;
const typeWords =
  /^(?:PF|PG|P\.F\.|P\.G\.|F|G|P|S|FISICA|GIURIDICA|PERSONA FISICA|PERSONA GIURIDICA|PERS\.? ?FIS\.?|PERS\.? ?GIUR\.?|PERSONA|SOCIETA'?|SOCIETÀ|DITTA|AZIENDA|ENTE|DITTA INDIVIDUALE|IMPRESA)$/i;
const flagWords = /^(?:S|N|SI|NO|SÌ|SI'|X|VERO|FALSO|TRUE|FALSE|0|1)$/i;
const number =
  /^\d{1,5}(?:\s?[/-]\s?[A-Z0-9]{1,3}|\s?(?:BIS|TER|QUATER)|\s?[A-Z])?$|^S\.?N\.?C?\.?$|^KM\.? ?\d+/i;

/** A cell as the tests look at it. */
interface Look {
  readonly text: string;
  readonly upper: string;
  /** Without blanks. */
  readonly code: string;
  /** Without the sign of the euro. */
  readonly money: string;
  readonly isStreet: boolean;
  readonly towns: TownBook;
}

const pecHosts =
  /@[^\s@]*(?:pec|legalmail|cert|postacert|arubapec|telecompost|sicurezzapostale|pecimprese)[^\s@]*/i;
const houseNumber = /\s(?:N\.?\s?)?\d{1,5}(?:\s?[/-]?\s?[A-Z0-9]{1,3})?\b|S\.?N\.?C/i;

const tests: Readonly<Record<ContentKind, (look: Look) => boolean>> = {
  taxCode: ({ code }) => personTaxCodeFault(code) === null,
  vat: ({ code }) => numericTaxCodeFault(code.replace(/^IT(?=\d{11}$)/, "")) === null,
  newPlate: ({ code }) => newPlate.test(code),
  plate: ({ code, upper }) =>
    newPlate.test(code) || (plates.test(upper) && /[A-Z]/.test(upper) && /\d/.test(upper)),
  cap: ({ text }) => /^(?:I-)?\d{5}$/i.test(text) && text !== "00000",
  province: ({ upper }) => isProvince(upper),
  town: ({ text, towns }) => towns.hasTown(text),
  townProvince: ({ upper, towns }) => {
    const [, town = "", sigla = ""] = /^(.+?)[\s,/-]*[( ]([A-Z]{2})\)?$/.exec(upper) ?? [];
    return isProvince(sigla) && towns.hasTown(town);
  },
  capTown: ({ upper, towns }) => {
    const [, behind = ""] = /^(?:I-)?\d{5}[\s,-]+(.+)$/.exec(upper) ?? [];
    const bare = behind.replace(/[\s,/-]*[( ][A-Z]{2}\)?$/, "");
    return behind !== "" && (towns.hasTown(behind) || towns.hasTown(bare));
  },
  day: ({ text }) => listDayForms(text).length > 0,
  moment: ({ text }) => {
    const { day, time } = splitMoment(text);
    return time !== "" && listDayForms(day).length > 0;
  },
  time: ({ text }) => /^(?:[01]?\d|2[0-3])[:.][0-5]\d(?:[:.][0-5]\d(?:\.\d+)?)?$/.test(text),
  email: ({ text }) => /^\S+@\S+\.[a-z]{2,}/i.test(text.replace(/^mailto:/i, "")),
  pec: ({ text }) => pecHosts.test(text),
  notice: ({ code }) => /^[0-3]\d{17}$/.test(code),
  iuv: ({ code }) => /^(?:\d{15}|\d{17}|\d{13}|RF\d{2}[A-Z0-9]{4,21})$/.test(code),
  year: ({ text }) => /^20[0-4]\d$/.test(text),
  "comma-money": ({ money }) => /^\d{1,3}(?:\.\d{3})*,\d{1,4}$|^\d+,\d{1,4}$/.test(money),
  "dot-money": ({ money }) => /^\d{1,3}(?:,\d{3})*\.\d{1,4}$|^\d+\.\d{1,4}$/.test(money),
  whole: ({ money }) => /^\d+$/.test(money),
  flag: ({ text }) => flagWords.test(text),
  type: ({ text }) => typeWords.test(text),
  street: ({ isStreet }) => isStreet,
  streetNumbered: ({ isStreet, upper }) =>
    isStreet && houseNumber.test(upper.replace(/^\S+\s/, "")),
  wholeAddress: ({ isStreet, upper }) => isStreet && /\b\d{5}\b/.test(upper),
  streetNumber: ({ text }) => number.test(text),
  fullName: ({ isStreet, upper }) =>
    /^[A-ZÀ-Ü'’.-]+(?:[ ,]+[A-ZÀ-Ü'’.-]+){1,5}$/.test(upper) && !isStreet,
  oneName: ({ upper }) => /^[A-ZÀ-Ü'’-]+(?: [A-ZÀ-Ü'’-]+){0,2}$/.test(upper),
  body: ({ text }) => isBodyName(text),
  article: ({ text, upper }) =>
    /^(?:ART\.?\s*)?\d{1,3}(?:\s?-?\s?(?:BIS|TER|QUATER))?(?:$|[\s,/.(-]|C\.)/i.test(upper) &&
    text.length < 60,
  letters: ({ text }) => /[A-Z]{2}/i.test(text),
};

/** The kinds that a cell fits; `text` is not empty. */
export function classifyCell(text: string, towns: TownBook): readonly ContentKind[] {
  const upper = text.toUpperCase();
  const look: Look = {
    text,
    upper,
    code: normaliseTaxCode(text),
    money: text.replaceAll(/€|\bEURO?\b/gi, "").trim(),
    isStreet: streetStart.test(upper),
    towns,
  };
  return contentKinds.filter((kind) => tests[kind](look));
}

/** The forms in which a text is a day of these years. */
export function listDayForms(text: string): readonly DateForm[] {
  return dateForms.filter((form) => {
    if (form === "seriale") return false;
    if (form.endsWith("HH:MM") && !/[T ]\d{1,2}[:.]\d{2}/.test(text)) return false;
    const read = parseNotedDay(text, form);
    return read !== null && "day" in read && read.day >= "1900-01-01" && read.day <= "2099-12-31";
  });
}
