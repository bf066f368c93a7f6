/** The manual as files: opened from a disk, every link and picture is there, and the search finds without asking anybody. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { searchManual } from "../../server/web/manual/search-manual.ts";
import { chromiumPath, launchChromium } from "../support/browser.ts";
import { runHere } from "../support/run-here.ts";

const reason = chromiumPath === null ? " (skipped: no Chromium on this machine)" : "";
let folder: string;

function write(target: string) {
  return runHere(["manual", target], { folder, environment: {}, stdin: undefined });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "postino-manual-"));
  expect(await write("manuale")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("Si comincia da manuale/index.html."),
  });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function readSite(name: string): string {
  return readFileSync(join(folder, "manuale", name), "utf8");
}

const pages = () => readdirSync(join(folder, "manuale")).filter((name) => name.endsWith(".html"));

describe("the manual as files", () => {
  test("every link leads to a heading that is there, every picture, style and script to a file", () => {
    const missing: string[] = [];
    let count = 0;
    for (const page of pages())
      for (const [, to = ""] of readSite(page).matchAll(/(?:href|src|action)="([^"]+)"/g)) {
        if (/^https?:/.test(to)) continue;
        count += 1;
        const [name = "", id] = to.split("#");
        const file = name === "" ? page : name;
        const isThere =
          existsSync(join(folder, "manuale", file)) &&
          (id === undefined || readSite(file).includes(`id="${decodeURIComponent(id)}"`));
        if (!isThere) missing.push(`${page}: ${to}`);
      }

    expect(count).toBeGreaterThan(200);
    expect(missing).toEqual([]);
  });

  test("it may be written again where it stands", async () => {
    expect((await write("manuale")).code).toBe(0);
  });

  test.each([
    ["a folder of somebody else", () => mkdirSync(join(folder, "altro"))],
    ["a file", () => undefined],
  ])("nothing is written over %s", async (name, prepare) => {
    prepare();
    const target = name === "a file" ? "manuale/index.html" : "altro";
    if (name !== "a file") writeFileSync(join(folder, "altro", "conti.ods"), "");
    const before = readdirSync(folder, { recursive: true }).length;

    const { code, stderr } = await write(target);

    expect([code, stderr]).toEqual([2, expect.stringContaining(target)]);
    expect(readdirSync(folder, { recursive: true })).toHaveLength(before);
  });

  test.skipIf(chromiumPath === null)(
    `a search finds what the dashboard finds${reason}`,
    async () => {
      const browser = await launchChromium();
      try {
        const page = await browser.newPage();
        const faults: string[] = [];
        page.on("pageerror", (error) => faults.push(String(error)));
        page.on("requestfailed", (request) => faults.push(request.url()));
        await page.goto(`file://${folder}/manuale/index.html`);
        await page.getByLabel("Cerca nel manuale").fill("perche scartato");
        await page.keyboard.press("Enter");
        await page.locator("#trovati li").first().waitFor();

        const found = await page.locator("#trovati a").allTextContents();
        expect(found).toEqual(searchManual("perché scartato").map(({ title }) => title));
        await page.locator("#trovati a").first().click();
        await page.waitForURL(/guida-operatore\.html#/);
        await page.goto(`file://${folder}/manuale/cerca.html?parole=zzzz`);
        expect(await page.locator("#quanti").textContent()).toContain("Nessuna pagina");
        expect(faults).toEqual([]);
      } finally {
        await browser.close();
      }
    },
  );
});
