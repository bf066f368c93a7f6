/** A real editor beside the language server: Neovim without a screen opens a broken pipeline and mends it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const repository = resolve(import.meta.dir, "../../../..");
const neovim = Bun.which("nvim");
const reason = neovim === null ? " (skipped: no Neovim on this machine)" : "";
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-neovim-"));
  cpSync(join(repository, "pipelines"), join(folder, "pipelines"), { recursive: true });
  const send = join(folder, "pipelines/send.yaml");
  writeFileSync(send, readFileSync(send, "utf8").replace("uses: validate", "uses: validat"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe(`Neovim${reason}`, () => {
  test.skipIf(neovim === null)(
    "shows the fault, completes, explains and mends it",
    async () => {
      const script = join(repository, "test/support/neovim.lua");
      const child = Bun.spawn(
        [neovim ?? "nvim", "--headless", "--clean", "-c", `luafile ${script}`],
        {
          cwd: folder,
          env: {
            ...process.env,
            HOME: folder,
            POSTINO_TEST_BUN: process.execPath,
            POSTINO_TEST_MAIN: join(repository, "server/main.ts"),
          },
          stderr: "pipe",
        },
      );
      const [out, errors] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ]);

      const last = out.trim().split("\n").at(-1) ?? "";
      expect([last.slice(0, 1), errors]).toEqual(["{", expect.anything()]);
      const told = JSON.parse(last) as Readonly<Record<string, unknown>>;
      expect(told).toEqual({
        errors: [{ line: 7, code: "P004", message: 'il passo "validat" non esiste' }],
        offered: expect.arrayContaining(["validate", "reset-iuv", "transmit"]),
        hover: expect.stringContaining("Il passo da eseguire."),
        actions: ["Forse: scrivi validate"],
        mended: "  - uses: validate",
        left: 0,
      });
    },
    60_000,
  );
});
