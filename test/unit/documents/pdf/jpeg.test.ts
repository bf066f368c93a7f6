/** Photographs as a PDF takes them: what is read, what is left out, what is refused and why. */
import { describe, expect, test } from "bun:test";
import { readJpeg, measureJpeg, turnJpeg } from "../../../../documents/pdf/jpeg.ts";
import {
  insertSegments,
  makeExif,
  makePhotograph,
  wrapSegment,
} from "../../../support/photographs.ts";

describe("a photograph", () => {
  test.each([
    ["baseline", "rgb"],
    ["progressive", "rgb"],
    ["gray", "grey"],
  ] as const)("%s is taken as it is", (kind, colours) => {
    const { columns, rows, orientation, ...image } = readJpeg(makePhotograph(kind));

    expect([columns, rows, orientation, image.colours]).toEqual([48, 32, 1, colours]);
  });

  test("loses where and with what it was taken, its comments and thumbnails, and keeps the picture", () => {
    const plain = readJpeg(makePhotograph());
    const thumbnail = wrapSegment(0xe0, Buffer.from("JFXX\0\u0010segreto", "latin1"));
    const comment = wrapSegment(0xfe, Buffer.from("segreto di bordo"));
    const maker = wrapSegment(0xe2, Buffer.from("MPF\0segreto"));
    const photograph = insertSegments(makePhotograph(), makeExif(1), thumbnail, comment, maker);
    const behind = Buffer.concat([photograph, Buffer.from("segreto in coda")]);

    const { bytes } = readJpeg(behind);

    expect(Buffer.from(bytes).toString("latin1")).not.toContain("segreto");
    expect(Buffer.from(bytes)).toEqual(Buffer.from(plain.bytes));
    expect([...bytes.subarray(0, 2), ...bytes.subarray(-2)]).toEqual([0xff, 0xd8, 0xff, 0xd9]);
  });

  test("keeps how its colours are meant", () => {
    const adobe = wrapSegment(0xee, Buffer.from("Adobe\0d\0\0\0\0\u0001", "latin1"));

    const { bytes } = readJpeg(insertSegments(makePhotograph(), adobe));

    expect(Buffer.from(bytes).toString("latin1")).toContain("Adobe");
  });

  test.each([
    [1, true, 48, 32],
    [3, false, 48, 32],
    [6, true, 32, 48],
    [8, false, 32, 48],
    [0, true, 48, 32],
    [9, false, 48, 32],
  ])("held as %d says, in either order of bytes", (held, isLittle, width, height) => {
    const image = readJpeg(insertSegments(makePhotograph(), makeExif(held, isLittle)));

    expect(image.orientation).toBe(held >= 1 && held <= 8 ? held : 1);
    expect(measureJpeg(image)).toEqual({ width, height });
  });

  // Where the picture's own upper left corner and the end of its first row come to lie in a box of 4 by 2 at 10, 20.
  test.each([
    [1, [10, 22], [14, 22]],
    [2, [14, 22], [10, 22]],
    [3, [14, 20], [10, 20]],
    [4, [10, 20], [14, 20]],
    [5, [10, 22], [10, 20]],
    [6, [14, 22], [14, 20]],
    [7, [14, 20], [14, 22]],
    [8, [10, 20], [10, 22]],
  ])("turned as %d says", (orientation, corner, end) => {
    const box = { x: 10, y: 20, width: 4, height: 2 };
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = turnJpeg({ orientation }, box);

    expect([c + e, d + f]).toEqual(corner);
    expect([a + c + e, b + d + f]).toEqual(end);
  });
});

describe("what is no photograph that can be printed", () => {
  const whole = makePhotograph();
  const frame = Buffer.from(whole).indexOf(Uint8Array.of(0xff, 0xc0));
  const change = (at: number, value: number): Uint8Array => {
    const copy = new Uint8Array(whole);
    copy[at] = value;
    return copy;
  };

  test.each([
    ["an empty file", new Uint8Array(), "il file non è un JPEG"],
    ["a PNG", Buffer.from("\u0089PNG\r\n", "latin1"), "il file non è un JPEG"],
    ["a copy that broke off in the data", whole.subarray(0, -30), "guasto o finisce a metà"],
    ["a copy that broke off in a table", whole.subarray(0, 40), "guasto o finisce a metà"],
    ["two bytes", whole.subarray(0, 2), "guasto o finisce a metà"],
    ["a length beyond the end", change(4, 0xff), "guasto o finisce a metà"],
    ["no height", change(frame + 6, 0), "guasto o finisce a metà"],
    ["CMYK", makePhotograph("cmyk"), "è in CMYK (per la tipografia): va salvata in RGB"],
    ["12 bits", change(frame + 4, 12), "non ha 8 bit per colore"],
    ["arithmetic coding", change(frame + 1, 0xc9), "di un tipo che i lettori di PDF non mostrano"],
    ["lossless", change(frame + 1, 0xc3), "di un tipo che i lettori di PDF non mostrano"],
    ["tables alone", Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), "non ha un'immagine"],
  ])("%s", (_, bytes, reason) => {
    expect(() => readJpeg(bytes)).toThrow(reason);
  });
});
