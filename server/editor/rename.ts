/** Gives an ente another codice: the value in its file and the file's name, which are one. */
import { explainBadCodice } from "../ente/ente-template.ts";
import type { EditorFacts } from "./facts.ts";
import type { Piece } from "./outline.ts";
import { isSamePath, readNodeValue } from "./outline.ts";
import type { OpenFile } from "./place.ts";

export interface EnteRename {
  /** Where the codice stands. */
  readonly word: Piece;
  readonly codice: string;
}

/** Told with every rename: what a text editor cannot take along. */
export const renameNote =
  "Il registro, la cartella di arrivo e la storia restano sotto il codice di prima: i flussi già fatti non si spostano.";

/** The codice of an ente file; `null`: there is none. */
export function findCodice(file: OpenFile): EnteRename | null {
  const entry = file.outline.entries.find(({ path }) => isSamePath(path, ["ente", "codice"]));
  if (file.kind !== "ente" || entry === undefined || entry.value === null) return null;
  return { word: entry.value, codice: readNodeValue(file.text, entry) };
}

/** Whether the person points at the codice. */
export function isAtCodice({ outline }: OpenFile): boolean {
  return outline.cursor?.key === "codice" && isSamePath(outline.cursor.path, ["ente"]);
}

/** Why a codice cannot be taken, in Italian; `null`: it can. */
export async function refuseCodice(
  codice: string,
  { files }: Pick<EditorFacts, "files">,
): Promise<string | null> {
  const why = explainBadCodice(codice);
  if (why !== null) return why;
  return (await files.listEnti()).includes(codice) ? `C'è già un ente «${codice}».` : null;
}
