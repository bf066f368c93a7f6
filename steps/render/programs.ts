/** The outside programs that judge and convert PDFs; the only file that starts them. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import iccPath from "../../documents/color/sRGB.icc" with { type: "file" };

/** What veraPDF says of a file; `unchecked`: it is not installed, or did not say. */
export type PdfVerdict = "valid" | "invalid" | "unchecked";

/** Where programs are, and until when they may work. */
export interface Programs {
  /** The path of a program, `null` where it is not installed: `Bun.which`. */
  readonly find: (name: string) => string | null;
  readonly signal: AbortSignal;
}

/** A JVM takes some seconds to start: so many files a start. */
const atOnce = 200;

/** Verdicts by path, by the level that each file claims. */
export async function judgeWithVera(
  paths: readonly string[],
  { find, signal }: Programs,
): Promise<ReadonlyMap<string, PdfVerdict>> {
  const verdicts = new Map<string, PdfVerdict>();
  const program = find("verapdf");
  if (program === null) return verdicts;
  for (let at = 0; at < paths.length; at += atOnce) {
    const some = paths.slice(at, at + atOnce);
    // Flavour 0: the one that the file's metadata names. Exit 1: some file is not compliant.
    const { told } = await runProgram(
      [program, "--format", "text", "--flavour", "0", ...some],
      signal,
    );
    // One line a file: `PASS /path/file.pdf 2b`.
    for (const line of told.split("\n")) {
      const [, word, rest = ""] = /^(PASS|FAIL) (.+)$/.exec(line.trim()) ?? [];
      const path = some.find((one) => rest === one || rest.startsWith(`${one} `));
      if (path !== undefined) verdicts.set(path, word === "PASS" ? "valid" : "invalid");
    }
  }
  return verdicts;
}

/** What Ghostscript made of a file, and whether it says that it went well. */
export interface Conversion {
  readonly bytes: Uint8Array;
  readonly code: number;
}

/** PDF/A-2b by Ghostscript, with a definition of our own: its stock one names no colour profile. `null`: it is not installed. */
export async function convertWithGhostscript(
  bytes: Uint8Array,
  { find, signal }: Programs,
): Promise<Conversion | null> {
  const program = find("gs");
  if (program === null) return null;
  return await useFolder(async (folder) => {
    const place = (name: string): string => join(folder, name);
    await copyFile(iccPath, place("sRGB.icc"));
    await writeFile(place("in.pdf"), bytes);
    await writeFile(place("PDFA.ps"), definition(place("sRGB.icc")));
    const { code } = await runProgram(
      [
        program,
        "-q",
        "-dBATCH",
        "-dNOPAUSE",
        "-dSAFER",
        `--permit-file-read=${place("sRGB.icc")}`,
        "-sDEVICE=pdfwrite",
        "-dPDFA=2",
        "-dPDFACompatibilityPolicy=1",
        "-sColorConversionStrategy=RGB",
        `-sOutputFile=${place("out.pdf")}`,
        place("PDFA.ps"),
        place("in.pdf"),
      ],
      signal,
    );
    return { bytes: new Uint8Array(await readFile(place("out.pdf")).catch(() => [])), code };
  });
}

/** The verdict of veraPDF on bytes that are in no folder yet. */
export async function judgeBytes(bytes: Uint8Array, programs: Programs): Promise<PdfVerdict> {
  return await useFolder(async (folder) => {
    const path = join(folder, "file.pdf");
    await writeFile(path, bytes);
    return (await judgeWithVera([path], programs)).get(path) ?? "unchecked";
  });
}

/** Source: ISO 19005-2, 6.2.3: one output intent with its profile. */
function definition(profile: string): string {
  return `%!
[/_objdef {icc} /type /stream /OBJ pdfmark
[{icc} << /N 3 >> /PUT pdfmark
[{icc} (${profile}) (r) file /PUT pdfmark
[/_objdef {intent} /type /dict /OBJ pdfmark
[{intent} << /Type /OutputIntent /S /GTS_PDFA1 /DestOutputProfile {icc} /OutputConditionIdentifier (sRGB) >> /PUT pdfmark
[{Catalog} << /OutputIntents [ {intent} ] >> /PUT pdfmark
`;
}

async function runProgram(
  command: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly told: string }> {
  const child = Bun.spawn([...command], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    signal,
  });
  const told = await new Response(child.stdout).text();
  return { code: await child.exited, told };
}

async function useFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "postino-pdf-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
