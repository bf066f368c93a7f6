/** The one-writer lease: an operating system lock that dies with its process, and a card that says who holds it. */
import { Database } from "bun:sqlite";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { dataNotWritableError, toDiskError } from "../../engine/host/disk-faults.ts";
import { codeOf, type RunBlocked } from "../../engine/host/errors.ts";
import { journalHeldError, journalInUseError } from "../../engine/journal/fences.ts";

/** Who holds the journal. */
export interface LeaseCard {
  readonly pid: number;
  readonly since: string;
  /** What the process does: `run`, `serve`. */
  readonly command: string;
  /** Where its dashboard answers, when it has one. */
  readonly url: string | null;
  /** Inodes of the folder and of the lock: where the folder is the same and the lock is not, somebody took the lock away. */
  readonly folderInode?: number;
  readonly lockInode?: number;
}

/** The right to write the journal, held. */
export interface Lease {
  /** Tells those who are refused where this process answers. */
  announceDashboard(url: string): void;
  release(): void;
}

/**
 * Takes the lock beside the journal, or throws RunBlocked `JOURNAL_IN_USE` at once.
 * The lock is SQLite's own exclusive file lock: a killed process holds it no longer.
 */
export function takeLease(journalPath: string, clock: Clock): Lease {
  const lock = takeLock(journalPath);
  const before = readCard(journalPath);
  const inodes = readInodes(journalPath);
  if (before !== null && isLockGone(before, inodes)) {
    lock.close();
    throw lockTakenAwayError(journalPath, before);
  }
  const command = process.argv[2] ?? "";
  const since = toInstant(clock.now());
  const card: LeaseCard = { pid: process.pid, since, command, url: null, ...inodes };
  const release = (): void => {
    // Who took the journal over has left a card of its own.
    const isOwn = readCard(journalPath)?.lockInode === inodes.lockInode;
    if (isOwn) rmSync(toCardPath(journalPath), { force: true });
    lock.close();
  };
  try {
    writeCard(journalPath, card);
  } catch (error) {
    release();
    throw toDiskError(error, dirname(journalPath));
  }
  return { announceDashboard: (url) => writeCard(journalPath, { ...card, url }), release };
}

/** The open transaction is the lock: closing the database gives it back. */
function takeLock(journalPath: string): Database {
  const folder = dirname(journalPath);
  let lock: Database | null = null;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = toLockPath(journalPath);
    // SQLite itself would make it as the umask says.
    closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
    lock = new Database(file);
    lock.run("PRAGMA locking_mode = EXCLUSIVE");
    lock.run("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock?.close();
    const code = codeOf(error);
    if (code === "SQLITE_BUSY" || code === "SQLITE_LOCKED") throw findHolderError(journalPath);
    throw dataNotWritableError(folder, error);
  }
}

/** Who holds the lease, as far as the card tells; `null` when nobody left one. */
export function readCard(journalPath: string): LeaseCard | null {
  try {
    return JSON.parse(readFileSync(toCardPath(journalPath), "utf8")) as LeaseCard;
  } catch {
    // No card, or one half written by a process that died: the lock decides, the card only explains.
    return null;
  }
}

/** Whether a living process holds the journal, as far as the card tells; nothing is locked. */
export function isHeld(journalPath: string): boolean {
  const card = readCard(journalPath);
  return card !== null && isAlive(card.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as another user.
    return codeOf(error) === "EPERM";
  }
}

/** Whether somebody suspended it (Ctrl+Z, SIGSTOP, a debugger): it will not end by itself. Only Linux tells. */
function isSuspended(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return /^[Tt]$/.test(stat.slice(stat.lastIndexOf(")") + 2)[0] ?? "");
  } catch {
    return false;
  }
}

type Inodes = Pick<LeaseCard, "folderInode" | "lockInode">;

function readInodes(journalPath: string): Inodes {
  return {
    folderInode: statSync(dirname(journalPath)).ino,
    lockInode: statSync(toLockPath(journalPath)).ino,
  };
}

/** The lock that we have is another file than the one that a living process holds. A copy of the folder is another folder. */
function isLockGone({ pid, folderInode, lockInode }: LeaseCard, now: Inodes): boolean {
  const isOurs = folderInode === now.folderInode && lockInode !== now.lockInode;
  return isOurs && pid !== process.pid && isAlive(pid);
}

/** Replaces the card of this process. */
function writeCard(journalPath: string, card: LeaseCard): void {
  writeFileSync(toCardPath(journalPath), JSON.stringify(card), { mode: 0o600 });
}

function toCardPath(journalPath: string): string {
  return `${journalPath}.owner.json`;
}

function toLockPath(journalPath: string): string {
  return `${journalPath}.lock`;
}

function findHolderError(journalPath: string): RunBlocked {
  const card = readCard(journalPath);
  if (card === null) return journalHeldError("un altro processo", null);
  const who = describeHolder(card);
  const { pid, url } = card;
  if (isSuspended(pid))
    return journalInUseError(
      `${who} lo tiene, ma è sospeso`,
      `Da solo non finisce: farlo proseguire (kill -CONT ${pid}, o fg nel suo terminale), oppure fermarlo, e ripetere il comando.`,
    );
  return journalHeldError(who, url);
}

function lockTakenAwayError(journalPath: string, card: LeaseCard): RunBlocked {
  const lock = basename(toLockPath(journalPath));
  const owner = basename(toCardPath(journalPath));
  return journalInUseError(
    `${describeHolder(card)} lo tiene, ma il suo file di blocco ${lock} è stato tolto o sostituito`,
    `Fermare quel processo e ripetere il comando; se non è Postino, cancellare ${owner}. Il file di blocco non si cancella mai a mano.`,
  );
}

function describeHolder({ pid, command }: LeaseCard): string {
  return `il processo ${pid} (postino ${command})`;
}

/** How this process is told to whoever had the journal before. */
export function nameOwner(): string {
  return `${process.pid}, postino ${process.argv[2] ?? ""}`;
}
