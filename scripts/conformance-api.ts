/** `bun run conformance:api`: schemathesis against a server of our own, made for it and thrown away; skipped, and said so, where it cannot run. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildSchemathesisCommand,
  installSchemathesis,
  listMissingForSchemathesis,
} from "./conformance/schemathesis.ts";

const root = join(import.meta.dir, "..");

const missing = listMissingForSchemathesis();
if (missing.length > 0) {
  console.log(`schemathesis: skipped, missing ${missing.join(", ")}`);
  console.log("0 pass\n0 fail\n1 skip");
} else process.exitCode = await judgeApi();

async function judgeApi(): Promise<number> {
  const program = await installSchemathesis().catch((error: unknown) => String(error));
  if (program.startsWith("Error")) {
    console.log(`schemathesis: skipped, ${program}`);
    console.log("0 pass\n0 fail\n1 skip");
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), "postino-api-"));
  cpSync(join(root, "pipelines"), join(folder, "pipelines"), { recursive: true });
  const server = Bun.spawn(
    [process.execPath, join(root, "server", "main.ts"), "serve", "--port", "0", "--no-scheduler"],
    {
      cwd: folder,
      env: { PATH: process.env["PATH"], HOME: folder, POSTINO_DATA: join(folder, "data") },
      stdout: "pipe",
      stderr: "ignore",
    },
  );
  try {
    const url = await readUrl(server.stdout);
    const judge = Bun.spawn([...buildSchemathesisCommand(program, url)], {
      cwd: folder,
      stdout: "pipe",
      stderr: "pipe",
      timeout: 180_000,
    });
    const output = await new Response(judge.stdout).text();
    const code = await judge.exited;
    console.log(code === 0 ? (output.trimEnd().split("\n").at(-1) ?? "") : output);
    console.log(code === 0 ? "1 pass\n0 fail" : "0 pass\n1 fail");
    return code === 0 ? 0 : 1;
  } finally {
    server.kill();
    await server.exited;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function readUrl(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const piece of stream) {
    text += new TextDecoder().decode(piece);
    const [, url] = /Pannello: (\S+)\n/.exec(text) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`the server did not start: ${text}`);
}
