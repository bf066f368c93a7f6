/** The register and the page of a verbale in a real browser: choose and send by keyboard, the amount in one click; axe finds nothing in any state, by day and by night. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { chromiumPath, launchChromium } from "../support/browser.ts";
import { type Desk, openDesk } from "../support/desk.ts";
import { makeInstallationWorld, type InstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

const reason = chromiumPath === null ? " (skipped: no Chromium on this machine)" : "";
const fromRegister = (text: string): string => `${text}pipelines:
  send:
    change:
      load-verbali: { uses: load-register }
`;
const registra = `name: Registro
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: validate
    with: { faults: keep }
  - uses: register
`;

let world: InstallationWorld;
let desk: Desk;
let browser: Browser;
beforeAll(async () => {
  if (chromiumPath === null) return;
  world = await makeInstallationWorld({ enteYaml: fromRegister });
  writeFileSync(join(world.pipelinesFolder, "registra.yaml"), registra);
  const lines = Array.from({ length: 20 }, (_, index) => {
    const one = makeVerbale(index + 1, world.freshDay);
    const { destinatario } = one;
    // Every eighth has a wrong check letter.
    const wrong = { ...destinatario, codiceFiscale: "NVNTMS66B24X001A" };
    return JSON.stringify(index % 8 === 3 ? { ...one, destinatario: wrong } : one);
  });
  const input = world.file("flusso.jsonl", lines.join("\n"));
  await world.json(["run", "registra", "--ente", "prova", "--input", input, "--json"]);
  desk = await openDesk(world);
  browser = await launchChromium();
  await sendOne("T00018");
});

/** One that is sent already, whatever test comes first. */
async function sendOne(numero: string): Promise<void> {
  const post = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${desk.url}/api/verbali/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-postino-command": "1" },
      body: JSON.stringify({ ente: "prova", ...body }),
    });
    return await answer.json();
  };
  await post("word", { word: "choose", numbers: [numero] });
  const { run } = (await post("generate", { count: 1 })) as { readonly run: string };
  for (let asked = 0; asked < 800; asked += 1) {
    const answer = await fetch(`${desk.url}/api/runs/${run}`);
    const document = (await answer.json()) as { readonly run: { readonly state: string } };
    if (document.run.state === "completed") return;
    await Bun.sleep(25);
  }
  throw new Error(`${run} did not end`);
}
afterAll(async () => {
  if (chromiumPath === null) return;
  await browser.close();
  await world.close();
});

const shots = process.env["POSTINO_SHOTS"];

/** What axe says of the page at three widths and in both themes. */
async function findFaults(page: Page, name: string): Promise<readonly string[]> {
  const found: string[] = [];
  await page.evaluate(axe.source);
  for (const colorScheme of ["light", "dark"] as const)
    for (const width of [360, 1280, 1920]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const { violations } = await page.evaluate(async () => {
        const global = window as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        };
        return await global.axe.run();
      });
      for (const { id, nodes } of violations)
        found.push(`${name} ${colorScheme} ${width}: ${id} ${nodes[0]?.html ?? ""}`);
      const box = await page.locator("html").boundingBox();
      if ((box?.width ?? 0) > width) found.push(`${name} ${width}: too wide`);
      if (shots !== undefined)
        await page.screenshot({ path: join(shots, `${name}-${colorScheme}-${width}.png`) });
    }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 900 });
  return found;
}

/** To what has this name, as somebody without a mouse gets there. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let steps = 0; steps < 150; steps += 1) {
    await page.keyboard.press("Tab");
    const label = await page.evaluate(() => {
      const one = document.activeElement;
      return `${one?.getAttribute("aria-label") ?? ""} ${one?.textContent ?? ""}`;
    });
    if (name.test(label)) return;
  }
  throw new Error(`no ${name} by the keyboard`);
}

describe.skipIf(chromiumPath === null)(`the register${reason}`, () => {
  test("from the list to SEND by the keyboard, and the amount of what was sent in one click", async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${desk.url}/registro`);
    expect(await page.locator(".views a[aria-current]").textContent()).toContain("Pronti 16");
    // Two ticked, one button, one link, one button.
    await tabTo(page, /Scegli T00001/);
    await page.keyboard.press("Space");
    await tabTo(page, /Scegli T00002/);
    await page.keyboard.press("Space");
    expect(await page.locator("[data-selected]").textContent()).toBe("2 scelti");
    await page.getByRole("button", { name: "Scegli per il prossimo flusso" }).press("Enter");
    await page.waitForURL(/fatto=choose/);
    expect(await page.locator(".notice").textContent()).toContain("2 verbali scelti");
    await tabTo(page, /Genera flusso SEND \(2\)/);
    await page.keyboard.press("Enter");
    await page.waitForURL(/genera/);
    await tabTo(page, /Avvia 2 verbali/);
    await page.keyboard.press("Enter");
    await page.waitForURL(/flussi/);
    await page.getByText("Completato", { exact: true }).first().waitFor();

    await page.locator("#verbali").getByRole("link", { name: "T00001", exact: true }).click();
    expect(await page.locator("h1").textContent()).toContain("Verbale T00001");
    await page.getByRole("link", { name: "Qual è l'importo giusto?" }).click();
    expect(await page.locator(".answer").textContent()).toContain("con il codice");
    await page.close();
  }, 120_000);

  test("a wrong one is checked while one types, and CAP and town that stand together are offered", async () => {
    const page = await browser.newPage();
    await page.goto(`${desk.url}/registro/prova/T00004`);
    await page.getByLabel("Codice fiscale", { exact: true }).fill("NVNTMS66B24X001Q");
    await page.getByText("Nessun difetto: il verbale può ripartire.").waitFor();
    await page.getByLabel("CAP").fill("26013");
    await page.getByRole("button", { name: /24047 Treviglio/i }).click();
    expect(await page.getByLabel("CAP").inputValue()).toBe("24047");
    await page.close();
  }, 60_000);

  test.each([
    ["pronti", "/registro"],
    ["da-correggere", "/registro?ente=prova&stato=wrong"],
    ["inviati", "/registro?ente=prova&stato=sent"],
    ["genera", "/registro/genera?ente=prova"],
    ["scheda", "/registro/prova/T00012"],
    ["verbale", "/verbali/prova/T00018"],
    ["importo", "/verbali/prova/T00018/importo"],
  ] as const)(
    "axe finds nothing on %s, at three widths and in both themes",
    async (name, path) => {
      const page = await browser.newPage();
      await page.goto(`${desk.url}${path}`);
      expect(await findFaults(page, name)).toEqual([]);
      await page.close();
    },
    60_000,
  );
});
