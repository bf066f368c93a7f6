/** The logical structure of a tagged PDF: elements in reading order, whatever the order is in which they are painted. */

/** Standard types alone: a reader needs no map of roles. */
export type ElementType =
  | "Document"
  | "H1"
  | "H2"
  | "H3"
  | "P"
  | "Figure"
  | "L"
  | "LI"
  | "Lbl"
  | "LBody"
  | "Table"
  | "TR"
  | "TH"
  | "TD";

/** What an element says besides its text. */
export interface ElementTraits {
  /** BCP 47, where it is not the document's: `de`. */
  readonly language?: string;
  /** What a figure shows, in words. */
  readonly alt?: string;
  /** Whose head a `TH` is. */
  readonly scope?: "Row" | "Column";
}

/** Where content of an element stands: number of the page and, on that page, of the marked stretch. */
interface ContentMark {
  readonly page: number;
  readonly id: number;
}

/** One element of one document. Its place among its siblings is where it is read; pages fill in where its content stands. */
export class StructureElement {
  /** A heading is raised where a document would begin below its first level. */
  type: ElementType;
  readonly kids: readonly StructureElement[];
  readonly traits: ElementTraits;
  readonly marks: ContentMark[] = [];
  /** Whether it has text already: what follows is another word. */
  hasText = false;
  /** Where a figure stands: left, bottom, right and top in points. */
  box: readonly number[] | undefined;
  /** Its object, once the document is written. */
  object = 0;

  constructor(
    type: ElementType,
    traits: ElementTraits = noTraits,
    kids: readonly StructureElement[] = noKids,
  ) {
    this.type = type;
    this.traits = traits;
    this.kids = kids;
  }
}

const noTraits: ElementTraits = {};
const noKids: readonly StructureElement[] = [];

/** An element that holds others. */
export function groupElements(
  type: ElementType,
  kids: readonly StructureElement[],
): StructureElement {
  return new StructureElement(type, noTraits, kids);
}

/** What the tree is hung into a file with. */
export interface StructurePlaces {
  /** Object number of the tree's root. */
  readonly root: number;
  /** Object number of the first element; the others follow. */
  readonly first: number;
  /** Object number of each page. */
  readonly pages: readonly number[];
  /** Of each page, the elements by the number of their marked stretch. */
  readonly owners: readonly (readonly StructureElement[])[];
}

/** Bodies of the root and of all elements, in the order of their object numbers: text in Latin-1. */
export interface StructureObjects {
  readonly root: string;
  readonly elements: readonly string[];
}

/** Source: ISO 32000-1, 14.7; element types 14.8.4. Elements that painted nothing are left out, but for the cells of a table. */
export function encodeStructure(
  elements: readonly StructureElement[],
  places: StructurePlaces,
): StructureObjects {
  const document = groupElements("Document", elements);
  const writer = { places, next: places.first, bodies: [] };
  encodeElement(writer, document, places.root);
  let numbers = "";
  for (const [page, owners] of places.owners.entries()) {
    numbers += `${page}[`;
    for (const { object } of owners) numbers += `${object} 0 R `;
    numbers += "]";
  }
  return {
    root: `<</Type/StructTreeRoot/K ${places.first} 0 R/ParentTree<</Nums[${numbers}]>>/ParentTreeNextKey ${places.pages.length}>>`,
    elements: writer.bodies,
  };
}

interface ElementWriter {
  readonly places: StructurePlaces;
  next: number;
  readonly bodies: string[];
}

/** Takes the next number, so that parents stand before their kids. */
function encodeElement(writer: ElementWriter, element: StructureElement, parent: number): void {
  const number = writer.next;
  writer.next += 1;
  element.object = number;
  const at = writer.bodies.push("") - 1;
  const { type, kids, marks } = element;
  let body = `<</S/${type}/P ${parent} 0 R`;
  if (kids.length > 0) {
    body += "/K[";
    for (const kid of kids)
      if (isPresent(kid)) {
        body += `${writer.next} 0 R `;
        encodeElement(writer, kid, number);
      }
    body += "]";
  } else body += encodeMarks(marks, writer.places.pages);
  writer.bodies[at] = `${body}${encodeTraits(element)}>>`;
}

function isPresent(element: StructureElement): boolean {
  if (element.marks.length > 0) return true;
  return element.kids.length === 0 ? isCell(element.type) : element.kids.some(isPresent);
}

function isCell(type: ElementType): boolean {
  return type === "TH" || type === "TD";
}

function encodeMarks(marks: readonly ContentMark[], pages: readonly number[]): string {
  const [first] = marks;
  if (first === undefined) return "";
  const page = `/Pg ${pages[first.page]} 0 R/K`;
  if (marks.length === 1) return `${page} ${first.id}`;
  const all = marks.map(({ page: at, id }) =>
    at === first.page ? String(id) : `<</Type/MCR/Pg ${pages[at]} 0 R/MCID ${id}>>`,
  );
  return `${page}[${all.join(" ")}]`;
}

function encodeTraits({ traits, box }: StructureElement): string {
  let entries = "";
  if (traits.language !== undefined) entries += `/Lang(${traits.language})`;
  if (traits.alt !== undefined) entries += `/Alt${encodeTextString(traits.alt)}`;
  if (traits.scope !== undefined) entries += `/A<</O/Table/Scope/${traits.scope}>>`;
  if (box !== undefined)
    entries += `/A<</O/Layout/Placement/Block/BBox[${box.map((one) => Math.round(one * 100) / 100).join(" ")}]>>`;
  return entries;
}

/** A text string of PDF: as it is where it is ASCII, else UTF-16, high byte first, with its mark. */
export function encodeTextString(text: string): string {
  if (/^[ -~]*$/.test(text)) return `(${text.replaceAll(/[\\()]/g, String.raw`\$&`)})`;
  return `<${Buffer.from(`\u{FEFF}${text}`, "utf16le").swap16().toString("hex").toUpperCase()}>`;
}
