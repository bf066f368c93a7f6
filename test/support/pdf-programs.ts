/** Stand-ins for veraPDF and Ghostscript on the PATH: what each shall say and make is a file beside it. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface PdfPrograms {
  readonly folder: string;
  /** veraPDF says that every file is valid which claims to be PDF/A, none, or those without a word that stands in them. */
  installVera(refused?: string): void;
  /** Ghostscript makes this file and ends with this code. */
  installGhostscript(made: Uint8Array | null, code?: number): void;
  removeAll(): void;
}

/** In a folder that has to be put in front of PATH. */
export function makePdfPrograms(folder: string): PdfPrograms {
  mkdirSync(folder, { recursive: true });
  const install = (name: string, script: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}`);
    chmodSync(join(folder, name), 0o755);
  };
  return {
    folder,
    installVera(refused = "nothing refused") {
      // As `verapdf --format text --flavour 0 FILE…` does.
      install(
        "verapdf",
        `shift 4\nfor f in "$@"; do\n  if grep -q 'pdfaid:part' "$f" && ! grep -q '${refused}' "$f"; then echo "PASS $f 2b"; else echo "FAIL $f 2b"; fi\ndone\n`,
      );
    },
    installGhostscript(made, code = 0) {
      if (made !== null) writeFileSync(join(folder, "made.pdf"), made);
      install(
        "gs",
        `for a in "$@"; do case "$a" in -sOutputFile=*) ${made === null ? ":" : `cp "${join(folder, "made.pdf")}" "\${a#-sOutputFile=}"`};; esac; done\nexit ${code}\n`,
      );
    },
    removeAll() {
      for (const name of ["verapdf", "gs", "made.pdf"]) rmSync(join(folder, name), { force: true });
    },
  };
}
