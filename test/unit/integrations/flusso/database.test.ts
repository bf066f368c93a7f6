/** A view of the office's own database as a flusso: on a real PostgreSQL, MariaDB and SQLite; it is read, never written. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFlusso } from "../../../../integrations/flusso/flusso.ts";
import type { FlussoRow } from "../../../../integrations/flusso/port.ts";
import {
  bindQuery,
  findQueryFault,
  listPlaces,
} from "../../../../integrations/flusso/database/query.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import { noMariadb, startMariadb } from "../../../support/mariadb.ts";
import { noPostgres, postgresFolder, startPostgres } from "../../../support/postgres.ts";

describe("the text of a query", () => {
  test.each([
    ["SELECT * FROM v WHERE d >= :dal AND d < :al", ["dal", "al"]],
    ["SELECT a::text, ':no', \":neither\" FROM v WHERE d = :dal OR e = :dal", ["dal"]],
    ["SELECT 1 -- :comment\n/* :other */ WHERE x = :mio_1", ["mio_1"]],
    ["SELECT $$ :quoted $$", []],
  ] as const)("%s wants %p", (query, names) => {
    expect(listPlaces(query)).toEqual([...names]);
  });

  test.each([
    ["SELECT 1", null],
    ["  with x AS (SELECT 1) SELECT * FROM x ; ", null],
    ["SELECT ';' AS a", null],
    ["DELETE FROM v", "non comincia con SELECT o WITH"],
    ["SELECT 1; DROP TABLE v", "contiene più di un'istruzione"],
  ] as const)("%s: %p", (query, fault) => {
    expect(findQueryFault(query)).toBe(fault);
  });

  test("values go to their places in order, each as often as it is named", () => {
    const bound = bindQuery("SELECT :a, ':a', :b, :a;", { a: "1", b: "2" }, (nth) => `$${nth}`);
    expect(bound).toEqual({ sql: "SELECT $1, ':a', $2, $3", values: ["1", "2", "1"] });
  });
});

const columns = {
  numero: "numero",
  giorno: "dataViolazione",
  luogo: "luogo",
  targa: "targa",
  articolo: "articolo",
  descrizione: "descrizione",
  agente: "agente",
  importo: "importoRidottoCents",
  spese: "speseCents",
  tipo: "destinatario.tipo",
  cognome: "destinatario.cognome",
  nome: "destinatario.nome",
  cf: "destinatario.codiceFiscale",
  via: "destinatario.indirizzo.via",
  cap: "destinatario.indirizzo.cap",
  comune: "destinatario.indirizzo.comune",
  provincia: "destinatario.indirizzo.provincia",
  avviso: "posizioni.numeroAvviso",
} as const;

const create = (day: string, text: string) => `CREATE TABLE verbali (numero ${text}, giorno ${day},
  luogo ${text}, targa ${text}, articolo ${text}, descrizione ${text}, agente ${text}, importo DECIMAL(10,2), spese DECIMAL(10,2),
  tipo ${text}, cognome ${text}, nome ${text}, cf ${text}, via ${text}, cap ${text}, comune ${text}, provincia ${text}, avviso ${text})`;

/** Names, quotes, line ends, leading zeros and 18 digits: what a CSV or a number would spoil. */
function fill(count: number): string {
  const rows: string[] = [];
  for (let n = 1; n <= count; n += 1)
    rows.push(
      `('00${n}', '2026-11-${n % 2 === 0 ? "20" : "10"}', 'Via "Roma"; angolo', 'ZZ${n}', '7', 'Sosta
vietata', 'matr. 1', 42.10, 8.50, 'PF', 'D''Àmico', '=Ada', 'NVNTMS66B24X001Q', 'Via', '00184', 'Roma', 'RM', '302000100000019421')`,
    );
  return `INSERT INTO verbali VALUES ${rows.join(", ")}`;
}

const mapping = {
  columns,
  dates: "AAAA-MM-GG",
  amounts: "1,234.5",
  // How the ente's files are written says nothing of a database.
  delimiter: "|",
  encoding: "cp850",
  headerRow: 3,
} as const;

function open(url: string, query: string) {
  return createFlusso({
    settings: { ...mapping, database: { url: { secret: "BASE_DATI" }, query } },
    inboxRoot: "unused",
    clock: createFakeClock("2026-11-23T06:30:00Z"),
    secrets: { get: async () => url },
  });
}

async function read(
  url: string,
  query: string,
  values: Readonly<Record<string, string>> = {},
): Promise<readonly FlussoRow[]> {
  const flusso = open(url, query);
  const bytes = Buffer.concat(await Array.fromAsync(flusso.query(values)));
  if (bytes.length === 0) return [];
  const file = {
    name: "base-dati.csv",
    isQueried: true,
    open: () =>
      (async function* () {
        yield new Uint8Array(bytes);
      })(),
  };
  return await Array.fromAsync(flusso.readRows(file));
}

const whole = "SELECT * FROM verbali WHERE giorno >= :dal ORDER BY numero";

interface Place {
  readonly url: string;
  run(sql: string): Promise<void>;
  countRows(): Promise<number>;
}

function testDatabase(open: () => Place): void {
  test("a row is a verbale, with its texts, days, amounts and codes as they are", async () => {
    const rows = await read(open().url, whole, { dal: "2026-11-15" });

    expect(rows.map(({ key }) => key)).toEqual(["002", "004"]);
    expect(rows[0]).toMatchObject({
      verbale: {
        numero: "002",
        dataViolazione: "2026-11-20",
        luogo: 'Via "Roma"; angolo',
        importoRidottoCents: 4210,
        speseCents: 850,
        destinatario: { cognome: "D'Àmico", nome: "=Ada", indirizzo: { cap: "00184" } },
        posizioni: [{ numeroAvviso: "302000100000019421" }],
      },
    });
  });

  test("a value is a value, whatever is written in it", async () => {
    const rows = await read(open().url, "SELECT * FROM verbali WHERE numero = :numero", {
      numero: "x' OR '1'='1",
    });
    expect(rows).toEqual([]);
  });

  test("a query that writes is refused, and writes nothing", async () => {
    for (const query of [
      "WITH gone AS (DELETE FROM verbali RETURNING *) SELECT * FROM gone",
      "SELECT * FROM verbali; DELETE FROM verbali",
    ])
      await expect(read(open().url, query)).rejects.toMatchObject({ code: "FLUSSO_DATABASE" });
    expect(await open().countRows()).toBe(4);
  });

  test("a table that is not there is told, without the address", async () => {
    const asked = read(open().url, "SELECT * FROM altro");
    await expect(asked).rejects.toMatchObject({ code: "FLUSSO_DATABASE" });
    const error = (await asked.catch((caught: unknown) => caught)) as Error;
    expect(error.message).not.toContain(open().url);
    expect(error.message).toContain("non capisce la query");
  });

  test("a value that nobody gives is asked for", async () => {
    await expect(read(open().url, whole)).rejects.toThrow("dal");
  });
}

describe("SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "postino-db-"));
  const path = join(folder, "gestionale.sqlite");
  const db = new Database(path);
  db.run(create("TEXT", "TEXT"));
  db.run(fill(4));
  afterAll(() => {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });

  testDatabase(() => ({
    url: `sqlite://${path}`,
    run: async (sql) => {
      db.run(sql);
    },
    countRows: async () => (db.query("SELECT count(*) AS n FROM verbali").get() as { n: number }).n,
  }));
});

describe.skipIf(postgresFolder === null)(`PostgreSQL${noPostgres}`, () => {
  let place: Place;
  let stop = async (): Promise<void> => {};
  beforeAll(async () => {
    const server = await startPostgres();
    stop = () => server.stop();
    const url = await server.createDatabase();
    await server.query(url, create("DATE", "TEXT"));
    await server.query(url, fill(4));
    place = {
      url,
      run: async (sql) => void (await server.query(url, sql)),
      countRows: async () =>
        Number((await server.query(url, "SELECT count(*)::int AS n FROM verbali"))[0]?.["n"]),
    };
  });
  afterAll(() => stop());

  testDatabase(() => place);

  test("more rows than one fetch come all, in the order of the query", async () => {
    await place.run(
      "CREATE TABLE molti AS SELECT lpad(n::text, 6, '0') AS numero FROM generate_series(1, 1234) n",
    );
    const rows = await read(
      place.url,
      "SELECT m.numero, v.giorno, v.luogo, v.targa, v.articolo, v.descrizione, v.agente, v.importo, v.spese, v.tipo, v.cognome, v.nome, v.cf, v.via, v.cap, v.comune, v.provincia, v.avviso FROM molti m CROSS JOIN (SELECT * FROM verbali LIMIT 1) v ORDER BY m.numero",
    );
    expect([rows.length, rows[0]?.key, rows.at(-1)?.key]).toEqual([1234, "000001", "001234"]);
  });
});

describe.skipIf(noMariadb !== "")(`MariaDB${noMariadb}`, () => {
  let place: Place;
  let stop = async (): Promise<void> => {};
  beforeAll(async () => {
    const server = await startMariadb();
    stop = () => server.stop();
    await server.query(create("DATE", "VARCHAR(200)"));
    await server.query(fill(4));
    place = {
      url: `mysql://ufficio:ufficio@127.0.0.1:${server.port}/ufficio`,
      run: async (sql) => void (await server.query(sql)),
      countRows: async () =>
        Number(
          ((await server.query("SELECT count(*) AS n FROM verbali")) as { n: number }[])[0]?.n,
        ),
    };
  });
  afterAll(() => stop());

  testDatabase(() => place);
});
