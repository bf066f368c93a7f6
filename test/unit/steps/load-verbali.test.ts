/** load-verbali: where the flusso comes from, and what becomes of rows that cannot be read. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PipelineError } from "../../../engine/host/errors.ts";
import type { FlussoSettings } from "../../../integrations/flusso/settings.ts";
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

test("refuse: one bad row refuses the file before any item, with every place, and it is set aside with its report", async () => {
  await writeFile(join(root, "borgo", "flusso.csv"), oneBad);

  const error = await runSource(loadVerbali, { config: refuse, inboxRoot: root }).catch(
    (thrown: unknown) => thrown,
  );

  expect(error).toBeInstanceOf(PipelineError);
  expect(error).toHaveProperty("code", "FLUSSO_REFUSED");
  expect(error).toHaveProperty("position", { file: "flusso.csv", line: 3, column: 2 });
  expect((error as Error).message.split("\n")).toEqual([
    "Il flusso flusso.csv non è stato accettato (2 difetti): nessun verbale è partito.",
    "flusso.csv:3:2: colonna «dataViolazione»: la data «3/11/2026» non dice se viene prima il giorno o il mese. Rimedio: scrivere AAAA-MM-GG, oppure chiedere al tecnico di dichiarare che il gestionale scrive le date GG/MM/AAAA.",
    "flusso.csv:4:1: la riga ha 2 valori, le colonne sono 14. Rimedio: la riga è stata spezzata o tagliata: esportare di nuovo il flusso.",
  ]);
  expect(await readdir(join(root, "borgo"))).toEqual(["rifiutati"]);
  const shelf = join(root, "borgo", "rifiutati");
  expect((await readdir(shelf)).toSorted()).toEqual(["flusso.csv", "flusso.csv.rapporto.txt"]);
  expect(await readFile(join(shelf, "flusso.csv"), "utf8")).toBe(oneBad);
  expect(await readFile(join(shelf, "flusso.csv.rapporto.txt"), "utf8")).toBe(
    `${(error as Error).message}\n\nChe cosa fare: Correggere il file, oppure la parte flusso: del file dell'ente, e ripetere.\nPer farlo leggere di nuovo, rimetterlo nella cartella di arrivo.\n`,
  );
});

describe("what lies in the inbox", () => {
  const inbox = () => join(root, "borgo");
  const list = async () => (await readdir(inbox(), { recursive: true })).toSorted();

  async function drop(name: string, text: string, hour = 8): Promise<void> {
    const at = new Date(`2026-11-20T0${hour}:00:00Z`);
    await writeFile(join(inbox(), name), text);
    await utimes(join(inbox(), name), at, at);
  }

  const cut = twoGood.slice(0, -4);
  const soon = Date.parse("2026-11-20T08:10:00Z");
  const late = Date.parse("2026-11-20T09:30:00Z");

  test("a file that ends too early goes back, the next one is taken, and the run says so", async () => {
    await drop("a.csv", cut, 7);
    await drop("b.csv", twoGood, 8);

    const { rows, adopted, hasMore } = await runSource(loadVerbali, {
      config: refuse,
      inboxRoot: root,
      now: Date.parse("2026-11-20T07:30:00Z"),
    });

    expect(rows).toHaveLength(2);
    expect([adopted, hasMore]).toEqual([["b.csv"], false]);
    expect(await list()).toEqual(["a.csv", "archivio", "archivio/run-1-b.csv"]);
  });

  test("alone it waits, and after an hour it is refused like any other", async () => {
    await drop("a.csv", cut);

    const { told, adopted } = await runSource(loadVerbali, {
      config: refuse,
      inboxRoot: root,
      now: soon,
    });

    expect(adopted).toEqual([]);
    expect(told).toEqual([
      "Nella cartella di arrivo non c'è alcun file «*.csv» pronto.",
      "Aspettano: a.csv (file incompleto).",
    ]);
    expect(await list()).toEqual(["a.csv"]);

    const error = await runSource(loadVerbali, {
      config: refuse,
      inboxRoot: root,
      now: late,
    }).catch((thrown: unknown) => thrown);
    expect(error).toHaveProperty("code", "FLUSSO_REFUSED");
    expect((error as Error).message).toContain("file incompleto: l'ultima riga è tagliata.");
    expect(await list()).toEqual(["rifiutati", "rifiutati/a.csv", "rifiutati/a.csv.rapporto.txt"]);
  });

  test("a refused file holds up no other: the run tells that more is there, and the next one takes it", async () => {
    await drop("a.csv", oneBad, 7);
    await drop("b.csv", twoGood, 8);
    const world = { config: refuse, inboxRoot: root, now: late };

    await expect(runSource(loadVerbali, world)).rejects.toHaveProperty("code", "FLUSSO_REFUSED");
    const { adopted, told } = await runSource(loadVerbali, world);

    expect(adopted).toEqual(["b.csv"]);
    expect(told).toEqual([]);
    expect(await list()).toEqual([
      "archivio",
      "archivio/run-1-b.csv",
      "rifiutati",
      "rifiutati/a.csv",
      "rifiutati/a.csv.rapporto.txt",
    ]);
  });

  test("a second file of a refused name keeps both", async () => {
    const world = { config: refuse, inboxRoot: root, now: late };
    for (const text of [oneBad, `${oneBad}x`]) {
      await drop("a.csv", text);
      await runSource(loadVerbali, world).catch(() => null);
    }

    expect((await readdir(join(inbox(), "rifiutati"))).toSorted()).toEqual([
      "a.csv",
      "a.csv.rapporto.txt",
      "run-1-a.csv",
      "run-1-a.csv.rapporto.txt",
    ]);
  });

  test("several files are told, oldest first", async () => {
    for (const [at, name] of ["c.csv", "a.csv", "b.csv"].entries())
      await drop(name, twoGood, at + 1);
    const seen: unknown[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const { adopted, hasMore } = await runSource(loadVerbali, {
        config: refuse,
        inboxRoot: root,
        now: late,
      });
      seen.push([...adopted, hasMore]);
    }

    expect(seen).toEqual([["c.csv", true], ["a.csv", true], ["b.csv", false], [false]]);
  });

  test.each(["a.csv.tmp", "a.csv.part", "a.csv.filepart", "~$a.csv", ".a.csv"])(
    "%s is left alone whatever the pattern",
    async (name) => {
      await drop(name, twoGood);

      const { adopted } = await runSource(loadVerbali, {
        config: { ...refuse, pattern: "*" },
        inboxRoot: root,
        now: late,
      });

      expect(adopted).toEqual([]);
      expect(await list()).toEqual([name]);
    },
  );

  const settings: FlussoSettings = {
    delimiter: "auto",
    encoding: "auto",
    dates: "AAAA-MM-GG",
    amounts: "cents",
    ready: ".ok",
  };

  test.each([
    ["", ["a.csv"], []],
    ["2\n", ["a.csv"], []],
    ["3", [], ["a.csv (file incompleto)"]],
    [null, [], ["a.csv (manca il file che lo dice completo)"]],
  ])("the companion %p decides", async (content, taken, waits) => {
    await drop("a.csv", twoGood);
    if (content !== null) await drop("a.ok", content);

    const { adopted, told } = await runSource(loadVerbali, {
      config: { ...refuse, pattern: "*" },
      inboxRoot: root,
      settings,
      now: soon,
    });

    expect(adopted).toEqual(taken);
    expect(told.slice(1)).toEqual(waits.map((each) => `Aspettano: ${each}.`));
    expect(await list()).toEqual(
      taken.length > 0
        ? ["archivio", "archivio/run-1-a.csv", "archivio/run-1-a.ok"]
        : ["a.csv", ...(content === null ? [] : ["a.ok"])],
    );
  });

  test("a run that died with the file in its own place finds it there", async () => {
    await mkdir(join(inbox(), "in-corso", "run-1"), { recursive: true });
    await writeFile(join(inbox(), "in-corso", "run-1", "mio.csv"), twoGood);
    await drop("altro.csv", twoGood);

    const { adopted } = await runSource(loadVerbali, {
      config: refuse,
      inboxRoot: root,
      now: late,
    });

    expect(adopted).toEqual(["mio.csv"]);
    expect(await list()).toEqual(["altro.csv", "archivio", "archivio/run-1-mio.csv"]);
  });
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
