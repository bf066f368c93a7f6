/** Who signs for an ente, by its file: names, secrets, trusted authorities. */
import { formatTerminalHint } from "../../../../server/words/hints.ts";
import { writeFile, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, test } from "bun:test";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import { createHttp } from "../../../../engine/host/http.ts";
import { createSigning } from "../../../../integrations/signing/create-signing.ts";
import type { SigningPort } from "../../../../integrations/signing/port.ts";
import type { SigningSettings } from "../../../../integrations/signing/settings.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import {
  authority,
  ecSigner,
  signedAt,
  toPem,
  withFolder,
} from "../../documents/verify/fixtures.ts";

const demoKeys = resolve(import.meta.dir, "../../../../data/demo/keys");

function signing(settings: Partial<SigningSettings>, folder: string): SigningPort {
  return createSigning(
    { signers: {}, ...settings },
    {
      folder,
      secrets: { get: () => Promise.resolve("dimostrazione") },
      http: createHttp(() => Promise.reject(new Error("no network"))),
      clock: createFakeClock(signedAt),
    },
  );
}

function blockOf(use: () => unknown): RunBlocked {
  try {
    use();
  } catch (error) {
    if (error instanceof RunBlocked) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

async function blockOfAsync(promise: Promise<unknown>): Promise<RunBlocked> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RunBlocked) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("signers", () => {
  test("the demo's key opens with its password, relative to the ente file or absolute", async () => {
    for (const [folder, file] of [
      [resolve(demoKeys, "../enti"), "../keys/comandante.p12"],
      ["/elsewhere", join(demoKeys, "comandante.p12")],
    ] as const) {
      const port = signing(
        { signers: { comandante: { pkcs12: { file, password: { secret: "X" } } } } },
        folder,
      );

      const info = await port.requireSigner("comandante").describe();

      expect(info.displayName).toBe("Comandante P.L. (dimostrazione)");
      expect(info.algorithm).toBe("RSA-SHA256");
    }
  });

  test("without key and service are told what to add", () => {
    const port = signing({ signers: { comandante: { name: "Il Comandante" } } }, "/");

    const blocked = blockOf(() => port.requireSigner("comandante"));

    expect(blocked.code).toBe("SIGNER_WITHOUT_KEY");
    expect(formatTerminalHint(blocked.hint ?? "")).toContain("mode: upload");
  });

  test("that nobody named are told, also where the ente has none", () => {
    const blocked = blockOf(() => signing({}, "/").requireSigner("comandante"));

    expect(blocked.code).toBe("UNKNOWN_SIGNER");
    expect(blocked.hint).toEqual({
      action: "ask-technician",
      setting: {
        ask: "aggiungerlo al file dell'ente",
        technical: "Aggiungerlo sotto «signing: signers:» nel file dell'ente.",
      },
    });
  });
});

describe("trusted authorities", () => {
  const signers = {
    comandante: { name: "Il Comandante", upload: { codiceFiscale: "CMNNNA70A41H501X" } },
  };

  test("are read from PEM, from DER, and several from one file", async () => {
    const [first] = (await authority()).chain;
    const chain = (await ecSigner()).chain;
    await withFolder(async (folder) => {
      await mkdir(join(folder, "ca"));
      await writeFile(join(folder, "ca/a.pem"), chain.map(toPem).join("\n"));
      await writeFile(join(folder, "ca/b.cer"), first!);
      await writeFile(join(folder, "ca/README.md"), "no certificate");

      const policy = await signing({ signers, trust: "ca" }, folder).readUploadPolicy("comandante");

      expect(policy.displayName).toBe("Il Comandante");
      const unnamed = { comandante: { upload: {} } };
      expect(
        (await signing({ signers: unnamed, trust: "ca" }, folder).readUploadPolicy("comandante"))
          .displayName,
      ).toBe("«comandante»");
      expect(policy.codiceFiscale).toBe("CMNNNA70A41H501X");
      expect(policy.trustAnchors.map((der) => Buffer.from(der).toString("hex"))).toEqual(
        [...chain, first!].map((der) => Buffer.from(der).toString("hex")),
      );
    });
  });

  for (const [name, trust, message] of [
    [
      "that no one named block the run",
      undefined,
      "Il file dell'ente non dice quali autorità di certificazione sono ammesse.",
    ],
    [
      "in a folder that is not there block the run",
      "altrove",
      "La cartella altrove delle autorità non si può leggere.",
    ],
    ["in an empty folder block the run", "vuota", "La cartella vuota non contiene certificati."],
    [
      "that are no certificates block the run",
      "rotta",
      "Il file rotta/a.crt non è un certificato.",
    ],
    [
      "that are no trusted list block the run",
      "lista",
      "Il file lista/a.xml non è una lista di fiducia.",
    ],
  ] as const)
    test(name, () =>
      withFolder(async (folder) => {
        await mkdir(join(folder, "vuota"));
        await mkdir(join(folder, "rotta"));
        await writeFile(join(folder, "rotta/a.crt"), "ciao");
        await mkdir(join(folder, "lista"));
        await writeFile(join(folder, "lista/a.xml"), "<html/>");
        const settings = trust === undefined ? { signers } : { signers, trust };

        const blocked = await blockOfAsync(
          signing(settings, folder).readUploadPolicy("comandante"),
        );

        expect(blocked.message).toBe(message);
        expect(blocked.hint).toBeDefined();
      }),
    );
});
