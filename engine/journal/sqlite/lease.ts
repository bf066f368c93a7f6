/** The one-writer lease: an operating system lock that dies with its process, and a card that says who holds it. */
import { Database } from "bun:sqlite";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Clock, toInstant } from "../../host/clock.ts";
import { dataNotWritableError, toDiskError } from "../../host/disk-faults.ts";
import { codeOf, RunBlocked } from "../../host/errors.ts";

/** Who holds the journal. */
export interface LeaseCard {
  readonly pid: number;
  readonly since: string;
  /** What the process does: `run`, `serve`. */
  readonly command: string;
  /** Where its dashboard answers, when it has one. */
  readonly url: string | null;
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
  const release = (): void => {
    rmSync(toCardPath(journalPath), { force: true });
    lock.close();
  };
  const command = process.argv[2] ?? "";
  const card: LeaseCard = { pid: process.pid, since: toInstant(clock.now()), command, url: null };
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
    lock = new Database(`${journalPath}.lock`, { create: true });
    lock.run("PRAGMA locking_mode = EXCLUSIVE");
    lock.run("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock?.close();
    const code = codeOf(error);
    if (code === "SQLITE_BUSY" || code === "SQLITE_LOCKED") throw journalInUseError(journalPath);
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
  if (card === null) return false;
  try {
    process.kill(card.pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as another user.
    return codeOf(error) === "EPERM";
  }
}

/** Replaces the card of this process. */
function writeCard(journalPath: string, card: LeaseCard): void {
  writeFileSync(toCardPath(journalPath), JSON.stringify(card), { mode: 0o600 });
}

function toCardPath(journalPath: string): string {
  return `${journalPath}.owner.json`;
}

function journalInUseError(journalPath: string): RunBlocked {
  const card = readCard(journalPath);
  const who =
    card === null ? "un altro processo" : `il processo ${card.pid} (postino ${card.command})`;
  return new RunBlocked(
    "JOURNAL_IN_USE",
    `Il registro dei flussi è già in uso: ${who} ci sta scrivendo.`,
    {
      hint:
        card?.url == null
          ? "Aspettare che finisca, oppure fermarlo, e ripetere il comando."
          : `Usare il pannello ${card.url}, oppure fermare quel processo e ripetere il comando.`,
    },
  );
}
