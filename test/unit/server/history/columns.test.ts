/** A column stands in one place and shows in all: page, terminal, CSV, document and the document's description. */
import { describe, expect, test } from "bun:test";
import { formatItemTable, formatRunTable } from "../../../../server/cli/output.ts";
import {
  buildRowDocument,
  buildRowSchema,
  type ItemColumn,
  itemColumns,
  type ColumnPlace,
  pickColumns,
  type RunColumn,
  runColumns,
} from "../../../../server/history/columns.ts";
import { buildItemView, type ItemView } from "../../../../server/history/item-view.ts";
import { streamRunCsv } from "../../../../server/history/run-csv.ts";
import { loadRunView } from "../../../../server/history/run-view.ts";
import { createSheets } from "../../../../server/history/sheet.ts";
import { Grid } from "../../../../server/web/pages/grid.tsx";
import { HistoryPage } from "../../../../server/web/pages/history.tsx";
import { buildRegistry } from "../../../../loader/pipeline/registry.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import { createFakeJournal } from "../../../support/fake-journal.ts";
import { pastFlusso, sampleItem, sampleNow } from "../../../support/sample-flussi.ts";

const flusso = pastFlusso(1, { id: "20261123-0007" });
flusso.items = [
  sampleItem(1, "waiting", 1, { key: "AB1", data: {}, tries: 3, note: "Si ritenta." }),
];
const journal = createFakeJournal({ flussi: [flusso] });
const registry = buildRegistry({});
const clock = createFakeClock(sampleNow);
const deps = { journal, registry, clock, sheets: createSheets(journal, clock), sight: "" };
const view = await loadRunView(deps, flusso.run, {});

function toPlainText(html: { toString(): string } | null): string {
  return String(html)
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

async function readCsv(columns: readonly ItemColumn[]): Promise<readonly string[]> {
  const pieces = await Array.fromAsync(streamRunCsv({ journal, registry }, flusso.run, columns));
  return pieces.join("").trim().split("\r\n");
}

describe("a column that is added to the verbali", () => {
  const added: readonly [string, ItemColumn, string][] = [
    [
      "a number",
      {
        key: "tries",
        label: "Prove",
        in: ["page", "terminal", "csv", "json"],
        read: ({ tries }) => tries,
        schema: { type: "integer" },
      },
      "3",
    ],
    [
      "words of its own",
      {
        key: "round",
        label: "Giro",
        in: ["page", "terminal", "csv", "json"],
        read: ({ round }) => round,
        show: ({ round }) => `giro ${round}`,
      },
      "giro 1",
    ],
    [
      "several codes",
      {
        key: "codes",
        label: "Codici",
        in: ["page", "terminal", "csv", "json"],
        look: "codes",
        read: () => ["A1", "B2"],
      },
      "A1 B2",
    ],
  ];
  for (const [what, column, shown] of added)
    test(`${what}: stands on the page, in the terminal and in the CSV`, async () => {
      const columns = [...itemColumns, column];

      const page = toPlainText(Grid({ view, csrf: "", columns }));
      const table = formatItemTable(view.items, { isTerminal: false, columns: 120, grid: columns });
      const csv = await readCsv(columns);

      expect(page).toContain(`${column.label} Nota AB1 In attesa`);
      expect(page).toContain(`${shown} Si ritenta.`);
      expect(table.split("\n")[0]).toMatch(
        new RegExp(`^VERBALE +STATO +IUV +TOKEN +IUN +${column.label.toUpperCase()} +NOTA$`),
      );
      expect(table.split("\n")[1]).toMatch(new RegExp(`^AB1 +In attesa +${shown} +Si ritenta\\.$`));
      expect(csv[0]?.split(";").at(-1)).toBe(column.label);
      expect(csv[1]?.split(";").at(-1)).toBe(shown);
      expect(buildRowDocument(columns, firstItem())).toHaveProperty(column.key);
      expect(buildRowSchema(columns)).toHaveProperty(`properties.${column.key}`);
    });

  test("one that is for one place stands in no other", async () => {
    const column: ItemColumn = {
      key: "tries",
      label: "Prove",
      in: ["csv"],
      read: ({ tries }) => tries,
    };
    const columns = [...itemColumns, column];

    const page = toPlainText(Grid({ view, csrf: "", columns }));
    const table = formatItemTable(view.items, { isTerminal: false, columns: 120, grid: columns });

    expect([page.includes("Prove"), table.includes("PROVE")]).toEqual([false, false]);
    expect(buildRowDocument(columns, firstItem())).not.toHaveProperty("tries");
    expect((await readCsv(columns))[1]?.split(";").at(-1)).toBe("3");
  });

  function firstItem(): ItemView {
    const [item] = flusso.items;
    if (item === undefined) throw new Error("the sample has an item");
    return buildItemView(item, []);
  }
});

test("a column that is added to the flussi stands on the page and in the terminal", () => {
  const column: RunColumn = {
    key: "trigger",
    label: "Avvio",
    in: ["page", "terminal"],
    read: ({ trigger }) => trigger,
  };
  const columns = [...runColumns, column];
  const run = { ...flusso.run, trigger: "manual" } as const;

  const props = { runs: [run], hasMore: false, query: {}, catalog: null, canStart: false };
  const page = toPlainText(HistoryPage({ views: null, ...props, now: sampleNow, columns }));
  const table = formatRunTable([run], { isTerminal: false, isHeld: true, grid: columns });

  expect(page).toContain("Durata Avvio 20261123-0007");
  expect(page).toContain(" manual");
  expect(table.split("\n")[0]).toMatch(/CREATO +VERBALI +AVVIO +PRIMA CAUSA$/);
  expect(table.split("\n")[1]).toContain("  manual");
});

describe("the columns of today", () => {
  const today: readonly [ColumnPlace, readonly string[]][] = [
    [
      "page",
      [
        "Verbale",
        "Stato",
        "Destinatario",
        "Importo",
        "IUV",
        "Codici avviso",
        "Token",
        "IUN",
        "Notificato il",
        "Nota",
      ],
    ],
    ["terminal", ["Verbale", "Stato", "IUV", "Token", "IUN", "Nota"]],
    [
      "csv",
      "Verbale Stato Passo Codice Nota Rimedio IUV Codici-avviso Token IUN Aggiornato Avvertenze"
        .split(" ")
        .map((label) => label.replace("-", " ")),
    ],
  ];
  for (const [place, labels] of today)
    test(`${place}: of a verbale`, () => {
      expect(pickColumns(itemColumns, place).map(({ label }) => label)).toEqual([...labels]);
    });

  const runs: readonly [ColumnPlace, readonly string[]][] = [
    ["page", ["Flusso", "Stato", "Verbali", "Ente", "Creato", "Inviato", "Durata"]],
    ["terminal", ["Flusso", "Ente", "Pipeline", "Stato", "Creato", "Verbali", "Prima causa"]],
  ];
  for (const [place, labels] of runs)
    test(`${place}: of a flusso`, () => {
      expect(pickColumns(runColumns, place).map(({ label }) => label)).toEqual([...labels]);
    });

  test("json: the documented keys in the documented order, each once", () => {
    const keys = (columns: readonly { readonly key: string }[]) => columns.map(({ key }) => key);

    expect(keys(pickColumns(itemColumns, "json"))).toEqual(
      "key state step code note iuv noticeCodes token iun artifacts".split(" "),
    );
    expect(keys(pickColumns(runColumns, "json"))).toEqual(
      "id pipeline ente state createdAt endedAt counts".split(" "),
    );
    expect(new Set(keys(itemColumns)).size).toBe(itemColumns.length);
    expect(new Set(keys(runColumns)).size).toBe(runColumns.length);
  });
});
