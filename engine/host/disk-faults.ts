/** A disk that is full or may not be written, told as a person understands it. */
import { codeOf, messageOf, RunBlocked } from "./errors.ts";

const full = new Set(["ENOSPC", "EDQUOT", "SQLITE_FULL"]);
// ENOTDIR, EEXIST: a file lies where a folder should be made.
const notWritable = new Set(["EROFS", "EACCES", "EPERM", "ENOTDIR", "EEXIST"]);

/**
 * The RunBlocked that a failed write to `path` means: `DISK_FULL` or `DATA_NOT_WRITABLE`.
 * Anything else (a bug, a broken disk) is given back as it came. Only for errors of our own writes: a file of somebody
 * else that cannot be read has the same codes.
 */
export function toDiskError(error: unknown, path: string): unknown {
  const code = codeOf(error) ?? "";
  // SQLite says SQLITE_IOERR_WRITE, _FSYNC and the like where a file would say ENOSPC.
  if (full.has(code) || code.startsWith("SQLITE_IOERR")) return diskFullError(error);
  if (notWritable.has(code) || code.startsWith("SQLITE_READONLY"))
    return dataNotWritableError(path, error);
  return error;
}

/** Does something to a folder of ours; a disk that refuses becomes a RunBlocked. */
export async function guardDisk<Result>(
  folder: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toDiskError(error, folder);
  }
}

/** Nothing can be written below `path`, whatever the cause says. */
export function dataNotWritableError(path: string, cause: unknown): RunBlocked {
  return new RunBlocked("DATA_NOT_WRITABLE", `Nei dati di Postino non si può scrivere: ${path}.`, {
    hint: "Controllare i permessi della cartella dei dati (o indicarne un'altra con POSTINO_DATA) e lo spazio su disco, poi ripetere.",
    cause,
  });
}

function diskFullError(cause: unknown): RunBlocked {
  return new RunBlocked(
    "DISK_FULL",
    `Il disco dei dati è pieno o non si può scrivere: ${messageOf(cause)}.`,
    {
      hint: {
        action: "resume",
        first: "Liberare spazio sul disco dei dati.",
        after: "Nulla di ciò che è registrato è andato perso.",
      },
      cause,
    },
  );
}
