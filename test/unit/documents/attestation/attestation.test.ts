/** A carrier's signed XML, as it comes and as somebody changed it: what is taken, what is refused, and what nobody can tell. */
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash, createPrivateKey, sign as signBytes } from "node:crypto";
import { strToU8, unzipSync, zipSync } from "fflate";
import {
  type Attestation,
  type AttestationPolicy,
  readAttestations,
} from "../../../../documents/attestation/attestation.ts";
import { createHttp } from "../../../../engine/host/http.ts";
import { createTimestamps } from "../../../../integrations/signing/timestamp-client.ts";
import {
  type CarrierKey,
  inventedSchema,
  packAttestation,
  signXml,
  writeAttestation,
} from "../../../../simulators/carrier/carrier.ts";
import {
  type FictionalIdentity,
  issueIdentity,
  type IssueOptions,
  TIME_STAMPING,
  toPkcs12,
} from "../../../../simulators/signing/fictional-authority.ts";
import { createTsaSimulator } from "../../../../simulators/signing/tsa-simulator.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";

setDefaultTimeout(30_000);

const at = "2026-11-03T09:00:00Z";
const facts = { kind: "23L", letter: "697000000941100", code: "RECAG001B", at };
const years = { notBefore: "2020-01-01T00:00:00Z", notAfter: "2040-01-01T00:00:00Z" };
const now = Date.parse("2026-12-01T10:00:00Z");

let authority: FictionalIdentity;
let root: Uint8Array;
let key: CarrierKey;
let xml: string;
beforeAll(async () => {
  authority = await issueAuthority(1);
  root = authority.chain[0] ?? new Uint8Array();
  key = toKey(await issue({}));
  xml = writeAttestation(key, facts);
});

function issueAuthority(serial: number): Promise<FictionalIdentity> {
  return issueIdentity({
    subject: { commonName: "Autorità di prova" },
    uses: ["keyCertSign", "cRLSign"],
    isAuthority: true,
    ...years,
    serial,
  });
}

function issue(changes: Partial<IssueOptions>): Promise<FictionalIdentity> {
  return issueIdentity({
    subject: { commonName: "Sigillo di prova", organization: "Vettore di prova" },
    uses: ["nonRepudiation"],
    issuer: authority,
    ...years,
    serial: 2,
    ...changes,
  });
}

function toKey({ pkcs8, chain }: FictionalIdentity): CarrierKey {
  const der = { key: Buffer.from(pkcs8), format: "der", type: "pkcs8" } as const;
  return { privateKey: createPrivateKey(der), chain };
}

async function judge(
  text: string | Uint8Array,
  policy: Partial<AttestationPolicy> = {},
): Promise<Attestation | undefined> {
  const bytes = typeof text === "string" ? strToU8(text) : text;
  const name = bytes[0] === 0x50 ? "a.zip" : "a.xml";
  const usual = { trustAnchors: [root], nowMs: now, confirmedSchemas: [] };
  return (await readAttestations({ name, bytes }, { ...usual, ...policy }))?.attestations[0];
}

const tell = (told: Attestation | undefined): string =>
  told?.state === "valid" ? "valid" : `${told?.state}: ${told?.reason}`;

test("as it comes it is valid, and tells who signed, when, and of which letter", async () => {
  const told = await judge(xml);

  expect(told).toMatchObject({
    state: "valid",
    reason: "",
    signers: [{ name: "Vettore di prova", at: "2026-11-03T09:00:00.000Z", isTimeProven: false }],
    schema: { state: "absent" },
    letters: ["697000000941100"],
  });
  expect(told?.values.has("RECAG001B")).toBe(true);
});

const copyOf = (text: string, name: string): string =>
  new RegExp(`<ds:${name}[ >].*</ds:${name}>`, "s").exec(text)?.[0] ?? "";
const bodyOf = (text: string): string =>
  text.replace(/<ds:Signature .*<\/ds:Signature>/s, "").replace(/ Id="documento"/, "");
const altered = "altered: il contenuto non è quello che è stato firmato";
const moved =
  "altered: la firma non sta nel documento che dovrebbe firmare: può essere di un altro";
const part = "altered: la firma copre una parte del documento e non il documento intero";
const notWhole = "altered: la firma non copre il documento intero";
const wrongValue = "altered: la firma non corrisponde al suo certificato";

describe("what somebody changed is refused", () => {
  test.each<[string, (text: string) => string, string]>([
    ["another letter", (text) => text.replace("697000000941100", "697000000941101"), altered],
    ["another outcome", (text) => text.replace("RECAG001B", "RECAG003B"), altered],
    [
      "an element more",
      (text) => text.replace("<Modello>", "<Nota>consegnato</Nota><Modello>"),
      altered,
    ],
    ["an attribute more", (text) => text.replace("<Modello>", '<Modello tipo="x">'), altered],
    ["blanks more", (text) => text.replace("<Modello>", "<Modello> "), altered],
    ["another namespace", (text) => text.replace('simulato:v1"', 'simulato:v2"'), altered],
    [
      "a comment that splits a code in two",
      (text) => text.replace("69700000", "697<!---->00000"),
      "valid",
    ],
    [
      "another day of signature",
      (text) => text.replace(`<xades:SigningTime>${at}`, "<xades:SigningTime>2020-01-01T00:00:00Z"),
      "altered: le proprietà della firma non sono quelle che sono state firmate",
    ],
    [
      "another value of the signature",
      (text) =>
        text.replace(
          /(<ds:SignatureValue>)(.)/,
          (_all, open: string, first: string) => `${open}${first === "A" ? "B" : "A"}`,
        ),
      wrongValue,
    ],
    [
      "another digest, not signed",
      (text) =>
        text.replace(
          /(<ds:DigestValue>)(.)/,
          (_all, open: string, first: string) => `${open}${first === "A" ? "B" : "A"}`,
        ),
      altered,
    ],
    // Wrapping: what was signed is there, and somebody reads something else.
    [
      "around another document",
      (text) => `<Altra xmlns="urn:x"><CodiceOggetto>1</CodiceOggetto>${text}</Altra>`,
      moved,
    ],
    [
      "the signature in a document of its own kind, the signed one within",
      (text) =>
        `${bodyOf(text).replace("</AttestazioneSimulata>", "")}${copyOf(text, "Signature")}<Vecchia>${text.replace(copyOf(text, "Signature"), "")}</Vecchia></AttestazioneSimulata>`,
      altered,
    ],
    [
      "its reference by id, to a part that was signed",
      (text) =>
        text
          .replace('Id="documento"', 'Id="altro"')
          .replace('URI=""', 'URI="#documento"')
          .replace("<Modello>", '<Modello Id="documento">'),
      part,
    ],
    [
      "two parts of one id",
      (text) =>
        text.replace('URI=""', 'URI="#documento"').replace("<Modello>", '<Modello ID="documento">'),
      "altered: la firma nomina una parte che non c'è, o che c'è due volte",
    ],
    [
      "no reference to the document",
      (text) => text.replace(/<ds:Reference URI="">.*?<\/ds:Reference>/s, ""),
      notWhole,
    ],
    [
      "two references to the document",
      (text) => text.replace(/(<ds:Reference URI="">.*?<\/ds:Reference>)/s, "$1$1"),
      notWhole,
    ],
    [
      "a transform that shows another part",
      (text) =>
        text.replace(
          "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
          "http://www.w3.org/TR/1999/REC-xpath-19991116",
        ),
      "unverifiable: la firma prepara il documento in un modo che qui non si conosce",
    ],
    [
      "a reference outside",
      (text) => text.replace('URI=""', 'URI="http://example.org/a.xml"'),
      "unverifiable: la firma copre qualcosa che sta fuori dal file",
    ],
    [
      "its signature taken out",
      (text) => text.replace(copyOf(text, "Signature"), ""),
      "unverifiable: non è firmato",
    ],
    [
      "its signature twice",
      (text) => text.replace(copyOf(text, "Signature"), (all) => all + all),
      "altered: la firma nomina una parte che non c'è, o che c'è due volte",
    ],
    [
      "properties of nobody",
      (text) => text.replace(' Target="#firma"', ' Target="#altra"'),
      "unverifiable: la firma non è XAdES: non dice quale certificato è del firmatario",
    ],
    [
      "properties that stand twice",
      (text) => text.replace(/(<xades:SignedProperties .*<\/xades:SignedProperties>)/s, "$1$1"),
      "altered: la firma nomina una parte che non c'è, o che c'è due volte",
    ],
    [
      "a DTD with what it hides",
      (text) => `<!DOCTYPE a [<!ENTITY e "x">]>${text}`,
      "unverifiable: contiene una DTD, che un'attestazione non ha",
    ],
    [
      "a DTD from elsewhere",
      (text) => `<!DOCTYPE a SYSTEM "file:///etc/passwd">${text}`,
      "unverifiable: contiene una DTD, che un'attestazione non ha",
    ],
    [
      "a digest by SHA-1",
      (text) =>
        text.replace(
          "http://www.w3.org/2001/04/xmlenc#sha256",
          "http://www.w3.org/2000/09/xmldsig#sha1",
        ),
      "unverifiable: la firma usa un'impronta debole, o non dice che cosa firma",
    ],
    [
      "a signature by SHA-1",
      (text) =>
        text.replace(
          "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
          "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        ),
      "unverifiable: la firma usa un modo di firmare che qui non si conosce, o debole",
    ],
    [
      "a MAC in place of a signature",
      (text) =>
        text.replace(
          "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
          "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        ),
      "unverifiable: la firma usa un modo di firmare che qui non si conosce, o debole",
    ],
    [
      "half of it",
      (text) => text.slice(0, text.length / 2),
      "unverifiable: non è un XML che si possa leggere",
    ],
    ["nothing", () => "", "unverifiable: non è un XML che si possa leggere"],
  ])("%s", async (_what, change, expected) => {
    expect(tell(await judge(change(xml)))).toBe(expected);
  });

  test("what is read is what was signed, not what a comment hides of it", async () => {
    const told = await judge(xml.replace("<CodiceOggetto>697", "<CodiceOggetto>697<!--000-->"));

    expect(told?.letters).toEqual(["697000000941100"]);
  });

  test("the certificate of another with the key of the signer is not his", async () => {
    const { keys } = authority;
    const other = await issueIdentity({
      subject: { commonName: "Altri" },
      uses: ["nonRepudiation"],
      issuer: authority,
      keys,
      ...years,
      serial: 9,
    });
    const [own = new Uint8Array()] = other.chain;
    const text = xml.replace(
      /(<ds:X509Certificate>)[^<]*/,
      `$1${Buffer.from(own).toString("base64")}`,
    );

    expect(tell(await judge(text))).toBe(
      "altered: il certificato non è quello che la firma nomina",
    );
  });
});

describe("what changes nothing is taken", () => {
  test.each<[string, (text: string) => string]>([
    [
      "quotes, order of attributes and blanks within tags",
      (text) => text.replace('Id="documento"', "Id='documento' "),
    ],
    [
      "a declaration and a byte order mark",
      (text) => `\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n${text}`,
    ],
    ["a comment before and after", (text) => `<!-- a -->${text}<!-- b -->`],
    [
      "the value of the signature in lines",
      (text) => text.replace(/(<ds:SignatureValue>)(.{64})/, "$1\n$2\n"),
    ],
    [
      "an empty element written long",
      (text) =>
        text.replaceAll(/<ds:DigestMethod ([^>]*)\/>/g, "<ds:DigestMethod $1></ds:DigestMethod>"),
    ],
  ])("%s", async (_what, change) => {
    expect(tell(await judge(change(xml)))).toBe("valid");
  });

  test("letters of other encodings", async () => {
    const text = signXml(key, "<Esito><Nome>Però già</Nome></Esito>", at);
    const bytes = Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${text}`, "latin1");
    const told = await judge(new Uint8Array(bytes));

    expect([tell(told), told?.values.has("Però già")]).toEqual(["valid", true]);
  });
});

describe("as other programs sign", () => {
  /** The signature made anew over what the change left. */
  async function signAnew(
    change: (text: string) => string,
    by: {
      readonly keyType?: IssueOptions["keyType"];
      readonly method: string;
      readonly options: object;
    },
  ): Promise<string> {
    const identity = toKey(await issue(by.keyType === undefined ? {} : { keyType: by.keyType }));
    const { readOctets } = await import("./octets.ts");
    const text = change(
      signXml(identity, "<Esito><CodiceOggetto>1</CodiceOggetto></Esito>", at),
    ).replace("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", by.method);
    const { document, properties } = await readOctets(text);
    const hash = (octets: string): string => createHash("sha256").update(octets).digest("base64");
    let count = 0;
    const digested = text.replaceAll(/<ds:DigestValue>[^<]*<\/ds:DigestValue>/g, (all) => {
      count += 1;
      const octets = [document, properties][count - 1];
      return octets === undefined ? all : `<ds:DigestValue>${hash(octets)}</ds:DigestValue>`;
    });
    const { info } = await readOctets(digested);
    const value = signBytes("sha256", Buffer.from(info), {
      key: identity.privateKey,
      ...by.options,
    });
    return digested.replace(
      /<ds:SignatureValue>[^<]*/,
      `<ds:SignatureValue>${value.toString("base64")}`,
    );
  }

  const rsa = { method: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", options: {} };
  const filter =
    '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"><f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="subtract">/descendant::ds:Signature</f:XPath></ds:Transform>';
  const enveloped =
    '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>';
  const same = (text: string): string => text;

  test.each([
    ["RSA", same, rsa, "valid"],
    [
      "ECDSA on P-256",
      same,
      {
        keyType: "P-256",
        method: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        options: { dsaEncoding: "ieee-p1363" },
      },
      "valid",
    ],
    [
      "RSA-PSS",
      same,
      {
        method: "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        options: { padding: 6, saltLength: 32 },
      },
      "valid",
    ],
    [
      "a key of 1024 bits",
      same,
      { ...rsa, keyType: "RSA-1024" },
      "unverifiable: la chiave di firma è troppo corta",
    ],
    [
      "a filter that takes signatures out",
      (text: string) => text.replace(enveloped, filter),
      rsa,
      "valid",
    ],
    [
      "a filter that takes out something else",
      (text: string) => text.replace(enveloped, filter.replace("ds:Signature", "ds:Esito")),
      rsa,
      "unverifiable: la firma prepara il documento in un modo che qui non si conosce",
    ],
    [
      "exclusive canonical form",
      (text: string) =>
        text.replaceAll(
          "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
          "http://www.w3.org/2001/10/xml-exc-c14n#",
        ),
      rsa,
      "valid",
    ],
    [
      "canonical form 1.1",
      (text: string) =>
        text.replaceAll(
          "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
          "http://www.w3.org/2006/12/xml-c14n11",
        ),
      rsa,
      "valid",
    ],
  ] as const)("%s", async (_what, change, by, expected) => {
    expect(tell(await judge(await signAnew(change, by)))).toBe(expected);
  });
});

describe("who signed", () => {
  test.each<[string, Partial<IssueOptions>, Partial<AttestationPolicy>, string]>([
    [
      "an authority that the ente does not know",
      {},
      { trustAnchors: [] },
      "unverifiable: chi ha firmato non si può verificare: l'ente non ha indicato le autorità di certificazione («signing: trust:»)",
    ],
    [
      "a certificate for sites",
      { uses: ["digitalSignature"], extendedUses: ["1.3.6.1.5.5.7.3.1"] },
      {},
      "unverifiable: il certificato non è qualificato, o non è di firma o di sigillo",
    ],
    [
      "a certificate that is over, without a time stamp",
      { notAfter: "2026-11-10T00:00:00Z" },
      {},
      "unverifiable: il certificato è scaduto, e nessuna marca temporale di un'autorità ammessa prova che la firma è di prima",
    ],
  ])("%s", async (_what, changes, policy, expected) => {
    const text = writeAttestation(toKey(await issue(changes)), facts);

    expect(tell(await judge(text, policy))).toBe(expected);
  });

  test("another authority of the same name is not believed", async () => {
    const other = await issueAuthority(1);

    expect(tell(await judge(xml, { trustAnchors: other.chain }))).toBe(
      "unverifiable: il certificato non viene da un'autorità ammessa dall'ente",
    );
  });

  test("a time stamp proves when, also where the certificate is over since; over something else it proves nothing", async () => {
    const text = writeAttestation(toKey(await issue({ notAfter: "2026-11-10T00:00:00Z" })), facts);
    const value = /<ds:SignatureValue>([^<]*)/.exec(text)?.[1] ?? "";
    const stamped = `<ds:SignatureValue xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${value}</ds:SignatureValue>`;
    const [right, wrong] = [await stamp(stamped), await stamp("altro")];
    const add = (token: string): string =>
      text.replace(
        "</xades:SignedProperties>",
        `</xades:SignedProperties><xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignatureTimeStamp><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><xades:EncapsulatedTimeStamp>${token}</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp></xades:UnsignedSignatureProperties></xades:UnsignedProperties>`,
      );

    expect(await judge(add(right))).toMatchObject({
      state: "valid",
      signers: [{ at: "2026-11-04T08:00:00.000Z", isTimeProven: true }],
    });
    expect(tell(await judge(add(wrong)))).toStartWith("unverifiable: il certificato è scaduto");
  });
});

async function stamp(octets: string): Promise<string> {
  const clock = createFakeClock("2026-11-04T08:00:00Z");
  const identity = await issueIdentity({
    subject: { commonName: "Marche di prova" },
    issuer: authority,
    uses: ["digitalSignature"],
    extendedUses: [TIME_STAMPING],
    ...years,
    serial: 30,
  });
  const { app } = createTsaSimulator({
    clock,
    key: { pkcs12: await toPkcs12(identity, "prova"), password: "prova" },
  });
  const http = createHttp(async (input, init) => app.request(input, init));
  const tsa = createTimestamps({ url: "http://tsa.example/", login: null, http, clock });
  return Buffer.from(await tsa.requestTimestamp(Buffer.from(octets))).toString("base64");
}

describe("an archive", () => {
  const open = (): Record<string, Uint8Array> => unzipSync(packAttestation(key, facts));
  const pack = (files: Record<string, Uint8Array>): Uint8Array => zipSync(files);
  const xmlName = "697000000941100_23L.xml";

  test("tells the XML that proves, its schema, and that the PDF is for reading", async () => {
    const told = await readAttestations(
      { name: "a.zip", bytes: packAttestation(key, facts) },
      { trustAnchors: [root], nowMs: now, confirmedSchemas: [] },
    );

    expect(told).toMatchObject({
      attestations: [
        {
          file: xmlName,
          state: "valid",
          schema: { state: "unconfirmed", isKnownName: false },
        },
      ],
      others: ["697000000941100_23L.pdf"],
    });
  });

  const schemaText = (): string => new TextDecoder().decode(open()[inventedSchema]);
  const sha = (text: string): string => createHash("sha256").update(text).digest("hex");

  /** The schema in place of what is there, confirmed unless it is said otherwise. */
  const withSchema = (text: string, name = inventedSchema): Record<string, Uint8Array> => ({
    [xmlName]: open()[xmlName] ?? new Uint8Array(),
    [name]: strToU8(text),
  });

  test.each<[string, () => string, string, boolean, object]>([
    [
      "confirmed by the office",
      schemaText,
      inventedSchema,
      true,
      { state: "kept", isKnownName: false },
    ],
    [
      "that nobody has confirmed",
      schemaText,
      inventedSchema,
      false,
      { state: "unconfirmed", name: inventedSchema },
    ],
    [
      "of a name that Poste uses, which alone is no confirmation",
      schemaText,
      "Schema23L-v.1.0.xsd",
      false,
      { state: "unconfirmed", isKnownName: true },
    ],
    [
      "that the XML leaves",
      () => schemaText().replace('name="Modello" type="xs:string"', 'name="Modello" type="xs:int"'),
      inventedSchema,
      true,
      { state: "left", fault: expect.stringContaining("Modello") },
    ],
    ["that is no schema", () => "<xs:schema>", inventedSchema, true, { state: "unusable" }],
    [
      "that asks for a file of this machine",
      () =>
        schemaText().replace(
          "<xs:import ",
          '<xs:include schemaLocation="file:///etc/passwd"/><xs:import ',
        ),
      inventedSchema,
      true,
      { state: "unusable" },
    ],
  ])("with a schema %s", async (_what, write, name, isConfirmed, expected) => {
    const text = write();
    const confirmedSchemas = isConfirmed ? [sha(text)] : [sha(`${text} `)];
    const told = await judge(pack(withSchema(text, name)), { confirmedSchemas });

    expect(told?.state).toBe("valid");
    expect(told?.schema).toMatchObject(expected);
  });

  test("with a schema that was changed since it was confirmed, it is not used", async () => {
    const confirmedSchemas = [sha(schemaText())];
    const files = withSchema(`${schemaText()}<!-- -->`);

    expect((await judge(pack(files), { confirmedSchemas }))?.schema).toMatchObject({
      state: "unconfirmed",
    });
  });

  test("without a schema says so", async () => {
    const files = { [xmlName]: open()[xmlName] ?? new Uint8Array() };

    expect((await judge(pack(files)))?.schema).toEqual({ state: "absent" });
  });

  test("of several XML each is judged by itself", async () => {
    const files = { ...open(), "altra.xml": strToU8(xml.replace("RECAG001B", "RECAG003B")) };
    const told = await readAttestations(
      { name: "a.zip", bytes: pack(files) },
      { trustAnchors: [root], nowMs: now, confirmedSchemas: [] },
    );

    expect(told?.attestations.map(({ file, state }) => [file, state])).toEqual([
      [xmlName, "valid"],
      ["altra.xml", "altered"],
    ]);
  });

  test("without an XML is for reading alone, and a PDF is no archive", async () => {
    const policy = { trustAnchors: [root], nowMs: now, confirmedSchemas: [] };
    const pdf = strToU8("%PDF-1.4\n%%EOF\n");

    expect(
      await readAttestations({ name: "a.zip", bytes: pack({ "a.pdf": pdf }) }, policy),
    ).toEqual({
      attestations: [],
      others: ["a.pdf"],
    });
    expect(await readAttestations({ name: "a.pdf", bytes: pdf }, policy)).toBeNull();
  });
});
