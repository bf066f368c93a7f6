/** The editor of pipelines in a real browser over a real server: typed by keyboard, checked and completed as one types, compared, saved, rolled back; no rule of the page is broken. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout } from "bun:test";
import axe from "axe-core";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { chromiumPath, launchChromium } from "../support/browser.ts";
import { testInOrder } from "../support/chapters.ts";
import { type Desk, openDesk } from "../support/desk.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";

setDefaultTimeout(90_000);

let world: InstallationWorld;
let desk: Desk;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  if (chromiumPath === null) return;
  world = await makeInstallationWorld();
  desk = await openDesk(world);
  browser = await launchChromium();
  page = await browser.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
});
afterAll(async () => {
  if (chromiumPath === null) return;
  await browser.close();
  await desk.stop();
  await world.close();
});

const read = (): string => readFileSync(join(world.pipelinesFolder, "send.yaml"), "utf8");
const content = () => page.locator(".cm-content");
const state = () => page.locator("[data-editor-state]");

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

async function findFaults(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const)
    for (const width of [360, 1280, 1920]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate(axe.source);
      const results = await page.evaluate(async () => {
        const global = window as unknown as {
          readonly axe: { run(): Promise<AxeResult> };
        };
        const { violations } = await global.axe.run();
        return violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
        );
      });
      found.push(...results.map((one) => `${colorScheme} ${width} ${one}`));
    }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 900 });
  return found;
}

const chapters: Parameters<typeof testInOrder>[1] = [
  [
    "the file opens with its lines, and the area is what the form sends",
    async () => {
      await page.goto(`${desk.url}/file`);
      await page.getByRole("link", { name: "send.yaml", exact: true }).click();
      await content().waitFor();

      expect(await content().textContent()).toContain("name: Notifica di prova");
      expect(await page.locator("textarea[data-editor]").isHidden()).toBe(true);
      expect(await findFaults()).toEqual([]);
    },
  ],
  [
    "what is wrong is told while one types, in the words of check",
    async () => {
      await content().press("Control+End");
      await page.keyboard.type("  - uses: valdate");
      await state().filter({ hasText: "errore" }).waitFor();

      expect(await state().textContent()).toContain('il passo "valdate" non esiste');
      expect(await page.locator(".cm-lintRange-error").count()).toBeGreaterThan(0);
      expect(await findFaults()).toEqual([]);
    },
  ],
  [
    "a word is completed from the keyboard, and undone by it",
    async () => {
      for (let letter = 0; letter < "valdate".length; letter += 1)
        await page.keyboard.press("Backspace");
      await page.keyboard.type("noti");
      await page.keyboard.press("Control+Space");
      await page.getByRole("option", { name: /notify/ }).waitFor();
      expect(await findFaults()).toEqual([]);
      await content().press("Escape");
      await content().press("Control+Space");
      await page.getByRole("option", { name: /notify/ }).waitFor();
      // What is pressed while proposals appear is meant for the text.
      const shown = await page.evaluate(() => performance.now());
      await page.waitForFunction((since) => performance.now() - since > 100, shown);
      await page.keyboard.press("Enter");

      expect(await content().textContent()).toContain("- uses: notify");
    },
  ],
  [
    "Ctrl+S shows what changes and whom it touches; nothing is written yet",
    async () => {
      const before = read();
      await page.keyboard.press("Enter");
      await page.keyboard.type("with: { to: ced@comune.example }");
      await page.keyboard.press("Control+s");
      await page.getByRole("heading", { name: "Che cosa cambia in send.yaml" }).waitFor();

      expect(await page.locator("ol.diff .added").allTextContents()).toEqual([
        expect.stringContaining("- uses: notify"),
        expect.stringContaining("to: ced@comune.example"),
      ]);
      expect(await page.locator("pre.impact").textContent()).toContain("Cambia 1 ente su 1.");
      expect(read()).toBe(before);
      expect(await findFaults()).toEqual([]);
    },
  ],
  [
    "it is saved with a name and a reason, by keyboard alone",
    async () => {
      await page.getByLabel("Nome e cognome").focus();
      await page.keyboard.type("Ada Bruni");
      await page.keyboard.press("Tab");
      await page.keyboard.type("avviso al CED");
      await page.keyboard.press("Enter");
      await page.getByText("Il file è salvato.").waitFor();

      expect(read()).toContain("  - uses: notify\n    with: { to: ced@comune.example }");
    },
  ],
  [
    "an old version is rolled back to through the same page",
    async () => {
      await page.getByRole("link", { name: "Versioni" }).click();
      expect(await findFaults()).toEqual([]);
      await page.getByRole("link", { name: "Riprendi la versione 1" }).click();
      await content().waitFor();
      await content().press("Control+s");
      await page.getByLabel("Nome e cognome").fill("Ada Bruni");
      await page.getByLabel("Perché si cambia").fill("torna com'era");
      await page.getByRole("button", { name: "Salva" }).click();
      await page.getByText("Il file è salvato.").waitFor();

      expect(read()).not.toContain("notify");
      expect(complaints).toEqual([]);
    },
  ],
];

const reason = chromiumPath === null ? " (skipped: no Chromium on this machine)" : "";
describe.skipIf(chromiumPath === null)(`the editor${reason}`, () => {
  testInOrder("a pipeline is edited in the browser", chapters, 90_000);
});
