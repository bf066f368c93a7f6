/** Whether the documents can show every letter of a verbale: asked before payment positions change, not when the act is drawn. */
import { letterName, missingLetters } from "../../documents/model/model-faults.ts";
import type { Verbale } from "../schemas/verbale.ts";
import { finding, type Finding } from "./catalogue.ts";
import { cleanText, isGarbled } from "./text.ts";

/** Letters that no font of ours has, field by field: a document with a gap would be a false one. */
export function checkPrint(verbale: Verbale): Finding[] {
  const { destinatario } = verbale;
  return [
    ...actFindings("Numero del verbale", verbale.numero),
    ...actFindings("Protocollo", verbale.protocollo),
    ...actFindings("Ora della violazione", verbale.oraViolazione),
    ...actFindings("Luogo della violazione", verbale.luogo),
    ...actFindings("Targa", verbale.targa),
    ...actFindings("Articolo violato", verbale.articolo),
    ...actFindings("Descrizione", verbale.descrizione),
    ...actFindings("Agente accertatore", verbale.agente),
    ...recipientFindings("Cognome", destinatario.cognome),
    ...recipientFindings("Nome", destinatario.nome),
    ...recipientFindings("Denominazione", destinatario.denominazione),
    ...recipientFindings("Indirizzo", Object.values(destinatario.indirizzo).join(" ")),
  ];
}

/** Texts that SEND does not get, only the documents. */
function actFindings(field: string, text: string | undefined): Finding[] {
  if (text === undefined || isPlain(text)) return [];
  if (isGarbled(text))
    return [
      finding(
        "CHARSET_GARBLED",
        field,
        "le lettere accentate sono guaste.",
        "correggere il testo nel gestionale o la codifica dell'esportazione.",
      ),
    ];
  return unprintable(field, missingLetters(text));
}

/** What cannot be sent either is told by CHARSET. */
function recipientFindings(field: string, text: string | undefined): Finding[] {
  if (text === undefined || isPlain(text)) return [];
  const { lost } = cleanText(text);
  const oneLine = text.replaceAll(/\s+/g, " ");
  return unprintable(
    field,
    missingLetters(oneLine).filter((letter) => !lost.includes(letter)),
  );
}

/** Letters that both fonts have and that no wrong encoding leaves: most texts end here. */
function isPlain(text: string): boolean {
  return /^[ -~À-ÁÄ-ÖØ-áã-öø-ÿ°§\n]*$/.test(text);
}

function unprintable(field: string, letters: readonly string[]): Finding[] {
  if (letters.length === 0) return [];
  const named = letters.slice(0, 5).map(letterName).join(", ");
  return [
    finding(
      "CHARSET_PRINT",
      field,
      `caratteri che verbale e avviso non possono stampare: ${named}${letters.length > 5 ? " e altri" : ""}.`,
      "toglierli, o scriverli in lettere latine.",
    ),
  ];
}
