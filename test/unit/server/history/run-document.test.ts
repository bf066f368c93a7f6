/** The JSON document and the CSV of a run. */
import { describe, expect, test } from "bun:test";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import { formatItemTable, pickAll, pickNotable } from "../../../../server/cli/output.ts";
import { streamRunCsv } from "../../../../server/history/run-csv.ts";
import type { ItemView } from "../../../../server/history/item-view.ts";
import { streamRunJson, readRunItems } from "../../../../server/history/run-document.ts";
import { loadRegistry } from "../../../../loader/pipeline/registry.ts";
import { createFakeJournal, type FakeFlusso } from "../../../support/fake-journal.ts";
import {
  countsOf,
  morningFlusso,
  pastFlusso,
  sampleFile,
  sampleItem,
} from "../../../support/sample-flussi.ts";
import type { ItemState } from "../../../../engine/journal/states.ts";

const registry = await loadRegistry({ folders: ["steps"] });
const layOut = async (sha256: string): Promise<string> =>
  `/data/artifacts/${sha256.slice(0, 2)}/${sha256}`;
const zip = "a".repeat(64);
const signed = "b".repeat(64);
const unsigned = "c".repeat(64);

/** Two verbali: one through all steps, one rejected at once. */
function smallFlusso(): FakeFlusso {
  const flusso = pastFlusso(7, {
    id: "20261123-0007",
    state: "completed-with-rejections",
    createdAt: "2026-11-23T05:30:00.000Z",
    endedAt: "2026-11-23T06:00:00.000Z",
    counts: countsOf({ done: 1, rejected: 1 }),
  });
  flusso.items = [
    sampleItem(1, "done", 8, {
      key: "AB1",
      data: {
        payment: {
          options: [
            { iuv: "02000000260000001", noticeCode: "302000000260000001" },
            { iuv: "02000000260000002", noticeCode: "302000000260000002" },
          ],
        },
        documents: [{ name: "verbale-AB1.pdf", sha256: unsigned, bytes: 900 }],
        signedDocuments: [{ name: "verbale-AB1.pdf", sha256: signed, bytes: 1000 }],
        archive: { archive: { name: "flusso.zip", sha256: zip, bytes: 5000 }, folder: "AB1" },
        notification: { notificationRequestId: "VE9LRU4=" },
        iun: "ABCD-EFGH-JKLM-202611-N-1",
      },
    }),
    sampleItem(2, "rejected", 1, {
      key: "AB2",
      data: {},
      code: "ADDRESS_CAP",
      note: '=CMD("x"); il CAP non va',
    }),
  ];
  return flusso;
}

describe("run document", () => {
  test("it has the documented keys and no others", async () => {
    const journal = createFakeJournal({ flussi: [smallFlusso()] });

    const text = await textOf(
      streamRunJson({ journal, layOut }, journal.flusso("20261123-0007").run),
    );

    expect(JSON.parse(text)).toEqual({
      run: {
        id: "20261123-0007",
        pipeline: "send",
        ente: "roccaserena",
        state: "completed-with-rejections",
        createdAt: "2026-11-23T05:30:00.000Z",
        endedAt: "2026-11-23T06:00:00.000Z",
        counts: { total: 2, done: 1, rejected: 1, waiting: 0, inDoubt: 0, failed: 0 },
      },
      items: [
        {
          key: "AB1",
          state: "done",
          step: null,
          code: null,
          note: null,
          iuv: ["02000000260000001", "02000000260000002"],
          noticeCodes: ["302000000260000001", "302000000260000002"],
          token: "VE9LRU4=",
          iun: "ABCD-EFGH-JKLM-202611-N-1",
          artifacts: [
            {
              name: "verbale-AB1.pdf",
              sha256: signed,
              bytes: 1000,
              path: `/data/artifacts/bb/${signed}`,
            },
            { name: "flusso.zip", sha256: zip, bytes: 5000, path: `/data/artifacts/aa/${zip}` },
          ],
        },
        {
          key: "AB2",
          state: "rejected",
          step: "validate",
          code: "ADDRESS_CAP",
          note: '=CMD("x"); il CAP non va',
          iuv: [],
          noticeCodes: [],
          token: null,
          iun: null,
          artifacts: [],
        },
      ],
    });
  });

  test("a large run is read a page at a time and told in pieces", async () => {
    const flusso = morningFlusso();
    flusso.items = Array.from({ length: 1201 }, (_, at) => sampleItem(at + 1, "done", 8));
    const journal = createFakeJournal({ flussi: [flusso] });

    const pieces: string[] = [];
    for await (const piece of streamRunJson({ journal, layOut }, flusso.run)) pieces.push(piece);

    expect(journal.itemsCalls).toEqual([
      { afterId: 0, limit: 500 },
      { afterId: 500, limit: 500 },
      { afterId: 1000, limit: 500 },
    ]);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(40_000);
    expect(JSON.parse(pieces.join("")).items).toHaveLength(1201);
  });

  test.each([
    [200, 2, 4],
    [201, 0, 0],
  ])("of a run of %i verbali %i files are laid out for each", async (total, files, laidOut) => {
    const flusso = morningFlusso();
    flusso.run = { ...flusso.run, counts: { ...flusso.run.counts, total } };
    const signed = [1, 2].map((n) => sampleFile(`atto-${n}.pdf`, 10));
    flusso.items = [1, 2].map((at) => ({
      ...sampleItem(at, "done", 8),
      data: { signedDocuments: signed },
    }));
    const journal = createFakeJournal({ flussi: [flusso] });
    let asked = 0;
    const count = async (sha256: string): Promise<string> => {
      asked += 1;
      return `/dati/${sha256}`;
    };

    const text = await textOf(streamRunJson({ journal, layOut: count }, flusso.run));

    const { items } = JSON.parse(text) as {
      items: { artifacts: { path: string | null }[] }[];
    };
    expect(asked).toBe(laidOut);
    expect(items[0]?.artifacts.filter(({ path }) => path !== null)).toHaveLength(files);
  });

  test("who may only read the data is told all but the path", async () => {
    const flusso = morningFlusso();
    flusso.items = [
      { ...sampleItem(1, "done", 8), data: { signedDocuments: [sampleFile("atto.pdf", 10)] } },
    ];
    const journal = createFakeJournal({ flussi: [flusso] });
    const refuse = async (): Promise<string> => {
      throw new RunBlocked("DATA_NOT_WRITABLE", "Non si può scrivere.");
    };

    const text = await textOf(streamRunJson({ journal, layOut: refuse }, flusso.run));

    expect(JSON.parse(text).items[0].artifacts).toMatchObject([{ name: "atto.pdf", path: null }]);
  });

  test("a flusso without verbali is valid JSON too", async () => {
    const flusso = pastFlusso(1, { id: "20261123-0001" });
    const journal = createFakeJournal({ flussi: [flusso] });

    const text = await textOf(streamRunJson({ journal, layOut }, flusso.run));

    expect(JSON.parse(text).items).toEqual([]);
  });
});

describe("run CSV", () => {
  test("a spreadsheet reads it: BOM, semicolons, no formulas, no rounded codes", async () => {
    const journal = createFakeJournal({ flussi: [smallFlusso()] });
    const { run } = journal.flusso("20261123-0007");

    const text = await textOf(streamRunCsv({ journal, registry }, run));

    expect(text).toBe(
      "\uFEFFVerbale;Stato;Passo;Codice;Nota;Rimedio;IUV;Codici avviso;Token;IUN;Aggiornato;Avvertenze\r\n" +
        "AB1;Concluso;;;;;02000000260000001 02000000260000002;302000000260000001 302000000260000002;VE9LRU4=;ABCD-EFGH-JKLM-202611-N-1;23/11/2026 10:31:08;\r\n" +
        'AB2;Scartato;Controlli;ADDRESS_CAP;"\'=CMD(""x""); il CAP non va";;;;;;23/11/2026 10:31:08;\r\n',
    );
  });

  test("what the checks found worth a look is in the last column, whatever the note became", async () => {
    const flusso = smallFlusso();
    flusso.items = [
      sampleItem(1, "done", 8, {
        note: "Accettato da SEND.",
        data: {
          validation: { warnings: ["CAP: generico."] },
          payment: { warnings: ["Civico: manca."] },
        },
      }),
    ];
    const journal = createFakeJournal({ flussi: [flusso] });

    const text = await textOf(streamRunCsv({ journal, registry }, flusso.run));
    const items = await readRunItems(journal, flusso.run.id);

    expect(text.trimEnd().split(";").at(-1)).toBe("CAP: generico. Civico: manca.");
    expect(formatItemTable(items, { isTerminal: false, columns: 120 })).toContain(
      "Accettato da SEND.\n    Attenzione: CAP: generico.\n    Attenzione: Civico: manca.",
    );
  });

  test("every beginning of a formula is defused and a lone long code stays text", async () => {
    const flusso = smallFlusso();
    flusso.items = ["=1", "+1", "-1", "@x", "302000000260000001", "V/12"].map((key, at) =>
      sampleItem(at + 1, "pending", 0, { key, data: {} }),
    );
    const journal = createFakeJournal({ flussi: [flusso] });

    const text = await textOf(streamRunCsv({ journal, registry }, flusso.run));

    const keys = text
      .split("\r\n")
      .slice(1, -1)
      .map((line) => line.split(";")[0] ?? "");
    expect(keys).toEqual(["'=1", "'+1", "'-1", "'@x", '"\t302000000260000001"', "V/12"]);
  });
});

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

describe("the table at the end of a run", () => {
  /** Items of these states, the first of them with a warning. */
  async function viewsOf(...states: readonly ItemState[]): Promise<readonly ItemView[]> {
    const flusso = smallFlusso();
    flusso.items = states.map((state, at) =>
      sampleItem(at + 1, state, 1, {
        key: `K${at + 1}`,
        data: at === 0 ? { validation: { warnings: ["Civico: manca."] } } : {},
      }),
    );
    const journal = createFakeJournal({ flussi: [flusso] });
    return await readRunItems(journal, flusso.run.id);
  }

  const keysOf = (items: readonly ItemView[]): readonly string[] => items.map(({ key }) => key);

  test("shows a run of 50 as far as it went, warnings beside the rows", async () => {
    const items = await viewsOf("done", "pending", ...Array<ItemState>(48).fill("rejected"));

    const { shown, more, warned } = pickNotable(items);

    expect(shown).toHaveLength(49);
    expect(keysOf(shown)).not.toContain("K2");
    expect([more, warned]).toEqual([0, 0]);
    expect(pickAll(items).shown).toHaveLength(50);
  });

  test("shows of a larger run what needs a look, and counts the rest", async () => {
    const items = await viewsOf(
      "done",
      "failed",
      "in-doubt",
      "waiting",
      "pending",
      ...Array<ItemState>(49).fill("rejected"),
    );

    const { shown, more, warned } = pickNotable(items);

    expect(shown).toHaveLength(50);
    expect(keysOf(shown).slice(0, 4)).toEqual(["K2", "K3", "K4", "K6"]);
    expect([more, warned]).toEqual([2, 1]);
  });

  test("counts what another flusso had sent, whatever is shown", async () => {
    const flusso = smallFlusso();
    const note = "Già inviato con il flusso 20261120-0001: non è stato inviato di nuovo.";
    flusso.items = [
      sampleItem(1, "done", 8, { code: "ALREADY_SENT", note }),
      sampleItem(2, "done", 8),
    ];
    const journal = createFakeJournal({ flussi: [flusso] });
    const items = await readRunItems(journal, flusso.run.id);

    expect([pickNotable(items).repeated, pickAll(items).repeated]).toEqual([1, 1]);
  });
});
