/** Esiti into a real MariaDB, started here; skipped where there is none. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createEsiti } from "../../../../integrations/esiti/create-esiti.ts";
import type { EsitiDelivery } from "../../../../integrations/register/reports.ts";
import { type MariadbServer, noMariadb, startMariadb } from "../../../support/mariadb.ts";

const columns = {
  riga: "progressivo",
  verbale: "numero",
  giorno: "data",
  istante: "istante",
  "Valido?": "valido",
  importo: "importoCents",
  note: "nota",
} as const;
const fact = {
  fatto: "perfezionato",
  iun: "ABCD-EFGH-ILMN-202611-N-1",
  numero: "000123",
  protocollo: "P",
  destinatario: 1,
  data: "2026-11-30",
  istante: "2026-11-30T09:15:00.000Z",
  come: null,
  importoCents: 4_400,
  codiceAvviso: null,
  codice: null,
  nota: 'L\'«à» è 😀; "x" \\ %',
  progressivo: 1,
  corregge: null,
  valido: true,
} as const;
const delivery: EsitiDelivery = {
  lotto: 1,
  madeAt: "2026-11-30T05:00:00.000Z",
  facts: [
    fact,
    { ...fact, progressivo: 2, valido: false, nota: null, istante: null, importoCents: null },
  ],
  deliveredAt: null,
};

describe.skipIf(noMariadb !== "")(`esiti in MariaDB${noMariadb}`, () => {
  let server: MariadbServer;
  beforeAll(async () => {
    server = await startMariadb();
  }, 60_000);
  afterAll(() => server.stop());

  async function deliver(
    table: string,
    { user = "ufficio", password = "ufficio", database = "ufficio", at = server.port } = {},
  ): Promise<void> {
    const esiti = createEsiti({
      settings: {
        to: "database",
        format: "csv",
        columns,
        database: { url: { secret: "DB" }, table },
      },
      ente: "prova",
      outboxFolder: "/",
      http: () => Promise.reject(new Error("no web")),
      secrets: { get: async () => `mysql://${user}:${password}@127.0.0.1:${at}/${database}` },
    } as unknown as Parameters<typeof createEsiti>[0]);
    await esiti.deliver(delivery);
  }

  const shape = (more = "", note = "note text") =>
    `(riga int PRIMARY KEY, verbale varchar(20), giorno date, istante datetime(3), \`Valido?\` boolean, importo int, ${note}${more})`;

  test("a table gets each row once, with the types of its columns", async () => {
    await server.query(`CREATE TABLE esiti ${shape()}`);

    await deliver("esiti");
    await deliver("ufficio.esiti");

    expect(
      await server.query(
        "SELECT riga, verbale, CAST(giorno AS char) AS giorno, CAST(istante AS char) AS istante, `Valido?` + 0 AS valido, importo, note FROM esiti ORDER BY riga",
      ),
    ).toEqual([
      {
        riga: 1,
        verbale: "000123",
        giorno: "2026-11-30",
        istante: "2026-11-30 09:15:00.000",
        valido: 1,
        importo: 4_400,
        note: 'L\'«à» è 😀; "x" \\ %',
      },
      {
        riga: 2,
        verbale: "000123",
        giorno: "2026-11-30",
        istante: null,
        valido: 0,
        importo: null,
        note: null,
      },
    ]);
  });

  test("a column of text takes an instant too", async () => {
    await server.query(`CREATE TABLE testo ${shape().replace("datetime(3)", "varchar(40)")}`);

    await deliver("testo");

    expect(await server.query("SELECT istante FROM testo ORDER BY riga")).toEqual([
      { istante: "2026-11-30 09:15:00.000" },
      { istante: null },
    ]);
  });

  test("what it refuses is told by its kind, and nothing of the delivery stays", async () => {
    await server.query(`CREATE TABLE corta ${shape().replace("varchar(20)", "varchar(3)")}`);
    await server.query(`CREATE TABLE piena ${shape("", "note text NOT NULL")}`);
    await server.query(`CREATE TABLE strana ${shape().replace("giorno date", "giorno int")}`);
    await server.query("CREATE TABLE povera (riga int PRIMARY KEY)");
    const refusals: readonly (readonly [Parameters<typeof deliver>, string, string])[] = [
      [["manca"], "ESITI_REFUSED", "non c'è, o le manca una colonna"],
      [["povera"], "ESITI_REFUSED", "non c'è, o le manca una colonna"],
      [["corta"], "ESITI_REFUSED", "non accetta una riga"],
      [["piena"], "ESITI_REFUSED", "non accetta una riga"],
      [["strana"], "ESITI_REFUSED", "non accetta una riga"],
      [["piena", { user: "nessuno" }], "ESITI_REFUSED", "non lascia scrivere"],
      [["piena", { password: "altra" }], "ESITI_REFUSED", "non lascia scrivere"],
      [["piena", { database: "altra" }], "ESITI_REFUSED", "non lascia scrivere"],
      [["piena", { at: 1 }], "ESITI_NOT_TAKEN", "non risponde"],
    ];
    for (const [args, code, said] of refusals) {
      const error = (await deliver(...args).catch((thrown: unknown) => thrown)) as Error & {
        code?: string;
        cause?: Error;
      };
      expect([args, error.code, error.message]).toEqual([
        args,
        code,
        expect.stringContaining(said),
      ]);
      expect(error.message).not.toContain("127.0.0.1");
    }
    for (const table of ["piena", "corta", "strana"])
      expect([table, await server.query(`SELECT count(*) AS n FROM ${table}`)]).toEqual([
        table,
        [{ n: 0 }],
      ]);
  });
});
