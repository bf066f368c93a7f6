/** Certificates that an authority really issued, and that still sign no verbale: too weak, for another use, not qualified. */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { ObjectIdentifier, Sequence } from "asn1js";
import { createSignatureCheck } from "../../../../documents/verify/check.ts";
import type { CheckPolicy } from "../../../../documents/verify/check.ts";
import {
  issueIdentity,
  TIME_STAMPING,
} from "../../../../simulators/signing/fictional-authority.ts";
import type { FictionalIdentity } from "../../../../simulators/signing/fictional-authority.ts";
import { readTrust } from "../../../../integrations/signing/trust-anchors.ts";
import {
  authority,
  makePdf,
  signedAtMs,
  signer,
  signPdf,
  toPem,
  validity,
  withFolder,
} from "../../documents/verify/fixtures.ts";

async function codeOf(
  identity: FictionalIdentity,
  policy: Partial<CheckPolicy> = {},
): Promise<string> {
  const pdf = await makePdf();
  const verdict = createSignatureCheck({
    trustAnchors: (await authority()).chain.slice(0, 1),
    codiceFiscale: null,
    nowMs: signedAtMs,
    ...policy,
  })(pdf, signPdf(pdf, identity));
  return verdict.isOurs ? "taken" : verdict.code;
}

type AuthorityOptions = Partial<Parameters<typeof issueIdentity>[0]>;

/** A signer under an authority in between with these properties. */
async function signerUnder(options: AuthorityOptions): Promise<FictionalIdentity> {
  const between = await issueIdentity({
    subject: { commonName: "Autorità intermedia" },
    issuer: await authority(),
    uses: ["keyCertSign"],
    isAuthority: true,
    ...validity,
    serial: 40,
    ...options,
  });
  return issueIdentity({
    subject: { commonName: "Anna Comandante" },
    issuer: between,
    uses: ["nonRepudiation"],
    ...validity,
    serial: 41,
  });
}

const serverAuth = "1.3.6.1.5.5.7.3.1";
const emailProtection = "1.3.6.1.5.5.7.3.4";

describe("an authority in between", () => {
  const cases: readonly (readonly [string, AuthorityOptions, string])[] = [
    ["with nothing special", {}, "taken"],
    ["with a key of 1024 bits", { keyType: "RSA-1024" }, "SIGNER_UNTRUSTED"],
    ["for sites", { extendedUses: [serverAuth] }, "SIGNER_UNTRUSTED"],
    ["that may not certify", { uses: ["digitalSignature"] }, "SIGNER_UNTRUSTED"],
    ["that is no authority", { isAuthority: false }, "SIGNER_UNTRUSTED"],
    [
      "with name constraints that are not critical",
      { extensions: [{ id: "2.5.29.30", der: new Uint8Array([0x30, 0x00]) }] },
      "SIGNER_UNTRUSTED",
    ],
  ];
  for (const [name, options, code] of cases)
    test(`${name}: ${code}`, async () => {
      expect(await codeOf(await signerUnder(options))).toBe(code);
    });
});

describe("a signer's certificate", () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ["for time stamps", [TIME_STAMPING], "SIGNER_NOT_QUALIFIED_FOR_SIGNING"],
    ["for sites", [serverAuth], "SIGNER_NOT_QUALIFIED_FOR_SIGNING"],
    ["for mail", [emailProtection], "taken"],
    ["for mail and sites", [emailProtection, serverAuth], "taken"],
  ];
  for (const [name, extendedUses, code] of cases)
    test(`${name}: ${code}`, async () => {
      expect(await codeOf(await signer(name, { extendedUses }))).toBe(code);
    });
});

/** QcStatements: compliance, and for what (esign 1, eseal 2, web 3). Source: EN 319 412-5, 4.2.1 and 4.2.3. */
function qcStatements(...types: readonly number[]): Uint8Array {
  const oid = (value: string): ObjectIdentifier => new ObjectIdentifier({ value });
  const statements = [new Sequence({ value: [oid("0.4.0.1862.1.1")] })];
  if (types.length > 0)
    statements.push(
      new Sequence({
        value: [
          oid("0.4.0.1862.1.6"),
          new Sequence({ value: types.map((type) => oid(`0.4.0.1862.1.6.${type}`)) }),
        ],
      }),
    );
  return new Uint8Array(new Sequence({ value: statements }).toBER());
}

describe("under a service of the trusted list", () => {
  async function codeUnderList(types: readonly number[] | null): Promise<string> {
    const extensions =
      types === null ? [] : [{ id: "1.3.6.1.5.5.7.1.3", der: qcStatements(...types) }];
    const identity = await signer(`qualified ${String(types)}`, { extensions });
    return codeOf(identity, { qualifiedAnchors: (await authority()).chain.slice(0, 1) });
  }

  test("a certificate that does not say that it is qualified is refused", async () => {
    expect(await codeUnderList(null)).toBe("SIGNER_NOT_QUALIFIED_FOR_SIGNING");
  });

  test("a qualified certificate for sites is refused", async () => {
    expect(await codeUnderList([3])).toBe("SIGNER_NOT_QUALIFIED_FOR_SIGNING");
  });

  test("a qualified certificate is taken: for signatures, for seals, or without a word for what", async () => {
    expect(await codeUnderList([1])).toBe("taken");
    expect(await codeUnderList([2])).toBe("taken");
    expect(await codeUnderList([])).toBe("taken");
  });

  test("an authority that the ente itself put into the folder needs no list", () =>
    withFolder(async (folder) => {
      const [root = new Uint8Array()] = (await authority()).chain;
      const service = `<TSPService><ServiceInformation><ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/CA/QC</ServiceTypeIdentifier><X509Certificate>${Buffer.from(root).toString("base64")}</X509Certificate><ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted</ServiceStatus></ServiceInformation></TSPService>`;
      const xml = `<TrustServiceStatusList>${service}</TrustServiceStatusList>`;
      await writeFile(join(folder, "IT.xml"), xml);
      const sha256 = createHash("sha256").update(xml).digest("hex");
      await writeFile(join(folder, "IT.xml.sha256"), sha256);
      const options = { folder: ".", base: folder, nowMs: signedAtMs };

      const listed = await readTrust(options);
      await writeFile(join(folder, "root.pem"), toPem(root));
      const both = await readTrust(options);

      expect(listed.qualifiedAnchors.map((der) => Buffer.from(der))).toEqual([Buffer.from(root)]);
      expect(both.qualifiedAnchors).toEqual([]);
    }));
});
