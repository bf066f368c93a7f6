/** What programs of others add to a signed PDF beside the signature: properties, proofs and time stamps are taken, anything else is refused. */
import { sign } from "node:crypto";
import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { PDFDocument, PDFName, PDFString } from "pdf-lib";
import { readTail } from "../../../../documents/signature/pades-reader.ts";
import { createSignatureCheck } from "../../../../documents/verify/check.ts";
import type { RefusalCode } from "../../../../documents/verify/verdict.ts";
import { createHttp } from "../../../../engine/host/http.ts";
import { issueIdentity, toPkcs12 } from "../../../../simulators/signing/fictional-authority.ts";
import type { IssueOptions } from "../../../../simulators/signing/fictional-authority.ts";
import { createTimestamps } from "../../../../integrations/signing/timestamp-client.ts";
import { createTsaSimulator } from "../../../../simulators/signing/tsa-simulator.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import {
  append,
  appendProofs,
  appendStamp,
  cmsOf,
  craft,
  craftHonest,
  honestObjects,
  numbersOf,
} from "./craft.ts";
import {
  authority,
  makePdf,
  padesOf,
  privateKeyOf,
  signedAt,
  signedAtMs,
  signer,
  signPdf,
  validity,
} from "./fixtures.ts";

async function codeOf(original: Uint8Array, upload: Uint8Array): Promise<RefusalCode | "taken"> {
  const verdict = createSignatureCheck({
    trustAnchors: [(await authority()).chain[0]!],
    codiceFiscale: "CMNNNA70A41H501X",
    nowMs: signedAtMs,
  })(original, upload);
  return verdict.isOurs ? "taken" : verdict.code;
}

/** A PDF with properties and metadata, as the models make them. */
async function makeTitled(): Promise<Uint8Array> {
  const document = await PDFDocument.load(await makePdf(), { updateMetadata: false });
  document.setTitle("Verbale 1 è");
  document.setProducer("Postino");
  const metadata = document.context.stream("<x/>", { Type: "Metadata", Subtype: "XML" });
  document.catalog.set(PDFName.of("Metadata"), document.context.register(metadata));
  document.catalog.set(PDFName.of("Lang"), PDFString.of("it-IT"));
  return document.save({ useObjectStreams: false, addDefaultPage: false });
}

/** Numbers of properties and metadata in a file of `makeTitled`. */
function propertiesOf(pdf: Uint8Array): { readonly info: number; readonly metadata: number } {
  const { infoRef, catalog } = readTail(pdf);
  const metadata = /\/Metadata (\d+) 0 R/.exec(catalog.toString())?.[1];
  return { info: infoRef!.objectNumber, metadata: Number(metadata) };
}

const otherMetadata = "<</Type/Metadata/Subtype/XML/Length 4>>\nstream\n<y/>\nendstream";

async function tokenOf(content: Uint8Array, now = signedAt): Promise<Uint8Array> {
  const clock = createFakeClock(now);
  const server = new Hono();
  server.route("/tsa", createTsaSimulator({ clock }).app);
  const http = createHttp(async (input, init) => server.request(input, init));
  return createTimestamps({
    url: "http://tsa.example/tsa",
    login: null,
    http,
    clock,
  }).requestTimestamp(content);
}

describe("a signing program that also notes itself", () => {
  test("in properties and metadata is taken, whatever its spelling of the rest", async () => {
    const pdf = await makeTitled();
    const { info, metadata } = propertiesOf(pdf);
    const { root } = numbersOf(pdf);
    const honest = honestObjects(pdf);
    honest
      .set(root, honest.get(root)!.replace("(it-IT)", "<69742D4954>"))
      .set(metadata, otherMetadata)
      .set(
        info,
        "<</Title(\\376\\377\\000V\\000e\\000r\\000b\\000a\\000l\\000e\\000 \\0001\\000 \\000\\350)/Producer(Firmatore 1)/ModDate(D:20261123101530Z)>>",
      );

    const upload = await craft(
      pdf,
      { objects: honest, trailer: `/Info ${info} 0 R` },
      cmsOf(await signer()),
    );

    expect(Buffer.from(upload).includes("<69742D4954>")).toBe(true);
    expect(await codeOf(pdf, upload)).toBe("taken");
  });

  test("in comments is taken", async () => {
    const pdf = await makePdf();

    const upload = await craftHonest(pdf, await signer(), {
      beforeXref: "%Firmatore 1\n",
      afterTrailer: "%Firmatore 1\n",
    });

    expect(await codeOf(pdf, upload)).toBe("taken");
  });

  const forged: readonly [
    string,
    (numbers: ReturnType<typeof propertiesOf>) => [number, string],
  ][] = [
    ["another title", ({ info }) => [info, "<</Title(Verbale 2)/Producer(Postino)>>"]],
    ["metadata that are none", ({ metadata }) => [metadata, "<</Length 1>>\nstream\nq\nendstream"]],
  ];
  for (const [name, change] of forged)
    test(`with ${name} is refused`, async () => {
      const pdf = await makeTitled();
      const numbers = propertiesOf(pdf);
      const objects = honestObjects(pdf).set(...change(numbers));

      const upload = await craft(
        pdf,
        { objects, trailer: `/Info ${numbers.info} 0 R` },
        cmsOf(await signer()),
      );

      expect(await codeOf(pdf, upload)).toBe("CHANGED_BEFORE_SIGNING");
    });

  test("that takes the metadata away is refused: the file would be no PDF/A", async () => {
    const pdf = await makeTitled();
    const { root } = numbersOf(pdf);
    const honest = honestObjects(pdf);
    honest.set(root, honest.get(root)!.replace(/\/Metadata \d+ 0 R/, ""));

    const upload = await craft(pdf, { objects: honest }, cmsOf(await signer()));

    expect(await codeOf(pdf, upload)).toBe("CHANGED_BEFORE_SIGNING");
  });
});

test("a field that is a note, which draws its mark without any size, is refused", async () => {
  const pdf = await makePdf();
  const { sig, field, page } = numbersOf(pdf);
  const note = `<</Type/Annot/Subtype/Text/FT/Sig/T(S)/Contents(Nullo)/Rect[90 90 90 90]/P ${page} 0 R/V ${sig} 0 R>>`;

  const upload = await craft(
    pdf,
    { objects: honestObjects(pdf).set(field, note) },
    cmsOf(await signer()),
  );

  expect(await codeOf(pdf, upload)).toBe("SIGNATURE_DAMAGED");
});

describe("after the signature", () => {
  test("proofs (B-LT), a document time stamp (B-LTA), and both again are taken", async () => {
    const pdf = await makePdf();
    let file: Uint8Array = signPdf(pdf, await signer());

    for (let round = 0; round < 2; round += 1) {
      file = appendProofs(file);
      expect(await codeOf(pdf, file)).toBe("taken");
      file = await appendStamp(file, tokenOf);
      expect(await codeOf(pdf, file)).toBe("taken");
    }
  });

  const additions: readonly [
    string,
    RefusalCode,
    (signed: Uint8Array, original: Uint8Array) => Uint8Array | Promise<Uint8Array>,
  ][] = [
    [
      "proofs that bring other contents along",
      "CHANGED_AFTER_SIGNING",
      (signed) => {
        const { page } = numbersOf(signed);
        const other = readTail(signed)
          .firstPage.toString()
          .replace(/\/Contents (?:\d+ 0 R|\[[^\]]*\])/, "");
        return appendProofs(signed, new Map([[page, other]]));
      },
    ],
    [
      "proofs that replace an object of the original",
      "CHANGED_AFTER_SIGNING",
      (signed) => appendProofs(signed, new Map([[3, "<</Evil true>>"]])),
    ],
    [
      "proofs that replace the signature",
      "CHANGED_AFTER_SIGNING",
      (signed, original) => {
        const { field } = numbersOf(original);
        return appendProofs(signed, new Map([[field, "<</Type/Sig/Name(Altri)>>"]]));
      },
    ],
    [
      "proofs that make the signature's field visible",
      "CHANGED_AFTER_SIGNING",
      (signed, original) => {
        const { next } = numbersOf(original);
        return appendProofs(
          signed,
          new Map([[next, `<</FT/Sig/Rect[0 0 500 500]/V ${next - 1} 0 R>>`]]),
        );
      },
    ],
    [
      "a catalog that acts",
      "CHANGED_AFTER_SIGNING",
      (signed) => {
        const { root } = numbersOf(signed);
        const { catalog } = readTail(signed);
        const acts = catalog.toString().replace(/>>$/, "/OpenAction<</S/JavaScript/JS(x)>>>>");
        return append(signed, new Map([[root, acts]]));
      },
    ],
    [
      "a form without the signature",
      "SIGNATURE_DAMAGED",
      (signed) => {
        const { root } = numbersOf(signed);
        const { catalog } = readTail(signed);
        const bare = catalog.toString().replace(/\/Fields\s*\[[^\]]*\]/, "/Fields[]");
        return append(signed, new Map([[root, bare]]));
      },
    ],
    [
      "a note over the page",
      "CHANGED_AFTER_SIGNING",
      (signed) => {
        const { page, sig: next } = numbersOf(signed);
        const noted = readTail(signed)
          .firstPage.toString()
          .replace(/\/Annots\s*\[/, `/Annots[${next} 0 R `);
        return append(
          signed,
          new Map([
            [page, noted],
            [next, "<</Type/Annot/Subtype/FreeText/Rect[0 0 500 500]>>"],
          ]),
        );
      },
    ],
    [
      "a visible time stamp",
      "SIGNATURE_VISIBLE",
      (signed) => appendStamp(signed, tokenOf, { rect: "[0 0 500 500]" }),
    ],
    [
      "a time stamp over something else",
      "TIMESTAMP_INVALID",
      (signed) => appendStamp(signed, () => tokenOf(Buffer.from("altro"))),
    ],
    [
      "a second signature",
      "SIGNATURE_FORMAT",
      (signed) => appendStamp(signed, tokenOf, { type: "Sig" }),
    ],
    [
      "bytes behind a time stamp",
      "CHANGED_AFTER_SIGNING",
      async (signed) => Buffer.concat([await appendStamp(signed, tokenOf), Buffer.from(" ")]),
    ],
  ];
  for (const [name, code, add] of additions)
    test(`${name}: refused`, async () => {
      const pdf = await makePdf();

      const upload = await add(signPdf(pdf, await signer()), pdf);

      expect(await codeOf(pdf, upload)).toBe(code);
    });

  test("a stamp of an instant to come is refused", async () => {
    const pdf = await makePdf();
    const pades = padesOf(await signer(), 8192);
    const prepared = pades.prepare(pdf, { signedAt });
    const signature = sign("sha256", prepared.toSign, privateKeyOf(await signer()));
    const token = await tokenOf(signature, "2026-11-24T10:15:30.000Z");

    expect(await codeOf(pdf, pades.embed(prepared, signature, token))).toBe("TIMESTAMP_INVALID");
  });

  test("a stamp that the signer's own certificate gave is refused", async () => {
    const pdf = await makePdf();
    const identity = await signer();
    const pades = padesOf(identity, 8192);
    const prepared = pades.prepare(pdf, { signedAt });
    const signature = sign("sha256", prepared.toSign, privateKeyOf(identity));
    const clock = createFakeClock(signedAt);
    const server = new Hono();
    const key = { pkcs12: await toPkcs12(identity, "x"), password: "x" };
    server.route("/tsa", createTsaSimulator({ clock, key }).app);
    const http = createHttp(async (input, init) => server.request(input, init));
    const tsa = createTimestamps({ url: "http://tsa.example/tsa", login: null, http, clock });

    const upload = pades.embed(prepared, signature, await tsa.requestTimestamp(signature));

    expect(await codeOf(pdf, upload)).toBe("TIMESTAMP_INVALID");
  });
});

describe("what says the same when it is signed and is written anew later", () => {
  /** Objects of the signature's revision with the same page tree, or the same page, behind new references. */
  const disguises: readonly [
    string,
    (pdf: Uint8Array) => Map<number, string>,
    (pdf: Uint8Array) => string,
  ][] = [
    [
      "what a page draws with",
      (pdf) => {
        const { page, next } = numbersOf(pdf);
        const honest = honestObjects(pdf);
        const body = honest.get(page)!;
        const resources = readTail(pdf).firstPage.get(PDFName.of("Resources"))?.toString() ?? "";
        if (!body.includes(resources)) throw new Error("no resources");
        return honest.set(page, body.replace(resources, ` ${next} 0 R`)).set(next, resources);
      },
      () => "<<>>",
    ],
    [
      "the size of a page",
      (pdf) => {
        const { page, next } = numbersOf(pdf);
        const honest = honestObjects(pdf);
        const box = /\/MediaBox (\[[^\]]*\])/.exec(honest.get(page)!)?.[1];
        if (box === undefined) throw new Error("no page size");
        return honest
          .set(page, honest.get(page)!.replace(/\/MediaBox \[[^\]]*\]/, `/MediaBox ${next} 0 R`))
          .set(next, box);
      },
      () => "[0 0 1 1]",
    ],
  ];
  for (const [name, disguised, other] of disguises)
    test(`${name} is refused once it says something else`, async () => {
      const pdf = await makePdf();
      const signed = await craft(pdf, { objects: disguised(pdf) }, cmsOf(await signer()));
      const { next } = numbersOf(pdf);

      expect(await codeOf(pdf, signed)).toBe("taken");
      expect(await codeOf(pdf, append(signed, new Map([[next, other(pdf)]])))).toBe(
        "CHANGED_AFTER_SIGNING",
      );
    });

  test("an object that no cross-reference lists is refused: a program that mends files would read it", async () => {
    const pdf = await makePdf();
    const { next } = numbersOf(pdf);
    const objects = honestObjects(pdf).set(next, "<</Type/Pages/Kids[]/Count 0>>");

    const upload = await craft(pdf, { objects, unlisted: [next] }, cmsOf(await signer()));

    expect(await codeOf(pdf, upload)).toBe("CHANGED_BEFORE_SIGNING");
  });

  test("a cross-reference of another generation is refused: readers would begin to mend the file", async () => {
    const pdf = await makePdf();
    const beforeSigning = (file: Buffer): Buffer => {
      file.write("00001 n", file.lastIndexOf(" 00000 n") + 1, "latin1");
      return file;
    };

    const upload = await craftHonest(pdf, await signer(), { beforeSigning });

    expect(await codeOf(pdf, upload)).toBe("SIGNATURE_DAMAGED");
  });

  test("pages of another generation, which readers do not find, are refused", async () => {
    const pdf = await makePdf();
    const { root } = numbersOf(pdf);
    const objects = honestObjects(pdf);
    objects.set(root, objects.get(root)!.replace(/\/Pages (\d+) 0 R/, "/Pages $1 1 R"));

    const upload = await craft(pdf, { objects }, cmsOf(await signer()));

    expect(await codeOf(pdf, upload)).toBe("CHANGED_BEFORE_SIGNING");
  });
});

describe("an authority in between", () => {
  async function between(options: Partial<IssueOptions>) {
    return issueIdentity({
      subject: { commonName: "Autorità intermedia" },
      issuer: await authority(),
      uses: ["keyCertSign"],
      isAuthority: true,
      ...validity,
      serial: 30,
      ...options,
    });
  }

  test("with a critical extension that nobody knows is no authority", async () => {
    const issuer = await between({ oddities: ["2.5.29.30"] });
    const identity = await signer("odd", { issuer, serial: 41 });
    const pdf = await makePdf();

    expect(await codeOf(pdf, signPdf(pdf, identity))).toBe("SIGNER_UNTRUSTED");
  });

  test("that may have none below it has none", async () => {
    const first = await between({ pathLength: 0 });
    const second = await between({
      subject: { commonName: "Seconda intermedia" },
      issuer: first,
      serial: 42,
    });
    const pdf = await makePdf();
    const near = await signer("near", { issuer: first, serial: 43 });
    const far = await signer("far", { issuer: second, serial: 44 });

    expect(await codeOf(pdf, signPdf(pdf, near))).toBe("taken");
    expect(await codeOf(pdf, signPdf(pdf, far))).toBe("SIGNER_UNTRUSTED");
  });

  test("that had ended is no authority", async () => {
    const issuer = await between({ notAfter: "2026-11-01T00:00:00Z" });
    const identity = await signer("below-ended", { issuer, serial: 45 });
    const pdf = await makePdf();

    expect(await codeOf(pdf, signPdf(pdf, identity))).toBe("SIGNER_UNTRUSTED");
  });

  test("is trusted through either of two certificates of the same key", async () => {
    const stranger = await issueIdentity({
      subject: { commonName: "Autorità ignota" },
      uses: ["keyCertSign"],
      isAuthority: true,
      ...validity,
      serial: 1,
    });
    const known = await between({});
    const crossed = await between({ issuer: stranger, keys: known.keys, serial: 46 });
    const identity = await signer("crossed", {
      issuer: { ...known, chain: [crossed.chain[0]!, stranger.chain[0]!, known.chain[0]!] },
      serial: 47,
    });
    const pdf = await makePdf();

    expect(await codeOf(pdf, signPdf(pdf, identity))).toBe("taken");
  });
});

test("a codice fiscale that only contains the expected one is another person's", async () => {
  const identity = await signer("longer", {
    subject: { commonName: "Altra", serialNumber: "TINIT-XCMNNNA70A41H501X" },
    serial: 48,
  });
  const pdf = await makePdf();

  expect(await codeOf(pdf, signPdf(pdf, identity))).toBe("SIGNER_UNEXPECTED");
});
