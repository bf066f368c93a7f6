/** The mark of a preview: nobody takes what bears it for an act. */
import {
  beginText,
  endMarkedContent,
  endText,
  PDFDocument,
  PDFHexString,
  PDFOperator,
  PDFOperatorNames,
  popGraphicsState,
  pushGraphicsState,
  rotateAndSkewTextRadiansAndTranslate,
  setFillingRgbColor,
  setFontAndSize,
  setGraphicsState,
  showText,
} from "pdf-lib";
import { nameDocument } from "../finished/set-title.ts";
import { loadFonts } from "../pdf/fonts.ts";

/** What goes across each page of a preview. */
const previewMark = "ANTEPRIMA SENZA VALORE";

/**
 * The document with the mark across every page; it stays accessible PDF/A, so that it looks in every reader as what will be sent: the mark is set
 * in the document's own bold face. `name` goes into its title.
 */
export async function markAsWorthless(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  const document = await PDFDocument.load(bytes, { updateMetadata: false });
  const { bold } = loadFonts();
  const size = 44;
  const angle = Math.PI / 3.4;
  const length = (bold.measure(previewMark) * size) / 1000;
  for (const page of document.getPages()) {
    const { width, height } = page.getSize();
    const state = page.node.newExtGState(
      "Anteprima",
      document.context.obj({ Type: "ExtGState", ca: 0.35 }),
    );
    page.pushOperators(
      pushGraphicsState(),
      // No part of the document: a reader passes it over, as it does a foot.
      PDFOperator.of(PDFOperatorNames.BeginMarkedContent, ["/Artifact"]),
      setGraphicsState(state),
      setFillingRgbColor(0.75, 0.1, 0.1),
      PDFOperator.of(PDFOperatorNames.BeginMarkedContentSequence, [
        "/Span",
        `<</ActualText<${toHex(previewMark, (code) => code, 2)}>>>`,
      ]),
      beginText(),
      setFontAndSize(bold.resource, size),
      rotateAndSkewTextRadiansAndTranslate(
        angle,
        0,
        0,
        width / 2 - (Math.cos(angle) * length) / 2,
        height / 2 - (Math.sin(angle) * length) / 2,
      ),
      showText(PDFHexString.of(toHex(previewMark, (code) => bold.characters.get(code) ?? 0, 4))),
      endText(),
      endMarkedContent(),
      endMarkedContent(),
      popGraphicsState(),
    );
  }
  nameDocument(document, `${previewMark} (${name})`);
  return await document.save();
}

/** Each character as a number of so many hexadecimal digits. */
function toHex(text: string, toNumber: (code: number) => number, digits: number): string {
  return Array.from(text, (character) =>
    toNumber(character.charCodeAt(0)).toString(16).toUpperCase().padStart(digits, "0"),
  ).join("");
}
