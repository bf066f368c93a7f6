/** A PostgreSQL server of the tests' own, in a temporary folder, on a port of loopback; tests that need one skip where it is not installed. */
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SQL } from "bun";
import { findFreePort } from "./free-port.ts";

/** Where `initdb` and `postgres` lie; `null` = not installed. Debian keeps them out of the PATH. */
export const postgresFolder: string | null = findPostgres();

export const noPostgres = postgresFolder === null ? " (skipped: PostgreSQL is not installed)" : "";

export interface PostgresServer {
  readonly port: number;
  /** Makes an empty database and tells its address. */
  createDatabase(): Promise<string>;
  /** Empties a database: its tables go. */
  emptyDatabase(url: string): Promise<void>;
  /** SQL as the superuser, in the database of the address. */
  query(url: string, sql: string): Promise<readonly Record<string, unknown>[]>;
  /** As a power cut, and up again when it resolves. */
  restart(): Promise<void>;
  /** As a power cut. */
  crash(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Made and started; `stop` it in `afterAll`. */
export async function startPostgres(): Promise<PostgresServer> {
  return await openServer((data) => {
    runTool("initdb", [
      "-D",
      data,
      "-U",
      "postino",
      "-A",
      "trust",
      "--no-sync",
      "--locale=C.UTF-8",
    ]);
  });
}

export interface PostgresReplica extends PostgresServer {
  /** Takes the place of the server that it follows. */
  promote(): void;
}

/** Copied from the server that answers at `port`, and follows it over another: what a test may cut. */
export async function startReplica(port: number, over: number): Promise<PostgresReplica> {
  const from = ["-h", "127.0.0.1", "-p", String(port), "-U", "postino"];
  let folder = "";
  const server = await openServer((data) => {
    folder = data;
    runTool("pg_basebackup", [
      "-D",
      data,
      ...from,
      "-R",
      "-X",
      "stream",
      "-c",
      "fast",
      "--no-sync",
    ]);
    const follow = `primary_conninfo = 'host=127.0.0.1 port=${over} user=postino'`;
    appendFileSync(join(data, "postgresql.auto.conf"), `${follow}\n`);
  });
  return { ...server, promote: () => runTool("pg_ctl", ["-D", folder, "-w", "promote"]) };
}

async function openServer(make: (data: string) => void): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "postino-pg-"));
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  // PostgreSQL does not run as root.
  if (process.getuid?.() === 0) for (const path of [folder, data]) chownSync(path, 65_534, 65_534);
  const port = await findFreePort();
  make(data);
  const options = `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories=${folder} -c max_connections=300 -c fsync=off -c full_page_writes=off`;
  const control = (...args: readonly string[]): void =>
    runTool("pg_ctl", ["-D", data, "-w", "-l", join(folder, "log"), ...args]);
  const start = async (): Promise<void> => control("-o", options, "start");
  await start();
  let made = 0;
  return {
    port,
    async createDatabase() {
      made += 1;
      const name = `prova_${made}`;
      await ask(`postgres://postino@127.0.0.1:${port}/postgres`, `CREATE DATABASE ${name}`);
      return `postgres://postino@127.0.0.1:${port}/${name}`;
    },
    async emptyDatabase(url) {
      await ask(url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    },
    query: ask,
    async restart() {
      control("-m", "immediate", "-o", options, "restart");
    },
    crash: () => control("-m", "immediate", "stop"),
    start,
    async stop() {
      control("-m", "immediate", "stop");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ask(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const pool = new SQL(url, { max: 1 });
  try {
    return (await pool.unsafe(sql)) as Record<string, unknown>[];
  } finally {
    await pool.close();
  }
}

function findPostgres(): string | null {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian)
    ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a))
    : [];
  const found = [
    ...(Bun.which("initdb") === null ? [] : [join(Bun.which("initdb") ?? "", "..")]),
    ...versions.map((version) => join(debian, version, "bin")),
  ];
  return found.find((path) => existsSync(join(path, "initdb"))) ?? null;
}

/** Beside `initdb` where that lies, or where it really lies. */
function locateTool(name: string): string {
  const beside = join(postgresFolder ?? "", name);
  if (existsSync(beside)) return beside;
  return join(dirname(realpathSync(join(postgresFolder ?? "", "initdb"))), name);
}

function runTool(name: string, args: readonly string[]): void {
  const command = [locateTool(name), ...args];
  const isRoot = process.getuid?.() === 0;
  const asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
  const { exitCode, stderr, stdout } = Bun.spawnSync(isRoot ? [...asNobody, ...command] : command, {
    cwd: "/",
    stdin: "ignore",
    stdout: name === "pg_ctl" ? "ignore" : "pipe",
    stderr: name === "pg_ctl" ? "ignore" : "pipe",
  });
  if (exitCode !== 0)
    throw new Error(`${name} ${args.join(" ")}: ${stdout?.toString()} ${stderr?.toString()}`);
}
