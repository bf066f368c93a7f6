/** What a person sends: OTP, go-ahead, signed files, go on, cancel; and what never leaks. */
import { describe, expect, test } from "bun:test";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import { bytesOf } from "../../../support/uploaded.ts";
import { type Dashboard, dashboardsOfATest, origin, token } from "../../../support/dashboard.ts";

const dashboardWith = dashboardsOfATest();

const waiting = "/flussi/20261123-0003";

describe("OTP", () => {
  test("reaches the waiting step without its blanks and comes back nowhere", async () => {
    const dashboard = await dashboardWith();

    const response = await dashboard.post(`${waiting}/otp`, { otp: " 123 456 " });

    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe(`${waiting}?fatto=otp`);
    expect(dashboard.answers).toEqual([
      { runId: "20261123-0003", answer: { kind: "otp", otp: "123456" } },
    ]);
    expect(JSON.stringify([...response.headers])).not.toContain("123456");
    expect(await response.text()).not.toContain("123456");
    expect(JSON.stringify(dashboard.logged)).not.toContain("123456");
  });

  test("a refused one is told with reason and hint, and is not shown again", async () => {
    const dashboard = await dashboardWith();
    dashboard.result = {
      status: "refused",
      reason: "Il flusso non aspetta questa risposta.",
      hint: "Ricaricare la pagina.",
    };

    const response = await dashboard.post(`${waiting}/otp`, { otp: "987654" });

    const html = await response.text();
    expect(response.status).toBe(409);
    expect(html).toContain("Il flusso non aspetta questa risposta.");
    expect(html).toContain("Ricaricare la pagina.");
    expect(html).not.toContain("987654");
  });

  test("an empty one is not handed on", async () => {
    const dashboard = await dashboardWith();

    const response = await dashboard.post(`${waiting}/otp`, { otp: "  " });

    expect(response.status).toBe(409);
    expect(await response.text()).toContain("Scrivere il codice OTP ricevuto.");
    expect(dashboard.answers).toEqual([]);
  });

  test("a failure of the program is logged without it", async () => {
    const dashboard = await dashboardWith({
      deps: {
        answer: async () => {
          throw new Error("signer gone");
        },
      },
    });

    const response = await dashboard.post(`${waiting}/otp`, { otp: "555777" });

    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("signer gone");
    expect(dashboard.logged.map(({ message, fields }) => [message, fields["message"]])).toEqual([
      ["request failed", "signer gone"],
    ]);
    expect(JSON.stringify(dashboard.logged)).not.toContain("555777");
  });

  test("a failure of the program names the report to send, or the log where there is none", async () => {
    const places: unknown[] = [];
    const answer = async (): Promise<never> => {
      throw new TypeError("signer gone");
    };
    const reported = await dashboardWith({
      deps: {
        answer,
        reportBug: (_, place) => {
          places.push(place);
          return "data/segnalazioni/segnalazione-abc.txt";
        },
      },
    });
    const silent = await dashboardWith({ deps: { answer } });

    const pages = await Promise.all(
      [reported, silent].map(async (dashboard) =>
        (await dashboard.post(`${waiting}/otp`, { otp: "555777" })).text(),
      ),
    );

    expect(places).toEqual([{ doing: "POST /flussi/:id/otp" }]);
    expect(pages[0]).toContain("errore imprevisto del programma (TypeError)");
    expect(pages[0]).toContain(
      "il file data/segnalazioni/segnalazione-abc.txt: non contiene dati personali.",
    );
    expect(pages[1]).toContain("il registro (log)");
    expect(pages.join("")).not.toContain("Riprovare");
  });
});

describe("other commands", () => {
  test("a go-ahead carries the name of who gives it", async () => {
    const dashboard = await dashboardWith();

    await dashboard.post(`${waiting}/benestare`, { by: " Ada Fittizia " });

    expect(dashboard.answers).toEqual([
      { runId: "20261123-0003", answer: { kind: "approval", by: "Ada Fittizia" } },
    ]);
  });

  test("a run is resumed, wholly or for some items, and cancelled", async () => {
    const dashboard = await dashboardWith();

    await dashboard.post("/flussi/20261123-0001/riprendi", {});
    await dashboard.post("/flussi/20261120-0002/riprendi", { only: "rejected" });
    await dashboard.post("/flussi/20261120-0002/riprendi", { only: "everything" });
    const cancelled = await dashboard.post("/flussi/20261123-0001/annulla", {});

    expect(dashboard.resumed).toEqual([
      { runId: "20261123-0001", request: {} },
      { runId: "20261120-0002", request: { only: "rejected" } },
      { runId: "20261120-0002", request: {} },
    ]);
    expect(dashboard.cancelled).toEqual(["20261123-0001"]);
    expect(cancelled.headers.get("location")).toBe("/flussi/20261123-0001?fatto=annulla");
  });

  test("items in doubt are taken up only by a person who looked them up", async () => {
    const dashboard = await dashboardWith();

    await dashboard.post("/flussi/20261123-0002/riprendi", { only: "in-doubt" });
    await dashboard.post("/flussi/20261123-0002/riprendi", { only: "in-doubt", verified: "yes" });
    expect(dashboard.resumed).toEqual([]);
    const word = { word: "not-done", by: "Ada Bruni", reason: "Su SEND non c'è." };
    await dashboard.post("/flussi/20261123-0002/dubbi", { ...word, confirmed: "1" });

    expect(dashboard.resumed).toMatchObject([
      { runId: "20261123-0002", request: { only: "in-doubt", decision: word } },
    ]);
  });

  test("a refusal that names a command names the button instead", async () => {
    const dashboard = await dashboardWith();
    dashboard.result = {
      status: "refused",
      reason: "Non c'è nulla da riprendere.",
      hint: { action: "resume", only: "rejected", first: "Per gli scarti:" },
    };

    const response = await dashboard.post("/flussi/20261123-0002/riprendi", {});

    const html = await response.text();
    expect(html).toContain("Per gli scarti: premere «Riprova gli scartati».");
    expect(html).not.toContain("postino resume");
  });

  test("what was done is told once, and only in our own words", async () => {
    const dashboard = await dashboardWith();

    const known = await (await dashboard.get(`${waiting}?fatto=otp`)).text();
    const unknown = await (await dashboard.get(`${waiting}?fatto=Telefonare+subito`)).text();

    expect(known).toContain("Codice consegnato: la firma è in corso.");
    expect(unknown).not.toContain("Telefonare");
  });
});

describe("uploads", () => {
  test("signed files are stored as they come and handed over in order", async () => {
    const dashboard = await dashboardWith();

    const response = await upload(dashboard, `${waiting}/firmati`, [
      ["verbale-1.pdf", "%PDF-1"],
      ["..\\cartella/avviso:1.pdf", "%PDF-2"],
    ]);

    expect(response.status).toBe(303);
    const [given] = dashboard.answers;
    if (given?.answer.kind !== "files") throw new Error("no files were handed over");
    expect(given.answer.files.map(({ name }) => name)).toEqual(["verbale-1.pdf", "avviso_1.pdf"]);
    const contents = await Promise.all(given.answer.files.map(bytesOf));
    expect(contents.map((bytes) => Buffer.from(bytes).toString())).toEqual(["%PDF-1", "%PDF-2"]);
  });

  test("without a file nothing is handed over", async () => {
    const dashboard = await dashboardWith();

    const response = await upload(dashboard, `${waiting}/firmati`, []);

    expect(response.status).toBe(409);
    expect(await response.text()).toContain("Scegliere almeno un PDF firmato.");
    expect(dashboard.answers).toEqual([]);
  });

  test("wait on disk only while the run has them", async () => {
    const dashboard = await dashboardWith();

    await upload(dashboard, `${waiting}/firmati`, [["a.pdf", "%PDF-1"]]);
    const [given] = dashboard.answers;
    if (given?.answer.kind !== "files") throw new Error("no files were handed over");
    const during = await dashboard.stored();
    await given.answer.release?.();

    expect(during).toHaveLength(1);
    expect(await dashboard.stored()).toEqual([]);
  });

  test("that the run does not take leave nothing on disk", async () => {
    const dashboard = await dashboardWith();
    dashboard.result = { status: "refused", reason: "Il flusso non aspetta questa risposta." };

    const response = await upload(dashboard, `${waiting}/firmati`, [["a.pdf", "%PDF-1"]]);

    expect(response.status).toBe(409);
    expect(await dashboard.stored()).toEqual([]);
  });

  test("that are too large are refused with the limit and what to do, and leave nothing on disk", async () => {
    const dashboard = await dashboardWith({ uploadLimits: { bytes: 3_000_000, files: 9 } });
    const large = "x".repeat(2_000_000);

    const response = await upload(dashboard, `${waiting}/firmati`, [
      ["a.pdf", large],
      ["b.pdf", large],
    ]);

    const html = await response.text();
    expect(response.status).toBe(413);
    expect(html).toContain(
      "I file scelti sono troppo grandi: se ne caricano al massimo 3 MB alla volta.",
    );
    expect(html).toContain("Raccogliere i PDF firmati in più archivi ZIP");
    expect(await dashboard.stored()).toEqual([]);
    expect(dashboard.answers).toEqual([]);
    expect(dashboard.logged).toEqual([]);
  });

  test("that announce more than the limit are refused before anything is written, as JSON where that is asked for", async () => {
    const dashboard = await dashboardWith({ uploadLimits: { bytes: 3_000_000, files: 9 } });

    const response = await dashboard.app.request(`${origin}${waiting}/firmati`, {
      method: "POST",
      headers: {
        ...headers(),
        accept: "application/json",
        "content-length": "5000000000",
        "content-type": "multipart/form-data; boundary=x",
      },
      body: "--x\r\n",
    });

    expect(response.status).toBe(413);
    const detail =
      "I file scelti sono troppo grandi: se ne caricano al massimo 3 MB alla volta. Raccogliere i PDF firmati in più archivi ZIP e caricarli uno alla volta: quelli buoni restano acquisiti. Il limite si alza nelle impostazioni di Postino (POSTINO_UPLOAD_MB, POSTINO_UPLOAD_FILES).";
    expect(await response.json()).toEqual({
      type: "urn:postino:UPLOAD_TOO_LARGE",
      title: "Troppo grande",
      status: 413,
      code: "UPLOAD_TOO_LARGE",
      detail,
      error: { code: "UPLOAD_TOO_LARGE", message: detail },
    });
    expect(await dashboard.stored()).toEqual([]);
  });

  test("that are too many are refused with the limit, and leave nothing on disk", async () => {
    const dashboard = await dashboardWith({ uploadLimits: { bytes: 1024 ** 2, files: 1 } });

    const response = await upload(dashboard, `${waiting}/firmati`, [
      ["a.pdf", "a"],
      ["b.pdf", "b"],
    ]);

    expect(response.status).toBe(413);
    expect(await response.text()).toContain(
      "Sono stati scelti troppi file: se ne caricano al massimo 1 alla volta.",
    );
    expect(await dashboard.stored()).toEqual([]);
  });

  test("that find the disk full say so", async () => {
    const dashboard = await dashboardWith({
      createSpool: () => ({
        add: () =>
          Promise.reject(
            new RunBlocked("DISK_FULL", "Il disco dei dati è pieno.", { hint: "Liberare spazio." }),
          ),
        release: () => Promise.resolve(),
      }),
    });

    const response = await upload(dashboard, `${waiting}/firmati`, [["a.pdf", "a"]]);

    const html = await response.text();
    expect(response.status).toBe(507);
    expect(html).toContain("Il disco dei dati è pieno.");
    expect(html).toContain("Liberare spazio.");
  });

  test("with a wrong token no file is stored", async () => {
    const dashboard = await dashboardWith();

    const response = await upload(
      dashboard,
      `${waiting}/firmati`,
      [["a.pdf", "x"]],
      "f".repeat(32),
    );

    expect(response.status).toBe(403);
    expect(await dashboard.stored()).toEqual([]);
    expect(dashboard.answers).toEqual([]);
  });

  test("one that breaks off is told, not logged as ours", async () => {
    const dashboard = await dashboardWith();

    const response = await dashboard.app.request(`${origin}${waiting}/firmati`, {
      method: "POST",
      headers: { ...headers(), "content-type": "multipart/form-data; boundary=x" },
      body: `--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n${token}\r\n--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n%PDF`,
    });

    expect(response.status).toBe(403);
    expect(await response.text()).toContain("Il caricamento è arrivato incompleto.");
    expect(await dashboard.stored()).toEqual([]);
    expect(dashboard.logged).toEqual([]);
  });

  test("a new flusso starts with the uploaded file as its input", async () => {
    const read: string[] = [];
    const dashboard = await dashboardWith({
      onStart: async ({ input }) => {
        if (input !== null) read.push(Buffer.from(await bytesOf(input)).toString());
      },
    });

    const response = await upload(dashboard, "/nuovo", [["verbali.csv", "numero;\n"]], token, {
      ente: "roccaserena",
      pipeline: "send",
    });

    expect(response.headers.get("location")).toBe("/flussi/20261123-0002?fatto=nuovo");
    expect(dashboard.started).toMatchObject([
      {
        ente: "roccaserena",
        pipeline: "send",
        params: {},
        input: { name: "verbali.csv", size: 8 },
      },
    ]);
    expect(read).toEqual(["numero;\n"]);
    expect(await dashboard.stored()).toEqual([]);
  });

  test("a start that is refused keeps the choice and says why", async () => {
    const dashboard = await dashboardWith();
    dashboard.result = { status: "refused", reason: "La pipeline non è valida." };

    const response = await upload(dashboard, "/nuovo", [], token, {
      ente: "montefosco",
      pipeline: "send",
    });

    const html = await response.text();
    expect(response.status).toBe(409);
    expect(html).toContain("La pipeline non è valida.");
    expect(html).toContain('<option value="montefosco" selected="">');
    expect(dashboard.started[0]?.input).toBeNull();
  });

  test("a parameter that is missing is named as the form names it, and nothing starts", async () => {
    const dashboard = await dashboardWith();

    const response = await upload(dashboard, "/nuovo", [], token, {
      ente: "montefosco",
      pipeline: "annulla",
      "param.annulla.iun": " ",
    });

    expect(response.status).toBe(409);
    expect(await response.text()).toContain(
      "<strong>Manca un dato per questa pipeline.</strong><p>IUN della notifica da annullare</p>",
    );
    expect(dashboard.started).toEqual([]);
  });

  test("the parameters of the chosen pipeline go with the start, those of others and empty ones do not", async () => {
    const dashboard = await dashboardWith();

    await upload(dashboard, "/nuovo", [], token, {
      ente: "montefosco",
      pipeline: "annulla",
      "param.annulla.iun": " ABCD-EFGH-ILMN-202611-N-1 ",
      "param.annulla.motivo": "",
      "param.send.iun": "x",
    });

    expect(dashboard.started[0]?.params).toEqual({ iun: "ABCD-EFGH-ILMN-202611-N-1" });
  });

  test("a refused start keeps the parameters that were typed", async () => {
    const dashboard = await dashboardWith();
    dashboard.result = { status: "refused", reason: "Lo IUN non è scritto bene." };

    const response = await upload(dashboard, "/nuovo", [], token, {
      ente: "montefosco",
      pipeline: "annulla",
      "param.annulla.iun": "ABCD",
      "param.annulla.motivo": "pagato",
    });

    const html = await response.text();
    expect(html).toContain('name="param.annulla.iun" value="ABCD"');
    expect(html).toContain('<option value="pagato" selected="">');
  });

  test("where runs cannot be started the page is not offered", async () => {
    const starting = await dashboardWith();
    const dashboard = await dashboardWith({ canStart: false });

    expect(await (await starting.get("/")).text()).toContain('href="/nuovo"');
    expect((await dashboard.get("/nuovo")).status).toBe(404);
    expect(await (await dashboard.get("/")).text()).not.toContain('href="/nuovo"');
  });
});

function headers(): Record<string, string> {
  return { host: "127.0.0.1:8099", origin, cookie: `postino_csrf=${token}` };
}

async function upload(
  dashboard: Dashboard,
  path: string,
  files: readonly (readonly [string, string])[],
  csrf = token,
  fields: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const form = new FormData();
  form.append("csrf", csrf);
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [name, content] of files) form.append("files", new File([content], name));
  return dashboard.app.request(origin + path, { method: "POST", headers: headers(), body: form });
}
