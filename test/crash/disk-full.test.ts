/** A disk that fills up at any moment of a flusso, to the last byte or nearly: the run stops and says so, and once there is room again it ends; nothing lost, nothing twice. */
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "bun:test";
import { codeOf } from "../../engine/host/errors.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

const verbali = 6;
const diskBytes = 24 * 1024 * 1024;
const mayMount = process.platform === "linux" && process.getuid?.() === 0 && tryMount();
const noMount = mayMount ? "" : " (skipped: a small disk can only be mounted by root on Linux)";

let world: InstallationWorld;
afterEach(async () => {
  Bun.spawnSync(["umount", "-l", world.dataFolder]);
  await world.close();
});

// At which call to the outside the disk fills up, and how many bytes are left then.
describe.skipIf(noMount !== "")(`a disk that fills up${noMount}`, () => {
  test.each([
    [1, 0],
    [4, 0],
    [7, 6_000],
    [9, 30_000],
    [12, 0],
    [14, 4_096],
  ])(
    "at call %i with %i bytes left stops the run, which ends once there is room",
    async (at, left) => {
      let calls = 0;
      world = await makeInstallationWorld({
        enteYaml: (text) => text.replace("requestsPerSecond: 10\n", "requestsPerSecond: 1000\n"),
        observe() {
          calls += 1;
          if (calls === at) fillDisk(left);
        },
      });
      mkdirSync(world.dataFolder, { mode: 0o700 });
      mountDisk(world.dataFolder);
      const input = world.file("flusso.jsonl", verbaliLines(verbali, world.freshDay));
      const run = ["run", "send", "--ente", "prova", "--input", input, "--wait", "10m"];

      const stopped = await world.postino(run);
      rmSync(findFiller());
      const { stdout } = await world.postino(["runs", "--json"]);
      const [found] = (JSON.parse(stdout) as { runs: { id: string }[] }).runs;
      const { code, document } = await world.json([
        "resume",
        found?.id ?? "",
        "--json",
        "--wait",
        "10m",
      ]);

      expect(calls).toBeGreaterThanOrEqual(at);
      expect(stopped.code).toBe(5);
      expect(stopped.stderr).toMatch(/disco dei dati è pieno/);
      expect(stopped.stderr).not.toMatch(/imprevisto/);
      expect({ code, counts: document.run.counts }).toMatchObject({
        code: 0,
        counts: { total: verbali, done: verbali },
      });
      const { send, gpd } = world.report();
      const open = gpd.positions.filter(({ status }) => status === "VALID").length;
      expect([send.accepted, open, gpd.positions.length]).toEqual([verbali, verbali, verbali]);
    },
  );
});

function findFiller(): string {
  return join(world.dataFolder, "pieno");
}

/** All that is left but so many bytes. */
function fillDisk(left: number): void {
  const file = openSync(findFiller(), "w");
  const piece = Buffer.alloc(64 * 1024, 1);
  let size = 0;
  try {
    for (;;) size += writeSync(file, piece);
  } catch (error) {
    if (codeOf(error) !== "ENOSPC") throw error;
  }
  ftruncateSync(file, Math.max(0, size - left));
  closeSync(file);
}

function mountDisk(folder: string): void {
  const size = `size=${diskBytes},mode=0700`;
  const { exitCode, stderr } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder]);
  if (exitCode !== 0) throw new Error(stderr.toString());
}

/** Root of a container may be no root for the kernel. */
function tryMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "postino-mount-"));
  try {
    const { exitCode } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
    if (exitCode === 0) Bun.spawnSync(["umount", folder]);
    return exitCode === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
