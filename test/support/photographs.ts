/** Photographs of nothing real, 48 by 32 points: a JPEG of each kind, and what cameras write beside the picture. */

const encoded = {
  baseline:
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4" +
    "x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAARCAAg" +
    "ADADASIAAhEBAxEB/8QAGgAAAwEAAwAAAAAAAAAAAAAAAAQFAwECBv/EACYQAAEDBAEDBQEBAAAAAAAAAAECAxEABAUSYRMhUSIxMkJxI0H/xA" +
    "AWAQEBAQAAAAAAAAAAAAAAAAABAwT/xAAfEQACAgICAwEAAAAAAAAAAAAAAQIRAxMSMRRRoeH/2gAMAwEAAhEDEQA/AGr+56qum2r+Y94/00nr" +
    "WutKXjrZZW2FSuYiD5owqOGChEGpZHdG2tGtR4Pg0QfBq3MNT9FjWjWsbN1sMobKoXMRB803rRsBwce0ba1EuSEvukkABR7n9r0GtSstil3CAu" +
    "1HrCiVJn5T+1hU03TNeHJqt0dsTjBkw6Q90wjX67TM88UZbGDGBol7qBe311iI55rnHYoNWoFynZwmYBPp4oyOKDtqRbJ1cBmCT6uKeUei3kO7" +
    "+fojbKSp9vUgjcex5q3rUvEYl5l1Tt0nWPiiZ7+e1WdaHNRdJkcuTbTo/9k=",
  progressive:
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4" +
    "x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wgARCAAg" +
    "ADADASIAAhEBAxEB/8QAGQAAAwEBAQAAAAAAAAAAAAAAAAMEAgEF/8QAFwEAAwEAAAAAAAAAAAAAAAAAAAECA//aAAwDAQACEAMQAAABanSktk" +
    "ZZYYaLcXoSYbdOhaLZbSP/xAAdEAACAgIDAQAAAAAAAAAAAAACAwERABASEzEg/9oACAEBAAEFAjK/s5itBMVovVL7MavrwfdNVyxaqFirFSpi" +
    "c//EABkRAAMBAQEAAAAAAAAAAAAAAAACEhETIf/aAAgBAwEBPwH1iTMEaToM1H//xAAYEQADAQEAAAAAAAAAAAAAAAAAARECEv/aAAgBAgEBPw" +
    "HEwoinRSosP//EABwQAAICAwEBAAAAAAAAAAAAAAARARAhIjECIP/aAAgBAQAGPwJRz7Vq5JyiMsi9Tbpr0fqv/8QAHhAAAgEEAwEAAAAAAAAA" +
    "AAAAABEBITFBURBhsXH/2gAIAQEAAT8hcYEIQhCGLV5QtUQij7HXSwzvp4RKJVsQiaDvdY2WE/BYS9E+hWoEf//aAAwDAQACAAMAAAAQLCFkyY" +
    "//xAAbEQADAAIDAAAAAAAAAAAAAAAAAREhMVGh4f/aAAgBAwEBPxBplhfA32RkuFW9emK4f//EABgRAQEBAQEAAAAAAAAAAAAAAAEAERBB/9oA" +
    "CAECAQE/EAHtBXG8JKwb/8QAHxABAQABBAMBAQAAAAAAAAAAAREAIUFRYRAxcYEg/9oACAEBAAE/ENuD3N3+wFCq5I85HhyPDglRckefIxagC1" +
    "fuCWQ+xb31glsPkSd95Ygk+nvyDS0ppu+4ZFhsF/GGxIbFfxmkUbt1508P/9k=",
  gray:
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4" +
    "x9lnN+gXz/wAALCAAgADABAREA/8QAGAAAAwEBAAAAAAAAAAAAAAAAAAQFAwL/xAAmEAABAwQBAwUBAQAAAAAAAAABAgMRAAQFEmETIVEiMTJC" +
    "cSNB/9oACAEBAAA/AGr+56qum2r+Y94/00nrRrRrRrRrWutKXjrZZW2FSuYiD5qbB8GiD4NUrN1sMobKoXMRB803rW2tRLkhL7pJAAUe5/adxO" +
    "MGTDpD3TCNfrtMzzxRlsYMYGiXuoF7fXWIjnmkrZSVPt6kEbj2PNW9a11qVlsUu4QF2o9YUSpM/Kf2u8dig1agXKdnCZgE+nijI4oO2pFsnVwG" +
    "YJPq4rDEYl5l1Tt0nWPiiZ7+e1Wda//Z",
  cmyk:
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAbEhQXFBEbFxYXHhwbIChCKyglJShROj0wQmBVZWRfVV1baniZgWpxkHNbXYW1hpCeo6utq2eAvMm6ps" +
    "eZqKuk/8AAFAgAIAAwBEMRAE0RAFkRAEsRAP/EABoAAQEBAQEBAQAAAAAAAAAAAAAEAwUBBgL/xAAxEAAABQIDBAgHAQAAAAAAAAAAAQIDEQQS" +
    "BRMhIiMxYRQVMkJRUpGxM0FTcXKS0WL/2gAOBEMATQBZAEsAAD8ApxasN9eS0uWi4x3j/gqrX8xWWhWwXGPmYmwiiyEZzqIdPsz3S/o+mHOsEl" +
    "o6d4BYFoXgFgWheAWBaF4BYFoXgN7BraMLwHlRTuHTqNKDOYiNRHVVLJtrbJe2RxEH4iaoq2VJU3ftTEQfiAh6O/8ARc/UxFcnzF6iW9HnT6gH" +
    "R3/oufqYXJ8xeoXo86fUBdT07hU6TUgyiZnQW0tSyTaGzXtmcRB+Iqp6tlKUt37UxEH4gPbBZaKbwFFg0tGF4DY1JbbJS1ElJEUmZwQ+fqtKp7" +
    "8z9xyX/jOH/o/cBtTtk+k1JWUQRkZayKsKwzrHN32Xlx3ZmZ58hZhWGdY5u+y8uO7MzPPkAVDZMJJSllEGZmekBiuGdXZW+zMye7ERHPmGK4Z1" +
    "dlb7MzJ7sREc+YDAnEOtqNtaVlwlJyJKXWqa/MvcRsHvm/yL3AZWD6G0da8BvYNbRjeAhxajeqWkZRyaD7ExI5uI4ZmFmU6SvkzUU9qfuJali/" +
    "abLamTKeIDXDaZ2mpSQ4qVGcx5eQ9o8KbSwXSUEpw9dDPTkPWadBI3hSr78ADEqZ2ppTQ2qFEcx5uQVmFNqYPoyCS4WupnryB6nQaN2UK+/EBN" +
    "hNDUU61re2CMosmZ5jPDsMWhw3alJFb2Uz8/HQfmmYNKrnC4cCkB0rB1bRXeA//Z",
};

export type PhotographKind = keyof typeof encoded;

export function makePhotograph(kind: PhotographKind = "baseline"): Uint8Array {
  return new Uint8Array(Buffer.from(encoded[kind], "base64"));
}

/** An APP1 segment as a telephone writes it: how it was held, and where it was. */
export function makeExif(orientation: number, isLittle = true): Uint8Array {
  const tiff = Buffer.alloc(8 + 2 + 24 + 4 + 32);
  const put16 = (value: number, at: number) =>
    isLittle ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at);
  const put32 = (value: number, at: number) =>
    isLittle ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at);
  tiff.write(isLittle ? "II" : "MM", 0, "latin1");
  put16(42, 2);
  put32(8, 4);
  put16(2, 8);
  for (const [index, [tag, value]] of (
    [
      [274, orientation],
      [34_853, 38],
    ] as const
  ).entries()) {
    const at = 10 + index * 12;
    put16(tag, at);
    put16(3, at + 2);
    put32(1, at + 4);
    put16(value, at + 8);
  }
  tiff.write("GPS 45.5 N 9.2 E, segreto", 38, "latin1");
  const body = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), tiff]);
  return wrapSegment(0xe1, body);
}

/** A segment of a JPEG. */
export function wrapSegment(kind: number, body: Uint8Array): Uint8Array {
  const length = body.length + 2;
  return Buffer.concat([Uint8Array.of(0xff, kind, length >> 8, length & 0xff), body]);
}

/** The photograph with segments behind its first marker. */
export function insertSegments(
  photograph: Uint8Array,
  ...segments: readonly Uint8Array[]
): Uint8Array {
  return Buffer.concat([photograph.subarray(0, 2), ...segments, photograph.subarray(2)]);
}
