/** A flusso that is wrong: every fault with file, line, column and remedy, nothing started; memory does not grow with the file. */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { codeOf } from "../../engine/host/errors.ts";
import {
  type Ended,
  type InstallationWorld,
  makeInstallationWorld,
} from "../support/installation-world.ts";

const mapping = `flusso:
  dates: GG/MM/AAAA
  amounts: "1.234,56"
  columns: { Numero: numero, Data: dataViolazione, Importo: importoRidottoCents, Spese: speseCents }
  ignore: [Annotazioni]
`;
const header =
  "Numero;Data;oraViolazione;luogo;targa;articolo;descrizione;agente;Importo;Spese;destinatario.tipo;destinatario.cognome;destinatario.nome;destinatario.codiceFiscale;destinatario.indirizzo.via;destinatario.indirizzo.civico;destinatario.indirizzo.cap;destinatario.indirizzo.comune;destinatario.indirizzo.provincia";
const remedy =
  "Che cosa fare: Correggere il file, oppure la parte flusso: del file dell'ente, e ripetere.";

let world: InstallationWorld;
let day: string;
beforeAll(async () => {
  world = await makeInstallationWorld({ enteYaml: (text) => text + mapping });
  day = world.freshDay.split("-").toReversed().join("/");
  writeFileSync(join(world.pipelinesFolder, "leggi.yaml"), reading("refuse"));
  writeFileSync(join(world.pipelinesFolder, "scarta.yaml"), reading("reject"));
});
afterAll(async () => {
  await world.close();
});

function reading(onInvalidRow: string): string {
  return `name: Lettura
steps:
  - uses: load-verbali
    with: { onInvalidRow: ${onInvalidRow} }
  - uses: validate
`;
}

function row(number: string, change: { amount?: string; day?: string; plate?: string } = {}) {
  return `${number};${change.day ?? day};10:15;Via Roma;${change.plate ?? "ZZ000ZZ"};7;Sosta;m1;${change.amount ?? "42,00"};8,50;PF;Inventati;Tommaso;NVNTMS66B24X001Q;Via Prove;1;24047;Treviglio;BG`;
}

function read(name: string, content: string | Uint8Array, pipeline = "leggi"): Promise<Ended> {
  const input = world.file(name, content);
  return world.postino(["run", pipeline, "--ente", "prova", "--input", input, "--json"]);
}

interface Refused {
  readonly name: string;
  readonly content: () => string | Uint8Array;
  readonly faults: readonly string[];
}

const refused: readonly Refused[] = [
  {
    name: "colonna-mancante.csv",
    content: () => [header.replace("Numero;", "Num.;"), row("A1")].join("\n"),
    faults: [
      "colonna-mancante.csv:1:1: colonna «Num.»: non si sa a quale campo del verbale corrisponda. Rimedio: chiedere al tecnico di dire che cosa contiene, oppure che non serve.",
      "colonna-mancante.csv:1:1: colonna «Numero»: manca la colonna del campo numero. Rimedio: aggiungere la colonna all'esportazione, o chiedere al tecnico di indicare come si chiama.",
    ],
  },
  {
    name: "righe-diverse.csv",
    content: () => [header, row("A1"), `${row("A2")};in più`, "A3;a;b", ""].join("\n"),
    faults: [
      "righe-diverse.csv:3:1: la riga ha 20 valori, le colonne sono 19. Rimedio: un valore che contiene il separatore va messo tra virgolette.",
      "righe-diverse.csv:4:1: la riga ha 3 valori, le colonne sono 19. Rimedio: la riga è stata spezzata o tagliata: esportare di nuovo il flusso.",
    ],
  },
  {
    name: "tagliato.csv",
    content: () => [header, row("A1"), row("A2").slice(0, -20)].join("\n"),
    faults: [
      "tagliato.csv:3:1: file incompleto: l'ultima riga è tagliata. Rimedio: attendere che la copia finisca, o esportare di nuovo il flusso.",
    ],
  },
  {
    name: "numero-doppio.csv",
    content: () => [header, row("A1"), row("A2"), row("A1")].join("\n"),
    faults: [
      "numero-doppio.csv:2:1: il numero del verbale è anche alla riga 4. Rimedio: lasciare una sola riga per verbale; se le righe sono i destinatari di uno stesso verbale, chiedere al tecnico di dichiararlo.",
      "numero-doppio.csv:4:1: il numero del verbale è anche alla riga 2. Rimedio: lasciare una sola riga per verbale; se le righe sono i destinatari di uno stesso verbale, chiedere al tecnico di dichiararlo.",
    ],
  },
  {
    name: "codifica.csv",
    content: () => new Uint8Array([...Buffer.from(`${header}\nA1`), 0x81]),
    faults: [
      "codifica.csv:2:3: il carattere non è né UTF-8 né Windows-1252 né ISO-8859-15 né CP850 (DOS). (byte 3 della riga 2) Rimedio: esportare di nuovo il file in UTF-8.",
    ],
  },
  {
    name: "ambigui.csv",
    content: () =>
      [header, row("A1", { amount: "1.234" }), row("A2", { day: "5/6/26" })].join("\n"),
    faults: [
      "ambigui.csv:2:9: colonna «Importo»: l'importo «1.234» si può leggere in più modi (euro o centesimi, migliaia o decimali). Rimedio: scrivere sempre due decimali: 173,00.",
      "ambigui.csv:3:2: colonna «Data»: la data «5/6/26» ha l'anno di due cifre. Rimedio: scrivere la data come GG/MM/AAAA, con l'anno di quattro cifre.",
    ],
  },
  {
    name: "senza-righe.csv",
    content: () => header,
    faults: [
      "senza-righe.csv: il file non contiene verbali. Rimedio: controllare il filtro dell'esportazione nel gestionale.",
    ],
  },
  {
    name: "foglio.xlsx",
    content: () => new Uint8Array([0x50, 0x4b, 3, 4, 20, 0, 0, 0]),
    faults: [
      "foglio.xlsx: il foglio di calcolo è rovinato, o protetto da password. Rimedio: aprirlo con il programma che l'ha scritto, togliere la password e salvarlo di nuovo come XLSX.",
    ],
  },
];

describe("a file with faults is refused as a whole, exit 2, and the history says so", () => {
  for (const { name, content, faults } of refused)
    test(name, async () => {
      const ended = await read(name, content());

      const { run, items } = JSON.parse(ended.stdout) as {
        run: { id: string; state: string };
        items: unknown[];
      };
      const count = faults.length === 1 ? "1 difetto" : `${faults.length} difetti`;
      expect({ code: ended.code, state: run.state, items }).toEqual({
        code: 2,
        state: "failed",
        items: [],
      });
      expect(ended.stderr).toBe(
        [
          `Flusso ${run.id}: non riuscito — nessun verbale.`,
          `Il flusso ${name} non è stato accettato (${count}): nessun verbale è partito.`,
          ...faults,
          remedy,
          "",
        ].join("\n"),
      );
    });
});

test("the history lists a refused file with its first line, and a corrected mapping lets resume read it", async () => {
  const other = header.replace("Importo;", "Ridotto;");
  const { stdout } = await read("altra-colonna.csv", [other, row("B1")].join("\n"));
  const { id } = (JSON.parse(stdout) as { run: { id: string } }).run;
  const listed = await world.postino(["runs", "--state", "failed"]);

  const ente = join(world.pipelinesFolder, "enti", "prova.yaml");
  const before = readFileSync(ente, "utf8");
  writeFileSync(ente, before.replace("Importo: importo", "Ridotto: importo"));
  const resumed = await world.postino(["resume", id]);
  writeFileSync(ente, before);

  const line = listed.stdout.split("\n").find((text) => text.startsWith(id));
  expect(line).toContain("  Non riuscito  ");
  expect(line).toEndWith("Il flusso altra-colonna.csv non è stato accettato (2");
  expect(resumed.code).toBe(0);
  expect(resumed.stdout).toEndWith(`\nFlusso ${id}: completato — 1 su 1 conclusi.\n`);
});

test("a byte order mark is no fault", async () => {
  const ended = await read("bom.csv", `\uFEFF${header}\n${row("C1")}\n`);

  expect(ended.code).toBe(0);
});

test("onInvalidRow: reject rejects those rows and the others go on, exit 3", async () => {
  const content = [header, row("D1", { plate: "ZZ001ZZ" }), "D2;a;b", row("D3"), row("D3")].join(
    "\n",
  );

  const ended = await read("a-meta.csv", content, "scarta");

  const { items } = JSON.parse(ended.stdout) as {
    items: { key: string; state: string; code: string | null; note: string | null }[];
  };
  expect(ended.code).toBe(3);
  expect(items.map(({ key, state, code }) => [key, state, code])).toEqual([
    ["D1", "done", null],
    ["riga 3", "rejected", "FLUSSO_RAGGED_ROW"],
    ["D3 (riga 4)", "rejected", "FLUSSO_NUMBER_TWICE"],
    ["D3 (riga 5)", "rejected", "FLUSSO_NUMBER_TWICE"],
  ]);
  expect(items[1]?.note).toBe(
    "a-meta.csv, riga 3: la riga ha 3 valori, le colonne sono 19. Rimedio: la riga è stata spezzata o tagliata: esportare di nuovo il flusso.",
  );
});

test.skipIf(process.platform !== "linux")(
  "resident memory does not grow with the file: 30 MB beside 10 MB (needs /proc)",
  async () => {
    // Garbage that waits for its collector only adds: the least of a few runs is nearest to what is held.
    const small: number[] = [];
    const large: number[] = [];
    for (let turn = 1; turn <= 4; turn += 1) {
      // After some thousand rows the program itself is as large as it gets.
      small.push(await peakMemory(`piccolo-${turn}.csv`, 3_000));
      large.push(await peakMemory(`grande-${turn}.csv`, 9_000));
      if (Math.min(...large) - Math.min(...small) < 15_000_000) break;
    }

    expect(Math.min(...large) - Math.min(...small)).toBeLessThan(15_000_000);
  },
);

/** Most resident memory, in bytes, of a process that takes the file in: rows of 3.4 kB, `rows` of them. */
async function peakMemory(name: string, rows: number): Promise<number> {
  const path = world.file(name, `${header};Annotazioni\n`);
  const file = openSync(path, "a");
  const note = "nota ".repeat(640);
  for (let n = 1; n <= rows; n += 1) {
    // Another plate: verbali of one car, day and hour are compared with each other.
    const plate = `ZZ${String(n).padStart(5, "0")}`;
    writeSync(file, `${row(`${name}-${n}`, { plate })};${note}\n`);
  }
  closeSync(file);
  const started = world.start(["run", "leggi", "--ente", "prova", "--input", path], {
    // Told that the machine is small, the collector lets no garbage pile up that would hide what is held.
    env: { BUN_JSC_forceRAMSize: "134217728" },
  });
  const end = { isReached: false };
  const ended = started.ended.finally(() => {
    end.isReached = true;
  });
  let peak = 0;
  while (!end.isReached) {
    peak = Math.max(peak, highWater(started.pid));
    await Bun.sleep(20);
  }
  expect((await ended).code).toBe(0);
  return peak;
}

/** VmHWM of the process; 0 once it is gone. */
function highWater(pid: number): number {
  try {
    const [, kilobytes] =
      /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kilobytes ?? 0) * 1024;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ESRCH") return 0;
    throw error;
  }
}
