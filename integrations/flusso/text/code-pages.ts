/** The encodings that a flusso may come in, and how their bytes become text. */

export const encodings = [
  "utf-8",
  "utf-16le",
  "utf-16be",
  "windows-1252",
  "iso-8859-15",
  "cp850",
] as const;
export type Encoding = (typeof encodings)[number];

/** As a person knows them. */
export const encodingTitles: Readonly<Record<Encoding, string>> = {
  "utf-8": "UTF-8",
  "utf-16le": "UTF-16",
  "utf-16be": "UTF-16",
  "windows-1252": "Windows-1252",
  "iso-8859-15": "ISO-8859-15",
  cp850: "CP850 (DOS)",
};

/** Encodings of one byte a character: which of them a text is in, its letters tell. */
export type CodePage = "windows-1252" | "iso-8859-15" | "cp850";
export const codePages: readonly CodePage[] = ["windows-1252", "iso-8859-15", "cp850"];

// Source: Unicode's mapping of IBM code page 850; the accented letters of Italian stand where code page 437 has them too.
const cp850 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00AD±‗¾¶§÷¸°¨·¹³²■\u00A0";

/** Makes text of bytes, piece by piece; throws a TypeError on bytes that the encoding does not have. */
export interface Decoder {
  /** `null`: nothing follows. */
  decode(bytes: Uint8Array | null): string;
}

export function createDecoder(encoding: Encoding): Decoder {
  if (encoding === "cp850")
    return { decode: (bytes) => (bytes === null ? "" : decodeLatin(bytes, readCp850)) };
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  return {
    decode: (bytes) =>
      bytes === null ? decoder.decode() : decoder.decode(bytes, { stream: true }),
  };
}

/** What a word, given with one character for each byte, says in this encoding. A byte that it does not have comes out as a control character. */
export function readCodePage(word: string, page: CodePage): string {
  if (page === "cp850") return word.replace(highBytes, readCp850);
  return new TextDecoder(page).decode(Buffer.from(word, "latin1"));
}

const highBytes = /[\u0080-\u00FF]/g;

function readCp850(character: string): string {
  return cp850[character.charCodeAt(0) - 0x80] ?? "";
}

function decodeLatin(bytes: Uint8Array, read: (character: string) => string): string {
  const { buffer, byteOffset, length } = bytes;
  return Buffer.from(buffer, byteOffset, length).toString("latin1").replace(highBytes, read);
}
