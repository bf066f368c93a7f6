/** Where previews go: a file of the person alone, in a folder that is made for it. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../engine/host/errors.ts";
import { UsageError } from "../words/usage-error.ts";

/** Writes the file anew; its path. Throws UsageError when the folder cannot be made or written. */
export async function writePreviewFile(
  folder: string,
  name: string,
  bytes: Uint8Array,
): Promise<string> {
  const path = join(folder, name);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(path, bytes, { mode: 0o600 });
    await chmod(path, 0o600);
    return path;
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new UsageError(
      `Nella cartella ${folder} non si può scrivere (${code}). Indicarne un'altra con --out.`,
      { isWellTyped: true },
    );
  }
}
