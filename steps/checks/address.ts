/** Checks of where the recipient lives: country, fields, CAP and province, printed rows of 44 characters. */
import {
  genericCaps,
  isProvince,
  matchesProvince,
  type PostalTable,
} from "../../integrations/flusso/port.ts";
import type { Indirizzo } from "../schemas/verbale.ts";
import { buildFinding, type Finding } from "./catalogue.ts";
import { buildFullRows, joinParts, rowLength, joinStreetRow } from "./print-rows.ts";
import { checkText, cleanText } from "./text.ts";
import { formatDayMonthYear } from "./verbale.ts";

/** Names of Italy, in capitals; SEND's own rule is: none, or one that begins with ITAL. The state is never sent. */
const italy = /^(|I|IT|ITA|ITAL.*|REPUBBLICA ITALIANA)$/;
/** Where other lists have a province, of addresses abroad (EE) and of the two states within Italy. */
const abroad: ReadonlySet<string> = new Set(["EE", "SM", "RSM", "SCV", "CV"]);

/** San Marino and the Vatican too: SEND prints them as Italian, the law counts 360 days. */
export function isForeign(address: Indirizzo): boolean {
  const state = cleanText(address.stato ?? "").text.toUpperCase();
  return !italy.test(state) || abroad.has(address.provincia.trim().toUpperCase());
}

/** Of a recipient. */
export function livesAbroad({ indirizzo }: { readonly indirizzo: Indirizzo }): boolean {
  return isForeign(indirizzo);
}

/** The address as it is printed and sent: Latin-1, single blanks, sigla in capitals, blank fields left out. */
export function cleanAddress(address: Indirizzo): Indirizzo {
  const optional = (["civico", "presso", "dettagli", "frazione"] as const).flatMap((name) => {
    const text = cleanText(address[name] ?? "").text;
    return text === "" ? [] : [[name, text]];
  });
  const isAbroad = isForeign(address);
  const state = cleanText(address.stato ?? "").text.toUpperCase();
  return {
    via: cleanText(address.via).text,
    cap: address.cap.trim(),
    comune: cleanText(address.comune).text,
    // Other lists have EE there: no country has such a province.
    provincia: isAbroad ? "" : address.provincia.trim().toUpperCase(),
    ...(isAbroad && state !== "" && { stato: state }),
    ...(Object.fromEntries(optional) as Partial<Indirizzo>),
  };
}

/** Every fault of an address; of a foreign one only that, unless SEND takes it: `reachesAbroad`. */
export function checkAddress(raw: Indirizzo, reachesAbroad = false): Finding[] {
  if (isForeign(raw) && reachesAbroad) return checkForeignAddress(raw);
  if (isForeign(raw))
    return [
      buildFinding(
        "FOREIGN_RECIPIENT",
        "Stato estero",
        "il destinatario è all'estero: il verbale non può partire con questo flusso.",
        "notificarlo con la procedura per l'estero (termine di 360 giorni).",
      ),
    ];
  const address = cleanAddress(raw);
  return [
    ...checkCharacters(raw),
    ...checkPresence(address),
    ...checkTown(address),
    ...checkRows(address),
    ...checkNumber(address),
  ];
}

/** SEND looks at the country alone: a wrong street abroad comes back after weeks. */
function checkForeignAddress(raw: Indirizzo): Finding[] {
  const address = cleanAddress(raw);
  const found = [...checkCharacters(raw), ...checkPresence(address), ...checkRows(address)];
  // A sigla is no name of SEND's list of countries.
  if ((address.stato ?? "").length >= 4) return found;
  return [
    ...found,
    buildFinding(
      "FOREIGN_STATE",
      "Stato estero",
      "manca, o è una sigla.",
      "scrivere il nome dello Stato: FRANCIA, GERMANIA.",
    ),
  ];
}

const labels = {
  via: "Via",
  civico: "Civico",
  presso: "Presso",
  dettagli: "Dettagli dell'indirizzo",
  comune: "Comune",
  frazione: "Frazione",
} as const;

function checkCharacters(address: Indirizzo): Finding[] {
  return (Object.keys(labels) as (keyof typeof labels)[]).flatMap((name) =>
    checkText(labels[name], address[name], true),
  );
}

/** SEND: address and municipality have at least 2 characters. */
const shortest = 2;

function describeMissing(text: string): string {
  return text === "" ? "manca." : "ha un solo carattere, e SEND ne vuole almeno due.";
}

function checkPresence(address: Indirizzo): Finding[] {
  const found: Finding[] = [];
  const street = address.via === "" ? "" : joinStreetRow(address);
  if (street.length < shortest)
    found.push(
      buildFinding(
        "ADDRESS_MISSING",
        "Via",
        describeMissing(street),
        "indicare la via o la località per intero.",
      ),
    );
  if (address.comune.length < shortest)
    found.push(
      buildFinding(
        "ADDRESS_MISSING",
        "Comune",
        describeMissing(address.comune),
        "indicare il comune per intero.",
      ),
    );
  return found;
}

function checkTown(address: Indirizzo): Finding[] {
  const found: Finding[] = [];
  if (!/^[0-9]{5}$/.test(address.cap))
    found.push(
      buildFinding(
        "CAP_FORM",
        "CAP",
        address.cap === "" ? "manca." : "non è di cinque cifre.",
        /^[0-9]{3,4}$/.test(address.cap)
          ? "rimettere gli zeri iniziali, che il foglio di calcolo ha tolto."
          : "indicare il CAP di cinque cifre.",
      ),
    );
  if (genericCaps.has(address.cap))
    found.push(
      buildFinding(
        "CAP_GENERIC",
        "CAP",
        "è quello generico di una città divisa in zone.",
        "indicare il CAP della via.",
      ),
    );
  if (!isProvince(address.provincia))
    found.push(
      buildFinding(
        "PROVINCE",
        "Provincia",
        address.provincia === "" ? "manca." : "non è una sigla italiana di due lettere.",
        "indicare la sigla, per esempio CR.",
      ),
    );
  else if (/^[0-9]{5}$/.test(address.cap) && !matchesProvince(address.cap, address.provincia))
    found.push(
      buildFinding(
        "CAP_PROVINCE",
        "CAP e provincia",
        "il CAP non è di questa provincia.",
        "controllare quale dei due è sbagliato.",
      ),
    );
  return found;
}

function checkRows(address: Indirizzo): Finding[] {
  const rows: readonly (readonly [string, readonly (string | undefined)[]])[] = [
    ["Via e civico", [joinStreetRow(address)]],
    ["Dettagli dell'indirizzo", [address.dettagli]],
    ["Presso e frazione", [address.presso, address.frazione]],
    ["CAP, comune e provincia", [address.cap, address.comune, address.provincia]],
  ];
  const found = rows.flatMap(([field, parts]) => {
    const { length } = joinParts(parts);
    if (length <= rowLength) return [];
    return [
      buildFinding(
        "ADDRESS_ROW",
        field,
        `${length} caratteri, la riga di stampa ne ha ${rowLength}.`,
        "abbreviare.",
      ),
    ];
  });
  const [, , third = ""] = buildFullRows("", address);
  const isCut =
    third.length > rowLength && address.dettagli !== undefined && address.frazione !== undefined;
  if (isCut && found.every(({ message }) => !message.startsWith("Dettagli")))
    found.push(
      buildFinding(
        "ADDRESS_CUT",
        "Dettagli e frazione",
        "insieme non stanno in una riga di 44 caratteri: la stampa li taglierebbe.",
        "abbreviare.",
      ),
    );
  return found;
}

/** `12`, `12/B`, `12 bis`, `15-17`, `KM 3.400`, `SNC`, with a colour (`12 R`). */
const numberForm =
  /^(?:N\.? ?)?\d{1,5}(?:[ /-]?[A-Z]{1,2})?(?:[ /-](?:BIS|TER|QUATER|\d{1,5}|[A-Z]))*$|^KM\.? ?\d{1,4}(?:[.,+]\d{1,3})?$|^SNC$/i;

function checkNumber(address: Indirizzo): Finding[] {
  if (address.via === "") return [];
  if (/\bcasella postale\b|\bC\.? ?P\.? \d/i.test(address.via)) return checkBox(address);
  if (address.civico !== undefined) {
    if (numberForm.test(address.civico)) return [];
    return [
      buildFinding(
        "ADDRESS_GRAMMAR",
        "Civico",
        "non ha una forma che la posta riconosce.",
        "scrivere il solo numero con l'esponente (12/B), KM 3 oppure SNC; scala e interno vanno nei dettagli.",
      ),
    ];
  }
  if (/\d|\bSNC\b|\bKM\b/i.test(address.via)) return [];
  return [
    buildFinding(
      "ADDRESS_NUMBER",
      "Civico",
      "manca.",
      "indicare il numero, il chilometro (KM 12) oppure SNC.",
    ),
  ];
}

function checkBox(address: Indirizzo): Finding[] {
  if (/\bufficio\b/i.test(address.dettagli ?? "")) return [];
  return [
    buildFinding(
      "ADDRESS_BOX",
      "Dettagli dell'indirizzo",
      "manca l'ufficio postale della casella.",
      "scrivere nei dettagli UFFICIO e il suo nome.",
    ),
  ];
}

/** What the table of CAPs says, where it is asked. */
export function checkTownOfCap(raw: Indirizzo, table: PostalTable): Finding[] {
  const address = cleanAddress(raw);
  const isAsked = /^[0-9]{5}$/.test(address.cap) && !genericCaps.has(address.cap);
  if (isForeign(raw) || !isAsked || address.comune === "") return [];
  const verdict = table.judge(address);
  if (verdict.status === "unknown" && table.extent === "comuni") return [unknownTownFinding()];
  if (verdict.status !== "mismatch") return [];
  const { caps, near, towns } = verdict;
  const known: string[] = [];
  if (caps.length > 0) known.push(`il CAP di questo comune è ${caps.join(", ")}`);
  else if (near.length > 0) known.push(`forse si intendeva ${near.join(", ")}`);
  if (towns.length > 0) known.push(`questo CAP è di ${towns.join(", ")}`);
  const day = table.date === "" ? "" : ` del ${formatDayMonthYear(table.date)}`;
  return [
    buildFinding(
      verdict.isSure ? "CAP_TOWN" : "CAP_TOWN_DOUBT",
      "CAP, comune e provincia",
      `${verdict.isSure ? "non" : "forse non"} stanno insieme nella tabella dei CAP${day}.`,
      known.length === 0
        ? "cercare l'indirizzo sul sito delle Poste."
        : `${known.join("; ")}. Correggere quello sbagliato.`,
    ),
  ];
}

/** The table that ships has the comuni, not the names of their parts. */
function unknownTownFinding(): Finding {
  return buildFinding(
    "CAP_TOWN_UNKNOWN",
    "CAP, comune e provincia",
    "la località non è tra i comuni della tabella dei CAP: nessuno ha potuto controllarla.",
    "se è una frazione scrivere il comune, con la frazione nel suo campo; oppure far importare l'elenco dei CAP di PagoPA, che ha anche le frazioni.",
  );
}
