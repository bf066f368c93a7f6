/** The plain report: the same content gives the same bytes, and long ones flow over pages. */
import { expect, test } from "bun:test";
import { drawReport, type Report } from "../../../../documents/sheets/report.ts";

const report: Report = {
  title: "Fascicolo della notifica ABCD",
  foot: "Comune di Prova",
  author: "Comune di Prova",
  day: "2026-11-28",
  sections: [
    { heading: "La notifica", rows: [["Verbale", "V/1"]] },
    { heading: "Note", paragraphs: ["Una frase.", "Un’altra, con l’accento: però."] },
  ],
};

test("the same report gives the same bytes, another gives others", () => {
  const one = drawReport(report);

  expect(one.pages).toBe(1);
  expect(Buffer.from(drawReport(report).bytes).equals(Buffer.from(one.bytes))).toBeTrue();
  const other = drawReport({ ...report, day: "2026-11-29" });
  expect(Buffer.from(other.bytes).equals(Buffer.from(one.bytes))).toBeFalse();
});

test("three hundred rows flow over pages, none is lost", () => {
  const rows = Array.from(
    { length: 300 },
    (_, index) => [`riga ${index}`, "che cosa è successo ".repeat(6)] as const,
  );

  expect(drawReport({ ...report, sections: [{ heading: "Storia", rows }] }).pages).toBeGreaterThan(
    9,
  );
});

test("a character that the fonts lack stands there by its number", () => {
  const withNote = (note: string): Report => ({
    ...report,
    sections: [{ heading: "Nota", paragraphs: [note] }],
  });

  const drawn = drawReport(withNote("è via 北 1"));

  const spelled = drawReport(withNote("è via [U+5317] 1"));
  expect(Buffer.from(drawn.bytes).equals(Buffer.from(spelled.bytes))).toBeTrue();
  const wrong = drawReport(withNote("[U+00E8] via [U+5317] 1"));
  expect(Buffer.from(drawn.bytes).equals(Buffer.from(wrong.bytes))).toBeFalse();
});
