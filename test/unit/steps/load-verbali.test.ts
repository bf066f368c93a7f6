/** load-verbali: where the flusso comes from, and what becomes of rows that cannot be read. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PipelineError } from "../../../engine/host/errors.ts";
import loadVerbali from "../../../steps/load-verbali.ts";
import { runSource } from "./source-context.ts";

const header =
  "numero;dataViolazione;luogo;targa;articolo;descrizione;agente;importoRidottoCents;speseCents;destinatario.tipo;destinatario.indirizzo.via;destinatario.indirizzo.cap;destinatario.indirizzo.comune;destinatario.indirizzo.provincia";

function row(numero: string, day = "2026-11-03"): string {
  return `${numero};${day};L;T;A;D;G;8300;1500;PG;V 1;26013;Crema;CR`;
}

const refuse = { pattern: "*.csv", onInvalidRow: "refuse" };
const reject = { pattern: "*.csv", onInvalidRow: "reject" };
const twoGood = [header, row("A1"), row("A2")].join("\n");
const oneBad = [header, row("A1"), row("A2", "3/11/2026"), "A3;corta", ""].join("\n");
let root = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "verbali-"));
  await mkdir(join(root, "borgo"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

test("the run's own input is read and the inbox left alone", async () => {
  await writeFile(join(root, "borgo", "altro.csv"), twoGood);

  const { rows, adopted } = await runSource(loadVerbali, {
    config: refuse,
    inboxRoot: root,
    input: { name: "mio.csv", text: [header, row("M1")].join("\n") },
  });

  expect(rows.map((each) => each.key)).toEqual(["M1"]);
  expect(rows[0]).toHaveProperty("fields.verbale.importoRidottoCents", 8300);
  expect(adopted).toEqual([]);
  expect(await readdir(join(root, "borgo"))).toEqual(["altro.csv"]);
});

test("without input the oldest file of the inbox becomes the run's input and is put away", async () => {
  await writeFile(join(root, "borgo", "flusso.csv"), twoGood);

  const { rows, adopted } = await runSource(loadVerbali, { config: refuse, inboxRoot: root });

  expect(rows.map((each) => each.key)).toEqual(["A1", "A2"]);
  expect(adopted).toEqual(["flusso.csv"]);
  expect(await readdir(join(root, "borgo", "archivio"))).toEqual(["run-1-flusso.csv"]);
});

test("a run that goes on after a crash puts the same file away by its bytes", async () => {
  await writeFile(join(root, "borgo", "flusso.csv"), twoGood);

  await runSource(loadVerbali, {
    config: refuse,
    inboxRoot: root,
    input: { name: "flusso.csv", text: twoGood },
  });

  expect(await readdir(join(root, "borgo", "archivio"))).toEqual(["run-1-flusso.csv"]);
});

test("an empty inbox yields nothing", async () => {
  const { rows, adopted } = await runSource(loadVerbali, { config: refuse, inboxRoot: root });

  expect(rows).toEqual([]);
  expect(adopted).toEqual([]);
});

test("refuse: one bad row refuses the file before any item, with every place, and it stays in the inbox", async () => {
  await writeFile(join(root, "borgo", "flusso.csv"), oneBad);

  const error = await runSource(loadVerbali, { config: refuse, inboxRoot: root }).catch(
    (thrown: unknown) => thrown,
  );

  expect(error).toBeInstanceOf(PipelineError);
  expect(error).toHaveProperty("code", "FLUSSO_REFUSED");
  expect(error).toHaveProperty("position", { file: "flusso.csv", line: 3, column: 2 });
  expect((error as Error).message.split("\n")).toEqual([
    "Il flusso flusso.csv non è stato accettato (2 difetti): nessun verbale è partito.",
    "flusso.csv:3:2: colonna «dataViolazione»: la data «3/11/2026» non dice se viene prima il giorno o il mese. Rimedio: scrivere AAAA-MM-GG, oppure dichiarare dates: GG/MM/AAAA nella parte flusso: del file dell'ente.",
    "flusso.csv:4:1: la riga ha 2 valori, le colonne sono 14. Rimedio: la riga è stata spezzata o tagliata: esportare di nuovo il flusso.",
  ]);
  expect(await readdir(join(root, "borgo"))).toEqual(["flusso.csv"]);
});

test("reject: bad rows are rejected items with place and remedy, the others go on", async () => {
  const { rows } = await runSource(loadVerbali, {
    config: reject,
    input: { name: "flusso.csv", text: oneBad },
  });

  expect(rows.map((each) => each.key)).toEqual(["A1", "A2", "riga 4"]);
  expect(rows[0]).toHaveProperty("fields.verbale.numero", "A1");
  expect(rows[1]).toHaveProperty("rejected.code", "FLUSSO_DATE_AMBIGUOUS");
  expect(rows[2]).toHaveProperty(
    "rejected.message",
    "flusso.csv, riga 4: la riga ha 2 valori, le colonne sono 14. Rimedio: la riga è stata spezzata o tagliata: esportare di nuovo il flusso.",
  );
});

test("reject: a fault of the whole file still refuses it", async () => {
  const error = await runSource(loadVerbali, {
    config: reject,
    input: { name: "flusso.csv", text: `${header.replace("targa", "tarqa")}\n${row("A1")}` },
  }).catch((thrown: unknown) => thrown);

  expect(error).toHaveProperty("code", "FLUSSO_REFUSED");
});
