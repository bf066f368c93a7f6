/** Who may speak to the dashboard, and what it lets a browser do. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "bun:test";
import type { PublicAccess } from "../../../../server/web/access.ts";
import { makeDashboard, origin, token, type Dashboard } from "../../../support/dashboard.ts";
import { sampleFile } from "../../../support/sample-flussi.ts";

let dashboard: Dashboard | null = null;
async function opened(access?: PublicAccess): Promise<Dashboard> {
  dashboard = await makeDashboard(access === undefined ? {} : { deps: { access } });
  return dashboard;
}
afterEach(async () => {
  await dashboard?.close();
});

const target = "/flussi/20261123-0001/annulla";

async function cancelWith(headers: Record<string, string>, csrf = token): Promise<Response> {
  const { app } = await opened();
  return app.request(origin + target, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: `csrf=${csrf}`,
  });
}

const own = { host: "127.0.0.1:8099", origin, cookie: `postino_csrf=${token}` };

describe("host", () => {
  test("names of this machine are answered", async () => {
    const { get } = await opened();

    for (const host of ["127.0.0.1:8099", "localhost:8099", "LOCALHOST", "[::1]:8099", "127.0.0.9"])
      expect((await get("/", { host })).status).toBe(200);
  });

  test("other names are refused, whatever they resolve to", async () => {
    const { get } = await opened();

    for (const host of [
      "comune.example",
      "127.0.0.1.example",
      "localhost.example:8099",
      "192.168.1.4:8099",
      "localhost:99999",
      "127.0.0.1:65536",
      "[::1]:70000",
      "127.0.0.999",
      "",
    ])
      expect((await get("/", { host })).status).toBe(421);
  });
});

describe("commands of other pages", () => {
  test("one of our own pages is obeyed", async () => {
    expect((await cancelWith(own)).status).toBe(303);
  });

  test("one from another origin is refused", async () => {
    expect((await cancelWith({ ...own, origin: "https://evil.example" })).status).toBe(403);
    expect(dashboard?.cancelled).toEqual([]);
  });

  test("one from another port of this machine is refused", async () => {
    expect((await cancelWith({ ...own, origin: "http://127.0.0.1:3000" })).status).toBe(403);
  });

  test("one of an opaque origin is refused", async () => {
    expect((await cancelWith({ ...own, origin: "null" })).status).toBe(403);
  });

  test("one that the browser calls cross-site is refused", async () => {
    expect((await cancelWith({ ...own, "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await cancelWith({ ...own, "sec-fetch-site": "same-site" })).status).toBe(403);
  });

  test("one that says nothing of its origin is refused", async () => {
    const { origin: _, ...silent } = own;

    expect((await cancelWith(silent)).status).toBe(403);
  });

  test("a wrong or missing token is refused with a way out", async () => {
    const wrong = await cancelWith(own, "f".repeat(32));
    expect(wrong.status).toBe(403);
    expect(await wrong.text()).toContain("ricaricarla e riprovare");
    expect((await cancelWith({ host: own.host, origin }, token)).status).toBe(403);
    expect(dashboard?.cancelled).toEqual([]);
  });

  test("the token's cookie is closed to scripts and other sites", async () => {
    const { get } = await opened();

    const response = await get("/flussi/20261123-0001");

    const cookie = response.headers.get("set-cookie") ?? "";
    const value = /postino_csrf=([0-9a-f]{32});/.exec(cookie)?.[1];
    expect(cookie).toContain("HttpOnly");
    expect(cookie).toContain("SameSite=Strict");
    expect(await response.text()).toContain(`name="csrf" value="${value}"`);
  });
});

/** As nginx (its name for us, or the browser's), Apache and Caddy hand a request on. */
const asProxied: Readonly<Record<string, Record<string, string>>> = {
  "nginx, as it is installed": { host: "127.0.0.1:8099" },
  "nginx, with the browser's name": {
    host: "postino.comune.example",
    "x-forwarded-proto": "https",
  },
  Apache: { host: "127.0.0.1:8099", "x-forwarded-host": "postino.comune.example" },
  Caddy: {
    host: "postino.comune.example",
    "x-forwarded-host": "postino.comune.example",
    "x-forwarded-proto": "https",
  },
};

describe("behind a proxy", () => {
  const access = { origins: ["https://postino.comune.example"], proxyHops: 1 };
  const ours = { origin: "https://postino.comune.example", cookie: `postino_csrf=${token}` };

  async function cancelBehind(
    given: PublicAccess,
    headers: Record<string, string>,
  ): Promise<number> {
    const { app } = await opened(given);
    const response = await app.request(`http://127.0.0.1:8099${target}`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      body: `csrf=${token}`,
    });
    return response.status;
  }

  for (const [name, headers] of Object.entries(asProxied))
    test(`a form that comes through ${name} is obeyed`, async () => {
      expect(await cancelBehind(access, { ...headers, ...ours })).toBe(303);
      await dashboard?.close();

      const foreign = { ...headers, ...ours, origin: "https://altro.example" };
      expect(await cancelBehind(access, foreign)).toBe(403);
    });

  test.each([
    ["another name", { host: "altro.example" }, 421],
    [
      "another name told by the proxy",
      { host: "127.0.0.1:8099", "x-forwarded-host": "altro.example" },
      421,
    ],
    [
      "a name that the browser put before the proxy's",
      { host: "127.0.0.1:8099", "x-forwarded-host": "altro.example, postino.comune.example" },
      303,
    ],
    [
      "the name of the browser, another of the proxy",
      { host: "127.0.0.1:8099", "x-forwarded-host": "postino.comune.example, altro.example" },
      421,
    ],
    ["the standard port written out", { host: "postino.comune.example:443" }, 303],
    ["another port of the same name", { host: "postino.comune.example:8443" }, 421],
    [
      "the same name without TLS",
      { host: "127.0.0.1:8099", origin: "http://postino.comune.example" },
      403,
    ],
  ])("%s", async (_, headers, status) => {
    expect(await cancelBehind(access, { ...ours, ...headers })).toBe(status);
  });

  test("two proxies: what the outer one said counts", async () => {
    const twice = { ...access, proxyHops: 2 };
    const said = "altro.example, postino.comune.example, dentro.example";

    const headers = { ...ours, host: "127.0.0.1:8099", "x-forwarded-host": said };

    expect(await cancelBehind(twice, headers)).toBe(303);
  });

  test("without a proxy nothing forwarded is believed", async () => {
    const { get } = await opened({ ...access, proxyHops: 0 });

    const response = await get("/flussi/20261123-0001", {
      "x-forwarded-host": "altro.example",
      "x-forwarded-proto": "https",
    });

    expect(response.status).toBe(200);
    expect(response.headers.get("set-cookie")).not.toContain("Secure");
  });

  test("the token travels only through TLS where browsers speak it", async () => {
    const { get } = await opened(access);

    for (const headers of [
      { host: "postino.comune.example" },
      { host: "127.0.0.1:8099", "x-forwarded-proto": "https" },
      { host: "127.0.0.1:8099", "x-forwarded-host": "postino.comune.example" },
    ]) {
      const response = await get("/flussi/20261123-0001", headers);
      expect(response.headers.get("set-cookie")).toContain("Secure");
    }
    const here = await get("/flussi/20261123-0001");
    expect(here.headers.get("set-cookie")).not.toContain("Secure");
  });
});

describe("headers", () => {
  test("a page allows nothing but its own files and is kept nowhere", async () => {
    const { get } = await opened();

    const { headers } = await get("/");

    expect(headers.get("content-security-policy")).toBe(
      "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("same-origin");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  test("no page holds inline script or style", async () => {
    const { get } = await opened();
    const pages = [
      "/",
      "/programmazioni",
      "/nuovo",
      "/flussi/20261123-0002",
      "/flussi/20261123-0003",
      "/flussi/20261123-0002/pipeline",
      "/flussi/20261123-0002/verbali/V%2F2026%2F04101",
    ];

    for (const page of pages) {
      const html = await (await get(page)).text();
      expect(html).not.toMatch(/ style=| on[a-z]+=|<style|<script>/);
    }
  });

  test("assets are served once and for ever, under a name that changes with them", async () => {
    const { get } = await opened();
    const html = await (await get("/")).text();

    for (const [, address] of html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)) {
      const asset = await get(address ?? "");
      expect(asset.status).toBe(200);
      expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    }
    expect((await get("/assets/../package.json")).status).toBe(404);
    expect((await get("/assets/other.js")).status).toBe(404);
  });
});

describe("downloads", () => {
  test("a file of the run comes whole, under its name", async () => {
    const { get, artifacts, journal } = await opened();
    const file = await artifacts.put('flusso "città".zip', Buffer.from("PK-bytes"));
    journal.flusso("20261123-0002").files = [file];

    const response = await get(`/flussi/20261123-0002/file/${file.sha256}`);

    expect(response.status).toBe(200);
    expect(await response.text()).toBe("PK-bytes");
    expect(response.headers.get("content-type")).toBe("application/zip");
    expect(response.headers.get("content-length")).toBe("8");
    expect(response.headers.get("content-disposition")).toBe(
      `attachment; filename="flusso _citt__.zip"; filename*=UTF-8''flusso%20_citt%C3%A0_.zip`,
    );
  });

  test("the input and the PDFs of a verbale come too", async () => {
    const { get, artifacts, journal } = await opened();
    const input = await artifacts.put("verbali.csv", Buffer.from("numero"));
    const pdf = await artifacts.put("verbale.pdf", Buffer.from("%PDF"));
    const flusso = journal.flusso("20261123-0002");
    flusso.run = { ...flusso.run, input };
    const [item] = flusso.items;
    if (item === undefined) throw new Error("the sample has no items");
    flusso.items[0] = { ...item, data: { signedDocuments: [pdf] } };

    const source = await get(`/flussi/20261123-0002/file/${input.sha256}`);
    const document = await get(`/flussi/20261123-0002/verbali/V%2F2026%2F04101/file/${pdf.sha256}`);

    expect(await source.text()).toBe("numero");
    expect(await document.text()).toBe("%PDF");
    expect(document.headers.get("content-type")).toBe("application/pdf");
  });

  test("a stored blob that is not the run's cannot be had", async () => {
    const { get, artifacts } = await opened();
    const other = await artifacts.put("other.pdf", Buffer.from("other ente"));

    for (const path of [
      `/flussi/20261123-0002/file/${other.sha256}`,
      `/flussi/20261123-0002/verbali/V%2F2026%2F04101/file/${other.sha256}`,
      "/flussi/20261123-0002/file/..%2F..%2Fpostino.sqlite",
    ])
      expect((await get(path)).status).toBe(404);
  });

  const small = Buffer.from("PK-bytes");
  const large = Buffer.alloc(4_000_001, "PK-bytes");
  test.each([
    ["altered", small, (bytes: Buffer) => bytes.fill(32, 2, 4)],
    ["cut short", small, (bytes: Buffer) => bytes.subarray(0, 3)],
    ["emptied", small, (bytes: Buffer) => bytes.subarray(0, 0)],
    ["altered, a file of its own,", large, (bytes: Buffer) => bytes.fill(32, 2, 4)],
    ["cut short, a file of its own,", large, (bytes: Buffer) => bytes.subarray(0, 3)],
    ["longer, a file of its own,", large, (bytes: Buffer) => Buffer.concat([bytes, bytes])],
    ["emptied, a file of its own,", large, (bytes: Buffer) => bytes.subarray(0, 0)],
  ] as const)(
    "a file that was %s on the disk is not handed out, not in parts either",
    async (_how, content, damage) => {
      const { get, artifacts, journal, logged, stored } = await opened();
      const file = await artifacts.put("flusso.zip", content);
      journal.flusso("20261123-0002").files = [file];
      const path = `/flussi/20261123-0002/file/${file.sha256}`;
      const good = await get(path);
      // The blob is the end of the only file, a pack or one of its own.
      const [place = ""] = await stored();
      const head = readFileSync(place).subarray(0, -content.byteLength);
      writeFileSync(place, Buffer.concat([head, damage(Buffer.from(content))]));

      const page = await get(path);
      const part = await get(path, { range: "bytes=0-1" });
      const program = await get(path, { accept: "application/json" });

      expect([good.status, page.status, part.status, program.status]).toEqual([200, 410, 410, 410]);
      expect(await page.text()).toContain(
        "Il file flusso.zip sul disco non è più com&#39;era quando è stato fatto: non viene consegnato.",
      );
      expect(await program.json()).toMatchObject({ error: { code: "FILE_ALTERED" } });
      expect(logged.filter(({ message }) => message === "artifact altered")).toHaveLength(3);
    },
  );

  test("a file that is gone from the disk is said to be gone", async () => {
    const { get, journal } = await opened();
    const gone = sampleFile("gone.zip", 10);
    journal.flusso("20261123-0002").files = [gone];

    const response = await get(`/flussi/20261123-0002/file/${gone.sha256}`);

    expect(response.status).toBe(404);
    expect(await response.text()).toContain("Il file gone.zip non è più nell");
  });
});
