/** A MariaDB server of the tests' own, in a temporary folder, on a port of loopback; tests that need one skip where it is not installed. */
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { findFreePort } from "./free-port.ts";

/** Debian keeps it beside the programs of root. */
const places = `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin`;
const server = Bun.which("mariadbd", { PATH: places });
const installer = Bun.which("mariadb-install-db", { PATH: places });

export const noMariadb =
  server === null || installer === null ? " (skipped: MariaDB is not installed)" : "";

export interface MariadbServer {
  readonly port: number;
  /** SQL as its owner, in the database `ufficio`. */
  query(sql: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** Made and started, with an empty database `ufficio` and its user of the same name and password; `stop` it in `afterAll`. */
export async function startMariadb(): Promise<MariadbServer> {
  const folder = mkdtempSync(join(tmpdir(), "postino-mariadb-"));
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder, 65_534, 65_534);
  const user = isRoot ? ["--user=nobody"] : [];
  const data = join(folder, "data");
  const made = Bun.spawnSync([
    installer ?? "",
    "--no-defaults",
    `--datadir=${data}`,
    // The folder of all tests is not its user's to write.
    `--tmpdir=${folder}`,
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
    ...user,
  ]);
  if (made.exitCode !== 0) throw new Error(made.stdout.toString() + made.stderr.toString());
  const port = await findFreePort();
  const child = Bun.spawn(
    [
      server ?? "",
      "--no-defaults",
      `--datadir=${data}`,
      `--tmpdir=${folder}`,
      "--bind-address=127.0.0.1",
      `--port=${port}`,
      `--socket=${join(folder, "socket")}`,
      `--pid-file=${join(folder, "pid")}`,
      "--innodb-flush-log-at-trx-commit=0",
      "--innodb-buffer-pool-size=8M",
      ...user,
    ],
    { stdout: "ignore", stderr: "pipe" },
  );
  await waitUntilReady(child.stderr);
  await ask(`mysql://root@127.0.0.1:${port}/mysql`, [
    "CREATE DATABASE ufficio CHARACTER SET utf8mb4",
    "CREATE USER ufficio@'127.0.0.1' IDENTIFIED BY 'ufficio'",
    "GRANT ALL ON ufficio.* TO ufficio@'127.0.0.1'",
  ]);
  const url = `mysql://ufficio:ufficio@127.0.0.1:${port}/ufficio`;
  return {
    port,
    query: (sql) => ask(url, [sql]),
    async stop() {
      child.kill("SIGKILL");
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** It says so among its errors. */
async function waitUntilReady(stream: ReadableStream<Uint8Array>): Promise<void> {
  const decoder = new TextDecoder();
  let seen = "";
  const reader = stream.getReader();
  while (!seen.includes("ready for connections")) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`MariaDB did not start: ${seen}`);
    seen += decoder.decode(value, { stream: true });
  }
  // What it says from now on is nobody's: it must not wait for a reader.
  void reader.cancel();
}

async function ask(url: string, texts: readonly string[]): Promise<unknown> {
  const sql = new SQL(url, { max: 1 });
  try {
    let rows: unknown = [];
    for (const text of texts) rows = [...((await sql.unsafe(text)) as Iterable<unknown>)];
    return rows;
  } finally {
    await sql.close();
  }
}
