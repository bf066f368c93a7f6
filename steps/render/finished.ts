/** The act as the gestionale made it: found, looked at, converted where the ente wants it, never changed where it is signed. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { inspectFinished } from "../../documents/finished/inspect-finished.ts";
import { findCodes, type ActNames } from "../../documents/finished/match-text.ts";
import { setDocumentTitle } from "../../documents/finished/set-title.ts";
import type { ErrorCode } from "../../engine/host/error-codes.ts";
import { codeOf, ItemRejected } from "../../engine/host/errors.ts";
import { askTechnician, type Hint } from "../../engine/host/hint.ts";
import type { DocumentFile } from "../schemas/fields.ts";
import {
  findByName,
  findFinished,
  readFinishedFolder,
  type FinishedFile,
  type FolderReading,
} from "./finished-files.ts";
import { convertWithGhostscript, judgeBytes } from "./programs.ts";

/** What is asked for one verbale. */
export interface FinishedOrder extends FolderReading {
  readonly names: ActNames;
  /** Notice codes that are cancelled: an act that bears one would be paid with it. */
  readonly oldCodes: readonly string[];
  readonly canConvert: boolean;
}

/** The act to go on with. */
export interface FinishedAct {
  readonly bytes: Uint8Array;
  readonly pages: number;
  /** The file as it came, with what an operator should know. */
  readonly source: NonNullable<DocumentFile["source"]>;
}

/** Throws ItemRejected when there is no such file, more than one, or one that may not go. */
export async function takeFinished(order: FinishedOrder): Promise<FinishedAct> {
  const { file, bytes } = await openOne(order);
  const { faults, isSigned, texts } = file.pdf;
  if (isSigned)
    throw refusedFileError("PDF_SIGNED", file, "è già firmato: un file firmato non si tocca", {
      hint: "Chiedere al gestionale il PDF senza firma: lo firma Postino.",
    });
  if (faults.length > 0)
    throw refusedFileError("PDF_REFUSED", file, faults.join("; "), { hint: askOther });
  const old = findCodes(texts.join(" "), order.oldCodes);
  if (old.length > 0)
    throw refusedFileError("PDF_OLD_CODE", file, "porta un codice avviso che viene annullato", {
      hint: "Chiedere al gestionale il PDF senza codici avviso: quelli nuovi stanno sull'avviso.",
    });
  return await assurePdfA(order, file, bytes);
}

const askOther =
  "Chiedere al gestionale un PDF/A con i caratteri incorporati, in fogli A4, senza moduli né allegati.";

interface OpenFile {
  readonly file: FinishedFile;
  readonly bytes: Uint8Array;
}

/** The file of the act, as it was looked at; one that was written anew since then is looked at again. */
async function openOne(order: FinishedOrder): Promise<OpenFile> {
  const first = await readFinished(await requireOne(order));
  if (first.bytes !== null) return { file: first.file, bytes: first.bytes };
  await readFinishedFolder(order);
  const { file, bytes } = await readFinished(await requireOne(order));
  if (bytes !== null) return { file, bytes };
  throw refusedFileError("PDF_CHANGED", file, "è cambiato mentre si lavorava", {
    hint: "Riprendere il verbale quando il gestionale ha finito di scrivere.",
  });
}

/** `null`: it is gone or another by now. */
async function readFinished(
  file: FinishedFile,
): Promise<{ readonly file: FinishedFile; readonly bytes: Uint8Array | null }> {
  const bytes = await readFile(file.path).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  });
  if (bytes === null) return { file, bytes };
  const isSame = createHash("sha256").update(bytes).digest("hex") === file.sha256;
  return { file, bytes: isSame ? new Uint8Array(bytes) : null };
}

async function requireOne(order: FinishedOrder): Promise<FinishedFile> {
  const { folder, names } = order;
  const found = await findFinished(order, names);
  const [first, second] = found;
  if (first === undefined) throw missingError(findByName(folder, names.numero));
  if (second !== undefined)
    throw new ItemRejected(
      "PDF_AMBIGUOUS",
      `Più file portano questo verbale: ${found.map(({ name }) => `«${name}»`).join(", ")}. Nulla è stato inviato.`,
      { hint: "Lasciarne uno solo nella cartella." },
    );
  return first;
}

function missingError(called: FinishedFile | undefined): ItemRejected {
  if (called === undefined)
    return new ItemRejected(
      "PDF_NOT_FOUND",
      "Nella cartella dei PDF del gestionale nessun file porta in prima pagina il numero del verbale con la targa o il codice fiscale.",
      { hint: "Mettere il PDF nella cartella e riprendere il verbale." },
    );
  const why =
    called.pdf.faults[0] ??
    "la prima pagina non porta il numero del verbale con la targa o il codice fiscale";
  return refusedFileError(
    "PDF_NOT_FOUND",
    called,
    `ha il nome del verbale ma non si può prendere: ${why}`,
    {
      hint: "Il nome non basta: sostituire il file con quello del verbale.",
    },
  );
}

function refusedFileError(
  code: ErrorCode,
  file: FinishedFile,
  why: string,
  { hint }: { readonly hint: Hint },
): ItemRejected {
  return new ItemRejected(code, `Il PDF del gestionale «${file.name}» ${why}.`, { hint });
}

async function assurePdfA(
  order: FinishedOrder,
  file: FinishedFile,
  bytes: Uint8Array,
): Promise<FinishedAct> {
  const { claim, isTagged, texts } = file.pdf;
  const isSound = claim !== null && file.verdict !== "invalid";
  if (!isSound) return await convert(order, file, bytes);
  const warnings: string[] = [];
  if (file.verdict === "unchecked")
    warnings.push(`Il PDF dichiara ${claim}, non verificato: veraPDF non è installato.`);
  if (!isTagged) warnings.push("Il PDF non è accessibile a chi non vede.");
  const source = { name: file.name, sha256: file.sha256, isConverted: false, warnings };
  return { bytes, pages: texts.length, source };
}

/** Taken only where nothing but the form changed; a conversion that fails may leave a blank page that is valid PDF/A. */
async function convert(
  order: FinishedOrder,
  file: FinishedFile,
  bytes: Uint8Array,
): Promise<FinishedAct> {
  const why =
    file.pdf.claim === null ? "non è PDF/A" : `dichiara ${file.pdf.claim}, ma veraPDF dice di no`;
  if (!order.canConvert)
    throw refusedFileError("PDF_NOT_PDFA", file, why, {
      hint: askTechnician(
        "far produrre al gestionale dei PDF/A, o far convertire i PDF",
        "Chiedere al gestionale dei PDF/A, oppure convertirli: «converti: ghostscript» nel passo render.",
      ),
    });
  const converted = await convertWithGhostscript(bytes, order);
  if (converted === null) throw conversionError(file, `${why}, e Ghostscript non è installato`);
  if (converted.code !== 0)
    throw conversionError(
      file,
      `${why}, e Ghostscript non l'ha convertito (codice ${converted.code})`,
    );
  const after = await inspectFinished(converted.bytes);
  if (after.faults.length > 0)
    throw conversionError(file, `${why}; convertito, ${after.faults.join("; ")}`);
  if (after.texts.length !== file.pdf.texts.length)
    throw conversionError(
      file,
      `${why}; convertito, ha ${after.texts.length} pagine invece di ${file.pdf.texts.length}`,
    );
  const changed = after.texts.findIndex((text, page) => !isSameText(text, file.pdf.texts[page]));
  if (changed >= 0)
    throw conversionError(
      file,
      `${why}; convertito, il testo della pagina ${changed + 1} non è lo stesso`,
    );
  const titled = await setDocumentTitle(converted.bytes, file.pdf.title);
  const verdict = await judgeBytes(titled, order);
  if (verdict !== "valid")
    throw conversionError(
      file,
      verdict === "unchecked"
        ? `${why}; per prendere un file convertito serve anche veraPDF, che non è installato`
        : `${why}, e veraPDF dice che non lo è nemmeno convertito`,
    );
  return {
    bytes: titled,
    pages: after.texts.length,
    source: {
      name: file.name,
      sha256: file.sha256,
      isConverted: true,
      warnings: ["Il PDF è stato convertito in PDF/A: non è accessibile a chi non vede."],
    },
  };
}

function conversionError(file: FinishedFile, why: string): ItemRejected {
  return refusedFileError("PDF_NOT_CONVERTED", file, why, {
    hint: "Chiedere al gestionale un PDF/A, e riprendere il verbale.",
  });
}

function isSameText(after: string, before: string | undefined): boolean {
  const strip = (text: string): string => text.replaceAll(/\s+/g, "");
  return before !== undefined && strip(after) === strip(before);
}
