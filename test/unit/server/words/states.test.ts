/** One vocabulary of states: the terminal, the pages and the CSV print the same word for each. */
import { describe, expect, test } from "bun:test";
import { itemStates, runStates } from "../../../../engine/journal/states.ts";
import { loadRegistry } from "../../../../loader/pipeline/registry.ts";
import { describeRun, formatItemTable, formatRunTable } from "../../../../server/cli/output.ts";
import { streamRunCsv } from "../../../../server/history/run-csv.ts";
import { readRunItems } from "../../../../server/history/run-document.ts";
import { ItemBadge, RunBadge } from "../../../../server/web/pages/state.tsx";
import { findRunState } from "../../../../server/words/words.ts";
import { createFakeJournal } from "../../../support/fake-journal.ts";
import { pastFlusso, sampleItem } from "../../../support/sample-flussi.ts";

const registry = await loadRegistry({ folders: ["steps"] });

const runWords = {
  queued: "In coda",
  running: "In corso",
  waiting: "In attesa",
  "waiting-for-person": "Serve una persona",
  blocked: "Bloccato",
  completed: "Completato",
  "completed-with-rejections": "Completato con scarti",
  failed: "Non riuscito",
  cancelled: "Annullato",
} as const;

const itemWords = {
  pending: "Da lavorare",
  running: "In lavorazione",
  waiting: "In attesa",
  done: "Concluso",
  rejected: "Scartato",
  "in-doubt": "In dubbio",
  failed: "Non riuscito",
  cancelled: "Annullato",
} as const;

/** What a person reads of an element of a page. */
function readBadge(element: unknown): string {
  return String(element)
    .replaceAll(/<[^>]*>/g, "")
    .trim();
}

test("there is a word for every state", () => {
  expect(Object.keys(runWords).toSorted()).toEqual([...runStates].toSorted());
  expect(Object.keys(itemWords).toSorted()).toEqual([...itemStates].toSorted());
});

describe("a verbale", () => {
  test.each(itemStates.map((state) => [state, itemWords[state]] as const))(
    "%s is %s at the terminal, on the page and in the CSV",
    async (state, word) => {
      const flusso = {
        ...pastFlusso(1, { id: "20261128-0001" }),
        items: [sampleItem(1, state, 2)],
      };
      const journal = createFakeJournal({ flussi: [flusso] });
      const source = { journal, registry };

      const items = await readRunItems(journal, flusso.run.id);
      const table = formatItemTable(items, { isTerminal: false, columns: 200 });
      let csv = "";
      for await (const piece of streamRunCsv(source, flusso.run)) csv += piece;

      const [, row = ""] = table.split("\n");
      expect(row.split(/ {2,}/)[1]).toBe(word);
      expect(csv.split("\r\n")[1]?.split(";")[1]).toBe(word);
      expect(readBadge(ItemBadge({ state }))).toBe(word);
    },
  );
});

describe("a run", () => {
  test.each(runStates.map((state) => [state, runWords[state]] as const))(
    "%s is %s at the terminal and on the page",
    (state, word) => {
      const { run } = pastFlusso(1, { id: "20261128-0001", state });

      const table = formatRunTable([run], { isTerminal: false, isHeld: true });

      const [, row = ""] = table.split("\n");
      expect(row.split(/ {2,}/)[3]).toBe(word);
      expect(describeRun(run)).toStartWith(`Flusso 20261128-0001: ${word.toLowerCase()} — `);
      expect(readBadge(RunBadge({ state }))).toBe(word);
    },
  );

  test.each([
    ["queued", false, "Interrotto"],
    ["running", false, "Interrotto"],
    ["running", true, "In corso"],
    ["waiting", false, "In attesa"],
    ["blocked", false, "Bloccato"],
  ] as const)("%s, a process at work: %p, reads %s", (state, isHeld, word) => {
    const { run } = pastFlusso(1, { id: "20261128-0001", state });

    const [, row = ""] = formatRunTable([run], { isTerminal: false, isHeld }).split("\n");

    expect(row.split(/ {2,}/)[3]).toBe(word);
  });

  test.each(runStates.map((state) => [state, runWords[state]] as const))(
    "%s is found by both spellings",
    (state, word) => {
      expect(findRunState(state)).toBe(state);
      expect(findRunState(word)).toBe(state);
      expect(findRunState(` ${word.toUpperCase().replaceAll(" ", "-")} `)).toBe(state);
    },
  );

  test.each(["fallito", "", "completat", "waiting for"])("«%s» is no state", (text) => {
    expect(findRunState(text)).toBeUndefined();
  });
});
