/** What a command loads before it answers: counted, for the time that it takes depends on the machine. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = join(import.meta.dir, "../..");
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-modules-"));
  cpSync(join(program, "pipelines"), join(folder, "pipelines"), { recursive: true });
  // The program's own list, written as it ends.
  writeFileSync(
    join(folder, "watch.ts"),
    `import { writeFileSync } from "node:fs";
process.on("exit", () => writeFileSync(process.env.MODULES_FILE, Object.keys(require.cache).join("\\n")));`,
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Loaded {
  readonly own: number;
  readonly packages: readonly string[];
}

async function listLoaded(words: readonly string[]): Promise<Loaded> {
  const file = join(folder, "modules.txt");
  const child = Bun.spawn(
    [
      process.execPath,
      "--preload",
      join(folder, "watch.ts"),
      join(program, "server", "main.ts"),
      ...words,
    ],
    { cwd: folder, env: { PATH: process.env["PATH"], MODULES_FILE: file }, stdout: "ignore" },
  );
  await child.exited;
  const paths = readFileSync(file, "utf8").split("\n");
  const packages = new Set<string>();
  let own = 0;
  for (const path of paths) {
    const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
    if (name === undefined) own += 1;
    else packages.add(name);
  }
  return { own, packages: [...packages].toSorted() };
}

describe("a command loads what it needs and nothing more", () => {
  test.each([
    ["--version", 40],
    ["runs", 120],
    ["runs --state completed --json", 120],
    ["status 1", 120],
  ])("postino %s: no package but the one that writes its log", async (words, mostOwn) => {
    const { own, packages } = await listLoaded(words.split(" "));

    expect(packages).toEqual(["consola"]);
    expect(own).toBeLessThanOrEqual(mostOwn);
  });

  test.each(["check", "check pipelines/send.yaml", "show send --ente borgolieto"])(
    "postino %s: none that draws, speaks to a database, asks a server or serves pages",
    async (words) => {
      const { packages } = await listLoaded(words.split(" "));

      expect(packages).toContain("typebox");
      for (const name of ["cron-parser", "hono", "pdf-lib", "pg", "pg-boss", "qrcode"])
        expect(packages).not.toContain(name);
    },
  );
});
