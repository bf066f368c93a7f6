/** render: the documents of a verbale, their names, and what cannot be drawn. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Value } from "typebox/value";
import { parse } from "yaml";
import type { Item } from "../../../engine/step/item.ts";
import { ItemRejected, RunBlocked } from "../../../engine/host/errors.ts";
import type { Services } from "../../../integrations/services.ts";
import render from "../../../steps/render.ts";
import type { Payment, Validation } from "../../../steps/schemas/fields.ts";
import type { Verbale } from "../../../steps/schemas/verbale.ts";
import { makePhotograph } from "../../support/photographs.ts";
import { documentsContext } from "./documents-context.ts";

const ente = {
  ente: { codice: "borgolieto", nome: "Comune di Borgolieto", codiceFiscale: "89999990164" },
  send: { feePolicy: "DELIVERY_MODE" },
  payments: { adapter: "gpd", cbill: "ABCDE" },
  signing: { signers: {} },
} as unknown as Services["ente"];

const verbale: Verbale = {
  numero: "V/2026/000123",
  dataViolazione: "2026-10-02",
  luogo: "Via Garibaldi",
  targa: "AB123CD",
  articolo: "142, comma 8",
  descrizione: "Superava di 18 km/h il limite",
  agente: "matr. 12",
  importoRidottoCents: 17_300,
  importoScontatoCents: 12_110,
  speseCents: 1_550,
  destinatario: {
    tipo: "PF",
    cognome: "Ślązak",
    nome: "Žanna",
    codiceFiscale: "SLZZNN60D60F205R",
    indirizzo: { via: "Via Roma", civico: "12", cap: "20133", comune: "Milano", provincia: "mi" },
  },
};

const validation: Validation = {
  checkedOn: "2026-11-23",
  taxId: "SLZZNN60D60F205R",
  denomination: "Zanna Slazak",
  address: { via: "Via Roma", civico: "12", cap: "20133", comune: "Milano", provincia: "MI" },
  notifyBy: "2026-12-31",
  warnings: [],
};

const payment: Payment = {
  ref: "89999990164-x-g1",
  creditorTaxId: "89999990164",
  options: [
    { kind: "discounted", iuv: "1", noticeCode: "302000100000019414", amountCents: 13_660 },
    { kind: "reduced", iuv: "2", noticeCode: "302000100000020514", amountCents: 18_850 },
  ],
};

interface Overrides {
  readonly verbale?: Partial<Verbale>;
  readonly payment?: Payment;
}

function item(overrides: Overrides = {}): Item<unknown> {
  return {
    key: verbale.numero,
    round: 1,
    data: {
      verbale: { ...verbale, ...overrides.verbale },
      validation,
      payment: overrides.payment ?? payment,
    },
  };
}

async function refusal(promise: Promise<unknown>): Promise<ItemRejected> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ItemRejected) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("render", () => {
  test("adds the verbale and its notice, under names that every system takes", async () => {
    const world = documentsContext(render, { services: { ente } });

    const added = await world.one(item());

    expect(Value.Check(render.adds, added)).toBe(true);
    expect(added["documents"]).toEqual([
      {
        role: "verbale",
        pages: 2,
        appeals: {
          prefetto: { days: 60, daysAbroad: 60, source: "testo 2011" },
          giudiceDiPace: { days: 30, daysAbroad: 60, source: "testo 2011" },
        },
        name: "V-2026-000123-verbale.pdf",
        sha256: expect.any(String),
        bytes: expect.any(Number),
      },
      {
        role: "notice",
        noticeCodes: ["302000100000019414", "302000100000020514"],
        pages: 1,
        name: "V-2026-000123-avviso.pdf",
        sha256: expect.any(String),
        bytes: expect.any(Number),
      },
    ]);
    expect(world.blobs.size).toBe(2);
  });

  test("gives the same files when it runs again", async () => {
    const [first, second] = [
      documentsContext(render, { services: { ente } }),
      documentsContext(render, { services: { ente }, now: "2027-01-01T00:00:00Z" }),
    ];

    await first.one(item());
    await second.one(item());

    expect([...second.blobs.keys()]).toEqual([...first.blobs.keys()]);
  });

  test("leaves the notice out where none is wanted", async () => {
    const world = documentsContext(render, { services: { ente }, with: "bollettino: none" });

    const added = await world.one(item());

    expect(added["documents"]).toHaveLength(1);
  });

  test("makes a page for each amount where the ente has a postal account", async () => {
    const postal = { ...ente, payments: { ...ente.payments, postalAccount: "16302093" } };
    const world = documentsContext(render, { services: { ente: postal } });

    const added = await world.one(item());

    expect(added["documents"]).toMatchObject([{ pages: 2 }, { role: "notice", pages: 2 }]);
  });

  test.skipIf(Bun.which("pdftotext") === null)("prints the name with all its letters", async () => {
    const world = documentsContext(render, { services: { ente }, with: "bollettino: none" });

    await world.one(item());

    const [bytes = new Uint8Array()] = world.blobs.values();
    const text = Bun.spawnSync(["pdftotext", "-", "-"], { stdin: bytes }).stdout.toString();
    expect(text).toContain("Žanna Ślązak\nVia Roma 12\n20133 Milano MI\n");
  });

  test("refuses a verbale with a letter that cannot be printed, and names it", async () => {
    const world = documentsContext(render, { services: { ente } });

    const refused = await refusal(world.one(item({ verbale: { luogo: "Via Жукова" } })));

    expect(refused.code).toBe("MISSING_GLYPH");
    expect(refused.message).toBe(
      "Documento non prodotto: il carattere «Ж» (U+0416) non si può stampare",
    );
    expect(world.blobs.size).toBe(0);
  });

  test("an ente under the 20 gram rule gets no verbale of more than four pages, the others do", async () => {
    const light = { ...ente, send: { ...ente.send, over20Grams: false } };
    const long = item({ verbale: { descrizione: "Superava il limite di velocità. ".repeat(900) } });
    const [lightWorld, world] = [light, ente].map((settings) =>
      documentsContext(render, { services: { ente: settings } }),
    );

    const refused = await refusal(lightWorld?.one(long) ?? Promise.resolve());
    const added = await world?.one(long);

    expect(refused.code).toBe("SENDER_DISABLED_MORE_THAN_20_GRAMS");
    expect(refused.message).toBe(
      "I documenti superano 20 grammi (1 file, fino a 7 pagine) e l'ente non è abilitato. Nulla è stato inviato.",
    );
    expect(lightWorld?.blobs.size).toBe(0);
    expect(added?.["documents"]).toMatchObject([{ pages: 7 }, { role: "notice" }]);
  });

  test("refuses a verbale whose amounts are not those that are to be paid", async () => {
    const world = documentsContext(render, { services: { ente } });

    const refused = await refusal(world.one(item({ verbale: { speseCents: 1_000 } })));

    expect(refused.code).toBe("AMOUNT_MISMATCH");
  });

  test("blocks the run when the ente's model orders a block that does not exist", async () => {
    const world = documentsContext(render, {
      services: { ente },
      with: "verbale: { order: [intestazione, saluti] }",
    });

    expect(world.one(item())).rejects.toBeInstanceOf(RunBlocked);
    expect(world.one(item())).rejects.toThrow("order.1: il blocco «saluti» non c'è");
  });

  test("takes no model that names a value which does not exist", () => {
    const wrong = parse("avviso: { subject: 'Multa di {nome}' }");

    expect(Value.Check(render.config, Value.Default(render.config, wrong))).toBe(false);
  });

  test.each([
    ["**Attenzione: targa {targa}", false],
    ["**Attenzione**: targa **{targa}", false],
    ["**Attenzione**: targa **{targa}**", true],
    ["5 * 3 ** vale **", true],
    ["nota (*) a piè di pagina", true],
  ])("tells by its schema whether emphasis is closed: %s", (paragraph, isGood) => {
    const given = { verbale: { blocks: { premessa: { paragraphs: [paragraph] } } } };

    expect(Value.Check(render.config, Value.Default(render.config, given))).toBe(isGood);
  });

  test("blocks the run when the crest cannot be read", async () => {
    const crested = { ...ente, render: { stemma: "/nonexistent/stemma.png" } };
    const world = documentsContext(render, { services: { ente: crested } });

    expect(world.one(item())).rejects.toThrow("Stemma dell'ente non leggibile");
  });

  test("takes every example that it gives", () => {
    for (const example of render.examples)
      expect(Value.Check(render.config, Value.Default(render.config, parse(example)))).toBe(true);
  });
});

describe("photographs", () => {
  const folder = mkdtempSync(join(tmpdir(), "fotografie-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  writeFileSync(join(folder, "davanti.jpg"), makePhotograph());
  const withFolder = { ...ente, render: { fotografie: { cartella: folder } } };
  const draw = (fotografie: string[], services: Services["ente"]) =>
    documentsContext(render, { services: { ente: services } }).one(
      item({ verbale: { fotografie } }),
    );

  test("make the act longer where the ente prints them, and are only named where it does not", async () => {
    const printed = await draw(["davanti.jpg"], withFolder);
    const named = await draw(["davanti.jpg"], ente);

    const sizes = [printed, named].map(
      ({ documents }) => (documents as readonly { readonly bytes: number }[])[0]?.bytes ?? 0,
    );
    expect((sizes[0] ?? 0) - (sizes[1] ?? 0)).toBeGreaterThan(500);
  });

  test("one that is gone since validate rejects the verbale", async () => {
    const error = await refusal(draw(["davanti.jpg", "sparita.jpg"], withFolder));

    expect([error.code, error.message]).toEqual([
      "PHOTOGRAPH_UNUSABLE",
      "Documento non prodotto: la fotografia «sparita.jpg» non è nella cartella delle fotografie.",
    ]);
  });
});
