/** Files made to fool a reader of signatures: ranges, CMS structures, and thousands of accidents. None is taken that does not say what was signed. */
import { createHash, sign } from "node:crypto";
import { describe, expect, test } from "bun:test";
import { Constructed, Null, ObjectIdentifier, OctetString, Sequence } from "asn1js";
import {
  AlgorithmIdentifier,
  Attribute,
  Certificate,
  ContentInfo,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  SignedAndUnsignedAttributes,
  SignedData,
  SignerInfo,
} from "pkijs";
import { OID, toArrayBuffer } from "../../../../documents/signature/pades-cms.ts";
import { createSignatureCheck } from "../../../../documents/verify/check.ts";
import type { SignatureCheck } from "../../../../documents/verify/check.ts";
import { createTsaSimulator } from "../../../../simulators/signing/tsa-simulator.ts";
import { createTimestamps } from "../../../../integrations/signing/timestamp-client.ts";
import { createHttp } from "../../../../engine/host/http.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import {
  appendProofs,
  appendStamp,
  cmsOf,
  craft,
  craftHonest,
  honestObjects,
  numbersOf,
} from "./craft.ts";
import type { CmsOf } from "./craft.ts";
import {
  authority,
  makePdf,
  privateKeyOf,
  signedAt,
  signedAtMs,
  signer,
  signPdf,
} from "./fixtures.ts";

async function checker(): Promise<SignatureCheck> {
  return createSignatureCheck({
    trustAnchors: [(await authority()).chain[0]!],
    codiceFiscale: null,
    nowMs: signedAtMs,
  });
}

async function codeOf(original: Uint8Array, upload: Uint8Array): Promise<string> {
  const verdict = (await checker())(original, upload);
  return verdict.isOurs ? "taken" : verdict.code;
}

/** Writes another text into the room of /ByteRange; `numbers` are the honest ones. */
function otherRange(make: (numbers: readonly number[]) => string) {
  return (file: Buffer): Buffer => {
    const from = file.lastIndexOf("/ByteRange[") + 11;
    const numbers = file
      .toString("latin1", from, from + 43)
      .trim()
      .split(" ")
      .map(Number);
    file.write(make(numbers).padEnd(43), from, "latin1");
    return file;
  };
}

describe("a ByteRange", () => {
  const ranges: readonly [string, (numbers: readonly number[]) => string][] = [
    ["with a negative number", ([, b, c, d]) => `-1 ${b} ${c} ${d}`],
    ["that does not begin at the beginning", ([, b, c, d]) => `9 ${b} ${c} ${d}`],
    ["whose parts overlap", ([a, b, c = 0, d = 0]) => `${a} ${b} ${c - 5000} ${d + 5000}`],
    ["of numbers that no file has", ([a, b]) => `${a} ${b} 99999999999 99999999999`],
    ["of five numbers", ([a, b, c, d]) => `${a} ${b} ${c} ${d} 0`],
    ["of three numbers", ([a, b, c]) => `${a} ${b} ${c}`],
    ["with a comment inside", ([a, b, c, d]) => `${a} ${b}%\n${c} ${d}`],
    ["with a real number", ([a, b, c, d]) => `${a} ${b}.0 ${c} ${d}`],
    ["that leaves more than the signature out", ([a, b = 0, c, d]) => `${a} ${b - 10} ${c} ${d}`],
    ["that signs the signature's first digits", ([a, b = 0, c, d]) => `${a} ${b + 5} ${c} ${d}`],
  ];
  for (const [name, make] of ranges)
    test(`${name} is refused`, async () => {
      const pdf = await makePdf();

      const upload = await craftHonest(pdf, await signer(), { beforeSigning: otherRange(make) });

      expect(await codeOf(pdf, upload)).toBe("SIGNATURE_DAMAGED");
    });

  test("beside a second /Contents is refused", async () => {
    const pdf = await makePdf();

    const upload = await craftHonest(pdf, await signer(), { signatureExtra: "/Contents<00>" });

    expect(await codeOf(pdf, upload)).toBe("SIGNATURE_DAMAGED");
  });

  test("whose gap holds white space is refused", async () => {
    const pdf = await makePdf();
    const upload = Buffer.from(await craftHonest(pdf, await signer()));
    const end = upload.indexOf(">", upload.indexOf("/Contents<"));
    upload.write("\n", end - 1, "latin1");

    expect(await codeOf(pdf, upload)).toBe("SIGNATURE_DAMAGED");
  });
});

interface Forgery {
  /** Changes the honest attributes; `null`: there are none at all. */
  readonly attributes?: (honest: Attribute[]) => Attribute[] | null;
  /** Changes the order of the attributes in the file, after they were signed. */
  readonly written?: (chosen: Attribute[]) => Attribute[];
  readonly signers?: number;
  readonly eContentType?: string;
}

/** A CMS that is honest but for one thing, and signed over what it says. */
async function forge({
  attributes,
  written = (chosen) => chosen,
  signers = 1,
  eContentType,
}: Forgery): Promise<CmsOf> {
  const identity = await signer();
  const [own] = identity.chain;
  return (content) => {
    const digest = createHash("sha256").update(content).digest();
    const certHash = createHash("sha256").update(own!).digest();
    const honest = [
      attribute(OID.contentType, new ObjectIdentifier({ value: OID.data })),
      attribute(OID.messageDigest, new OctetString({ valueHex: toArrayBuffer(digest) })),
      attribute(
        OID.signingCertificateV2,
        new Sequence({
          value: [
            new Sequence({
              value: [
                new Sequence({ value: [new OctetString({ valueHex: toArrayBuffer(certHash) })] }),
              ],
            }),
          ],
        }),
      ),
    ];
    const chosen = attributes === undefined ? honest : attributes(honest);
    const signed = chosen === null ? content : setOf(chosen);
    const info = (): SignerInfo =>
      new SignerInfo({
        version: 1,
        sid: new IssuerAndSerialNumber({
          issuer: identity.certificate.issuer,
          serialNumber: identity.certificate.serialNumber,
        }),
        digestAlgorithm: new AlgorithmIdentifier({ algorithmId: OID.sha256 }),
        ...(chosen === null
          ? {}
          : {
              signedAttrs: new SignedAndUnsignedAttributes({
                type: 0,
                attributes: written(chosen),
              }),
            }),
        signatureAlgorithm: new AlgorithmIdentifier({
          algorithmId: OID.sha256WithRsa,
          algorithmParams: new Null(),
        }),
        signature: new OctetString({
          valueHex: toArrayBuffer(sign("sha256", signed, privateKeyOf(identity))),
        }),
      });
    const data = new SignedData({
      version: 1,
      digestAlgorithms: [new AlgorithmIdentifier({ algorithmId: OID.sha256 })],
      encapContentInfo: new EncapsulatedContentInfo({ eContentType: eContentType ?? OID.data }),
      certificates: [Certificate.fromBER(toArrayBuffer(own!))],
      signerInfos: Array.from({ length: signers }, info),
    });
    const whole = new ContentInfo({ contentType: OID.signedData, content: data.toSchema(true) });
    return new Uint8Array(whole.toSchema().toBER());
  };
}

function attribute(type: string, value: Sequence | OctetString | ObjectIdentifier): Attribute {
  return new Attribute({ type, values: [value] });
}

function setOf(attributes: readonly Attribute[]): Uint8Array {
  return new Uint8Array(
    new Constructed({
      idBlock: { tagClass: 1, tagNumber: 17 },
      value: attributes.map((one) => one.toSchema()),
    }).toBER(),
  );
}

describe("a CMS", () => {
  const without = (type: string) => (honest: Attribute[]) =>
    honest.filter((one) => one.type !== type);
  const forgeries: readonly [string, string, Forgery][] = [
    ["that is honest", "taken", {}],
    [
      "whose attributes were signed in DER's order and stand in another",
      "taken",
      { written: (chosen) => chosen.toReversed() },
    ],
    [
      "whose attributes were signed in another order than DER's",
      "SIGNATURE_INVALID",
      { attributes: (honest) => honest.toReversed() },
    ],
    ["of two signers", "SIGNATURE_FORMAT", { signers: 2 }],
    ["of no signer", "SIGNATURE_FORMAT", { signers: 0 }],
    ["without signed attributes", "SIGNATURE_FORMAT", { attributes: () => null }],
    [
      "without a digest of the content",
      "SIGNATURE_FORMAT",
      { attributes: without(OID.messageDigest) },
    ],
    [
      "without the type of the content",
      "SIGNATURE_FORMAT",
      { attributes: without(OID.contentType) },
    ],
    [
      "with two digests of the content",
      "SIGNATURE_FORMAT",
      {
        attributes: (honest) => [
          ...honest,
          attribute(OID.messageDigest, new OctetString({ valueHex: new ArrayBuffer(32) })),
        ],
      },
    ],
    [
      "with an attribute of two values",
      "SIGNATURE_FORMAT",
      {
        attributes: ([type, , certificate]) => [
          type!,
          new Attribute({
            type: OID.messageDigest,
            values: [
              new OctetString({ valueHex: new ArrayBuffer(32) }),
              new OctetString({ valueHex: new ArrayBuffer(32) }),
            ],
          }),
          certificate!,
        ],
      },
    ],
    [
      "whose attribute names another type of content",
      "SIGNATURE_FORMAT",
      {
        attributes: (honest) => [
          attribute(OID.contentType, new ObjectIdentifier({ value: OID.signedData })),
          ...honest.slice(1),
        ],
      },
    ],
    ["whose content has another type", "SIGNATURE_FORMAT", { eContentType: OID.signedData }],
  ];
  for (const [name, code, forgery] of forgeries)
    test(`${name}: ${code}`, async () => {
      const pdf = await makePdf();

      const upload = await craft(pdf, { objects: honestObjects(pdf) }, await forge(forgery));

      expect(await codeOf(pdf, upload)).toBe(code);
    });

  test("signed with a key of 1024 bits is refused as weak", async () => {
    const pdf = await makePdf();
    const identity = await signer("short", { keyType: "RSA-1024", serial: 71 });

    expect(
      await codeOf(pdf, await craft(pdf, { objects: honestObjects(pdf) }, cmsOf(identity))),
    ).toBe("SIGNATURE_WEAK");
  });
});

/** A fixed sequence: the same accidents on every machine. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

const words = [
  "%%EOF",
  "/ByteRange[0 1 2 3]",
  " 0 obj",
  "endobj",
  "xref\n",
  "startxref\n",
  "trailer",
  "<<",
  ">>",
  "stream\n",
  "/Contents<00>",
  "[",
  "(",
  "%",
  "/Prev 0",
  "1 0 R",
];

/** One accident somewhere after the original: bytes changed, put in, taken out, doubled, cut off, numbers changed. */
function damage(file: Buffer, from: number, random: (below: number) => number): Buffer {
  const near = [from + random(file.length - from), from + random(1500), file.length - random(2500)];
  const at = Math.max(from, Math.min(near[random(3)]!, file.length - 1));
  const word = Buffer.from(words[random(words.length)]!);
  const put = (bytes: Uint8Array, skip = 0): Buffer =>
    Buffer.concat([file.subarray(0, at), bytes, file.subarray(at + skip)]);
  switch (random(7)) {
    case 0:
      return put(Buffer.from([random(256)]), 1);
    case 1:
      return put(word);
    case 2:
      return put(word, word.length);
    case 3:
      return put(Buffer.alloc(0), 1 + random(20));
    case 4:
      return put(file.subarray(at, at + 1 + random(600)));
    case 5:
      return file.subarray(0, at);
    default: {
      const numbers = [...file.toString("latin1", from).matchAll(/\d{1,10}/g)];
      const found = numbers[random(numbers.length)]!;
      const start = from + found.index;
      const changed = Buffer.from(String(Number(found[0]) + random(5) - 2));
      return Buffer.concat([
        file.subarray(0, start),
        changed,
        file.subarray(start + found[0].length),
      ]);
    }
  }
}

async function stampOf(content: Uint8Array): Promise<Uint8Array> {
  const clock = createFakeClock(signedAt);
  const { app } = createTsaSimulator({ clock });
  const http = createHttp(async (input, init) => app.request(input, init));
  return createTimestamps({
    url: "http://tsa.example/",
    login: null,
    http,
    clock,
  }).requestTimestamp(content);
}

/** The field and what stands on the page for it as two objects, as some programs write them. */
describe("a field with a widget of its own", () => {
  interface Apart {
    readonly kid?: string;
    readonly field?: string;
    readonly kids?: (kid: number) => string;
    readonly parent?: (field: number) => number;
  }
  const cases: readonly [string, string, Apart][] = [
    ["is taken", "taken", {}],
    ["that has a size is refused", "SIGNATURE_VISIBLE", { kid: "/Rect[0 0 90 40]" }],
    ["and a size of its own is refused", "SIGNATURE_VISIBLE", { field: "/Rect[0 0 90 40]" }],
    ["that acts is refused", "SIGNATURE_DAMAGED", { kid: "/A<</S/Named/N/Print>>" }],
    ["that has a value of its own is refused", "SIGNATURE_DAMAGED", { kid: "/V 1 0 R" }],
    ["that has kids in turn is refused", "SIGNATURE_DAMAGED", { kid: "/Kids[]" }],
    ["that is no widget is refused", "SIGNATURE_DAMAGED", { kid: "/Subtype/Text" }],
    ["that belongs to another field is refused", "SIGNATURE_DAMAGED", { parent: () => 1 }],
    ["twice is refused", "SIGNATURE_DAMAGED", { kids: (kid) => `${kid} 0 R ${kid} 0 R` }],
    ["of which there is none is refused", "SIGNATURE_DAMAGED", { kids: () => "" }],
  ];
  for (const [name, code, { kid = "", field = "", kids, parent }] of cases)
    test(name, async () => {
      const pdf = await makePdf();
      const numbers = numbersOf(pdf);
      const { next, page, sig } = numbers;
      const objects = honestObjects(pdf);
      objects.set(page, objects.get(page)!.replace(/\/Annots\[[^\]]*\]/, `/Annots[${next} 0 R]`));
      objects.set(
        numbers.field,
        `<</FT/Sig/T(S)/V ${sig} 0 R/Kids[${kids?.(next) ?? `${next} 0 R`}]${field}>>`,
      );
      const own = (key: string, value: string): string => (kid.startsWith(key) ? "" : value);
      objects.set(
        next,
        `<</Type/Annot${own("/Subtype", "/Subtype/Widget")}${own("/Rect", "/Rect[0 0 0 0]")}/F 132/P ${page} 0 R/Parent ${parent?.(numbers.field) ?? numbers.field} 0 R${kid}>>`,
      );

      expect(await codeOf(pdf, await craft(pdf, { objects }, cmsOf(await signer())))).toBe(code);
    });
});

describe("accidents", () => {
  for (const level of ["B-B", "B-LTA"] as const)
    test(`of 800 damaged files (${level}) none is taken whose signed bytes changed, and each gets an answer`, async () => {
      const pdf = await makePdf();
      const signed = signPdf(pdf, await signer());
      const good = Buffer.from(
        level === "B-B" ? signed : await appendStamp(appendProofs(signed), stampOf),
      );
      const [, gapFrom = 0, gapTo = 0, rest = 0] = /\/ByteRange\[(\d+) (\d+) (\d+) (\d+)/
        .exec(good.toString("latin1", pdf.length))!
        .slice(1)
        .map(Number);
      const signedBytes = (file: Buffer): string =>
        Buffer.concat([file.subarray(0, gapFrom), file.subarray(gapTo, gapTo + rest)]).toString(
          "latin1",
        );
      const accept = await checker();
      const random = createRandom(20_261_125);
      const codes = new Set<string>();
      const forged: number[] = [];

      for (let round = 0; round < 800; round += 1) {
        let file: Buffer = good;
        for (let times = random(3); times >= 0; times -= 1)
          if (file.length > pdf.length) file = damage(file, pdf.length, random);
        const verdict = accept(pdf, file);
        codes.add(verdict.isOurs ? "taken" : verdict.code);
        if (verdict.isOurs && signedBytes(file) !== signedBytes(good)) forged.push(round);
      }

      expect(forged).toEqual([]);
      expect([...codes]).toEqual(
        expect.arrayContaining([
          "CHANGED_AFTER_SIGNING",
          "CHANGED_BEFORE_SIGNING",
          "SIGNATURE_DAMAGED",
          "SIGNATURE_FORMAT",
        ]),
      );
    });
});
