/** Every page in a real browser, by day and by night, on a phone, a desk and a wide screen: axe finds nothing, nothing is cut off. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import axe from "axe-core";
import italian from "axe-core/locales/it.json" with { type: "json" };
import type { Browser, Page } from "playwright-core";
import {
  browseDashboard,
  chromiumPath,
  launchChromium,
  type BrowsedDashboard,
} from "../support/browser.ts";
import type { Renotifications } from "../../server/register/renotify.ts";
import { createSavedViews } from "../../server/views/saved-views.ts";
import { createFakeRecords } from "../support/fake-records.ts";
import { morningFlusso, sampleNow } from "../support/sample-flussi.ts";

const reason = chromiumPath === null ? " (skipped: no Chromium on this machine)" : "";
let browser: Browser | null = null;
let dashboard: BrowsedDashboard | null = null;

beforeAll(async () => {
  if (chromiumPath === null) return;
  browser = await launchChromium();
  dashboard = await browseDashboard(browser, { deps: { renotifications, views } });
  await views.save({ page: "runs", name: "Fermi", query: "stato=blocked", isShared: false });
  await views.save({ page: "log", name: "Rinviati", query: "esito=later", isShared: true });
});
afterAll(async () => {
  await dashboard?.close();
  await browser?.close();
});

const views = createSavedViews(createFakeRecords(), { now: () => sampleNow });

/** A verbale that may be notified anew, with a fault in its form; one that may not. */
const renotifications: Renotifications = {
  async read(ente, numero) {
    const item = morningFlusso().items.find(({ key }) => key === numero);
    if (item === undefined) return null;
    const { verbale = {} } = item.data as { readonly verbale?: Record<string, unknown> };
    const refusal = numero === "V/2026/04104" ? "La notifica è ancora in corso." : null;
    const rest = { chain: [], pipeline: "send", isRegistered: false, refusal };
    return { ente, numero, verbale, ...rest };
  },
  check: async () => [
    { fields: ["destinatario.indirizzo.cap"], message: "non esiste.", isError: true },
  ],
  suggest: async () => [],
  prepare: async () => ({ status: "run", runId: "20261123-0001" }),
};

/** Pages and states of pages: by their address. */
const addresses = [
  "/",
  "/?ente=roccaserena",
  "/?nome=manca",
  "/flussi",
  "/flussi?stato=cancelled",
  "/programmazioni",
  "/avvisi",
  "/file",
  "/file/modifica?nome=send.yaml",
  "/file/modifica?nome=send.yaml&versione=1",
  "/file/versioni?nome=send.yaml",
  "/file/guidata?nome=enti%2Froccaserena.yaml",
  "/avvisi?prova=2",
  "/rapporti?ente=roccaserena",
  "/rapporti?ente=montefosco",
  "/flussi?stato=blocked&ente=roccaserena",
  "/viste",
  "/nuovo",
  "/manuale",
  "/manuale/guida-tecnico",
  "/manuale/cerca?parole=otp",
  "/manca",
  "/flussi/20261123-0001",
  "/flussi/20261123-0002",
  "/flussi/20261123-0002?numero=manca",
  "/flussi/20261123-0003",
  "/flussi/20261123-0002/registro",
  "/flussi/20261123-0002/registro?testo=manca",
  "/flussi/20261123-0002/registro?tipo=avvertenze",
  "/flussi/20261123-0002/dubbi",
  "/flussi/20261123-0002/pipeline",
  "/flussi/20261123-0002/verbali/V%2F2026%2F04101",
  "/flussi/20261123-0002/verbali/V%2F2026%2F04104",
  "/flussi/20261123-0002/verbali/V%2F2026%2F04106",
  "/verbali/roccaserena/V%2F2026%2F04101/rinotifica",
  "/verbali/roccaserena/V%2F2026%2F04104/rinotifica",
];

/** What is as wide as a wall is drawn alike by night. */
const widths = { light: [360, 1280, 1920, 3840], dark: [360, 1280, 1920] } as const;

describe.skipIf(chromiumPath === null)(`every page${reason}`, () => {
  test.each(["light", "dark"] as const)(
    "axe finds nothing on any page by %s",
    async (colorScheme) => {
      const page = await openPage(colorScheme);
      const found: string[] = [];
      for (const address of addresses) {
        await page.goto(`${dashboard?.url}${address}`);
        await page.evaluate(axe.source);
        for (const width of widths[colorScheme]) {
          await page.setViewportSize({ width, height: 900 });
          for (const fault of await findFaults(page))
            found.push(`${address} at ${width}: ${fault}`);
        }
      }

      expect(found).toEqual([]);
    },
    240_000,
  );

  test("on paper nothing is cut off at the edge of the sheet", async () => {
    const page = await openPage("light");
    // A4 across, without its margins.
    await page.setViewportSize({ width: 1032, height: 700 });
    const cut: string[] = [];
    for (const address of addresses) {
      await page.emulateMedia({ media: "screen" });
      await page.goto(`${dashboard?.url}${address}`);
      await page.emulateMedia({ media: "print" });
      const edge = await page.evaluate(() =>
        Math.max(
          ...[...document.querySelectorAll("main *")].map(
            (part) => part.getBoundingClientRect().right,
          ),
        ),
      );
      if (edge > 1033) cut.push(`${address}: ${Math.round(edge)}`);
    }

    expect(cut).toEqual([]);
  }, 60_000);

  test("nothing is wider than a phone, and the theme that was chosen stays without script", async () => {
    const page = await openPage("light", { javaScriptEnabled: false });
    await page.getByRole("button", { name: "Scuro" }).click();
    const tooWide: string[] = [];
    for (const address of addresses) {
      await page.goto(`${dashboard?.url}${address}`);
      await page.setViewportSize({ width: 360, height: 740 });
      const { width } = (await page.locator("html").boundingBox()) ?? { width: 0 };
      if (width > 360) tooWide.push(`${address}: ${width}`);
      expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
    }
    await page.getByRole("button", { name: "Automatico" }).click();

    expect(tooWide).toEqual([]);
    expect(await page.locator("html").getAttribute("data-theme")).toBeNull();
  });

  test("letters are drawn with the fonts that we serve, and nothing comes from elsewhere", async () => {
    const page = await openPage("light");
    await page.goto(`${dashboard?.url}/flussi/20261123-0002`);

    const loaded = await page.evaluate(async () => {
      await document.fonts.ready;
      return [...document.fonts]
        .filter(({ status }) => status === "loaded")
        .map(({ family, weight }) => `${family} ${weight}`)
        .toSorted();
    });

    expect(loaded).toEqual([
      "Roboto Mono 400",
      "Titillium Web 400",
      "Titillium Web 600",
      "Titillium Web 700",
    ]);
    expect(dashboard?.faults.filter((fault) => !fault.includes("404"))).toEqual([]);
  });
});

async function openPage(
  colorScheme: "light" | "dark",
  options: { readonly javaScriptEnabled?: boolean } = {},
): Promise<Page> {
  if (dashboard === null) throw new Error("no browser");
  return await dashboard.open("/", { colorScheme, ...options });
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** What axe says of the page as it stands, in Italian; each rule once. */
async function findFaults(page: Page): Promise<readonly string[]> {
  const { violations } = await page.evaluate(async (locale) => {
    const global = window as unknown as {
      axe: { configure(options: object): void; run(): Promise<AxeResult> };
    };
    global.axe.configure({ locale });
    return await global.axe.run();
  }, italian);
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html}`);
}
