/** What a camera reads from the printed notice at 200 dpi: QR and Data Matrix, decoded by outside tools. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readNeutralCrest } from "../../../../documents/layout/crest.ts";
import { buildNoticeModel } from "../../../../documents/model/models.ts";
import { createNoticeRenderer } from "../../../../documents/sheets/notice.ts";
import type { PdfFile } from "../../../../documents/pdf/pdf-writer.ts";
import { postalEnte, sampleEnte, sampleVerbale, worstVerbale } from "./samples.ts";

const tools = ["pdftoppm", "zbarimg", "dmtxread"];
const missing = tools.filter((name) => Bun.which(name) === null);
if (missing.length > 0) console.warn(`skipped: not installed: ${missing.join(", ")}`);

const readMatrix = ["dmtxread", "-n", "-N1", "-m5000"];
const lowerHalf = { first: 1, top: 1100, bottom: 2338 };
/** Where long names push the Poste module. */
const secondPage = { first: 2, top: 0, bottom: 900 };

/** The texts that `decode` finds at 200 dpi on two pages from `first` on, between `top` and `bottom` in dots. */
function scan(
  file: PdfFile,
  decode: readonly string[],
  { first, top, bottom }: { readonly first: number; readonly top: number; readonly bottom: number },
): string[] {
  const folder = mkdtempSync(join(tmpdir(), "postino-codes-"));
  try {
    writeFileSync(join(folder, "notice.pdf"), file.bytes);
    const area = [
      "-f",
      String(first),
      "-l",
      String(first + 1),
      "-y",
      String(top),
      "-H",
      String(bottom - top),
    ];
    Bun.spawnSync(["pdftoppm", "-r", "200", ...area, "-png", "notice.pdf", "page"], {
      cwd: folder,
    });
    const pages = readdirSync(folder).filter((name) => name.endsWith(".png"));
    return pages
      .sort()
      .map((page) => Bun.spawnSync([...decode, page], { cwd: folder }).stdout.toString());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf(missing.length > 0)("codes on paper", () => {
  test("both QR of a page decode to their own code and amount", async () => {
    const renderer = createNoticeRenderer(buildNoticeModel(), {
      ente: sampleEnte,
      crest: readNeutralCrest(),
    });

    const [page = ""] = scan(
      await renderer.render(sampleVerbale),
      ["zbarimg", "-q", "--raw"],
      lowerHalf,
    );

    expect(page.trim().split("\n").sort()).toEqual([
      "PAGOPA|002|302000100000019414|89999990164|13660",
      "PAGOPA|002|302000100000020514|89999990164|18850",
    ]);
  });

  test("the Data Matrix of each page decodes to its 256 characters", async () => {
    const renderer = createNoticeRenderer(buildNoticeModel(), {
      ente: postalEnte,
      crest: readNeutralCrest(),
    });

    const pages = scan(await renderer.render(sampleVerbale), readMatrix, lowerHalf);

    const rest =
      "38961P189999990164SLZZNN60D60F205RZANNA SLAZAK D'ANGELO TEPES-MUNOZ       VIOLAZIONE CODICE DELLA STRADA, VERBALE N. V/2026/000123".padEnd(
        184,
      );
    expect(pages.map((page) => page.replace("\n", ""))).toEqual([
      `codfase=NBPA;18302000100000019414120000163020931000000136603${rest.slice(1)}            A`,
      `codfase=NBPA;18302000100000020514120000163020931000000188503${rest.slice(1)}            A`,
    ]);
  });

  test("the worst names still give a code of 256 characters", async () => {
    const renderer = createNoticeRenderer(buildNoticeModel(), {
      ente: postalEnte,
      crest: readNeutralCrest(),
    });

    const pages = scan(await renderer.render(worstVerbale), readMatrix, secondPage);

    const codes = pages.map((page) => page.replace("\n", "")).filter((code) => code !== "");
    expect(codes).toHaveLength(1);
    for (const code of codes) {
      expect(code).toHaveLength(256);
      expect(code.slice(93, 133)).toBe("WWWWWWWWWW WWWWWWWWWW WWWWWWWWWW WWWWWWW");
    }
  });
});
