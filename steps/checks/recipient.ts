/** Checks of who is notified: tax code against type and name, the name itself, the PEC. */
import {
  matchesName,
  noName,
  normaliseTaxCode,
  classifyHolder,
  numericTaxCodeFault,
  personTaxCodeFault,
} from "../../integrations/flusso/port.ts";
import type { Destinatario } from "../schemas/verbale.ts";
import { buildFinding, type Finding } from "./catalogue.ts";
import { cleanAddress } from "./address.ts";
import { buildFullRows, rowLength } from "./print-rows.ts";
import { checkText, cleanText } from "./text.ts";

/** SEND: denomination, at most 88 characters; two printed rows of 44. */
const longestDenomination = 88;

/** The code to be used: normalised; for a PG without codice fiscale its partita IVA; empty when there is none. */
export function pickTaxId(recipient: Destinatario): string {
  const own = normaliseTaxCode(recipient.codiceFiscale ?? "");
  if (own !== "" || recipient.tipo === "PF") return own;
  return normaliseTaxCode(recipient.partitaIva ?? "").replace(/^IT(?=\d{11}$)/, "");
}

/** The name as it is printed and sent: the denominazione where there is one, else nome and cognome. */
export function formatDenomination(recipient: Destinatario): string {
  const own = cleanText(recipient.denominazione ?? "").text;
  if (own !== "") return own;
  return cleanText(`${recipient.nome ?? ""} ${recipient.cognome ?? ""}`).text;
}

export function checkRecipient(recipient: Destinatario): Finding[] {
  return [...checkTaxId(recipient), ...checkName(recipient), ...checkPec(recipient.pec)];
}

function checkTaxId(recipient: Destinatario): Finding[] {
  const taxId = pickTaxId(recipient);
  const isCompany = recipient.tipo === "PG";
  const field = isCompany ? "Codice fiscale o partita IVA" : "Codice fiscale";
  if (taxId === "")
    return [
      buildFinding(
        "TAX_CODE_MISSING",
        field,
        "manca.",
        isCompany
          ? "indicare le 11 cifre della società o dell'ente."
          : "indicare i 16 caratteri della persona, anche per le ditte individuali.",
      ),
    ];
  if (isCompany && /[A-Z]/.test(taxId) && taxId.length === 16)
    return [
      buildFinding(
        "TAX_CODE_COMPANY_PERSONAL",
        field,
        "il destinatario è PG ma il codice ha 16 caratteri, e SEND per le PG accetta solo 11 cifre.",
        "se è una ditta individuale o un professionista scrivere PF; altrimenti indicare il codice della società.",
      ),
    ];
  if (!isCompany && /^[0-9]{11}$/.test(taxId)) return [personWithDigitsFault(field, taxId)];
  return isCompany ? checkCompanyCode(field, taxId) : checkPersonCode(field, taxId, recipient);
}

function personWithDigitsFault(field: string, taxId: string): Finding {
  const isProvisional = classifyHolder(taxId) === "person-provisional";
  return buildFinding(
    "TAX_CODE_PERSON_NUMERIC",
    field,
    isProvisional
      ? "è un codice provvisorio di 11 cifre, che SEND non accetta per le PF."
      : "il destinatario è PF ma il codice ha 11 cifre.",
    isProvisional
      ? "cercare il codice definitivo di 16 caratteri, o notificare per altra via."
      : "scrivere PG se è una società o un ente; per una ditta individuale il codice di 16 caratteri del titolare.",
  );
}

function checkCompanyCode(field: string, taxId: string): Finding[] {
  const fault = numericTaxCodeFault(taxId);
  if (fault === "form")
    return [
      buildFinding(
        "TAX_CODE_FORM",
        field,
        "non è di 11 cifre.",
        "ricopiarlo dalla visura; se il foglio di calcolo ha tolto gli zeri iniziali, rimetterli.",
      ),
    ];
  if (fault === "check")
    return [
      buildFinding(
        "VAT_CHECK",
        field,
        "la cifra di controllo non corrisponde: una cifra è sbagliata o scambiata.",
        "ricopiarlo dalla visura o dalla carta di circolazione.",
      ),
    ];
  if (classifyHolder(taxId) !== "person-provisional") return [];
  return [
    buildFinding(
      "TAX_CODE_PROVISIONAL",
      field,
      "è del tipo che l'Agenzia delle Entrate dà in via provvisoria alle persone fisiche.",
      "controllare che il destinatario sia davvero una PG.",
    ),
  ];
}

const personFaults = {
  form: ["TAX_CODE_FORM", "non ha la forma di un codice fiscale di 16 caratteri."],
  check: [
    "TAX_CODE_CHECK",
    "la lettera di controllo non corrisponde: un carattere è sbagliato o scambiato.",
  ],
  date: ["TAX_CODE_DATE", "la data di nascita che contiene non esiste."],
} as const;

function checkPersonCode(field: string, taxId: string, recipient: Destinatario): Finding[] {
  const fault = personTaxCodeFault(taxId);
  if (fault !== null) {
    const [code, what] = personFaults[fault];
    return [buildFinding(code, field, what, "ricopiarlo dalla patente o dall'anagrafe.")];
  }
  const { cognome = "", nome = "" } = recipient;
  // One name alone may have come in either field; a missing one has a check of its own.
  const surname = cognome.trim() === "" ? nome : cognome;
  const name = cognome.trim() === "" ? "" : nome;
  if (surname.trim() === "" || (name.trim() === "" && taxId.slice(3, 6) !== noName)) return [];
  if (matchesName(taxId, surname, name)) return [];
  return [
    buildFinding(
      "TAX_CODE_NAME",
      field,
      "le prime sei lettere non corrispondono a cognome e nome.",
      describeNameRemedy(taxId, surname, name),
    ),
  ];
}

function describeMissingName({ cognome = "", nome = "" }: Destinatario): string {
  if (cognome.trim() + nome.trim() === "")
    return "indicare cognome e nome, oppure la denominazione della ditta individuale.";
  return "indicare anche l'altro; chi ha un nome solo ha XXX tra le lettere del codice fiscale, e questo codice non le ha.";
}

function describeNameRemedy(taxId: string, surname: string, name: string): string {
  if (matchesName(taxId, name, surname))
    return "cognome e nome sono scambiati: rimetterli ciascuno nel suo campo.";
  if (taxId.slice(3, 6) === noName && name.trim() !== "")
    return "il codice è di una persona con un nome solo: scriverlo nel cognome e lasciare vuoto il nome, se è lei.";
  return "controllare che codice e nome siano della stessa persona.";
}

/** A person with one name alone: the code says so. */
function hasOneName(recipient: Destinatario): boolean {
  const own = [recipient.cognome, recipient.nome].filter((part) => (part ?? "").trim() !== "");
  const code = pickTaxId(recipient);
  return own.length === 1 && code.length === 16 && code.slice(3, 6) === noName;
}

function checkName(recipient: Destinatario): Finding[] {
  const field = recipient.tipo === "PG" ? "Denominazione" : "Cognome e nome";
  const parts = [recipient.denominazione, recipient.cognome, recipient.nome];
  const found = parts.flatMap((part) => checkText(field, part, false));
  const denomination = formatDenomination(recipient);
  const isWhole =
    (recipient.denominazione ?? "").trim() !== "" ||
    (recipient.tipo === "PF" &&
      (hasOneName(recipient) ||
        ((recipient.cognome ?? "").trim() !== "" && (recipient.nome ?? "").trim() !== "")));
  if (!isWhole)
    found.push(
      buildFinding(
        "NAME_MISSING",
        field,
        "manca.",
        recipient.tipo === "PG" ? "indicare la ragione sociale." : describeMissingName(recipient),
      ),
    );
  if (denomination.length > longestDenomination)
    found.push(
      buildFinding(
        "NAME_LENGTH",
        field,
        `ha ${denomination.length} caratteri, SEND ne accetta ${longestDenomination}.`,
        "abbreviarlo nel gestionale.",
      ),
    );
  const [, secondRow = ""] = buildFullRows(denomination, cleanAddress(recipient.indirizzo));
  if (secondRow.length > rowLength && denomination.length <= longestDenomination)
    found.push(
      buildFinding(
        "NAME_CUT",
        field,
        "con «presso» non sta in due righe di 44 caratteri: la stampa lo taglierebbe.",
        "abbreviare il nome o il presso.",
      ),
    );
  return found;
}

/** Domains of ordinary mail that offices take for a PEC. */
const ordinaryDomains = new Set([
  "gmail.com",
  "hotmail.com",
  "hotmail.it",
  "icloud.com",
  "libero.it",
  "live.it",
  "outlook.com",
  "outlook.it",
  "tim.it",
  "tiscali.it",
  "virgilio.it",
  "yahoo.com",
  "yahoo.it",
]);

function checkPec(pec: string | undefined): Finding[] {
  const address = (pec ?? "").trim();
  if (address === "") return [];
  const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
  if (!isMailAddress(address))
    return [
      buildFinding(
        "PEC_FORM",
        "PEC",
        "non è un indirizzo di posta.",
        "correggerla, o lasciarla vuota: SEND cerca da sé il domicilio digitale.",
      ),
    ];
  if (!ordinaryDomains.has(domain)) return [];
  return [
    buildFinding(
      "PEC_ORDINARY",
      "PEC",
      "il dominio è di posta ordinaria, non di PEC.",
      "togliere l'indirizzo, o indicare la PEC.",
    ),
  ];
}

/** Stricter than SEND's pattern: one address, ASCII, a domain with a dot; at most 320 characters. */
function isMailAddress(address: string): boolean {
  return (
    address.length <= 320 &&
    /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$/.test(
      address,
    )
  );
}
