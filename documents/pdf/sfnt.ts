/** Reads a TrueType file and makes the copy that goes into a PDF: what PDF needs, nothing else. */

/** What the writer needs of a TrueType font; widths and heights in 1/1000 of the font size. */
export interface Sfnt {
  readonly postscriptName: string;
  readonly glyphs: number;
  readonly box: readonly [number, number, number, number];
  readonly ascent: number;
  readonly descent: number;
  readonly capHeight: number;
  readonly weight: number;
  readonly isFixedPitch: boolean;
  /** Glyph of each code point that the font has. */
  readonly glyphOf: ReadonlyMap<number, number>;
  /** Glyphs without outlines: blanks, and letters that the designers left empty. */
  readonly blanks: ReadonlySet<number>;
  /** Advance width of each glyph. */
  readonly widths: readonly number[];
  /**
   * A TrueType file with the same glyph numbers and only the tables that PDF reads. With `keep`, the outlines of all
   * other glyphs are empty (their numbers stay).
   */
  buildEmbeddable(keep?: ReadonlySet<number>): Uint8Array;
}

interface Table {
  readonly offset: number;
  readonly length: number;
}

const embeddedTables = ["cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep"];

/** Parses a TrueType file (glyf outlines); throws when a table is missing. */
export function readSfnt(bytes: Uint8Array): Sfnt {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = readDirectory(view);
  const requireTable = (tag: string): Table => {
    const table = tables.get(tag);
    if (table === undefined) throw new Error(`font without table ${tag}`);
    return table;
  };
  const head = requireTable("head").offset;
  const hhea = requireTable("hhea").offset;
  const os2 = requireTable("OS/2").offset;
  const unit = 1000 / view.getUint16(head + 18);
  const scale = (value: number): number => Math.round(value * unit);
  const glyphs = view.getUint16(requireTable("maxp").offset + 4);
  const outlines = readOutlines(bytes, view, tables, glyphs);
  const hasCapHeight = view.getUint16(os2) >= 2;
  return {
    postscriptName: readName(view, requireTable("name"), 6),
    glyphs,
    box: [
      scale(view.getInt16(head + 36)),
      scale(view.getInt16(head + 38)),
      scale(view.getInt16(head + 40)),
      scale(view.getInt16(head + 42)),
    ],
    ascent: scale(view.getInt16(hhea + 4)),
    descent: scale(view.getInt16(hhea + 6)),
    capHeight: scale(hasCapHeight ? view.getInt16(os2 + 88) : view.getInt16(hhea + 4)),
    weight: view.getUint16(os2 + 4),
    isFixedPitch: view.getUint32(requireTable("post").offset + 12) !== 0,
    glyphOf: readCharacterMap(view, requireTable("cmap").offset),
    blanks: new Set(outlines.keys().filter((glyph) => outlines[glyph]?.length === 0)),
    widths: readWidths(view, requireTable("hmtx").offset, view.getUint16(hhea + 34), glyphs, unit),
    buildEmbeddable: (keep) => buildFontFile(bytes, tables, outlines, keep),
  };
}

function readDirectory(view: DataView): Map<string, Table> {
  const tables = new Map<string, Table>();
  const count = view.getUint16(4);
  for (let index = 0; index < count; index += 1) {
    const entry = 12 + index * 16;
    const tag = String.fromCharCode(
      view.getUint8(entry),
      view.getUint8(entry + 1),
      view.getUint8(entry + 2),
      view.getUint8(entry + 3),
    );
    tables.set(tag, { offset: view.getUint32(entry + 8), length: view.getUint32(entry + 12) });
  }
  return tables;
}

/** A name record in Windows Unicode (platform 3, encoding 1). */
function readName(view: DataView, table: Table, wanted: number): string {
  const count = view.getUint16(table.offset + 2);
  const storage = table.offset + view.getUint16(table.offset + 4);
  for (let index = 0; index < count; index += 1) {
    const record = table.offset + 6 + index * 12;
    if (view.getUint16(record) !== 3 || view.getUint16(record + 6) !== wanted) continue;
    const length = view.getUint16(record + 8);
    const start = storage + view.getUint16(record + 10);
    let name = "";
    for (let byte = 0; byte < length; byte += 2)
      name += String.fromCharCode(view.getUint16(start + byte));
    return name;
  }
  throw new Error(`font without name ${wanted}`);
}

/** The Unicode subtable in format 4 (platform 3, encoding 1): all that Latin needs. */
function readCharacterMap(view: DataView, cmap: number): Map<number, number> {
  const count = view.getUint16(cmap + 2);
  for (let index = 0; index < count; index += 1) {
    const record = cmap + 4 + index * 8;
    const table = cmap + view.getUint32(record + 4);
    if (view.getUint16(record) === 3 && view.getUint16(record + 2) === 1)
      if (view.getUint16(table) === 4) return readSegments(view, table);
  }
  throw new Error("font without a Unicode character map in format 4");
}

function readSegments(view: DataView, table: number): Map<number, number> {
  const map = new Map<number, number>();
  const twice = view.getUint16(table + 6);
  const ends = table + 14;
  const starts = ends + twice + 2;
  const deltas = starts + twice;
  const ranges = deltas + twice;
  for (let at = 0; at < twice; at += 2) {
    const start = view.getUint16(starts + at);
    const end = view.getUint16(ends + at);
    const range = view.getUint16(ranges + at);
    for (let code = start; code <= end && code !== 0xff_ff; code += 1) {
      const raw = range === 0 ? code : view.getUint16(ranges + at + range + (code - start) * 2);
      const glyph = raw === 0 ? 0 : (raw + view.getUint16(deltas + at)) & 0xff_ff;
      if (glyph !== 0) map.set(code, glyph);
    }
  }
  return map;
}

function readWidths(
  view: DataView,
  hmtx: number,
  longMetrics: number,
  glyphs: number,
  unit: number,
): number[] {
  const widths: number[] = [];
  for (let glyph = 0; glyph < glyphs; glyph += 1) {
    const record = Math.min(glyph, longMetrics - 1);
    // Three decimals: PDF/A compares with hmtx to 1/1000 of the size.
    widths.push(Math.round(view.getUint16(hmtx + record * 4) * unit * 1000) / 1000);
  }
  return widths;
}

function buildFontFile(
  bytes: Uint8Array,
  tables: ReadonlyMap<string, Table>,
  outlines: readonly Uint8Array[],
  keep: ReadonlySet<number> | undefined,
): Uint8Array {
  const kept = keep === undefined ? undefined : addComponents(outlines, keep);
  const { glyf, loca } = packOutlines(outlines, kept);
  const parts = new Map<string, Uint8Array>();
  for (const tag of embeddedTables) {
    const table = tables.get(tag);
    if (table === undefined) continue;
    parts.set(tag, Uint8Array.from(bytes.subarray(table.offset, table.offset + table.length)));
  }
  parts.set("glyf", glyf);
  parts.set("loca", loca);
  const head = parts.get("head");
  if (head !== undefined) new DataView(head.buffer).setInt16(50, 1);
  return assembleTables(parts);
}

function readOutlines(
  bytes: Uint8Array,
  view: DataView,
  tables: ReadonlyMap<string, Table>,
  glyphs: number,
): Uint8Array[] {
  const glyf = tables.get("glyf")?.offset ?? 0;
  const loca = tables.get("loca")?.offset ?? 0;
  const isLong = view.getInt16((tables.get("head")?.offset ?? 0) + 50) === 1;
  const readOffset = (index: number): number =>
    isLong ? view.getUint32(loca + index * 4) : view.getUint16(loca + index * 2) * 2;
  const outlines: Uint8Array[] = [];
  for (let glyph = 0; glyph < glyphs; glyph += 1)
    outlines.push(bytes.subarray(glyf + readOffset(glyph), glyf + readOffset(glyph + 1)));
  return outlines;
}

/** Composite letters (à = a + grave) need their parts. */
function addComponents(outlines: readonly Uint8Array[], keep: ReadonlySet<number>): Set<number> {
  const kept = new Set([0, ...keep]);
  for (const glyph of kept)
    for (const part of listComponents(outlines[glyph] ?? new Uint8Array())) kept.add(part);
  return kept;
}

function listComponents(outline: Uint8Array): number[] {
  if (outline.length < 10) return [];
  const view = new DataView(outline.buffer, outline.byteOffset, outline.byteLength);
  if (view.getInt16(0) >= 0) return [];
  const parts: number[] = [];
  let at = 10;
  for (;;) {
    const flags = view.getUint16(at);
    parts.push(view.getUint16(at + 2));
    at += 4 + (flags & 1 ? 4 : 2);
    if (flags & 0x08) at += 2;
    else if (flags & 0x40) at += 4;
    else if (flags & 0x80) at += 8;
    if ((flags & 0x20) === 0) return parts;
  }
}

function packOutlines(
  outlines: readonly Uint8Array[],
  kept: ReadonlySet<number> | undefined,
): { readonly glyf: Uint8Array; readonly loca: Uint8Array } {
  const pieces: Uint8Array[] = [];
  const loca = new Uint8Array((outlines.length + 1) * 4);
  const offsets = new DataView(loca.buffer);
  let length = 0;
  for (const [glyph, outline] of outlines.entries()) {
    offsets.setUint32(glyph * 4, length);
    if (kept !== undefined && !kept.has(glyph)) continue;
    const padded = new Uint8Array(Math.ceil(outline.length / 4) * 4);
    padded.set(outline);
    pieces.push(padded);
    length += padded.length;
  }
  offsets.setUint32(outlines.length * 4, length);
  return { glyf: Buffer.concat(pieces, length), loca };
}

function assembleTables(parts: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const tags = [...parts.keys()].sort();
  const power = 2 ** Math.floor(Math.log2(tags.length));
  const header = new Uint8Array(12 + tags.length * 16);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0x00_01_00_00);
  view.setUint16(4, tags.length);
  view.setUint16(6, power * 16);
  view.setUint16(8, Math.log2(power));
  view.setUint16(10, (tags.length - power) * 16);
  const pieces: Uint8Array[] = [header];
  let offset = header.length;
  let headAt = 0;
  for (const [index, tag] of tags.entries()) {
    const part = parts.get(tag) ?? new Uint8Array();
    const padded = new Uint8Array(Math.ceil(part.length / 4) * 4);
    padded.set(part);
    if (tag === "head") {
      new DataView(padded.buffer).setUint32(8, 0);
      headAt = offset;
    }
    const entry = 12 + index * 16;
    for (let letter = 0; letter < 4; letter += 1)
      view.setUint8(entry + letter, tag.charCodeAt(letter));
    view.setUint32(entry + 4, computeChecksum(padded));
    view.setUint32(entry + 8, offset);
    view.setUint32(entry + 12, part.length);
    pieces.push(padded);
    offset += padded.length;
  }
  const file = Uint8Array.from(Buffer.concat(pieces, offset));
  new DataView(file.buffer).setUint32(headAt + 8, (0xb1_b0_af_ba - computeChecksum(file)) >>> 0);
  return file;
}

function computeChecksum(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sum = 0;
  for (let at = 0; at + 4 <= bytes.length; at += 4) sum = (sum + view.getUint32(at)) >>> 0;
  return sum;
}
