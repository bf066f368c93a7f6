/** What render needs, tried before a position is touched. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Services } from "../../../integrations/services.ts";
import { prepareDrawing, type RenderConfig } from "../../../steps/render/drawer.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-crest-"));
  writeFileSync(join(folder, "testo.png"), "non è un'immagine");
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const config: RenderConfig = { model: "verbale-cds", bollettino: "ppa" };

function makeEnte(change: object, render: object = {}): Services["ente"] {
  return {
    ente: {
      codice: "borgolieto",
      nome: "Comune di Borgolieto",
      codiceFiscale: "89999990164",
      ...change,
    },
    send: { feePolicy: "DELIVERY_MODE" },
    payments: { adapter: "gpd" },
    signing: { signers: {} },
    render: { prefetto: "Bergamo", giudiceDiPace: "Bergamo", ...render },
  } as unknown as Services["ente"];
}

function failToLoad(): never {
  throw new Error("ENOENT: documents/fonts/RobotoMono-Medium.ttf");
}

test.each([
  ["nothing is missing", makeEnte({}), config, undefined, null],
  [
    "a crest that is gone",
    makeEnte({}, { stemma: "/nessuna/cartella/stemma.png" }),
    config,
    undefined,
    "CREST_UNREADABLE",
  ],
  ["a crest that is no picture", "testo.png", config, undefined, "CREST_UNREADABLE"],
  [
    "a logo of pagoPA that is gone",
    makeEnte({}, { logoPagopa: "/nessuna/cartella/logo.svg" }),
    config,
    undefined,
    "LOGO_UNREADABLE",
  ],
  [
    "a logo that no notice bears",
    makeEnte({}, { logoPagopa: "/nessuna/cartella/logo.svg" }),
    { ...config, bollettino: "none" },
    undefined,
    null,
  ],
  [
    "a name of the ente that no font can print",
    makeEnte({ nome: "Comune di 北京" }),
    config,
    undefined,
    "MODEL_INVALID",
  ],
  [
    "a model with a block that does not exist",
    makeEnte({}),
    { ...config, verbale: { order: ["inesistente"] } },
    undefined,
    "MODEL_INVALID",
  ],
  ["fonts that cannot be read", makeEnte({}), config, failToLoad, "FONTS_UNREADABLE"],
] as const)("%s", async (_what, given, withConfig, load, code) => {
  const ente = typeof given === "string" ? makeEnte({}, { stemma: join(folder, given) }) : given;

  const told = await prepareDrawing(ente, withConfig as RenderConfig, load).catch(
    (error: unknown) => error,
  );

  if (code === null) expect(told).toBeUndefined();
  else expect(told).toMatchObject({ name: "RunBlocked", code });
});
