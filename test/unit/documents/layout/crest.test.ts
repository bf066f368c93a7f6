/** The ente's crest: what is read of PNG and SVG, what is refused with its reason, and its place on the sheet. */
import { crc32, deflateSync } from "node:zlib";
import { describe, expect, test } from "bun:test";
import { readNeutralCrest, readCrest } from "../../../../documents/layout/crest.ts";
import { buildNoticeModel, buildVerbaleModel } from "../../../../documents/model/models.ts";
import { createNoticeRenderer } from "../../../../documents/sheets/notice.ts";
import { createVerbaleRenderer } from "../../../../documents/sheets/verbale.ts";
import { sampleEnte, sampleVerbale } from "../sheets/samples.ts";

describe("a crest in SVG", () => {
  test("of paths is taken as it is, with its colours", () => {
    const crest = svg('<path fill="#ff0000" d="M0 0 H10 V20 Z"/>');

    expect([crest.width, crest.height]).toEqual([10, 20]);
    expect(crest.operators).toContain("1 0 0 rg");
  });

  test("may be written with single quotes, short colours, commas, and colours that paths inherit", () => {
    const crest = readCrest(
      text("<svg viewBox='0,0,10,20' fill='#0f0'><path d='M0 0 H10 V20 Z'/></svg>"),
    );

    expect([crest.width, crest.height]).toEqual([10, 20]);
    expect(crest.operators).toContain("0 1 0 rg");
  });

  test("has an outline where it says so, and nowhere else", () => {
    const painted = (path: string): readonly string[] =>
      svg(path)
        .operators.split("\n")
        .filter((line) => /^[fSB]\*?$/.test(line));

    expect(painted('<path fill="#ff0000" d="M0 0 H9 V9 Z"/>')).toEqual(["f"]);
    expect(painted('<path fill="none" stroke="#ff0000" d="M0 0 H9 V9 Z"/>')).toEqual(["S"]);
    expect(painted('<path fill="#ff0000" stroke="#00ff00" d="M0 0 H9 V9 Z"/>')).toEqual(["B"]);
  });

  test("keeps its holes", () => {
    const path = "M0 0 H10 V20 H0 Z M2 2 H8 V18 H2 Z";

    const holed = svg(`<path fill-rule="evenodd" d="${path}"/>`).operators.split("\n");
    const full = svg(`<path d="${path}"/>`).operators.split("\n");

    expect([holed.includes("f*"), holed.includes("f")]).toEqual([true, false]);
    expect([full.includes("f*"), full.includes("f")]).toEqual([false, true]);
  });

  test("is not drawn from what stands in a comment or in the data of a drawing program", () => {
    const crest = svg(
      '<!-- <path fill="#ff0000" d="M0 0 H9"/> --><metadata><path d="M0 0 H9"/></metadata><sodipodi:namedview id="base"/><path fill="#0000ff" d="M0 0 H10 V20 Z"/>',
    );

    expect(crest.operators.match(/ rg$/gm)).toHaveLength(1);
  });

  test.each([
    ["<text>Borgo</text>", "lo stemma SVG contiene <text>: deve essere fatto di soli elementi"],
    ["<polyline points='0,0 1,1'/>", "lo stemma SVG contiene <polyline>"],
    ["<defs><path d='M0 0 H9'/></defs>", "lo stemma SVG contiene <defs>"],
    ["<path transform='scale(2)' d='M0 0 H9'/>", "lo stemma SVG usa «transform» in <path>"],
    ["<path opacity='.2' d='M0 0 H9'/>", "lo stemma SVG usa «opacity» in <path>"],
    ["<path style='fill:red' d='M0 0 H9'/>", "lo stemma SVG usa «style» in <path>"],
    ["<path fill='red' d='M0 0 H9'/>", "lo stemma SVG ha il colore «red»: servono colori come"],
    ["<path stroke-width='2px' d='M0 0 H9'/>", "lo stemma SVG ha stroke-width «2px»"],
    ["<path d='M0 0 Lx y Q'/>", "lo stemma SVG ha un tracciato che non si legge: «M0 0 Lx y Q»"],
    ["<path fill='none' d='M0 0 H9'/>", "lo stemma SVG non contiene elementi <path> da disegnare"],
  ])("that holds %s is refused by name", (inside, reason) => {
    expect(() => svg(inside)).toThrow(reason);
  });

  test.each(["0 0 0 20", "0 0 1.2.3 20", "5 5 10 20", "0 0 10", "0 0 10 20 30"])(
    "with the viewBox %s is refused",
    (box) => {
      expect(() => readCrest(text(`<svg viewBox="${box}"><path d="M0 0 H9"/></svg>`))).toThrow(
        'lo stemma SVG deve avere viewBox="0 0 larghezza altezza"',
      );
    },
  );
});

describe("a crest in PNG", () => {
  test("loses its transparency on white", () => {
    const crest = readCrest(png({ width: 1, height: 1, type: 6 }, [[255, 0, 0, 128]]));

    expect(crest.pixels?.columns).toBe(1);
    expect([...(crest.pixels?.rgb ?? [])]).toEqual([255, 127, 127]);
  });

  test("of 16 bits, of greys and of a palette is read", () => {
    const deep = png({ width: 1, height: 1, type: 2, depth: 16 }, [[255, 255, 0, 0, 128, 128]]);
    const grey = png({ width: 8, height: 1, type: 0, depth: 1 }, [[0b1010_1010]]);
    const palette = Buffer.from([9, 8, 7, 6, 5, 4]);
    const indexed = png({ width: 2, height: 1, type: 3, palette }, [[1, 0]]);

    expect([...(readCrest(deep).pixels?.rgb ?? [])]).toEqual([255, 0, 128]);
    expect([...(readCrest(grey).pixels?.rgb ?? [])].slice(0, 6)).toEqual([255, 255, 255, 0, 0, 0]);
    expect([...(readCrest(indexed).pixels?.rgb ?? [])]).toEqual([6, 5, 4, 9, 8, 7]);
  });

  test("of many pixels goes in with those that its place can show", () => {
    const row = Array.from({ length: 1_000 }, (_, column) => (column % 2) * 200);
    const crest = readCrest(
      png(
        { width: 1_000, height: 1_000, type: 0 },
        Array.from({ length: 1_000 }, () => row),
      ),
    );

    const { columns, rows, rgb } = crest.pixels ?? { columns: 0, rows: 0, rgb: [] };
    // 62 points at 300 dpi.
    expect([crest.width, crest.height, columns, rows, rgb.length]).toEqual([
      1_000,
      1_000,
      258,
      258,
      258 * 258 * 3,
    ]);
    const means = [...rgb];
    expect([Math.min(...means) >= 80, Math.max(...means) <= 120]).toEqual([true, true]);
  });

  test("as large as a poster is refused before it is read", () => {
    const file = png({ width: 1, height: 1, type: 0 }, [[0]]);
    file.writeUInt32BE(60_000, 16);
    file.writeUInt32BE(60_000, 20);

    expect(() => readCrest(file)).toThrow(
      "lo stemma PNG misura 60000 × 60000 punti: è troppo grande, ne bastano 600 di altezza",
    );
  });

  test("that was cut or damaged anywhere is refused or read, and nothing waits for the rest", () => {
    const whole = png({ width: 3, height: 2, type: 2 }, [
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
      [9, 8, 7, 6, 5, 4, 3, 2, 1],
    ]);
    const damaged = [...whole.keys()].map((at) => {
      const copy = Buffer.from(whole);
      copy.writeUInt8((copy[at] ?? 0) ^ 0x41, at);
      return copy;
    });
    const cut = [...whole.keys()].map((end) => whole.subarray(0, end));

    const reasons = new Set([...damaged, ...cut].map(refusal));

    // The last twelve bytes are the end mark alone.
    expect(cut.slice(0, -12).map(refusal)).not.toContain("read");
    expect([...reasons].every((reason) => /^(?:read|lo stemma PNG|il file)/.test(reason))).toBe(
      true,
    );
  });
});

test.each([
  ["JPEG", [0xff, 0xd8, 0xff, 0xe0, 0, 16]],
  ["GIF", [...Buffer.from("GIF89a")]],
  ["PDF", [...Buffer.from("%PDF-1.7")]],
  ["WebP", [...Buffer.from("RIFF\0\0\0\0WEBPVP8 ")]],
])("a crest in %s is refused with what to do", (kind, bytes) => {
  expect(() => readCrest(Uint8Array.from(bytes))).toThrow(
    `il file è un ${kind}: va convertito in PNG`,
  );
});

test("an empty file is no crest", () => {
  expect(() => readCrest(new Uint8Array())).toThrow("il file non è né un PNG né un SVG");
});

test.each([
  ["a banner", 2_000, 100],
  ["a column", 10, 900],
  ["a square", 100, 100],
])("a crest as wide as %s leaves the text its room", async (_name, width, height) => {
  const options = { ente: sampleEnte, crest: { ...readNeutralCrest(), width, height } };
  const plain = { ente: sampleEnte, crest: readNeutralCrest() };

  const act = await createVerbaleRenderer(buildVerbaleModel("verbale-cds"), options).render(
    sampleVerbale,
  );
  const slip = await createNoticeRenderer(buildNoticeModel(), options).render(sampleVerbale);

  const usual = await createVerbaleRenderer(buildVerbaleModel("verbale-cds"), plain).render(
    sampleVerbale,
  );
  expect([act.pages, slip.pages]).toEqual([usual.pages, 1]);
});

function svg(inside: string): ReturnType<typeof readCrest> {
  return readCrest(text(`<svg viewBox="0 0 10 20">${inside}</svg>`));
}

function text(source: string): Uint8Array {
  return new TextEncoder().encode(source);
}

/** What a file is refused with, or `read`. */
function refusal(file: Uint8Array): string {
  try {
    readCrest(file);
    return "read";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface PngShape {
  readonly width: number;
  readonly height: number;
  /** 0 grey, 2 RGB, 3 palette, 6 RGBA. */
  readonly type: number;
  readonly depth?: number;
  readonly palette?: Buffer;
}

/** A PNG from the bytes of its rows. */
function png(
  { width, height, type, depth = 8, palette }: PngShape,
  rows: readonly (readonly number[])[],
): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([depth, type, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    ...(palette === undefined ? [] : [chunk("PLTE", palette)]),
    chunk("IDAT", deflateSync(Buffer.concat(rows.map((row) => Buffer.from([0, ...row]))))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
