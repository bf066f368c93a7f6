/** A headless Chromium on the dashboard, with all that went wrong in it. */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { systemClock } from "../../engine/host/clock.ts";
import type { AppDeps } from "../../server/web/deps.ts";
import { makeDashboard, type Dashboard } from "./dashboard.ts";
import type { FakeJournal } from "./fake-journal.ts";
import { sampleNow } from "./sample-flussi.ts";

const places = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** Where Chromium is; `null`: not on this machine, and the browser tests are skipped. */
export const chromiumPath: string | null =
  places.find((place) => place !== undefined && existsSync(place)) ?? null;

/** `args`: beside those of every test. */
export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath !== null && { executablePath: chromiumPath }),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...args,
    ],
  });
}

export interface BrowsedDashboard extends Dashboard {
  readonly url: string;
  /** A page in a context of its own; what goes wrong in it is added to `faults`. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** Console errors and warnings, script errors, policy violations, requests to elsewhere. */
  readonly faults: string[];
  /** The path of a file for the pages to upload, which is gone at the end: what is large does not go through the browser's remote control. */
  file(name: string, bytes: Uint8Array): Promise<string>;
}

/** The dashboard on a free port, its time standing still at the samples' morning. */
export async function browseDashboard(
  browser: Browser,
  options: {
    readonly journal?: FakeJournal;
    readonly deps?: Partial<AppDeps>;
    /** Puts a proxy before the port of the dashboard and tells its address; default: none. */
    readonly startProxy?: (port: number) => Promise<string>;
  } = {},
): Promise<BrowsedDashboard> {
  const controller = new AbortController();
  const dashboard = await makeDashboard({
    ...(options.journal === undefined ? {} : { journal: options.journal }),
    clock: { now: () => sampleNow, sleep: systemClock.sleep },
    deps: { signal: controller.signal, ...options.deps },
  });
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    fetch: (request) => dashboard.app.fetch(request),
  });
  const { port = 0 } = server;
  const url = (await options.startProxy?.(port)) ?? `http://127.0.0.1:${port}`;
  const faults: string[] = [];
  const pages: Page[] = [];
  const folders: string[] = [];
  const removeFiles = dashboard.close;

  return Object.assign(dashboard, {
    url,
    faults,
    async open(path: string, contextOptions: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        locale: "it-IT",
        timezoneId: "Europe/Rome",
        ...contextOptions,
      });
      await context.addInitScript(() => {
        // Without the timed refresh only the event stream can bring news.
        window.setInterval = (() => 0) as unknown as typeof window.setInterval;
        document.addEventListener("securitypolicyviolation", (event) =>
          console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`),
        );
      });
      const page = await context.newPage();
      pages.push(page);
      page.on("console", (line) => {
        if (line.type() === "error" || line.type() === "warning") faults.push(line.text());
      });
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("request", (request) => {
        if (!request.url().startsWith(url)) faults.push(`request to ${request.url()}`);
      });
      await page.goto(url + path);
      return page;
    },
    async file(name: string, bytes: Uint8Array): Promise<string> {
      const folder = await mkdtemp(join(tmpdir(), "postino-upload-"));
      folders.push(folder);
      await writeFile(join(folder, name), bytes);
      return join(folder, name);
    },
    async close(): Promise<void> {
      for (const page of pages) await page.context().close();
      controller.abort();
      await server.stop(true);
      await removeFiles();
      for (const folder of folders) await rm(folder, { recursive: true });
    },
  });
}
