/** `fascicolo`: a case file that holds what was sent and what proves it, and that anybody verifies. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";
import { damageStored } from "../support/stored-blobs.ts";

let world: InstallationWorld;
let iun: string;
beforeAll(async () => {
  world = await makeInstallationWorld();
  const steps = ["load-notified", "follow", "count-terms", "evidence"];
  writeFileSync(
    join(world.pipelinesFolder, "seguito.yaml"),
    `name: Seguito\nsteps:\n${steps.map((step) => `  - uses: ${step}\n`).join("")}`,
  );
  const input = world.file("flusso.jsonl", verbaliLines(1, world.freshDay, 1));
  const sent = await world.json(["run", "send", "--ente", "prova", "--input", input, "--json"]);
  iun = sent.document.items[0]?.iun ?? "";
  await world.postino(["run", "seguito", "--ente", "prova"]);
});
afterAll(async () => {
  await world.close();
});

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

test("holds act, notice, proofs, the story and the sums that verify them all", async () => {
  const ended = await world.postino(["fascicolo", "T00001", "--ente", "prova"]);

  expect([ended.code, ended.stderr]).toEqual([0, ""]);
  const [pdf = "", zip = ""] = ended.stdout.trimEnd().split("\n");
  expect(pdf).toEndWith(`fascicoli/fascicolo-T00001-${iun}.pdf`);
  expect(statSync(zip).mode & 0o777).toBe(0o600);
  const files = unzipSync(readFileSync(zip));
  const names = Object.keys(files);
  expect(names.slice(0, 3)).toEqual([`fascicolo-T00001-${iun}.pdf`, "indice.csv", "impronte.txt"]);
  expect(names.filter((name) => name.startsWith("atti/"))).toHaveLength(2);
  expect(names.filter((name) => /^prove\/.*_SENDER_ACK_.*\.pdf$/.test(name))).toHaveLength(1);
  const sums = new TextDecoder().decode(files["impronte.txt"]).trimEnd().split("\n");
  expect(sums.map((line) => line.slice(66)).toSorted((a, b) => a.localeCompare(b))).toEqual(
    names.filter((name) => name !== "impronte.txt").toSorted((a, b) => a.localeCompare(b)),
  );
  for (const line of sums)
    expect(hash(files[line.slice(66)] ?? new Uint8Array())).toBe(line.slice(0, 64));
  expect(hash(readFileSync(pdf))).toBe(
    hash(files[`fascicolo-T00001-${iun}.pdf`] ?? new Uint8Array()),
  );
  const index = new TextDecoder().decode(files["indice.csv"]);
  expect(index).toContain(
    "La firma è integra e copre il documento come fu composto; il certificato si verifica con un programma di firma.",
  );
});

test("is found by its IUN too, and written where one says", async () => {
  const folder = join(world.folder, "per-il-giudice");
  const ended = await world.postino(["fascicolo", iun, "--ente", "prova", "--to", folder]);

  expect(ended.code).toBe(0);
  expect(readdirSync(folder).toSorted((a, b) => a.localeCompare(b))).toEqual([
    `fascicolo-T00001-${iun}.pdf`,
    `fascicolo-T00001-${iun}.zip`,
  ]);
});

test("of a verbale that was never sent is none, with the way to look for it", async () => {
  const ended = await world.postino(["fascicolo", "T99999", "--ente", "prova"]);

  expect([ended.code, ended.stdout]).toEqual([2, ""]);
  expect(ended.stderr).toContain("Nessuna notifica del verbale «T99999»");
});

test("with a file that was altered on the disk is written without it, and says so", async () => {
  const folder = join(world.folder, "alterato");
  mkdirSync(folder);
  const whole = await world.postino(["fascicolo", iun, "--ente", "prova", "--to", folder]);
  const [, zip = ""] = whole.stdout.trimEnd().split("\n");
  const act = Object.entries(unzipSync(readFileSync(zip))).find(([name]) =>
    name.startsWith("atti/"),
  );
  const sha256 = hash(act?.[1] ?? new Uint8Array());
  const mend = damageStored(join(world.folder, "data", "artifacts"), sha256, "altered");

  const ended = await world.postino(["fascicolo", iun, "--ente", "prova", "--to", folder]);
  mend();

  expect(ended.code).toBe(3);
  expect(ended.stderr).toContain(
    `Attenzione: ${act?.[0]}. Il file non c'è più, o è stato alterato dopo che era stato conservato.`,
  );
  expect(Object.keys(unzipSync(readFileSync(zip)))).not.toContain(act?.[0]);
});
