/** The photographs of a verbale in the folder of the ente: read for print, or what is wrong with them. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Photograph } from "../../documents/model/content.ts";
import { readJpeg, UnusableJpeg } from "../../documents/pdf/jpeg.ts";
import { codeOf } from "../../engine/host/errors.ts";
import type { Services } from "../../integrations/services.ts";
import type { Verbale } from "../schemas/verbale.ts";
import { buildFinding, type Finding } from "./catalogue.ts";

type Settings = NonNullable<NonNullable<Services["ente"]["render"]>["fotografie"]>;

/** Files at most, and how large each, where the ente does not say. */
const usual = { most: 4, kilobytes: 600 } as const;

/** What is wrong with one of them, for a person. */
export interface PhotographFault {
  readonly file: string;
  /** Italian, without the name of the file. */
  readonly what: string;
  readonly remedy: string;
}

export interface FoundPhotographs {
  readonly photographs: readonly Photograph[];
  readonly faults: readonly PhotographFault[];
}

/** None where the ente prints none. */
export async function findPhotographs(
  { fotografie: names = [] }: Pick<Verbale, "fotografie">,
  settings: Settings | undefined,
): Promise<FoundPhotographs> {
  if (settings === undefined || names.length === 0) return { photographs: [], faults: [] };
  const { massimo = usual.most } = settings;
  if (names.length > massimo)
    return {
      photographs: [],
      faults: [
        {
          file: names[massimo] ?? "",
          what: `è una di ${names.length} fotografie, se ne stampano al massimo ${massimo}`,
          remedy: "lasciarne di meno.",
        },
      ],
    };
  const photographs: Photograph[] = [];
  const faults: PhotographFault[] = [];
  for (const name of names) {
    const found = await readPhotograph(name.trim(), settings);
    if ("what" in found) faults.push(found);
    else photographs.push(found);
  }
  return { photographs, faults };
}

async function readPhotograph(
  file: string,
  { cartella, kB = usual.kilobytes }: Settings,
): Promise<Photograph | PhotographFault> {
  if (/[/\\\0]/.test(file) || file === "" || file.startsWith("."))
    return { file, what: "non è il nome di un file", remedy: "scrivere il solo nome: IMG001.jpg." };
  try {
    const path = await locateFile(cartella, file);
    if (path === null)
      return {
        file,
        what: "non è nella cartella delle fotografie",
        remedy: "metterla nella cartella, o correggere il nome.",
      };
    const { size } = await stat(path);
    if (size > kB * 1_024)
      return {
        file,
        what: `pesa ${Math.ceil(size / 1_024)} kilobyte, al massimo ${kB}`,
        remedy: "salvarla più piccola: per la stampa bastano 1600 punti di larghezza.",
      };
    return { file, image: readJpeg(await readFile(path)) };
  } catch (error) {
    if (error instanceof UnusableJpeg)
      return { file, what: error.message, remedy: "salvarla di nuovo come JPEG." };
    const code = codeOf(error);
    if (code === undefined) throw error;
    return {
      file,
      what: `non si può leggere (${code})`,
      remedy: "controllare la cartella delle fotografie.",
    };
  }
}

/** Capitals do not count where one file alone is called so: exports and cameras differ in `.jpg` and `.JPG`. */
async function locateFile(folder: string, file: string): Promise<string | null> {
  const path = join(folder, file);
  // A folder may hold the photographs of years: its names are read only where this one is not there.
  if ((await stat(path).catch(() => null)) !== null) return path;
  const entries = await readdir(folder);
  const alike = entries.filter((entry) => entry.toLowerCase() === file.toLowerCase());
  return alike.length === 1 ? join(folder, alike[0] ?? file) : null;
}

/** Nothing where the ente prints none. */
export async function checkPhotographs(
  verbale: Verbale,
  ente: Pick<Services["ente"], "render">,
): Promise<readonly Finding[]> {
  const { faults } = await findPhotographs(verbale, ente.render?.fotografie);
  return faults.map(({ file, what, remedy }) =>
    buildFinding("PHOTOGRAPH_UNUSABLE", `Fotografia «${file}»`, `${what}.`, remedy),
  );
}
