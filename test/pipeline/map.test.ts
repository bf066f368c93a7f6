/** `postino map`: an export understood, asked about, written into the ente's file, and read by a run. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeExports } from "../support/exports/programs.ts";

const exports = makeExports();
let world: InstallationWorld;

beforeAll(async () => {
  world = await makeInstallationWorld();
  for (const { file, bytes } of exports) world.file(file, bytes);
});

afterAll(async () => await world.close());

/** A fresh ente beside the world's own. */
function makeEnte(codice: string, flusso: string): string {
  const path = join(world.pipelinesFolder, "enti", `${codice}.yaml`);
  const own = readFileSync(join(world.pipelinesFolder, "enti", "prova.yaml"), "utf8");
  const rest = own.replace(/^flusso:\n(?: .*\n)*/m, "").replace(/codice: \w+/, `codice: ${codice}`);
  writeFileSync(path, `${rest.trimEnd()}\n\n${flusso}`);
  return path;
}

const [titles, , , , , , twoPlaces, twoPersons, , , , , , , , withoutFees] = exports.map(
  ({ file }) => file,
);

describe("a file that leaves nothing open", () => {
  test("is written with comments, the rest of the ente's file as it was, and check has nothing to say", async () => {
    const path = makeEnte("scritto", "# Un commento che resta.\n");
    const before = readFileSync(path, "utf8");
    const { code, stdout, stderr } = await world.postino([
      "map",
      titles ?? "",
      "--ente",
      "scritto",
    ]);
    const after = readFileSync(path, "utf8");
    const checked = await world.postino(["check", "--ente", "scritto"]);

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(
      "CSV in Windows-1252, separato da punto e virgola; nomi delle colonne alla riga 4; 16 verbali.",
    );
    expect(stdout).toContain("Riga 5, nel file: Nr. Verbale: 04120/2026");
    expect(stdout).toContain("destinatario.indirizzo.civico     12/A");
    expect(stdout).toContain("Scritta la parte flusso: di pipelines/enti/scritto.yaml.");
    expect(after.startsWith(before)).toBe(true);
    expect(after.slice(before.length)).toStartWith("\n# Da «01-titoli-e-nominativo.csv»");
    expect(after).toContain("    Trasgressore: { split: cognome-nome }\n");
    expect(checked.stdout).not.toContain("scritto.yaml");
    expect(checked.code).toBe(0);
  });

  test("is written once more into what was written, and keeps the comments of the columns", async () => {
    const path = makeEnte("ancora", "");
    await world.postino(["map", titles ?? "", "--ente", "ancora"]);
    const first = readFileSync(path, "utf8").replace(
      "    Targa veicolo: targa\n",
      "    # la targa del rimorchio non c'è\n    Targa veicolo: targa # solo la motrice\n",
    );
    writeFileSync(path, first);
    const { code } = await world.postino(["map", titles ?? "", "--ente", "ancora"]);

    expect(code).toBe(0);
    expect(readFileSync(path, "utf8")).toBe(first);
  });

  test("is only printed with --print, and told as one document with --json", async () => {
    const path = makeEnte("letto", "");
    const before = readFileSync(path, "utf8");
    const printed = await world.postino(["map", titles ?? "", "--ente", "letto", "--print"]);
    const json = await world.postino(["map", titles ?? "", "--json"]);

    expect(printed.code).toBe(0);
    expect(printed.stdout).toContain("\nflusso:\n  delimiter: ;\n");
    expect(readFileSync(path, "utf8")).toBe(before);
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({
      encoding: "windows-1252",
      rows: 16,
      faulty: 0,
      missing: [],
      flusso: { dates: "GG/MM/AAAA", columns: { "Targa veicolo": "targa" } },
    });
  });
});

describe("what is open", () => {
  test("is told without a terminal, and nothing is written", async () => {
    const path = makeEnte("aperto", "");
    const before = readFileSync(path, "utf8");
    const { code, stdout } = await world.postino(["map", twoPersons ?? "", "--ente", "aperto"]);

    expect(code).toBe(4);
    expect(stdout).toContain("- Nel file ci sono più persone per verbale: chi va notificato?");
    expect(stdout).toContain(
      "    proposta: il proprietario o intestatario\n    oppure: il conducente o trasgressore",
    );
    expect(stdout).toContain("Nulla è stato scritto.");
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  test("is settled by an option", async () => {
    const owner = await world.postino(["map", twoPersons ?? "", "--print", "--recipient", "owner"]);
    const driver = await world.postino([
      "map",
      twoPersons ?? "",
      "--print",
      "--recipient",
      "driver",
    ]);

    expect(owner.code).toBe(0);
    expect(owner.stdout).toContain("    CF propr.: destinatario.codiceFiscale\n");
    expect(driver.stdout).toContain("    CF cond.: destinatario.codiceFiscale\n");
    expect(driver.stdout).not.toContain("    CF propr.: ");
  });

  test("is accepted with --yes, and marked where a person should look", async () => {
    const path = makeEnte("accettato", "");
    const { code, stdout } = await world.postino([
      "map",
      twoPlaces ?? "",
      "--ente",
      "accettato",
      "--yes",
    ]);

    expect(code).toBe(0);
    expect(stdout).toContain("1 risposta da verificare, segnata nel file.");
    expect(readFileSync(path, "utf8")).toContain(
      'Civico violazione: { to: luogo, join: " " } # da verificare: il numero civico del luogo della violazione\n',
    );
  });

  test("a value that no column has is not invented, and comes with the answers", async () => {
    makeEnte("senza", "");
    const answers = world.file(
      "risposte.yaml",
      'flusso:\n  constants: { speseCents: "8,50", agente: Polizia Locale }\n',
    );
    const refused = await world.postino(["map", withoutFees ?? "", "--ente", "senza", "--yes"]);
    const written = await world.postino([
      "map",
      withoutFees ?? "",
      "--ente",
      "senza",
      "--answers",
      answers,
    ]);

    expect(refused.code).toBe(4);
    expect(refused.stdout).toContain("Nessuna colonna porta il campo speseCents");
    expect(refused.stdout).toContain("Nulla è stato scritto.");
    expect(written.code).toBe(0);
    expect(readFileSync(join(world.pipelinesFolder, "enti", "senza.yaml"), "utf8")).toContain(
      "  constants:\n    speseCents: 8,50\n    agente: Polizia Locale\n",
    );
  });
});

test("a field that differs from verbale to verbale is no constant: the export lacks its column", async () => {
  const path = world.file(
    "corto.csv",
    "N. verbale;Data violazione;Targa;Cognome;Nome;Codice fiscale;Via;CAP;Comune;Luogo;Art.;Descrizione;Agente;Importo;Spese;XYZ\nA1;13/11/2026;AA123BB;Inventati;Tommaso;NVNTMS66B24X001Q;Via Prova 1;26013;Crema;Via Roma;7/1;Sosta;Neri;42,00;8,50;q\n",
  );
  const { code, stdout } = await world.postino(["map", path, "--print"]);
  const answers = world.file(
    "dove.yaml",
    "flusso: { columns: { XYZ: destinatario.indirizzo.provincia } }\n",
  );
  const answered = await world.postino(["map", path, "--print", "--answers", answers]);

  expect(code).toBe(4);
  expect(stdout).toContain(
    "- Nessuna colonna porta il campo destinatario.indirizzo.provincia, che cambia da un verbale all'altro: quale lo contiene?\n    proposta: nessuna: va aggiunta all'esportazione\n    oppure: XYZ\n",
  );
  expect(stdout).toContain(
    "# Nessuna colonna porta destinatario.indirizzo.provincia: va aggiunta all'esportazione.\n",
  );
  expect(stdout).not.toContain("constants:\n");
  expect(answered.code).toBe(0);
  expect(answered.stdout).toContain("    XYZ: destinatario.indirizzo.provincia\n");
});

describe("a wrong answer or file", () => {
  test.each([
    [
      "flusso:\n  columns: { Tarrga: targa }\n",
      "Le risposte parlano della colonna «Tarrga», che il file non ha.",
    ],
    ["flusso:\n  columns: { Targa veicolo: tarrga }\n", "forse si intendeva targa."],
    ["flusso: [\n", "non è YAML"],
    ["- a\n", "si attende un pezzo del file di un ente"],
  ])("%p is told", async (text, message) => {
    const answers = world.file("storte.yaml", text);
    const { code, stderr } = await world.postino([
      "map",
      titles ?? "",
      "--print",
      "--answers",
      answers,
    ]);

    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test.each([
    ["manca.csv", null, "Il file manca.csv non si può leggere."],
    ["vuoto.csv", "", "il file è vuoto."],
    ["altro.csv", "a;b;c\n1;2;3\n", "nessuna riga porta nomi di colonne conosciuti."],
  ])("%s is told", async (name, text, message) => {
    if (text !== null) world.file(name, text);
    const { code, stderr } = await world.postino(["map", name, "--print"]);

    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test("init --from writes nothing where the export cannot be understood, or an answer is open", async () => {
    const bad = await world.postino(["init", "--ente", "nuovo", "--from", "altro.csv"]);
    const open = await world.postino(["init", "--ente", "nuovo", "--from", withoutFees ?? ""]);
    const there = await world.postino(["init", "--ente", "prova", "--from", titles ?? ""]);

    expect(bad).toMatchObject({ code: 2, stdout: "" });
    expect(open.code).toBe(4);
    expect(open.stdout).toContain("Nulla è stato scritto.");
    expect(existsSync(join(world.pipelinesFolder, "enti", "nuovo.yaml"))).toBe(false);
    expect(there.code).toBe(2);
    expect(there.stderr).toContain(`postino map ${titles ?? ""} --ente prova`);
  });

  test("init --from --yes marks what is open with an arrow, and check names it", async () => {
    const begun = await world.postino([
      "init",
      "--ente",
      "aperto2",
      "--from",
      withoutFees ?? "",
      "--yes",
    ]);
    const text = readFileSync(join(world.pipelinesFolder, "enti", "aperto2.yaml"), "utf8");
    const checked = await world.postino(["check", "--ente", "aperto2"]);

    expect(begun.code).toBe(0);
    expect(begun.stdout).toContain("i valori da mettere sono segnati con una freccia.");
    expect(text).toContain(
      "    speseCents: # <-- valore uguale per tutti i verbali, oppure la colonna che lo porta\n",
    );
    expect(checked.code).toBe(2);
    expect(checked.stdout).toContain('"flusso.constants.speseCents" non ha un valore');
  });

  test("an ente that is not there is begun with init", async () => {
    const { code, stderr } = await world.postino(["map", titles ?? "", "--ente", "nessuno"]);

    expect(code).toBe(2);
    expect(stderr).toContain("postino init --ente nessuno");
  });
});
