/** The files of a run by the names that people know, and copies of them that overwrite nothing; the CSV where a step of the installation is broken. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { damageStored } from "../support/stored-blobs.ts";
import { verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld;
let id: string;
let followed: string;
beforeAll(async () => {
  world = await makeInstallationWorld();
  const input = world.file("flusso.jsonl", verbaliLines(2, world.freshDay, 1));
  const ended = await world.postino(["run", "send", "--ente", "prova", "--input", input]);
  followed = ended.stderr;
  id = /Flusso (\d{8}-\d{4})/.exec(ended.stdout)?.[1] ?? "";
});
afterAll(async () => {
  await world.close();
});

async function listNames(): Promise<readonly string[]> {
  const { stdout } = await world.postino(["files", id]);
  return stdout
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split("  ")[0] ?? "");
}

test("are listed with size and verbale", async () => {
  const ended = await world.postino(["files", id]);

  expect([ended.code, ended.stderr]).toEqual([0, ""]);
  expect(ended.stdout).toStartWith("FILE ");
  expect(ended.stdout).toMatch(/^\S.*\.pdf  +[\d,]+ kB +T00001$/m);
  expect(ended.stdout).toMatch(/^\S.*\.pdf  +[\d,]+ kB +T00002$/m);
  expect(ended.stdout).toMatch(/^\S.*\.zip  +[\d,]+ kB +(T00001|2 verbali)?$/m);
});

test("one that was altered on the disk stops the copy before it begins", async () => {
  const folder = join(world.folder, "copie", "guasta");
  const [name = ""] = await listNames();
  const before = await world.postino(["files", id, "--to", join(world.folder, "copie", "buona")]);
  const good = readFileSync(join(world.folder, "copie", "buona", name));
  const sha256 = new Bun.CryptoHasher("sha256").update(good).digest("hex");
  const mend = damageStored(join(world.dataFolder, "artifacts"), sha256, "altered");

  const ended = await world.postino(["files", id, "--to", folder]);
  mend();

  expect([before.code, ended.code]).toEqual([0, 1]);
  expect(ended.stderr).toBe(
    `Nell'archivio su disco non è più com'era «${name}»: nulla è stato copiato. Recuperarli da una copia di sicurezza della cartella dei dati.\n`,
  );
  expect(readdirSync(folder)).toEqual([]);
});

test("are copied for their owner alone; what is there already stays, and what is other is not replaced", async () => {
  const folder = join(world.folder, "copie", "fuori");
  const names = await listNames();

  const first = await world.postino(["files", id, "--to", folder]);
  const again = await world.postino(["files", id, "--to", folder]);
  const [one = "", two = ""] = names;
  writeFileSync(join(folder, one), "mio");
  rmSync(join(folder, two));
  const refused = await world.postino(["files", id, "--to", folder]);

  expect([first.code, first.stdout]).toEqual([0, `${names.length} file copiati in ${folder}.\n`]);
  expect([again.code, again.stdout]).toEqual([
    0,
    `0 file copiati in ${folder}; ${names.length} c'erano già.\n`,
  ]);
  expect([refused.code, refused.stderr]).toEqual([
    2,
    `Nella cartella ${folder} c'è già un altro «${one}»: nulla è stato copiato. Spostarli, oppure indicare un'altra cartella.\n`,
  ]);
  expect(readFileSync(join(folder, one), "utf8")).toBe("mio");
  expect(readdirSync(folder).toSorted()).toEqual(names.filter((name) => name !== two).toSorted());
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const name of names.slice(2)) {
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, name)).size).toBeGreaterThan(100);
  }
});

test("a name that is taken by a folder, and a place that is no folder, are told", async () => {
  const [one = ""] = await listNames();
  const folder = join(world.folder, "occupata");
  mkdirSync(join(folder, one), { recursive: true });
  const file = world.file("un-file", "testo");

  const taken = await world.postino(["files", id, "--to", folder]);
  const noFolder = await world.postino(["files", id, "--to", file]);
  const noRun = await world.postino(["files", "20000101-0001"]);

  expect([taken.code, readdirSync(folder)]).toEqual([2, [one]]);
  expect(taken.stderr).toContain(`c'è già un altro «${one}»`);
  expect([noFolder.code, noFolder.stderr]).toEqual([
    2,
    `${file}: non è una cartella in cui si può scrivere.\n`,
  ]);
  expect([noRun.code, noRun.stderr]).toEqual([
    2,
    "Il flusso 20000101-0001 non esiste. L'elenco: postino runs\n",
  ]);
});

test("a blob that is gone is told, and nothing is copied", async () => {
  const { document } = await world.json(["status", id, "--json"]);
  const [artifact] = document.items[0]?.artifacts ?? [];
  if (artifact === undefined) throw new Error("no artifact");
  const mend = damageStored(join(world.dataFolder, "artifacts"), artifact.sha256, "missing");
  const folder = join(world.folder, "senza");

  const ended = await world.postino(["files", id, "--to", folder]);
  mend();

  expect([ended.code, ended.stdout, readdirSync(folder)]).toEqual([1, "", []]);
  expect(ended.stderr).toContain(`non c'è più «${artifact.name}»: nulla è stato copiato.`);
});

test("a run is followed by the titles of its steps", () => {
  expect(followed).toContain("avanzamento su 2: ");
  expect(followed).toContain("Controlli 2, Nuovi IUV 2");
  expect(followed).not.toMatch(/validate|reset-iuv/);
});

test.each([
  ["a step that cannot be loaded", "export default pureStep({", ""],
  ["a step that is none", "export default 1;", ""],
  ["a folder that is not there", null, "assente"],
] as const)("the CSV names steps by their names beside %s", async (_, text, other) => {
  const folder = join(world.folder, "passi");
  mkdirSync(folder, { recursive: true });
  if (text !== null) writeFileSync(join(folder, "rotto.ts"), text);
  const env = { POSTINO_STEPS: join(folder, other) };

  const broken = await world.postino(["export", id, "--format", "csv"], { env });
  rmSync(folder, { recursive: true });

  expect(broken.code).toBe(0);
  expect(broken.stdout.trimEnd().split("\n")).toHaveLength(3);
  expect(broken.stderr).toStartWith(
    "I passi sono scritti con il loro nome, perché i titoli non si possono leggere: ",
  );
});
