/** The dashboard in a real browser: what an operator sees and does, by mouse, keyboard and phone. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import {
  browseDashboard,
  chromiumPath,
  launchChromium,
  type BrowsedDashboard,
} from "../support/browser.ts";
import { countsOf, otpAsk, sampleFile } from "../support/sample-flussi.ts";

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

async function dashboardInBrowser(): Promise<BrowsedDashboard> {
  if (browser === null) throw new Error("no browser");
  const dashboard = await browseDashboard(browser);
  open.push(dashboard);
  return dashboard;
}

const pages = [
  "/",
  "/flussi",
  "/programmazioni",
  "/nuovo",
  "/flussi/20261123-0001",
  "/flussi/20261123-0002",
  "/flussi/20261123-0003",
  "/flussi/20261123-0002/dubbi",
  "/flussi/20261123-0002/pipeline",
  "/flussi/20261123-0002/verbali/V%2F2026%2F04101",
  "/flussi/20261123-0002/verbali/V%2F2026%2F04104",
];

describe.skipIf(chromiumPath === null)(`dashboard in a browser${reason}`, () => {
  test("the history shows the morning's flussi and nothing goes wrong in the console", async () => {
    const dashboard = await dashboardInBrowser();

    const page = await dashboard.open("/flussi");

    expect(await page.locator("[data-run-row]").count()).toBe(10);
    expect(await page.locator("h1").innerText()).toBe("Flussi");
    expect(dashboard.faults).toEqual([]);
  });

  test("the filters narrow the history and stay in the address", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi");

    await page.getByRole("combobox", { name: "Ente" }).selectOption("montefosco");
    await page.getByRole("button", { name: "Filtra" }).click();
    await page.getByRole("link", { name: "Da seguire" }).click();
    await page.waitForURL(/stato=blocked/);

    expect(new URL(page.url()).searchParams.get("ente")).toBe("montefosco");
    expect(await rowIds(page)).toEqual(["20261123-0001", "20261119-0001"]);
    expect(await page.getByRole("combobox", { name: "Ente" }).inputValue()).toBe("montefosco");
  });

  test("a number of the bar leads to those verbali, a verbale to its page", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi");

    await page.getByRole("link", { name: "4 scartati" }).click();
    const states = await page.locator("[data-item] .badge").allInnerTexts();
    await page.locator("#verbali").getByRole("link", { name: "V/2026/04104" }).click();

    expect(states).toEqual(["Scartato", "Scartato", "Scartato", "Scartato"]);
    expect(await page.locator("h1").innerText()).toBe("Verbale V/2026/04104");
    expect(dashboard.faults).toEqual([]);
  });

  test("the new-run form asks for what the chosen pipeline needs, and for nothing else", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/nuovo");
    const iun = page.getByLabel("IUN della notifica da annullare");

    const before = await iun.isVisible();
    await page.getByRole("combobox", { name: "Pipeline" }).selectOption("annulla");
    const asked = await iun.isVisible();
    await page.getByRole("combobox", { name: "Pipeline" }).selectOption("send");

    expect([before, asked, await iun.isVisible()]).toEqual([false, true, false]);
    expect(dashboard.faults).toEqual([]);
  });

  test("a verbale is found by its number", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi/20261123-0002");

    await page.getByLabel("Numero del verbale").fill("V/2026/04177");
    await page.keyboard.press("Enter");
    await page.waitForURL(/numero=/);

    expect(await page.locator("[data-item]").count()).toBe(1);
    expect(await page.locator("[data-item] th a").innerText()).toBe("V/2026/04177");
  });

  test("the grid is paged forward and back to its beginning", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi/20261123-0002");

    await page.getByRole("link", { name: "Successivi" }).click();
    await page.getByRole("link", { name: "Successivi" }).click();
    await page.waitForURL(/dopo=100/);
    const last = await page.locator("[data-item]").count();
    await page.getByRole("link", { name: "Torna all'inizio" }).click();
    await page.waitForURL((url) => url.search === "");

    expect(last).toBe(18);
    expect(await page.locator("[data-item] th a").first().innerText()).toBe("V/2026/04101");
  });

  test("a run that moves is redrawn without loading the page again", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi/20261123-0002");
    await page.evaluate(() => document.body.setAttribute("data-same-page", ""));
    await dashboard.journal.untilHeard();

    dashboard.journal.change("20261123-0002", (flusso) => {
      flusso.run = { ...flusso.run, state: "completed", counts: countsOf({ done: 118 }) };
    });
    await page.locator(".title [data-state=completed]").waitFor();

    expect(await page.locator(".counts .number").innerText()).toBe("118 conclusi");
    expect(await page.locator("body[data-same-page]").count()).toBe(1);
    expect(dashboard.faults).toEqual([]);
  });

  test("what moved while the page was on its way is shown without a further move", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi/20261123-0002");
    await page.route("**/events", async (route) => {
      // The page was made before, the stream begins after: nobody is told.
      dashboard.journal.change("20261123-0002", (flusso) => {
        flusso.run = { ...flusso.run, state: "completed", counts: countsOf({ done: 118 }) };
      });
      await route.continue();
    });

    await page.reload();
    await page.locator(".title [data-state=completed]").waitFor();

    expect(await page.locator(".counts .number").innerText()).toBe("118 conclusi");
  });

  test("the file of verbali is asked for only where the pipeline reads one", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/nuovo");
    const file = page.getByLabel("File dei verbali");

    const before = await file.isVisible();
    await page.getByRole("combobox", { name: "Pipeline" }).selectOption("annulla");
    const annulla = await file.isVisible();
    await page.getByRole("combobox", { name: "Pipeline" }).selectOption("send");

    expect([before, annulla, await file.isVisible()]).toEqual([false, false, true]);
  });

  test("a new question appears on a page that is already open", async () => {
    const dashboard = await dashboardInBrowser();
    dashboard.journal.openAsks.splice(0);
    const page = await dashboard.open("/flussi/20261123-0003");
    await dashboard.journal.untilHeard();
    expect(await page.locator("input[name=otp]").count()).toBe(0);

    dashboard.journal.change("20261123-0003", () => dashboard.journal.openAsks.push(otpAsk()));

    await page.locator("input[name=otp]").waitFor();
    expect(await page.locator(".banner").innerText()).toContain("Serve il codice OTP");
  });

  test("what is being typed survives a redraw", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi/20261123-0003");
    await dashboard.journal.untilHeard();
    await page.getByRole("textbox", { name: "Codice OTP" }).fill("12");

    dashboard.journal.change("20261123-0003", (flusso) => {
      flusso.run = { ...flusso.run, counts: countsOf({ pending: 41, rejected: 2 }) };
    });
    await page.getByText("2 scartati").first().waitFor();

    expect(await page.getByRole("textbox", { name: "Codice OTP" }).inputValue()).toBe("12");
  });

  test("a redraw leaves the focus where it is, on a button that is about to be pressed", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi/20261123-0001");
    await dashboard.journal.untilHeard();
    await page.getByText("Annulla…").click();
    await page.getByRole("button", { name: "Conferma: annulla il flusso" }).focus();

    dashboard.journal.change("20261123-0001", (flusso) => {
      flusso.run = {
        ...flusso.run,
        sealed: 3,
        counts: countsOf({ done: 3, pending: 33, rejected: 1 }),
      };
    });
    await page.getByText("1 scartato").first().waitFor();
    // What stands around the button has changed, the button is the same.
    await page.getByText("3 verbali sono già stati inviati").waitFor();

    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(
      "Conferma: annulla il flusso",
    );
    await page.keyboard.press("Enter");
    await page.getByText("Il flusso è stato annullato.").waitFor();
    expect(dashboard.cancelled).toEqual(["20261123-0001"]);
  });

  test("a redraw leaves selected text selected", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi/20261123-0002");
    await dashboard.journal.untilHeard();
    const selected = (): Promise<string> => page.evaluate(() => String(getSelection()));
    await page.locator("[data-item] .codes code").first().dblclick();
    const before = await selected();

    dashboard.journal.change("20261123-0002", (flusso) => {
      flusso.run = { ...flusso.run, state: "completed", counts: countsOf({ done: 118 }) };
      flusso.items = flusso.items.map((item) => ({ ...item, state: "done", note: null }));
    });
    await page.locator(".title [data-state=completed]").waitFor();

    expect(before).toBe("02000002600001002");
    expect(await selected()).toBe(before);
    expect(await page.locator("[data-item] [data-state=waiting]").count()).toBe(0);
  });

  test("news come as parts of the page, once, and are told in a line", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi/20261123-0002");
    await dashboard.journal.untilHeard();
    const answers: { readonly status: number; readonly text: string }[] = [];
    page.on("response", async (answer) => {
      if (answer.request().resourceType() !== "fetch") return;
      const status = answer.status();
      answers.push({ status, text: status === 200 ? await answer.text() : "" });
    });
    const change = (): void =>
      dashboard.journal.change("20261123-0002", (flusso) => {
        flusso.run = { ...flusso.run, state: "completed", counts: countsOf({ done: 118 }) };
      });

    change();
    await page.locator(".title [data-state=completed]").waitFor();
    const again = page.waitForResponse((answer) => answer.status() === 304);
    change();
    await again;

    const [first] = answers.filter(({ status }) => status === 200);
    expect(first?.text).toContain('data-live="head"');
    expect(first?.text).not.toContain("<html");
    expect(first?.text).not.toContain("<footer");
    expect(await page.locator("[data-live-summary]").innerText()).toBe("Completato: 118 conclusi");
    expect(dashboard.faults).toEqual([]);
  });

  test("the OTP goes to the signature once and is left nowhere", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/");

    await page.getByRole("link", { name: "Rispondi" }).click();
    await page.getByRole("textbox", { name: "Codice OTP" }).fill("739154");
    await page.getByRole("button", { name: "Consegna il codice" }).dblclick();
    await page.getByText("Codice consegnato: la firma è in corso.").waitFor();

    expect(dashboard.answers).toEqual([
      { runId: "20261123-0003", answer: { kind: "otp", otp: "739154" } },
    ]);
    expect(page.url()).not.toContain("739154");
    expect(await page.content()).not.toContain("739154");
    expect(JSON.stringify(dashboard.logged)).not.toContain("739154");
    expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
    expect(await page.evaluate(() => document.cookie)).toBe("");
    expect(dashboard.faults).toEqual([]);
  });

  test("everything that a person must do works without script", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi/20261123-0003", { javaScriptEnabled: false });

    await page.getByRole("textbox", { name: "Codice OTP" }).fill("112233");
    await page.getByRole("button", { name: "Consegna il codice" }).click();
    await page.getByText("Codice consegnato").waitFor();
    await page.goto(`${dashboard.url}/flussi/20261123-0001`);
    await page.getByText("Annulla…").click();
    await page.getByRole("button", { name: "Conferma: annulla il flusso" }).click();
    await page.getByText("Il flusso è stato annullato.").waitFor();

    expect(dashboard.answers).toHaveLength(1);
    expect(dashboard.cancelled).toEqual(["20261123-0001"]);
  });

  test("a blocked flusso goes on at one press", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi/20261123-0001");

    await page.getByRole("button", { name: "Riprendi" }).click();
    await page.getByText("Il flusso riprende.").waitFor();

    expect(dashboard.resumed).toEqual([{ runId: "20261123-0001", request: {} }]);
  });

  test("a command that needs a second look happens only after it", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi/20261120-0002");

    await page.getByText("Riprova gli scartati (2)").click();
    const before = dashboard.resumed.length;
    await page.getByRole("button", { name: "Conferma: riprova" }).click();
    await page.getByText("Il flusso riprende.").waitFor();

    expect(before).toBe(0);
    expect(dashboard.resumed).toEqual([{ runId: "20261120-0002", request: { only: "rejected" } }]);
  });

  test("a verbale in doubt goes on at a person's word", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi/20261123-0002");

    await page.getByRole("link", { name: "Decidi per gli in dubbio (1)" }).click();
    await page.getByRole("button", { name: "Non è stato inviato" }).click();
    // The browser asks for what is missing.
    const before = dashboard.resumed.length;
    await page.getByLabel("Nome e cognome").fill("Ada Bruni");
    await page.getByLabel("Motivo").fill("Su SEND non c'è.");
    await page.getByRole("button", { name: "Non è stato inviato" }).click();
    await page.getByText("La risposta è registrata").waitFor();

    expect(before).toBe(0);
    expect(dashboard.resumed.map(({ request }) => request.decision)).toEqual([
      { word: "not-done", by: "Ada Bruni", reason: "Su SEND non c'è.", evidence: null },
    ]);
    expect(dashboard.faults).toEqual([]);
  });

  test("ZIP, CSV and the PDFs of a verbale are downloaded under their names", async () => {
    const dashboard = await dashboardInBrowser();
    const zip = await dashboard.artifacts.put("flusso-firmato.zip", Buffer.from("PK-zip"));
    const pdf = await dashboard.artifacts.put("verbale.pdf", Buffer.from("%PDF-1.7"));
    const flusso = dashboard.journal.flusso("20261123-0002");
    flusso.files = [zip];
    const [first] = flusso.items;
    if (first === undefined) throw new Error("the sample has no items");
    flusso.items[0] = { ...first, data: { signedDocuments: [pdf] } };
    const page = await dashboard.open("/flussi/20261123-0002");

    const archive = await download(page, "flusso-firmato.zip");
    const csv = await download(page, "Elenco dei verbali (CSV)");
    await page.getByRole("link", { name: "V/2026/04101" }).click();
    const document = await download(page, "verbale.pdf");

    expect(archive).toEqual(["flusso-firmato.zip", "PK-zip"]);
    expect(csv[0]).toBe("flusso-20261123-0002.csv");
    expect(csv[1].split("\r\n")).toHaveLength(120);
    expect(document).toEqual(["verbale.pdf", "%PDF-1.7"]);
  });

  test("signed files are chosen together and handed over", async () => {
    const dashboard = await dashboardInBrowser();
    dashboard.journal.openAsks.splice(0, 1, otpAsk({ kind: "files" }));
    dashboard.journal.flusso("20261123-0003").files = [sampleFile("da-firmare.zip", 4_100_000)];
    const page = await dashboard.open("/flussi/20261123-0003");

    await page.getByLabel("PDF firmati").setInputFiles([
      { name: "verbale-1.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-a") },
      { name: "avviso-è.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(300_000, 37) },
    ]);
    await page.getByRole("button", { name: "Carica i documenti firmati" }).click();
    await page.getByText("Documenti caricati").waitFor();

    const [given] = dashboard.answers;
    if (given?.answer.kind !== "files") throw new Error("no files were handed over");
    const sizes = await Promise.all(given.answer.files.map(async (file) => [file.name, file.size]));
    expect(sizes).toEqual([
      ["verbale-1.pdf", 6],
      ["avviso-è.pdf", 300_000],
    ]);
  });

  test("signed files over the limit end on a page that says the limit and what to do", async () => {
    const dashboard = await dashboardInBrowser();
    dashboard.journal.openAsks.splice(0, 1, otpAsk({ kind: "files" }));
    const page = await dashboard.open("/flussi/20261123-0003");

    const file = await dashboard.file("firmati.zip", Buffer.alloc(15_000_000, 37));
    await page.getByLabel("PDF firmati").setInputFiles(file);
    await page.getByRole("button", { name: "Carica i documenti firmati" }).click();
    await page.getByText("se ne caricano al massimo 10 MB alla volta").waitFor();

    expect(await page.getByText("Raccogliere i PDF firmati in più archivi ZIP").count()).toBe(1);
    expect(await dashboard.stored()).toEqual([]);
    expect(dashboard.answers).toEqual([]);
  });

  test("no page is wider than a phone or a desk, and none breaks the policy", async () => {
    const dashboard = await dashboardInBrowser();

    const page = await dashboard.open("/");

    const tooWide: string[] = [];
    for (const path of pages) {
      await page.goto(dashboard.url + path);
      for (const width of [390, 768, 1280]) {
        await page.setViewportSize({ width, height: 844 });
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        if (overflow > 0) tooWide.push(`${path} at ${width}: ${overflow}`);
      }
    }

    expect(tooWide).toEqual([]);
    expect(dashboard.faults).toEqual([]);
  });

  test("all text keeps the contrast of WCAG AA", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/");

    for (const path of pages) {
      await page.goto(dashboard.url + path);
      expect(await faintTexts(page)).toEqual([]);
    }
  });

  test("the keyboard reaches the content first and every control can be seen to have the focus", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi/20261123-0003");

    await page.keyboard.press("Tab");
    const first = await page.evaluate(() => document.activeElement?.textContent?.trim());
    await page.keyboard.press("Enter");
    const reached: string[] = [];
    for (let press = 0; press < 4; press += 1) {
      await page.keyboard.press("Tab");
      reached.push(
        await page.evaluate(() => {
          const active = document.activeElement;
          if (active === null) return "nothing";
          const { outlineStyle, outlineWidth } = getComputedStyle(active);
          const name = active.getAttribute("name") ?? active.textContent?.trim();
          return `${name}: ${outlineStyle} ${outlineWidth}`;
        }),
      );
    }

    expect(first).toBe("Vai al contenuto");
    expect(reached).toEqual([
      "Flussi: solid 3px",
      "otp: solid 3px",
      "Consegna il codice: solid 3px",
      "42 da lavorare: solid 3px",
    ]);
  });

  test("on paper the grid is there and the controls are not", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/flussi/20261123-0002");

    await page.emulateMedia({ media: "print" });

    expect(await page.locator("table.grid").isVisible()).toBe(true);
    for (const hidden of [".top", ".banner", ".actions", ".gridtools"])
      expect(await page.locator(hidden).first().isVisible()).toBe(false);
  });

  test("every field and button has a name, every page one heading and a language", async () => {
    const dashboard = await dashboardInBrowser();
    const page = await dashboard.open("/");

    for (const path of pages) {
      await page.goto(dashboard.url + path);
      const nameless = await page.evaluate(() => {
        const controls = document.querySelectorAll("input:not([type=hidden]), select, button, a");
        return [...controls]
          .filter((control) => {
            const labels = "labels" in control ? (control as HTMLInputElement).labels : null;
            const text = [control.textContent, ...[...(labels ?? [])].map((l) => l.textContent)];
            return text.join("").trim() === "" && control.getAttribute("aria-label") === null;
          })
          .map((control) => control.outerHTML);
      });
      expect(nameless).toEqual([]);
      expect(await page.locator("h1").count()).toBe(1);
      expect(await page.locator("html").getAttribute("lang")).toBe("it");
    }
  });
});

async function rowIds(page: Page): Promise<readonly (string | null)[]> {
  const rows = await page.locator("[data-run-row]").all();
  return Promise.all(rows.map((row) => row.getAttribute("data-run-row")));
}

async function download(page: Page, link: string): Promise<readonly [string, string]> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: link, exact: true }).click(),
  ]);
  return [file.suggestedFilename(), await readFile(await file.path(), "utf8")];
}

/** Texts whose contrast with what lies behind them is below 4.5 to 1 (3 to 1 for large ones). */
async function faintTexts(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
    const light = (color: string): number => {
      const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
        const share = value / 255;
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element: Element | null): string => {
      for (let at = element; at !== null; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if ((channels(backgroundColor)[3] ?? 1) > 0) return backgroundColor;
      }
      return "rgb(255, 255, 255)";
    };
    const faint: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim() ?? "";
      if (element === null || text === "" || !element.checkVisibility()) continue;
      const { color, fontSize } = getComputedStyle(element);
      const [high = 0, low = 0] = [light(color), light(behind(element))].toSorted((a, b) => b - a);
      const contrast = (high + 0.05) / (low + 0.05);
      if (contrast < (Number.parseFloat(fontSize) >= 24 ? 3 : 4.5))
        faint.push(`${text}: ${contrast.toFixed(2)}`);
    }
    return [...new Set(faint)];
  });
}
