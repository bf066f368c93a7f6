/** Search over verbali: what the index costs to make, and how long an answer takes beside a bare indexed query. `bun bench/find.ts [VERBALI]`. */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { type IndexEntry, openSearchIndex } from "../server/search/search-index.ts";
import { collectTerms } from "../server/search/terms.ts";

const total = Number(process.argv[2] ?? 1_000_000);
const perPage = 1_000;
const questions = 2_000;
const names = ["ROSSI", "BIANCHI", "FERRARI", "ESPOSITO", "RUSSO", "COLOMBO", "RICCI", "MARINO"];
const letters = "ABCDEFGHILMNOPRSTUVZ";

/** A number that looks drawn, the same each time for the same place. */
function mix(index: number, salt: number): number {
  let value = (index ^ (salt * 0x9e3779b9)) >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x21f0aaad) >>> 0;
  value = Math.imul(value ^ (value >>> 15), 0x735a2d97) >>> 0;
  return (value ^ (value >>> 15)) >>> 0;
}

function word(index: number, salt: number, length: number): string {
  let text = "";
  for (let at = 0; at < length; at += 1) text += letters[mix(index, salt + at) % letters.length];
  return text;
}

function codesOf(index: number) {
  const iuv = `0201${String(index).padStart(13, "0")}`;
  return {
    numero: `2026/${index}`,
    iuv,
    noticeCode: `3${iuv}`,
    iun: `${word(index, 1, 4)}-${word(index, 9, 4)}-${word(index, 17, 4)}-202611-N-1`,
    codiceFiscale: `${word(index, 31, 6)}${mix(index, 37) % 90}A01H501U`,
    targa: `${word(index, 41, 2)}${String(mix(index, 43) % 1_000).padStart(3, "0")}${word(index, 47, 2)}`,
  };
}

function entryOf(index: number): IndexEntry {
  const { numero, iuv, noticeCode, iun, codiceFiscale, targa } = codesOf(index);
  const data = {
    verbale: {
      numero,
      protocollo: `P-${index}`,
      targa,
      destinatario: {
        cognome: names[mix(index, 53) % names.length],
        nome: word(index, 59, 7),
        codiceFiscale,
      },
    },
    payment: { options: [{ iuv, noticeCode }] },
    notification: { notificationRequestId: Buffer.from(iun).toString("base64") },
    iun,
  };
  const run = `20261128-${String(Math.floor(index / 5_000)).padStart(4, "0")}`;
  return {
    ente: `ente-${index % 100}`,
    numero,
    run,
    key: numero,
    terms: collectTerms(numero, data),
  };
}

function tell(what: string, samples: readonly number[]): void {
  const sorted = samples.toSorted((left, right) => left - right);
  const at = (share: number): string =>
    (sorted[Math.floor(sorted.length * share)] ?? sorted.at(-1) ?? 0).toFixed(2);
  console.log(`${what.padEnd(44)} p50 ${at(0.5).padStart(8)} ms   p99 ${at(0.99).padStart(8)} ms`);
}

function time(work: () => unknown): number {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}

const folder = mkdtempSync(join(tmpdir(), "postino-bench-find-"));
try {
  const path = join(folder, "ricerca.sqlite");
  const index = openSearchIndex(path);
  const bare = new Database(":memory:");
  bare.run("CREATE TABLE codes (code TEXT PRIMARY KEY, id INTEGER) WITHOUT ROWID");
  const begin = performance.now();
  let made = 0;
  for (let first = 0; first < total; first += perPage) {
    const count = Math.min(perPage, total - first);
    const entries = Array.from({ length: count }, (_, at) => entryOf(first + at));
    made += time(() =>
      index.putEntries(entries, {
        changes: { item: first + count, attempt: 0, open: [] },
        newest: null,
        isComplete: true,
      }),
    );
  }
  const seconds = (performance.now() - begin) / 1_000;
  console.log(
    `${total} verbali in ${seconds.toFixed(0)} s: ${((made / total) * 1_000).toFixed(1)} µs each in the index, ${(statSync(path).size / 1e6).toFixed(0)} MB; load ${loadavg()[0]?.toFixed(1)}`,
  );
  const insert = bare.query("INSERT INTO codes (code, id) VALUES (?, ?)");
  bare.transaction(() => {
    for (let at = 0; at < Math.min(total, 1_000_000); at += 1) insert.run(codesOf(at).iun, at);
  })();
  const look = bare.query("SELECT id FROM codes WHERE code = ?");
  const places = Array.from({ length: questions }, (_, at) => mix(at, 97) % total);
  const ask = (what: string, textOf: (place: number) => string, by: "whole" | "part" = "whole") => {
    tell(
      what,
      places.map((place) =>
        time(() => {
          const found = index.find(textOf(place), { by, limit: 168 });
          if (found !== null && found.length === 0) throw new Error(`nothing found by ${what}`);
        }),
      ),
    );
  };
  tell(
    "a bare indexed query (memory, 1 million)",
    places.map((place) => time(() => look.get(codesOf(place % 1_000_000).iun))),
  );
  ask("number", (place) => codesOf(place).numero);
  ask("IUV", (place) => codesOf(place).iuv);
  ask("notice code", (place) => codesOf(place).noticeCode);
  ask("IUN", (place) => codesOf(place).iun);
  ask("tax code", (place) => codesOf(place).codiceFiscale);
  ask("plate", (place) => codesOf(place).targa);
  ask(
    "surname and name",
    (place) => `${names[mix(place, 53) % names.length]} ${word(place, 59, 7)}`,
  );
  ask("a surname that an eighth has", (place) => names[mix(place, 53) % names.length] ?? "");
  ask("head of an IUN (9 characters)", (place) => codesOf(place).iun.slice(0, 9), "part");
  ask("end of a notice code (7 digits)", (place) => codesOf(place).noticeCode.slice(-7), "part");
  ask("head of every notice code (4 digits)", () => "3020", "part");
  index.close();
} finally {
  rmSync(folder, { recursive: true });
}
