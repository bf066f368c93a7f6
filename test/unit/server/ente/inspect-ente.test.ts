/** `check` is as strict as the run: what would stop every flusso of an ente is an error at its place in the ente's file. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { EnteSettings } from "../../../../integrations/ente.ts";
import { checkFiles } from "../../../../loader/check/check.ts";
import { resolvePipeline } from "../../../../loader/pipeline/resolve.ts";
import { readConfig } from "../../../../server/config.ts";
import {
  createEnteInspection,
  createStrictInspection,
} from "../../../../server/ente/inspect-ente.ts";
import { openInstallation } from "../../../../server/installation.ts";

const sample = readFileSync("pipelines/enti/borgolieto.yaml", "utf8").replaceAll(
  "../../data",
  resolve("data"),
);
const send = readFileSync("pipelines/send.yaml", "utf8");
const askIuns = "name: Esiti\nsteps:\n  - uses: load-open-notifications\n  - uses: import-iun\n";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-inspect-"));
  mkdirSync(join(folder, "enti"));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** The errors of `check` with the words under the caret. */
async function told(ente: string, pipeline = send, environment = {}): Promise<readonly string[]> {
  writeFileSync(join(folder, "send.yaml"), pipeline);
  writeFileSync(join(folder, "enti", "borgolieto.yaml"), ente);
  const installation = await openInstallation(readConfig(environment));
  const { problems } = await checkFiles({
    pipelinesFolder: folder,
    registry: installation.registry,
    settingsSchema: EnteSettings,
    inspectEnte: createStrictInspection(installation),
  });
  return problems
    .filter(({ severity }) => severity === "error")
    .map(({ code, message, remedy, excerpt = "", column, endColumn }) => {
      const words = excerpt.slice(column - 1, (endColumn ?? column) - 1);
      return [code, `«${words}»`, message, remedy].join(" | ");
    });
}

/** The errors for which a start is refused. */
async function refused(ente: string, pipeline = send): Promise<readonly string[]> {
  writeFileSync(join(folder, "send.yaml"), pipeline);
  writeFileSync(join(folder, "enti", "borgolieto.yaml"), ente);
  const installation = await openInstallation(readConfig({}));
  const { problems } = await resolvePipeline({
    pipelinesFolder: folder,
    pipeline: "send",
    ente: "borgolieto",
    params: {},
    registry: installation.registry,
    settingsSchema: EnteSettings,
    inspectEnte: createEnteInspection(installation),
  });
  return problems.filter(({ severity }) => severity === "error").map(({ message }) => message);
}

test("a sound file has no error", async () => {
  expect(await told(sample)).toEqual([]);
});

describe("columns that lead nowhere", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      "Targa: targha",
      "P060 | «targha» | la colonna «Targa» porta al campo «targha», che non esiste.",
      "forse si intendeva targa.",
    ],
    [
      "numero: Numero verbale",
      "P060 | «Numero verbale» | la colonna «numero» porta al campo «Numero verbale», che non esiste.",
      "la coppia è rovesciata, prima viene la colonna: «Numero verbale: numero».",
    ],
    [
      "targa: Veicolo",
      "P060 | «Veicolo» | la colonna «targa» porta al campo «Veicolo», che non esiste.",
      "la coppia è rovesciata, prima viene la colonna: «Veicolo: targa».",
    ],
    [
      "Veicolo: targa",
      "P060 | «targa» | le colonne «Targa» e «Veicolo» portano tutte e due il campo targa.",
      "lasciarne una sola, l'altra va in flusso.ignore.",
    ],
    [
      "N. verbale: numero",
      "P060 | «numero» | le colonne «Numero verbale» e «N. verbale» portano tutte e due il campo numero.",
      "lasciarne una sola, l'altra va in flusso.ignore.",
    ],
  ];
  for (const [line, message, remedy] of cases)
    test(line, async () => {
      const own = "    Targa: targa\n";
      const kept = line.startsWith("Targa") ? "" : own;
      const ente = sample.replace(own, `${kept}    ${line}\n`);

      expect(await told(ente)).toEqual([`${message} | ${remedy}`]);
      expect(await refused(ente)).toEqual([message.split(" | ")[2] ?? ""]);
      expect(await refused(ente, askIuns)).toEqual([]);
    });
});

describe("a mapping that says too little or too much", () => {
  const columns = "    Targa: targa\n";
  const cases: readonly (readonly [string, string, string, string])[] = [
    [
      columns,
      "    Targa: { to: targa, values: { X: Y }, split: cognome-nome }\n",
      "P060 | «targa» | la colonna «Targa» con split: cognome-nome porta già ai campi destinatario.cognome, destinatario.nome, destinatario.denominazione.",
      "togliere to.",
    ],
    [
      columns,
      "    Targa: { values: { X: Y } }\n",
      "P060 | «Targa» | la colonna «Targa» non dice a quale campo porta.",
      "scrivere to: e il campo, oppure mettere la colonna in flusso.ignore.",
    ],
    [
      "    Tipo soggetto: destinatario.tipo\n",
      "    Tipo soggetto: { to: destinatario.tipo, values: { F: PX } }\n",
      "P060 | «PX» | la tabella della colonna «Tipo soggetto» dà «PX» a «F»: il tipo di destinatario non è né PF né PG.",
      "scrivere PF per le persone fisiche e le ditte individuali, PG per società ed enti.",
    ],
    [
      "    Spese: speseCents\n",
      "    Spese: { to: speseCents, join: / }\n",
      "P060 | «/» | il campo speseCents non è un testo: più colonne non si possono unire.",
      "togliere join.",
    ],
    [
      "    Spese: speseCents\n",
      "    Spese: { to: speseCents, format: GG/MM/AA }\n",
      "P060 | «GG/MM/AA» | la colonna «Spese» ha il formato GG/MM/AA, che non è di un importo.",
      "usare un formato adatto, o togliere format.",
    ],
    [
      "    Spese: speseCents\n",
      "    Spese: { to: speseCents, default: gratis }\n",
      "P060 | «gratis» | la colonna «Spese» ha il valore «gratis» per le celle vuote: l'importo «…» non è scritto come 1.234,56.",
      "scrivere l'importo con due decimali e senza simboli: 173,00.",
    ],
    [
      "    Cognome: destinatario.cognome\n",
      "    Cognome: destinatario.cognome\n    Nominativo: { split: cognome-nome }\n",
      "P060 | «Nominativo» | le colonne «Cognome» e «Nominativo» portano tutte e due il campo destinatario.cognome.",
      "lasciarne una sola, l'altra va in flusso.ignore.",
    ],
    [
      "  columns:\n",
      "  constants: { tarrga: AA000AA }\n  columns:\n",
      "P060 | «AA000AA» | «tarrga» non è un campo del verbale.",
      "forse si intendeva targa.",
    ],
    [
      "  columns:\n",
      "  constants: { agente: Polizia Locale }\n  columns:\n",
      "P060 | «Polizia Locale» | il campo agente ha un valore fisso e anche la colonna «Agente».",
      "togliere uno dei due; per le sole celle vuote c'è default nella colonna.",
    ],
    [
      "  columns:\n",
      "  skip:\n    - { column: Targa }\n  columns:\n",
      "P060 | «{ column: Targa }» | una regola di skip dice né is né begins né empty.",
      "scrivere una sola fra is, begins ed empty.",
    ],
    [
      "  columns:\n",
      "  skip:\n    - empty: true\n  columns:\n",
      "P060 | «empty: true» | una regola di skip con empty non dice quale colonna dev'essere vuota.",
      "aggiungere column.",
    ],
  ];
  test.each(cases)("%p becomes %p", async (before, after, message, remedy) => {
    const found = await told(sample.replace(before, after));

    expect(found).toEqual([`${message} | ${remedy}`]);
  });

  test.each([
    ["    Targa: { to: targa, splt: first }\n", 'chiave "splt" non riconosciuta'],
    ["    Targa: { to: targa, split: primo }\n", 'non può essere "primo"'],
    ["    Targa: [targa]\n", "Targa"],
  ])("%p is told by the schema", async (after, message) => {
    const found = await told(sample.replace(columns, after));

    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });
});

describe("secrets and keys that the pipelines of the ente use", () => {
  test("a missing secret of SEND, of the payment system, of the key file", async () => {
    const ente = sample
      .replace("DEMO_SEND_KEY", "ALTRA_SEND")
      .replace("DEMO_GPD_KEY", "ALTRA_GPD")
      .replace("DEMO_KEY_PASSWORD", "ALTRA_PASSWORD");
    const remedy = (name: string) =>
      `imposta la variabile d'ambiente ${name}, oppure crea il file ${name} nella cartella dei segreti`;

    expect(await told(ente)).toEqual(
      ["ALTRA_SEND", "ALTRA_GPD", "ALTRA_PASSWORD"].map(
        (name) => `P060 | «${name}» | manca il segreto ${name} | ${remedy(name)}`,
      ),
    );
    expect(
      await told(ente, send, { ALTRA_SEND: "a", ALTRA_GPD: "b", ALTRA_PASSWORD: "dimostrazione" }),
    ).toEqual([]);
    expect((await told(ente, askIuns)).map((line) => line.split(" | ")[1])).toEqual([
      "«ALTRA_SEND»",
    ]);
  });

  test("secrets of a signer that no pipeline names are not asked for", async () => {
    expect(await told(sample.replace("DEMO_CSC_SECRET", "ALTRO_CSC"))).toEqual([]);
  });

  test("a key file that is missing, is none, or has another password", async () => {
    const missing = sample.replace("comandante.p12", "manca.p12");
    const none = sample.replace("comandante.p12", "README.md");

    expect(await told(missing)).toEqual([
      `P060 | «${resolve("data/demo/keys/manca.p12")}» | Il file della chiave di firma ${resolve("data/demo/keys/manca.p12")} non si trova. | Controllare il nome in «pkcs12: file:» nel file dell'ente: è relativo alla cartella di quel file.`,
    ]);
    expect((await told(none)).map((line) => line.slice(0, 4))).toEqual(["P060"]);
    expect(
      (await told(sample, send, { DEMO_KEY_PASSWORD: "un'altra" })).map((line) => line.slice(0, 4)),
    ).toEqual(["P060"]);
  });
});
