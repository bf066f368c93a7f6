/** Gives a PDF its title back: properties and metadata name it alike. */
import { PDFDocument, PDFName, PDFRawStream, PDFRef } from "pdf-lib";

/** The file with this title; with an empty one it is left as it is. */
export async function setDocumentTitle(bytes: Uint8Array, title: string): Promise<Uint8Array> {
  if (title === "") return bytes;
  const pdf = await PDFDocument.load(bytes, { updateMetadata: false });
  nameDocument(pdf, title);
  return await pdf.save({ useObjectStreams: false, addDefaultPage: false });
}

/** Sets the title of an open document. */
export function nameDocument(document: PDFDocument, title: string): void {
  document.setTitle(title);
  const ref = document.catalog.get(PDFName.of("Metadata"));
  const metadata = document.context.lookup(ref);
  if (!(ref instanceof PDFRef) || !(metadata instanceof PDFRawStream)) return;
  const text = Buffer.from(metadata.contents).toString("utf8");
  const escaped = title.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const titled = text.replace(
    /(<dc:title>.*?<rdf:li[^>]*>)[^<]*/s,
    (_all, before: string) => before + escaped,
  );
  const stream = document.context.stream(Buffer.from(titled), { Type: "Metadata", Subtype: "XML" });
  document.context.assign(ref, stream);
}
