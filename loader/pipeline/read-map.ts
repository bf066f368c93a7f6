/** A YAML file as its map, or why there is none: missing, unreadable, not ours by its name. */
import { readFileSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { codeOf } from "../../engine/host/errors.ts";
import { buildFileProblem, buildSource, type Problem, type Source } from "../yaml/diagnostics.ts";
import { mostYamlBytes } from "../yaml/limits.ts";
import { findNearest } from "../yaml/nearest.ts";
import { parseYaml, type YamlMap } from "../yaml/yaml.ts";
import type { UnsavedTexts } from "./fresh.ts";

/** Names become paths: nothing else than letters, digits, `-` and `_` may be in them. */
const safeName = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

export interface LoadedMap {
  readonly source: Source | null;
  readonly root: YamlMap | null;
  readonly problems: readonly Problem[];
}

export async function loadMap(
  file: string,
  unsaved: UnsavedTexts,
  asked: {
    readonly name: string;
    readonly what: string;
    readonly others: () => Promise<readonly string[]>;
  },
): Promise<LoadedMap> {
  const { name, what, others } = asked;
  const isSafe = safeName.test(name);
  // A name with a slash leads out of the folder: nothing is looked for there.
  const text =
    isSafe || !/[\\/]/.test(name) ? (unsaved.get(resolve(file)) ?? readText(file)) : null;
  if (text !== null && !isSafe)
    return { source: null, root: null, problems: [unsafeNameFault(file, what)] };
  if (text === null || !isSafe) {
    const known = await others();
    const near = findNearest(basename(file, ".yaml"), known);
    const problem = buildFileProblem(file, {
      code: "P017",
      message: `${what} "${basename(file, ".yaml")}" non esiste: manca il file ${file}`,
      maybe: near ?? undefined,
      ...(known.length > 0 && { options: `esistono: ${known.join(", ")}` }),
      remedy: "controlla il nome, oppure crea il file",
    });
    return { source: null, root: null, problems: [problem] };
  }
  return readMap(file, text, formatStart(file, what));
}

/** How such a file begins. */
function formatStart(file: string, what: string): string {
  if (what === "l'atto") return "title: …";
  return what === "l'ente" ? formatEnteStart(file) : "name: …";
}

function formatEnteStart(file: string): string {
  return `ente: { codice: ${basename(file, ".yaml")}, nome: …, codiceFiscale: "…" }`;
}

/** A copy made by a file manager, or a name with accents: names become paths and are typed in commands. */
function unsafeNameFault(file: string, what: string): Problem {
  const name = basename(file, ".yaml");
  const mended = name
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9_]+/g, "-")
    .replace(/^[-_]+|-+$/g, "");
  return buildFileProblem(file, {
    code: "P017",
    message: `${what} non si può chiamare "${name}": nel nome del file vanno solo lettere senza accento, cifre, - e _`,
    why: "il file non viene letto",
    remedy: `se serve rinominalo in ${mended === "" ? "un nome semplice" : `${mended}.yaml`}; se è una copia, spostala in un'altra cartella`,
  });
}

/** The map of a file's text, or why there is none. `start`: how such a file begins. */
export function readMap(file: string, text: string | Error, start = "name: …"): LoadedMap {
  if (text instanceof Error) {
    const remedy = text instanceof UnreadableText ? text.remedy : undefined;
    const problem = buildFileProblem(file, { code: "P001", message: text.message, remedy });
    return { source: null, root: null, problems: [problem] };
  }
  const source = buildSource(file, text);
  const { root, problems } = parseYaml(source);
  if (root?.kind === "map") return { source, root, problems };
  if (problems.length > 0) return { source, root: null, problems };
  const problem = buildFileProblem(file, {
    code: "P001",
    message: root === null ? "il file è vuoto" : "il file deve contenere chiavi, una per riga",
    remedy: `comincia con: ${start}`,
  });
  return { source, root: null, problems: [problem] };
}

/** Why a file has no text that could be parsed, and what to do. */
class UnreadableText extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** The text of a file; `null` when there is none, an error when it is no file of text in UTF-8 of a sensible size. */
export function readText(file: string): string | Error | null {
  let bytes: Uint8Array;
  try {
    const about = statSync(file);
    if (!about.isFile())
      return new UnreadableText(
        "non è un file: è una cartella o un dispositivo",
        "spostalo, o dagli un nome che non finisca con .yaml",
      );
    if (about.size > mostYamlBytes)
      return new UnreadableText(
        `il file è di ${Math.round(about.size / 1024)} KB: troppo grande per essere una pipeline o un ente`,
        "controlla di aver salvato il file giusto: le impostazioni stanno in poche centinaia di righe",
      );
    bytes = readFileSync(file);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    return new UnreadableText(
      `il file non si può leggere (${code ?? "errore sconosciuto"})`,
      "controlla i permessi del file e della sua cartella",
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new UnreadableText("il file non è in UTF-8", "salva il file con codifica UTF-8");
  }
}
