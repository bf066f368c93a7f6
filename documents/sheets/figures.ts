/** Drawings that documents share, placed on a page as figures of its structure. */
import { type JpegImage, turnJpeg } from "../pdf/jpeg.ts";
import type { Drawing } from "../pdf/pdf-shared.ts";
import type { StructureElement } from "../pdf/structure.ts";
import type { TaggedPage } from "../pdf/tagged-page.ts";
import { formatPoints } from "../layout/text.ts";

interface Place {
  /** Of the lower left corner. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Width and height of a drawing that fills its room as far as its proportions let it. */
export function fitDrawing(
  drawing: Drawing,
  room: { readonly width: number; readonly height: number },
): { readonly width: number; readonly height: number } {
  const height = Math.min(room.height, (room.width * drawing.height) / drawing.width);
  return { width: (height * drawing.width) / drawing.height, height };
}

/** Paints a shared drawing by the name of its resource, `X1`, in a place of its proportions. */
export function paintDrawing(
  page: TaggedPage,
  owner: StructureElement,
  drawing: Drawing & { readonly resource: string },
  place: Place,
): void {
  const { x, y, width, height } = place;
  const [sx, sy] =
    drawing.pixels === undefined
      ? [width / drawing.width, height / drawing.height]
      : [width, height];
  if (page.isRead) owner.box = toFrame(place);
  page.paint(
    owner,
    `q ${sx.toFixed(4)} 0 0 ${sy.toFixed(4)} ${formatPoints(x)} ${formatPoints(y)} cm /${drawing.resource} Do Q\n`,
    true,
  );
}

/** Paints a figure, whose element learns where it stands. */
export function paintFigure(
  page: TaggedPage,
  owner: StructureElement,
  place: Place,
  operators: string,
): void {
  if (page.isRead) owner.box = toFrame(place);
  page.paint(owner, operators);
}

/** Paints a document's own photograph, turned as it is looked at; `number`: from 1. */
export function paintPhotograph(
  page: TaggedPage,
  owner: StructureElement,
  photograph: { readonly image: JpegImage; readonly number: number },
  place: Place,
): void {
  const { image, number } = photograph;
  const matrix = turnJpeg(image, place).map(formatPoints).join(" ");
  paintFigure(page, owner, place, `q ${matrix} cm /P${number} Do Q\n`);
}

function toFrame({ x, y, width, height }: Place): readonly number[] {
  return [x, y, x + width, y + height];
}
