/** Page flow: what stays together, what is left out at the top of a page, what no page can hold. */
import { describe, expect, test } from "bun:test";
import type { TaggedPage } from "../../../../documents/pdf/tagged-page.ts";
import {
  BoxTooTall,
  leaveGap,
  markBox,
  pageEnd,
  paginateBoxes,
  type Box,
} from "../../../../documents/layout/boxes.ts";

const frame = { left: 0, top: 100, bottom: 0 };

function box(name: string, height: number): Box {
  return {
    height,
    draw(page, _x, y) {
      page.setState(`${name}@${y} `);
    },
  };
}

function paginate(boxes: readonly Box[]): string[] {
  return paginateBoxes(boxes, frame).map(contentOf);
}

function contentOf({ contents }: TaggedPage): string {
  return contents.map(({ operators }) => operators).join("");
}

describe("pages", () => {
  test("are filled from the top, in order", () => {
    expect(paginate([box("a", 40), box("b", 60), box("c", 10)])).toEqual(["a@100 b@60 ", "c@100 "]);
  });

  test("do not begin with a gap", () => {
    expect(paginate([leaveGap(5), box("a", 95), leaveGap(10), box("b", 50)])).toEqual([
      "a@100 ",
      "b@100 ",
    ]);
  });

  test("keep a title with what follows it", () => {
    const title = markBox(box("title", 20), { keepsWithNext: true });

    expect(paginate([box("a", 70), title, box("b", 20)])).toEqual(["a@100 ", "title@100 b@80 "]);
  });

  test("end where the model says so, and never twice", () => {
    expect(paginate([pageEnd, box("a", 10), pageEnd, pageEnd, box("b", 10)])).toEqual([
      "a@100 ",
      "b@100 ",
    ]);
  });

  test("refuse a box that is higher than a page", () => {
    expect(() => paginateBoxes([box("a", 101)], frame)).toThrow(BoxTooTall);
  });

  test("break a chain that no page can hold instead of losing it", () => {
    const chain = Array.from({ length: 12 }, (_, index) =>
      markBox(box(String(index), 10), { keepsWithNext: true }),
    );

    const pages = paginate(chain);

    expect(pages).toHaveLength(2);
    expect(pages.join("").match(/\d+@/g)).toHaveLength(12);
  });
});
