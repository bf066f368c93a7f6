/** Revisions that one program reads as an honest signature and another as other pages: each of them is refused, whoever signed it. */
import { describe, expect, test } from "bun:test";
import { createSignatureCheck } from "../../../../documents/verify/check.ts";
import { cmsOf, craft, craftHonest, honestObjects, numbersOf } from "./craft.ts";
import type { Crafted } from "./craft.ts";
import { authority, makePdf, signedAtMs, signer } from "./fixtures.ts";

async function codeOf(pdf: Uint8Array, upload: Uint8Array): Promise<string> {
  const verdict = createSignatureCheck({
    trustAnchors: (await authority()).chain.slice(0, 1),
    codiceFiscale: null,
    nowMs: signedAtMs,
  })(pdf, upload);
  return verdict.isOurs ? "taken" : verdict.code;
}

/** The honest objects, and beside them another catalog with one page that says something else. */
function withOtherPages(pdf: Uint8Array, type = ""): Map<number, string> {
  const { page, next } = numbersOf(pdf);
  const [catalog, pages, other, content] = [next, next + 1, next + 2, next + 3];
  const honest = honestObjects(pdf);
  const kind = (name: string): string => (type === "" ? "" : `/Type/${name}`);
  return honest
    .set(catalog, `<<${kind("Catalog")}/Pages ${pages} 0 R>>`)
    .set(pages, `<<${kind("Pages")}/Count 1/Kids[${other} 0 R]>>`)
    .set(
      other,
      (honest.get(page) ?? "")
        .replace("/Type /Page", kind("Page"))
        .replace(/\/Parent \d+ 0 R/, `/Parent ${pages} 0 R`)
        .replace(/\/Contents \[[^\]]*\]/, `/Contents ${content} 0 R`),
    )
    .set(content, "<</Length 0>>\nstream\n\nendstream");
}

/** Replaces text in what was appended to the original. */
function replacing(pdf: Uint8Array, from: string | RegExp, to: string) {
  return (file: Buffer): Buffer => {
    const appended = file.toString("latin1", pdf.length);
    const replaced = appended.replace(from, to);
    if (replaced === appended) throw new Error("nothing to replace");
    return Buffer.concat([pdf, Buffer.from(replaced, "latin1")]);
  };
}

// The signed length is known before the text is replaced: what grows there takes these blanks.
const room = " ".repeat(16);

describe("cross-references", () => {
  test("that name an object twice are refused: some readers take the first place, others the last", async () => {
    const pdf = await makePdf();
    const { page, next } = numbersOf(pdf);
    const honest = honestObjects(pdf);
    const hidden = `<</Type/Page/Parent 1 0 R/MediaBox[0 0 1 1]>>`;
    const objects = new Map(honest).set(
      next,
      `<</Length ${hidden.length}>>\nstream\n${hidden}\nendstream`,
    );
    const extraEntries = `${page} 1\n@@@@@@@@@@ 00000 n\r\n`;
    const beforeSigning = (file: Buffer): Buffer => {
      const place = (at: number): string => String(at).padStart(10, "0");
      const real = place(file.lastIndexOf(`${page} 0 obj\n${honest.get(page)}`));
      const table = file.lastIndexOf("\nxref\n");
      const rows = file
        .toString("latin1", table)
        .replace(real, place(file.lastIndexOf(hidden)))
        .replace("@@@@@@@@@@", real);
      return Buffer.concat([file.subarray(0, table), Buffer.from(rows, "latin1")]);
    };

    const upload = await craft(
      pdf,
      { objects, extraEntries, beforeSigning },
      cmsOf(await signer()),
    );

    expect(await codeOf(pdf, upload)).toBe("SIGNATURE_DAMAGED");
  });

  test("whose trailer tells fewer objects than there are are refused", async () => {
    const pdf = await makePdf();
    const { sig } = numbersOf(pdf);
    for (const size of ["1", String(sig), String(sig + 1)]) {
      const beforeSigning = replacing(pdf, /\/Size \d+/, `/Size ${size}`.padEnd(8));

      const upload = await craftHonest(pdf, await signer(), { beforeSigning });

      expect(await codeOf(pdf, upload)).toBe("CHANGED_BEFORE_SIGNING");
    }
  });

  test("with an object number that overflows to a page's are refused", async () => {
    const pdf = await makePdf();
    const { page } = numbersOf(pdf);
    const objects = honestObjects(pdf).set(2 ** 32 + page, "<</MediaBox[0 0 1 1]>>");

    const upload = await craft(pdf, { objects }, cmsOf(await signer()));

    expect(await codeOf(pdf, upload)).toBe("CHANGED_BEFORE_SIGNING");
  });

  test("with a count that no file has are refused at once", async () => {
    const pdf = await makePdf();
    const beforeSigning = replacing(pdf, /xref\n([^]*?) {13}/, "xref\n7 9999999999\n$1");

    const upload = await craftHonest(pdf, await signer(), { beforeSigning, trailer: room });

    expect(await codeOf(pdf, upload)).toBe("SIGNATURE_DAMAGED");
  });
});

describe("a second catalog", () => {
  test("under a key that only some programs read as Root is refused", async () => {
    const pdf = await makePdf();
    const { next } = numbersOf(pdf);
    for (const key of ["/R#6fot", "/#52o#6ft", "/#52oot"]) {
      const crafted: Crafted = { objects: withOtherPages(pdf), trailer: `${key} ${next} 0 R` };

      const upload = await craft(pdf, crafted, cmsOf(await signer()));

      expect(await codeOf(pdf, upload)).toBe("SIGNATURE_DAMAGED");
    }
  });

  test("that nothing leads to is refused: a program that mends files takes the last one", async () => {
    const pdf = await makePdf();
    const objects = withOtherPages(pdf, "with types");

    const upload = await craft(pdf, { objects }, cmsOf(await signer()));

    expect(await codeOf(pdf, upload)).toBe("CHANGED_BEFORE_SIGNING");
  });

  test("that a trailer in a comment or a stream leads to is refused", async () => {
    const pdf = await makePdf();
    const { next } = numbersOf(pdf);
    const trailer = `trailer <</Root ${next} 0 R/Size 99>>`;
    const inStream = `<</Length ${trailer.length}>>\nstream\n${trailer}\nendstream`;
    const hidden: readonly Crafted[] = [
      { objects: withOtherPages(pdf), beforeXref: `% ${trailer}\n` },
      { objects: withOtherPages(pdf).set(next + 9, inStream) },
    ];
    for (const crafted of hidden) {
      const upload = await craft(pdf, crafted, cmsOf(await signer()));

      expect(await codeOf(pdf, upload)).toBe("SIGNATURE_DAMAGED");
    }
  });
});

test("a page hidden in a comment or a stream is refused: a program that mends files finds it there", async () => {
  const pdf = await makePdf();
  const { page, next } = numbersOf(pdf);
  const hidden = `${page} 0 obj <</Type/Page/MediaBox[0 0 1 1]>> endobj`;
  const inStream = `<</Length ${hidden.length}>>\nstream\n${hidden}\nendstream`;
  for (const crafted of [
    { objects: honestObjects(pdf), beforeXref: `%\n%${hidden}\n` },
    { objects: honestObjects(pdf).set(next, inStream) },
  ]) {
    const upload = await craft(pdf, crafted, cmsOf(await signer()));

    expect(await codeOf(pdf, upload)).toBe("SIGNATURE_DAMAGED");
  }
});

describe("numbers and references that some programs do not take for such", () => {
  const spellings: readonly (readonly [string, RegExp, string])[] = [
    ["a reference with a fraction", /\/Contents \[ (\d+) 0 R/, "/Contents [ $1.0 0 R"],
    ["a reference with a sign", /\/Contents \[ (\d+) 0 R/, "/Contents [ +$1 0 R"],
    ["a reference around a comment", /\/Contents \[ (\d+) 0 R/, "/Contents [ $1 %x\n0 R"],
    ["a way back with a fraction", /\/Prev (\d+) {2}/, "/Prev $1.0"],
    ["a number of objects with a fraction", /\/Size (\d+)(.*?) {2}/, "/Size $1.0$2"],
  ];
  for (const [name, from, to] of spellings)
    test(`${name} is refused`, async () => {
      const pdf = await makePdf();
      const objects = honestObjects(pdf);
      for (const [number, body] of objects) objects.set(number, body.replace(from, to));
      const isInTrailer = name.startsWith("a way") || name.startsWith("a number");
      const beforeSigning = isInTrailer ? replacing(pdf, from, to) : (file: Buffer): Buffer => file;

      const upload = await craft(
        pdf,
        { objects, beforeSigning, trailer: room },
        cmsOf(await signer()),
      );

      expect(await codeOf(pdf, upload)).toBe("SIGNATURE_DAMAGED");
    });
});

test("a key with an escape hides a second value of a field, a form or a signature, and is refused", async () => {
  const pdf = await makePdf();
  for (const crafted of [{ fieldExtra: "/#4bids[1 0 R]" }, { signatureExtra: "/C#6fntents<00>" }]) {
    const upload = await craftHonest(pdf, await signer(), crafted);

    expect(await codeOf(pdf, upload)).toBe("SIGNATURE_DAMAGED");
  }
});
