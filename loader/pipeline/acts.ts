/** The kinds of acts of a folder of pipelines: `atti/<name>.yaml` with its folder of texts, laid under the settings of every ente whose pipeline names it. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { allowMissing } from "../../engine/host/errors.ts";
import { coerceBySchema } from "../yaml/coerce.ts";
import { buildFileProblem, type Problem } from "../yaml/diagnostics.ts";
import { mendKeys } from "../yaml/keys.ts";
import type { YamlMap } from "../yaml/yaml.ts";
import { readFileStamp } from "./fresh.ts";
import type { LoadedMap } from "./read-map.ts";

interface ReadAct extends LoadedMap {
  readonly name: string;
  readonly file: string;
}

/** A kind of act; `act` is `null` where its file cannot be looked at. */
export interface LoadedAct extends ReadAct {
  readonly act: Readonly<Record<string, unknown>> | null;
}

/** The name of the folder beside that of the enti. */
export const actsFolder = "atti";

/** The longest text of a block: a page of a document has some 4,000 characters. */
const mostTextBytes = 64 * 1024;

/** What a file of a kind must say, as the schema of the ente file has it (`atti`, keyword `ofFile`). */
export function findActSchema(settingsSchema: object): object | null {
  const { properties = {} } = settingsSchema as {
    readonly properties?: Readonly<Record<string, { readonly ofFile?: object }>>;
  };
  return properties[actsFolder]?.ofFile ?? null;
}

/** Types what a file says, with the texts of its folder beside it. */
export async function typeAct(loaded: ReadAct, folder: string, schema: object): Promise<LoadedAct> {
  if (loaded.root === null) return { ...loaded, act: null };
  const problems = [...loaded.problems];
  const owner = "nel file dell'atto";
  const root = mendKeys(loaded.root, schema, { problems, owner, path: [] }) as YamlMap;
  const { source, start } = loaded.root.at;
  const typed = coerceBySchema(root, schema, {
    problems,
    origins: {},
    originPrefix: "",
    owner,
    path: [],
    at: { source, start, end: start },
  }) as Readonly<Record<string, unknown>>;
  const texts = await readTexts(join(folder, loaded.name), problems);
  return { ...loaded, root, problems, act: { ...typed, name: loaded.name, texts } };
}

/** By name of the block, `premessa.txt` -> `premessa`; what is no text in UTF-8 is a problem. */
async function readTexts(folder: string, problems: Problem[]): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const name of ((await allowMissing(readdir(folder))) ?? []).toSorted()) {
    if (!name.endsWith(".txt")) continue;
    const file = join(folder, name);
    const bytes = await readFile(file);
    try {
      if (bytes.length > mostTextBytes) throw new RangeError();
      texts[name.slice(0, -4)] = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch (error) {
      const isLong = error instanceof RangeError;
      problems.push(
        buildFileProblem(file, {
          code: "P001",
          message: isLong ? "il testo è troppo lungo per un documento" : "il file non è in UTF-8",
          remedy: isLong ? "dividilo in più blocchi" : "salva il file con codifica UTF-8",
        }),
      );
    }
  }
  return texts;
}

/** What changes with the texts of a kind. */
export async function stampTexts(folder: string): Promise<string> {
  const names = ((await allowMissing(readdir(folder))) ?? []).toSorted();
  const stamps = names.map((name) => readFileStamp(join(folder, name), new Map()));
  return `${names.join()} ${stamps.join()}`;
}
