/** The two tables of a font that a PDF carries as data: widths and the way back to Unicode. */
import type { Font } from "./fonts.ts";

/** The /W array: `[first [w w w] next [w …]]`, consecutive glyphs together; `[first last w]` where all are alike. */
export function buildWidthArray(font: Font): (number | number[])[] {
  const glyphs = [...new Set([0, ...font.characters.values()])].sort((a, b) => a - b);
  const widths = new Set(glyphs.map((glyph) => font.sfnt.widths[glyph] ?? 0));
  const [width = 0] = widths;
  if (widths.size === 1) return [0, glyphs.at(-1) ?? 0, width];
  const out: (number | number[])[] = [];
  let run: number[] = [];
  let previous = -2;
  for (const glyph of glyphs) {
    if (glyph !== previous + 1) {
      run = [];
      out.push(glyph, run);
    }
    run.push(font.sfnt.widths[glyph] ?? 0);
    previous = glyph;
  }
  return out;
}

/** The ToUnicode CMap: every drawn glyph maps to the lowest character that the font itself gives it. */
export function buildToUnicodeMap(font: Font): string {
  const characterOf = new Map<number, number>();
  for (const [code, glyph] of [...font.characters].sort((a, b) => a[0] - b[0]))
    if (!characterOf.has(glyph) && font.sfnt.glyphOf.get(code) === glyph)
      characterOf.set(glyph, code);
  const lines = [...characterOf]
    .sort((a, b) => a[0] - b[0])
    .map(([glyph, code]) => `<${formatHex4(glyph)}> <${formatHex4(code)}>`);
  const parts: string[] = [];
  // A CMap operator takes at most 100 entries.
  for (let at = 0; at < lines.length; at += 100) {
    const part = lines.slice(at, at + 100);
    parts.push(`${part.length} beginbfchar\n${part.join("\n")}\nendbfchar`);
  }
  return `/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
${parts.join("\n")}
endcmap
CMapName currentdict /CMap defineresource pop
end
end`;
}

function formatHex4(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, "0");
}
