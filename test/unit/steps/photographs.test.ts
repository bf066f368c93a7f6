/** Photographs of an ente's folder: what validate finds wrong with them, and that render takes no act without them. */
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPhotographs, findPhotographs } from "../../../steps/checks/photographs.ts";
import { inspectRender } from "../../../steps/render/inspect.ts";
import { makePhotograph } from "../../support/photographs.ts";
import { makeVerbale } from "../../support/verbali.ts";

const folder = mkdtempSync(join(tmpdir(), "fotografie-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
writeFileSync(join(folder, "IMG1.JPG"), makePhotograph());
writeFileSync(join(folder, "img2.jpg"), makePhotograph("progressive"));
writeFileSync(join(folder, "doppia.jpg"), makePhotograph());
writeFileSync(join(folder, "DOPPIA.JPG"), makePhotograph());
writeFileSync(join(folder, "tipografia.jpg"), makePhotograph("cmyk"));
writeFileSync(join(folder, "tagliata.jpg"), makePhotograph().subarray(0, 300));
writeFileSync(join(folder, "pesante.jpg"), Buffer.concat([makePhotograph(), Buffer.alloc(30_000)]));
writeFileSync(join(folder, ".nascosta.jpg"), makePhotograph());
mkdirSync(join(folder, "cartella.jpg"));

function ofVerbale(...fotografie: readonly string[]) {
  return { ...makeVerbale(1, "2026-11-03"), fotografie: [...fotografie] };
}

test("they are taken in the order of the flusso, whatever capitals their names have", async () => {
  const { photographs, faults } = await findPhotographs(ofVerbale("img2.jpg", "img1.jpg"), {
    cartella: folder,
  });

  expect(faults).toEqual([]);
  expect(photographs.map(({ file, image }) => [file, image.columns])).toEqual([
    ["img2.jpg", 48],
    ["img1.jpg", 48],
  ]);
});

test.each([
  ["manca.jpg", "non è nella cartella delle fotografie"],
  ["Doppia.jpg", "non è nella cartella delle fotografie"],
  ["tipografia.jpg", "la fotografia è in CMYK (per la tipografia): va salvata in RGB"],
  ["tagliata.jpg", "il file JPEG è guasto o finisce a metà"],
  ["pesante.jpg", "pesa 30 kilobyte, al massimo 20"],
  ["cartella.jpg", "non si può leggere (EISDIR)"],
  ["../segreto.jpg", "non è il nome di un file"],
  ["C:\\foto\\a.jpg", "non è il nome di un file"],
  [".nascosta.jpg", "non è il nome di un file"],
])("%s is told with the remedy", async (file, what) => {
  const ente = { render: { fotografie: { cartella: folder, kB: 20 } } };

  const found = await checkPhotographs(ofVerbale("IMG1.JPG", file), ente);

  expect(found.map(({ code, message }) => [code, message.split(" Rimedio:")[0]])).toEqual([
    ["PHOTOGRAPH_UNUSABLE", `Fotografia «${file}»: ${what}.`],
  ]);
});

test("more than the ente prints is told once, and none is read", async () => {
  const ente = { render: { fotografie: { cartella: folder, massimo: 2 } } };

  const found = await checkPhotographs(ofVerbale("manca1.jpg", "manca2.jpg", "manca3.jpg"), ente);

  expect(found.map(({ head }) => head)).toEqual(["Fotografia «manca3.jpg»"]);
});

test.each([undefined, {}])("an ente that prints none is asked nothing: %p", async (render) => {
  expect(
    await checkPhotographs(ofVerbale("manca.jpg"), render === undefined ? {} : { render }),
  ).toEqual([]);
});

test.each([
  ["nessuna", "non c'è, o non si può leggere"],
  ["IMG1.JPG", "non è una cartella"],
])("check tells a folder that is none: %s", async (cartella, why) => {
  const settings = {
    ente: { codice: "borgo", nome: "Comune", codiceFiscale: "89999990164" },
    send: { feePolicy: "DELIVERY_MODE" },
    payments: { adapter: "gpd" },
    signing: { signers: {} },
    render: { fotografie: { cartella } },
  };

  const faults = await inspectRender({}, { settings, enteFolder: folder, uses: [] });

  expect(faults.filter(({ path }) => path?.includes("fotografie")).map((one) => one.why)).toEqual([
    why,
  ]);
});
