/** Wrapping and templates. */
import { describe, expect, test } from "bun:test";
import { loadFonts } from "../../../../documents/pdf/fonts.ts";
import { compileTemplate, isWanted, toPlainText } from "../../../../documents/layout/template.ts";
import {
  toPrintable,
  measureWidth,
  wrapRuns,
  type TextRun,
  type Style,
} from "../../../../documents/layout/text.ts";

const fonts = loadFonts();
const style: Style = { font: "regular", size: 10, leading: 13 };

/** The text of each line, with the blank that it ends with. */
function linesOf(runs: readonly TextRun[], width: number, as: Style = style): string[] {
  return wrapRuns(fonts, runs, as, width).map(({ segments }) =>
    segments
      .map(({ text }) => text)
      .join("")
      .replaceAll("\u{A0}", " "),
  );
}

function plain(text: string): TextRun[] {
  return [{ text, isBold: false }];
}

describe("wrapping", () => {
  test("breaks between words and keeps every word", () => {
    expect(linesOf(plain("uno due tre quattro cinque sei"), 60)).toEqual([
      "uno due tre ",
      "quattro ",
      "cinque sei",
    ]);
  });

  test("breaks a word that is longer than a line between letters", () => {
    const lines = linesOf(plain("abcdefghijklmnopqrstuvwxyz"), 40);

    expect(lines.join("")).toBe("abcdefghijklmnopqrstuvwxyz");
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines)
      expect(measureWidth(fonts, plain(line), style)).toBeLessThanOrEqual(40.01);
  });

  test("a line break in the data starts a line, an empty one leaves a line", () => {
    expect(linesOf(plain("primo\r\nsecondo\n\nterzo"), 200)).toEqual([
      "primo ",
      "secondo ",
      "",
      "terzo",
    ]);
  });

  test("keeps bold text and the comma after it together", () => {
    const runs = [
      { text: "entro ", isBold: false },
      { text: "60 giorni", isBold: true },
      { text: ", poi", isBold: false },
    ];

    expect(linesOf(runs, 500)).toEqual(["entro 60 giorni, poi"]);
    expect(linesOf(runs, 62)).toEqual(["entro 60 ", "giorni, poi"]);
  });

  test("no line is wider than its column, whatever the text", () => {
    const text =
      "L'agente ha accertato, WWWWWWWWWWWWWWWWWWWW e iiiiiiiiiiiiiiiiiii, la violazione. ".repeat(
        9,
      );
    for (const width of [30, 77, 123.4, 260])
      for (const line of wrapRuns(fonts, plain(text), style, width))
        expect(line.width).toBeLessThanOrEqual(width + 0.02);
  });
});

describe("text made printable", () => {
  test("loses marks that nobody sees, whatever program they come from", () => {
    expect(toPrintable("\u200EMa\u200Drio\u2060 \u202BRos\u202Csi\u2066\u2069")).toBe(
      "Mario Rossi",
    );
    // A mark between a letter and its accent does not part them.
    expect(toPrintable("perche\u200B\u0301")).toBe("perché");
  });

  test("keeps its lines and blanks", () => {
    expect(toPrintable("a\r\nb\rc\u2028d\u0085e\vf")).toBe("a\nb\nc\nd\ne\nf");
    expect(toPrintable("a\u2003b\u2007c\u3000d")).toBe("a b c d");
  });

  test("has ligatures, primes and quotes of other programs as plain ones", () => {
    expect(toPrintable("\uFB01ne \uFB02usso D\u02BCAngelo 5\u2032 \u201Fa\u201D")).toBe(
      "fine flusso D\u2019Angelo 5' \u201Ca\u201D",
    );
  });

  test("joins letters and their accents, and knows other blanks and hyphens", () => {
    expect(toPrintable("perche\u0301 co\u00ADop\u2011tab\tfine")).toBe("perché coop-tab fine");
  });
});

describe("a template", () => {
  test("puts values in as they are, without reading marks or braces in them", () => {
    const template = compileTemplate("Verbale **{numero}** di {luogo}");

    expect(template.names).toEqual(["numero", "luogo"]);
    expect(template.fillIn({ numero: "1**2", luogo: "{targa}" })).toEqual([
      { text: "Verbale ", isBold: false, isKept: true },
      { text: "1**2", isBold: true },
      { text: " di ", isBold: false, isKept: true },
      { text: "{targa}", isBold: false },
    ]);
  });

  test("is nothing when a value that it names is absent, an error when there is no such value", () => {
    const template = compileTemplate("Tel. {ente.telefono}");

    expect(template.fillIn({ "ente.telefono": "" })).toBeNull();
    expect(() => template.fillIn({})).toThrow("unknown value: ente.telefono");
  });

  test("keeps an article and its number on one line, and sets apostrophes", () => {
    expect(toPlainText(compileTemplate("art. 203").fillIn({}))).toBe("art. 203");
    expect(compileTemplate("ai sensi dell'art. 203").fillIn({})).toEqual([
      { text: "ai sensi dell\u{2019}art.\u{A0}203", isBold: false, isKept: true },
    ]);
  });

  test("conditions look at whether a value is there", () => {
    expect(isWanted({ when: "ora" }, { ora: "" })).toBe(false);
    expect(isWanted({ when: "ora" }, { ora: "10:00" })).toBe(true);
    expect(isWanted({ unless: "ora" }, { ora: "10:00" })).toBe(false);
    expect(isWanted({}, {})).toBe(true);
  });
});
