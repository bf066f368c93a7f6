/** Tests of `postino init`: an ente begun from a template, its folders, its secrets by name, its stream made once. */
import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";

let world: InstallationWorld | null = null;

afterEach(async () => {
  await world?.close();
  world = null;
});

async function makeWorld(
  options: Parameters<typeof makeInstallationWorld>[0] = {},
): Promise<InstallationWorld> {
  world = await makeInstallationWorld(options);
  return world;
}

test("a new codice gets a template whose empty places check names, and once they are filled the ente is ready", async () => {
  const { postino, folder, pipelinesFolder, dataFolder, url } = await makeWorld();
  const path = join(pipelinesFolder, "enti", "borgo-nuovo.yaml");

  const begun = await postino(["init", "--ente", "borgo-nuovo"]);
  const checked = await postino(["check", "--ente", "borgo-nuovo"]);

  expect(begun).toMatchObject({ code: 0, stderr: "" });
  expect(begun.stdout)
    .toBe(`Scritto pipelines/enti/borgo-nuovo.yaml: i valori da mettere sono segnati con una freccia.
Cartella data/inbox/borgo-nuovo
Cartella data/outbox/borgo-nuovo

6 cose da completare nel file; poi di nuovo: postino init --ente borgo-nuovo
`);
  expect(checked.code).toBe(2);
  for (const name of [
    "ente.nome",
    "ente.codiceFiscale",
    "payments.segregationCode",
    "payments.iban",
    "render.prefetto",
    "render.giudiceDiPace",
  ])
    expect(checked.stdout).toContain(`"${name}"`);
  expect(statSync(join(dataFolder, "inbox", "borgo-nuovo")).mode & 0o777).toBe(0o700);

  const filled = readFileSync(path, "utf8")
    .replace("nome: #", "nome: Comune di Borgo Nuovo #")
    .replace("codiceFiscale: #", 'codiceFiscale: "89999990164" #')
    .replace("segregationCode: #", 'segregationCode: "12" #')
    .replace("iban: #", "iban: IT60X0542811101000000123456 #")
    .replace("prefetto: #", "prefetto: Borgo Nuovo #")
    .replace("giudiceDiPace: #", "giudiceDiPace: Borgo Nuovo #")
    .replaceAll("http://127.0.0.1:8098", url);
  writeFileSync(path, filled);

  const again = await postino(["init", "--ente", "borgo-nuovo"]);

  expect(again).toMatchObject({ code: 0, stderr: "" });
  expect(again.stdout).toBe(`Cartella data/inbox/borgo-nuovo (c'era già)
Cartella data/outbox/borgo-nuovo (c'era già)
Spese di notifica: le scrive SEND sulle posizioni di GPD, e il destinatario le paga con l'avviso.
Manca il segreto BORGO_NUOVO_SEND: una variabile d'ambiente con questo nome, oppure il file ${join(dataFolder, "secrets", "BORGO_NUOVO_SEND")}.
Manca il segreto BORGO_NUOVO_GPD: una variabile d'ambiente con questo nome, oppure il file ${join(dataFolder, "secrets", "BORGO_NUOVO_GPD")}.
Per provare tutto senza notificare: postino doctor --ente borgo-nuovo
`);

  mkdirSync(join(dataFolder, "secrets"));
  writeFileSync(join(dataFolder, "secrets", "BORGO_NUOVO_SEND"), "chiave-di-prova\n");
  writeFileSync(join(dataFolder, "secrets", "BORGO_NUOVO_GPD"), "chiave-gpd\n");
  const doctor = await postino(["doctor", "--ente", "borgo-nuovo"]);

  expect(doctor.stdout).toContain("Nulla ferma i flussi di questo ente");
  expect(doctor.code).toBe(0);
  expect(readFileSync(path, "utf8")).toBe(filled);
  expect(existsSync(join(folder, "pipelines", "import-iun.yaml"))).toBe(false);
});

test("an empty folder gets the pipelines that come with the program", async () => {
  const { postino, folder } = await makeWorld();

  const { code, stdout } = await postino(["init", "--ente", "primo"], {
    env: { POSTINO_PIPELINES: "nuove" },
  });

  expect(code).toBe(0);
  expect(stdout).toContain("Scritta nuove/send.yaml.\n");
  for (const name of ["send.yaml", "import-iun.yaml", "ente.schema.json", "enti/primo.yaml"])
    expect(existsSync(join(folder, "nuove", name))).toBe(true);
});

test("a file with faults is left as it is, and they are pointed at", async () => {
  const { postino, pipelinesFolder } = await makeWorld();
  const path = join(pipelinesFolder, "enti", "storto.yaml");
  writeFileSync(path, "ente: { codice: storto }\n");

  const { code, stdout } = await postino(["init", "--ente", "storto"]);

  expect(code).toBe(2);
  expect(stdout).toContain("pipelines/enti/storto.yaml:1");
  expect(readFileSync(path, "utf8")).toBe("ente: { codice: storto }\n");
});

test("a codice that could be no file name is refused", async () => {
  const { postino, folder } = await makeWorld();

  const { code, stderr } = await postino(["init", "--ente", "../fuori"]);

  expect(code).toBe(2);
  expect(stderr).toStartWith("«../fuori» non va bene come codice");
  expect(existsSync(join(folder, "fuori.yaml"))).toBe(false);
});

const byStream = `name: Notifica di prova
steps:
  - uses: load-verbali
    with: { inbox: arrivo }
  - uses: validate
  - uses: reset-iuv
  - uses: render
  - uses: sign
    with: { mode: automatic, signer: comandante }
  - uses: transmit
  - uses: import-iun
    with: { by: stream }
`;

async function streamTitles(url: string): Promise<readonly string[]> {
  const answer = await fetch(`${url}/send/delivery-progresses/v2.9/streams`, {
    headers: { "x-api-key": "chiave-di-prova" },
  });
  return ((await answer.json()) as { title: string }[]).map(({ title }) => title);
}

test("an ente that reads verdicts from a stream gets one, once", async () => {
  const { postino, url } = await makeWorld({ sendYaml: byStream });

  const first = await postino(["init", "--ente", "prova"]);
  const second = await postino(["init", "--ente", "prova"]);

  expect([first.code, second.code]).toEqual([0, 0]);
  expect(first.stdout).toBe(`Cartella data/inbox/arrivo
Cartella data/outbox/prova
Spese di notifica: le scrive SEND sulle posizioni di GPD, e il destinatario le paga con l'avviso.
I segreti ci sono tutti.
Stream degli esiti su SEND: postino-prova-2.9.
Per provare tutto senza notificare: postino doctor --ente prova
`);
  expect(await streamTitles(url)).toEqual(["postino-prova-2.9"]);
});

test("an ente that polls gets no stream, and without the key none can be made", async () => {
  const polling = await makeWorld();
  const none = await polling.postino(["init", "--ente", "prova"]);
  const titles = await streamTitles(polling.url);
  await polling.close();
  const { postino, url } = await makeWorld({ sendYaml: byStream });
  const keyless = await postino(["init", "--ente", "prova"], { env: { PROVA_SEND_KEY: "" } });

  expect(none.code).toBe(0);
  expect(titles).toEqual([]);
  expect(keyless.code).toBe(5);
  expect(keyless.stdout).toContain("Manca il segreto PROVA_SEND_KEY");
  expect(keyless.stdout).toContain("Lo stream degli esiti su SEND si crea quando c'è la chiave");
  expect(await streamTitles(url)).toEqual([]);
});

test("a real SEND is not reached without permission, and a silent one is told", async () => {
  const real = await makeWorld({
    sendYaml: byStream,
    enteYaml: (text) => text.replace(/baseUrl: \S+\/send\n/, "baseUrl: https://api.example\n"),
  });
  const guarded = await real.postino(["init", "--ente", "prova"]);
  await real.close();
  const { postino } = await makeWorld({
    sendYaml: byStream,
    enteYaml: (text) => text.replace(/baseUrl: \S+\/send\n/, "baseUrl: http://127.0.0.1:1/send\n"),
  });
  const silent = await postino(["init", "--ente", "prova"]);

  expect(guarded.code).toBe(5);
  expect(guarded.stderr).toContain("api.example è di un servizio reale");
  expect(silent.code).toBe(4);
  expect(silent.stderr).toContain("Lo stream non è stato creato: riprovare più tardi.");
});
