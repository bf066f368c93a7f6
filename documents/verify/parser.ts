/** Reads the objects of a stranger's PDF, and refuses what programs read differently: what we look at must be what a judge sees. */
import { PDFDict, PDFNumber, PDFObjectParser, PDFRef } from "pdf-lib";
import type { PDFContext, PDFName, PDFObject } from "pdf-lib";

type ByteStream = ConstructorParameters<typeof PDFObjectParser>[0];

/** Numbers that lead to bytes or objects: readers that want whole ones pass over `12.0`. */
const whole = new Set(["/Prev", "/Size", "/Length", "/First", "/N", "/XRefStm"]);

class StrictParser extends PDFObjectParser {
  get position(): number {
    return this.bytes.offset();
  }

  protected override parseDict(): PDFDict {
    this.bytes.assertNext(lessThan);
    this.bytes.assertNext(lessThan);
    this.skipWhitespaceAndComments();
    const entries = new Map<PDFName, PDFObject>();
    while (!this.bytes.done() && this.bytes.peek() !== greaterThan) {
      const key = this.parseName();
      if (entries.has(key)) throw new Error("a dictionary names a key twice");
      // What is left of an escape after pdf-lib has read those with capitals: /R#6fot is Root to others.
      if (key.toString().includes("#")) throw new Error("a key with an escape");
      const from = this.bytes.offset();
      const value = this.parseObject();
      if (whole.has(key.toString()) && !(value instanceof PDFRef))
        this.expectText(from, /^\s*\d+$/, value);
      entries.set(key, value);
      this.skipWhitespaceAndComments();
    }
    this.bytes.assertNext(greaterThan);
    this.bytes.assertNext(greaterThan);
    return PDFDict.fromMapWithContext(entries, this.context);
  }

  /** `5.0 0 R` is a reference to pdf-lib and three objects to others. */
  protected override parseNumberOrRef(): PDFNumber | PDFRef {
    const from = this.bytes.offset();
    const value = super.parseNumberOrRef();
    if (value instanceof PDFRef) this.expectText(from, /^\d+\s+\d+\s+R$/, value);
    return value;
  }

  private expectText(from: number, pattern: RegExp, value: PDFObject): void {
    const text = String.fromCharCode(...this.bytes.slice(from, this.bytes.offset()));
    // What follows a number may have been looked at already.
    const own = value instanceof PDFNumber ? text.trimEnd() : text;
    if (!pattern.test(own)) throw new Error("a number or a reference written in an unusual way");
  }
}

const lessThan = 0x3c;
const greaterThan = 0x3e;

/** The object that begins at `from`, and where it ends. Throws a plain Error. */
export function parseStrictly(
  bytes: Uint8Array,
  from: number,
  context: PDFContext,
): { readonly object: PDFObject; readonly next: number } {
  const parser = new StrictParser(createByteStream(bytes.subarray(from), context), context);
  const object = parser.parseObject();
  return { object, next: from + parser.position };
}

/** pdf-lib does not export its byte stream: a parser brings one along. */
function createByteStream(bytes: Uint8Array, context: PDFContext): ByteStream {
  const parser = PDFObjectParser.forBytes(bytes, context);
  return (parser as unknown as { readonly bytes: ByteStream }).bytes;
}
