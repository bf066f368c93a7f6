/** Applies the safe corrections of a check to the files, touching nothing else. */
import { rename, readFile, writeFile } from "node:fs/promises";
import type { Fix, Problem } from "../yaml/diagnostics.ts";

export interface FixedFile {
  readonly file: string;
  /** How many corrections were applied. */
  readonly count: number;
}

/** A text with the corrections applied; of two that overlap the first one stays. */
export function applyFixes(text: string, fixes: readonly Fix[]): { text: string; count: number } {
  const sorted = fixes.toSorted((a, b) => a.start - b.start || a.end - b.end);
  let result = "";
  let from = 0;
  let count = 0;
  for (const fix of sorted) {
    if (fix.start < from) continue;
    result += text.slice(from, fix.start) + fix.text;
    from = fix.end;
    count++;
  }
  return { text: result + text.slice(from), count };
}

/** Writes the corrections into the files that the problems point at; a file is replaced whole or not at all. */
export async function fixFiles(
  problems: readonly Problem[],
  { unsafe }: { readonly unsafe: boolean },
): Promise<readonly FixedFile[]> {
  const byFile = new Map<string, Fix[]>();
  for (const { file, fix, guess } of problems) {
    const chosen = fix ?? (unsafe ? guess : undefined);
    if (chosen !== undefined) byFile.set(file, [...(byFile.get(file) ?? []), chosen]);
  }
  const fixed: FixedFile[] = [];
  for (const [file, fixes] of byFile) {
    const bytes = await readFile(file);
    const before = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const { text, count } = applyFixes(before, fixes);
    await writeFile(`${file}.tmp`, text);
    await rename(`${file}.tmp`, file);
    fixed.push({ file, count });
  }
  return fixed;
}
