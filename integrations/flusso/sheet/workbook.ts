/** An XLSX as an archive: its sheets, its texts and formats, and which sheet is meant. */
import { strFromU8, unzipSync } from "fflate";
import { wholeFileFault } from "../faults.ts";
import type { RowFault } from "../port.ts";
import { damaged, tooLarge } from "./faults.ts";
import { BrokenXml, walkXml } from "../../xml.ts";

const mostXmlBytes = 100 * 1024 * 1024;

export interface Sheet {
  readonly name: string;
  readonly isHidden: boolean;
  /** Name of its part in the archive. */
  readonly part: string;
}

export interface Workbook {
  readonly sheets: readonly Sheet[];
  /** Days are counted from 1904. */
  readonly isFrom1904: boolean;
  /** Parts by their name; `null`: there is none. */
  unpack(part: string): string | null;
  readonly textsPart: string | null;
  readonly stylesPart: string | null;
}

/** Opens the archive, or says why it is none. */
export function openWorkbook(bytes: Uint8Array): Workbook | RowFault {
  try {
    if (sumSizes(bytes) > mostXmlBytes) return tooLarge;
    const unpack = (part: string): string | null => unpackPart(bytes, part);
    const workbook = unpack("xl/workbook.xml");
    if (workbook === null) return otherSpreadsheet;
    return readWorkbook(workbook, unpack);
  } catch (error) {
    if (error instanceof BrokenXml || isArchiveError(error)) return damaged;
    throw error;
  }
}

/** What the library of archives throws: an Error with a number as its code, or a plain one where the bytes end too early. */
export function isArchiveError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return typeof (error as { code?: unknown }).code === "number" || error instanceof RangeError;
}

function sumSizes(bytes: Uint8Array): number {
  let sum = 0;
  unzipSync(bytes, {
    filter: ({ originalSize }) => {
      sum += originalSize;
      return false;
    },
  });
  return sum;
}

/** One part of the archive as text, the others stay packed. */
function unpackPart(bytes: Uint8Array, wanted: string): string | null {
  const name = wanted.toLowerCase();
  const parts = unzipSync(bytes, { filter: (part) => part.name.toLowerCase() === name });
  const [part] = Object.values(parts);
  return part === undefined ? null : strFromU8(part).replace(/^\uFEFF/, "");
}

function readWorkbook(xml: string, unpack: (part: string) => string | null): Workbook | RowFault {
  const relations = readRelations(unpack("xl/_rels/workbook.xml.rels"));
  const sheets: Sheet[] = [];
  let isFrom1904 = false;
  walkXml(xml, {
    open({ name, read }) {
      if (name === "workbookPr") isFrom1904 = /^(1|true)$/.test(read("date1904") ?? "");
      if (name !== "sheet") return;
      const relation = relations.find(({ id }) => id === read("id"));
      if (relation === undefined || !relation.type.endsWith("/worksheet")) return;
      const isHidden = (read("state") ?? "visible") !== "visible";
      sheets.push({ name: read("name") ?? "", isHidden, part: relation.part });
    },
  });
  if (sheets.length === 0) return damaged;
  const findPart = (kind: string): string | null =>
    relations.find(({ type }) => type.endsWith(`/${kind}`))?.part ?? null;
  return {
    sheets,
    isFrom1904,
    unpack,
    textsPart: findPart("sharedStrings"),
    stylesPart: findPart("styles"),
  };
}

interface Relation {
  readonly id: string;
  readonly type: string;
  readonly part: string;
}

function readRelations(xml: string | null): readonly Relation[] {
  const relations: Relation[] = [];
  if (xml !== null)
    walkXml(xml, {
      open({ name, read }) {
        if (name !== "Relationship") return;
        const target = read("Target") ?? "";
        const part = target.startsWith("/") ? target.slice(1) : `xl/${target.replace(/^\.\//, "")}`;
        relations.push({ id: read("Id") ?? "", type: read("Type") ?? "", part });
      },
    });
  return relations;
}

/** The sheet that the ente names, else the first one that can be seen; with what an operator should know of the others. */
export function chooseSheet(
  { sheets }: Workbook,
  wanted: string | undefined,
): { readonly sheet: Sheet; readonly notes: readonly string[] } | RowFault {
  const names = sheets.map(({ name }) => `«${name}»`).join(", ");
  if (wanted !== undefined) {
    const fold = (name: string): string => name.trim().toLowerCase();
    const named = sheets.find(({ name }) => fold(name) === fold(wanted));
    if (named !== undefined) return { sheet: named, notes: [] };
    return wholeFileFault(
      "FLUSSO_SHEET",
      `il foglio «${wanted}», indicato nel file dell'ente, non c'è: ci sono ${names}.`,
      "rinominare il foglio, oppure chiedere al tecnico di correggere il nome del foglio dichiarato.",
    );
  }
  const visible = sheets.filter(({ isHidden }) => !isHidden);
  const [sheet, ...others] = visible;
  if (sheet === undefined)
    return wholeFileFault(
      "FLUSSO_SHEET",
      `tutti i fogli sono nascosti: ${names}.`,
      "mostrare il foglio dei verbali e salvare, oppure chiedere al tecnico di dichiararne il nome.",
    );
  const hidden = sheets.length - visible.length;
  const notes: string[] = [];
  if (others.length > 0 || hidden > 0)
    notes.push(
      `Letto il foglio «${sheet.name}»${others.length > 0 ? `, non ${others.map(({ name }) => `«${name}»`).join(", ")}` : ""}${hidden > 0 ? `; ${hidden === 1 ? "un foglio nascosto non è stato letto" : `${hidden} fogli nascosti non sono stati letti`}` : ""}.`,
    );
  return { sheet, notes };
}

/** The shared texts, by their index. */
export function readTexts(xml: string | null): readonly string[] {
  const texts: string[] = [];
  if (xml === null) return texts;
  let text = "";
  let isText = false;
  let phonetic = 0;
  walkXml(xml, {
    open({ name }) {
      if (name === "si") text = "";
      if (name === "rPh") phonetic += 1;
      isText = name === "t" && phonetic === 0;
    },
    text(piece) {
      if (isText) text += piece;
    },
    close(name) {
      if (name === "rPh") phonetic -= 1;
      if (name === "t") isText = false;
      if (name === "si") texts.push(decodeControls(text));
    },
  });
  return texts;
}

/** `_x000D_` stands for a character that XML cannot hold. */
export function decodeControls(text: string): string {
  if (!text.includes("_x")) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** What a number shows as. */
export interface NumberFormat {
  readonly isDate: boolean;
  /** Digits that a format of zeros alone fills up to: `00000` shows 184 as 00184; 0 for all others. */
  readonly digits: number;
}

/** The formats of cells, by their index. */
export function readFormats(xml: string | null): readonly NumberFormat[] {
  const formats: NumberFormat[] = [];
  if (xml === null) return formats;
  const codes = new Map<string, string>();
  let isCells = false;
  walkXml(xml, {
    open({ name, read }) {
      if (name === "numFmt") codes.set(read("numFmtId") ?? "", read("formatCode") ?? "");
      if (name === "cellXfs") isCells = true;
      if (name === "xf" && isCells) {
        const id = read("numFmtId") ?? "0";
        formats.push(toFormat(Number(id), codes.get(id)));
      }
    },
    close(name) {
      if (name === "cellXfs") isCells = false;
    },
  });
  return formats;
}

// Source: ECMA-376, 18.8.30: the ids of dates and times that have no code of their own.
const isBuiltInDate = (id: number): boolean =>
  (id >= 14 && id <= 22) ||
  (id >= 27 && id <= 36) ||
  (id >= 45 && id <= 47) ||
  (id >= 50 && id <= 58);

function toFormat(id: number, code: string | undefined): NumberFormat {
  if (code === undefined) return { isDate: isBuiltInDate(id), digits: 0 };
  const [positive = ""] = code
    .replace(/"[^"]*"|\\.|_.|\*./g, "")
    .replace(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, "")
    .split(";");
  const plain = positive.trim();
  return {
    isDate: /[ymdhs]/i.test(plain) && !/general|standard/i.test(plain),
    digits: /^0{2,}$/.test(plain) ? plain.length : 0,
  };
}

const otherSpreadsheet = wholeFileFault(
  "FLUSSO_SPREADSHEET",
  "il file è un archivio, ma non un foglio di calcolo XLSX.",
  "aprirlo e salvarlo come «Cartella di lavoro Excel (.xlsx)» oppure come «CSV UTF-8», poi ripetere.",
);
