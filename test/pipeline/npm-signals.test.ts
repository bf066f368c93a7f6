/** `npm run postino -- serve`: a signal that only npm gets, and an npm that is killed, end the program behind it, in order. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

const repository = resolve(import.meta.dir, "../..");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-npm-"));
  mkdirSync(join(folder, "pipelines", "enti"), { recursive: true });
  const { scripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const main = join(repository, "server", "main.ts");
  const postino = (scripts["postino"] ?? "").replace("server/main.ts", main);
  // Nothing is installed by a test.
  const manifest = { name: "prova", private: true, scripts: { ensure: "exit 0", postino } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Processes whose parent this is, itself left out. */
function listChildren(pid: number): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => readParent(child) === pid);
}

function readParent(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "Z", parent = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? null : Number(parent);
  } catch {
    return null;
  }
}

async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  text: string,
): Promise<string> {
  const decoder = new TextDecoder();
  let seen = "";
  while (!seen.includes(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    seen += decoder.decode(value, { stream: true });
  }
  return seen;
}

describe.skipIf(process.platform !== "linux")("of a signal that npm alone gets", () => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"] as const)
    test(`${signal}: the program behind it ends in order`, async () => {
      const npm = Bun.spawn(["npm", "run", "--silent", "postino", "--", "serve", "--port", "0"], {
        cwd: folder,
        env: {
          ...process.env,
          PATH: `${join(repository, "node_modules", ".bin")}:${process.env["PATH"]}`,
          POSTINO_DATA: join(folder, `data-${signal}`),
          POSTINO_PIPELINES: join(folder, "pipelines"),
        },
        stdout: "pipe",
        stderr: "ignore",
      });
      const reader = npm.stdout.getReader();
      await readUntil(reader, "Pannello: ");
      const [server = 0, ...others] = listChildren(npm.pid);

      npm.kill(signal);
      // The pipe closes when its last holder is gone.
      const rest = await readUntil(reader, "\0");

      expect(others).toEqual([]);
      expect(readParent(server)).toBeNull();
      expect(rest).toContain("Mi fermo appena concluso ciò che è in corso…");
      await npm.exited;
    });
});
