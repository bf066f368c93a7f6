/** The program of one file for the other machines: each builds, and the one for ARM runs the demonstration where this machine can play one. */
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { buildPrograms } from "../../scripts/build.ts";
import { findProgram } from "../support/programs.ts";

const folder = mkdtempSync(join(tmpdir(), "postino-targets-"));

/** The first bytes of a program, by the format of each system; the machine at its place in the header. */
const targets: readonly (readonly [
  target: string,
  file: string,
  magic: string,
  at: number,
  machine: string,
])[] = [
  // ELF, e_machine 183: AArch64.
  ["linux-arm64", "postino-linux-arm64", "7f454c46", 18, "b700"],
  // Mach-O of 64 bits, CPU_TYPE_X86_64 and CPU_TYPE_ARM64.
  ["darwin-x64", "postino-macos-x64", "cffaedfe", 4, "07000001"],
  ["darwin-arm64", "postino-macos-arm64", "cffaedfe", 4, "0c000001"],
  // PE: «MZ».
  ["windows-x64", "postino-windows-x64.exe", "4d5a", 0, "4d5a"],
];

/** Bun for another machine comes from the network, once: without it there is nothing to try. */
const heads = await buildAll().catch((error: unknown) => {
  if (!/download|network|fetch|connect|resolve/i.test(String(error))) throw error;
  console.warn(`the programs of other machines were not built: ${String(error)}`);
  return null;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(heads === null).each(targets)("%s is built as %s", (_, file, magic, at, machine) => {
  const head = heads?.get(file) ?? Buffer.alloc(0);

  expect(head.subarray(0, magic.length / 2).toString("hex")).toBe(magic);
  expect(head.subarray(at, at + machine.length / 2).toString("hex")).toBe(machine);
});

/** A libc for ARM: `libc6-arm64-cross`. */
const library = "/usr/aarch64-linux-gnu";
const emulator = findProgram("qemu-aarch64-static");

describe.skipIf(heads === null || emulator === null || !existsSync(library))(
  "on an emulated ARM",
  () => {
    test("the demonstration runs to its end", async () => {
      const program = join(folder, "postino-linux-arm64");
      const child = Bun.spawn([emulator ?? "", program, "demo"], {
        cwd: folder,
        env: { HOME: folder, QEMU_LD_PREFIX: library },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      const [stdout, code] = await Promise.all([
        new Response(child.stdout).text(),
        child.exited,
        new Response(child.stderr).text(),
      ]);

      expect(stdout).toContain("54 su 60 conclusi, 6 scartati");
      expect(code).toBe(0);
    }, 300_000);
  },
);

/** The first bytes of each, by file; what is not run goes at once: each is 145 MB. */
async function buildAll(): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const [target] of targets)
    for (const path of await buildPrograms([target], folder)) {
      found.set(basename(path), await readHead(path));
      if (target !== "linux-arm64") rmSync(path);
    }
  return found;
}

async function readHead(path: string): Promise<Buffer> {
  const handle = await open(path);
  try {
    const head = Buffer.alloc(64);
    await handle.read(head, 0, head.length, 0);
    return head;
  } finally {
    await handle.close();
  }
}
