/** How a flusso's bytes become text: settled over the whole file before any row is read. */
import { wholeFileFault } from "../faults.ts";
import type { FlussoFile, RowFault } from "../port.ts";
import type { FlussoSettings } from "../settings.ts";
import {
  codePages,
  createDecoder,
  encodingTitles,
  type CodePage,
  type Encoding,
} from "./code-pages.ts";
import { settleCodePage, type TwoReadings } from "./readings.ts";
import { hasPrefix, isWide, type BytePlace, type Scan } from "./scan.ts";

export type WantedEncoding = FlussoSettings["encoding"];

export interface SettledEncoding {
  readonly encoding: Encoding;
  /** Bytes of the byte order mark to drop. */
  readonly bomBytes: number;
  /** Where a Ctrl-Z ends the text; `null`: the text ends with the file. */
  readonly textEnd: number | null;
}

/** Says how to decode what was scanned, or what is wrong with it. */
export function settleEncoding(
  scan: Scan,
  name: string,
  wanted: WantedEncoding,
): SettledEncoding | RowFault {
  const { textEnd } = scan;
  const fault = checkKind(scan, name);
  if (fault !== null) return fault;
  const bomBytes = countBomBytes(scan.head);
  if ((textEnd ?? scan.bytes) <= bomBytes)
    return wholeFileFault(
      "FLUSSO_EMPTY",
      "il file è vuoto.",
      "esportare di nuovo il flusso dal gestionale.",
    );
  if (isWide(scan.head)) return settleWide(scan, wanted, bomBytes);
  if (scan.nul !== null)
    return encodingFault(
      scan.nul,
      "il file contiene byte nulli: non è un testo.",
      "esportare di nuovo il flusso come CSV in UTF-8.",
    );
  if (scan.hasTextBehindEnd) return textBehindEnd;
  if (scan.isCutInCharacter && (wanted === "utf-8" || scan.hasUtf8Letters)) return cutInCharacter;
  const encoding = settleBytes(scan, wanted, bomBytes);
  return typeof encoding === "string"
    ? { encoding, bomBytes: encoding === "utf-8" ? bomBytes : 0, textEnd }
    : encoding;
}

function settleWide(
  scan: Scan,
  wanted: WantedEncoding,
  bomBytes: number,
): SettledEncoding | RowFault {
  if (wanted !== "auto" && wanted !== "utf-16") return otherThanDeclared("utf-16le", wanted);
  if (scan.bytes % 2 === 1) return cutInCharacter;
  const isBig = scan.head[0] === 0 || scan.head[0] === 0xfe;
  return { encoding: isBig ? "utf-16be" : "utf-16le", bomBytes, textEnd: null };
}

function settleBytes(scan: Scan, wanted: WantedEncoding, bomBytes: number): Encoding | RowFault {
  const { notUtf8 } = scan;
  if (wanted === "utf-16")
    return wholeFileFault(
      "FLUSSO_ENCODING",
      "il file non è scritto in UTF-16, la codifica dichiarata.",
      "chiedere al tecnico di togliere la codifica dichiarata.",
    );
  if (wanted === "utf-8" || (bomBytes > 0 && wanted === "auto")) {
    if (notUtf8 === null) return "utf-8";
    return encodingFault(
      notUtf8,
      "il carattere non è UTF-8, la codifica attesa.",
      "esportare il file in UTF-8, oppure chiedere al tecnico di dichiarare la codifica che il gestionale usa.",
    );
  }
  if (wanted === "auto") return notUtf8 === null ? "utf-8" : settleByLetters(scan, notUtf8);
  if (notUtf8 === null && (scan.hasNonAscii || bomBytes > 0))
    return otherThanDeclared("utf-8", wanted);
  return checkDeclared(scan, wanted);
}

function settleByLetters(scan: Scan, notUtf8: BytePlace): CodePage | RowFault {
  if (scan.hasUtf8Letters)
    return encodingFault(
      notUtf8,
      "il file è scritto in parte in UTF-8 e in parte no: qui c'è un carattere che non è UTF-8.",
      "esportare di nuovo il file in UTF-8, senza unire file di codifica diversa.",
    );
  const verdict = settleCodePage(scan.words);
  if (verdict.status === "settled") return verdict.page;
  if (verdict.status === "none") return strangeByteFault(verdict.word);
  if (verdict.status === "mixed")
    return encodingFault(
      verdict.second.word,
      `il file è scritto in due codifiche: ${describeReadings(verdict.first)}, ma ${describeReadings(verdict.second)}.`,
      "esportare di nuovo il file in UTF-8, senza unire file di codifica diversa.",
    );
  const { first, second } = verdict;
  return encodingFault(
    verdict.word,
    `le lettere accentate si possono leggere in due modi: ${describeReadings(verdict)}.`,
    `esportare il file in UTF-8, oppure chiedere al tecnico di dichiarare la codifica che il gestionale usa (${first.page} o ${second.page}).`,
  );
}

function describeReadings({ first, second }: TwoReadings): string {
  return `«${first.text}» in ${encodingTitles[first.page]}, «${second.text}» in ${encodingTitles[second.page]}`;
}

function strangeByteFault(place: BytePlace): RowFault {
  return encodingFault(
    place,
    `il carattere non è né UTF-8 né ${codePages.map((page) => encodingTitles[page]).join(" né ")}.`,
    "esportare di nuovo il file in UTF-8.",
  );
}

/** The declared page is taken at its word, save for bytes that it does not have. */
function checkDeclared(scan: Scan, page: CodePage): CodePage | RowFault {
  if (page === "cp850") return page;
  const undefinedBytes =
    page === "windows-1252" ? /[\u0081\u008D\u008F\u0090\u009D]/ : /[\u0080-\u009F]/;
  const word = scan.words.find(({ bytes }) => undefinedBytes.test(bytes));
  if (word === undefined) return page;
  return encodingFault(
    word,
    `il carattere non esiste in ${encodingTitles[page]}, la codifica dichiarata.`,
    "esportare il file in UTF-8, oppure chiedere al tecnico di togliere la codifica dichiarata.",
  );
}

function otherThanDeclared(found: Encoding, declared: Exclude<WantedEncoding, "auto">): RowFault {
  return wholeFileFault(
    "FLUSSO_ENCODING",
    `il file è scritto in ${encodingTitles[found]}, mentre la codifica dichiarata è ${declared}: le lettere accentate si guasterebbero.`,
    `chiedere al tecnico di dichiarare la codifica giusta (${found === "utf-8" ? "utf-8" : "utf-16"}), o di toglierla.`,
  );
}

/** The text in pieces; the encoding was settled before. */
export async function* decodeFlusso(
  file: FlussoFile,
  settled: SettledEncoding,
): AsyncGenerator<string, void, undefined> {
  const decoder = createDecoder(settled.encoding);
  const end = settled.textEnd ?? Number.POSITIVE_INFINITY;
  let at = 0;
  for await (const chunk of file.open()) {
    const from = Math.min(Math.max(0, settled.bomBytes - at), chunk.length);
    const bytes = chunk.subarray(from, Math.max(from, end - at));
    at += chunk.length;
    const text = decoder.decode(bytes);
    if (text !== "") yield text;
    if (at >= end) break;
  }
  const rest = decoder.decode(null);
  if (rest !== "") yield rest;
}

/** The text of the first bytes, as far as they hold whole characters. */
export function decodeHead(head: Uint8Array, settled: SettledEncoding): string {
  return createDecoder(settled.encoding).decode(
    head.subarray(settled.bomBytes, settled.textEnd ?? head.length),
  );
}

function checkKind(scan: Scan, name: string): RowFault | null {
  if (hasPrefix(scan.head, [0xd0, 0xcf, 0x11, 0xe0]) || /\.(xlsx|xlsm|ods|xls)$/i.test(name))
    return wholeFileFault(
      "FLUSSO_SPREADSHEET",
      "il file è un foglio di calcolo che non si può leggere: di un formato vecchio, protetto da password, oppure non è quel che dice il nome.",
      "aprirlo e salvarlo come «Cartella di lavoro Excel (.xlsx)» senza password, oppure come «CSV UTF-8», poi ripetere.",
    );
  return null;
}

function countBomBytes(head: Uint8Array): number {
  if (hasPrefix(head, [0xef, 0xbb, 0xbf])) return 3;
  return hasPrefix(head, [0xff, 0xfe]) || hasPrefix(head, [0xfe, 0xff]) ? 2 : 0;
}

const cutInCharacter = wholeFileFault(
  "FLUSSO_INCOMPLETE",
  "file incompleto: finisce in mezzo a un carattere.",
  "attendere che la copia finisca, o esportare di nuovo il flusso.",
);

const textBehindEnd = wholeFileFault(
  "FLUSSO_CHARACTER",
  "dopo il segno di fine del testo (Ctrl-Z) c'è ancora altro, che un programma non leggerebbe.",
  "esportare di nuovo il flusso: forse sono due file uniti.",
);

function encodingFault(place: BytePlace, message: string, remedy: string): RowFault {
  return {
    line: place.line,
    column: place.column,
    header: null,
    code: "FLUSSO_ENCODING",
    message: `${message} (byte ${place.column} della riga ${place.line})`,
    remedy,
  };
}
