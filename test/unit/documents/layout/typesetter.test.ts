/** What a typesetter keeps of the texts that come again: the setting counts, not the text alone. */
import { expect, test } from "bun:test";
import type { SetText } from "../../../../documents/layout/set-text.ts";
import { StructureElement } from "../../../../documents/pdf/structure.ts";
import { TaggedPage } from "../../../../documents/pdf/tagged-page.ts";
import { loadFonts } from "../../../../documents/pdf/fonts.ts";
import type { Style } from "../../../../documents/layout/text.ts";
import { createTypesetter } from "../../../../documents/layout/typesetter.ts";

const fonts = loadFonts();
const style: Style = { font: "regular", size: 10, leading: 13 };
const text = "Informazioni e chiarimenti presso il comando";

function drawn(text: SetText | null): string {
  const page = new TaggedPage(0);
  text?.paint(page, new StructureElement("P"), { x: 40, y: 700 });
  return page.contents.map(({ operators }) => operators).join("");
}

test.each<[string, Partial<Style>, number]>([
  ["in another face", { font: "bold" }, 300],
  ["in another size", { size: 8 }, 300],
  ["with another leading", { leading: 20 }, 100],
  ["aligned otherwise", { align: "right" }, 300],
  ["in a narrower column", {}, 100],
])("a kept text %s is set anew", (_, change, width) => {
  const kept = createTypesetter(fonts);
  kept.setFixed(text, { ...style, align: "left" }, width === 100 ? 99 : width);
  kept.setFixed(text, style, 300);
  const other = { ...style, ...change };

  const again = kept.setFixed(text, other, width);

  expect(drawn(again)).toBe(drawn(createTypesetter(fonts).setPlain(text, other, width)));
  expect(drawn(again)).not.toBe(drawn(kept.setFixed(text, style, 300)));
});

test("a template with a value is set for each verbale, one without is kept", () => {
  const kept = createTypesetter(fonts);

  const first = kept.setTemplate("Verbale {numero}", { numero: "V/1" }, style, 300);
  const second = kept.setTemplate("Verbale {numero}", { numero: "V/2" }, style, 300);

  expect(drawn(first)).not.toBe(drawn(second));
  expect(kept.setTemplate("Verbale", {}, style, 300)).toBe(
    kept.setTemplate("Verbale", {}, style, 300),
  );
  expect(kept.setTemplate("Verbale {numero}", { numero: "" }, style, 300)).toBeNull();
});

test("a template that names only texts of the ente or the model is kept with each of them", () => {
  const kept = createTypesetter(fonts, new Set(["ente.nome", "qualita"]));
  const source = "{ente.nome} le notifica come {qualita}";
  const set = (qualita: string): SetText | null =>
    kept.setTemplate(source, { "ente.nome": "Borgolieto", qualita }, style, 300);

  const owner = set("proprietario");

  expect(set("proprietario")).toBe(owner);
  expect(drawn(set("locatario"))).not.toBe(drawn(owner));
  expect(drawn(set("locatario"))).toBe(
    drawn(createTypesetter(fonts).setPlain("Borgolieto le notifica come locatario", style, 300)),
  );
  expect(set("")).toBeNull();
  const numbered = kept.setTemplate(
    "{ente.nome} {numero}",
    { "ente.nome": "B", numero: "1" },
    style,
    300,
  );
  expect(
    drawn(kept.setTemplate("{ente.nome} {numero}", { "ente.nome": "B", numero: "2" }, style, 300)),
  ).not.toBe(drawn(numbered));
});

test("a second text of an element begins with a blank, and all its lines begin at its edge", () => {
  const set = createTypesetter(fonts);
  const owner = new StructureElement("P");
  const page = new TaggedPage(0);
  set.setPlain("Intestato a", style, 100).paint(page, owner, { x: 40, y: 700 });
  set.setPlain("Comune di Borgolieto, tesoreria", style, 90).paint(page, owner, { x: 40, y: 680 });
  const content = page.contents.map(({ operators }) => operators).join("");

  const [first, second] = content.split("ET\n");
  const moves = (text = ""): string[] =>
    Array.from(text.matchAll(/(-?[\d.]+) (-?[\d.]+) Td/g), ([, x, y]) => `${x} ${y}`);

  expect(moves(first)).toEqual(["40 690.1"]);
  // A blank of 10 points is 2.2 wide: back to the edge, then a line down, straight.
  expect(moves(second)).toEqual(["37.8 670.1", "2.2 0", "0 -13"]);
});
