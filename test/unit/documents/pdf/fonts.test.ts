/** The fonts: read as fontkit reads them, whole letters only, and a copy that another reader accepts. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fontkit from "@pdf-lib/fontkit";
import { loadFonts } from "../../../../documents/pdf/fonts.ts";
import { MissingGlyph } from "../../../../documents/pdf/missing-glyph.ts";
import { readSfnt } from "../../../../documents/pdf/sfnt.ts";
import { toPrintable } from "../../../../documents/layout/text.ts";

interface OtherFont {
  readonly unitsPerEm: number;
  readonly numGlyphs: number;
  readonly characterSet: readonly number[];
  glyphForCodePoint(code: number): { readonly id: number; readonly advanceWidth: number };
  getGlyph(id: number): { readonly path: { readonly commands: readonly unknown[] } };
}

function other(bytes: Uint8Array): OtherFont {
  return fontkit.create(bytes) as unknown as OtherFont;
}

const folder = `${import.meta.dir}/../../../../documents/fonts`;
const files = ["TitilliumWeb-Regular", "TitilliumWeb-SemiBold", "RobotoMono-Medium"];

describe("reading a font", () => {
  test.each(files)("%s: glyphs and widths are those that fontkit reads", (file) => {
    const bytes = readFileSync(`${folder}/${file}.ttf`);
    const ours = readSfnt(bytes);
    const theirs = other(bytes);

    expect(ours.glyphs).toBe(theirs.numGlyphs);
    for (const code of theirs.characterSet) {
      if (code > 0xff_fe) continue;
      const glyph = theirs.glyphForCodePoint(code);
      expect(ours.glyphOf.get(code)).toBe(glyph.id);
      expect(ours.widths[glyph.id]).toBeCloseTo((glyph.advanceWidth * 1000) / theirs.unitsPerEm, 3);
    }
  });
});

describe("the embedded copy", () => {
  test("draws every letter of Titillium Web as the original does", () => {
    const { regular } = loadFonts();
    const original = other(readFileSync(`${folder}/TitilliumWeb-Regular.ttf`));
    const copy = readOutlines(regular.file);

    for (const glyph of new Set(regular.characters.values())) {
      const drawn = original.getGlyph(glyph).path.commands.length > 0;
      expect((copy[glyph] ?? 0) > 0).toBe(drawn);
    }
  });

  test("of Roboto Mono keeps ASCII and leaves the rest empty", () => {
    const { mono } = loadFonts();
    const copy = readOutlines(mono.file);
    const glyphOf = (character: string): number =>
      mono.sfnt.glyphOf.get(character.codePointAt(0) ?? 0) ?? 0;

    expect(copy[glyphOf("7")]).toBeGreaterThan(0);
    expect(copy[glyphOf("à")]).toBe(0);
    expect(mono.name).toBe("POSTIN+RobotoMono-Medium");
  });
});

/** Length of every glyph's outline. */
function readOutlines(file: Uint8Array): number[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const tables = new Map<string, number>();
  for (let entry = 12; entry < 12 + view.getUint16(4) * 16; entry += 16)
    tables.set(Buffer.from(file.slice(entry, entry + 4)).toString(), view.getUint32(entry + 8));
  const loca = tables.get("loca") ?? 0;
  const glyphs = view.getUint16((tables.get("maxp") ?? 0) + 4);
  const lengths: number[] = [];
  for (let glyph = 0; glyph < glyphs; glyph += 1)
    lengths.push(view.getUint32(loca + glyph * 4 + 4) - view.getUint32(loca + glyph * 4));
  return lengths;
}

describe("the characters", () => {
  test("of every name in the land are there, none of them empty", () => {
    const { regular, bold } = loadFonts();
    const letters =
      "àèéìòùÀÈÉÌÒÙçÇñÑäöüßÄÖÜšŠžŽčČćĆđĐśŚłŁźŹżŻąĄęĘńŃșȘțȚţŢăĂâÂîÎőŐűŰğĞıİşŞøØåÅæÆœŒýÝ€’«»ªº§°";

    for (const font of [regular, bold])
      for (const letter of letters) {
        const glyph = font.characters.get(letter.codePointAt(0) ?? 0);
        expect(`${letter} ${glyph !== undefined && !font.sfnt.blanks.has(glyph)}`).toBe(
          `${letter} true`,
        );
      }
  });

  test.each([
    { name: "Latin-1", from: 0xc0, to: 0xff, lacking: "" },
    { name: "Latin Extended-A", from: 0x1_00, to: 0x1_7f, lacking: "ĲĳĸĿŀŉſ" },
  ])("of $name are there, save those that no name is written with", ({ from, to, lacking }) => {
    for (const font of [loadFonts().regular, loadFonts().bold]) {
      let missing = "";
      for (let code = from; code <= to; code += 1) {
        const letter = String.fromCodePoint(code);
        if (/\p{L}/u.test(letter) && !font.characters.has(code)) missing += letter;
      }
      expect(missing).toBe(lacking);
    }
  });

  test("that other scripts and Vietnamese need are refused by name, also when they come apart", () => {
    const { regular } = loadFonts();
    const refused = (text: string): string => {
      try {
        regular.measure(toPrintable(text));
      } catch (error) {
        if (error instanceof MissingGlyph) return error.message;
        throw error;
      }
      return "drawn";
    };

    expect(refused("Nguyễn")).toBe("drawn");
    expect(refused("Đức")).toBe("il carattere «ứ» (U+1EE9) non si può stampare");
    expect(refused("Pha\u{323}m")).toBe("il carattere «ạ» (U+1EA1) non si può stampare");
    expect(refused("Phạm")).toBe("il carattere «ạ» (U+1EA1) non si può stampare");
    expect(refused("GROẞ")).toBe("il carattere «ẞ» (U+1E9E) non si può stampare");
    expect(refused("Иван")).toBe("il carattere «И» (U+0418) non si può stampare");
    expect(refused("Παύλος")).toBe("il carattere «Π» (U+03A0) non si può stampare");
    expect(refused("李明")).toBe("il carattere «李» (U+674E) non si può stampare");
    expect(refused("😀")).toBe("il carattere «😀» (U+1F600) non si può stampare");
  });

  test("that the designers left empty are not characters of the font", () => {
    const { regular } = loadFonts();
    const empty = [...regular.characters].filter(([, glyph]) => regular.sfnt.blanks.has(glyph));

    expect(new Set(empty.map(([code]) => code))).toEqual(new Set([0x20, 0xa0]));
  });
});
