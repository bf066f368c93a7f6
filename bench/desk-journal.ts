/** A journal as it is after years: many enti, runs and items, written straight into its tables. */
import { Database } from "bun:sqlite";
import { systemClock } from "../engine/host/clock.ts";
import { openJournal } from "../stores/sqlite/store.ts";

export interface DeskSize {
  readonly enti: number;
  readonly runs: number;
  readonly items: number;
}

/** What the pages of the benchmark are asked for. */
export interface DeskNames {
  /** A run of ordinary size. */
  readonly run: string;
  /** The run with a tenth of all items, a few of them in doubt at its end. */
  readonly large: string;
  /** A run of 20,000 where there are a million. */
  readonly middle: string;
  readonly item: string;
}

const spec = JSON.stringify({
  name: "send",
  title: "Notifica dei verbali con SEND",
  steps: ["load-verbali", "validate", "reset-iuv", "render", "sign", "zip", "transmit"].map(
    (name) => ({ id: name, uses: name, with: {} }),
  ),
});

/** Makes the file at `path`. */
export async function writeDeskJournal(path: string, size: DeskSize): Promise<DeskNames> {
  await openJournal(path, systemClock).close();
  const db = new Database(path);
  db.run("PRAGMA synchronous = OFF");
  const large = size.runs;
  const inLarge = Math.floor(size.items / 10);
  const inMiddle = Math.floor(size.items / 50);
  const sizes = new Map([
    [large, inLarge],
    [large - 1, inMiddle],
  ]);
  const perRun = Math.floor((size.items - inLarge - inMiddle) / (size.runs - 2));
  db.query("INSERT INTO specs (digest, json) VALUES ('spec', ?)").run(spec);
  const addRun = db.query(
    `INSERT INTO runs (seq, id, pipeline, ente, state, run_trigger, created_at, started_at, ended_at, params, spec, is_loaded,
       total, done, rejected, in_doubt, sealed)
     VALUES (?1, ?2, 'send', ?3, ?4, 'schedule', ?5, ?5, ?5, '{}', 'spec', 1, ?6, ?7, ?8, ?9, ?7)`,
  );
  const addItem = db.query(
    `INSERT INTO items (run, key, round, state, step, data, source_digest, note, updated_at)
     VALUES (?, ?, 1, ?, ?, ?, '', ?, '2026-11-23T06:30:00.000Z')`,
  );
  db.transaction(() => {
    for (let seq = 1; seq <= size.runs; seq += 1) {
      const count = sizes.get(seq) ?? perRun;
      const doubtful = seq === large ? 5 : 0;
      const rejected = Math.floor(count / 50);
      const at = new Date(Date.UTC(2024, 0, 1) + seq * 3_000_000).toISOString();
      const [state] = [
        ...(doubtful > 0 ? ["waiting-for-person"] : []),
        ...(rejected > 0 ? ["completed-with-rejections"] : []),
        "completed",
      ];
      const done = count - rejected - doubtful;
      const ente = `ente${seq % size.enti}`;
      addRun.run(
        seq,
        nameRun(seq),
        ente,
        state ?? "completed",
        at,
        count,
        done,
        rejected,
        doubtful,
      );
      const parts = [
        ["done", done, 7],
        ["rejected", rejected, 1],
        ["in-doubt", doubtful, 6],
      ] as const;
      let n = 0;
      for (const [itemState, many, step] of parts)
        for (const end = n + many; n < end; n += 1)
          addItem.run(seq, `V/${seq}/${n}`, itemState, step, buildData(seq, n, itemState), null);
    }
  })();
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  return { run: nameRun(17), large: nameRun(large), middle: nameRun(large - 1), item: "V/17/3" };
}

function nameRun(seq: number): string {
  return `20261123-${String(seq).padStart(5, "0")}`;
}

const surnames = ["Rossi", "Bianchi", "D'Angelo", "Èmoli", "Nicolò", "Zanetti", "Àlvarez", "Conti"];

function buildData(seq: number, n: number, state: string): string {
  const code = `3${String(seq * 1_000_000 + n).padStart(17, "0")}`;
  // Neither in the order of the file nor all different.
  const mixed = (n * 7919 + seq) % 10_007;
  return JSON.stringify({
    verbale: {
      numero: `V/${seq}/${n}`,
      luogo: "Via Fittizia",
      targa: "ZZ000ZZ",
      destinatario: { cognome: surnames[mixed % surnames.length], nome: `Prova ${mixed}` },
    },
    payment: {
      options: [{ kind: "ridotto", iuv: code.slice(1), noticeCode: code, amountCents: mixed }],
    },
    notification: { notificationRequestId: code, protocol: `P${seq}-${n}` },
    ...(state === "done" && { iun: `IUN${mixed}-${code}` }),
  });
}
