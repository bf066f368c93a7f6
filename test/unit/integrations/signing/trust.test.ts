/** The folder of authorities: trusted lists that a person confirms, revocation lists, and what the doctor says of them. */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { createSignatureCheck } from "../../../../documents/verify/check.ts";
import type { RunBlocked } from "../../../../engine/host/errors.ts";
import { createHttp } from "../../../../engine/host/http.ts";
import { createSigning } from "../../../../integrations/signing/create-signing.ts";
import type { SigningOptions } from "../../../../integrations/signing/create-signing.ts";
import { diagnoseSigner } from "../../../../integrations/signing/doctor.ts";
import { issueRevocationList } from "../../../../simulators/signing/fictional-authority.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import {
  authority,
  ecSigner,
  makePdf,
  signedAt,
  signedAtMs,
  signer,
  signPdf,
  toPem,
  withFolder,
} from "../../documents/verify/fixtures.ts";

const settings = {
  signers: { comandante: { name: "Il Comandante", upload: { codiceFiscale: "CMNNNA70A41H501X" } } },
  trust: ".",
};

function optionsFor(folder: string): SigningOptions {
  return {
    folder,
    secrets: { get: () => Promise.reject(new Error("no secrets")) },
    http: createHttp(() => Promise.reject(new Error("no network"))),
    clock: createFakeClock(signedAt),
  };
}

interface ServiceOptions {
  readonly kind?: string;
  readonly status?: string;
  readonly since?: string;
  readonly purposes?: readonly string[];
  readonly history?: string;
}

function service(der: Uint8Array, options: ServiceOptions = {}): string {
  const { kind = "CA/QC", status = "granted", since = "2020-01-01T00:00:00Z" } = options;
  const purposes = (options.purposes ?? ["ForeSignatures"]).map(
    (purpose) =>
      `<tsl:Extension><tsl:AdditionalServiceInformation><tsl:URI xml:lang="en">http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/${purpose}</tsl:URI></tsl:AdditionalServiceInformation></tsl:Extension>`,
  );
  return `
    <tsl:TSPService>
      <tsl:ServiceInformation>
        <tsl:ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/${kind}</tsl:ServiceTypeIdentifier>
        <tsl:ServiceDigitalIdentity><tsl:DigitalId>
          <tsl:X509Certificate>${Buffer.from(der).toString("base64")}</tsl:X509Certificate>
        </tsl:DigitalId></tsl:ServiceDigitalIdentity>
        <tsl:ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/${status}</tsl:ServiceStatus>
        <tsl:StatusStartingTime>${since}</tsl:StatusStartingTime>
        <tsl:ServiceInformationExtensions>${purposes.join("")}</tsl:ServiceInformationExtensions>
      </tsl:ServiceInformation>${options.history ?? ""}
    </tsl:TSPService>`;
}

function listOf(...services: readonly string[]): string {
  return `<?xml version="1.0"?><tsl:TrustServiceStatusList xmlns:tsl="http://uri.etsi.org/02231/v2#">
    <tsl:SchemeInformation>
      <tsl:TSLSequenceNumber>214</tsl:TSLSequenceNumber>
      <tsl:SchemeOperatorName><tsl:Name xml:lang="en">Agency for Digital Italy</tsl:Name></tsl:SchemeOperatorName>
      <tsl:ListIssueDateTime>2026-05-20T10:00:00Z</tsl:ListIssueDateTime>
      <tsl:NextUpdate><tsl:dateTime>2026-11-20T10:00:00Z</tsl:dateTime></tsl:NextUpdate>
    </tsl:SchemeInformation>${services.join("")}</tsl:TrustServiceStatusList>`;
}

const hex = (der: Uint8Array): string => Buffer.from(der).toString("hex");

/** Writes a list and the digest that confirms it (`sha256sum` style). */
async function putList(folder: string, xml: string, confirmed = xml): Promise<string> {
  await writeFile(join(folder, "IT.xml"), xml);
  const sha256 = createHash("sha256").update(confirmed).digest("hex");
  await writeFile(join(folder, "IT.xml.sha256"), `${sha256}  IT.xml\n`);
  return sha256;
}

describe("a trusted list", () => {
  test("gives the authorities that are granted today, for signatures, seals and time stamps", () =>
    withFolder(async (folder) => {
      const [root] = (await authority()).chain;
      const [own] = (await ecSigner()).chain;
      const past =
        "<tsl:ServiceHistory><tsl:ServiceHistoryInstance><tsl:ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted</tsl:ServiceStatus></tsl:ServiceHistoryInstance></tsl:ServiceHistory>";
      const anchorsOf = async (...services: readonly string[]) => {
        await putList(folder, listOf(service(root!), ...services));
        const policy = await createSigning(settings, optionsFor(folder)).readUploadPolicy(
          "comandante",
        );
        expect(policy.trustAnchors.slice(0, 1).map(hex)).toEqual([hex(root!)]);
        return policy.trustAnchors.slice(1).map(hex);
      };

      expect(await anchorsOf(service(root!))).toEqual([]);
      expect(await anchorsOf(service(own!, { status: "withdrawn", history: past }))).toEqual([]);
      expect(await anchorsOf(service(own!, { kind: "Certstatus/OCSP" }))).toEqual([]);
      expect(await anchorsOf(service(own!, { since: "2027-01-01T00:00:00Z" }))).toEqual([]);
      expect(await anchorsOf(service(own!, { purposes: ["ForWebSiteAuthentication"] }))).toEqual(
        [],
      );
      expect(await anchorsOf(service(own!, { purposes: ["ForeSeals"] }))).toEqual([hex(own!)]);
      expect(await anchorsOf(service(own!, { purposes: [] }))).toEqual([hex(own!)]);
      expect(await anchorsOf(service(own!, { kind: "TSA/QTST" }))).toEqual([hex(own!)]);
    }));

  for (const [name, change] of [
    ["that nobody confirmed", (xml: string) => `${xml} `],
    ["that was changed after it was confirmed", (xml: string) => xml.replace("214", "215")],
  ] as const)
    test(`${name} blocks the run and says how to confirm it`, () =>
      withFolder(async (folder) => {
        const [root] = (await authority()).chain;
        const xml = listOf(service(root!));
        await writeFile(join(folder, "ca.crt"), root!);
        await putList(folder, change(xml), xml);
        const sha256 = createHash("sha256").update(change(xml)).digest("hex");

        const asked = createSigning(settings, optionsFor(folder)).readUploadPolicy("comandante");

        const error = (await asked.catch((thrown: unknown) => thrown)) as RunBlocked;
        expect(error.code).toBe("TRUST_UNCONFIRMED");
        expect(error.message).toContain("IT.xml (Agency for Digital Italy, n. 21");
        expect(error.hint).toMatchObject({ action: "trust", sha256 });
      }));
});

describe("a revocation list", () => {
  async function codeWith(lists: readonly Uint8Array[]): Promise<string> {
    const pdf = await makePdf();
    const verdict = createSignatureCheck({
      trustAnchors: [(await authority()).chain[0]!],
      revocationLists: lists,
      codiceFiscale: null,
      nowMs: signedAtMs,
    })(pdf, signPdf(pdf, await signer()));
    return verdict.isOurs ? "taken" : verdict.code;
  }
  const issuedAt = "2026-11-22T00:00:00Z";

  test("of the authority refuses the certificates that it names, from their day on", async () => {
    const ca = await authority();
    const list = (serial: number, revokedAt: string) =>
      issueRevocationList(ca, { serials: [999, serial], revokedAt, issuedAt });

    expect(await codeWith([await list(2, "2026-11-01T00:00:00Z")])).toBe("SIGNER_REVOKED");
    expect(await codeWith([await list(3, "2026-11-01T00:00:00Z")])).toBe("taken");
    expect(await codeWith([await list(2, "2026-12-01T00:00:00Z")])).toBe("taken");
  });

  for (const [name, hash] of [
    ["RSA-PSS", "SHA-256"],
    ["RSA-PSS", "SHA-512"],
    ["RSA-PSS", "SHA-1"],
    ["RSASSA-PKCS1-v1_5", "SHA-1"],
    ["RSASSA-PKCS1-v1_5", "SHA-512"],
  ] as const)
    test(`signed with ${name} and ${hash} is heeded, and that of another authority is not`, async () => {
      const made = {
        serials: [2],
        revokedAt: "2026-11-01T00:00:00Z",
        issuedAt,
        signedWith: { name, hash },
      };
      const twin = { ...(await signer()), certificate: (await authority()).certificate };

      expect(await codeWith([await issueRevocationList(await authority(), made)])).toBe(
        "SIGNER_REVOKED",
      );
      expect(await codeWith([await issueRevocationList(twin, made)])).toBe("taken");
    });

  test("signed in a way that nobody here can read is heeded: a revocation is never passed over", async () => {
    const list = await issueRevocationList(await authority(), {
      serials: [2],
      revokedAt: "2026-11-01T00:00:00Z",
      issuedAt,
    });
    // sha256WithRSAEncryption becomes an algorithm with a number of no one's.
    const unknown = Buffer.from(
      Buffer.from(list)
        .toString("hex")
        .replaceAll("06092a864886f70d01010b", "06092a864886f70d01017f"),
      "hex",
    );

    expect(await codeWith([unknown])).toBe("SIGNER_REVOKED");
  });

  test("of another authority with the same name says nothing", async () => {
    const twin = { ...(await signer()), certificate: (await authority()).certificate };

    const list = await issueRevocationList(twin, {
      serials: [2],
      revokedAt: "2026-11-01T00:00:00Z",
      issuedAt,
    });

    expect(await codeWith([list])).toBe("taken");
  });

  test("is read from the folder, as DER or PEM; a file that is none is named", () =>
    withFolder(async (folder) => {
      const ca = await authority();
      const der = await issueRevocationList(ca, {
        serials: [2],
        revokedAt: "2026-11-01T00:00:00Z",
        issuedAt,
      });
      const pem = toPem(der).replaceAll("CERTIFICATE", "X509 CRL");
      await writeFile(join(folder, "ca.crt"), ca.chain[0]!);
      await writeFile(join(folder, "a.crl"), der);
      await writeFile(join(folder, "b.CRL"), pem);
      const port = createSigning(settings, optionsFor(folder));

      const { revocationLists } = await port.readUploadPolicy("comandante");
      await writeFile(join(folder, "c.crl"), "altro");
      const broken = port.readUploadPolicy("comandante").catch((thrown: unknown) => thrown);

      expect(revocationLists.map(hex)).toEqual([hex(der), hex(der)]);
      expect(((await broken) as RunBlocked).message).toBe(
        "Il file ./c.crl non è un elenco di revoche (CRL).",
      );
    }));

  test("whose signature cannot be verified here stops the run: it would never be heeded", () =>
    withFolder(async (folder) => {
      const ca = await authority();
      const made = { serials: [2], revokedAt: "2026-11-01T00:00:00Z", issuedAt };
      const der = Buffer.from(await issueRevocationList(ca, made)).toString("hex");
      await writeFile(join(folder, "ca.crt"), ca.chain[0]!);
      // The OID of RSA with SHA-256 becomes that of RSA-PSS.
      const pss = der.replaceAll("2a864886f70d01010b", "2a864886f70d01010a");
      await writeFile(join(folder, "a.crl"), Buffer.from(pss, "hex"));

      const thrown = createSigning(settings, optionsFor(folder)).readUploadPolicy("comandante");

      expect(pss).not.toBe(der);
      expect(await thrown.catch((error: unknown) => error)).toMatchObject({
        code: "TRUST_UNREADABLE",
        message:
          "L'elenco di revoche ./a.crl è firmato in un modo che qui non si sa verificare (RSA-PSS o SHA-1).",
      });
    }));
});

describe("the doctor", () => {
  test("says what is out of date and that anyone may sign", () =>
    withFolder(async (folder) => {
      const ca = await authority();
      await putList(folder, listOf(service(ca.chain[0]!)));
      const list = await issueRevocationList(ca, {
        serials: [],
        revokedAt: signedAt,
        issuedAt: "2026-11-01T00:00:00Z",
        nextUpdate: "2026-11-08T00:00:00Z",
      });
      await writeFile(join(folder, "ca.crl"), list);
      const anyone = { ...settings, signers: { comandante: { upload: {} } } };

      const findings = await diagnoseSigner(
        anyone,
        { name: "comandante", use: "uploads" },
        { ...optionsFor(folder), usual: { verbali: 1, documents: 2 } },
      );

      expect(findings.map(({ state, note }) => `${state}: ${note}`)).toEqual([
        "good: Firmatario «comandante»: firma altrove e carica; autorità ammesse: 1; elenchi di revoche: 1.",
        "doubtful: Firmatario «comandante»: il file dell'ente non dice il suo codice fiscale, perciò vale la firma di chiunque abbia un certificato delle autorità ammesse.",
        "doubtful: L'elenco IT.xml (lista di fiducia) è superato: il successivo era atteso entro il 20/11/2026.",
        "doubtful: L'elenco ca.crl (revoche) è superato: il successivo era atteso entro il 08/11/2026.",
      ]);
    }));
});
