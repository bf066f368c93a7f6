/** One visit to an SFTP server whose key is known: folders, files, names. */
import { createHash } from "node:crypto";
import type { Client, FileEntryWithStats, SFTPWrapper } from "ssh2";
import { askTechnician } from "../../engine/host/hint.ts";
import { codeOf, messageOf, RetryLater, RunBlocked } from "../../engine/host/errors.ts";

export interface SftpTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** `SHA256:…` as `ssh-keygen -lf` tells it: another server is not spoken to. */
  readonly hostKey: string;
  readonly privateKey?: string;
  readonly password?: string;
}

export interface RemoteFile {
  readonly name: string;
  readonly size: number;
}

/** Paths with `/`, relative to where the server lets the user begin. */
export interface SftpVisit {
  isThere(path: string): Promise<boolean>;
  /** Makes what is missing of the way. */
  makeFolder(path: string): Promise<void>;
  removeFolder(path: string): Promise<void>;
  write(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Files of a folder; none where it is not there. */
  list(path: string): Promise<readonly RemoteFile[]>;
  read(path: string): Promise<Buffer>;
}

const answerMs = 30_000;

/** Connects, works, and leaves. Throws RunBlocked `CONSERVAZIONE_REFUSED`, RetryLater `CONSERVAZIONE_AWAY`. */
export async function visitSftp<Result>(
  target: SftpTarget,
  work: (visit: SftpVisit) => Promise<Result>,
): Promise<Result> {
  // Loaded for the first visit: it holds 60 MB, and most offices have no such server.
  const ssh = await import("ssh2");
  const client = new ssh.Client();
  const met = { isOther: false };
  try {
    const sftp = await connect(client, target, met);
    return await work(buildVisit(sftp));
  } catch (error) {
    throw explainError(error, target, met.isOther);
  } finally {
    client.end();
  }
}

function connect(
  client: Client,
  { host, port, user, hostKey, privateKey, password }: SftpTarget,
  met: { isOther: boolean },
): Promise<SFTPWrapper> {
  const { promise, resolve, reject } = Promise.withResolvers<SFTPWrapper>();
  client.on("error", reject);
  client.on("close", () => reject(new Error("the connection ended")));
  client.on("ready", () => {
    client.sftp((error, sftp) => (error === undefined ? resolve(sftp) : reject(error)));
  });
  client.connect({
    host,
    port,
    username: user,
    readyTimeout: answerMs,
    keepaliveInterval: 10_000,
    ...(privateKey !== undefined && { privateKey }),
    ...(password !== undefined && { password }),
    hostVerifier: (key: Buffer) => {
      const found = `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
      met.isOther = found !== hostKey.trim().replace(/=+$/, "");
      return !met.isOther;
    },
  });
  return promise;
}

type Callback<Value> = (error: Error | null | undefined, value: Value) => void;

function ask<Value = void>(call: (done: Callback<Value>) => void): Promise<Value> {
  const { promise, resolve, reject } = Promise.withResolvers<Value>();
  call((error, value) => (error ? reject(error) : resolve(value)));
  return promise;
}

function act(call: (done: (error?: Error | null) => void) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  call((error) => (error ? reject(error) : resolve()));
  return promise;
}

/** SFTP's SSH_FX_NO_SUCH_FILE. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === 2;
}

function buildVisit(sftp: SFTPWrapper): SftpVisit {
  return {
    isThere: (path) => isThere(sftp, path),
    removeFolder: (path) => removeFolder(sftp, path),
    async makeFolder(path) {
      const parts = path.split("/");
      for (let count = 1; count <= parts.length; count += 1) {
        const part = parts.slice(0, count).join("/");
        if (part !== "" && !(await isThere(sftp, part)))
          await act((done) => sftp.mkdir(part, { mode: 0o700 }, done));
      }
    },
    async write(path, pieces) {
      const handle = await ask<Buffer>((done) => sftp.open(path, "w", { mode: 0o600 }, done));
      let at = 0;
      for await (const piece of pieces) {
        const bytes = Buffer.from(piece);
        const from = at;
        await act((done) => sftp.write(handle, bytes, 0, bytes.byteLength, from, done));
        at += bytes.byteLength;
      }
      await act((done) => sftp.close(handle, done));
    },
    rename: (from, to) => act((done) => sftp.rename(from, to, done)),
    async list(path) {
      const found = await listAll(sftp, path);
      return found
        .filter(({ attrs }) => attrs.isFile())
        .map(({ filename, attrs }) => ({ name: filename, size: attrs.size }));
    },
    read: (path) => ask<Buffer>((done) => sftp.readFile(path, done)),
  };
}

async function isThere(sftp: SFTPWrapper, path: string): Promise<boolean> {
  try {
    await ask<unknown>((done) => sftp.stat(path, done));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** None where the folder is not there. */
async function listAll(sftp: SFTPWrapper, path: string): Promise<readonly FileEntryWithStats[]> {
  try {
    return await ask<readonly FileEntryWithStats[]>((done) => sftp.readdir(path, done));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function removeFolder(sftp: SFTPWrapper, path: string): Promise<void> {
  for (const { filename, attrs } of await listAll(sftp, path)) {
    const inside = `${path}/${filename}`;
    if (attrs.isDirectory()) await removeFolder(sftp, inside);
    else await act((done) => sftp.unlink(inside, done));
  }
  if (await isThere(sftp, path)) await act((done) => sftp.rmdir(path, done));
}

/** What the server says may hold names of its own: of it only the kind is told. */
function explainError(error: unknown, { host, user }: SftpTarget, isOther: boolean): unknown {
  // What the package itself threw is its own matter: of files of ours that are gone, or a bug.
  if (error instanceof RunBlocked || error instanceof RetryLater || codeOf(error) === "ENOENT")
    return error;
  const text = messageOf(error);
  const refused = (message: string, ask: string, technical: string): RunBlocked =>
    new RunBlocked("CONSERVAZIONE_REFUSED", message, {
      hint: askTechnician(ask, technical),
      cause: error,
    });
  if (isOther)
    return refused(
      `Il server SFTP ${host} del conservatore non è quello atteso: la sua chiave è un'altra. Nulla è stato inviato.`,
      "chiedere al conservatore se la chiave del suo server è cambiata",
      "Controllare in conservazione.sftp l'impronta della chiave del server: il conservatore dice se è cambiata.",
    );
  if (/authentication|privatekey|passphrase/i.test(text))
    return refused(
      `Il server SFTP ${host} del conservatore non lascia entrare ${user}.`,
      "controllare l'accesso al server del conservatore",
      "Controllare user, key e password di conservazione.sftp nel file dell'ente, e i loro segreti.",
    );
  if (error instanceof Error && "code" in error && error.code === 3)
    return refused(
      `Il server SFTP ${host} del conservatore non permette di scrivere nella sua cartella.`,
      "controllare la cartella sul server del conservatore",
      "Controllare conservazione.sftp.folder nel file dell'ente, e i permessi che il conservatore ha dato.",
    );
  return new RetryLater(
    `Il server SFTP ${host} del conservatore non risponde: il versamento riparte più tardi.`,
    { code: "CONSERVAZIONE_AWAY", effect: "none", afterMs: 60_000, cause: error },
  );
}
