/** A time stamping authority (RFC 3161) that exists only here. */
import { createHash, randomBytes, sign } from "node:crypto";
import { Constructed, Integer, Null, ObjectIdentifier, OctetString, Sequence } from "asn1js";
import { Hono } from "hono";
import {
  AlgorithmIdentifier,
  Attribute,
  Certificate,
  ContentInfo,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  PKIStatus,
  PKIStatusInfo,
  SignedAndUnsignedAttributes,
  SignedData,
  SignerInfo,
  TimeStampReq,
  TimeStampResp,
  TSTInfo,
} from "pkijs";
import type { Clock } from "../../engine/host/clock.ts";
import { openSimulatorKey } from "./csc-key.ts";
import type { SimulatorKey } from "./csc-key.ts";
import { TIME_STAMPING } from "./fictional-authority.ts";
import type { OpenedKey } from "../../integrations/signing/pkcs12.ts";

export interface TsaSimulatorOptions {
  readonly clock: Clock;
  /** Key and certificate for time stamping (RSA); default: made at the first call. */
  readonly key?: SimulatorKey;
}

export interface TsaSimulator {
  /** To be mounted at `/tsa`. */
  readonly app: Hono;
  report(): { readonly stamps: number };
}

const OID = {
  sha256: "2.16.840.1.101.3.4.2.1",
  sha256WithRsa: "1.2.840.113549.1.1.11",
  signedData: "1.2.840.113549.1.7.2",
  tstInfo: "1.2.840.113549.1.9.16.1.4",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  // An arc for examples: no policy of a real authority.
  policy: "1.3.6.1.4.1.32473.1",
} as const;

/** A TSA over SHA-256. */
export function createTsaSimulator(options: TsaSimulatorOptions): TsaSimulator {
  const app = new Hono();
  let stamps = 0;
  let opening: Promise<OpenedKey> | null = null;

  app.post("/", async (c) => {
    opening ??= openSimulatorKey(options.key, {
      subject: { commonName: "Marcatura temporale di prova" },
      uses: ["digitalSignature"],
      extendedUses: [TIME_STAMPING],
    });
    const key = await opening;
    let response: TimeStampResp;
    try {
      const request = TimeStampReq.fromBER(await c.req.arrayBuffer());
      response = stampRequest(request, key, options.clock);
      stamps += 1;
    } catch {
      response = new TimeStampResp({
        status: new PKIStatusInfo({ status: PKIStatus.rejection }),
      });
    }
    return c.body(response.toSchema().toBER(), 200, {
      "content-type": "application/timestamp-reply",
    });
  });
  return { app, report: () => ({ stamps }) };
}

function stampRequest(request: TimeStampReq, key: OpenedKey, clock: Clock): TimeStampResp {
  if (request.messageImprint.hashAlgorithm.algorithmId !== OID.sha256)
    throw new Error("only SHA-256 is stamped");
  const info = new TSTInfo({
    version: 1,
    policy: OID.policy,
    messageImprint: request.messageImprint,
    serialNumber: new Integer({ valueHex: generateSerial() }),
    genTime: new Date(clock.now()),
    ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
  });
  const content = Buffer.from(info.toSchema().toBER());
  return new TimeStampResp({
    status: new PKIStatusInfo({ status: PKIStatus.granted }),
    timeStampToken: new ContentInfo({
      contentType: OID.signedData,
      content: signToken(content, key, request.certReq === true).toSchema(true),
    }),
  });
}

function signToken(content: Buffer, key: OpenedKey, withCertificates: boolean): SignedData {
  const certificates = key.chain.map((der) => Certificate.fromBER(new Uint8Array(der).buffer));
  const [own] = certificates;
  const [ownDer] = key.chain;
  if (own === undefined || ownDer === undefined) throw new Error("no certificate");
  const attributes = buildTokenAttributes(content, ownDer);
  const set = new Constructed({
    idBlock: { tagClass: 1, tagNumber: 17 },
    value: attributes.map((attribute) => attribute.toSchema()),
  });
  const signature = sign("sha256", Buffer.from(set.toBER()), key.privateKey);
  const encapContentInfo = new EncapsulatedContentInfo({ eContentType: OID.tstInfo });
  // Set afterwards: given to the constructor, pkijs cuts it into the pieces that BER allows and DER does not.
  encapContentInfo.eContent = new OctetString({ valueHex: toExactBuffer(content) });
  return new SignedData({
    version: 3,
    digestAlgorithms: [new AlgorithmIdentifier({ algorithmId: OID.sha256 })],
    encapContentInfo,
    ...(withCertificates ? { certificates } : {}),
    signerInfos: [
      new SignerInfo({
        version: 1,
        sid: new IssuerAndSerialNumber({ issuer: own.issuer, serialNumber: own.serialNumber }),
        digestAlgorithm: new AlgorithmIdentifier({ algorithmId: OID.sha256 }),
        signedAttrs: new SignedAndUnsignedAttributes({ type: 0, attributes }),
        signatureAlgorithm: new AlgorithmIdentifier({
          algorithmId: OID.sha256WithRsa,
          algorithmParams: new Null(),
        }),
        signature: new OctetString({ valueHex: toExactBuffer(signature) }),
      }),
    ],
  });
}

function buildTokenAttributes(content: Buffer, certificate: Uint8Array): Attribute[] {
  const digest = createHash("sha256").update(content).digest();
  const certHash = createHash("sha256").update(certificate).digest();
  const essCertId = new Sequence({
    value: [new OctetString({ valueHex: toExactBuffer(certHash) })],
  });
  const attributes = [
    new Attribute({
      type: OID.contentType,
      values: [new ObjectIdentifier({ value: OID.tstInfo })],
    }),
    new Attribute({
      type: OID.messageDigest,
      values: [new OctetString({ valueHex: toExactBuffer(digest) })],
    }),
    new Attribute({
      type: OID.signingCertificateV2,
      values: [new Sequence({ value: [new Sequence({ value: [essCertId] })] })],
    }),
  ];
  const encode = (attribute: Attribute): Buffer => Buffer.from(attribute.toSchema().toBER());
  return attributes.sort((a, b) => Buffer.compare(encode(a), encode(b)));
}

function generateSerial(): ArrayBuffer {
  const bytes = randomBytes(8);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return toExactBuffer(bytes);
}

function toExactBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
