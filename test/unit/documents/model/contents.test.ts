/** The page of what an act contains, row by row: its fields are read, its column is known, its checks are there, its block prints it, and the demo shows it. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildTemplateValues, type VerbaleContent } from "../../../../documents/model/content.ts";
import { buildVerbaleModel } from "../../../../documents/model/models.ts";
import { fieldSpecs } from "../../../../integrations/flusso/fields.ts";
import { fieldByMeaning } from "../../../../integrations/flusso/guess/fields-by-meaning.ts";
import { readHeaderName } from "../../../../integrations/flusso/guess/header-name.ts";
import { checks } from "../../../../steps/checks/catalogue.ts";
import { fullVerbale, sampleEnte } from "../sheets/samples.ts";

const root = join(import.meta.dir, "../../../..");
const page = readFileSync(join(root, "docs/it/atto.md"), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .slice(2)
  .map((line) => {
    const [element = "", source = "", fields = "", column = "", codes = "", block = ""] = line
      .split("|")
      .slice(1)
      .map((cell) => cell.trim());
    const listNames = (cell: string): readonly string[] =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
    return {
      element,
      source,
      fields: listNames(fields),
      column,
      codes: listNames(codes),
      block: listNames(block)[0] ?? "",
    };
  });

const model = buildVerbaleModel("verbale-cds");
const [header = "", ...demo] = readFileSync(join(root, "data/demo/flusso-2026-11.csv"), "latin1")
  .trimEnd()
  .split("\r\n");
const names = header.split(";");
const columns = Bun.YAML.parse(
  readFileSync(join(root, "pipelines/enti/borgolieto.yaml"), "utf8"),
) as { flusso: { columns: Record<string, string> } };

const full: VerbaleContent = {
  ...fullVerbale,
  dataAccertamento: "2026-10-05",
  responsabile: "Anna Maria Esempi",
  dichiarazioni: "Il conducente dichiara.",
  decretoPrefettizio: { numero: "1", data: "2025-02-03", tratto: "SP 12" },
  fotografie: ["a.jpg"],
};
const driver = { cognome: "C", nome: "G", codiceFiscale: "X", patente: "U1", categoria: "B" };

/** With and without what a field says. */
function buildPair(field: string): readonly [VerbaleContent, VerbaleContent] {
  if (field === "contestazioneImmediata") return [full, { ...full, contestazioneImmediata: true }];
  if (field === "pagamentoRidotto") return [full, { ...full, pagamentoRidotto: "escluso" }];
  if (field.endsWith("Cents"))
    return [
      { ...full, speseCents: 1 },
      { ...full, payments: full.payments.map((one) => ({ ...one, amountCents: 7 })) },
    ];
  const whole = field.startsWith("conducente.") ? { ...full, conducente: driver } : full;
  const copy = structuredClone(whole) as unknown as Record<string, unknown>;
  const path = field.replace("destinatario.", "").split(".");
  let at = copy;
  for (const part of path.slice(0, -1)) at = at[part] as Record<string, unknown>;
  const last = path.at(-1) ?? "";
  if (last === "dataViolazione") at[last] = "2026-01-01";
  else if (["luogo", "targa", "articolo", "descrizione", "agente", "numero"].includes(last))
    at[last] = "99";
  else delete at[last];
  return [whole, copy as unknown as VerbaleContent];
}

test("the page has a row for each element, with a source", () => {
  expect(rows.length).toBeGreaterThanOrEqual(26);
  expect(rows.filter(({ source }) => source === "")).toEqual([]);
});

describe.each(rows.map((row) => [row.element, row] as const))("%s", (_, row) => {
  test("its fields are read", () => {
    expect(row.fields.filter((field) => !fieldSpecs.has(field))).toEqual([]);
  });

  test("a column of that name is known", () => {
    const { meaning, isVague } = readHeaderName(row.column);
    const field = meaning === "date.finding" ? "dataAccertamento" : fieldByMeaning[meaning ?? ""];

    expect(isVague && row.column !== "Qualità").toBe(false);
    expect(row.fields).toContain(field ?? "");
  });

  test("its checks are in the catalogue", () => {
    expect(row.codes.filter((code) => !(code in checks))).toEqual([]);
    expect(row.codes).not.toEqual([]);
  });

  test("its block prints what its fields say", () => {
    const text = JSON.stringify(model.blocks[row.block]);
    expect(model.order).toContain(row.block);
    const { type } = model.blocks[row.block] ?? {};
    for (const field of row.fields) {
      const [before, after] = buildPair(field).map((verbale) =>
        buildTemplateValues(sampleEnte, verbale, { qualita: model.qualita ?? {} }),
      );
      const moved = Object.keys(before ?? {}).filter((name) => before?.[name] !== after?.[name]);
      // The table of amounts reads them itself.
      const isPrinted =
        type === "amounts" ||
        moved.some((name) => text.includes(`{${name}}`) || text.includes(`"${name}"`));
      expect([field, isPrinted]).toEqual([field, true]);
    }
  });

  test("the demo shows it", () => {
    const fed = new Map(Object.entries(columns.flusso.columns).map(([own, to]) => [to, own]));
    const shown = row.fields.filter((field) => {
      const index = names.indexOf(Buffer.from(fed.get(field) ?? "", "utf8").toString("utf8"));
      return index >= 0 && demo.some((line) => line.split(";")[index] !== "");
    });
    const wanted = row.fields.filter(
      (field) => !/^veicolo\.(?:marca|nazione)$/.test(field) && !/^protocollo$/.test(field),
    );

    expect(wanted.filter((field) => !shown.includes(field))).toEqual([]);
  });
});
