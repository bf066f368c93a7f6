/** Tests of `postino preview`: the ente's documents with sample data or a verbale of its own, never to be taken for an act. */
import { afterEach, expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodePDFRawStream, PDFArray, PDFDict, PDFName, PDFDocument, PDFRawStream } from "pdf-lib";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld | null = null;

afterEach(async () => {
  await world?.close();
  world = null;
});

async function makeWorld(
  options: Parameters<typeof makeInstallationWorld>[0] = {},
): Promise<InstallationWorld> {
  world = await makeInstallationWorld(options);
  return world;
}

/** "ANTEPRIMA SENZA VALORE" as the page's content writes it. */
const markInHex = "414E54455052494D412053454E5A412056414C4F5245";

/** For each page, whether the mark is drawn on it. */
async function marks(path: string): Promise<readonly boolean[]> {
  const document = await PDFDocument.load(readFileSync(path), { updateMetadata: false });
  return document.getPages().map(({ node }) => {
    const contents = node.Contents();
    const streams = contents instanceof PDFArray ? contents.asArray() : [contents];
    return streams.some((entry) => {
      const stream = document.context.lookup(entry);
      if (!(stream instanceof PDFRawStream)) return false;
      const text = Buffer.from(decodePDFRawStream(stream).decode()).toString("latin1");
      return text.includes(markInHex);
    });
  });
}

/** Fonts that a page names and the file does not bring along: with one of them it is no PDF/A. */
async function listForeignFonts(path: string): Promise<readonly string[]> {
  const document = await PDFDocument.load(readFileSync(path), { updateMetadata: false });
  const foreign: string[] = [];
  for (const { node } of document.getPages()) {
    const fonts = node.Resources()?.lookup(PDFName.of("Font"), PDFDict);
    for (const [name] of fonts?.entries() ?? []) {
      const kids = fonts
        ?.lookup(name, PDFDict)
        .lookupMaybe(PDFName.of("DescendantFonts"), PDFArray);
      const descriptor = kids?.lookup(0, PDFDict).lookup(PDFName.of("FontDescriptor"), PDFDict);
      if (descriptor?.has(PDFName.of("FontFile2")) !== true) foreign.push(name.toString());
    }
  }
  return foreign;
}

test("sample data become verbale and notice in the outbox, marked on every page, and nothing is asked outside", async () => {
  const { postino, folder, report } = await makeWorld();

  const { code, stdout } = await postino(["preview", "--ente", "prova"]);

  expect(code).toBe(0);
  expect(stdout).toBe(
    "data/outbox/prova/anteprima/anteprima-ANTEPRIMA-1-verbale.pdf\ndata/outbox/prova/anteprima/anteprima-ANTEPRIMA-1-avviso.pdf\n",
  );
  const [verbale = "", notice = ""] = stdout.trim().split("\n");
  expect(await marks(join(folder, verbale))).toEqual([true, true]);
  expect(await marks(join(folder, notice))).toEqual([true]);
  expect(statSync(join(folder, verbale)).mode & 0o777).toBe(0o600);
  for (const path of [verbale, notice])
    expect(await listForeignFonts(join(folder, path))).toEqual([]);
  const document = await PDFDocument.load(readFileSync(join(folder, verbale)));
  expect(document.getTitle()).toStartWith("ANTEPRIMA SENZA VALORE");
  expect(report()).toMatchObject({ send: { accepted: 0, refused: 0 }, gpd: { positions: [] } });
});

test("the first verbale of a flusso is drawn by the ente's mapping, into the folder that was named", async () => {
  const { postino, file, freshDay } = await makeWorld();
  const path = file("flusso.jsonl", verbaliLines(3, freshDay, 7));

  const { code, stdout } = await postino([
    "preview",
    "--ente",
    "prova",
    "--verbale",
    path,
    "--out",
    "prove",
  ]);

  expect(code).toBe(0);
  expect(stdout).toBe("prove/anteprima-T00007-verbale.pdf\nprove/anteprima-T00007-avviso.pdf\n");
});

test("a real service is no obstacle: nothing is asked of it", async () => {
  const { postino } = await makeWorld({
    enteYaml: (text) => text.replace(/baseUrl: \S+\/send/, "baseUrl: https://send.example"),
  });

  expect((await postino(["preview", "--ente", "prova"])).code).toBe(0);
});

test("a row that cannot be read is told with its place, and nothing is drawn", async () => {
  const { postino, file } = await makeWorld();
  const path = file("storto.jsonl", '{"numero":"A1","targa":7}\n');

  const { code, stdout, stderr } = await postino(["preview", "--ente", "prova", "--verbale", path]);

  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("storto.jsonl:1:");
});

test("a folder in place of the file, and a file in place of the folder, are told apart from bugs", async () => {
  const { postino, folder, file } = await makeWorld();
  const path = file("occupato", "");

  const read = await postino(["preview", "--ente", "prova", "--verbale", folder]);
  const write = await postino(["preview", "--ente", "prova", "--out", path]);

  expect(read).toMatchObject({ code: 2, stdout: "" });
  expect(read.stderr).toBe(`Il file ${folder} non si può leggere.\n`);
  expect(write).toMatchObject({ code: 2, stdout: "" });
  expect(write.stderr).toBe(
    `Nella cartella ${path} non si può scrivere (EEXIST). Indicarne un'altra con --out.\n`,
  );
});

test("a crest that is not there is told with its place and its remedy", async () => {
  const { postino } = await makeWorld({
    enteYaml: (text) => text.replace("render: {", "render: { stemma: manca.png,"),
  });

  const { code, stdout, stderr } = await postino(["preview", "--ente", "prova"]);

  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(
    /pipelines\/enti\/prova\.yaml:\d+:19: errore P060: lo stemma "manca\.png" non si può usare/,
  );
  expect(stderr).toContain(
    "= correzione: scrivi il percorso a partire dalla cartella del file dell'ente",
  );
});

test("an ente without a file, a wrong file and a pipeline that draws nothing are told apart", async () => {
  const { postino, pipelinesFolder } = await makeWorld();
  writeFileSync(join(pipelinesFolder, "enti", "storto.yaml"), "ente: { codice: storto }\n");

  const unknown = await postino(["preview", "--ente", "altrove"]);
  const wrong = await postino(["preview", "--ente", "storto"]);
  const none = await postino(["preview", "--ente", "prova", "--pipeline", "altra"]);

  expect([unknown.code, wrong.code, none.code]).toEqual([2, 2, 2]);
  expect(unknown.stderr).toBe(
    "L'ente «altrove» non ha un file. Enti: prova, storto. Per cominciarne uno: postino init --ente altrove\n",
  );
  expect(wrong.stderr).toContain("pipelines/enti/storto.yaml:1");
  expect(none.stderr).toBe(
    "La pipeline «altra» non c'è o non ha il passo render. Lo hanno: send.\n",
  );
});
