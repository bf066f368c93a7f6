/** The moving of data is killed at every point, and goes on: no verbale and no document is lost, and in the end nothing is told. */
import { afterAll, beforeAll, expect } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { testInOrder } from "../support/chapters.ts";
import { damageStored } from "../support/stored-blobs.ts";
import { findWords, listFilesBelow } from "../support/find-bytes.ts";
import {
  type Ended,
  type InstallationWorld,
  makeInstallationWorld,
} from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

let world: InstallationWorld;
let key: string;
let run = "";
let before: unknown;

beforeAll(async () => {
  world = await makeInstallationWorld();
  key = join(world.folder, "chiave");
});
afterAll(() => world.close());

const postino = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  world.postino(args, { env: { POSTINO_KEY_FILE: key, ...env } });

const surname = "Zzyxquartz";
const steal = (): readonly string[] =>
  findWords(world.dataFolder, listFilesBelow(world.dataFolder), [surname]);

/** As everybody sees it, save where copies of documents lie. */
async function look(): Promise<unknown> {
  const { stdout } = await postino(["status", run, "--json"]);
  const files = await postino(["files", run, "--to", join(world.folder, `file-${Math.random()}`)]);
  return [JSON.parse(stdout.replaceAll(/"path":(?:null|"[^"]*")/g, '"path":null')), files.code];
}

/** Killed at each of the points, one after the other, and then not at all. */
async function moveKilled(args: readonly string[], again: readonly string[]): Promise<void> {
  const points = [
    "reseal-after-page",
    "reseal-after-page:3",
    "reseal-after-journal",
    "artifact-before-sync",
    "artifact-after-sync",
    "reseal-after-pack",
  ];
  for (const [index, point] of points.entries()) {
    const env = { POSTINO_CRASH_AT: point };
    const killed = await postino(index === 0 ? args : again, env);
    // Each goes on where the one before ended: some points are passed by then.
    if (killed.signal !== "SIGKILL") expect([point, killed.code]).toEqual([point, 0]);
    else expect(await look()).toEqual(before);
  }
  const ended = await postino(again);
  expect([ended.code, ended.stderr]).toEqual([0, ""]);
}

testInOrder("data that are sealed, under a new key, and in clear again", [
  [
    "an office has sent",
    async () => {
      const verbali = [1, 2, 3].map((n) => {
        const verbale = makeVerbale(n, world.freshDay);
        return { ...verbale, destinatario: { ...verbale.destinatario, cognome: surname } };
      });
      const lines = verbali.map((one) => JSON.stringify(one)).join("\n");
      const input = world.file("flusso.jsonl", lines);
      const { code, document } = await world.json([
        "run",
        "send",
        "--ente",
        "prova",
        "--input",
        input,
        "--json",
        "--wait",
        "1m",
      ]);
      run = document.run.id;
      before = await look();

      expect(code).toBe(0);
      expect(steal()).not.toEqual([]);
    },
  ],
  [
    "it is sealed, however often that is killed",
    async () => {
      expect((await postino(["key", "create", key])).code).toBe(0);
      await moveKilled(["key", "seal"], ["key", "seal"]);

      expect(await look()).toEqual(before);
      expect(steal()).toEqual([]);
    },
  ],
  [
    "the data key changes, however often that is killed, and the old one is gone",
    async () => {
      const ids = (): readonly string[] =>
        (
          JSON.parse(readFileSync(join(world.dataFolder, "portachiavi.json"), "utf8")) as {
            keys: { id: string }[];
          }
        ).keys.map(({ id }) => id);
      const old = ids();
      await moveKilled(["key", "rotate"], ["key", "seal"]);

      expect(ids()).toHaveLength(1);
      expect(ids()).not.toEqual(old);
      expect(await look()).toEqual(before);
      expect(steal()).toEqual([]);
    },
  ],
  [
    "it comes back in clear, however often that is killed; a document that was damaged is told",
    async () => {
      await moveKilled(["key", "unseal"], ["key", "unseal"]);
      const after = await look();
      const [{ items }] = before as [{ items: { artifacts: { sha256: string }[] }[] }];
      const sha256 = items[0]?.artifacts[0]?.sha256 ?? "";
      const mend = damageStored(join(world.dataFolder, "artifacts"), sha256, "altered");
      const created = await postino(["key", "create", key]);
      const torn = await postino(["key", "seal"]);
      mend();
      const mended = await postino(["key", "seal"]);

      expect(after).toEqual(before);
      expect(readdirSync(world.dataFolder)).not.toContain("portachiavi.json.tmp");
      expect([created.code, torn.code, mended.code]).toEqual([0, 1, 0]);
      expect(torn.stderr).toContain("Recuperarli da una copia di sicurezza e ripetere.");
      expect(await look()).toEqual(before);
      expect(steal()).toEqual([]);
    },
  ],
]);
