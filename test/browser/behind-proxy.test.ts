/** The dashboard behind nginx, Apache and Caddy with TLS, in a real browser: every form works, and news arrive. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import {
  browseDashboard,
  type BrowsedDashboard,
  chromiumPath,
  launchChromium,
} from "../support/browser.ts";
import {
  credentials,
  type Proxy,
  proxyPrograms,
  publicName,
  startProxy,
} from "../support/proxies.ts";
import { countsOf, otpAsk } from "../support/sample-flussi.ts";
import { findFreePort } from "../support/free-port.ts";

let browser: Browser | null = null;
beforeAll(async () => {
  if (chromiumPath !== null)
    browser = await launchChromium([`--host-resolver-rules=MAP ${publicName} 127.0.0.1`]);
});
afterAll(async () => {
  await browser?.close();
});

for (const program of proxyPrograms) {
  const missing = [
    chromiumPath === null ? "Chromium" : "",
    program.path === null ? program.name : "",
    Bun.which("openssl") === null ? "openssl" : "",
  ];
  const why = missing.filter((name) => name !== "").join(", ");
  describe.skipIf(why !== "")(
    `behind ${program.name}${why === "" ? "" : ` (skipped: no ${why} on this machine)`}`,
    () => {
      let proxy: Proxy;
      let dashboard: BrowsedDashboard;
      let page: Page;

      beforeAll(async () => {
        if (browser === null) throw new Error("no browser");
        const own = await findFreePort();
        dashboard = await browseDashboard(browser, {
          deps: { access: { origins: [`https://${publicName}:${own}`], proxyHops: 1 } },
          startProxy: async (port) => {
            proxy = await startProxy(program, own, port);
            return proxy.url;
          },
        });
        page = await dashboard.open("/", { ignoreHTTPSErrors: true, httpCredentials: credentials });
      });
      afterAll(async () => {
        await dashboard.close();
        await proxy.stop();
      });

      test("the history is filtered", async () => {
        await page.goto(`${proxy.url}/flussi`);
        await page.getByRole("combobox", { name: "Ente" }).selectOption("montefosco");
        await page.getByRole("button", { name: "Filtra" }).click();
        await page.waitForURL(/ente=montefosco/);

        expect(page.url()).toStartWith(`${proxy.url}/flussi?`);
      });

      test("the OTP is handed over", async () => {
        dashboard.journal.openAsks.splice(0, 1, otpAsk({ kind: "otp" }));
        await page.goto(`${proxy.url}/flussi/20261123-0003`);
        await page.getByRole("textbox", { name: "Codice OTP" }).fill("739154");
        await page.getByRole("button", { name: "Consegna il codice" }).click();
        await page.getByText("Codice consegnato").waitFor();

        expect(dashboard.answers.splice(0).map(({ answer }) => answer)).toEqual([
          { kind: "otp", otp: "739154" },
        ]);
      });

      test("the go-ahead is given", async () => {
        dashboard.journal.openAsks.splice(0, 1, otpAsk({ kind: "approval" }));
        await page.goto(`${proxy.url}/flussi/20261123-0003`);
        await page.getByLabel("Nome e cognome di chi dà il benestare").fill("Ada Bruni");
        await page.getByRole("button", { name: "Do il benestare" }).click();
        await page.getByText("Benestare registrato").waitFor();

        expect(dashboard.answers.splice(0).map(({ answer }) => answer)).toEqual([
          { kind: "approval", by: "Ada Bruni" },
        ]);
      });

      test("signed files of some megabytes are uploaded", async () => {
        dashboard.journal.openAsks.splice(0, 1, otpAsk({ kind: "files" }));
        await page.goto(`${proxy.url}/flussi/20261123-0003`);
        const file = await dashboard.file("a.pdf", Buffer.alloc(4_000_000, 37));
        await page.getByLabel("PDF firmati").setInputFiles(file);
        await page.getByRole("button", { name: "Carica i documenti firmati" }).click();
        await page.getByText("Documenti caricati").waitFor();

        const [given] = dashboard.answers.splice(0);
        if (given?.answer.kind !== "files") throw new Error("no files were handed over");
        expect(given.answer.files.map(({ size }) => size)).toEqual([4_000_000]);
      });

      test("a flusso is started with its file", async () => {
        await page.goto(`${proxy.url}/nuovo`);
        await page.getByRole("combobox", { name: "Pipeline" }).selectOption("send");
        await page.getByRole("combobox", { name: "Ente" }).selectOption("montefosco");
        await page
          .getByLabel("File dei verbali")
          .setInputFiles([
            { name: "flusso.csv", mimeType: "text/csv", buffer: Buffer.from("numero\n") },
          ]);
        await page.locator("form.newrun button[type=submit]").click();
        await page.waitForURL(/fatto=nuovo/);

        expect(dashboard.started.map(({ ente, input }) => [ente, input?.name])).toEqual([
          ["montefosco", "flusso.csv"],
        ]);
      });

      test("a blocked flusso is taken up, another cancelled", async () => {
        await page.goto(`${proxy.url}/flussi/20261123-0001`);
        await page.getByRole("button", { name: "Riprendi" }).click();
        await page.getByText("Il flusso riprende.").waitFor();
        await page.getByText("Annulla…").click();
        await page.getByRole("button", { name: "Conferma: annulla il flusso" }).click();
        await page.getByText("Il flusso è stato annullato.").waitFor();

        expect(dashboard.resumed.splice(0)).toEqual([{ runId: "20261123-0001", request: {} }]);
        expect(dashboard.cancelled).toEqual(["20261123-0001"]);
      });

      test("a run that moves is redrawn", async () => {
        await page.goto(`${proxy.url}/flussi/20261123-0002`);
        await dashboard.journal.untilHeard();

        dashboard.journal.change("20261123-0002", (flusso) => {
          flusso.run = { ...flusso.run, state: "completed", counts: countsOf({ done: 118 }) };
        });
        await page.locator(".title [data-state=completed]").waitFor();

        expect(dashboard.faults).toEqual([]);
      });
    },
  );
}
