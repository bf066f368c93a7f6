/** render with the PDFs of the gestionale: found by what stands in them, judged, converted only where nothing but the form changes. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { PDFDocument } from "pdf-lib";
import { takeFinished, type FinishedAct } from "../../../steps/render/finished.ts";
import { makePdfPrograms, type PdfPrograms } from "../../support/pdf-programs.ts";
import {
  badFiles,
  hideClaim,
  makeGood,
  makeSigned,
  patch,
} from "../documents/finished/foreign-pdfs.ts";

let folder: string;
let inbox: string;
let programs: PdfPrograms;
let good: Uint8Array;
let turn = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "postino-finished-"));
  programs = makePdfPrograms(join(folder, "bin"));
  good = await makeGood();
});
beforeEach(() => {
  // A folder of its own: what was read of one is kept.
  turn += 1;
  inbox = join(folder, `pdf-${turn}`);
  mkdirSync(inbox);
});
afterEach(() => {
  programs.removeAll();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function put(files: Readonly<Record<string, Uint8Array>>): void {
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(inbox, name), bytes);
}

interface Asked {
  readonly oldCodes?: readonly string[];
  readonly canConvert?: boolean;
}

async function take(asked: Asked = {}): Promise<FinishedAct> {
  return await takeFinished({
    folder: inbox,
    names: { numero: "V/2026/000123", targa: "GA123XY", taxId: "SLZZNN60D60F205R" },
    oldCodes: ["302000100000099914"],
    canConvert: false,
    find: (name) => Bun.which(name, { PATH: programs.folder }),
    clock: { now: () => Date.parse("2026-11-23T08:00:00Z") },
    signal: new AbortController().signal,
    ...asked,
  });
}

const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function refusal(asked: Asked = {}): Promise<{ code: string; message: string }> {
  const told: unknown = await take(asked).catch((error: unknown) => error);
  if (!(told instanceof Error) || !("code" in told)) throw new Error("not refused");
  return { code: String(told.code), message: told.message };
}

test("the act is the gestionale's, byte for byte, found among others whatever its name", async () => {
  programs.installVera();
  put({
    "a.pdf": await makeGood({ numero: "V/2026/0001234" }),
    "scan0001.PDF": good,
    "V-2026-000123.pdf": await makeGood({ numero: "V/2026/000999" }),
  });

  const { bytes, pages, source } = await take();

  expect(pages).toBe(2);
  expect(source).toEqual({
    name: "scan0001.PDF",
    sha256: sha(good),
    isConverted: false,
    warnings: [],
  });
  expect(sha(bytes)).toBe(sha(good));
});

test("without veraPDF a claim is taken as a claim, and said to be one", async () => {
  put({ "a.pdf": good });

  const { source } = await take();

  expect(source.warnings).toEqual([
    "Il PDF dichiara PDF/A-2a, non verificato: veraPDF non è installato.",
  ]);
});

test("a file that is added while the flusso runs is found", async () => {
  programs.installVera();
  put({ "a.pdf": await makeGood({ numero: "V/1" }) });
  expect((await refusal()).code).toBe("PDF_NOT_FOUND");

  put({ "b.pdf": good });

  expect((await take()).source.name).toBe("b.pdf");
});

test("a file that is written anew in its place is looked at anew", async () => {
  programs.installVera();
  put({ "a.pdf": hideClaim(good) });
  expect((await refusal()).code).toBe("PDF_NOT_PDFA");

  put({ "a.pdf": good });

  expect((await take()).source.sha256).toBe(sha(good));
});

test.each(badFiles)("%s that bears the name of the act alone is not taken", async (_, make) => {
  put({ "V_2026_000123.pdf": await make() });

  const { code, message } = await refusal();

  expect(["PDF_NOT_FOUND", "PDF_REFUSED"]).toContain(code);
  expect(message).toContain("«V_2026_000123.pdf»");
});

test.each([
  [
    "two files of one act",
    async () => ({ "a.pdf": good, "b.pdf": await makeGood({ agente: "1" }) }),
    "PDF_AMBIGUOUS",
    "«a.pdf», «b.pdf»",
  ],
  ["a signed file", async () => ({ "a.pdf": await makeSigned() }), "PDF_SIGNED", "è già firmato"],
  ["no PDF/A", () => Promise.resolve({ "a.pdf": hideClaim(good) }), "PDF_NOT_PDFA", "non è PDF/A"],
  [
    "a false claim",
    () => Promise.resolve({ "a.pdf": patch(good, "Postino verbale-cds", "Menzogna erbale-cds") }),
    "PDF_NOT_PDFA",
    "dichiara PDF/A-2a, ma veraPDF dice di no",
  ],
] as const)("%s is refused by its name", async (_, make, code, message) => {
  programs.installVera("Menzogna");
  put(await make());

  const told = await refusal();

  expect([told.code, told.message]).toEqual([code, expect.stringContaining(message)]);
});

test("an act that bears a cancelled notice code is refused: who pays it pays nothing", async () => {
  programs.installVera();
  put({ "a.pdf": good });

  expect((await refusal({ oldCodes: ["302000100000019414"] })).code).toBe("PDF_OLD_CODE");
});

const convert = { canConvert: true };

test("a file that is no PDF/A is converted where the ente wants it, and keeps its title", async () => {
  const titleless = patch(good, "/Title(Verbale n. V", "/Title(Xxxxxxx x. V");
  programs.installVera();
  programs.installGhostscript(titleless);
  put({ "a.pdf": hideClaim(good) });

  const { bytes, source } = await take(convert);

  expect(source).toMatchObject({ sha256: sha(hideClaim(good)), isConverted: true });
  expect(source.warnings[0]).toContain("convertito in PDF/A");
  expect((await PDFDocument.load(bytes, { updateMetadata: false })).getTitle()).toBe(
    "Verbale n. V/2026/000123",
  );
});

const blank = async (): Promise<Uint8Array> => {
  const pdf = await PDFDocument.create();
  pdf.addPage([595.28, 841.89]);
  return await pdf.save({ useObjectStreams: false });
};
const shorter = async (): Promise<Uint8Array> => {
  const pdf = await PDFDocument.load(good, { updateMetadata: false });
  pdf.removePage(1);
  return await pdf.save({ useObjectStreams: false });
};

test.each([
  ["fails and leaves a blank page", blank, 1, "Ghostscript non l'ha convertito (codice 1)"],
  ["leaves a blank page and says nothing", blank, 0, "la prima pagina non ha testo"],
  ["leaves nothing", null, 0, "non è un PDF"],
  ["loses a page", shorter, 0, "ha 1 pagine invece di 2"],
  [
    "changes a word",
    () => makeGood({ targa: "GA123XZ" }),
    0,
    "il testo della pagina 1 non è lo stesso",
  ],
  [
    "makes no PDF/A",
    () => Promise.resolve(hideClaim(good)),
    0,
    "veraPDF dice che non lo è nemmeno convertito",
  ],
] as const)("a conversion that %s is not taken", async (_, make, exit, told) => {
  programs.installVera();
  programs.installGhostscript(make === null ? null : await make(), exit);
  put({ "a.pdf": hideClaim(good) });

  const { code, message } = await refusal(convert);

  expect([code, message]).toEqual(["PDF_NOT_CONVERTED", expect.stringContaining(told)]);
});

test("nothing is converted without Ghostscript, nor taken unseen without veraPDF, and a signed file never", async () => {
  put({ "a.pdf": hideClaim(good) });
  expect((await refusal(convert)).message).toContain("Ghostscript non è installato");

  programs.installGhostscript(good);
  expect((await refusal(convert)).message).toContain("serve anche veraPDF");

  put({ "a.pdf": hideClaim(await makeSigned()) });
  expect((await refusal(convert)).code).toBe("PDF_SIGNED");
});

test("a folder that is not there stops the run", async () => {
  rmSync(inbox, { recursive: true });

  expect(await refusal()).toMatchObject({ code: "PDF_FOLDER_MISSING" });
});
