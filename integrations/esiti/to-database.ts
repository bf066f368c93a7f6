/** Deliveries as rows of a table of the office's program. */
import { SQL } from "bun";
import { messageOf, RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import type { EsitiDelivery, ToldFact } from "../register/reports.ts";
import type { EsitiPort } from "./port.ts";
import { buildRecord, type EsitiColumn, listColumns } from "./rows.ts";
import type { EsitiSettings } from "./settings.ts";

interface DatabaseOptions {
  readonly secrets: { get(name: string): Promise<string> };
}

/**
 * The table has a column for each of `columns`, among them one for `progressivo`, by which a row that is there already is
 * known: all rows of a delivery and no row twice, in one transaction.
 */
export function createDatabaseEsiti(
  {
    columns,
    database,
  }: Pick<EsitiSettings, "columns"> & {
    readonly database: NonNullable<EsitiSettings["database"]>;
  },
  { secrets }: DatabaseOptions,
): EsitiPort {
  const shown = listColumns(columns === undefined ? {} : { columns });
  const counter = shown.find(({ field }) => field === "progressivo");
  return {
    async deliver(delivery) {
      if (counter === undefined) throw noCounterError();
      const sql = new SQL(await secrets.get(database.url.secret), { max: 1 });
      try {
        await insertRows(sql, database.table, delivery, { shown, counter });
      } catch (error) {
        throw explainError(error, database.table);
      } finally {
        await sql.close();
      }
    },
  };
}

async function insertRows(
  sql: SQL,
  table: string,
  { facts }: EsitiDelivery,
  { shown, counter }: { readonly shown: readonly EsitiColumn[]; readonly counter: EsitiColumn },
): Promise<void> {
  const [first] = facts;
  const last = facts.at(-1);
  if (first === undefined || last === undefined) return;
  const target = sql(table);
  const column = sql(counter.name);
  await sql.begin(async (work) => {
    const there =
      (await work`SELECT ${column} AS number FROM ${target} WHERE ${column} BETWEEN ${first.progressivo} AND ${last.progressivo}`) as {
        readonly number: number | string;
      }[];
    const known = new Set(there.map(({ number }) => Number(number)));
    const isMysql = sql.options.adapter === "mysql";
    const rows = facts
      .filter(({ progressivo }) => !known.has(progressivo))
      .map((fact) => buildRecord(isMysql ? writeForMysql(fact) : fact, shown));
    for (const row of rows) await work`INSERT INTO ${target} ${sql(row)}`;
  });
}

/** MySQL and MariaDB know no `T` and no `Z`: the same instant, UTC, for a column of time or of text. */
function writeForMysql(fact: ToldFact): ToldFact {
  const { istante } = fact;
  return istante === null ? fact : { ...fact, istante: istante.replace(/T(.*)Z$/, " $1") };
}

/** What the database says may hold the address and its password: of it only its kind is told. */
function explainError(error: unknown, table: string): RetryLater | RunBlocked {
  if (error instanceof RunBlocked) return error;
  const text = messageOf(error);
  // PostgreSQL says of a role and of a database what it says of a table.
  if (
    /permission|denied|authentication|password|readonly|^(role|database) |unknown database/i.test(
      text,
    )
  )
    return new RunBlocked(
      "ESITI_REFUSED",
      `La base dati del programma dell'ufficio non lascia scrivere nella tabella ${table}.`,
      {
        hint: {
          action: "resume",
          first: "Controllare utente, password, nome della base dati e permessi, poi:",
        },
      },
    );
  if (rowRefused.test(text))
    return new RunBlocked(
      "ESITI_REFUSED",
      `La tabella ${table} non accetta una riga degli esiti: nessuno di quella consegna è stato scritto.`,
      {
        hint: {
          action: "resume",
          first:
            "Controllare che ogni colonna abbia il tipo e la lunghezza del suo campo, e ammetta il valore mancante (guida del tecnico, «Esiti»), poi:",
        },
      },
    );
  if (
    /does not exist|no such table|no such column|doesn't exist|unknown column|has no column/i.test(
      text,
    )
  )
    return new RunBlocked(
      "ESITI_REFUSED",
      `La tabella ${table} non c'è, o le manca una colonna: gli esiti non sono stati scritti.`,
      {
        hint: {
          action: "resume",
          first: "Crearla con una colonna per ogni campo (guida del tecnico, «Esiti»), poi:",
        },
      },
    );
  return new RetryLater(
    "La base dati del programma dell'ufficio non risponde: gli esiti sono consegnati più tardi.",
    { code: "ESITI_NOT_TAKEN", effect: "none", afterMs: 60_000 },
  );
}

/** What PostgreSQL, MySQL and SQLite say of a value that does not fit its column. */
const rowRefused =
  /invalid input|too long|out of range|incorrect .* value|data truncated|violates|constraint|cannot be null|datatype mismatch|is of type/i;

function noCounterError(): RunBlocked {
  return new RunBlocked(
    "ESITI_REFUSED",
    "Nessuna colonna degli esiti riceve il progressivo: senza, una riga potrebbe essere scritta due volte.",
    { hint: "Indicare nella sezione esiti del file dell'ente una colonna con «progressivo»." },
  );
}
