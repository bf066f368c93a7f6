/** A card beside the journal that says how far it had come: by it a journal that was restored or rebuilt is known before it acts. */
import { randomInt } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { toDiskError } from "../../engine/host/disk-faults.ts";
import { requireRow, RunBlocked } from "../../engine/host/errors.ts";
import type { Journal, Lineage } from "../../engine/journal/journal.ts";

interface Card {
  /** The number that the journal was given when it was made. */
  readonly installation: number;
  /** Its newest attempt: every effect is begun after the card says so. */
  readonly mark: number;
  /** The line of databases that it came from; absent: written by a program that knew no replicas. */
  readonly lineage?: Lineage;
  /** Which file this is on its disk: a copy is another. */
  readonly self: string;
  /** `null`: the journal is as it was left. */
  readonly restored: { readonly since: string; readonly freed: readonly string[] } | null;
}

export interface JournalWitness {
  /** Throws RunBlocked `JOURNAL_RESTORED` until the ente was asked about. */
  assertAligned(ente: string): void;
  isAligned(ente: string): boolean;
  /** The ente's ledger was compared with the outside: its runs may go on. */
  free(ente: string): void;
  /** The same journal; before an effect begins the card has moved on. */
  readonly journal: Journal;
}

/** Reads the card, compares, and writes it anew. `path`: of the journal. */
export async function openWitness(
  journal: Journal,
  { path, clock }: { readonly path: string; readonly clock: Clock },
): Promise<JournalWitness> {
  const file = `${path}.witness.json`;
  const drawn = randomInt(1, 2 ** 47);
  const [installation = drawn] = await journal.allocate("installation", "installation", 1, drawn);
  const isNew = installation === drawn;
  const mark = await journal.readMark();
  let lineage = await journal.readLineage();
  let isOvertaken = false;
  const before = readCard(file);
  const isSame =
    before === null
      ? // Made now, or by a program that knew no cards.
        isNew
      : before === "torn" ||
        (before.installation === installation &&
          before.mark <= mark &&
          hasAll(before.lineage, lineage) &&
          describesFile(before.self, file));
  let restored: Card["restored"] = { since: toInstant(clock.now()), freed: [] };
  if (isSame) restored = before === null || before === "torn" ? null : before.restored;
  const write = (at: number): void => {
    try {
      writeCard(file, { installation, mark: at, lineage, restored });
    } catch (error) {
      throw toDiskError(error, file);
    }
  };
  write(mark);
  const isAligned = (ente: string): boolean => restored === null || restored.freed.includes(ente);

  return {
    isAligned,
    assertAligned(ente) {
      if (!isAligned(ente)) throw restoredError(ente);
    },
    free(ente) {
      if (restored === null || isAligned(ente)) return;
      const before = restored;
      restored = { ...restored, freed: [...restored.freed, ente] };
      try {
        write(mark);
      } catch (error) {
        restored = before;
        throw error;
      }
    },
    journal: watchIntents(journal, async (ente) => {
      const now = await journal.readLineage();
      if (!hasAll(lineage, now)) {
        restored = { since: toInstant(clock.now()), freed: [] };
        isOvertaken = true;
      }
      lineage = now;
      write(await journal.readMark());
      // Runs that were let in before; who compares the journal with the outside writes its intents too.
      if (isOvertaken && !isAligned(ente)) throw restoredError(ente);
    }),
  };
}

/**
 * The journal was copied, whole: its new place is trusted as the old one was, and the old one, which does not learn what happens
 * from now on, acts only after it was compared with the outside. `from`, `to`: where their cards lie.
 */
export function moveWitness(
  paths: { readonly from: string; readonly to: string },
  { installation, mark, clock }: { installation: number; mark: number; clock: Clock },
): void {
  const [from, to] = [`${paths.from}.witness.json`, `${paths.to}.witness.json`];
  const before = readCard(from);
  const since = toInstant(clock.now());
  const isKnown =
    before !== null &&
    before !== "torn" &&
    before.installation === installation &&
    before.mark <= mark &&
    describesFile(before.self, from);
  const restored = isKnown ? before.restored : { since, freed: [] };
  writeCard(to, { installation, mark, restored });
  distrustJournal(paths.from, { installation, mark, clock });
}

/** The journal was put back: whatever it says, it acts only after it was compared with the outside. `path`: of the journal. */
export function distrustJournal(
  path: string,
  { installation, mark, clock }: { installation: number; mark: number; clock: Clock },
): void {
  const restored = { since: toInstant(clock.now()), freed: [] };
  writeCard(`${path}.witness.json`, { installation, mark, restored });
}

/** A replica that took the place of a server which did not wait for it may lack what that one called durable last. */
function hasAll(before: Lineage | undefined, now: Lineage): boolean {
  return before === undefined || before.line === now.line || before.isReplicated;
}

/** The journal, and all that is driven by it: before an effect begins `moveOn` is done. */
function watchIntents(journal: Journal, moveOn: (ente: string) => Promise<void>): Journal {
  const entiOfRuns = new Map<string, string>();
  async function readEnte(runId: string): Promise<string> {
    const ente =
      entiOfRuns.get(runId) ?? requireRow(await journal.readRun(runId), `run ${runId}`).ente;
    entiOfRuns.set(runId, ente);
    return ente;
  }
  return {
    ...journal,
    async record(runId, batch) {
      await journal.record(runId, batch);
      if ((batch.intents ?? []).length > 0) await moveOn(await readEnte(runId));
    },
    beginDrive: async (runId) => watchIntents(await journal.beginDrive(runId), moveOn),
  };
}

function restoredError(ente: string): RunBlocked {
  return new RunBlocked(
    "JOURNAL_RESTORED",
    "Il registro dei flussi viene da una copia di sicurezza, o è stato rifatto: può non sapere che cosa è già stato notificato. Nulla è stato inviato né annullato.",
    {
      hint: {
        action: "realign",
        ente,
        first:
          "Confrontare il registro con SEND e con il sistema dei pagamenti, poi riprendere il flusso:",
      },
    },
  );
}

/** `torn`: a power cut took its bytes. A copy would be whole, and a card that says `restored` is never torn. */
function readCard(file: string): Card | "torn" | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // None: the journal's own number says whether there should be one.
    return null;
  }
  try {
    return JSON.parse(text) as Card;
  } catch {
    return "torn";
  }
}

/** Only `restored` is synced: after a power cut an older card says that the journal had come less far, and an empty one nothing. */
function writeCard(file: string, card: Omit<Card, "self">): void {
  const temporary = `${file}.new`;
  for (const hasBirth of [true, false]) {
    writeFileSync(temporary, "", { mode: 0o600, flag: "w" });
    const self = describeFile(temporary, hasBirth);
    writeFileSync(temporary, JSON.stringify({ ...card, self } satisfies Card));
    if (card.restored !== null) syncFile(temporary);
    renameSync(temporary, file);
    // Where the file system keeps no day of birth it is told as that of the last change.
    if (describesFile(self, file)) return;
  }
}

function syncFile(path: string): void {
  // Windows syncs no file that is open for reading alone.
  const handle = openSync(path, "r+");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function describeFile(path: string, hasBirth: boolean): string {
  const { ino, birthtimeMs } = statSync(path);
  return `${ino}-${hasBirth ? Math.floor(birthtimeMs) : 0}`;
}

function describesFile(self: string, path: string): boolean {
  return self === describeFile(path, !self.endsWith("-0"));
}
