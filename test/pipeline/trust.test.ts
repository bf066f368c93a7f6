/** `postino trust`: a trusted list is used only after a person confirmed this very file. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";

let world: InstallationWorld;
beforeAll(async () => {
  world = await makeInstallationWorld({ enteYaml: (text) => `${text}  trust: autorita\n` });
});
afterAll(async () => {
  await world.close();
});

const list = `<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#"><SchemeInformation>
  <TSLSequenceNumber>214</TSLSequenceNumber>
  <SchemeOperatorName><Name xml:lang="en">Agency for Digital Italy</Name></SchemeOperatorName>
  <ListIssueDateTime>2026-11-20T10:00:00Z</ListIssueDateTime>
  <NextUpdate><dateTime>2027-05-20T10:00:00Z</dateTime></NextUpdate>
</SchemeInformation></TrustServiceStatusList>`;
// sha256sum of the text above.
const sha256 = "16d46d7d29c0e7ced90b569633b16349e395c0e95e1bb7c2ea66e2620eab32d6";

test("a list is shown, confirmed by its digest, and no longer trusted once it is changed", async () => {
  mkdirSync(join(world.pipelinesFolder, "enti", "autorita"));
  const path = world.file("pipelines/enti/autorita/IT.xml", list);
  const trust = (...rest: readonly string[]) =>
    world.postino(["trust", "--ente", "prova", ...rest]);

  const before = await trust();
  const wrong = await trust("--accept", "00");
  const accepted = await trust("--accept", sha256);
  world.file("pipelines/enti/autorita/IT.xml", list.replace("214", "215"));
  const changed = await trust();

  expect(before.code).toBe(5);
  expect(before.stdout).toContain(
    "Lista di fiducia IT.xml: Agency for Digital Italy, n. 214, emessa il 20/11/2026, la prossima entro il 20/05/2027\n",
  );
  expect(before.stdout).toContain(`NON confermata`);
  expect(before.stdout).toContain(`--accept ${sha256}`);
  expect({ code: wrong.code, stderr: wrong.stderr }).toEqual({
    code: 2,
    stderr:
      "Nessuna lista di fiducia della cartella autorita ha l'impronta 00: va scritta per intero, come la mostra «postino trust».\n",
  });
  expect(accepted.code).toBe(0);
  expect(accepted.stdout).toContain("\n  confermata\n");
  expect(readFileSync(`${path}.sha256`, "utf8")).toBe(`${sha256}  IT.xml\n`);
  expect(changed.code).toBe(5);
});
