/** Text as SEND and the printer take it: ISO Latin-1, one line, transliterated where that loses nothing. */
import { buildFinding, type Finding } from "./catalogue.ts";

/** A text made fit to be sent. */
export interface CleanText {
  readonly text: string;
  /** Characters that were replaced, `š → s`, each once. */
  readonly replaced: readonly string[];
  /** Characters for which there is no replacement; they stay in `text`. */
  readonly lost: readonly string[];
}

const replacements: Readonly<Record<string, string>> = {
  "‘": "'",
  "’": "'",
  "‚": "'",
  "‛": "'",
  "′": "'",
  ʼ: "'",
  "“": '"',
  "”": '"',
  "„": '"',
  "‟": '"',
  "‹": "'",
  "›": "'",
  ʹ: "'",
  ʺ: '"',
  "″": '"',
  "‐": "-",
  "‑": "-",
  "‒": "-",
  "–": "-",
  "—": "-",
  "−": "-",
  "…": "...",
  "•": "-",
  "€": "EUR",
  "™": "TM",
  "№": "N.",
  Œ: "OE",
  œ: "oe",
  Ł: "L",
  ł: "l",
  Đ: "D",
  đ: "d",
  Ħ: "H",
  ħ: "h",
  ı: "i",
  Ŧ: "T",
  ŧ: "t",
  ẞ: "SS",
  ﬁ: "fi",
  ﬂ: "fl",
};

/** Visible Latin-1 and blanks: nothing of it is changed but the blanks. Nearly every text is so, and a verbale has thirty. */
const latin = /^[ -~\u00A1-\u00AC\u00AE-\u00FF]*$/;

/** One line of Latin-1: accents composed, blanks single, other letters without their foreign marks. */
export function cleanText(text: string): CleanText {
  if (latin.test(text))
    return { text: text.replaceAll(/ {2,}/g, " ").trim(), replaced: [], lost: [] };
  const replaced = new Set<string>();
  const lost = new Set<string>();
  let clean = "";
  for (const character of text
    .normalize("NFC")
    // Marks that only tell where a line may break or in which direction it runs.
    .replace(/[\u00AD\u200B-\u200F\u202A-\u202E\u2060\uFEFF]/gu, "")
    .replace(/\s+/gu, " ")
    .trim()) {
    if (isLatin1(character)) {
      clean += character;
      continue;
    }
    const replacement = replacements[character] ?? stripMarks(character);
    if (replacement === null) lost.add(character);
    else replaced.add(`${character} → ${replacement}`);
    clean += replacement ?? character;
  }
  return { text: clean, replaced: [...replaced], lost: [...lost] };
}

function isLatin1(character: string): boolean {
  return /^[\u0020-\u007E\u00A0-\u00FF]$/.test(character);
}

function stripMarks(character: string): string | null {
  const plain = character.normalize("NFKD").replace(/\p{M}/gu, "");
  return plain.trim() !== "" && /^[\u0020-\u007E\u00A0-\u00FF]+$/.test(plain) ? plain : null;
}

/** Whether letters were read in another encoding than they were written in; a sentence may also end with `?`. */
export function isGarbled(text: string): boolean {
  return /Ã[\u0080-\u00BF]|Â[\u0080-\u00BF]|â€|\uFFFD/u.test(text);
}

/**
 * Control characters that a program wrote in letters: escapes of JSON and SQL, of XML, of Excel, the caret of a terminal.
 * Of a name the backslash alone is one; in an address `5\\A` may be a number of a house.
 */
function listEscapes(text: string, isAddress: boolean): readonly string[] {
  const pattern =
    /\\(?:[nrt0\\"']|x[0-9a-f]{2}|u[0-9a-f]{4})|&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});|_x[0-9a-f]{4}_|\^[@-_]/giu;
  const found = text.match(pattern) ?? [];
  if (found.length > 0) return [...new Set(found)];
  return !isAddress && text.includes("\\") ? ["\\"] : [];
}

/** What the checks of characters say of one field. `isAddress`: SEND is known to be stricter there. */
export function checkText(field: string, text: string | undefined, isAddress: boolean): Finding[] {
  if (text === undefined) return [];
  const found: Finding[] = [];
  const clean = cleanText(text);
  if (isGarbled(text) || /\p{L}\?/u.test(text))
    found.push(
      buildFinding(
        "CHARSET_GARBLED",
        field,
        "le lettere accentate sono guaste.",
        "correggere il nome nel gestionale o la codifica dell'esportazione.",
      ),
    );
  found.push(...checkEscapes(field, clean.text, isAddress));
  if (clean.lost.length > 0)
    found.push(
      buildFinding(
        "CHARSET",
        field,
        `caratteri che non si possono inviare né trascrivere: ${clean.lost.map(formatCharacter).join(" ")}.`,
        "scriverlo in lettere latine.",
      ),
    );
  if (clean.replaced.length > 0)
    found.push(
      buildFinding(
        "CHARSET_TRANSLITERATED",
        field,
        `inviato con la trascrizione ${clean.replaced.join(", ")}.`,
        "scriverlo già così nel gestionale, se la trascrizione non va bene.",
      ),
    );
  if (clean.text.includes("|"))
    found.push(
      buildFinding(
        "CHARSET_FORBIDDEN",
        field,
        "contiene il carattere «|», che SEND rifiuta.",
        "toglierlo.",
      ),
    );
  const unusual = isAddress ? listUnusual(clean.text) : [];
  if (unusual.length > 0)
    found.push(
      buildFinding(
        "CHARSET_UNUSUAL",
        field,
        `contiene caratteri che SEND potrebbe rifiutare: ${unusual.join(" ")}.`,
        "lasciare lettere, cifre, spazi e . / ' - , @ _",
      ),
    );
  return found;
}

function checkEscapes(field: string, text: string, isAddress: boolean): Finding[] {
  const escapes = listEscapes(text, isAddress);
  if (escapes.length === 0) return [];
  return [
    buildFinding(
      "CHARSET_ESCAPED",
      field,
      `contiene ${escapes.map((escape) => `«${escape}»`).join(", ")}, che non è parte di un nome: lo ha lasciato il programma che ha esportato i dati.`,
      "toglierlo nel gestionale o correggere l'esportazione.",
    ),
  ];
}

/** Characters that do not show by their number. */
function formatCharacter(character: string): string {
  if (!/[\p{C}\p{M}]/u.test(character)) return character;
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

function listUnusual(text: string): readonly string[] {
  return [...new Set(text.match(/[^\p{L}\p{N}./ '\-,@_|]/gu) ?? [])];
}
