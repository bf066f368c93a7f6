/** Archives: the same bytes each time, safe names, volumes, and a manifest that spreadsheets open. */
import { describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import {
  buildManifestCsv,
  compareNaturally,
  planVolumes,
  toSafeName,
  createTailKeeper,
  findSignatureTime,
  computeStoredSize,
  streamZip,
  type ArchiveEntry,
} from "../../../../documents/archive/write.ts";

function entry(path: string, text: string): ArchiveEntry {
  const bytes = new TextEncoder().encode(text);
  return {
    path,
    bytes: bytes.length,
    day: "2026-11-23",
    async *openContent() {
      for (let at = 0; at < bytes.length; at += 3) yield bytes.subarray(at, at + 3);
    },
  };
}

async function zipped(entries: readonly ArchiveEntry[]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of streamZip(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("an archive", () => {
  test("gives back its files in their order, with the same bytes each time", async () => {
    const entries = [entry("0001-a/a.pdf", "primo"), entry("0002-b/b.pdf", "secondo")];

    const archive = await zipped(entries);

    const files = unzipSync(archive);
    expect(Object.keys(files)).toEqual(["0001-a/a.pdf", "0002-b/b.pdf"]);
    expect(new TextDecoder().decode(files["0002-b/b.pdf"])).toBe("secondo");
    expect(Buffer.from(await zipped(entries)).equals(archive)).toBe(true);
  });

  test("bears the same date in every time zone", async () => {
    const before = process.env["TZ"];
    const archives: string[] = [];
    for (const zone of ["Pacific/Honolulu", "Europe/Rome", "Pacific/Auckland"]) {
      process.env["TZ"] = zone;
      archives.push(Buffer.from(await zipped([entry("a.pdf", "x")])).toString("hex"));
    }
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;

    expect(new Set(archives).size).toBe(1);
    // DOS date of 2026-11-23: (46 << 9) | (11 << 5) | 23 = 0x5d77, time 12:00 = 0x6000.
    expect(archives[0]?.slice(20, 28)).toBe("0060775d");
  });

  test("fails when a file is not as long as it was said to be", async () => {
    const short = { ...entry("a.pdf", "abc"), bytes: 4 };

    expect(zipped([short])).rejects.toThrow("archive entry a.pdf: 3 bytes instead of 4");
  });

  test("takes no more than what was planned for it", async () => {
    const entries = [entry("0001-a/a.pdf", "primo"), entry("0002-b/b.pdf", "secondo")];
    let planned = 22;
    for (const one of entries) planned += computeStoredSize(one);

    expect((await zipped(entries)).length).toBe(planned);
  });
});

/** Programs that a person may open the archive with. */
const readers: readonly (readonly [string, (path: string) => readonly string[]])[] = [
  ["unzip", (path) => ["unzip", "-tq", path]],
  [
    "python3",
    (path) => [
      "python3",
      "-c",
      "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); sys.exit(z.testzip() or len(z.infolist()) != 300)",
      path,
    ],
  ],
];

describe("a volume", () => {
  for (const [program, command] of readers)
    test.skipIf(Bun.which(program) === null)(`of 300 files is sound to ${program}`, async () => {
      const entries = Array.from({ length: 300 }, (_, number) =>
        entry(`${number}/${"n".repeat(60)}.pdf`, `documento ${number}`),
      );
      const folder = await mkdtemp(join(tmpdir(), "postino-zip-"));
      try {
        const path = join(folder, "a.zip");
        await writeFile(path, await zipped(entries));

        const { exitCode } = Bun.spawnSync([...command(path)]);

        expect(exitCode).toBe(0);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
});

describe("volumes", () => {
  const size = (bytes: number) => ({ entries: 2, bytes });

  test("never divide a verbale and end before the limits", () => {
    expect(planVolumes([40, 40, 40, 90], size, { entries: 4, bytes: 100 })).toEqual([
      [40, 40],
      [40],
      [90],
    ]);
  });

  test("of 40,000 verbali with two files are two", () => {
    const groups = Array.from({ length: 40_000 }, () => 1000);

    expect(planVolumes(groups, size).map((volume) => volume.length)).toEqual([32_000, 8_000]);
  });

  test("refuse a verbale that no volume can hold", () => {
    expect(() => planVolumes([101], size, { entries: 4, bytes: 100 })).toThrow("larger than");
  });
});

describe("a safe name", () => {
  test.each([
    ["V/2026/000123", "V-2026-000123"],
    ["Città: «à»?", "Citta-a"],
    ["../../etc/passwd", "etc-passwd"],
    ["CON", "_CON"],
    ["nul.pdf", "_nul.pdf"],
    ["fine. ", "fine"],
    ["", "senza-nome"],
    ["///", "senza-nome"],
    ["x".repeat(80), "x".repeat(60)],
  ])("of %p is %p", (text, name) => {
    expect(toSafeName(text)).toBe(name);
  });

  test("lets numbers sort by their value", () => {
    expect(["V/10", "V/9", "A/2", "V/9/b"].sort(compareNaturally)).toEqual([
      "A/2",
      "V/9",
      "V/9/b",
      "V/10",
    ]);
  });
});

describe("the manifest", () => {
  test("has semicolons, a byte order mark and no cell that a spreadsheet would run", () => {
    const csv = buildManifestCsv([
      { verbale: "=1+1", file: 'a;"b".pdf', sha256: "ab", bytes: 12, signedAt: null },
      { verbale: "V/2", file: "c.pdf", sha256: "cd", bytes: 3, signedAt: "2026-11-23T10:00:00Z" },
    ]);

    expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(csv)).toBe(
      '\u{FEFF}verbale;file;sha256;byte;firmato\r\n\'=1+1;"a;""b"".pdf";ab;12;\r\nV/2;c.pdf;cd;3;2026-11-23T10:00:00Z\r\n',
    );
  });
});

describe("the time of a signature", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  test("is that of the last signature dictionary", () => {
    const text = "/M (D:20260101000000Z) … /M (D:20261123101112+01'00')";

    expect(findSignatureTime(bytes(text))).toBe("2026-11-23T10:11:12+01:00");
    expect(findSignatureTime(bytes("/M(D:20261123101112Z)"))).toBe("2026-11-23T10:11:12Z");
  });

  test("is read however the program spells it", () => {
    const text = "/Type/Sig/M (D\\07220261125005940\\05301\\04700\\047)";

    expect(findSignatureTime(new TextEncoder().encode(text))).toBe("2026-11-25T00:59:40+01:00");
  });

  test("is unknown in a file without one", () => {
    expect(findSignatureTime(bytes("%PDF-1.7 …"))).toBeNull();
  });
});

describe("the end of a file that passes by", () => {
  function tailOf(size: number, chunks: readonly string[]): string {
    const keeper = createTailKeeper(size);
    for (const chunk of chunks) keeper.push(new TextEncoder().encode(chunk));
    return new TextDecoder().decode(keeper.viewTail());
  }

  test("is kept across chunks of any length, and never more of it than asked", () => {
    expect(tailOf(5, [])).toBe("");
    expect(tailOf(5, ["ab"])).toBe("ab");
    expect(tailOf(5, ["ab", "cde"])).toBe("abcde");
    expect(tailOf(5, ["ab", "cde", "f"])).toBe("bcdef");
    expect(tailOf(5, ["abcdefgh"])).toBe("defgh");
    expect(tailOf(5, ["abcdefgh", "ij"])).toBe("fghij");
    expect(tailOf(5, ["abcdef", "ghijklm", ""])).toBe("ijklm");
  });

  test("is forgotten when the next file begins", () => {
    const keeper = createTailKeeper(5);
    keeper.push(new TextEncoder().encode("abcdef"));

    keeper.restart();
    keeper.push(new TextEncoder().encode("x"));

    expect(new TextDecoder().decode(keeper.viewTail())).toBe("x");
  });
});
