/** Tests over the look of the dashboard: whose it says it is, its themes, its fonts, its manual, and what it weighs. */
import { describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Catalog } from "../../../../server/history/catalog.ts";
import { dashboardsOfATest, origin } from "../../../support/dashboard.ts";
import { readRepositoryFile } from "../../../support/repository.ts";

const makeDashboard = dashboardsOfATest();

async function openPage(path = "/", headers: Record<string, string> = {}): Promise<string> {
  const { get } = await makeDashboard();
  return await (await get(path, headers)).text();
}

describe("frame", () => {
  test("the strip names whom the ente belongs to, the foot its declarations and the manual", async () => {
    const html = await openPage();

    expect(html).toContain('<div class="slim"><div class="inner"><span>Regione Finta</span>');
    expect(html).toContain(
      '<a data-element="accessibility-link" href="https://form.agid.example/view/finta">Dichiarazione di accessibilità</a>',
    );
    expect(html).toContain(
      '<a data-element="privacy-policy-link" href="https://www.comune.example/privacy">Informativa privacy</a>',
    );
    expect(html).toContain('<a href="/manuale">Manuale</a>');
  });

  test("what the installation does not say is not there", async () => {
    const dashboard = await makeDashboard({
      deps: { site: { owner: null, accessibilityUrl: null, privacyUrl: null } },
    });

    const html = await (await dashboard.get("/")).text();

    expect(html).not.toContain("accessibility-link");
    expect(html).not.toContain("privacy-policy-link");
    expect(html).toContain("Postino · Notifica dei verbali con SEND");
  });

  test.each([
    ["one ente", 1, "<strong>Comune 0</strong>"],
    ["two enti", 2, "<strong>Postino</strong>"],
    ["none", 0, "<strong>Postino</strong>"],
  ] as const)("the head of %s", async (_what, count, expected) => {
    const enti = Array.from({ length: count }, (_, n) => ({
      codice: `e${n}`,
      nome: `Comune ${n}`,
    }));
    const dashboard = await makeDashboard({
      deps: { loadCatalog: async (): Promise<Catalog> => ({ enti, pipelines: [] }) },
    });

    expect(await (await dashboard.get("/")).text()).toContain(expected);
  });
});

describe("crest", () => {
  const png = Buffer.from("89504e470d0a1a0a", "hex");
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

  test.each([
    ["a PNG", "stemma.png", png, 200, "image/png"],
    ["an SVG, which may run nothing", "stemma.svg", svg, 200, "image/svg+xml"],
    ["a PNG under a wrong name", "stemma.svg", png, 200, "image/png"],
    ["a page under the name of a picture", "stemma.png", "<html><script>", 404, null],
    ["a file that is not there", null, "", 404, null],
    ["one that is too large", "stemma.png", Buffer.alloc(1_000_001, png), 404, null],
  ] as const)("%s", async (_what, name, content, status, type) => {
    const folder = await mkdtemp(join(tmpdir(), "postino-crest-"));
    if (name !== null) await writeFile(join(folder, name), content);
    const crest = join(folder, name ?? "manca.png");
    const dashboard = await makeDashboard({
      deps: {
        loadCatalog: async () => ({ enti: [{ codice: "e", nome: "E", crest }], pipelines: [] }),
      },
    });

    const answer = await dashboard.get("/stemmi/e");
    const { headers } = answer;
    await rm(folder, { recursive: true });

    expect(answer.status).toBe(status);
    expect(await (await dashboard.get("/")).text()).toContain('<img src="/stemmi/e" alt=""');
    if (type === null) return;
    expect(headers.get("content-type")).toBe(type);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toStartWith("default-src 'none'");
  });

  test("the crest of an ente that is not ours is none", async () => {
    const { get } = await makeDashboard();

    expect((await get("/stemmi/..%2F..%2Fetc")).status).toBe(404);
  });
});

describe("theme", () => {
  async function choose(aspetto: string, headers: Record<string, string> = {}): Promise<Response> {
    const { app } = await makeDashboard();
    return await app.request(`${origin}/aspetto`, {
      method: "POST",
      headers: {
        host: "127.0.0.1:8099",
        origin,
        "content-type": "application/x-www-form-urlencoded",
        ...headers,
      },
      body: new URLSearchParams({ aspetto }).toString(),
    });
  }

  test.each([
    ["scuro", "postino_aspetto=dark"],
    ["chiaro", "postino_aspetto=light"],
    ["sistema", "postino_aspetto=;"],
  ])("%s is kept by the browser, and the page stays the page", async (aspetto, cookie) => {
    const answer = await choose(aspetto, { referer: `${origin}/flussi/1?stato=done` });

    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe("/flussi/1?stato=done");
    expect(answer.headers.get("set-cookie")).toStartWith(cookie);
  });

  test("another word changes nothing", async () => {
    const answer = await choose("rosa");

    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(answer.headers.get("location")).toBe("/");
  });

  test("no other site is led to", async () => {
    const answer = await choose("scuro", { referer: `${origin}//attacker.example/x` });

    expect(answer.headers.get("location")).toBe("/attacker.example/x");
  });

  test.each([
    ["dark", 'data-theme="dark"', 'content="dark"'],
    ["light", 'data-theme="light"', 'content="light"'],
    ["", '<html lang="it">', 'content="light dark"'],
    ['"><script>', '<html lang="it">', 'content="light dark"'],
  ])("the page is made with the cookie «%s»", async (kept, attribute, scheme) => {
    const html = await openPage("/", { cookie: `postino_aspetto=${encodeURIComponent(kept)}` });

    expect(html).toContain(attribute);
    expect(html).toContain(`<meta name="color-scheme" ${scheme}/>`);
  });
});

describe("weight", () => {
  test("style, script and fonts of a page weigh less than 80 KB together", async () => {
    const { get } = await makeDashboard();
    const html = await (await get("/")).text();
    const css = await (await get(/\/assets\/style\.css\?v=\w+/.exec(html)?.[0] ?? "")).text();
    const script = await (await get(/\/assets\/live\.js\?v=\w+/.exec(html)?.[0] ?? "")).text();
    const fonts = [...css.matchAll(/url\("([^"]+)"\)/g)].map(([, url]) => url ?? "");

    let bytes = Bun.gzipSync(css).byteLength + Bun.gzipSync(script).byteLength;
    for (const url of fonts) {
      const font = await get(url);
      expect(font.headers.get("content-type")).toBe("font/woff2");
      expect(font.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      bytes += (await font.arrayBuffer()).byteLength;
    }

    expect(fonts.map((url) => /\/([^/?]+)\?v=\w+$/.exec(url)?.[1])).toEqual([
      "TitilliumWeb-Regular.woff2",
      "TitilliumWeb-SemiBold.woff2",
      "TitilliumWeb-Bold.woff2",
      "RobotoMono-Regular.woff2",
    ]);
    expect(bytes).toBeLessThan(80_000);
  });

  test("the tokens carry the notice of those who made them", () => {
    const tokens = readRepositoryFile("server/web/assets/style/tokens.css");

    expect(tokens).toContain("Copyright (c) 2023, the respective contributors");
    expect(tokens).toContain("Redistributions of source code must retain the above copyright");
  });

  test("no colour stands outside of tokens and theme, so that the night has them all", () => {
    const parts = ["base", "frame", "controls", "tables", "states", "run", "narrow"];

    const found = parts.flatMap((part) =>
      (
        readRepositoryFile(`server/web/assets/style/${part}.css`).match(/#[0-9a-f]{3,8}\b/g) ?? []
      ).map((color) => `${part}: ${color}`),
    );

    expect(found).toEqual([]);
  });
});

describe("manual", () => {
  test("its guides are pages, with their pictures, and their links lead from one to another", async () => {
    const { get } = await makeDashboard();

    const home = await (await get("/manuale")).text();
    const operator = await (await get("/manuale/guida-operatore")).text();
    const technician = await (await get("/manuale/guida-tecnico")).text();

    expect(home).toContain('<a href="/manuale/guida-operatore">Guida dell&#39;operatore</a>');
    expect(operator).toContain(`<h1 id="guida-delloperatore">Guida dell'operatore</h1>`);
    expect(operator).toContain('src="/manuale/immagini/griglia.png"');
    expect(technician).toContain('<a href="/manuale/colonne">');
    expect((await get("/manuale/immagini/griglia.png")).headers.get("content-type")).toBe(
      "image/png",
    );
    expect((await get("/manuale/immagini/..%2F..%2F..%2Fpackage.json")).status).toBe(404);
    expect((await get("/manuale/immagini/manca.png")).status).toBe(404);
    expect((await get("/manuale/altro")).status).toBe(404);
  });

  test("every link of every guide leads to a page, and to a heading of it", async () => {
    const { get } = await makeDashboard();
    const home = await (await get("/manuale")).text();
    const guides = [...home.matchAll(/href="(\/manuale\/[\w-]+)"/g)].map(([, path = ""]) => path);
    const pages = new Map<string, string>();
    for (const path of new Set(guides)) pages.set(path, await (await get(path)).text());

    const lost: string[] = [];
    for (const [from, html] of pages)
      for (const [, path = "", id] of html.matchAll(/href="(\/manuale\/[\w-]+|)#([^"]*)"/g)) {
        if (id === "contenuto") continue;
        const target = pages.get(path === "" ? from : path) ?? "";
        if (!target.includes(` id="${id}"`)) lost.push(`${from} → ${path}#${id}`);
      }

    expect(pages.size).toBe(13);
    expect(lost).toEqual([]);
  });

  test.each([
    ["SAME_VIOLATION", "/manuale/codici#"],
    ["perche scartato", "/manuale/"],
    ["secondo fattore", "/manuale/accessi#"],
    ["otp", "/manuale/guida-operatore#"],
  ])("«%s» is found", async (words, where) => {
    const { get } = await makeDashboard();

    const html = await (await get(`/manuale/cerca?parole=${encodeURIComponent(words)}`)).text();

    expect(html).toContain(`<a href="${where}`);
  });

  test("what no guide says is told, and nothing that was typed becomes a tag", async () => {
    const { get } = await makeDashboard();

    const html = await (await get("/manuale/cerca?parole=%3Cb%3Exyzzy")).text();

    expect(html).toContain("Nessuna pagina ha tutte queste parole");
    expect(html).not.toContain("<b>xyzzy");
  });
});
