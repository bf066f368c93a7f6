/** Acts that are no verbali, by data alone: the two of the demonstration, and a third made here of YAML and texts, from its CSV to the IUN. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createFastClock } from "../support/fast-clock.ts";
import { runHere } from "../support/run-here.ts";

const repository = resolve(import.meta.dir, "../..");
const shipped = join(repository, "data/demo/altri-atti");
const folder = mkdtempSync(join(tmpdir(), "postino-acts-"));
const pipelines = join(folder, "pipelines");
const actFile = join(pipelines, "atti/canone.yaml");

const canone = `title: Richiesta del canone unico
plural: Richieste del canone unico
send: { taxonomyCode: 010201P, subject: Richiesta del canone unico }
fields:
  concessione: { title: Concessione, kind: words }
  dal: { title: Inizio dell'occupazione, kind: day }
  al: { title: Fine dell'occupazione, kind: day }
  metri: { title: Metri quadrati, kind: number }
  tariffaCents: { title: Tariffa al metro, kind: cents, required: false }
payment: { title: Pagamento del canone, reason: Canone unico n., days: 20, source: regolamento dell'ente }
terms:
  riesame: { title: Richiesta di riesame, days: 15, source: regolamento dell'ente }
notification: { title: Termine per chiedere il canone, from: al, days: 1825, onHoliday: ignored, source: regolamento dell'ente }
checks:
  CANONE_DATE: { field: al, notBefore: dal, message: è prima dell'inizio., remedy: controllare le date. }
  CANONE_FORMA: { field: concessione, pattern: "COSAP/\\\\d{4}/\\\\d+", severity: warning, message: non ha la forma solita., remedy: controllarla. }
example: { concessione: COSAP/2026/7, dal: "2026-03-01", al: "2026-10-31", metri: "12.5", importoCents: "84000" }
model:
  order: [testa, apertura, richiesta, dati, somma, firma]
  blocks:
    testa: { type: letterhead, title: "{ente.nome}" }
    apertura: { type: opening, title: Richiesta del canone, subtitles: ["n. {numero}"], heading: Destinatario, lines: ["{destinatario.nome}"] }
    dati: { type: fields, title: L'occupazione, rows: [{ label: Periodo, value: "dal {dal} al {al}" }, { label: Tariffa, value: "{tariffaCents}" }] }
    somma: { type: amounts, title: Quanto si paga, columns: [Quando, Codice avviso pagoPA, Canone, Spese, Totale], only: "entro {giorniPagamento} giorni" }
    firma: { type: signature, lines: [Il responsabile] }
`;

beforeAll(() => {
  mkdirSync(join(pipelines, "atti/canone"), { recursive: true });
  mkdirSync(join(pipelines, "enti"));
  mkdirSync(join(pipelines, "tests"));
  writeFileSync(actFile, canone);
  writeFileSync(
    join(pipelines, "atti/canone/richiesta.txt"),
    "# Che cosa chiediamo\n\nPer la concessione {concessione} chiediamo il canone di {metri} metri.\n\nPer il riesame: {giorni.riesame} giorni.\n",
  );
  const steps = readFileSync(join(shipped, "ordinanze.yaml"), "utf8");
  writeFileSync(
    join(pipelines, "canoni.yaml"),
    steps.replace("act: ordinanza-689", "act: canone").replace(/^# .*\n/, ""),
  );
  const ente = readFileSync(join(shipped, "enti/borgolieto.yaml"), "utf8")
    .replace(/^# Che cosa cambia[\s\S]*/m, "")
    .replace("../../keys", join(repository, "data/demo/keys"));
  writeFileSync(
    join(pipelines, "enti/borgolieto.yaml"),
    `${ente}atti:\n  canone:\n    ente: { settore: Ufficio Canoni }\n    flusso: { columns: { Numero: numero, Conc.: concessione } }\n    severity: { CANONE_FORMA: error }\n`,
  );
  writeFileSync(
    join(pipelines, "tests/canoni.yaml"),
    `pipeline: canoni
ente: borgolieto
clock: "2026-11-23 08:00"
tests:
  - name: fino allo IUN
    given: { count: 1 }
    expect:
      verbali: { V1: { state: done, iun: true, fields: { payment.options.0.amountCents: "84000" } } }
      files: [V1-atto.pdf, V1-avviso.pdf, "*.zip"]
  - name: scartati
    given:
      verbali:
        - { numero: A1, dati: { al: "2026-02-28" } }
        - { numero: A2, dati: { concessione: altro } }
        - { numero: A3, dati: { al: "2020-10-31", dal: "2020-01-01" } }
    expect:
      exit: 3
      verbali:
        A1: { code: CANONE_DATE, note: Fine dell'occupazione }
        A2: { code: CANONE_FORMA }
        A3: { code: DEADLINE_PASSED, note: Fine dell'occupazione }
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function postino(args: readonly string[], where: string = pipelines) {
  return await runHere(args, {
    folder,
    environment: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      POSTINO_DATA: join(folder, "data"),
      POSTINO_PIPELINES: where,
      POSTINO_SECRETS: join(repository, "data/demo/secrets"),
    },
    stdin: undefined,
    clock: createFastClock(),
  });
}

async function check(): Promise<string> {
  const { stdout, stderr } = await postino(["check"]);
  return stdout + stderr;
}

test("the acts of the demonstration pass their own tests, from the CSV of the office to the IUN", async () => {
  const ended = await postino(["test"], shipped);

  expect(ended.stdout).toContain("6 prove: tutte passate.");
  expect(ended.code).toBe(0);
});

test("a third act of YAML and texts alone goes to its IUN, and its checks reject", async () => {
  const ended = await postino(["test"]);

  expect(ended.stdout).toContain("2 prove: tutte passate.");
});

test("every fault of an act is told in its file, with line and remedy", async () => {
  const faults: readonly (readonly [from: string, to: string, told: string])[] = [
    ["field: al, notBefore: dal", "field: al, notBefore: dall", "«dall» non è una data"],
    ["field: al, notBefore", "field: alla, notBefore", "l'atto non ha il campo «alla»"],
    ["field: al, notBefore: dal", "field: metri, notBefore: dal", "«notBefore» non vale per"],
    ["field: al, notBefore: dal", "field: al", "il controllo CANONE_DATE non chiede nulla"],
    ['pattern: "COSAP/', 'pattern: "(COSAP/', "l'espressione regolare è sbagliata"],
    ["010201P", "010299P", '"010299P" non è un codice tassonomico di SEND'],
    ["from: al,", "from: metri,", "«metri» non è un campo di tipo day"],
    ["concessione: { title", "numero: { title", "il campo «numero» c'è già in ogni atto"],
    ["dal {dal} al {al}", "dal {dal} al {alla}", "«alla» non è un valore"],
    [
      "order: [testa, apertura, richiesta,",
      "order: [testa, apertura,",
      "richiesta.txt non si stampa",
    ],
    ["kind: number", "kind: numero", "numero"],
    ["days: 20,", "days: venti,", "payment.days"],
    ["CANONE_DATE: {", "AMOUNT_ZERO: {", "AMOUNT_ZERO è già un controllo di Postino"],
  ];
  try {
    for (const [from, to, told] of faults) {
      expect(canone).toContain(from);
      writeFileSync(actFile, canone.replace(from, to));
      const said = await check();
      expect({ to, said }).toEqual({ to, said: expect.stringContaining(told) });
      expect(said).toMatch(/atti\/canone\.yaml:\d+:\d+: (?:errore|avviso) P/);
    }
    writeFileSync(actFile, canone);
    expect(await check()).toContain("3 file controllati: nessun errore");
  } finally {
    writeFileSync(actFile, canone);
  }
});

test("an act that is not there is told where the pipeline names it", async () => {
  const path = join(pipelines, "canoni.yaml");
  const text = readFileSync(path, "utf8");
  try {
    writeFileSync(path, text.replace("act: canone", "act: canoni"));

    const said = await check();

    expect(said).toContain('canoni.yaml:2:6: errore P044: l\'atto "canoni" non esiste');
    expect(said).toContain("forse: canone");
  } finally {
    writeFileSync(path, text);
  }
});

test("a preview of the act is drawn from its example", async () => {
  const out = join(folder, "anteprima");

  const ended = await postino(["preview", "--ente", "borgolieto", "--out", out]);

  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain("anteprima-ANTEPRIMA-1-atto.pdf");
  expect(ended.stdout).toContain("anteprima-ANTEPRIMA-1-avviso.pdf");
});

test("demo --act takes the flusso of another act to its IUNs", async () => {
  const ended = await postino(["demo", "--act", "sollecito-tari"]);

  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain("6 su 8 conclusi, 2 scartati");
  const unknown = await postino(["demo", "--act", "multa"]).catch(String);
  expect(JSON.stringify(unknown)).toContain("ordinanza-689, sollecito-tari");
});
