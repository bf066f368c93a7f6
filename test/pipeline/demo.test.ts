/** `npm run demo`, the first thing that a newcomer runs: what it prints, what it leaves, and that it may be run again. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createFastClock } from "../support/fast-clock.ts";
import { runHere } from "../support/run-here.ts";

const folder = mkdtempSync(join(tmpdir(), "postino-demo-"));
const stale = join(folder, "data/demo-run/outbox/borgolieto/of-the-last-time.pdf");

let code: number;
let printed: string;
beforeAll(async () => {
  mkdirSync(dirname(stale), { recursive: true });
  writeFileSync(stale, "");
  const ended = await runHere(["demo"], {
    folder,
    environment: { PATH: process.env["PATH"], HOME: process.env["HOME"], POSTINO_DATA: "data" },
    stdin: undefined,
    // GPD lets through 90 calls in ten seconds.
    clock: createFastClock(),
  });
  printed = ended.stdout;
  code = ended.code;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The verbali of the table by state, the ends of their numbers. */
function numbersIn(state: string): readonly string[] {
  return [...printed.matchAll(new RegExp(`^2026-V-(\\d{4}) +${state}\\b`, "gm"))].map(
    ([, number = ""]) => number,
  );
}

test("every sound verbale gets its IUVs, its token and its IUN, and the end is a success", () => {
  const row =
    /^2026-V-\d{4} +Concluso +(?:12\d{15}(?: 12\d{15}| {18})| {35}) +\S{9}… +[A-Z]{4}-[A-Z]{4}-[A-Z]{4}-\d{6}-[A-Z]-1 +Accettato da SEND\.$/gm;

  expect(code).toBe(0);
  expect(numbersIn("Concluso")).toHaveLength(54);
  expect(printed.match(row)).toHaveLength(54);
  expect(printed).toContain("completato con scarti — 54 su 60 conclusi, 6 scartati.\n");
});

test("the six defects of data/demo/README.md are rejected, each with a note", () => {
  const notes = {
    "0113": "il destinatario è all'estero",
    "0121": "la lettera di controllo non corrisponde",
    "0129": "il destinatario è PG ma il codice ha 16 caratteri",
    "0134": "il termine di 90 giorni è scaduto",
    "0142": "risulta già pagata",
    "0152": "CAP, comune o provincia",
  };

  expect(numbersIn("Scartato")).toEqual(Object.keys(notes));
  for (const [number, note] of Object.entries(notes)) {
    const [, told = ""] =
      new RegExp(`^2026-V-${number} +Scartato([\\s\\S]*?)^(?:2026-V|\\n)`, "m").exec(printed) ?? [];
    expect(told.replaceAll(/\s+/g, " ")).toContain(note);
  }
});

test("PDFs and ZIP lie where it says, of this time only", async () => {
  const [, pdfs = ""] = /^PDF: (.+)$/m.exec(printed) ?? [];
  const [, zip = ""] = /^ZIP: (.+)$/m.exec(printed) ?? [];

  const names = readdirSync(join(folder, pdfs));
  const head = (await readFile(join(folder, pdfs, "2026-V-0101-verbale.pdf"))).toString("latin1");

  // Those of 0152 too, whom SEND refuses only later.
  // One verbale may not be settled: it has no notice.
  expect(names).toHaveLength(109);
  expect(names).toContain("2026-V-0152-avviso.pdf");
  expect(head.slice(0, 8)).toBe("%PDF-1.7");
  expect(head).toContain("/ETSI.CAdES.detached");
  expect(Bun.file(join(folder, zip)).size).toBeGreaterThan(1_000_000);
  expect(existsSync(stale)).toBe(false);
});
