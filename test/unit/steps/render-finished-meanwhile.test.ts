/** A folder of the gestionale's PDFs that changes while verbali look for theirs: what is told is what is there. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { takeFinished } from "../../../steps/render/finished.ts";
import { type FolderReading, readFinishedFolder } from "../../../steps/render/finished-files.ts";
import { makeGood } from "../documents/finished/foreign-pdfs.ts";

let folder: string;
let inbox: string;
let good: Uint8Array;
let other: Uint8Array;
let turn = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "postino-meanwhile-"));
  good = await makeGood();
  other = await makeGood({ numero: "V/1" });
});
beforeEach(() => {
  // A folder of its own: what was read of one is kept.
  turn += 1;
  inbox = join(folder, `pdf-${turn}`);
  mkdirSync(inbox);
});
afterAll(() => rmSync(folder, { recursive: true }));

type StatFile = NonNullable<FolderReading["statFile"]>;

/** Two changes within ten minutes leave one time. */
const coarse: StatFile = async (path) => {
  const { size } = await stat(path);
  return { size, mtimeMs: 1_000 };
};

let now = Date.parse("2026-11-23T08:00:00Z");

function order(statFile: StatFile, numero = "V/2026/000123") {
  return {
    folder: inbox,
    names: { numero, targa: "GA123XY", taxId: "SLZZNN60D60F205R" },
    oldCodes: [],
    canConvert: false,
    find: () => null,
    clock: { now: () => now },
    signal: new AbortController().signal,
    statFile,
  };
}

async function take(statFile: StatFile, numero?: string): Promise<string> {
  try {
    return (await takeFinished(order(statFile, numero))).source.name;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

function put(files: Readonly<Record<string, Uint8Array>>): void {
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(inbox, name), bytes);
}

test.each([
  [
    "one of two is removed",
    { "a.pdf": 1, "b.pdf": 1 },
    () => rmSync(join(inbox, "b.pdf")),
    "a.pdf",
  ],
  ["the right one is added", { "b.pdf": 2 }, () => put({ "a.pdf": good }), "a.pdf"],
  [
    "a second one is added to two, and both go",
    { "a.pdf": 1, "b.pdf": 1 },
    () => {
      put({ "c.pdf": good });
      for (const name of ["a.pdf", "b.pdf"]) rmSync(join(inbox, name));
    },
    "c.pdf",
  ],
  [
    "one of two gets a name that is no PDF's",
    { "a.pdf": 1, "b.pdf": 1 },
    () => renameSync(join(inbox, "b.pdf"), join(inbox, "b.old")),
    "a.pdf",
  ],
] as const)("%s in the same tick of the clock of the disk", async (_, before, change, found) => {
  for (const [name, kind] of Object.entries(before)) put({ [name]: kind === 1 ? good : other });
  await readFinishedFolder(order(coarse));

  change();

  expect(await take(coarse)).toBe(found);
});

test("once a folder is at rest it is not read for each verbale that is not there", async () => {
  put({ "a.pdf": other });
  let asked = 0;
  const counting: StatFile = async (path) => {
    asked += 1;
    return await coarse(path);
  };
  await readFinishedFolder(order(counting));
  now += 3_000;
  await readFinishedFolder(order(counting));
  asked = 0;

  for (const numero of ["V/7", "V/8", "V/9"])
    expect(await take(counting, numero)).toBe("PDF_NOT_FOUND");

  expect(asked).toBe(3);
});

test("what was found before another read the folder is not told after it", async () => {
  put({ "a.pdf": good, "b.pdf": await makeGood({ agente: "1" }) });
  await readFinishedFolder(order(stat));
  now += 3_000;
  await readFinishedFolder(order(stat));
  rmSync(join(inbox, "b.pdf"));
  const answered = Promise.withResolvers<void>();
  let isAsked = false;
  const slow: StatFile = async (path) => {
    const found = await stat(path);
    if (!isAsked) {
      isAsked = true;
      await answered.promise;
    }
    return found;
  };

  const taking = take(slow);
  await readFinishedFolder(order(stat));
  now += 3_000;
  await readFinishedFolder(order(stat));
  answered.resolve();

  expect(await taking).toBe("a.pdf");
});

test.each(["listed", "measured"] as const)(
  "a file that goes once it is %s is not there; the folder is",
  async (when) => {
    put({ "a.pdf": good, "b.pdf": other });
    const going: StatFile = async (path) => {
      if (when === "listed" && path.endsWith("b.pdf")) rmSync(path, { force: true });
      const found = await stat(path);
      if (when === "measured" && path.endsWith("b.pdf")) rmSync(path, { force: true });
      return found;
    };

    await readFinishedFolder(order(going));

    expect(await take(stat)).toBe("a.pdf");
    expect(await take(stat, "V/1")).toBe("PDF_NOT_FOUND");
  },
);

test("verbali that ask at once share a reading that began after them", async () => {
  put({ "a.pdf": other });
  let folderAsked = 0;
  const counting: StatFile = async (path) => {
    if (path === inbox) folderAsked += 1;
    return await coarse(path);
  };

  const told = await Promise.all(
    Array.from({ length: 20 }, (_, n) => take(counting, `V/${n + 100}`)),
  );

  expect(new Set(told)).toEqual(new Set(["PDF_NOT_FOUND"]));
  // Each asks once; two readings do for all.
  expect(folderAsked).toBeLessThanOrEqual(22);
});
