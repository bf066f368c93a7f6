/** An OpenSSH server of the tests' own on a port of loopback, with keys of its own; tests that need one skip where it is not installed. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "./free-port.ts";

/** Debian keeps it beside the programs of root; it wants to be called by its whole path. */
const sshd = Bun.which("sshd", { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin` });

export const noSshd =
  sshd === null || Bun.which("ssh-keygen") === null ? " (skipped: OpenSSH is not installed)" : "";

export interface SshServer {
  readonly port: number;
  readonly user: string;
  /** What it lets in, as a file of OpenSSH holds it. */
  readonly privateKey: string;
  /** As `ssh-keygen -lf` tells it. */
  readonly hostKey: string;
  /** A folder that its user may write. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Made and started; `stop` it in `afterAll`. */
export async function startSshd(): Promise<SshServer> {
  const root = mkdtempSync(join(tmpdir(), "postino-sshd-"));
  const folder = join(root, "files");
  mkdirSync(folder);
  const [hostFile, userFile] = [join(root, "host"), join(root, "user")];
  for (const path of [hostFile, userFile])
    runTool("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path]);
  const keys = join(root, "authorized");
  writeFileSync(keys, readFileSync(`${userFile}.pub`));
  chmodSync(keys, 0o600);
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const port = await findFreePort();
  const config = join(root, "config");
  writeFileSync(
    config,
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${hostFile}
PidFile none
AuthorizedKeysFile ${keys}
PermitRootLogin prohibit-password
PasswordAuthentication no
StrictModes no
UsePAM no
Subsystem sftp internal-sftp
`,
  );
  const child = Bun.spawn([sshd ?? "", "-D", "-e", "-f", config], {
    stdout: "ignore",
    stderr: "pipe",
  });
  await waitUntilListening(child.stderr);
  const told = runTool("ssh-keygen", ["-lf", `${hostFile}.pub`]);
  return {
    port,
    user: runTool("id", ["-un"]).trim(),
    privateKey: readFileSync(userFile, "utf8"),
    hostKey: /SHA256:\S+/.exec(told)?.[0] ?? "",
    folder,
    async stop() {
      child.kill();
      await child.exited;
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function waitUntilListening(stream: ReadableStream<Uint8Array>): Promise<void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let seen = "";
  while (!seen.includes("Server listening")) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`sshd did not start: ${seen}`);
    seen += decoder.decode(value, { stream: true });
  }
  void drain(reader);
}

/** What it says from now on is nobody's, and it must not wait for a reader. */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}

function runTool(name: string, args: readonly string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([name, ...args]);
  if (exitCode !== 0) throw new Error(`${name}: ${stderr.toString()}`);
  return stdout.toString();
}
