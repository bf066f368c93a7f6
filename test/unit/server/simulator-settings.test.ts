/** The file of `postino simulate --settings`: what it says of services that do not answer. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSimulatorSettings } from "../../../server/cli/commands/house/simulate.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-simulate-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function environmentOf(yaml: string) {
  const file = join(folder, "simulatori.yaml");
  writeFileSync(file, yaml);
  return (await readSimulatorSettings(file)).environment;
}

test("names the services that are down, when they are asked again, and whether that ends", async () => {
  const environment = await environmentOf(`limits:
  normaliserDown: true
  gpdDown: true
  registryDown: true
  validationRetries: [10s, 1m]
  validationEnds: true
  unknownTaxIds: [RSSMRA80A01H501U]
`);

  expect(environment).toMatchObject({
    isNormaliserDown: true,
    isGpdDown: true,
    isRegistryDown: true,
    validationRetriesMs: [10_000, 60_000],
    isRetriedForEver: false,
    unknownTaxIds: new Set(["RSSMRA80A01H501U"]),
  });
});

test("without a word of it all services answer, and SEND's own waits are kept", async () => {
  const environment = await environmentOf("limits: { maxDocuments: 3 }\n");

  expect(environment).toMatchObject({
    isNormaliserDown: false,
    isGpdDown: false,
    isRegistryDown: false,
    validationRetriesMs: [10_000, 60_000, 60_000, 300_000, 3_600_000],
    isRetriedForEver: true,
    unknownTaxIds: new Set(),
  });
});
