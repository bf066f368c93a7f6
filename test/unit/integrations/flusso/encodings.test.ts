/** Which encoding a flusso is in: told by its letters, never guessed where two fit. */
import { describe, expect, test } from "bun:test";
import { systemClock } from "../../../../engine/host/clock.ts";
import { createFlusso } from "../../../../integrations/flusso/flusso.ts";
import type { FlussoFile } from "../../../../integrations/flusso/port.ts";
import type { FlussoSettings } from "../../../../integrations/flusso/settings.ts";

const plain: FlussoSettings = {
  delimiter: "auto",
  encoding: "auto",
  dates: "AAAA-MM-GG",
  amounts: "cents",
};
const header =
  "numero;dataViolazione;luogo;targa;articolo;descrizione;agente;importoRidottoCents;speseCents;destinatario.tipo;destinatario.cognome;destinatario.indirizzo.via;destinatario.indirizzo.cap;destinatario.indirizzo.comune;destinatario.indirizzo.provincia";

/** A file of one row; `cognome` and `luogo` are given with one character for each byte. */
function write(cognome: string, luogo = "Via Roma", end = "\r\n"): string {
  return `${header}\r\nAB1;2026-11-03;${luogo};AA000AA;7;Sosta;m1;8300;1500;PF;${cognome};Via Larga 1;26013;Crema;CR${end}`;
}

function file(text: string, pieces = 1000): FlussoFile {
  const bytes = Buffer.from(text, "latin1");
  return {
    name: "flusso.csv",
    async *open() {
      for (let at = 0; at < bytes.length; at += pieces) yield bytes.subarray(at, at + pieces);
    },
  };
}

async function read(text: string, settings = plain, pieces = 1000) {
  const flusso = createFlusso({ settings, inboxRoot: "unused", clock: systemClock });
  const found = file(text, pieces);
  const { faults, notes } = await flusso.inspect(found, 10);
  if (faults.length > 0) return { faults };
  const [row] = await Array.fromAsync(flusso.readRows(found));
  const { luogo, destinatario } = (
    row as unknown as {
      readonly verbale: { readonly luogo: string; readonly destinatario: { cognome: string } };
    }
  ).verbale;
  return { luogo, cognome: destinatario.cognome, notes: notes ?? [] };
}

const inDos = ["Il file è stato letto in CP850 (DOS)."];
const inWindows = ["Il file è stato letto in Windows-1252."];

describe("letters tell the code page", () => {
  test.each([
    ["Nicol\x95", "Nicolò", inDos],
    ["Dalm\x85", "Dalmà", inDos],
    ["Jos\x82", "José", inDos],
    ["No\x8A", "Noè", inDos],
    ["B\x97", "Bù", inDos],
    ["Pr\x8D", "Prì", inDos],
    ["NICOL\xE3", "NICOLÒ", inDos],
    ["CAFF\xD4", "CAFFÈ", inDos],
    ["CITT\xB7", "CITTÀ", inDos],
    ["M\x81ller", "Müller", inDos],
    ["J\x94rg", "Jörg", inDos],
    ["Nicol\xF2", "Nicolò", inWindows],
    ["NICOL\xD2", "NICOLÒ", inWindows],
    ["NICOL\xF2", "NICOLò", inWindows],
    ["Dell\x92Orto", "Dell’Orto", inWindows],
    ["DELL\x92ORTO", "DELL’ORTO", inWindows],
    ["M\xFCller", "Müller", inWindows],
    ["Fran\xE7oise", "Françoise", inWindows],
    ["J\xF8rgensen", "Jørgensen", inWindows],
    ["M\xE4kel\xE4", "Mäkelä", inWindows],
    ["L\xB4Aquila", "L´Aquila", inWindows],
    ["Dvo\x9A\xE1k", "Dvošák", inWindows],
  ])("%p is %p", async (bytes, cognome, notes) => {
    expect(await read(write(bytes))).toEqual({ luogo: "Via Roma", cognome, notes });
  });

  test("the euro sign and Š of ISO-8859-15 are told from those of Windows-1252", async () => {
    expect(await read(write("\xA6imi", "pagato \xA4 5"))).toEqual({
      luogo: "pagato € 5",
      cognome: "Šimi",
      notes: ["Il file è stato letto in ISO-8859-15."],
    });
  });

  test.each([1, 2, 3, 7])("pieces of %d bytes say the same", async (pieces) => {
    expect(await read(write("Nicol\x95", "Localit\x85 Ca' B\x97"), plain, pieces)).toEqual({
      luogo: "Località Ca' Bù",
      cognome: "Nicolò",
      notes: inDos,
    });
  });

  test("a first accent that comes late is seen", async () => {
    const rows = Array.from(
      { length: 20_000 },
      (_, at) => write("Rossi").split("\r\n")[1] + `${at}`,
    );
    const text = [
      header,
      ...rows.map((row, at) => row.replace("AB1", `AB${at}`).replace(/CR\d+$/, "CR")),
      write("Nicol\x95").split("\r\n")[1]?.replace("AB1", "ZZ1"),
      "",
    ].join("\r\n");
    const flusso = createFlusso({ settings: plain, inboxRoot: "unused", clock: systemClock });

    const { faults, notes } = await flusso.inspect(file(text, 65_536), 5);

    expect(faults).toEqual([]);
    expect(notes).toEqual(inDos);
  });

  test("UTF-8 is told by nothing: it is what is expected", async () => {
    const text = Buffer.from(write("Nicolò"), "utf8").toString("latin1");

    expect(await read(text)).toEqual({ luogo: "Via Roma", cognome: "Nicolò", notes: [] });
  });

  test.each([
    ["utf16le", "\xFF\xFE"],
    ["utf16le", ""],
    ["utf16be", "\xFE\xFF"],
  ])("UTF-16 is read: %s with mark %p", async (kind, mark) => {
    const bytes = Buffer.from(write("Nicolò").replaceAll(";", "\t"), "utf16le");
    if (kind === "utf16be") bytes.swap16();

    expect(await read(mark + bytes.toString("latin1"))).toEqual({
      luogo: "Via Roma",
      cognome: "Nicolò",
      notes: ["Il file è stato letto in UTF-16."],
    });
  });
});

describe("what two code pages read differently is not guessed", () => {
  test("a word that fits both is refused with both readings", async () => {
    const { faults } = await read(write("NO\x8A"));

    expect(faults?.map(({ code, message, remedy }) => [code, message, remedy])).toEqual([
      [
        "FLUSSO_ENCODING",
        "le lettere accentate si possono leggere in due modi: «NOŠ» in Windows-1252, «NOè» in CP850 (DOS). (byte 59 della riga 2)",
        "esportare il file in UTF-8, oppure chiedere al tecnico di dichiarare la codifica che il gestionale usa (windows-1252 o cp850).",
      ],
    ]);
  });

  test("another word of the file settles it", async () => {
    expect(await read(write("NO\x8A", "Localit\x85"))).toMatchObject({ cognome: "NOè" });
  });

  test.each([
    ["cp850", "NOè"],
    ["windows-1252", "NOŠ"],
    ["iso-8859-15", null],
  ] as const)("the ente's encoding: %s settles it", async (encoding, cognome) => {
    const found = await read(write("NO\x8A"), { ...plain, encoding });

    if (cognome === null)
      expect(found.faults?.map(({ code }) => code)).toEqual(["FLUSSO_ENCODING"]);
    else expect(found).toMatchObject({ cognome });
  });

  test("words of two code pages in one file are refused, with one of each", async () => {
    const { faults } = await read(write("Nicol\xF2", "Via Mos\x8A"));

    expect(faults?.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      "FLUSSO_ENCODING: il file è scritto in due codifiche: «Nicolò» in Windows-1252, «Nicol‗» in CP850 (DOS), ma «Mosè» in CP850 (DOS), «MosŠ» in Windows-1252. (byte 23 della riga 2)",
    ]);
  });

  test.each([
    ["a dash", "Roma \x96 Milano"],
    ["an ellipsis", "Via Roma\x85"],
    ["a text that was cut", "Via Garib\x85"],
    ["quotes", "\x93Centro\x94"],
    ["a degree", "piano 3\xB0"],
    ["an ordinal", "n\xB0 5"],
    ["a square", "area di 20 m\xB2"],
    ["a bullet of its own", "\x95 Via Roma"],
  ])("signs of Windows-1252 stay signs: %s", async (_, luogo) => {
    expect(await read(write("Nicol\xF2", luogo))).toMatchObject({
      cognome: "Nicolò",
      notes: inWindows,
    });
  });
});

describe("the end of the text", () => {
  test.each(["\r\n\x1A", "\x1A", "\r\n\x1A\x1A\x00\x00\r\n"])(
    "a trailing Ctrl-Z is no row: %p",
    async (end) => {
      expect(await read(write("Rossi", "Via Roma", end))).toMatchObject({ cognome: "Rossi" });
    },
  );

  test("text behind it is told", async () => {
    const { faults } = await read(`${write("Rossi")}\x1A${write("Bianchi")}`);

    expect(faults?.map(({ code }) => code)).toEqual(["FLUSSO_CHARACTER"]);
  });

  test.each([
    ["in a row", write("Rossi").slice(0, -12)],
    ["in quotes", write('"Rossi').slice(0, -20)],
    [
      "in a UTF-8 letter",
      Buffer.from(`${write("Nicolò")}AB2;2026-11-03;Citt`, "utf8").toString("latin1") + "\xC3",
    ],
  ])("a file that ends %s is incomplete", async (_, text) => {
    const { faults } = await read(text);

    expect(faults?.map(({ code }) => code)).toEqual(["FLUSSO_INCOMPLETE"]);
    expect(faults?.[0]?.message).toStartWith("file incompleto: ");
  });

  test("the last row may lack its line break", async () => {
    expect(await read(write("Rossi", "Via Roma", ""))).toMatchObject({ cognome: "Rossi" });
  });
});
