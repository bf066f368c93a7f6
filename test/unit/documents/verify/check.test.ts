/** The upload check: good files of three signers, and every attack of the table, each built here. */
import { sign } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { CryptoKeySigner, PDF } from "@libpdf/core";
import { OctetString } from "asn1js";
import { Hono } from "hono";
import { PDFDocument } from "pdf-lib";
import { AlgorithmIdentifier, MessageImprint, TimeStampReq, TimeStampResp } from "pkijs";
import { createPades } from "../../../../documents/signature/pades.ts";
import { createSignatureCheck } from "../../../../documents/verify/check.ts";
import type { CheckPolicy, SignatureVerdict } from "../../../../documents/verify/check.ts";
import type { RefusalCode } from "../../../../documents/verify/verdict.ts";
import { createHttp } from "../../../../engine/host/http.ts";
import {
  issueIdentity,
  issueRevocationList,
  TIME_STAMPING,
  toPkcs12,
} from "../../../../simulators/signing/fictional-authority.ts";
import type { FictionalIdentity } from "../../../../simulators/signing/fictional-authority.ts";
import type { TimestampPort } from "../../../../integrations/signing/port.ts";
import { createTimestamps } from "../../../../integrations/signing/timestamp-client.ts";
import { createTsaSimulator } from "../../../../simulators/signing/tsa-simulator.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import { cmsOf, craft, craftHonest, honestObjects, numbersOf } from "./craft.ts";
import type { CmsOf } from "./craft.ts";
import {
  authority,
  ecSigner,
  makePdf,
  padesOf,
  privateKeyOf,
  runTool,
  signedAt,
  signedAtMs,
  signer,
  signPdf,
  toPem,
  validity,
  withFolder,
} from "./fixtures.ts";

const hasOpenssl = Bun.which("openssl") !== null;

async function policy(changes: Partial<CheckPolicy> = {}): Promise<CheckPolicy> {
  return {
    trustAnchors: [(await authority()).chain[0]!],
    codiceFiscale: "CMNNNA70A41H501X",
    nowMs: signedAtMs,
    ...changes,
  };
}

async function check(
  original: Uint8Array,
  upload: Uint8Array,
  changes: Partial<CheckPolicy> = {},
): Promise<SignatureVerdict> {
  return createSignatureCheck(await policy(changes))(original, upload);
}

function codeOf(verdict: SignatureVerdict): RefusalCode | "taken" {
  return verdict.isOurs ? "taken" : verdict.code;
}

function timestamps(now = signedAt): TimestampPort {
  const clock = createFakeClock(now);
  const server = new Hono();
  server.route("/tsa", createTsaSimulator({ clock }).app);
  return createTimestamps({
    url: "http://tsa.example/tsa",
    login: null,
    http: createHttp(async (input, init) => server.request(input, init)),
    clock,
  });
}

const tsaSerial = 40;

/** A time stamping authority that the ente's own authority certifies. */
async function tsaOfAuthority(now: string): Promise<TimestampPort> {
  const identity = await signer("tsa", {
    subject: { commonName: "Marcatura di prova" },
    uses: ["digitalSignature"],
    extendedUses: [TIME_STAMPING],
    serial: tsaSerial,
  });
  const clock = createFakeClock(now);
  const key = { pkcs12: await toPkcs12(identity, "tsa"), password: "tsa" };
  const server = new Hono();
  server.route("/tsa", createTsaSimulator({ clock, key }).app);
  return createTimestamps({
    url: "http://tsa.example/tsa",
    login: null,
    http: createHttp(async (input, init) => server.request(input, init)),
    clock,
  });
}

/** For a signer that hashes itself: a token over a digest. */
function tokenSource() {
  const { app } = createTsaSimulator({ clock: createFakeClock(signedAt) });
  return {
    async timestamp(digest: Uint8Array): Promise<Uint8Array> {
      const request = new TimeStampReq({
        version: 1,
        messageImprint: new MessageImprint({
          hashAlgorithm: new AlgorithmIdentifier({ algorithmId: "2.16.840.1.101.3.4.2.1" }),
          hashedMessage: new OctetString({ valueHex: new Uint8Array(digest).buffer }),
        }),
        certReq: true,
      });
      const body = request.toSchema().toBER();
      const answer = await app.request("/", { method: "POST", body });
      const { timeStampToken } = TimeStampResp.fromBER(await answer.arrayBuffer());
      return new Uint8Array(timeStampToken!.toSchema().toBER());
    },
  };
}

/** A CMS that openssl makes over the content, with these arguments. */
function opensslCms(identity: FictionalIdentity, extra: readonly string[]): CmsOf {
  return (content) =>
    withFolder(async (folder) => {
      const at = (name: string): string => join(folder, name);
      await writeFile(at("content"), content);
      await writeFile(at("signer.pem"), toPem(identity.chain[0]!));
      await writeFile(at("ca.pem"), toPem((await authority()).chain[0]!));
      await writeFile(
        at("key.pem"),
        privateKeyOf(identity).export({ type: "pkcs8", format: "pem" }),
      );
      const told = await runTool([
        "openssl",
        "cms",
        "-sign",
        "-binary",
        "-outform",
        "DER",
        "-in",
        at("content"),
        "-signer",
        at("signer.pem"),
        "-inkey",
        at("key.pem"),
        "-certfile",
        at("ca.pem"),
        "-out",
        at("cms"),
        ...extra,
      ]);
      if (told?.code !== 0) throw new Error(told?.output ?? "openssl is missing");
      return readFile(at("cms"));
    });
}

describe("a good file", () => {
  for (const streams of [false, true])
    for (const [kind, identity] of [
      ["RSA", signer],
      ["EC", ecSigner],
    ] as const)
      test(`of our own signer is taken (${kind}, ${streams ? "object streams" : "xref table"})`, async () => {
        const pdf = await makePdf("Verbale", streams);

        expect(await check(pdf, signPdf(pdf, await identity()))).toEqual({
          isOurs: true,
          hasTimestamp: false,
        });
      });

  test("with a time stamp is taken", async () => {
    const pdf = await makePdf();
    const pades = padesOf(await signer(), 8192);
    const prepared = pades.prepare(pdf, { signedAt });
    const signature = sign("sha256", prepared.toSign, privateKeyOf(await signer()));
    const token = await timestamps().requestTimestamp(signature);

    const verdict = await check(pdf, pades.embed(prepared, signature, token));

    expect(verdict).toEqual({ isOurs: true, hasTimestamp: true });
  });

  for (const streams of [false, true])
    test(`of an outside signer is taken (@libpdf/core, ${streams ? "object streams" : "xref table"})`, async () => {
      const pdf = await makePdf("Verbale", streams);
      const identity = await signer();
      const document = await PDF.load(pdf);
      const { bytes } = await document.sign({
        signer: new CryptoKeySigner(
          identity.keys.privateKey,
          identity.chain[0]!,
          "RSA",
          "RSASSA-PKCS1-v1_5",
          identity.chain.slice(1),
        ),
      });

      expect(codeOf(await check(pdf, bytes))).toBe("taken");
    });

  test("of an outside signer with a time stamp is taken (@libpdf/core, B-T)", async () => {
    const pdf = await makePdf();
    const identity = await signer();
    const document = await PDF.load(pdf);
    const { bytes } = await document.sign({
      signer: new CryptoKeySigner(
        identity.keys.privateKey,
        identity.chain[0]!,
        "RSA",
        "RSASSA-PKCS1-v1_5",
        identity.chain.slice(1),
      ),
      level: "B-T",
      timestampAuthority: tokenSource(),
    });

    expect(await check(pdf, bytes)).toEqual({ isOurs: true, hasTimestamp: true });
  });

  test("whose CMS is BER of indefinite length is taken", async () => {
    const pdf = await makePdf();
    const der = cmsOf(await signer());

    const upload = await craft(pdf, { objects: honestObjects(pdf) }, async (content) => {
      const bytes = Buffer.from(await der(content));
      // SEQUENCE { OID (11 bytes), [0] { SignedData } }, each with a length of two bytes.
      const oid = bytes.subarray(4, 15);
      const signedData = bytes.subarray(19);
      return Buffer.concat([
        Buffer.from([0x30, 0x80]),
        oid,
        Buffer.from([0xa0, 0x80]),
        signedData,
        Buffer.from([0, 0, 0, 0]),
      ]);
    });

    expect(codeOf(await check(pdf, upload))).toBe("taken");
  });

  test.skipIf(!hasOpenssl)("with SHA-512 is taken", async () => {
    const pdf = await makePdf();

    const upload = await craft(
      pdf,
      { objects: honestObjects(pdf) },
      opensslCms(await signer(), ["-cades", "-md", "sha512"]),
    );

    expect(codeOf(await check(pdf, upload))).toBe("taken");
  });

  test.skipIf(!hasOpenssl)("with RSA-PSS is taken", async () => {
    const pdf = await makePdf();

    const upload = await craft(
      pdf,
      { objects: honestObjects(pdf) },
      opensslCms(await signer(), [
        "-cades",
        "-keyopt",
        "rsa_padding_mode:pss",
        "-keyopt",
        "rsa_pss_saltlen:32",
      ]),
    );

    expect(codeOf(await check(pdf, upload))).toBe("taken");
  });

  test("of the craftsman that builds the attacks is taken: only the attacks are refused", async () => {
    const pdf = await makePdf();

    expect(codeOf(await check(pdf, await craftHonest(pdf, await signer())))).toBe("taken");
  });
});

describe("a file that is not ours", () => {
  test("is another verbale of the same batch, validly signed", async () => {
    const verdict = await check(
      await makePdf("Verbale 1"),
      signPdf(await makePdf("Verbale 2"), await signer()),
    );

    expect(codeOf(verdict)).toBe("NOT_OURS");
  });

  test("has one bit of the original changed", async () => {
    const pdf = await makePdf();
    const upload = signPdf(pdf, await signer());
    upload[200]! ^= 1;

    expect(codeOf(await check(pdf, upload))).toBe("NOT_OURS");
  });

  test("was saved anew as a whole by a desktop program", async () => {
    const pdf = await makePdf();
    const saved = await (await PDFDocument.load(pdf)).save({ useObjectStreams: false });

    expect(codeOf(await check(pdf, signPdf(saved, await signer())))).toBe("NOT_OURS");
  });

  test("is the original without a signature", async () => {
    const pdf = await makePdf();

    expect(await check(pdf, pdf)).toMatchObject({
      code: "NOT_SIGNED",
      reason:
        "il PDF non è firmato: è l'originale com'è stato scaricato; firmarlo e caricare il file firmato",
    });
  });
});

/** An update that replaces the page's content: what ISA and shadow attacks append. */
async function withOtherContent(pdf: Uint8Array): Promise<Uint8Array> {
  const { page, next } = numbersOf(pdf);
  const text = "BT /F1 12 Tf 50 700 Td (Importo 1 euro) Tj ET";
  const stream = `${next} 0 obj\n<</Length ${text.length}>>\nstream\n${text}\nendstream\nendobj\n`;
  const body = `${page} 0 obj\n<</Type/Page/MediaBox[0 0 595 842]/Contents ${next} 0 R>>\nendobj\n`;
  const streamAt = pdf.length + 1;
  const pageAt = streamAt + stream.length;
  const entries = `${page} 1\n${String(pageAt).padStart(10, "0")} 00000 n\r\n${next} 1\n${String(streamAt).padStart(10, "0")} 00000 n\r\n`;
  const previous = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(
    Buffer.from(pdf).toString("latin1", pdf.length - 64),
  )?.[1];
  const xref = `xref\n${entries}trailer\n<</Size ${next + 1}/Root ${numbersOf(pdf).root} 0 R/Prev ${previous}>>\nstartxref\n${pageAt + body.length}\n%%EOF\n`;
  return Buffer.concat([pdf, Buffer.from(`\n${stream}${body}${xref}`, "latin1")]);
}

describe("content changed around the signature", () => {
  test("ISA: a revision appended after the signature is refused", async () => {
    const pdf = await makePdf();
    const upload = await withOtherContent(signPdf(pdf, await signer()));

    expect(await check(pdf, upload)).toMatchObject({
      code: "CHANGED_AFTER_SIGNING",
      reason:
        "al PDF è stato aggiunto qualcosa dopo la firma: caricare il file com'è uscito dal programma di firma",
    });
  });

  test("ISA: bytes after the end are refused even without an end of file", async () => {
    const pdf = await makePdf();
    const upload = Buffer.concat([
      signPdf(pdf, await signer()),
      Buffer.from("1 0 obj\n<<>>\nendobj\n"),
    ]);

    expect(codeOf(await check(pdf, upload))).toBe("CHANGED_AFTER_SIGNING");
  });

  test("ISA: even a blank line after the end is refused", async () => {
    const pdf = await makePdf();
    const upload = Buffer.concat([signPdf(pdf, await signer()), Buffer.from("\n")]);

    expect(codeOf(await check(pdf, upload))).toBe("CHANGED_AFTER_SIGNING");
  });

  test("a shadow revision before the signature is refused", async () => {
    const pdf = await makePdf();
    const upload = signPdf(await withOtherContent(pdf), await signer());

    expect(await check(pdf, upload)).toMatchObject({
      code: "CHANGED_BEFORE_SIGNING",
      reason:
        "il documento è stato modificato prima della firma: i contenuti non sono quelli del verbale; firmare il PDF scaricato da qui così com'è",
    });
  });

  test("a content stream replaced in the signature's own revision is refused", async () => {
    const pdf = await makePdf();
    const { next } = numbersOf(pdf);
    const content = [...Array(next).keys()].find((number) =>
      Buffer.from(pdf)
        .toString("latin1")
        .includes(`${number} 0 obj\n<<\n/Filter /FlateDecode\n/Length`),
    );
    const objects = honestObjects(pdf).set(content!, "<</Length 2>>\nstream\nq\n\nendstream");

    const upload = await craft(pdf, { objects }, cmsOf(await signer()));

    expect(content).toBeDefined();
    expect(codeOf(await check(pdf, upload))).toBe("CHANGED_BEFORE_SIGNING");
  });

  const tampered: readonly [string, (pdf: Uint8Array) => Map<number, string>][] = [
    [
      "a page with other contents",
      (pdf) => {
        const { page, field } = numbersOf(pdf);
        return honestObjects(pdf).set(
          page,
          `<</Type/Page/MediaBox[0 0 595 842]/Annots[${field} 0 R]>>`,
        );
      },
    ],
    [
      "a second annotation over the page",
      (pdf) => {
        const { page, field, next } = numbersOf(pdf);
        const honest = honestObjects(pdf);
        honest.set(page, honest.get(page)!.replace("/Annots[", `/Annots[${next} 0 R `));
        return honest.set(
          next,
          `<</Type/Annot/Subtype/FreeText/Rect[0 0 500 500]/P ${field} 0 R>>`,
        );
      },
    ],
    [
      "a catalog that opens with an action",
      (pdf) => {
        const { root } = numbersOf(pdf);
        const honest = honestObjects(pdf);
        return honest.set(
          root,
          honest.get(root)!.replace("/AcroForm", "/OpenAction<</S/JavaScript/JS(x)>>/AcroForm"),
        );
      },
    ],
    [
      "a catalog with other pages",
      (pdf) => {
        const { root, next } = numbersOf(pdf);
        const honest = honestObjects(pdf);
        honest.set(root, honest.get(root)!.replace(/\/Pages \d+ 0 R/, `/Pages ${next} 0 R`));
        return honest.set(next, "<</Type/Pages/Kids[]/Count 0>>");
      },
    ],
    [
      "an object that is no page, but is given annotations,",
      (pdf) => {
        const honest = honestObjects(pdf);
        const [, tree = ""] = /\/Pages (\d+) 0 R/.exec(honest.get(numbersOf(pdf).root) ?? "") ?? [];
        const [, body = ""] =
          new RegExp(`\\n${tree} 0 obj\\s*<<([\\s\\S]*?)>>\\s*endobj`).exec(
            Buffer.from(pdf).toString("latin1"),
          ) ?? [];
        expect(body).toContain("/Type /Pages");
        return honest.set(Number(tree), `<<${body}/Annots[]>>`);
      },
    ],
  ];
  for (const [name, objectsOf] of tampered)
    test(`${name} in the signature's own revision is refused`, async () => {
      const pdf = await makePdf();

      const upload = await craft(pdf, { objects: objectsOf(pdf) }, cmsOf(await signer()));

      expect(codeOf(await check(pdf, upload))).toBe("CHANGED_BEFORE_SIGNING");
    });

  test("an original object declared free is refused", async () => {
    const pdf = await makePdf();

    const upload = await craftHonest(pdf, await signer(), {
      extraEntries: "3 1\n0000000000 00001 f\r\n",
    });

    expect(codeOf(await check(pdf, upload))).toBe("CHANGED_BEFORE_SIGNING");
  });

  test("cross-references that lead elsewhere are refused", async () => {
    const pdf = await makePdf();

    const upload = await craftHonest(pdf, await signer(), {
      extraEntries: "3 1\n0000000015 00000 n\r\n",
    });

    expect(codeOf(await check(pdf, upload))).toBe("CHANGED_BEFORE_SIGNING");
  });

  test("an object that no cross-reference lists is refused when it replaces one", async () => {
    const pdf = await makePdf();
    const objects = honestObjects(pdf).set(3, "<</Evil true>>");

    const upload = await craft(pdf, { objects, unlisted: [3] }, cmsOf(await signer()));

    expect(codeOf(await check(pdf, upload))).toBe("CHANGED_BEFORE_SIGNING");
  });

  test("a key named twice, which readers read differently, is refused", async () => {
    const pdf = await makePdf();
    const { root } = numbersOf(pdf);
    const honest = honestObjects(pdf);
    honest.set(root, honest.get(root)!.replace(/\/Pages (\d+ 0 R)/, "/P#61ges 99 0 R/Pages $1"));

    const upload = await craft(pdf, { objects: honest }, cmsOf(await signer()));

    expect(Buffer.from(upload).includes("/P#61ges 99 0 R/Pages")).toBe(true);
    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_DAMAGED");
  });

  test("a trailer that names two catalogs is refused", async () => {
    const pdf = await makePdf();

    const upload = await craftHonest(pdf, await signer(), { trailer: "/Root 1 0 R" });

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_DAMAGED");
  });

  test("cross-references hidden in a stream are refused", async () => {
    const pdf = await makePdf();
    const { next, root } = numbersOf(pdf);
    const previous = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(
      Buffer.from(pdf).toString("latin1", pdf.length - 64),
    )?.[1];
    const hidden = `xref\n0 1\n0000000000 65535 f\r\ntrailer\n<</Size 99/Root ${root} 0 R/Prev ${previous}>>\n`;
    const objects = honestObjects(pdf).set(
      next,
      `<</Length ${hidden.length}>>\nstream\n${hidden}\nendstream`,
    );

    const upload = await craft(
      pdf,
      {
        objects,
        beforeSigning: (file) => {
          const at = file.indexOf("xref\n0 1\n0000000000 65535 f\r\ntrailer\n<</Size 99");
          const end = file.lastIndexOf("startxref\n") + "startxref\n".length;
          const digits = file.indexOf("\n", end) - end;
          file.write(String(at).padStart(digits, "0"), end, "latin1");
          return file;
        },
      },
      cmsOf(await signer()),
    );

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_DAMAGED");
  });

  test("a table made to keep the reader busy is refused at once", async () => {
    const pdf = await makePdf();
    const sections = "1 1\n\n\n\n\n\n\n\n\n".repeat(2000);

    const upload = await craftHonest(pdf, await signer(), { extraEntries: `${sections}x` });

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_DAMAGED");
  });

  test("nesting made to exhaust the reader is refused", async () => {
    const pdf = await makePdf();
    const { next } = numbersOf(pdf);
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const objects = honestObjects(pdf).set(next, deep);

    const upload = await craft(pdf, { objects }, cmsOf(await signer()));

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_DAMAGED");
  });

  test("bytes that are no object are refused", async () => {
    const pdf = await makePdf();

    const upload = await craftHonest(pdf, await signer(), { beforeXref: "ciao\n" });

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_DAMAGED");
  });

  test("a form that brings its own XFA content is refused", async () => {
    const pdf = await makePdf();
    const { root, next } = numbersOf(pdf);
    const honest = honestObjects(pdf);
    honest.set(root, honest.get(root)!.replace("/SigFlags 3", `/SigFlags 3/XFA ${next} 0 R`));
    honest.set(next, "<</Length 0>>\nstream\n\nendstream");

    const upload = await craft(pdf, { objects: honest }, cmsOf(await signer()));

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_DAMAGED");
  });

  test("a field that acts when it is clicked is refused", async () => {
    const pdf = await makePdf();

    const upload = await craftHonest(pdf, await signer(), {
      fieldExtra: "/A<</S/URI/URI(http://example.com)>>",
    });

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_DAMAGED");
  });

  test("a visible field that could cover the text is refused with the setting to change", async () => {
    const pdf = await makePdf();

    const upload = await craftHonest(pdf, await signer(), { rect: "[0 0 595 842]" });

    expect(await check(pdf, upload)).toMatchObject({
      code: "SIGNATURE_VISIBLE",
      reason:
        "la firma ha un riquadro visibile che può coprire il testo: nel programma di firma scegliere «firma invisibile»",
    });
  });
});

describe("a signature that is none", () => {
  test("USF: zeroed contents are refused", async () => {
    const pdf = await makePdf();
    const upload = Buffer.from(signPdf(pdf, await signer()));
    const from = upload.indexOf("/Contents<") + 10;
    upload.fill("0", from, upload.indexOf(">", from));

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_DAMAGED");
  });

  test("USF: a removed ByteRange is refused", async () => {
    const pdf = await makePdf();
    const upload = Buffer.from(signPdf(pdf, await signer()));
    upload.write("/ByteXange", upload.indexOf("/ByteRange"), "latin1");

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_DAMAGED");
  });

  test("USF: a ByteRange without numbers is refused", async () => {
    const pdf = await makePdf();
    const upload = Buffer.from(signPdf(pdf, await signer()));
    const from = upload.indexOf("/ByteRange[") + 11;
    upload.fill(" ", from, upload.indexOf("]", from));

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_DAMAGED");
  });

  test("SWA: an object smuggled into the gap is refused", async () => {
    const pdf = await makePdf();
    const upload = Buffer.from(signPdf(pdf, await signer()));
    const from = upload.indexOf("/Contents<") + 10;
    upload.write(">/X(3 0 obj<<>>endobj)/Y<", from, "latin1");

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_DAMAGED");
  });

  test("SWA: a second range that begins later is refused", async () => {
    const pdf = await makePdf();
    const upload = await craftHonest(pdf, await signer(), {
      beforeSigning: (file) => {
        const from = file.indexOf("/ByteRange[") + 11;
        const [zero, gapFrom, gapTo, rest] = file
          .toString("latin1", from, from + 43)
          .trim()
          .split(" ")
          .map(Number) as [number, number, number, number];
        file.write(`${zero} ${gapFrom} ${gapTo + 20} ${rest - 20}`.padEnd(43), from, "latin1");
        return file;
      },
    });

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_DAMAGED");
  });

  test("bytes after the CMS in the gap are refused", async () => {
    const pdf = await makePdf();
    const upload = Buffer.from(await craftHonest(pdf, await signer()));
    const end = upload.indexOf(">", upload.indexOf("/Contents<"));
    upload.write("ff", end - 2, "latin1");

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_DAMAGED");
  });

  test("one changed bit of the value is refused", async () => {
    const pdf = await makePdf();
    const upload = Buffer.from(signPdf(pdf, await signer()));
    const end = upload.indexOf(">", upload.indexOf("/Contents<"));
    upload.write(upload.toString("latin1", end - 1, end) === "0" ? "1" : "0", end - 1, "latin1");

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_INVALID");
  });

  test("the CMS of another document is refused", async () => {
    const pdf = await makePdf("Verbale 1");
    const identity = await signer();
    const other = cmsOf(identity);

    const upload = await craft(pdf, { objects: honestObjects(pdf) }, () =>
      other(Buffer.from("another document")),
    );

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_INVALID");
  });

  test("a certificate exchanged for another person's is refused", async () => {
    const pdf = await makePdf();
    const identity = await signer();
    const other = await signer("other", {
      subject: { commonName: "Bruno Altro", serialNumber: "TINIT-LTRBRN70A01H501X" },
      serial: 21,
    });

    const upload = await craft(
      pdf,
      { objects: honestObjects(pdf) },
      cmsOf({ ...other, keys: identity.keys, pkcs8: identity.pkcs8 }),
    );

    expect(codeOf(await check(pdf, upload, { codiceFiscale: null }))).toBe("SIGNATURE_INVALID");
  });

  test("a decoy beside the field's own value is refused", async () => {
    const pdf = await makePdf();
    const { next, sig, field } = numbersOf(pdf);
    // The field points to a value whose key is written another way; the bytes show the decoy's.
    const objects = honestObjects(pdf).set(
      next,
      "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/Byte#52ange[0 1 2 3]/Contents<00>>>",
    );

    const upload = await craft(pdf, { objects, fieldExtra: "" }, cmsOf(await signer()));
    const pointed = await craft(
      pdf,
      {
        objects: new Map([
          ...objects,
          [
            field,
            `<</Type/Annot/Subtype/Widget/FT/Sig/T(S)/F 132/Rect[0 0 0 0]/P ${numbersOf(pdf).page} 0 R/V ${next} 0 R>>`,
          ],
        ]),
      },
      cmsOf(await signer()),
    );

    expect(sig).toBe(next - 2);
    expect(codeOf(await check(pdf, upload))).toBe("taken");
    expect(codeOf(await check(pdf, pointed))).toBe("SIGNATURE_DAMAGED");
  });

  test("the old SubFilter is refused with the format to choose", async () => {
    const pdf = await makePdf();

    const upload = await craftHonest(pdf, await signer(), { subFilter: "adbe.pkcs7.detached" });

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_FORMAT");
  });

  test("two signatures are refused: one is wanted", async () => {
    const pdf = await makePdf();
    const { next } = numbersOf(pdf);
    const objects = honestObjects(pdf).set(next, "<</Type/Sig/ByteRange[0 1 2 3]>>");

    const upload = await craft(pdf, { objects }, cmsOf(await signer()));

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_FORMAT");
  });

  test.skipIf(!hasOpenssl)("without signing-certificate-v2 it is no PAdES", async () => {
    const pdf = await makePdf();

    const upload = await craft(
      pdf,
      { objects: honestObjects(pdf) },
      opensslCms(await signer(), []),
    );

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_FORMAT");
  });

  test.skipIf(!hasOpenssl)("a SHA-1 digest is refused as weak", async () => {
    const pdf = await makePdf();

    const upload = await craft(
      pdf,
      { objects: honestObjects(pdf) },
      opensslCms(await signer(), ["-cades", "-md", "sha1"]),
    );

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_WEAK");
  });

  test.skipIf(!hasOpenssl)("a CMS that carries its own content is refused", async () => {
    const pdf = await makePdf();

    const upload = await craft(
      pdf,
      { objects: honestObjects(pdf) },
      opensslCms(await signer(), ["-cades", "-nodetach"]),
    );

    expect(codeOf(await check(pdf, upload))).toBe("SIGNATURE_FORMAT");
  });
});

describe("a signer who may not", () => {
  test("comes from an authority that nobody trusts", async () => {
    const stranger = await issueIdentity({
      subject: { commonName: "Autorità ignota" },
      uses: ["keyCertSign"],
      isAuthority: true,
      ...validity,
      serial: 1,
    });
    const identity = await signer("stranger", { issuer: stranger, serial: 22 });
    const pdf = await makePdf();

    expect(codeOf(await check(pdf, signPdf(pdf, identity)))).toBe("SIGNER_UNTRUSTED");
  });

  test("signed with a certificate that bears the authority's name but not its signature", async () => {
    const twin = await issueIdentity({
      subject: { commonName: "Autorità di prova" },
      uses: ["keyCertSign"],
      isAuthority: true,
      ...validity,
      serial: 1,
    });
    const identity = await signer("twin", { issuer: twin, serial: 23 });
    const pdf = await makePdf();

    expect(codeOf(await check(pdf, signPdf(pdf, identity)))).toBe("SIGNER_UNTRUSTED");
  });

  test("was certified by another signer, who is no authority", async () => {
    const identity = await signer("child", { issuer: await signer(), serial: 24 });
    const pdf = await makePdf();

    expect(codeOf(await check(pdf, signPdf(pdf, identity)))).toBe("SIGNER_UNTRUSTED");
  });

  test("has a certificate that its authority signed with SHA-1", async () => {
    const identity = await signer("sha1", { digest: "SHA-1", serial: 25 });
    const pdf = await makePdf();

    expect(codeOf(await check(pdf, signPdf(pdf, identity)))).toBe("SIGNER_UNTRUSTED");
  });

  test("had a certificate that had ended", async () => {
    const identity = await signer("ended", { notAfter: "2026-11-01T00:00:00Z", serial: 26 });
    const pdf = await makePdf();

    expect(codeOf(await check(pdf, signPdf(pdf, identity)))).toBe("SIGNER_EXPIRED");
  });

  test("is another person", async () => {
    const identity = await signer("other", {
      subject: { commonName: "Bruno Altro", serialNumber: "TINIT-LTRBRN70A01H501X" },
      serial: 21,
    });
    const pdf = await makePdf();
    const upload = signPdf(pdf, identity);

    expect(codeOf(await check(pdf, upload))).toBe("SIGNER_UNEXPECTED");
    expect(codeOf(await check(pdf, upload, { codiceFiscale: null }))).toBe("taken");
  });

  test("used the certificate for logging in", async () => {
    const identity = await signer("login", { uses: ["digitalSignature"], serial: 12 });
    const pdf = await makePdf();

    expect(codeOf(await check(pdf, signPdf(pdf, identity)))).toBe(
      "SIGNER_NOT_QUALIFIED_FOR_SIGNING",
    );
  });

  test("is trusted through an authority in between", async () => {
    const between = await issueIdentity({
      subject: { commonName: "Autorità intermedia" },
      issuer: await authority(),
      uses: ["keyCertSign"],
      isAuthority: true,
      ...validity,
      serial: 30,
    });
    const identity = await signer("between", { issuer: between, serial: 31 });
    const pdf = await makePdf();

    expect(codeOf(await check(pdf, signPdf(pdf, identity)))).toBe("taken");
  });
});

describe("a time stamp", () => {
  test("of another signature is refused", async () => {
    const pdf = await makePdf();
    const pades = padesOf(await signer(), 8192);
    const prepared = pades.prepare(pdf, { signedAt });
    const signature = sign("sha256", prepared.toSign, privateKeyOf(await signer()));
    const token = await timestamps().requestTimestamp(Buffer.from("another signature"));

    const verdict = await check(pdf, pades.embed(prepared, signature, token));

    expect(codeOf(verdict)).toBe("TIMESTAMP_INVALID");
  });

  test("of a trusted authority proves that the certificate was valid then", async () => {
    const tsa = await tsaOfAuthority("2026-10-01T00:00:00Z");
    const identity = await signer("ended", { notAfter: "2026-11-01T00:00:00Z", serial: 26 });
    const pdf = await makePdf();
    const pades = createPades({
      chain: identity.chain,
      algorithm: "RSA-SHA256",
      timestampBytes: 8192,
    });
    const prepared = pades.prepare(pdf, { signedAt });
    const signature = sign("sha256", prepared.toSign, privateKeyOf(identity));

    const verdict = await check(
      pdf,
      pades.embed(prepared, signature, await tsa.requestTimestamp(signature)),
    );

    expect(codeOf(verdict)).toBe("taken");
  });

  test("of an authority that was taken back since proves nothing: the certificate had ended", async () => {
    const tsa = await tsaOfAuthority("2026-10-01T00:00:00Z");
    const identity = await signer("ended", { notAfter: "2026-11-01T00:00:00Z", serial: 26 });
    const pdf = await makePdf();
    const pades = padesOf(identity, 8192);
    const prepared = pades.prepare(pdf, { signedAt });
    const signature = sign("sha256", prepared.toSign, privateKeyOf(identity));
    const upload = pades.embed(prepared, signature, await tsa.requestTimestamp(signature));
    const listOf = async (serial: number): Promise<readonly Uint8Array[]> => [
      await issueRevocationList(await authority(), {
        serials: [serial],
        revokedAt: "2026-11-10T00:00:00Z",
        issuedAt: "2026-11-10T00:00:00Z",
      }),
    ];

    expect(codeOf(await check(pdf, upload, { revocationLists: await listOf(tsaSerial) }))).toBe(
      "SIGNER_EXPIRED",
    );
    expect(codeOf(await check(pdf, upload, { revocationLists: await listOf(999) }))).toBe("taken");
  });

  test("of an unknown authority proves nothing: the certificate had ended", async () => {
    const identity = await signer("ended", { notAfter: "2026-11-01T00:00:00Z", serial: 26 });
    const pdf = await makePdf();
    const pades = createPades({
      chain: identity.chain,
      algorithm: "RSA-SHA256",
      timestampBytes: 8192,
    });
    const prepared = pades.prepare(pdf, { signedAt });
    const signature = sign("sha256", prepared.toSign, privateKeyOf(identity));
    const token = await timestamps("2026-10-01T00:00:00Z").requestTimestamp(signature);

    expect(codeOf(await check(pdf, pades.embed(prepared, signature, token)))).toBe(
      "SIGNER_EXPIRED",
    );
  });
});

test("of 300 damaged files none is taken whose document or signature changed", async () => {
  const pdf = await makePdf();
  const good = Buffer.from(signPdf(pdf, await signer()));
  const accept = createSignatureCheck(await policy());
  const gapFrom = good.indexOf("/Contents<") + 9;
  const gapTo = good.indexOf(">", gapFrom) + 1;
  const taken: number[] = [];
  const codes = new Set<string>();
  // A fixed sequence: the same damage on every machine.
  let seed = 20_261_123;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };

  for (let round = 0; round < 300; round += 1) {
    const damaged = Buffer.from(good);
    const at = pdf.length + random(good.length - pdf.length);
    damaged[at] = (damaged[at]! + 1 + random(255)) % 256;
    const code = codeOf(accept(pdf, damaged));
    codes.add(code);
    if (code === "taken") taken.push(at);
  }

  // Inside the gap stand parts of the CMS that nobody signs: the authority's certificate that came along.
  expect(taken.filter((at) => at < gapFrom || at >= gapTo)).toEqual([]);
  expect([...codes].sort()).toEqual(
    expect.arrayContaining(["CHANGED_BEFORE_SIGNING", "SIGNATURE_DAMAGED", "SIGNATURE_INVALID"]),
  );
});
