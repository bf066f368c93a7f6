/** Tests of `postino doctor`: each fault is brought about for real, against the simulators, and told with its remedy. */
import { afterEach, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Hono } from "hono";
import { systemClock } from "../../engine/host/clock.ts";
import { createSendSimulator } from "../../simulators/send/simulator.ts";
import type { SimulatedKey } from "../../simulators/send/options.ts";
import {
  type IssueOptions,
  issueIdentity,
  toPkcs12,
} from "../../simulators/signing/fictional-authority.ts";
import { judgeRoom } from "../../server/ente/doctor-local.ts";
import { startListening } from "../../server/listen.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

type Options = NonNullable<Parameters<typeof makeInstallationWorld>[0]>;

async function makeWorld(options: Options = {}): Promise<InstallationWorld> {
  const world = await makeInstallationWorld(options);
  closing.push(() => world.close());
  return world;
}

interface Told {
  readonly code: number | null;
  readonly stdout: string;
  /** Lines that are no headings and no good news, with their remedies. */
  readonly faults: readonly string[];
}

/** What every installation of these tests is told. */
const usualWarning = /^ {2}! (?:Tabella dei CAP in uso: compresa nel programma|Nessuno è avvisato)/;

async function doctor(
  world: InstallationWorld,
  env: Readonly<Record<string, string>> = {},
): Promise<Told> {
  const { code, stdout, stderr } = await world.postino(["doctor", "--ente", "prova"], { env });
  expect(stderr).toBe("");
  const lines = stdout.split("\n");
  const faults: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (!/^ {2}[!✗] /.test(line) || usualWarning.test(line)) continue;
    const remedy = lines[index + 1] ?? "";
    faults.push(line.trim(), ...(remedy.startsWith("    Rimedio: ") ? [remedy.trim()] : []));
  }
  return { code, stdout, faults };
}

test("a folder of secrets that others may open is told, with the words that close it", async () => {
  const world = await makeWorld();
  const folder = join(world.folder, "segreti");
  mkdirSync(folder);
  chmodSync(folder, 0o755);

  const open = await doctor(world, { POSTINO_SECRETS: folder });
  chmodSync(folder, 0o700);
  const closed = await doctor(world, { POSTINO_SECRETS: folder });

  const note = `! La cartella dei segreti ${folder} è aperta ad altri utenti di questa macchina.`;
  expect(open.faults).toEqual([
    note,
    `Rimedio: chmod 700 ${folder} && chmod 600 ${join(folder, "*")}`,
  ]);
  expect(closed.faults).toEqual([]);
});

/** A server of the test's own, instead of one of the simulators. */
function stand(app: Hono): string {
  const listening = startListening(app, { host: "127.0.0.1", port: 0 });
  closing.push(() => listening.stop());
  return listening.url;
}

async function standSend(keys: readonly SimulatedKey[]): Promise<string> {
  const simulator = await createSendSimulator({
    file: ":memory:",
    clock: systemClock,
    apiKeys: keys,
    validationMs: 0,
    // SEND's gateway would answer the second question from what it remembers of the first, for a minute.
    environment: { authorizerCacheMs: 0 },
  });
  closing.push(() => simulator.close());
  return stand(new Hono().route("/send", simulator.app));
}

function withSend(url: string, more = ""): (text: string) => string {
  return (text) => text.replace(/baseUrl: \S+\/send\n/, `baseUrl: ${url}/send\n${more}`);
}

const paTaxId = "89999990164";
const ours = { key: "chiave-di-prova", paTaxId };

describe("an installation in order", () => {
  test("is told line by line, ends with 0, and nothing is notified, signed or made", async () => {
    const world = await makeWorld();

    const { code, stdout } = await doctor(world);

    expect(code).toBe(0);
    expect(stdout.replace(/ [\d,]+ GB/, " N GB").replace(/, del .* righe/, ", N righe")).toBe(
      `File dell'ente e pipeline
  ✓ Comune di Prova: 2 file senza errori; pipeline: send.

Segreti
  ✓ Ci sono: PROVA_SEND_KEY, PROVA_GPD_KEY, DEMO_KEY_PASSWORD, PROVA_CSC_SECRET.

Cartella dei dati
  ✓ La cartella dei dati ${world.dataFolder} è scrivibile, N GB liberi.
  ✓ I dati sul disco non sono cifrati da Postino: li protegge la cifratura del disco, se c'è («postino key» li cifra).

SEND
  ✓ L'indirizzo di SEND risponde.
  ✓ L'orologio va d'accordo con quello di SEND.
  ✓ SEND accetta la chiave API.
  ✓ La chiave API è dell'ente 89999990164. Se è legata a gruppi serve anche send.group: SEND lo dice soltanto al primo verbale.
  ✓ SEND ha gli stream v2.9.

Pagamenti
  ✓ GPD risponde e accetta le credenziali.
  ✓ Il codice di segregazione 01 è tra quelli che PagoPA assegna.
  ✓ Spese di notifica: le scrive SEND sulle posizioni di GPD, e il destinatario le paga con l'avviso. Non ancora provato: nessuna delle ultime 50 posizioni le porta.

Firma
  ✓ Firmatario «comandante» (Comandante P.L. (***)): chiave su file, certificato valido fino al 01/01/2045.
  ✓ Firmatario «segretario» (Comandante P.L. (***)): firma remota, con OTP, certificato valido fino al 01/01/2045. (Nessuna pipeline lo usa.)

Documenti
  ✓ I modelli della pipeline send disegnano verbale e avviso (senza stemma proprio).

Avvisi
  ! Nessuno è avvisato quando un flusso si ferma o aspetta una persona.
    Rimedio: Scrivere a chi in avvisi.yaml, nella cartella dei dati, o nel file dell'ente sotto alerts:.

Tabella dei CAP
  ! Tabella dei CAP in uso: compresa nel programma, N righe, di tutti i comuni, senza i nomi delle frazioni.
    Rimedio: Importare l'elenco di quest'anno: postino postal import FILE

Nulla ferma i flussi di questo ente; 2 avvisi.
`,
    );
    expect(world.report()).toMatchObject({
      send: { accepted: 0, preloaded: 0, requests: [] },
      gpd: { positions: [], created: 0 },
      csc: { authorisations: 0, otpsSent: 0, signatures: 0 },
    });
  });

  test("--json tells the same as one document", async () => {
    const world = await makeWorld({
      enteYaml: (text) => text.replace('segregationCode: "01"', 'segregationCode: "99"'),
    });

    const { code, stdout } = await world.postino(["doctor", "--ente", "prova", "--json"]);

    const document = JSON.parse(stdout) as { ok: boolean; checks: readonly object[] };
    expect(code).toBe(0);
    expect(document).toMatchObject({ ente: "prova", ok: true });
    expect(document.checks).toContainEqual({
      area: "Pagamenti",
      state: "doubtful",
      note: "Il codice di segregazione 99 è riservato alla carta d'identità elettronica.",
      hint: "Controllare «payments: segregationCode:» sul portale di PagoPA: un codice d'altri produce avvisi che nessuno può pagare.",
    });
  });
});

describe("file, secrets, folder", () => {
  test("faults of the ente's file are told, and no service is asked", async () => {
    const world = await makeWorld({
      enteYaml: (text) => text.replace('codiceFiscale: "89999990164"', "codiceFisc: 1"),
    });

    const { code, stdout, faults } = await doctor(world);

    expect(code).toBe(5);
    expect(faults.join("\n")).toContain("✗ pipelines/enti/prova.yaml:4:3: ");
    expect(stdout).not.toContain("SEND accetta");
    expect(stdout).toContain("fermano i flussi di questo ente");
  });

  test("an ente without a file is wrong usage", async () => {
    const world = await makeWorld();

    const { code, stderr } = await world.postino(["doctor", "--ente", "altrove"]);

    expect(code).toBe(2);
    expect(stderr).toBe(
      "L'ente «altrove» non ha un file. Enti: prova. Per cominciarne uno: postino init --ente altrove\n",
    );
  });

  test("a missing secret is named once, and what needs it is not tried", async () => {
    const { code, faults } = await doctor(await makeWorld(), { PROVA_SEND_KEY: "" });

    expect(code).toBe(5);
    expect(faults).toEqual([
      "✗ Manca il segreto PROVA_SEND_KEY.",
      "Rimedio: Impostare la variabile d'ambiente PROVA_SEND_KEY, oppure creare il file PROVA_SEND_KEY nella cartella dei segreti.",
      "! Non provato: manca il segreto PROVA_SEND_KEY.",
    ]);
  });

  test("a data folder that cannot be written to", async () => {
    const world = await makeWorld();
    const path = world.file("occupato", "un file, non una cartella");

    const { code, faults } = await doctor(world, { POSTINO_DATA: path });

    expect(code).toBe(5);
    expect(faults).toEqual([
      `✗ La cartella dei dati ${path} non è scrivibile (EEXIST).`,
      "Rimedio: Controllare POSTINO_DATA, i permessi della cartella e lo spazio sul disco.",
    ]);
  });

  test("little room is a warning, almost none stops", () => {
    expect(judgeRoom("data", 3_000_000_000).state).toBe("good");
    expect(judgeRoom("data", 1_500_000_000)).toEqual({
      state: "doubtful",
      note: "La cartella dei dati data è scrivibile, 1,5 GB liberi.",
      hint: "Liberare spazio: un disco pieno ferma i flussi a metà.",
    });
    expect(judgeRoom("data", 100_000_000).state).toBe("bad");
  });

  test("a real service without permission is not asked", async () => {
    const { code, stdout, faults } = await doctor(
      await makeWorld({ enteYaml: withSend("https://api.example") }),
    );

    expect(code).toBe(5);
    expect(faults).toEqual([
      "✗ L'indirizzo api.example è di un servizio reale, ma il file dell'ente prova non permette i servizi reali.",
      "Rimedio: Per notificare davvero servono tutte e due le cose: «live: true» nel file dell'ente e POSTINO_LIVE=1 nell'ambiente.",
    ]);
    expect(stdout).not.toContain("GPD risponde");
  });
});

describe("SEND", () => {
  const key =
    "Rimedio: La chiave è errata o bloccata, oppure è stata creata con PDND: in tal caso completare la sezione pdnd: del file dell'ente.";
  const pem = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  }).privateKey;

  /** A PDND that gives a voucher, or refuses the client. */
  function standPdnd(status: 200 | 400 = 200): string {
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString("base64url");
    const exp = Math.floor(systemClock.now() / 1000) + 600;
    const url = stand(
      new Hono().post("/token", (c) =>
        status === 200
          ? c.json({
              access_token: `${part({ typ: "at+jwt" })}.${part({ exp })}.x`,
              expires_in: 600,
            })
          : c.json({ title: "015-0008" }, status),
      ),
    );
    return `  pdnd:
    tokenUrl: ${url}/token
    audience: auth.example
    clientId: c
    keyId: k
    purposeId: p
    privateKey: { secret: PROVA_PDND }
`;
  }

  test("a wrong key", async () => {
    const { code, stdout, faults } = await doctor(await makeWorld(), {
      PROVA_SEND_KEY: "chiave-sbagliata",
    });

    expect(code).toBe(5);
    expect(faults).toEqual(["✗ SEND rifiuta la chiave API senza voucher.", key]);
    expect(stdout).not.toContain("chiave-sbagliata");
  });

  test("a key made with PDND, and no voucher", async () => {
    const url = await standSend([{ ...ours, isPdnd: true }]);

    const { code, faults } = await doctor(await makeWorld({ enteYaml: withSend(url) }));

    expect(code).toBe(5);
    expect(faults).toEqual(["✗ SEND rifiuta la chiave API senza voucher.", key]);
  });

  test("a key made with PDND and its voucher are fine", async () => {
    const url = await standSend([{ ...ours, isPdnd: true }]);
    const world = await makeWorld({ enteYaml: withSend(url, standPdnd()) });

    const { code, stdout, faults } = await doctor(world, { PROVA_PDND: pem });

    expect({ code, faults }).toEqual({ code: 0, faults: [] });
    expect(stdout).toContain("✓ SEND accetta la chiave API con il voucher PDND.");
  });

  test("a key made without PDND, and a voucher", async () => {
    const url = await standSend([ours]);
    const world = await makeWorld({ enteYaml: withSend(url, standPdnd()) });

    const { code, faults } = await doctor(world, { PROVA_PDND: pem });

    expect(code).toBe(5);
    expect(faults).toEqual([
      "✗ La chiave API è stata creata senza PDND, ma il file dell'ente aggiunge un voucher.",
      "Rimedio: Togliere la sezione pdnd: dal file dell'ente.",
    ]);
  });

  test("a client that PDND refuses", async () => {
    const url = await standSend([{ ...ours, isPdnd: true }]);
    const world = await makeWorld({ enteYaml: withSend(url, standPdnd(400)) });

    const { code, faults } = await doctor(world, { PROVA_PDND: pem });

    expect(code).toBe(5);
    expect(faults).toEqual([
      "✗ PDND non ha rilasciato il voucher (HTTP 400).",
      "Rimedio: Controllare nella sezione pdnd: del file dell'ente client, chiave, finalità e audience, che la finalità sia attiva e che l'orologio sia giusto.",
    ]);
  });

  test("a key of another ente", async () => {
    const url = await standSend([{ ...ours, paTaxId: "00000000018" }]);

    const { code, faults } = await doctor(await makeWorld({ enteYaml: withSend(url) }));

    expect(code).toBe(5);
    expect(faults).toEqual([
      "✗ Il codice fiscale dell'ente (89999990164) non è quello a cui appartiene la chiave API.",
      "Rimedio: Correggere «ente: codiceFiscale:», oppure indicare in send.apiKey la chiave di questo ente.",
    ]);
  });

  test("a group that is missing is known from SEND, and from the run that it stopped", async () => {
    const url = await standSend([{ ...ours, groups: ["polizia-locale"] }]);
    const world = await makeWorld({ enteYaml: withSend(url) });
    const input = world.file("flusso.jsonl", verbaliLines(1, world.freshDay));
    const run = await world.json(["run", "send", "--ente", "prova", "--input", input, "--json"]);

    const { code, faults } = await doctor(world);

    expect(run.document.run.state).toBe("blocked");
    expect(code).toBe(5);
    expect(faults).toHaveLength(4);
    expect(faults.slice(0, 2)).toEqual([
      "✗ La chiave API è dell'ente 89999990164. È legata a gruppi, e il file dell'ente non ne indica alcuno.",
      "Rimedio: Indicare in send.group uno dei gruppi della chiave: polizia-locale.",
    ]);
    expect(faults[2]).toMatch(
      /^✗ Il flusso \S+ \(\d\d:\d\d\) è bloccato: Il gruppo manca, è sospeso o non è fra quelli della chiave API\./,
    );
    expect(faults[3]).toBe(
      `Rimedio: Indicare in send.group uno dei gruppi della chiave. Poi: postino resume ${run.document.run.id}`,
    );
  });

  test("a stream of verdicts that nobody made, and one that init made", async () => {
    const sendYaml = `name: Notifica di prova
steps:
  - uses: load-verbali
  - uses: validate
  - uses: reset-iuv
  - uses: render
  - uses: sign
    with: { mode: automatic, signer: comandante }
  - uses: transmit
  - uses: import-iun
    with: { by: stream }
`;
    const world = await makeWorld({ sendYaml });

    const before = await doctor(world);
    await world.postino(["init", "--ente", "prova"]);
    const after = await doctor(world);

    expect([before.code, after.code]).toEqual([5, 0]);
    expect(before.faults).toEqual([
      "✗ Su SEND non c'è lo stream degli esiti di questo ente.",
      "Rimedio: «postino init --ente prova». Oppure usare «by: polling» nel passo import-iun.",
    ]);
    expect(after.stdout).toContain("✓ Lo stream degli esiti c'è: postino-prova-2.9.");
  });

  test("nobody answers", async () => {
    const world = await makeWorld({ enteYaml: withSend("http://127.0.0.1:1") });

    const { code, faults } = await doctor(world);

    expect(code).toBe(5);
    expect(faults).toEqual([
      "✗ SEND non risponde (http://127.0.0.1:1).",
      "Rimedio: Controllare la rete e l'indirizzo del servizio nel file dell'ente.",
    ]);
  });

  test.each([
    [120_000, 0, "! L'orologio di questa macchina va indietro di 2 minuti."],
    [-600_000, 5, "✗ L'orologio di questa macchina va avanti di 10 minuti."],
  ])("a clock that is %p ms away from SEND's", async (offMs, exit, line) => {
    const world = await makeWorld({
      enteYaml: (text) => {
        const target = /baseUrl: (\S+)\/send\n/.exec(text)?.[1] ?? "";
        const app = new Hono().all("*", async (c) => {
          const { pathname, search } = new URL(c.req.url);
          const body = c.req.method === "GET" ? undefined : await c.req.text();
          const answer = await fetch(`${target}${pathname}${search}`, {
            method: c.req.method,
            headers: c.req.raw.headers,
            ...(body === undefined ? {} : { body }),
          });
          const date = new Date(systemClock.now() + offMs).toUTCString();
          return new Response(await answer.text(), {
            status: answer.status,
            headers: { "content-type": "application/json", date },
          });
        });
        return withSend(stand(app))(text);
      },
    });

    const { code, faults } = await doctor(world);

    expect(code).toBe(exit);
    expect(faults).toEqual([
      line,
      "Rimedio: Sincronizzare l'orologio: voucher e indirizzi di caricamento scadono a ore precise.",
    ]);
  });

  test("a stream version that SEND does not have, and SEND switched off", async () => {
    const streams = await doctor(
      await makeWorld({
        enteYaml: (text) => text.replace("send:\n", 'send:\n  streamVersion: "2.3"\n'),
      }),
    );
    const off = await doctor(
      await makeWorld({ enteYaml: (text) => text.replace("send:\n", "send:\n  active: false\n") }),
    );

    expect([streams.code, off.code]).toEqual([5, 5]);
    expect(streams.faults).toEqual([
      "✗ SEND non ha gli stream v2.3 per questa chiave (HTTP 403).",
      "Rimedio: Controllare send.streamVersion nel file dell'ente.",
    ]);
    expect(off.faults).toEqual([
      "✗ SEND non è attivo per questo ente (send.active: false).",
      "Rimedio: Quando l'ente ha aderito a SEND indicare active: true nel suo file.",
    ]);
  });
});

describe("payments", () => {
  function withPayments(url: string): (text: string) => string {
    return (text) => text.replace(/baseUrl: \S+\/gpd\/\S+/, `baseUrl: ${url}`);
  }

  test.each([
    [
      401,
      5,
      "✗ GPD non riconosce le credenziali (HTTP 401).",
      "Rimedio: Controllare le credenziali dei pagamenti, il codice fiscale e il codice di segregazione nel file dell'ente.",
    ],
    [
      404,
      5,
      "✗ L'indirizzo dei pagamenti risponde, ma non come GPD (HTTP 404).",
      "Rimedio: Controllare «payments: baseUrl:» nel file dell'ente: per GPD senza /organizations.",
    ],
    [503, 0, "! GPD non è disponibile ora (HTTP 503).", null],
  ] as const)("an answer %p of GPD", async (status, exit, line, remedy) => {
    const url = stand(new Hono().all("*", (c) => c.json({ title: "no" }, status)));

    const { code, faults } = await doctor(await makeWorld({ enteYaml: withPayments(url) }));

    expect(code).toBe(exit);
    expect(faults).toEqual(remedy === null ? [line] : [line, remedy]);
  });

  test("nobody answers at the address of GPD", async () => {
    const world = await makeWorld({ enteYaml: withPayments("http://127.0.0.1:1/gpd") });

    const { code, faults } = await doctor(world);

    expect(code).toBe(5);
    expect(faults).toEqual([
      "✗ GPD non risponde (http://127.0.0.1:1).",
      "Rimedio: Controllare la rete e l'indirizzo del servizio nel file dell'ente.",
    ]);
  });

  const govpay = (text: string): string =>
    text
      .replace("adapter: gpd", "adapter: govpay")
      .replace(/(baseUrl: \S+)\/gpd\/\S+/, "$1/govpay")
      .replace(
        / {2}subscriptionKey: .*\n/,
        "  govpay: { idA2A: POSTINO, user: u, sendAbilitato: true, password: { secret: PROVA_GPD_KEY } }\n",
      );

  test("GovPay that answers, and what is no GovPay", async () => {
    const good = await doctor(await makeWorld({ enteYaml: govpay }));
    const wrong = await doctor(
      await makeWorld({ enteYaml: (text) => govpay(text).replace("/govpay\n", "/altro\n") }),
    );

    expect(good.stdout).toContain("✓ GovPay risponde e accetta le credenziali.");
    expect(good.code).toBe(0);
    expect(wrong.code).toBe(5);
    expect(wrong.faults[0]).toBe(
      "✗ L'indirizzo dei pagamenti risponde, ma non come GovPay (HTTP 404).",
    );
  });

  test("payments by file need their folder only", async () => {
    const world = await makeWorld({
      enteYaml: (text) => text.replace("adapter: gpd", "adapter: file"),
    });

    const { code, stdout } = await doctor(world);

    expect(code).toBe(0);
    expect(stdout).toContain(
      `✓ I pagamenti passano per i file della cartella ${join(world.dataFolder, "outbox/prova/pagamenti")}.`,
    );
  });
});

describe("signing", () => {
  const day = 86_400_000;

  async function worldWithKey(options: Partial<IssueOptions>): Promise<InstallationWorld> {
    const world = await makeWorld({
      enteYaml: (text) => text.replace(/file: \S+comandante\.p12/, "file: prova.p12"),
    });
    const identity = await issueIdentity({
      subject: { commonName: "Anna Prova" },
      uses: ["nonRepudiation"],
      notBefore: "2025-01-01T00:00:00Z",
      notAfter: "2040-01-01T00:00:00Z",
      serial: 7,
      ...options,
    });
    writeFileSync(
      join(world.pipelinesFolder, "enti", "prova.p12"),
      await toPkcs12(identity, "dimostrazione"),
    );
    return world;
  }

  test("a wrong password of the key file", async () => {
    const { code, stdout, faults } = await doctor(await makeWorld(), {
      DEMO_KEY_PASSWORD: "altra-parola",
    });

    expect(code).toBe(5);
    expect(faults[0]).toStartWith("✗ Firmatario «comandante»: La password ");
    expect(stdout).not.toContain("altra-parola");
  });

  test("a key file that is not there", async () => {
    const world = await worldWithKey({});
    rmSync(join(world.pipelinesFolder, "enti", "prova.p12"));

    const { code, faults } = await doctor(world);

    expect(code).toBe(5);
    expect(faults).toEqual([
      "✗ Firmatario «comandante»: Il file della chiave di firma prova.p12 non si trova.",
      "Rimedio: Controllare il nome in «pkcs12: file:» nel file dell'ente: è relativo alla cartella di quel file.",
    ]);
  });

  test("a certificate that has expired", async () => {
    const world = await worldWithKey({ notAfter: "2025-06-30T10:00:00Z" });

    const { code, faults } = await doctor(world);

    expect(code).toBe(5);
    expect(faults).toEqual([
      "✗ Firmatario «comandante»: Il certificato di firma di Anna Prova è scaduto il 30/06/2025.",
      "Rimedio: Rinnovare il certificato e indicarlo nel file dell'ente.",
    ]);
  });

  test("a certificate that ends within 30 days is a warning", async () => {
    const notAfter = new Date(systemClock.now() + 20 * day).toISOString();
    const until = new Intl.DateTimeFormat("it-IT", {
      timeZone: "Europe/Rome",
      day: "2-digit",
      month: "2-digit",
      year: "numeric",
    }).format(Date.parse(notAfter));

    const { code, faults } = await doctor(await worldWithKey({ notAfter }));

    expect(code).toBe(0);
    expect(faults).toEqual([
      `! Firmatario «comandante»: Il certificato di firma di Anna Prova scade il ${until}.`,
      "Rimedio: Rinnovare il certificato per tempo: scaduto, ferma ogni flusso.",
    ]);
  });

  test("a certificate that is not meant for signatures that bind", async () => {
    const { code, faults } = await doctor(await worldWithKey({ uses: ["digitalSignature"] }));

    expect(code).toBe(5);
    expect(faults).toEqual([
      "✗ Firmatario «comandante»: Il certificato di Anna Prova non è un certificato di sottoscrizione (manca «non ripudio»).",
      "Rimedio: Usare il certificato di firma, non quello di autenticazione o di posta.",
    ]);
  });

  const otp = `name: Notifica di prova
steps:
  - uses: load-verbali
  - uses: validate
  - uses: reset-iuv
  - uses: render
  - uses: sign
    with: { mode: otp, signer: segretario }
`;

  test("a remote signature that does not know the client stops; unused, it is a warning", async () => {
    const env = { PROVA_CSC_SECRET: "rifiutato" };
    const used = await doctor(await makeWorld({ sendYaml: otp }), env);
    const unused = await doctor(await makeWorld(), env);

    expect([used.code, unused.code]).toEqual([5, 0]);
    const line =
      "Firmatario «segretario»: Il servizio di firma remota non riconosce l'applicazione (HTTP 401).";
    const remedy =
      "Rimedio: Controllare clientId e clientSecret del firmatario nel file dell'ente.";
    expect(used.faults).toEqual([`✗ ${line}`, remedy]);
    expect(unused.faults).toEqual([`! ${line} (Nessuna pipeline lo usa.)`, remedy]);
  });

  test("a credential that is switched off, and one that would ask for many OTPs", async () => {
    const with_ = (id: string) => (text: string) =>
      text.replace("credentialId: comandante", `credentialId: ${id}`);
    const off = await doctor(await makeWorld({ sendYaml: otp, enteYaml: with_("disattivata") }));
    const few = await doctor(
      await makeWorld({ sendYaml: otp, enteYaml: with_("cinque-per-volta") }),
    );

    expect([off.code, few.code]).toEqual([5, 0]);
    expect(off.faults[0]).toBe(
      "✗ Firmatario «segretario»: La credenziale di firma disattivata non è attiva (chiave: disabled, certificato: valid).",
    );
    expect(few.faults).toEqual([
      "! Firmatario «segretario»: un OTP vale per 5 firme; un flusso di 200 verbali ne chiede 400, cioè 80 OTP.",
      "Rimedio: Chiedere al fornitore della firma un limite più alto (multisign), oppure mandare flussi più piccoli.",
    ]);
  });

  test("a signer who uploads needs authorities to be trusted", async () => {
    const upload = otp.replace("mode: otp, signer: segretario", "mode: upload, signer: sindaco");
    const enteYaml = (text: string): string => `${text}    sindaco: { upload: {} }\n`;

    const { code, faults } = await doctor(await makeWorld({ sendYaml: upload, enteYaml }));

    expect(code).toBe(5);
    expect(faults[0]).toEndWith(
      "il file dell'ente non dice di quali autorità fidarsi per i PDF firmati altrove",
    );
  });

  test("time stamps that come, and an address that gives none", async () => {
    const stamped = (path: string) => (text: string) => {
      const url = /baseUrl: (\S+)\/send\n/.exec(text)?.[1] ?? "";
      return `${text}  timestamp: { url: "${url}/${path}" }\n`;
    };
    const good = await doctor(await makeWorld({ enteYaml: stamped("tsa") }));
    const wrong = await doctor(await makeWorld({ enteYaml: stamped("niente") }));

    expect(good.stdout).toContain(
      "✓ Il servizio di marcatura temporale risponde (una marca è stata usata per provarlo).",
    );
    expect([good.code, wrong.code]).toEqual([0, 5]);
    expect(wrong.faults).toEqual([
      "✗ Il servizio di marcatura temporale ha rifiutato la richiesta (HTTP 404).",
      "Rimedio: Controllare «signing: timestamp:» nel file dell'ente e il credito di marche.",
    ]);
  });
});

describe("documents and CAPs", () => {
  test("a crest that cannot be read", async () => {
    const { code, faults } = await doctor(
      await makeWorld({
        enteYaml: (text) => text.replace("render: {", "render: { stemma: manca.svg,"),
      }),
    );

    expect(code).toBe(5);
    expect(faults[0]).toMatch(
      /^✗ pipelines\/enti\/prova\.yaml:\d+:19: lo stemma "manca\.svg" non si può usare/,
    );
  });

  test("a whole table of CAPs leaves nothing to say", async () => {
    const world = await makeWorld();
    const rows = Array.from(
      { length: 10_000 },
      (_, index) => `${String(10_000 + index)};PAESE ${index};TO`,
    );
    const path = world.file("italia.csv", `CAP;localita;provincia\n${rows.join("\n")}\n`);
    await world.postino(["postal", "import", path]);
    writeFileSync(
      join(world.dataFolder, "avvisi.yaml"),
      `webhook: { url: "${world.url}/avvisi", secret: { secret: PROVA_SEND_KEY } }\n`,
    );

    const { code, stdout } = await doctor(world);

    expect(code).toBe(0);
    expect(stdout).toContain("✓ Tabella dei CAP in uso: importata, ");
    expect(stdout).toEndWith("\nTutto in ordine.\n");
  });

  test("a table of CAPs of years ago is a warning", async () => {
    const world = await makeWorld();
    const rows = Array.from(
      { length: 10_000 },
      (_, index) => `${String(10_000 + index)};PAESE ${index};TO`,
    );
    await world.postino([
      "postal",
      "import",
      world.file("italia.csv", `CAP;localita;provincia\n${rows.join("\n")}\n`),
    ]);
    const kept = join(world.dataFolder, "postal", "cap.csv");
    writeFileSync(
      kept,
      (await Bun.file(kept).text()).replace(/;\d{4}-\d\d-\d\d\n/, ";2020-01-31\n"),
    );

    const { code, faults } = await doctor(world);

    expect(code).toBe(0);
    expect(faults).toEqual([
      "! Tabella dei CAP in uso: importata, del 31/01/2020, 10.000 righe, completa: un CAP che non c'è è un errore.",
      "Rimedio: Importare l'elenco di quest'anno: postino postal import FILE",
    ]);
  });
});
