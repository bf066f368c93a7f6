/** A stretch of a document: boxes as they are stacked, and beside them the elements as they are read. */
import { StructureElement, type ElementTraits, type ElementType } from "../pdf/structure.ts";
import { placeText, type Box } from "./boxes.ts";
import type { SetText } from "./set-text.ts";

/** Filled by one maker of blocks, then appended to the flow that it is part of. */
export class TaggedFlow {
  /** In reading order; boxes paint them in any. */
  readonly elements: StructureElement[] = [];
  readonly boxes: Box[] = [];

  /** Stacks boxes that paint elements given elsewhere, or none. */
  add(...boxes: readonly Box[]): void {
    this.boxes.push(...boxes);
  }

  /** Stacks a text as an element of its own; `null`, a text that is not to be printed, adds nothing. Tells whether it was added. */
  addText(text: SetText | null, type: ElementType = "P", traits?: ElementTraits): boolean {
    if (text === null) return false;
    const element = new StructureElement(type, traits);
    this.elements.push(element);
    this.boxes.push(placeText(element, text));
    return true;
  }

  append(other: TaggedFlow): void {
    for (const element of other.elements) this.elements.push(element);
    for (const box of other.boxes) this.boxes.push(box);
  }
}
