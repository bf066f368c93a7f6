/** Packages to a real SFTP server and reports from it; skipped where there is none. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createPreservation } from "../../../../integrations/conservazione/create-conservazione.ts";
import type { DepositFile } from "../../../../integrations/conservazione/port.ts";
import type { ConservazioneSettings } from "../../../../integrations/conservazione/settings.ts";
import { noSshd, type SshServer, startSshd } from "../../../support/sshd.ts";

function buildFile(path: string, bytes: Uint8Array): DepositFile {
  return {
    path,
    async *open() {
      for (let at = 0; at < bytes.byteLength; at += 100_000) yield bytes.subarray(at, at + 100_000);
    },
  };
}
const large = new Uint8Array(700_001).map((_, index) => index % 251);
const files = [
  buildFile("PIndex.xml", Buffer.from("<indice/>")),
  buildFile("documenti/atto.pdf", large),
];

describe.skipIf(noSshd !== "")(`conservazione by SFTP${noSshd}`, () => {
  let server: SshServer;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(() => server.stop());

  function open(folder: string, changes: Partial<ConservazioneSettings["sftp"] & object> = {}) {
    const { port, user, hostKey } = server;
    const sftp = {
      host: "127.0.0.1",
      port,
      user,
      hostKey,
      key: { secret: "CHIAVE" },
      folder,
      ...changes,
    };
    return createPreservation({
      settings: { active: true, sftp } as ConservazioneSettings,
      ente: "prova",
      outboxFolder: "/nowhere",
      secrets: {
        get: async (name) => (name === "CHIAVE" ? server.privateKey : "non è una chiave"),
      },
    });
  }
  const folderOf = (name: string): string => join(server.folder, name);

  test("a package is there whole, once, and one that broke off is begun anew", async () => {
    const folder = folderOf("versamenti");
    const draft = join(folder, "da-versare", ".IUN-1.parziale");
    mkdirSync(join(draft, "documenti"), { recursive: true });
    writeFileSync(join(draft, "documenti", "a metà.pdf"), "x");

    await open(folder).deliver("IUN-1", files);
    writeFileSync(join(folder, "da-versare", "IUN-1", "visto"), "");
    await open(folder).deliver("IUN-1", files);

    const place = join(folder, "da-versare", "IUN-1");
    expect(readdirSync(join(folder, "da-versare"))).toEqual(["IUN-1"]);
    expect(readdirSync(join(place, "documenti"))).toEqual(["atto.pdf"]);
    expect(readFileSync(join(place, "documenti", "atto.pdf")).equals(Buffer.from(large))).toBe(
      true,
    );
    // What the preservation system did with it was not undone.
    expect(existsSync(join(place, "visto"))).toBe(true);
  });

  test("a report that names the package is found, none is none", async () => {
    const folder = folderOf("rapporti-di-prova");
    const none = await open(folder).findReport({ id: "IUN-2" } as never);
    mkdirSync(join(folder, "rapporti"), { recursive: true });
    writeFileSync(
      join(folder, "rapporti", "rdv.xml"),
      `<rapporto id="IUN-2"><hash>${"ab".repeat(32)}</hash></rapporto>`,
    );
    writeFileSync(join(folder, "rapporti", "altro.xml"), "<rapporto/>");

    const port = open(folder);
    const found = await port.findReport({ id: "IUN-2" } as never);
    const other = await port.findReport({ id: "IUN-3" } as never);

    expect([none, other]).toEqual([null, null]);
    expect([found?.name, found?.bears("ab".repeat(32)), found?.bears("cd".repeat(32))]).toEqual([
      "rdv.xml",
      true,
      false,
    ]);
  });

  test.each<readonly [string, Partial<ConservazioneSettings["sftp"] & object>, string, string]>([
    [
      "another server than the one that is known",
      { hostKey: `SHA256:${"A".repeat(43)}` },
      "CONSERVAZIONE_REFUSED",
      "la sua chiave è un'altra",
    ],
    [
      "a user that it does not know",
      { user: "nessuno-di-noi" },
      "CONSERVAZIONE_REFUSED",
      "non lascia entrare",
    ],
    [
      "what is no private key",
      { key: { secret: "ALTRO" } },
      "CONSERVAZIONE_REFUSED",
      "non lascia entrare",
    ],
    [
      "neither key nor password",
      { key: undefined as never },
      "CONSERVAZIONE_REFUSED",
      "né una chiave privata né una password",
    ],
    ["a port on which nobody listens", { port: 1 }, "CONSERVAZIONE_AWAY", "non risponde"],
  ])("%s is told, and nothing is sent", async (_title, changes, code, said) => {
    const folder = folderOf("rifiutati");

    const error = (await open(folder, changes)
      .deliver("IUN-9", files)
      .catch((thrown: unknown) => thrown)) as Error & { readonly code?: string };

    expect([error.code, error.message]).toEqual([code, expect.stringContaining(said)]);
    expect(existsSync(folder)).toBe(false);
  });

  test.skipIf(process.getuid?.() === 0)(
    "a folder that may not be written is told (root may write everywhere)",
    async () => {
      const folder = folderOf("chiusa");
      mkdirSync(folder);
      chmodSync(folder, 0o500);

      await expect(open(folder).deliver("IUN-1", files)).rejects.toMatchObject({
        code: "CONSERVAZIONE_REFUSED",
      });
    },
  );
});
