/** The one-writer lease: an operating system lock that dies with its process, and a card that says who holds it. */
import { Database } from "bun:sqlite";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Clock, toInstant } from "./clock.ts";
import { RunBlocked } from "./errors.ts";

/** Who holds the journal. */
export interface LeaseCard {
  readonly pid: number;
  readonly since: string;
  /** What the process does: `run`, `serve`. */
  readonly command: string;
  /** Where its dashboard answers, when it has one. */
  readonly url: string | null;
}

/**
 * Takes the lock beside `journalPath`, or throws RunBlocked `JOURNAL_IN_USE` at once. Returns how to give it back.
 * The lock is SQLite's own exclusive file lock: a killed process holds it no longer.
 */
export function takeLease(journalPath: string, clock: Clock): () => void {
  const path = `${journalPath}.lock`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw notWritable(dirname(path), error);
  }
  let lock: Database;
  try {
    lock = new Database(path, { create: true });
  } catch (error) {
    throw notWritable(dirname(path), error);
  }
  try {
    lock.run("PRAGMA locking_mode = EXCLUSIVE");
    lock.run("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    const code = (error as { code?: unknown }).code;
    if (code === "SQLITE_BUSY" || code === "SQLITE_LOCKED") throw inUse(journalPath);
    throw notWritable(dirname(path), error);
  }
  writeCard(journalPath, {
    pid: process.pid,
    since: toInstant(clock.now()),
    command: process.argv[2] ?? "",
    url: null,
  });
  return () => {
    rmSync(cardPath(journalPath), { force: true });
    lock.run("ROLLBACK");
    lock.close();
  };
}

/** Who holds the lease, as far as the card tells; `null` when nobody left one. */
export function readCard(journalPath: string): LeaseCard | null {
  try {
    return JSON.parse(readFileSync(cardPath(journalPath), "utf8")) as LeaseCard;
  } catch {
    // No card, or one half written by a process that died: the lock decides, the card only explains.
    return null;
  }
}

/** Replaces the card of this process, once its dashboard answers. */
export function writeCard(journalPath: string, card: LeaseCard): void {
  writeFileSync(cardPath(journalPath), JSON.stringify(card), { mode: 0o600 });
}

function cardPath(journalPath: string): string {
  return `${journalPath}.owner.json`;
}

function inUse(journalPath: string): RunBlocked {
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

function notWritable(folder: string, cause: unknown): RunBlocked {
  return new RunBlocked(
    "DATA_NOT_WRITABLE",
    `Nella cartella dei dati non si può scrivere: ${folder}.`,
    {
      hint: "Controllare i permessi della cartella, o indicarne un'altra con POSTINO_DATA.",
      cause,
    },
  );
}
