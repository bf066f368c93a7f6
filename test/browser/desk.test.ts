/** The office's desk in a real browser, over a whole installation: a file before it starts, by mouse, by keyboard, without script; axe in both themes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import axe from "axe-core";
import italian from "axe-core/locales/it.json" with { type: "json" };
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { chromiumPath, launchChromium } from "../support/browser.ts";
import { type Desk, openDesk } from "../support/desk.ts";
import {
  makeInstallationWorld,
  sendYaml,
  type InstallationWorld,
} from "../support/installation-world.ts";
import { makeVerbale, verbaliLines } from "../support/verbali.ts";

const reason = chromiumPath === null ? " (skipped: no Chromium on this machine)" : "";
const shots = process.env["POSTINO_SHOTS"];
let browser: Browser;
let world: InstallationWorld;
let desk: Desk;
const open: Page[] = [];

describe.skipIf(chromiumPath === null)(`the desk in a browser${reason}`, () => {
  beforeAll(async () => {
    browser = await launchChromium();
    world = await makeInstallationWorld({ sendYaml: sendYaml.replace("*.jsonl", "*.*") });
    desk = await openDesk(world);
  });
  afterAll(async () => {
    for (const page of open) await page.context().close();
    await world?.close();
    await browser?.close();
  });

  test("a file is looked at, its first five are tried, and by keyboard the others go", async () => {
    const page = await openPage("/nuovo");
    await upload(page, "novembre.jsonl", faultyLines());
    await page.getByRole("button", { name: "Controlla il file" }).click();
    await page.getByText("Prima di avviare").waitFor();
    expect(await figure(page, "Partirebbero")).toBe("11");
    await checkLook(page, "controllo");

    await page.getByRole("button", { name: "Prova i primi 5" }).click();
    await page.getByText("I primi verbali sono partiti").waitFor();
    await page.getByRole("link", { name: "Nuovo flusso" }).click();
    await page.getByRole("link", { name: "novembre.jsonl" }).click();
    await page.getByRole("button", { name: "Avvia gli altri" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Il flusso è partito").waitFor();
  }, 60_000);

  test("a refused verbale is mended from its flusso in three clicks, checked while one types", async () => {
    const started = await desk.upload(
      "/nuovo",
      { ente: "prova", pipeline: "send" },
      { name: "dicembre.jsonl", content: faultyLines(50) },
    );
    const page = await openPage(new URL(started.headers.get("location") ?? "", desk.url).pathname);
    await page.getByRole("link", { name: "1 scartato" }).first().waitFor();
    await page.getByText("Completato con scarti").first().waitFor();
    await page.getByRole("link", { name: "T00061" }).first().click();
    // From the rejected note: one.
    await page.getByRole("link", { name: "Correggi e rimanda" }).click();
    await checkLook(page, "scheda");
    await page.getByLabel("Codice fiscale").fill("FNTTMS54R12X001U");
    await page.getByText("Nessun difetto: il verbale può ripartire.").waitFor();
    expect(await page.getByLabel("Codice fiscale").getAttribute("aria-invalid")).toBeNull();
    await page.getByLabel("Comune").fill("Trevilio");
    await page.getByRole("button", { name: "24047 TREVIGLIO (BG)" }).click();
    expect(await page.getByLabel("Comune").inputValue()).toBe("TREVIGLIO");
    await page.getByLabel("Nome e cognome").fill("Anna Bianchi");
    await page.getByLabel("Perché si corregge").fill("Controllato in anagrafe");
    // Two, by keyboard: it is sent.
    await page.getByRole("button", { name: "Correggi e rimanda" }).press("Enter");
    await page.getByText("Il verbale corretto è ripartito").waitFor();
  }, 60_000);

  test("without script the columns of an export are said and kept, and going back loses nothing", async () => {
    const page = await openPage("/nuovo", { javaScriptEnabled: false });
    await upload(page, "gestionale.csv", exportLines());
    await page.getByRole("button", { name: "Controlla il file" }).click();
    await page.getByRole("link", { name: "Dire che cosa contengono le colonne" }).click();
    await checkLook(await openPage(new URL(page.url()).pathname), "colonne");
    await page.getByLabel("Località").selectOption({ label: "Luogo" });
    await page.getByRole("button", { name: "Tieni per l'ente e controlla il file" }).click();
    await page.getByText("Le colonne sono scritte nel file dell'ente").waitFor();
    expect(await figure(page, "Partirebbero")).toBe("3");

    await page.getByRole("link", { name: "Indietro" }).click();
    expect(await page.getByText("Già caricato").innerText()).toContain("gestionale.csv");
    expect(await page.getByRole("combobox", { name: "Ente" }).inputValue()).toBe("prova");
    await page.getByRole("button", { name: "Controlla il file" }).click();
    await page.getByRole("button", { name: "Avvia 3 verbali" }).click();
    await page.waitForURL(/fatto=nuovo/);
  }, 60_000);
});

async function openPage(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: "it-IT",
    timezoneId: "Europe/Rome",
    ...options,
  });
  const page = await context.newPage();
  open.push(page);
  await page.goto(desk.url + path);
  return page;
}

async function upload(page: Page, name: string, text: string): Promise<void> {
  await page
    .getByLabel("File dei verbali")
    .setInputFiles([{ name, mimeType: "text/plain", buffer: Buffer.from(text) }]);
}

function figure(page: Page, label: string): Promise<string> {
  return page.locator(".figure", { hasText: label }).locator("dd").first().innerText();
}

/** In both themes and at three widths axe finds nothing, and nothing is wider than the window. */
async function checkLook(page: Page, name: string): Promise<void> {
  const found: string[] = [];
  await page.evaluate(axe.source);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [360, 1280, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      const all = await page.locator("html").boundingBox();
      if ((all?.width ?? 0) > width) found.push(`${name} is ${all?.width} wide at ${width}`);
      if (shots !== undefined)
        await page.screenshot({
          path: join(shots, `${name}-${colorScheme}-${width}.png`),
          fullPage: true,
        });
      for (const fault of await findFaults(page))
        found.push(`${name} ${colorScheme} ${width}: ${fault}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  expect(found).toEqual([]);
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

async function findFaults(page: Page): Promise<readonly string[]> {
  return await page.evaluate(async (locale) => {
    const { axe: engine } = window as unknown as {
      readonly axe: { configure(options: object): void; run(): Promise<AxeResult> };
    };
    engine.configure({ locale });
    const { violations } = await engine.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  }, italian);
}

/** Eleven good ones, and one with a wrong check letter. */
function faultyLines(first = 1): string {
  const { destinatario, ...fine } = makeVerbale(first + 11, world.freshDay);
  const wrong = { ...fine, destinatario: { ...destinatario, codiceFiscale: "FNTTMS54R12X001A" } };
  return `${verbaliLines(11, world.freshDay, first)}${JSON.stringify(wrong)}\n`;
}

const exportHead =
  "N. Verbale;Data infr.;Località;Targa veicolo;Art. violato;Descrizione infrazione;Agente;Importo;Importo 30%;Spese;Tipo sogg.;Cognome;Nome;Cod. Fisc.;Indirizzo;Civ.;CAP;Comune;Prov.;Motivo mancata contestazione;Note interne";

/** As a program with names of its own writes it. */
function exportLines(): string {
  const rows = [31, 32, 33].map((n) => {
    const { destinatario: who, ...fine } = makeVerbale(n, world.freshDay);
    const day = fine.dataViolazione.split("-").toReversed().join("/");
    const { via, civico = "", cap, comune, provincia } = who.indirizzo;
    const cells = [fine.numero, day, fine.luogo, fine.targa, fine.articolo, fine.descrizione];
    cells.push(fine.agente, "42,00", "29,40", "8,50", who.tipo, who.cognome ?? "", who.nome ?? "");
    cells.push(who.codiceFiscale ?? "", via, civico, cap, comune, provincia);
    cells.push(fine.motivoMancataContestazione ?? "", "da rivedere");
    return cells.join(";");
  });
  return `${[exportHead, ...rows].join("\n")}\n`;
}
