/** What can be wrong with the folder of the exchange and its files, as what the engine understands. */
import { RetryLater, RunBlocked } from "../../../engine/host/errors.ts";
import { type AnswerRow, MissingColumn } from "./answer-file.ts";
import type { PaymentFolder } from "./payment-folder.ts";
import { UnusableReceipt } from "./receipts-file.ts";

/** How long until the folder is looked at again. */
export const pollMs = 15 * 60_000;

/** Reads files of the folder: what is wrong with one waits for a person, or stops the run. */
export async function explainColumns<Result>(
  folder: Pick<PaymentFolder, "path">,
  read: () => Promise<Result>,
): Promise<Result> {
  try {
    return await guardFolder(folder, read);
  } catch (error) {
    if (error instanceof UnusableReceipt) throw unreadableRowError(error.row, error.message);
    if (!(error instanceof MissingColumn)) throw error;
    throw new RunBlocked(
      "ANSWER_FILE_INVALID",
      `Nel file ${error.file} della cartella ${folder.path} manca la colonna «${error.column}».`,
      {
        hint: {
          action: "resume",
          first: "Correggere l'intestazione del file, salvato dal foglio di calcolo come CSV.",
        },
        cause: error,
      },
    );
  }
}

/** Errors of the disk that a person must mend; the rest is thrown as it is. */
const diskFaults = ["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "ENOTDIR", "EISDIR"];

/** Reads or writes in the folder: what the disk refuses stops the run. */
export async function guardFolder<Result>(
  folder: Pick<PaymentFolder, "path">,
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!diskFaults.includes(code)) throw error;
    throw new RunBlocked(
      "FOLDER_NOT_USABLE",
      `La cartella ${folder.path} non si può leggere o scrivere (${code}): lo scambio dei codici avviso è fermo.`,
      {
        hint: { action: "resume", first: "Controllare i permessi e lo spazio su disco." },
        cause: error,
      },
    );
  }
}

/** The row can be mended in place: the verbale waits for it. */
export function unreadableRowError({ file, line }: AnswerRow, why: string): RetryLater {
  return new RetryLater(`Il file ${file} non si può usare alla riga ${line}: ${why}.`, {
    code: "ANSWER_UNREADABLE",
    afterMs: pollMs,
    effect: "none",
    hint: "Correggere la riga nel file delle risposte: il verbale riprende da solo.",
  });
}
