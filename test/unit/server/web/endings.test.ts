/** How a flusso that came to nothing ends on its page, and what leaves the dashboard by wire. */
import { afterEach, describe, expect, test } from "bun:test";
import type { Server } from "bun";
import { type Dashboard, dashboardsOfATest, origin, token } from "../../../support/dashboard.ts";
import { createFakeJournal } from "../../../support/fake-journal.ts";
import {
  countsOf,
  morningFlusso,
  pastFlusso,
  sampleFile,
  sampleItem,
} from "../../../support/sample-flussi.ts";

const dashboardWith = dashboardsOfATest();
let server: Server<unknown> | null = null;
afterEach(async () => {
  await server?.stop(true);
  server = null;
});

function textOf(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll(/\s+/g, " ");
}

async function pageOf(dashboard: Dashboard, path: string): Promise<string> {
  return await (await dashboard.get(path)).text();
}

describe("endings", () => {
  test("a flusso that found no file is not called completed", async () => {
    const flusso = pastFlusso(1, { id: "20261123-0001", input: null, counts: countsOf({}) });
    const dashboard = await dashboardWith({ journal: createFakeJournal({ flussi: [flusso] }) });

    for (const path of ["/flussi", "/flussi/20261123-0001"]) {
      const html = await pageOf(dashboard, path);
      expect(textOf(html)).toContain("Nessun verbale");
      expect(html).not.toContain("badge good");
    }
    expect(await pageOf(dashboard, "/flussi/20261123-0001")).toContain(
      'href="/nuovo?pipeline=send&amp;ente=roccaserena"',
    );
  });

  test.each(["FLUSSO_REFUSED", "FLUSSO_NOT_READABLE", "FLUSSO_EMPTY"])(
    "a file that was refused (%s) is put right, not resumed",
    async (code) => {
      const flusso = pastFlusso(1, {
        id: "20261123-0001",
        state: "failed",
        isLoaded: false,
        code,
        reason: "Il flusso f.csv non è stato accettato.",
      });
      const dashboard = await dashboardWith({ journal: createFakeJournal({ flussi: [flusso] }) });

      const html = await pageOf(dashboard, "/flussi/20261123-0001");

      expect(textOf(html)).toContain("Carica il file corretto");
      expect(textOf(html)).not.toContain("Riprendi");
      const form = await pageOf(dashboard, "/nuovo?pipeline=send&ente=roccaserena");
      expect(form).toContain('<option value="send" selected');
      expect(form).toContain('<option value="roccaserena" selected');
    },
  );

  test("a cancelled flusso says how its verbali go on", async () => {
    const flusso = pastFlusso(1, {
      id: "20261123-0001",
      state: "cancelled",
      counts: countsOf({ cancelled: 3, inDoubt: 1 }),
    });
    const dashboard = await dashboardWith({ journal: createFakeJournal({ flussi: [flusso] }) });

    const html = await pageOf(dashboard, "/flussi/20261123-0001");

    expect(textOf(html)).toContain("Chi è già stato notificato non lo è di nuovo");
    expect(html).toContain('href="/nuovo?pipeline=send&amp;ente=roccaserena"');
  });

  test("one for one verbale, many for many, on the button as in the hint", async () => {
    const flusso = pastFlusso(1, {
      id: "20261123-0001",
      state: "completed-with-rejections",
      counts: countsOf({ done: 1, rejected: 1 }),
    });
    const waiting = pastFlusso(2, {
      id: "20261123-0002",
      state: "waiting",
      counts: countsOf({ waiting: 1 }),
    });
    const journal = createFakeJournal({ flussi: [flusso, waiting] });
    const dashboard = await dashboardWith({ journal });

    expect(textOf(await pageOf(dashboard, "/flussi/20261123-0001"))).toContain(
      "Riprova gli scartati (1)",
    );
    expect(textOf(await pageOf(dashboard, "/flussi/20261123-0002"))).toContain("Riprendi");
  });

  test("checks, PDFs and archive stand in the story of a verbale", async () => {
    const flusso = morningFlusso();
    flusso.items = [
      sampleItem(1, "done", 8, {
        key: "A",
        data: {
          documents: [sampleFile("verbale.pdf", 10), sampleFile("avviso.pdf", 10)],
          archive: { archive: sampleFile("flusso.zip", 10) },
        },
      }),
    ];
    const dashboard = await dashboardWith({ journal: createFakeJournal({ flussi: [flusso] }) });

    const text = textOf(await pageOf(dashboard, "/flussi/20261123-0002/verbali/A"));

    expect(text).toContain("Controlli · Riuscito");
    expect(text).toContain("Documenti PDF · Riuscito verbale.pdf avviso.pdf");
    expect(text).toContain("Riuscito flusso.zip");
  });
});

describe("file names", () => {
  test.each([
    ["fattura\u202Efdp.exe", "fattura_fdp.exe"],
    ["a\u2066b\u2069.pdf", "a_b_.pdf"],
    ["\u200Fverbale.csv", "_verbale.csv"],
    ["zero\u200Bwidth.csv", "zero_width.csv"],
  ])("%p turns no text round", async (given, shown) => {
    const dashboard = await dashboardWith();
    const file = await dashboard.artifacts.put(given, Buffer.from("x"));
    const flusso = dashboard.journal.flusso("20261123-0002");
    flusso.files = [file];
    flusso.run = { ...flusso.run, input: file };

    const page = await pageOf(dashboard, "/flussi/20261123-0002");
    const history = await pageOf(dashboard, "/flussi");
    const answer = await dashboard.get(`/flussi/20261123-0002/file/${file.sha256}`);

    expect(page).toContain(shown);
    expect(page).not.toContain(given);
    expect(history).not.toContain(given);
    expect(answer.headers.get("content-disposition")).toContain(
      `filename*=UTF-8''${encodeURIComponent(shown)}`,
    );
  });
});

describe("by wire", () => {
  async function serve(dashboard: Dashboard): Promise<string> {
    server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => dashboard.app.fetch(request),
    });
    return `http://127.0.0.1:${server.port}`;
  }

  test("an archive comes with its length, whole or in part", async () => {
    const dashboard = await dashboardWith();
    const file = await dashboard.artifacts.put("flusso.zip", Buffer.from("0123456789"));
    dashboard.journal.flusso("20261123-0002").files = [file];
    const address = `${await serve(dashboard)}/flussi/20261123-0002/file/${file.sha256}`;

    const whole = await fetch(address);
    const part = await fetch(address, { headers: { range: "bytes=2-5" } });
    const tail = await fetch(address, { headers: { range: "bytes=-3" } });
    const beyond = await fetch(address, { headers: { range: "bytes=90-" } });
    const head = await fetch(address, { method: "HEAD" });

    expect([whole.status, whole.headers.get("content-length"), await whole.text()]).toEqual([
      200,
      "10",
      "0123456789",
    ]);
    expect(whole.headers.get("accept-ranges")).toBe("bytes");
    expect([part.status, part.headers.get("content-range"), await part.text()]).toEqual([
      206,
      "bytes 2-5/10",
      "2345",
    ]);
    expect(await tail.text()).toBe("789");
    expect(beyond.status).toBe(416);
    expect(head.headers.get("content-length")).toBe("10");
  });

  test("pages, lists and assets come compressed, archives and news do not", async () => {
    const dashboard = await dashboardWith();
    const file = await dashboard.artifacts.put("flusso.zip", Buffer.alloc(4_000, 1));
    dashboard.journal.flusso("20261123-0002").files = [file];
    const url = await serve(dashboard);
    const codingOf = async (path: string): Promise<string | null> => {
      const controller = new AbortController();
      const answer = await fetch(url + path, { signal: controller.signal });
      const coding = answer.headers.get("content-encoding");
      controller.abort();
      return coding;
    };

    expect(await codingOf("/flussi/20261123-0002")).toBe("zstd");
    expect(await codingOf("/api/runs/20261123-0002.csv")).toBe("gzip");
    expect(await codingOf("/api/runs/20261123-0002")).toBe("gzip");
    expect(await codingOf(`/flussi/20261123-0002/file/${file.sha256}`)).toBeNull();
    expect(await codingOf("/events")).toBeNull();
  });

  test.each([
    ["gzip", "gzip"],
    ["br;q=1, gzip;q=0.5", "gzip"],
    ["gzip, deflate, br, zstd", "zstd"],
    ["zstd;q=0, gzip", "gzip"],
    ["zstd;q=0.1", "zstd"],
    ["gzip;q=0", null],
    ["br", null],
    ["identity", null],
  ])("a page is the same text whatever the browser takes (%s)", async (accepted, coding) => {
    const dashboard = await dashboardWith();
    const url = await serve(dashboard);
    const plain = await fetch(url, { headers: { "accept-encoding": "identity" } });

    const answer = await fetch(url, { headers: { "accept-encoding": accepted } });

    expect(answer.headers.get("content-encoding")).toBe(coding);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=UTF-8");
    expect(answer.headers.get("vary")).toBe("Accept-Encoding");
    expect(await answer.text()).toBe(await plain.text());
  });

  test("a form that says it is too large is refused before it is sent", async () => {
    const dashboard = await dashboardWith();
    const url = new URL(await serve(dashboard));
    const said = Promise.withResolvers<string>();
    const socket = await Bun.connect({
      hostname: url.hostname,
      port: Number(url.port),
      socket: { data: (_, bytes) => said.resolve(bytes.toString()), close: () => said.resolve("") },
    });
    socket.write(
      [
        "POST /nuovo HTTP/1.1",
        `Host: 127.0.0.1:8099`,
        `Origin: ${origin}`,
        `Cookie: postino_csrf=${token}`,
        "Content-Type: multipart/form-data; boundary=x",
        "Content-Length: 900000000000",
        "",
        "--x\r\n",
      ].join("\r\n"),
    );

    const answer = await said.promise;
    socket.end();

    expect(answer).toStartWith("HTTP/1.1 413");
  });
});
