/** A page that is left open for a day of runs, its clock sped up: alive, as small as in the morning, back after restarts behind a proxy, with what was ticked, focused and typed as it was. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import {
  browseDashboard,
  type BrowsedDashboard,
  chromiumPath,
  launchChromium,
} from "../support/browser.ts";
import { countsOf } from "../support/sample-flussi.ts";

const reason = chromiumPath === null ? " (skipped: no Chromium on this machine)" : "";
let browser: Browser | null = null;
let dashboard: BrowsedDashboard | null = null;
let proxy: ReturnType<typeof Bun.serve> | null = null;
let isDown = false;
/** Fulfilled once the page has asked for its stream while the server was away. */
let refused = Promise.withResolvers<void>();
/** Streams that are open through the proxy. */
const open = new Set<AbortController>();

/** Stands before the dashboard as nginx would: while the server is away it answers 502 itself. */
async function startProxy(port: number): Promise<string> {
  proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (isDown) {
        if (pathname === "/events") refused.resolve();
        return new Response("Bad Gateway", { status: 502 });
      }
      const controller = new AbortController();
      open.add(controller);
      request.signal.addEventListener("abort", () => controller.abort());
      const headers = new Headers(request.headers);
      headers.set("host", `127.0.0.1:${port}`);
      headers.delete("connection");
      const answer = await fetch(`http://127.0.0.1:${port}${pathname}${search}`, {
        headers,
        signal: controller.signal,
        decompress: false,
      }).catch(() => new Response("Bad Gateway", { status: 502 }));
      return new Response(answer.body, { status: answer.status, headers: answer.headers });
    },
  });
  return `http://127.0.0.1:${proxy.port}`;
}

function restart(): void {
  isDown = true;
  refused = Promise.withResolvers<void>();
  for (const controller of open) controller.abort();
  open.clear();
}

beforeAll(async () => {
  if (chromiumPath === null) return;
  browser = await launchChromium();
  dashboard = await browseDashboard(browser, { startProxy });
});
afterAll(async () => {
  await dashboard?.close();
  await proxy?.stop(true);
  await browser?.close();
});

describe.skipIf(chromiumPath === null)(`a day${reason}`, () => {
  test("of runs and two restarts leaves the page as it was, but for the news", async () => {
    if (dashboard === null) throw new Error("no browser");
    const id = "20261123-0002";
    const page = await dashboard.open("/flussi", {});
    await page.clock.install();
    await page.goto(`${dashboard.url}/flussi/${id}`);
    await dashboard.journal.untilHeard();
    await page.locator("[data-item] input[type=checkbox]").first().check();
    await page.getByRole("searchbox", { name: "Numero del verbale" }).fill("V/2026");
    await page.getByRole("searchbox", { name: "Numero del verbale" }).focus();
    const count = () => page.evaluate(() => document.querySelectorAll("*").length);
    const cdp = await page.context().newCDPSession(page);
    const measure = async (): Promise<number> => {
      await cdp.send("HeapProfiler.collectGarbage");
      return ((await cdp.send("Runtime.getHeapUsage")) as { readonly usedSize: number }).usedSize;
    };
    let [nodes, heap] = [0, 0];

    for (let hour = 1; hour <= 24; hour += 1) {
      if (hour === 8 || hour === 16) {
        restart();
        await page.getByText("Collegamento interrotto").waitFor();
        await refused.promise;
        isDown = false;
        await page.clock.runFor(6_000);
        await page.getByText("Collegamento interrotto").waitFor({ state: "hidden" });
      }
      const done = hour * 4;
      dashboard.journal.change(id, (flusso) => {
        flusso.run = { ...flusso.run, counts: countsOf({ done, pending: 118 - done }) };
      });
      await page.clock.fastForward(3_600_000);
      await page.clock.runFor(5_000);
      await page.getByText(`${done} conclusi`).first().waitFor();
      // The first hour is the warm one.
      if (hour === 2) [nodes, heap] = [await count(), await measure()];
    }

    expect(await page.locator("[data-item] input[type=checkbox]").first().isChecked()).toBe(true);
    expect(await page.getByRole("searchbox", { name: "Numero del verbale" }).inputValue()).toBe(
      "V/2026",
    );
    expect(await page.evaluate(() => document.activeElement?.getAttribute("name"))).toBe("numero");
    expect(dashboard.journal.listeners).toBe(1);
    expect(Math.abs((await count()) - nodes)).toBeLessThan(20);
    expect((await measure()) - heap).toBeLessThan(2_000_000);
  }, 120_000);
});
