/** Whether the documents can show every letter of a verbale: asked before payment positions change, not when the act is drawn. */
import { formatLetter, findMissingLetters } from "../../documents/model/model-faults.ts";
import type { Verbale } from "../schemas/verbale.ts";
import { listActTexts } from "./act.ts";
import { buildFinding, type Finding } from "./catalogue.ts";
import { cleanText, isGarbled } from "./text.ts";

/** Letters that no font of ours has, field by field: a document with a gap would be a false one. */
export function checkPrint(verbale: Verbale): Finding[] {
  const { destinatario } = verbale;
  return [
    ...checkActText("Numero del verbale", verbale.numero),
    ...checkActText("Protocollo", verbale.protocollo),
    ...checkActText("Ora della violazione", verbale.oraViolazione),
    ...checkActText("Luogo della violazione", verbale.luogo),
    ...checkActText("Targa", verbale.targa),
    ...checkActText("Articolo violato", verbale.articolo),
    ...checkActText("Descrizione", verbale.descrizione),
    ...checkActText("Agente accertatore", verbale.agente),
    ...[...listActTexts(verbale)].flatMap(({ title, text }) => checkActText(title, text)),
    ...checkRecipientText("Cognome", destinatario.cognome),
    ...checkRecipientText("Nome", destinatario.nome),
    ...checkRecipientText("Denominazione", destinatario.denominazione),
    ...checkRecipientText("Indirizzo", Object.values(destinatario.indirizzo).join(" ")),
  ];
}

/** Texts that SEND does not get, only the documents. */
export function checkActText(field: string, text: string | undefined): Finding[] {
  if (text === undefined || isPlain(text)) return [];
  if (isGarbled(text))
    return [
      buildFinding(
        "CHARSET_GARBLED",
        field,
        "le lettere accentate sono guaste.",
        "correggere il testo nel gestionale o la codifica dell'esportazione.",
      ),
    ];
  return describeUnprintable(field, findMissingLetters(text));
}

/** What cannot be sent either is told by CHARSET. */
function checkRecipientText(field: string, text: string | undefined): Finding[] {
  if (text === undefined || isPlain(text)) return [];
  const { lost } = cleanText(text);
  const oneLine = text.replaceAll(/\s+/g, " ");
  return describeUnprintable(
    field,
    findMissingLetters(oneLine).filter((letter) => !lost.includes(letter)),
  );
}

/** Letters that both fonts have and that no wrong encoding leaves: most texts end here. */
function isPlain(text: string): boolean {
  return /^[ -~À-ÁÄ-ÖØ-áã-öø-ÿ°§\n]*$/.test(text);
}

function describeUnprintable(field: string, letters: readonly string[]): Finding[] {
  if (letters.length === 0) return [];
  const named = letters.slice(0, 5).map(formatLetter).join(", ");
  return [
    buildFinding(
      "CHARSET_PRINT",
      field,
      `caratteri che verbale e avviso non possono stampare: ${named}${letters.length > 5 ? " e altri" : ""}.`,
      "toglierli, o scriverli in lettere latine.",
    ),
  ];
}
