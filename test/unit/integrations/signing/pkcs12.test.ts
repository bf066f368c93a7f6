/** Signing with a key file: what it gives and how it says what is wrong. */
import { verify, X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import type { ErrorCode } from "../../../../engine/host/error-codes.ts";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import { toPkcs12 } from "../../../../simulators/signing/fictional-authority.ts";
import type { FictionalIdentity } from "../../../../simulators/signing/fictional-authority.ts";
import { createPkcs12Signer } from "../../../../integrations/signing/pkcs12.ts";
import type { SignerPort } from "../../../../integrations/signing/port.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import {
  authority,
  ecSigner,
  runTool,
  signedAt,
  signer,
  withFolder,
} from "../../documents/verify/fixtures.ts";

const password = "però è così";

/** A signer over a file that holds these bytes. */
async function withSigner<T>(
  bytes: Uint8Array,
  use: (port: SignerPort) => Promise<T>,
  options: { readonly password?: string; readonly now?: string } = {},
): Promise<T> {
  return withFolder(async (folder) => {
    const path = join(folder, "chiave.p12");
    await writeFile(path, bytes);
    return use(
      createPkcs12Signer({
        path,
        fileName: "keys/chiave.p12",
        password: () => Promise.resolve(options.password ?? password),
        clock: createFakeClock(options.now ?? signedAt),
      }),
    );
  });
}

async function blockOf(promise: Promise<unknown>): Promise<RunBlocked> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RunBlocked) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const kinds: readonly [string, () => Promise<FictionalIdentity>, string][] = [
  ["RSA", signer, "RSA-SHA256"],
  ["EC", ecSigner, "ECDSA-SHA256"],
];

describe("a key file", () => {
  for (const [kind, identity, algorithm] of kinds)
    test(`signs what it is given, in order, with its ${kind} key`, async () => {
      const bytes = await toPkcs12(await identity(), password);

      await withSigner(bytes, async (port) => {
        const info = await port.describe();
        const toSign = ["uno", "due", "tre"].map((text) => new TextEncoder().encode(text));
        const grant = await port.authorise(toSign, null);
        const signatures = await port.sign(grant, toSign);

        expect(info.algorithm).toBe(algorithm as never);
        expect(info.displayName).toBe("Anna Comandante");
        expect(info.needsOtp).toBe(false);
        expect(info.chain.length).toBe(2);
        expect(info.warnings).toEqual([]);
        const key = new X509Certificate(info.chain[0]!).publicKey;
        expect(toSign.map((text, at) => verify("sha256", text, key, signatures[at]!))).toEqual([
          true,
          true,
          true,
        ]);
      });
    });

  test.skipIf(Bun.which("openssl") === null)("of openssl is read as well as our own", async () => {
    const identity = await signer();
    await withFolder(async (folder) => {
      await writeFile(join(folder, "own.p12"), await toPkcs12(identity, "segreta"));
      const pem = join(folder, "all.pem");
      const out = join(folder, "openssl.p12");
      const toPem = await runTool([
        "openssl",
        "pkcs12",
        "-in",
        join(folder, "own.p12"),
        "-passin",
        "pass:segreta",
        "-nodes",
        "-out",
        pem,
      ]);
      const back = await runTool([
        "openssl",
        "pkcs12",
        "-export",
        "-in",
        pem,
        "-passout",
        "pass:altra",
        "-out",
        out,
      ]);
      expect([toPem?.code, back?.code]).toEqual([0, 0]);
      const port = createPkcs12Signer({
        path: out,
        fileName: "openssl.p12",
        password: () => Promise.resolve("altra"),
        clock: createFakeClock(signedAt),
      });

      const info = await port.describe();

      expect(info.chain.map((der) => Buffer.from(der).toString("hex"))).toEqual(
        identity.chain.map((der) => Buffer.from(der).toString("hex")),
      );
    });
  });

  test.skipIf(Bun.which("openssl") === null)(
    "with a superseded cipher is refused with the way to convert it",
    async () => {
      await withFolder(async (folder) => {
        await writeFile(join(folder, "own.p12"), await toPkcs12(await signer(), "segreta"));
        const pem = join(folder, "all.pem");
        const out = join(folder, "old.p12");
        await runTool([
          "openssl",
          "pkcs12",
          "-in",
          join(folder, "own.p12"),
          "-passin",
          "pass:segreta",
          "-nodes",
          "-out",
          pem,
        ]);
        const made = await runTool([
          "openssl",
          "pkcs12",
          "-export",
          "-in",
          pem,
          "-passout",
          "pass:segreta",
          "-out",
          out,
          "-keypbe",
          "PBE-SHA1-3DES",
          "-certpbe",
          "PBE-SHA1-3DES",
          "-macalg",
          "sha1",
        ]);
        expect(made?.code).toBe(0);
        // In a process of its own: the outside signer of other tests teaches this one's pkijs the old ciphers.
        const child = Bun.spawnSync([
          process.execPath,
          "-e",
          `import { createPkcs12Signer } from ${JSON.stringify(join(import.meta.dir, "../../../../integrations/signing/pkcs12.ts"))};
           const clock = { now: () => ${Date.parse(signedAt)}, sleep: () => Promise.resolve() };
           const port = createPkcs12Signer({ path: ${JSON.stringify(out)}, fileName: "old.p12", password: () => Promise.resolve("segreta"), clock });
           port.describe().then(() => console.log("opened"), (error) => console.log(error.code));`,
        ]);

        expect(child.stdout.toString().trim()).toBe("SIGNING_KEY_OLD_CIPHER");
      });
    },
  );

  test("that warns of its end still signs", async () => {
    const soon = await signer("soon", { notAfter: "2026-12-01T12:00:00Z", serial: 11 });

    const info = await withSigner(await toPkcs12(soon, password), (port) => port.describe());

    expect(info.warnings).toEqual([
      "Il certificato di firma di Anna Comandante scade il 01/12/2026.",
    ]);
  });
});

describe("a key file that was opened before", () => {
  const refusals: readonly [
    string,
    { readonly password?: string; readonly now?: string },
    ErrorCode,
  ][] = [
    ["another password", { password: "sbagliata" }, "SIGNING_KEY_PASSWORD"],
    ["a day after its end", { now: "2035-06-01T00:00:00Z" }, "CERTIFICATE_EXPIRED"],
    ["a day before its beginning", { now: "2024-12-31T00:00:00Z" }, "CERTIFICATE_NOT_YET_VALID"],
  ];
  test.each(refusals)("is refused with %s", async (_how, options, code) => {
    const bytes = await toPkcs12(await signer(), password);
    await withSigner(bytes, (port) => port.describe());

    const blocked = await withSigner(bytes, (port) => blockOf(port.describe()), options);

    expect(blocked.code).toBe(code);
  });

  test("gives way to the one that lies in its place", async () => {
    await withSigner(await toPkcs12(await signer(), password), (port) => port.describe());

    const info = await withSigner(await toPkcs12(await ecSigner(), password), (port) =>
      port.describe(),
    );

    expect(info.algorithm).toBe("ECDSA-SHA256");
  });
});

describe("a key file that cannot sign", () => {
  test("is not there", async () => {
    const port = createPkcs12Signer({
      path: "/nowhere/chiave.p12",
      fileName: "keys/chiave.p12",
      password: () => Promise.resolve(password),
      clock: createFakeClock(signedAt),
    });

    const blocked = await blockOf(port.describe());

    expect(blocked.code).toBe("SIGNING_KEY_UNREADABLE");
    expect(blocked.message).toBe("Il file della chiave di firma keys/chiave.p12 non si trova.");
  });

  test("is no PKCS#12 file", async () => {
    const blocked = await withSigner(Buffer.from("-----BEGIN CERTIFICATE-----"), (port) =>
      blockOf(port.describe()),
    );

    expect(blocked.code).toBe("SIGNING_KEY_UNREADABLE");
    expect(blocked.message).toBe("Il file keys/chiave.p12 non è un file PKCS#12.");
  });

  test("has another password", async () => {
    const bytes = await toPkcs12(await signer(), password);

    const blocked = await withSigner(bytes, (port) => blockOf(port.describe()), {
      password: "sbagliata",
    });

    expect(blocked.code).toBe("SIGNING_KEY_PASSWORD");
    expect(blocked.message).not.toContain("sbagliata");
  });

  test("has expired", async () => {
    const bytes = await toPkcs12(await signer(), password);

    const blocked = await withSigner(bytes, (port) => blockOf(port.describe()), {
      now: "2035-06-01T00:00:00Z",
    });

    expect(blocked.code).toBe("CERTIFICATE_EXPIRED");
    expect(blocked.message).toBe(
      "Il certificato di firma di Anna Comandante è scaduto il 01/01/2035.",
    );
  });

  test("is not valid yet", async () => {
    const bytes = await toPkcs12(await signer(), password);

    const blocked = await withSigner(bytes, (port) => blockOf(port.describe()), {
      now: "2024-12-31T00:00:00Z",
    });

    expect(blocked.code).toBe("CERTIFICATE_NOT_YET_VALID");
  });

  test("is meant for authentication", async () => {
    const login = await signer("login", { uses: ["digitalSignature"], serial: 12 });

    const blocked = await withSigner(await toPkcs12(login, password), (port) =>
      blockOf(port.describe()),
    );

    expect(blocked.code).toBe("CERTIFICATE_NOT_FOR_SIGNING");
  });

  test("holds the certificate of another key", async () => {
    const own = await signer();
    const other = await ecSigner();
    const bytes = await toPkcs12({ ...own, chain: other.chain }, password);

    const blocked = await withSigner(bytes, (port) => blockOf(port.describe()));

    expect(blocked.code).toBe("SIGNING_KEY_MISSING");
  });

  test("is told of again after the file was mended", async () => {
    const bytes = await toPkcs12(await signer(), password);
    await withFolder(async (folder) => {
      const path = join(folder, "chiave.p12");
      const port = createPkcs12Signer({
        path,
        fileName: "chiave.p12",
        password: () => Promise.resolve(password),
        clock: createFakeClock(signedAt),
      });
      const blocked = await blockOf(port.describe());
      await writeFile(path, bytes);

      const info = await port.describe();

      expect(blocked.code).toBe("SIGNING_KEY_UNREADABLE");
      expect(info.displayName).toBe("Anna Comandante");
      expect((await authority()).chain.length).toBe(1);
    });
  });
});
