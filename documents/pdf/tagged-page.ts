/** The content of one page as it is painted: every stretch belongs to an element of the structure or is an artifact. */
import type { StructureElement } from "./structure.ts";

/** What an artifact is, where readers make a difference. */
export type ArtifactKind = "Header" | "Footer";

/** Operators that stand in a stream of their own. */
export interface PageContent {
  readonly operators: string;
  /** Nothing in it is of this document alone: others may have the same. */
  readonly isFixed: boolean;
}

/** Content operators of a page, each inside marks; one stretch an element as long as nothing else comes between. */
export class TaggedPage {
  /** From 0. */
  readonly index: number;
  /** Elements by the number of their marked stretch. */
  readonly owners: StructureElement[] = [];
  private operators = "";
  private isFixed = true;
  /** What is painted before the foot, where it is the same in other documents. */
  private body: PageContent | undefined;
  /** Whose stretch is open; `null`: an artifact's. */
  private open: StructureElement | null | undefined;
  private aside: ArtifactKind | undefined;

  constructor(index: number) {
    this.index = index;
  }

  /**
   * Paints content of an element; inside `paintAside` it is an artifact like the rest.
   * `isFixed`: any other document of the template paints the same.
   */
  paint(owner: StructureElement, operators: string, isFixed = false): void {
    if (!isFixed) this.isFixed = false;
    if (this.aside !== undefined) this.operators += operators;
    else {
      if (this.open !== owner) this.openStretch(owner);
      this.operators += operators;
    }
  }

  /** Paints what only looks: rules, frames, grounds. */
  decorate(operators: string): void {
    if (this.aside === undefined && this.open !== null) {
      this.closeStretch();
      this.operators += "/Artifact BMC\n";
      this.open = null;
    }
    this.operators += operators;
  }

  /** Sets a colour or a width: it paints nothing by itself. */
  setState(operators: string): void {
    this.operators += operators;
  }

  /** All that `draw` paints comes again on every page, and is read on none. */
  paintAside(kind: ArtifactKind, draw: (page: TaggedPage) => void): void {
    this.closeStretch();
    if (kind === "Footer" && this.isFixed && this.operators !== "") {
      this.body = { operators: this.operators, isFixed: true };
      this.operators = "";
    }
    this.operators += `/Artifact <</Type/Pagination/Subtype/${kind}>>BDC\n`;
    this.aside = kind;
    draw(this);
    this.aside = undefined;
    this.open = null;
  }

  /** Whether what is painted now is content of the document. */
  get isRead(): boolean {
    return this.aside === undefined;
  }

  /** The whole content, in Latin-1: one stream, or the body and the foot. */
  get contents(): readonly PageContent[] {
    this.closeStretch();
    const rest = { operators: this.operators, isFixed: false };
    return this.body === undefined ? [rest] : [this.body, rest];
  }

  private openStretch(owner: StructureElement): void {
    this.closeStretch();
    const id = this.owners.push(owner) - 1;
    owner.marks.push({ page: this.index, id });
    this.operators += `/${owner.type} <</MCID ${id}>>BDC\n`;
    this.open = owner;
  }

  private closeStretch(): void {
    if (this.open !== undefined) this.operators += "EMC\n";
    this.open = undefined;
  }
}
