/** The character that no font of ours can draw; thrown while rendering and turned into a rejection by the render step. */

/** A text holds a character that the font lacks: the document is not made, since a box in its place would be a false document. */
export class MissingGlyph extends Error {
  readonly character: string;
  /** `U+0416`. */
  readonly codePoint: string;

  /** `codePoint`: the Unicode number of the character. */
  constructor(codePoint: number) {
    const name = `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`;
    const character = codePoint < 0x20 || codePoint === 0x7f ? "" : String.fromCodePoint(codePoint);
    super(
      character === ""
        ? `il carattere di controllo ${name} non si può stampare`
        : `il carattere «${character}» (${name}) non si può stampare`,
    );
    this.name = "MissingGlyph";
    this.character = character;
    this.codePoint = name;
  }
}
