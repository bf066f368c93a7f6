/** Saved views as they are kept: in a journal, under names that are told apart, one change after the other. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Journal } from "../../../../engine/journal/journal.ts";
import { buildViewUrl, cleanViewQuery, describeFilters } from "../../../../server/web/view-urls.ts";
import {
  createSavedViews,
  type SavedViews,
  type ViewOwner,
} from "../../../../server/views/saved-views.ts";
import { openJournal } from "../../../../stores/sqlite/store.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import { createFakeRecords } from "../../../support/fake-records.ts";

const clock = createFakeClock("2026-11-29T08:00:00Z");
const draft = {
  page: "runs",
  name: "Da seguire",
  query: "stato=blocked",
  isShared: false,
} as const;
const ada: ViewOwner = { owner: "ada", enti: ["roccaserena"] };
const bruno: ViewOwner = { owner: "bruno", enti: null };

async function save(views: SavedViews, change: object = {}, by = ada): Promise<string> {
  const result = await views.save({ ...draft, ...change }, by);
  return result.status === "refused" ? result.reason : result.status;
}

describe("in a journal", () => {
  let folder: string;
  let journal: Journal;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "views-"));
    journal = await openJournal(join(folder, "a.sqlite"), clock);
  });
  afterAll(async () => {
    await journal.close();
    await rm(folder, { recursive: true });
  });

  test("they are there after a restart as they were last changed, and gone when they were removed", async () => {
    const views = createSavedViews(journal, clock);
    const kept = await views.save(draft, ada);
    await save(views, { name: "Altra" });
    const id = kept.status === "saved" ? kept.view.id : "";
    await views.change(id, { name: "Fermi", isShared: true });
    const [other] = (await views.list()).filter(({ name }) => name === "Altra");
    const isGone = await views.remove(other?.id ?? "");
    await journal.close();
    journal = await openJournal(join(folder, "a.sqlite"), clock);

    expect(isGone).toBe(true);
    expect(await createSavedViews(journal, clock).list()).toEqual([
      {
        id,
        page: "runs",
        name: "Fermi",
        query: "stato=blocked",
        isShared: true,
        owner: "ada",
        enti: ["roccaserena"],
        at: "2026-11-29T08:00:00.000Z",
      },
    ]);
  });
});

describe("names", () => {
  test.each([
    ["the same", {}, ada, "C'è già una vista «Da seguire» di questa pagina."],
    [
      "in other letters",
      { name: " DA SEGUIRE" },
      ada,
      "C'è già una vista « DA SEGUIRE» di questa pagina.",
    ],
    ["of another page", { page: "run" as const }, ada, "saved"],
    ["of another person", {}, bruno, "saved"],
    ["of the office", { isShared: true }, ada, "saved"],
    ["none", { name: "  " }, ada, "Serve un nome, di al massimo 60 caratteri."],
    ["too long", { name: "x".repeat(61) }, ada, "Serve un nome, di al massimo 60 caratteri."],
    ["with a line end", { name: "a\nb" }, ada, "Serve un nome, di al massimo 60 caratteri."],
  ])("%s", async (_, change, by, expected) => {
    const views = createSavedViews(createFakeRecords(), clock);
    await save(views);

    expect(await save(views, change, by)).toBe(expected);
  });

  test("of two at once that are equal one is refused", async () => {
    const views = createSavedViews(createFakeRecords(), clock);

    const ends = await Promise.all([save(views), save(views)]);

    expect(ends.toSorted()).toEqual(["C'è già una vista «Da seguire» di questa pagina.", "saved"]);
  });

  test("a hundred of a person are enough, and those of the office count by themselves", async () => {
    const views = createSavedViews(createFakeRecords(), clock);
    for (let number = 1; number <= 100; number += 1) await save(views, { name: `V${number}` });

    expect(await save(views)).toBe("Ci sono già 100 viste: toglierne qualcuna che non serve più.");
    expect(await save(views, {}, bruno)).toBe("saved");
    expect(await save(views, { isShared: true })).toBe("saved");
  });

  test("what is not there is neither changed nor removed", async () => {
    const views = createSavedViews(createFakeRecords(), clock);

    expect(await views.change("x", { name: "a", isShared: false })).toEqual({ status: "missing" });
    expect(await views.remove("x")).toBe(false);
  });
});

test.each([
  [
    "runs",
    "ente=a&stato=blocked&prima=7&altro=x",
    "ente=a&stato=blocked",
    "/flussi?ente=a&stato=blocked",
  ],
  ["runs", "prima=7", "", "/flussi"],
  ["run", "stato=done&causa=PEC&riga=51&dopo=9", "stato=done&causa=PEC", null],
  ["log", "tipo=tentativi&prima=1.2&esito=later", "tipo=tentativi&esito=later", null],
  [
    "waiting",
    `ente=a&stato=back&cerca=${"0".repeat(32)}&dopo=~V1&mese=2026-10`,
    "ente=a&stato=back&mese=2026-10",
    "/registro?ente=a&stato=back&mese=2026-10",
  ],
  ["waiting", "stato=back", "", "/registro?"],
] as const)("of %s «%s» is kept «%s»", (page, given, query, url) => {
  const kept = cleanViewQuery(page, new URLSearchParams(given));

  expect(kept).toBe(query);
  expect(buildViewUrl({ page, query: kept }, null)).toBe(url);
  if (page === "run" || page === "log")
    expect(buildViewUrl({ page, query: kept }, "20261123-0002")).toBe(
      page === "run"
        ? "/flussi/20261123-0002?stato=done&causa=PEC#verbali"
        : "/flussi/20261123-0002/registro?tipo=tentativi&esito=later",
    );
});

test.each([
  ["runs", "ente=a&stato=blocked&dal=2026-11-01", "Ente: a · Stato: Bloccato · Dal: 01/11/2026"],
  [
    "run",
    "stato=rejected&causa=PEC&ordine=importo&verso=giu",
    "Stato: Scartato · Causa: PEC · In ordine di: importo · Verso: dall'ultimo",
  ],
  ["log", "tipo=tentativi&esito=later", "Tipo: tentativi · Esito: Rinviato"],
  ["waiting", "ente=a&stato=back", "Ente: a · Stato: Tornati"],
] as const)("the filters of %s «%s» are told as «%s»", (page, query, told) => {
  expect(describeFilters({ page, query })).toBe(told);
});
