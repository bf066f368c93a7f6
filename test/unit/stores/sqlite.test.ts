/** The embedded journal: what every journal keeps, and what is special to its file: the lease, the log, the schema. */
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RunBlocked } from "../../../engine/host/errors.ts";
import type { ItemRow, Move } from "../../../engine/journal/items.ts";
import type { Journal } from "../../../engine/journal/journal.ts";
import type { Run } from "../../../engine/journal/runs.ts";
import { createRing, type KeyRing } from "../../../stores/seals/ring.ts";
import { createSeals, type Seals } from "../../../stores/seals/seals.ts";
import { openJournal, openJournalReader } from "../../../stores/sqlite/store.ts";
import { readCard } from "../../../stores/sqlite/lease.ts";
import { type ContestedPlace, testFences } from "../../support/journal-fences.ts";
import { testRetention } from "../../support/journal-retention.ts";
import { testJournal } from "../../support/journal-suite.ts";
import { createFakeClock, type FakeClock } from "../../support/fake-clock.ts";

let folder: string;
let path: string;
let clock: FakeClock;
let journal: Journal | null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-journal-"));
  path = join(folder, "postino.sqlite");
  clock = createFakeClock("2026-11-23T06:30:00Z");
  journal = null;
});
afterEach(async () => {
  await journal?.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(): Journal {
  journal = openJournal(path, clock);
  return journal;
}

async function close(): Promise<void> {
  await journal?.close();
  journal = null;
}

async function runWith(
  into: Journal,
  keys: readonly string[],
  ente = "prova",
): Promise<{ readonly run: Run; readonly items: readonly ItemRow[] }> {
  const run = await into.createRun({
    pipeline: "prova",
    ente,
    trigger: "manual",
    input: null,
    params: { lotto: "2026-A" },
    spec: `{"ente":"${ente}"}`,
  });
  await into.addItems(
    run.id,
    keys.map((key) => ({ key, data: { row: key }, sourceDigest: `digest-${key}` })),
  );
  return { run, items: await into.listItems(run.id, { limit: 1_000 }) };
}

function move(item: ItemRow, changes: Partial<Move> = {}): Move {
  return {
    itemId: item.id,
    itemKey: item.key,
    from: "pending",
    to: "done",
    step: 2,
    code: null,
    note: null,
    hint: null,
    dueAt: null,
    tries: 0,
    since: null,
    ...changes,
  };
}

/** The row as another connection sees it, past every cache of the writer. */
function onDisk(sql: string): unknown {
  const db = new Database(path, { readonly: true });
  try {
    return db.query(sql).get();
  } finally {
    db.close();
  }
}

async function makePlace(ring: KeyRing | null = null): Promise<ContestedPlace> {
  const place = mkdtempSync(join(tmpdir(), "postino-journal-"));
  const file = join(place, "postino.sqlite");
  // Each opening is another process.
  const openSeals = (): Seals | null => (ring === null ? null : createSeals(ring));
  return {
    open: async (at) => openJournal(file, at, openSeals()),
    openReader: async () => openJournalReader(file, openSeals()),
    async overtake(at) {
      // As on a folder whose locks are lost: somebody took them away, or the other host sees none.
      for (const ending of ["lock", "owner.json"]) rmSync(`${file}.${ending}`, { force: true });
      return openJournal(file, at, openSeals());
    },
    remove: async () => rmSync(place, { recursive: true, force: true }),
  };
}

for (const [kind, ring] of [
  ["the journal on SQLite", null],
  ["the sealed journal on SQLite", createRing("sealed", 0)],
] as const) {
  testJournal(kind, () => makePlace(ring), ring === null);
  testFences(kind, () => makePlace(ring));
  testRetention(`what ${kind} gives up`, () => makePlace(ring));
}

describe("the lease", () => {
  test("a second process is told who holds the journal, and a killed holder frees it at once", async () => {
    const holder = startProcess("hold");
    const runId = await holder.line();

    const error = thrownBy(() => openJournal(path, clock));
    holder.process.kill("SIGKILL");
    await holder.process.exited;
    const writer = open();

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error).toMatchObject({
      code: "JOURNAL_IN_USE",
      message: `Il registro dei flussi è già in uso: il processo ${holder.process.pid} (postino hold) ci sta scrivendo.`,
      hint: "Aspettare che finisca, oppure fermarlo, e ripetere il comando.",
    });
    expect(holder.process.signalCode).toBe("SIGKILL");
    // What the killed process was told to be durable is there.
    expect((await writer.listItems(runId, { limit: 9 })).map(({ key }) => key)).toEqual(["v1"]);
    expect(readCard(path)?.pid).toBe(process.pid);
  });

  // Only Linux tells of another process what it does.
  test.skipIf(process.platform !== "linux")(
    "a holder that is suspended is told as such, and one that goes on again no more",
    async () => {
      const holder = startProcess("hold");
      await holder.line();
      const { pid } = holder.process;
      const said = (): unknown => thrownBy(() => openJournal(path, clock));

      holder.process.kill("SIGSTOP");
      await waitUntilSuspended(pid, true);
      const suspended = said();
      holder.process.kill("SIGCONT");
      await waitUntilSuspended(pid, false);
      const goesOn = said();
      holder.process.kill("SIGKILL");
      await holder.process.exited;

      expect(suspended).toMatchObject({
        code: "JOURNAL_IN_USE",
        message: `Il registro dei flussi è già in uso: il processo ${pid} (postino hold) lo tiene, ma è sospeso.`,
        hint: `Da solo non finisce: farlo proseguire (kill -CONT ${pid}, o fg nel suo terminale), oppure fermarlo, e ripetere il comando.`,
      });
      expect(goesOn).toMatchObject({
        message: `Il registro dei flussi è già in uso: il processo ${pid} (postino hold) ci sta scrivendo.`,
      });
    },
  );

  const thefts: Readonly<Record<string, (lock: string) => void>> = {
    "was deleted": (lock) => rmSync(lock),
    "was replaced by a copy": (lock) => {
      copyFileSync(lock, `${lock}.copia`);
      renameSync(`${lock}.copia`, lock);
    },
    "was moved away": (lock) => renameSync(lock, `${lock}.vecchio`),
  };
  for (const [what, take] of Object.entries(thefts))
    test(`a second process is kept out although the lock file ${what}, until the holder has died`, async () => {
      const holder = startProcess("hold");
      await holder.line();

      take(`${path}.lock`);
      const [first, second] = [1, 2].map(() => thrownBy(() => openJournal(path, clock)));
      holder.process.kill("SIGKILL");
      await holder.process.exited;
      open();

      const { pid } = holder.process;
      for (const error of [first, second])
        expect(error).toMatchObject({
          code: "JOURNAL_IN_USE",
          message: `Il registro dei flussi è già in uso: il processo ${pid} (postino hold) lo tiene, ma il suo file di blocco postino.sqlite.lock è stato tolto o sostituito.`,
          hint: "Fermare quel processo e ripetere il comando; se non è Postino, cancellare postino.sqlite.owner.json. Il file di blocco non si cancella mai a mano.",
        });
      expect(readCard(path)?.pid).toBe(process.pid);
    });

  test("a copy of the folder beside a living holder is nobody's", async () => {
    const holder = startProcess("hold");
    await holder.line();
    const copy = join(folder, "copia");
    mkdirSync(copy);
    for (const ending of ["lock", "owner.json"])
      copyFileSync(`${path}.${ending}`, join(copy, `postino.sqlite.${ending}`));

    const opened = openJournal(join(copy, "postino.sqlite"), clock);
    await opened.close();
    holder.process.kill("SIGKILL");
    await holder.process.exited;
  });

  test("its files are for their owner's eyes, those of before too", () => {
    writeFileSync(`${path}.lock`, "", { mode: 0o644 });

    open();

    for (const ending of ["", ".lock", ".owner.json"])
      expect(statSync(`${path}${ending}`).mode & 0o777).toBe(0o600);
  });

  test("a card that cannot be read does not keep anybody out", () => {
    writeFileSync(`${path}.owner.json`, '{"pid": 47');

    open();

    expect(readCard(path)?.pid).toBe(process.pid);
  });

  test("a folder that cannot be made is told, and leaves no lock", () => {
    writeFileSync(join(folder, "file"), "");

    expect(thrownBy(() => openJournal(join(folder, "file", "x.sqlite"), clock))).toMatchObject({
      code: "DATA_NOT_WRITABLE",
    });
  });
});

describe("reading beside a writer", () => {
  test("a file that its writer did not live to fill is no journal yet", () => {
    writeFileSync(path, "");

    expect(openJournalReader(path)).toBeNull();
  });

  test("a journal that is at rest can be read, also after its writer was killed", async () => {
    const holder = startProcess("hold");
    const runId = await holder.line();
    holder.process.kill("SIGKILL");
    await holder.process.exited;
    const killed = openJournalReader(path);
    const left = await killed?.listItems(runId, { limit: 9 });
    await killed?.close();
    open();
    await close();
    const rested = openJournalReader(path);
    const kept = await rested?.listItems(runId, { limit: 9 });
    await rested?.close();

    expect(left?.map(({ key }) => key)).toEqual(["v1"]);
    expect(kept?.map(({ key }) => key)).toEqual(["v1"]);
  });

  test("a process that reads without pause sees whole snapshots and does not let the log grow", async () => {
    const writer = open();
    const keys = Array.from({ length: 200 }, (_, index) => `v${index}`);
    const { run, items } = await runWith(writer, keys);
    const reader = startProcess("read", run.id);
    await reader.line();
    // 400 commits of 20 kB each: 8 MB, twice the size at which SQLite moves the log into the file.
    const data = { text: "x".repeat(20_000) };

    for (const to of ["pending", "done"] as const)
      for (const item of items) {
        const recorded = writer.record(run.id, { moves: [move(item, { data, to })] });
        // A change of the run commits at once what was recorded before it.
        await writer.patchRun(run.id, { reason: to });
        await recorded;
      }
    const wal = statSync(`${path}-wal`).size;
    await writer.patchRun(run.id, { state: "completed" });
    const lines = await reader.rest();

    expect(await reader.process.exited).toBe(0);
    expect(lines.at(-1)).toBe("completed 200");
    expect(wal).toBeLessThan(8_000_000);
  });
});

describe("versions", () => {
  test("a file of a newer program is refused, by writer and reader, and left as it is", async () => {
    open();
    await close();
    const { user_version: own } = onDisk("PRAGMA user_version") as { user_version: number };
    const newer = new Database(path);
    newer.run("PRAGMA user_version = 4711");
    newer.close();

    for (const openIt of [() => openJournal(path, clock), () => openJournalReader(path)])
      expect(thrownBy(openIt)).toMatchObject({
        code: "JOURNAL_TOO_NEW",
        message: "Il registro dei flussi è stato scritto da una versione più nuova di Postino.",
        hint: "Aggiornare Postino a quella versione.",
      });

    expect(onDisk("PRAGMA user_version")).toEqual({ user_version: 4711 });
    // The refusal gave the lease back.
    const older = new Database(path);
    older.run(`PRAGMA user_version = ${own}`);
    older.close();
    open();
  });

  test("what all steps did with an item is found without reading the other items' effects", () => {
    open();

    const plan = onDisk(
      "EXPLAIN QUERY PLAN SELECT fields FROM effects WHERE ente = 'e' AND item_key = 'v' AND round = 1",
    );

    expect(plan).toMatchObject({
      detail: "SEARCH effects USING INDEX effects_by_item (ente=? AND item_key=?)",
    });
  });

  test("a file that is no database is told as one that cannot be written", () => {
    writeFileSync(path, "this is a text, and long enough to be no header of a database at all\n");

    expect(thrownBy(() => openJournal(path, clock))).toMatchObject({ code: "DATA_NOT_WRITABLE" });
  });

  test("only the owner may read the journal", () => {
    open();

    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

test("the few of many that are in one state, or that one cause keeps, are found without looking at the others", async () => {
  open();
  await close();
  const db = new Database(path, { readonly: true });
  const plan = (condition: string): readonly string[] =>
    db
      .query<{ detail: string }, []>(
        `EXPLAIN QUERY PLAN SELECT * FROM items WHERE run = 1 AND ${condition} ORDER BY id LIMIT 51`,
      )
      .all()
      .map(({ detail }) => detail);

  const states = plan("state = 'in-doubt' AND id > 7");
  const steps = plan("state = 'pending' AND step IN (1, 2)");
  const causes = plan("code = 'REFUSED'");
  db.close();

  expect(causes).toEqual(["SEARCH items USING INDEX items_by_code (run=? AND code=?)"]);
  expect(states).toEqual([
    "SEARCH items USING INDEX items_by_state (run=? AND state=? AND rowid>?)",
  ]);
  expect(steps).toEqual(["SEARCH items USING INDEX items_by_state (run=? AND state=?)"]);
});

/** Another process over the same file; see test/support/journal-process.ts. */
function startProcess(what: "hold" | "read", runId = "") {
  const script = fileURLToPath(import.meta.resolve("../../support/journal-process.ts"));
  const process_ = Bun.spawn([process.execPath, script, what, path, runId], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const output = process_.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  async function more(): Promise<boolean> {
    const { done, value } = await output.read();
    text += value ?? "";
    return !done;
  }
  return {
    process: process_,
    /** Its next line. */
    async line(): Promise<string> {
      while (!text.includes("\n")) if (!(await more())) throw new Error("the process said nothing");
      const [first = ""] = text.split("\n");
      text = text.slice(first.length + 1);
      return first;
    },
    /** All further lines, when it has ended. */
    async rest(): Promise<readonly string[]> {
      while (await more());
      return text.split("\n").slice(0, -1);
    },
  };
}

/** Signals take their time. */
async function waitUntilSuspended(pid: number, expected: boolean): Promise<void> {
  while (/\) [Tt] /.test(readFileSync(`/proc/${pid}/stat`, "latin1")) !== expected)
    await Bun.sleep(5);
}
