/** Coming in by SAML: what a provider signed is taken once, and nothing else is. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { createSamlProvider } from "../../../../server/people/providers/saml.ts";
import { makePeopleWorld, type PeopleWorld, type Visitor } from "../../../support/people-world.ts";

const openssl = Bun.which("openssl") ?? "";
const canRun = openssl !== "";
const origin = "http://127.0.0.1:8099";
const algorithms = {
  canonical: "http://www.w3.org/2001/10/xml-exc-c14n#",
  signature: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
  digest: "http://www.w3.org/2001/04/xmlenc#sha256",
};

describe.skipIf(!canRun)(`SAML${canRun ? "" : " (skipped: no openssl here)"}`, () => {
  let folder: string;
  let world: PeopleWorld;
  const keys = new Map<string, { key: string; cert: string }>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "postino-saml-"));
    for (const name of ["idp", "altro"]) {
      const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
      execFileSync(
        openssl,
        [
          "req",
          "-x509",
          "-newkey",
          "rsa:2048",
          "-nodes",
          "-keyout",
          key,
          "-out",
          cert,
          "-days",
          "2",
          "-subj",
          "/CN=idp",
        ],
        { stdio: "ignore" },
      );
      keys.set(name, { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") });
    }
    const settings = {
      groups: [{ group: "polizia-locale", role: "operatore" as const, enti: ["roccaserena"] }],
      saml: { entryPoint: "https://idp.comune.example/sso", certificate: join(folder, "idp.pem") },
    };
    world = await makePeopleWorld({
      desk: ({ flows }, clock) => ({
        saml: createSamlProvider({ settings, saml: settings.saml, flows, clock }),
      }),
    });
    await world.addUser("capo", [{ ente: "*", role: "amministratore" }]);
  });
  afterAll(async () => {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Asked {
    readonly id: string;
    readonly relay: string;
  }
  async function begin(visitor: Visitor): Promise<Asked> {
    const answer = await visitor.get("/accesso/saml?poi=%2Fprogrammazioni");
    const url = new URL(answer.headers.get("location")!);
    const request = inflateRawSync(
      Buffer.from(url.searchParams.get("SAMLRequest")!, "base64"),
    ).toString();
    return { id: /ID="([^"]+)"/.exec(request)![1]!, relay: url.searchParams.get("RelayState")! };
  }

  function write(
    inResponseTo: string,
    { name = "anna", audience = origin, until = 300_000 } = {},
  ): string {
    const now = Date.now();
    const at = (ms: number): string => new Date(now + ms).toISOString();
    return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r${now}" Version="2.0" IssueInstant="${at(0)}" Destination="${origin}/accesso/saml" InResponseTo="${inResponseTo}"><saml:Issuer>https://idp.comune.example</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="_a1" Version="2.0" IssueInstant="${at(0)}"><saml:Issuer>https://idp.comune.example</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">${name}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${at(until)}" Recipient="${origin}/accesso/saml" InResponseTo="${inResponseTo}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="${at(-5_000)}" NotOnOrAfter="${at(until)}"><saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AttributeStatement><saml:Attribute Name="groups"><saml:AttributeValue>polizia-locale</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion></samlp:Response>`;
  }

  async function sign(xml: string, by = "idp"): Promise<string> {
    const { SignedXml } = await import("xml-crypto");
    const { key, cert } = keys.get(by)!;
    const signer = new SignedXml({
      privateKey: key,
      publicCert: cert,
      signatureAlgorithm: algorithms.signature,
      canonicalizationAlgorithm: algorithms.canonical,
    });
    signer.addReference({
      xpath: "//*[local-name(.)='Assertion']",
      digestAlgorithm: algorithms.digest,
      transforms: ["http://www.w3.org/2000/09/xmldsig#enveloped-signature", algorithms.canonical],
    });
    signer.computeSignature(xml, {
      location: {
        reference: "//*[local-name(.)='Assertion']/*[local-name(.)='Issuer']",
        action: "after",
      },
    });
    return signer.getSignedXml();
  }

  async function bring(visitor: Visitor, xml: string, relay: string): Promise<string> {
    const form = { SAMLResponse: Buffer.from(xml).toString("base64"), RelayState: relay };
    const answer = await visitor.bring("/accesso/saml", form);
    const step = answer.headers.get("location")!;
    if (!step.startsWith("/accesso/saml/fine")) return step;
    return (await visitor.get(step)).headers.get("location")!;
  }

  test("brings somebody in, to the page that was asked for", async () => {
    const visitor = world.visit();
    const { id, relay } = await begin(visitor);

    expect(await bring(visitor, await sign(write(id)), relay)).toBe("/programmazioni");
    expect((await visitor.get("/flussi/20261123-0002")).status).toBe(200);
    expect(world.people.users.find("anna")).toMatchObject({
      source: "saml",
      grants: [{ ente: "roccaserena", role: "operatore" }],
    });
  });

  const wrap = (signed: string): string => {
    const assertion = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(signed)![0];
    const evil = assertion
      .replace(/<(?:ds:)?Signature[\s\S]*<\/(?:ds:)?Signature>/, "")
      .replace(">anna<", ">capo<")
      .replace('ID="_a1"', 'ID="_evil"');
    return signed.replace(assertion, evil + assertion);
  };
  test.each([
    ["unsigned", async (id: string) => write(id)],
    [
      "changed after it was signed",
      async (id: string) => (await sign(write(id))).replace(">anna<", ">capo<"),
    ],
    ["signed by somebody else", async (id: string) => await sign(write(id), "altro")],
    [
      "for somebody else",
      async (id: string) => await sign(write(id, { audience: "https://altro.example" })),
    ],
    ["over", async (id: string) => await sign(write(id, { until: -60_000 }))],
    ["to no request of ours", async () => await sign(write("_nessuno"))],
    [
      "with a second assertion around the signed one",
      async (id: string) => wrap(await sign(write(id))),
    ],
    [
      "with a document type",
      async (id: string) => `<!DOCTYPE x [<!ENTITY a "b">]>${await sign(write(id))}`,
    ],
    [
      "with a document type in small letters",
      async (id: string) => `<!doctype x>${await sign(write(id))}`,
    ],
    ["no XML at all", async () => "no"],
  ])("refuses an answer that is %s", async (_what, make) => {
    const visitor = world.visit();
    const { id, relay } = await begin(visitor);

    expect(await bring(visitor, await make(id), relay)).toBe("/accesso?fatto=rifiutato");
    expect((await visitor.get("/")).status).toBe(303);
  });

  test("takes an answer once, and only of the browser that had asked", async () => {
    const visitor = world.visit();
    const { id, relay } = await begin(visitor);
    const signed = await sign(write(id));
    const stranger = world.visit();
    await begin(stranger);

    expect(await bring(stranger, signed, relay)).toBe("/accesso?fatto=rifiutato");
    expect((await stranger.get("/")).status).toBe(303);
    expect(await bring(visitor, signed, relay)).toBe("/accesso?fatto=rifiutato");
  });

  test("reads a name with a comment inside as the whole name", async () => {
    const visitor = world.visit();
    const { id, relay } = await begin(visitor);
    await bring(visitor, await sign(write(id, { name: "capo<!---->.altro" })), relay);

    expect(world.people.users.find("capo.altro")?.source).toBe("saml");
    expect(world.people.users.find("capo")?.source).toBe("local");
  });

  test("tells the provider what it must know", async () => {
    const answer = await world.visit().get("/accesso/saml/metadati");

    expect(answer.headers.get("content-type")).toContain("samlmetadata+xml");
    expect(await answer.text()).toContain(`${origin}/accesso/saml`);
  });
});
