/** Where esiti go: files, a web address, a table; the same delivery twice does no harm. */
import { Database } from "bun:sqlite";
import { createHmac } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync, strFromU8 } from "fflate";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createHttp } from "../../../../engine/host/http.ts";
import { createEsiti } from "../../../../integrations/esiti/create-esiti.ts";
import type { EsitiSettings } from "../../../../integrations/esiti/settings.ts";
import type { EsitiDelivery } from "../../../../integrations/register/reports.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-esiti-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const fact = {
  fatto: "perfezionato",
  iun: "ABCD-EFGH-ILMN-202611-N-1",
  numero: "000123",
  protocollo: "=1+1",
  destinatario: 1,
  data: "2026-11-30",
  istante: "2026-11-30T22:59:59.999Z",
  come: "consegna digitale",
  importoCents: 1382,
  codiceAvviso: "302010000000000002",
  codice: null,
  nota: 'Due «righe»; e "virgolette"\n\u0001',
  progressivo: 7,
  corregge: null,
  valido: true,
} as const;

const delivery: EsitiDelivery = {
  lotto: 3,
  madeAt: "2026-11-28T05:00:00.000Z",
  facts: [fact, { ...fact, progressivo: 8, corregge: 7, valido: false, importoCents: null }],
  deliveredAt: null,
};

const columns = {
  Numero: "numero",
  "Data notifica": "data",
  Spese: "importo",
  Avviso: "codiceAvviso",
  Valido: "valido",
  Riga: "progressivo",
} as const;

function port(settings: EsitiSettings | undefined, fetchWith?: typeof fetch, secret = "chiave") {
  return createEsiti({
    settings,
    ente: "prova",
    outboxFolder: folder,
    http: createHttp(fetchWith),
    secrets: { get: async () => secret },
  });
}

async function rejection(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("a file", () => {
  const read = (name: string): string => readFileSync(join(folder, "prova", name), "utf8");

  test("is a CSV with every field where the ente says nothing, for its owner alone", async () => {
    await port(undefined).deliver(delivery);

    const path = join(folder, "prova", "esiti-000003.csv");
    const [head, first, ...rest] = read("esiti-000003.csv").split("\r\n");
    expect(head).toBe(
      "\uFEFFprogressivo;corregge;valido;fatto;numero;protocollo;iun;destinatario;data;istante;come;importoCents;codiceAvviso;codice;nota",
    );
    expect(first).toBe(
      `7;;si;perfezionato;000123;'=1+1;ABCD-EFGH-ILMN-202611-N-1;1;2026-11-30;2026-11-30T22:59:59.999Z;consegna digitale;1382;"\t302010000000000002";;"Due «righe»; e ""virgolette""\n\u0001"`,
    );
    expect(rest).toHaveLength(2);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("has the ente's columns, in their order", async () => {
    await port({ to: "file", format: "csv", columns }).deliver(delivery);

    expect(read("esiti-000003.csv")).toBe(
      '\uFEFFNumero;Data notifica;Spese;Avviso;Valido;Riga\r\n000123;2026-11-30;13,82;"\t302010000000000002";si;7\r\n000123;2026-11-30;;"\t302010000000000002";no;8\r\n',
    );
  });

  test.each([
    [{ ...fact, registrazione: "41877/2026" }, "41877/2026"],
    [fact, ""],
  ])("has the number of the step protocol where a column asks for it (%#)", async (one, cell) => {
    const asked = { Numero: "numero", Protocollo: "registrazione" } as const;

    await port({ to: "file", format: "csv", columns: asked }).deliver({
      ...delivery,
      facts: [one],
    });

    expect(read("esiti-000003.csv")).toBe(`\uFEFFNumero;Protocollo\r\n000123;${cell}\r\n`);
  });

  test("is JSON lines with numbers as numbers", async () => {
    await port({ to: "file", format: "jsonl", columns }).deliver(delivery);

    expect(
      read("esiti-000003.jsonl")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        Numero: "000123",
        "Data notifica": "2026-11-30",
        Spese: "13,82",
        Avviso: "302010000000000002",
        Valido: true,
        Riga: 7,
      },
      {
        Numero: "000123",
        "Data notifica": "2026-11-30",
        Spese: null,
        Avviso: "302010000000000002",
        Valido: false,
        Riga: 8,
      },
    ]);
  });

  test("is a spreadsheet that keeps zeros, days and amounts, and computes nothing", async () => {
    const all = { ...columns, Protocollo: "protocollo", Nota: "nota" } as const;
    await port({ to: "file", format: "xlsx", columns: all }).deliver(delivery);

    const parts = unzipSync(readFileSync(join(folder, "prova", "esiti-000003.xlsx")));
    const sheet = strFromU8(parts["xl/worksheets/sheet1.xml"] ?? new Uint8Array());
    const [, head, first, second] = sheet.split("<row ");
    const texts = (row = "") =>
      Array.from(
        row.matchAll(/<t [^>]*>([^<]*)<|<v>([^<]*)</g),
        ([, text, value]) => text ?? value,
      );
    expect(texts(head)).toEqual(Object.keys(all));
    // 2026-11-30 is the 46,356th day as spreadsheets count them.
    expect(texts(first)).toEqual([
      "000123",
      "46356",
      "13.82",
      "302010000000000002",
      "si",
      "7",
      "=1+1",
      "Due «righe»; e &quot;virgolette&quot;\n",
    ]);
    expect(texts(second)).toHaveLength(7);
    expect(sheet).not.toContain("<f>");
  });

  test("that is there already is left alone; one with other content stops the delivery", async () => {
    const esiti = port(undefined);
    await esiti.deliver(delivery);
    const path = join(folder, "prova", "esiti-000003.csv");
    const before = statSync(path).ino;
    await esiti.deliver(delivery);
    expect(statSync(path).ino).toBe(before);

    writeFileSync(path, "altro");
    expect(await rejection(esiti.deliver(delivery))).toMatchObject({ code: "ESITI_FILE_TAKEN" });
    expect(readFileSync(path, "utf8")).toBe("altro");
    expect(readdirSync(join(folder, "prova"))).toEqual(["esiti-000003.csv"]);
  });
});

describe("a web address", () => {
  const settings: EsitiSettings = {
    to: "webhook",
    format: "csv",
    columns,
    webhook: { url: "https://gestionale.example/esiti", secret: { secret: "ESITI" } },
  };
  const answering = (answer: () => Response | Promise<Response>) => {
    const seen: { headers: Headers; body: string }[] = [];
    const fetchWith = (async (input: Request | string | URL, init?: RequestInit) => {
      const request = new Request(input, init);
      seen.push({ headers: request.headers, body: await request.text() });
      return await answer();
    }) as typeof fetch;
    return { seen, esiti: port(settings, fetchWith) };
  };

  test("gets one signed request for each delivery, with the same key when it is repeated", async () => {
    const { seen, esiti } = answering(() => new Response(null, { status: 204 }));

    await esiti.deliver(delivery);
    await esiti.deliver(delivery);

    const [first, second] = seen;
    expect(first?.body).toBe(second?.body ?? "");
    expect(first?.headers.get("idempotency-key")).toBe("postino-prova-3");
    const signature = createHmac("sha256", "chiave")
      .update(first?.body ?? "")
      .digest("hex");
    expect(first?.headers.get("x-postino-signature")).toBe(`sha256=${signature}`);
    expect(JSON.parse(first?.body ?? "")).toMatchObject({
      ente: "prova",
      lotto: 3,
      righe: [{ Numero: "000123", Riga: 7 }, { Riga: 8 }],
    });
  });

  test.each([
    [500, "ESITI_NOT_TAKEN"],
    [429, "ESITI_NOT_TAKEN"],
    [302, "ESITI_REFUSED"],
    [400, "ESITI_REFUSED"],
    [401, "ESITI_REFUSED"],
  ])("that answers %p: %s", async (status, code) => {
    const { esiti } = answering(() => new Response("no", { status }));

    expect(await rejection(esiti.deliver(delivery))).toMatchObject({ code });
  });

  test("that does not answer is asked later", async () => {
    const { esiti } = answering(() => Promise.reject(new TypeError("connection refused")));

    expect(await rejection(esiti.deliver(delivery))).toMatchObject({ code: "ESITI_NOT_TAKEN" });
  });
});

describe("a table", () => {
  const settings = (table = "esiti"): EsitiSettings => ({
    to: "database",
    format: "csv",
    columns,
    database: { url: { secret: "ESITI_DB" }, table },
  });
  const makeTable = (): string => {
    const path = join(folder, "gestionale.sqlite");
    const db = new Database(path, { create: true });
    db.run(
      `CREATE TABLE esiti (Numero TEXT, "Data notifica" TEXT, Spese TEXT, Avviso TEXT, Valido INTEGER, Riga INTEGER)`,
    );
    db.close();
    return path;
  };
  const readRows = (path: string): unknown =>
    new Database(path).query("SELECT Numero, Spese, Valido, Riga FROM esiti ORDER BY Riga").all();

  test("gets a row for each fact, and no row twice", async () => {
    const path = makeTable();
    const esiti = port(settings(), undefined, `sqlite://${path}`);

    await esiti.deliver(delivery);
    await esiti.deliver(delivery);

    expect(readRows(path)).toEqual([
      { Numero: "000123", Spese: "13,82", Valido: 1, Riga: 7 },
      { Numero: "000123", Spese: null, Valido: 0, Riga: 8 },
    ]);
  });

  test("that is not there, or has no column for the number, is told without the address", async () => {
    const path = makeTable();
    const missing = await rejection(
      port(settings("altra"), undefined, `sqlite://${path}`).deliver(delivery),
    );
    const { Riga: _, ...unnumbered } = columns;
    const uncounted = await rejection(
      port({ ...settings(), columns: unnumbered }, undefined, `sqlite://${path}`).deliver(delivery),
    );

    expect(missing).toMatchObject({ code: "ESITI_REFUSED" });
    expect(String(missing)).toContain("La tabella altra non c'è");
    expect(String(missing)).not.toContain(folder);
    expect(uncounted).toMatchObject({ code: "ESITI_REFUSED" });
    expect(readRows(path)).toEqual([]);
  });
});

test("a way that its settings do not say whole is refused with what is missing", async () => {
  const error = await rejection(port({ to: "webhook", format: "csv" }).deliver(delivery));

  expect(error).toMatchObject({
    code: "ESITI_REFUSED",
    message: "Le impostazioni degli esiti di questo ente non sono complete.",
    hint: {
      setting: {
        technical:
          "Nella sezione esiti «to: webhook» vuole la parte «webhook:»: check dice che cosa ci va.",
      },
    },
  });
});
