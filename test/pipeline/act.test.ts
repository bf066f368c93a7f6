/** What the act says beside the violation, from the columns of an ente's CSV to the words on the PDF; and the same bytes where a flusso has none of it. */
import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type InstallationWorld,
  makeInstallationWorld,
  sendYaml,
} from "../support/installation-world.ts";

let world: InstallationWorld | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

const base: Readonly<Record<string, string>> = {
  numero: "V1",
  dataViolazione: "",
  oraViolazione: "10:15",
  luogo: "Via Roma",
  targa: "ZZ000ZZ",
  articolo: "142, comma 8",
  descrizione: "Superava il limite",
  agente: "matr. 1",
  importoRidottoCents: "17300",
  speseCents: "850",
  "destinatario.tipo": "PF",
  "destinatario.cognome": "Inventati",
  "destinatario.nome": "Tommaso",
  "destinatario.codiceFiscale": "NVNTMS66B24X001Q",
  "destinatario.indirizzo.via": "Via delle Prove",
  "destinatario.indirizzo.civico": "7",
  "destinatario.indirizzo.cap": "24047",
  "destinatario.indirizzo.comune": "Treviglio",
  "destinatario.indirizzo.provincia": "BG",
};
/** Column: field, value. */
const ofAct: readonly (readonly [string, string, string])[] = [
  ["Lettera", "casoArt201", "Lett. E)"],
  ["Motivo", "motivoMancataContestazione", "Il veicolo era già lontano dalla pattuglia."],
  ["Punti", "puntiPatente", "3"],
  ["Veste", "destinatario.qualita", "LEASING"],
  ["Veicolo", "veicolo.tipo", "Autoveicolo"],
  ["Marca", "veicolo.marca", "Renault"],
  ["Modello", "veicolo.modello", "Clio"],
  ["Stato", "veicolo.nazione", "Francia"],
  ["Limite", "velocita.limite", "90"],
  ["Rilevata", "velocita.rilevata", "130,5"],
  ["Contestata", "velocita.contestata", "123,97"],
  ["Apparecchio", "dispositivo.marca", "Fictor"],
  ["Versione", "dispositivo.modello", "Rileva 3"],
  ["Seriale", "dispositivo.matricola", "00417"],
  ["Atto", "dispositivo.decreto.tipo", "Approvazione"],
  ["N. atto", "dispositivo.decreto.numero", "1123"],
  ["Del", "dispositivo.decreto.data", "2019-05-16"],
  ["Tarato il", "dispositivo.taratura.data", ""],
  ["Da", "dispositivo.taratura.centro", "Centro di prova LAT 000"],
  ["Certificato", "dispositivo.taratura.certificato", "A-77"],
  ["MIT", "dispositivo.censimentoMit", "MIT-000417"],
  ["Varco", "extra.codiceVarco", "VARCO 7"],
];

function toCsv(columns: Readonly<Record<string, string>>): string {
  return `${Object.keys(columns).join(";")}\n${Object.values(columns).join(";")}\n`;
}

const pipeline = sendYaml.replace("*.jsonl", "*.csv");

interface Made {
  readonly path: string;
  readonly warnings: string;
}

/** The act of the only verbale of a flusso, beside what the run says of it. */
async function makeAct(made: InstallationWorld, name: string, csv: string): Promise<Made> {
  const input = made.file(`${name}.csv`, csv);
  const ended = await made.postino(["run", "send", "--ente", "prova", "--input", input]);
  expect([ended.code, ended.stderr.includes("Scartato")]).toEqual([0, false]);
  const id = /Flusso (\d{8}-\d{4})/.exec(ended.stdout)?.[1] ?? "";
  await made.postino(["files", id, "--to", join(made.folder, name)]);
  const number = csv.split("\n")[1]?.split(";")[0] ?? "";
  return { path: join(made.folder, name, `${number}-verbale.pdf`), warnings: ended.stdout };
}

function readText(path: string): string {
  const { stdout } = Bun.spawnSync(["pdftotext", "-layout", path, "-"]);
  return stdout.toString().replaceAll(/\s+/g, " ");
}

test.skipIf(Bun.which("pdftotext") === null)(
  "every column of the act reaches its PDF, and nothing of it is amiss",
  async () => {
    const columns = ofAct.map(([column, field]) => `    ${column}: ${field}`).join("\n");
    world = await makeInstallationWorld({
      sendYaml: pipeline,
      enteYaml: (text) =>
        `${text}flusso:\n  columns:\n${columns}\npipelines:\n  send:\n    change:\n      render:\n        with:\n          verbale:\n            blocks:\n              dati-personali: { paragraphs: ["Rilevato dal {extra.codiceVarco}."] }\n`,
    });
    const { freshDay } = world;
    const [year = "", month = "", day = ""] = freshDay.split("-");
    const values = ofAct.map(([column, , value]) => [column, value === "" ? freshDay : value]);
    const csv = toCsv({ ...base, dataViolazione: freshDay, ...Object.fromEntries(values) });

    const { path, warnings } = await makeAct(world, "tutto", csv);
    const text = readText(path);

    expect(warnings).not.toContain("Attenzione");
    for (const line of [
      "come utilizzatore del veicolo a titolo di locazione finanziaria, obbligato in solido (art. 196 CdS).",
      "Autoveicolo Renault Clio, Francia",
      "limite 90 km/h, rilevata 130,5 km/h, contestata 123,97 km/h",
      "Fictor Rileva 3, matricola 00417",
      "decreto di approvazione n. 1123 del 16/05/2019",
      `${day}/${month}/${year}, Centro di prova LAT 000, certificato A-77`,
      "Censimento MIT MIT-000417",
      "Punti della patente 3 (art. 126-bis CdS)",
      "art. 201, comma 1-bis, lettera e), CdS: accertamento per mezzo",
      "Motivo Il veicolo era già lontano dalla pattuglia.",
      "Rilevato dal VARCO 7.",
    ])
      expect(text).toContain(line);
  },
);

test("a flusso with none of it makes the same act whether its columns are empty or not there, and is warned of", async () => {
  world = await makeInstallationWorld({ sendYaml: pipeline });
  const { freshDay } = world;
  const plain = { ...base, dataViolazione: freshDay };
  const empty = Object.fromEntries(ofAct.map(([, field]) => [field, ""]));

  const without = await makeAct(world, "senza", toCsv(plain));
  const bare = await world.postino([
    "preview",
    "--ente",
    "prova",
    "--verbale",
    world.file("a.csv", toCsv(plain)),
    "--out",
    "a",
  ]);
  await world.postino([
    "preview",
    "--ente",
    "prova",
    "--verbale",
    world.file("b.csv", toCsv({ ...plain, ...empty })),
    "--out",
    "b",
  ]);

  expect(bare.code).toBe(0);
  const drawn = ["a", "b"].map((name) =>
    readFileSync(join(world?.folder ?? "", name, "anteprima-V1-verbale.pdf")),
  );
  expect(Buffer.compare(drawn[0] ?? Buffer.of(1), drawn[1] ?? Buffer.of(2))).toBe(0);
  expect(without.warnings.replaceAll(/\s+/g, " ")).toContain(
    "Mancata contestazione: mancano il caso dell'art. 201 e il motivo.",
  );
  expect(readFileSync(without.path).includes("/ETSI.CAdES.detached")).toBe(true);
});

test("a verbale that may not be settled is notified with no position, no notice and no amount", async () => {
  world = await makeInstallationWorld({ sendYaml: pipeline });
  const { freshDay } = world;
  const barred = {
    ...base,
    dataViolazione: freshDay,
    pagamentoRidotto: "escluso",
    importoRidottoCents: "",
    speseCents: "",
  };
  const input = world.file("escluso.csv", toCsv(barred));

  const ended = await world.postino([
    "run",
    "send",
    "--ente",
    "prova",
    "--input",
    input,
    "--wait",
    "10m",
    "--json",
  ]);

  const { items } = JSON.parse(ended.stdout) as {
    readonly items: readonly {
      iuv: string[];
      noticeCodes: string[];
      token: string | null;
      artifacts: { name: string }[];
    }[];
  };
  expect([items[0]?.iuv, items[0]?.noticeCodes]).toEqual([[], []]);
  expect(items[0]?.token).toMatch(/./);
  const names = (items[0]?.artifacts ?? []).map(({ name }) => name);
  expect(names.filter((name) => name.includes("verbale"))).not.toEqual([]);
  expect(names.filter((name) => name.includes("avviso"))).toEqual([]);
});
