/** What an office does in a day, by as few clicks as promised, by mouse and by keyboard, and with news coming in meanwhile. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { CorrectRequest, Corrections } from "../../server/correct/corrections.ts";
import type { AppDeps } from "../../server/web/deps.ts";
import type { FoundVerbale } from "../../server/search/search.ts";
import {
  browseDashboard,
  chromiumPath,
  launchChromium,
  type BrowsedDashboard,
} from "../support/browser.ts";
import { countsOf, morningFlusso } from "../support/sample-flussi.ts";

const reason = chromiumPath === null ? " (skipped: no Chromium on this machine)" : "";
let browser: Browser | null = null;
const open: BrowsedDashboard[] = [];

beforeAll(async () => {
  if (chromiumPath !== null) browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
});
afterEach(async () => {
  for (const dashboard of open.splice(0)) await dashboard.close();
});

const found: FoundVerbale = {
  ente: "roccaserena",
  numero: "V/2026/04101",
  kinds: ["iun"],
  run: {
    id: "20261123-0002",
    pipeline: "send",
    createdAt: "2026-11-23T05:30:00.000Z",
    state: "waiting",
  },
  item: { key: "V/2026/04101", state: "done", code: null, note: null },
  iun: "HNTY-DJPU-EKQV-202611-Y-1",
  noticeCodes: [],
  otherRuns: [],
};

/** A rejected verbale as the sheet shows it, and what is sent from there. */
function createCorrections(sent: CorrectRequest[]): Corrections {
  const { run, items } = morningFlusso();
  return {
    async read(runId, key) {
      const item = items.find((one) => one.key === key);
      if (runId !== run.id || item === undefined) return null;
      const { verbale = {} } = item.data as { readonly verbale?: Record<string, unknown> };
      return { run, item, verbale, versions: [], found: null, refusal: null };
    },
    check: async () => [],
    suggest: async () => [],
    async send(_scheda, request) {
      sent.push(request);
      return { status: "accepted" };
    },
  };
}

async function openDesk(deps: Partial<AppDeps> = {}): Promise<BrowsedDashboard> {
  if (browser === null) throw new Error("no browser");
  const dashboard = await browseDashboard(browser, {
    deps: {
      ...deps,
      find: async ({ text }) => ({
        verbali: text === found.iun ? [found] : [],
        isPart: false,
        isCut: false,
        isTooWide: false,
      }),
    },
  });
  open.push(dashboard);
  return dashboard;
}

/** Counts what is pressed on a page. */
async function countClicks(page: Page): Promise<() => Promise<number>> {
  await page.context().addInitScript(() => {
    addEventListener(
      "click",
      (event) => {
        if (!event.isTrusted) return;
        const count = Number(sessionStorage.getItem("clicks") ?? "0") + 1;
        sessionStorage.setItem("clicks", String(count));
      },
      true,
    );
  });
  await page.reload();
  return async () => await page.evaluate(() => Number(sessionStorage.getItem("clicks") ?? "0"));
}

describe.skipIf(chromiumPath === null)(`a day's work${reason}`, () => {
  test("the note of a rejected verbale is one click away from Oggi", async () => {
    const dashboard = await openDesk();
    const page = await dashboard.open("/");
    const clicks = await countClicks(page);

    await page.locator("#scarti-20261123-0002").getByRole("link").click();
    await page.waitForURL(/#cause$/);

    const note = page.getByText("Il CAP 00199 non appartiene al comune indicato nell'indirizzo.");
    expect(await note.first().isVisible()).toBe(true);
    expect(await clicks()).toBe(1);
    expect(dashboard.faults).toEqual([]);
  });

  test("an OTP is given by two clicks from Oggi", async () => {
    const dashboard = await openDesk();
    const page = await dashboard.open("/");
    const clicks = await countClicks(page);

    await page.getByRole("link", { name: "Rispondi" }).click();
    await page.waitForURL(/#richiesta$/);
    await page.locator("input[name=otp]").fill("123456");
    await page.getByRole("button", { name: "Consegna il codice" }).click();
    await page.getByText("Codice consegnato").waitFor();

    expect(dashboard.answers).toHaveLength(1);
    expect(await clicks()).toBe(2);
  });

  test("a rejected verbale is corrected and sent again by four clicks from Oggi, the fields typed", async () => {
    const sent: CorrectRequest[] = [];
    const dashboard = await openDesk({ corrections: createCorrections(sent) });
    const page = await dashboard.open("/");
    const clicks = await countClicks(page);

    await page.locator("#scarti-20261123-0002").getByRole("link").click();
    await page.getByRole("link", { name: "V/2026/04104" }).first().click();
    await page.getByRole("link", { name: "Correggi e rimanda" }).click();
    await page.getByLabel("CAP", { exact: true }).fill("00198");
    await page.getByLabel("Nome e cognome").fill("Ada Bruni");
    await page.getByLabel("Perché si corregge").fill("Anagrafe");
    await page.getByRole("button", { name: "Correggi e rimanda" }).click();
    await page.getByText("Il verbale corretto è ripartito").waitFor();

    expect(sent).toMatchObject([
      {
        by: "Ada Bruni",
        reason: "Anagrafe",
        verbale: { destinatario: { indirizzo: { cap: "00198" } } },
      },
    ]);
    expect(await clicks()).toBe(4);
    expect(dashboard.faults).toEqual([]);
  });

  test.each(["/", "/flussi", "/programmazioni", "/manuale", "/flussi/20261123-0001"])(
    "a notification is found by its IUN from %s with one click, and its IUN is in no address",
    async (path) => {
      const dashboard = await openDesk();
      const page = await dashboard.open(path);
      const addresses: string[] = [];
      page.on("request", (request) => addresses.push(request.url()));

      await page.getByRole("searchbox", { name: /^Cerca un verbale/ }).fill(found.iun ?? "");
      await page.getByRole("search", { name: "Tutti i verbali" }).getByRole("button").click();
      await page.getByRole("heading", { name: "Verbale V/2026/04101" }).waitFor();

      expect(addresses.filter((address) => address.includes("HNTY"))).toEqual([]);
      expect(dashboard.faults).toEqual([]);
    },
  );

  test("the same without a mouse: skip link, search, result", async () => {
    const dashboard = await openDesk();
    const page = await dashboard.open("/");

    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.type(found.iun ?? "");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Verbale V/2026/04101" }).waitFor();

    expect(dashboard.faults).toEqual([]);
  });

  test("ticked verbali of several pages are counted, survive a redraw, and go together", async () => {
    const dashboard = await openDesk();
    const page = await dashboard.open("/flussi/20261123-0002");
    await page.getByLabel("Scegli V/2026/04103", { exact: true }).check();
    await page.getByRole("link", { name: "Successivi" }).click();
    await page.waitForURL(/dopo=50/);
    await dashboard.journal.untilHeard();
    await page.getByLabel("Scegli V/2026/04160", { exact: true }).check();

    dashboard.journal.change("20261123-0002", (flusso) => {
      flusso.items = flusso.items.map((item) => ({ ...item, state: "done", note: null }));
      flusso.run = { ...flusso.run, counts: countsOf({ done: 118 }) };
    });
    await page.getByText("118 conclusi").first().waitFor();
    const isTicked = await page.getByLabel("Scegli V/2026/04160", { exact: true }).isChecked();
    const told = await page.locator("[data-selected]").innerText();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Esporta gli scelti (CSV)" }).click(),
    ]);
    const lines = (await Bun.file(await file.path()).text()).trim().split("\r\n").slice(1);

    expect([isTicked, told]).toEqual([true, "2 scelti"]);
    expect(lines.map((line) => line.split(";")[0] ?? "").toSorted()).toEqual([
      "V/2026/04103",
      "V/2026/04160",
    ]);
    expect(dashboard.faults).toEqual([]);
  });

  test("a redraw keeps what is typed in a field without the focus, and what was opened", async () => {
    const dashboard = await openDesk();
    const page = await dashboard.open("/flussi/20261120-0002");
    await dashboard.journal.untilHeard();
    await page.getByText("Colonne", { exact: true }).click();
    await page.getByText(/^Riprova gli scartati/).click();
    await page.getByLabel("Numero del verbale").fill("V/9");
    await page.locator("main").focus();

    dashboard.journal.change("20261120-0002", (flusso) => {
      flusso.run = { ...flusso.run, counts: countsOf({ done: 95, rejected: 3 }) };
    });
    await page.getByText("3 scartati").first().waitFor();

    expect(await page.getByLabel("Numero del verbale").inputValue()).toBe("V/9");
    expect(await page.locator("details[open]").count()).toBe(2);
  });

  test("a sorted grid is reached and turned round by the keyboard", async () => {
    const dashboard = await openDesk();
    const page = await dashboard.open("/flussi/20261123-0002");

    await page.getByRole("columnheader", { name: "Stato" }).getByRole("link").focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/ordine=stato/);
    const first = await page.locator("th[aria-sort]").getAttribute("aria-sort");
    await page.getByRole("columnheader", { name: "Stato" }).getByRole("link").focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/verso=giu/);

    expect(first).toBe("ascending");
    expect(await page.locator("th[aria-sort]").getAttribute("aria-sort")).toBe("descending");
    expect(dashboard.faults).toEqual([]);
  });

  test("a schedule is put aside and goes on", async () => {
    const dashboard = await openDesk();
    const page = await dashboard.open("/programmazioni");

    await page.getByText("Pausa…").click();
    await page.getByLabel("Nome e cognome").fill("Ada Bruni");
    await page.getByRole("button", { name: "Conferma: metti in pausa" }).click();
    await page.getByText("La programmazione è in pausa").waitFor();
    await page.getByText("Riprendi…").click();
    await page.getByLabel("Nome e cognome").fill("Ada Bruni");
    await page.getByRole("button", { name: "Conferma: riprendi" }).click();
    await page.getByText("sono passati 2 orari").waitFor();

    expect(dashboard.faults).toEqual([]);
  });
});
