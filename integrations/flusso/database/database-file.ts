/** What a question to the office's database brings, as a file: kept with the run like any other, and read by the same mapping. */
import { messageOf, RunBlocked } from "../../../engine/host/errors.ts";
import { quoteCsvLine } from "../../csv.ts";
import type { FlussoSettings } from "../settings.ts";
import { findQueryFault, listPlaces } from "./query.ts";
import { readDatabase, UnknownDatabase } from "./read-rows.ts";

export type DatabaseSettings = NonNullable<FlussoSettings["database"]>;

export interface DatabaseRead {
  readonly settings: DatabaseSettings | undefined;
  readonly values: Readonly<Record<string, string>>;
  readonly secrets: { get(name: string): Promise<string> };
}

/** CSV in UTF-8, with the names of the columns; nothing where there are no rows. Throws RunBlocked `FLUSSO_DATABASE`. */
export async function* readDatabaseFile({
  settings,
  values,
  secrets,
}: DatabaseRead): AsyncGenerator<Uint8Array> {
  if (settings === undefined)
    throw databaseError("Il file dell'ente non dice quale base dati leggere.", {
      ask: "indicare la base dati del gestionale",
      technical: "Scrivere «database» nella sezione flusso del file dell'ente.",
    });
  const fault = findQueryFault(settings.query);
  if (fault !== null)
    throw databaseError(`La query della base dati ${fault}.`, {
      ask: "correggere la query della base dati",
      technical: "Scrivere una sola SELECT, che legge soltanto.",
    });
  const missing = listPlaces(settings.query).filter((name) => values[name] === undefined);
  if (missing.length > 0)
    throw databaseError(`La query vuole valori che il passo non dà: ${missing.join(", ")}.`, {
      ask: "dare alla query i suoi valori",
      technical: "Scriverli in «values» del passo load-verbali.",
    });
  const url = await secrets.get(settings.url.secret);
  const encoder = new TextEncoder();
  let isBegun = false;
  try {
    for await (const { columns, rows } of readDatabase({ url, query: settings.query, values })) {
      const lines = rows.map(quoteCsvLine);
      if (!isBegun) lines.unshift(quoteCsvLine(columns));
      isBegun = true;
      yield encoder.encode(lines.join(""));
    }
  } catch (error) {
    throw explainError(error);
  }
}

/** It is our own file: how the ente's files are written says nothing of it. */
export function toDatabaseNotation(settings: FlussoSettings): FlussoSettings {
  const { headerRow: _, skipRows: __, sheet: ___, hiddenRows: ____, ...rest } = settings;
  return { ...rest, delimiter: ";", encoding: "utf-8" };
}

/** What the database says may hold the address and its password: of it only its kind is told. */
function explainError(error: unknown): RunBlocked {
  if (error instanceof RunBlocked) return error;
  const text = messageOf(error);
  const [what, ask, technical] = findCause(error, text);
  return databaseError(what, { ask, technical, cause: error });
}

function findCause(
  error: unknown,
  text: string,
): readonly [what: string, ask: string, technical: string] {
  if (error instanceof UnknownDatabase)
    return [
      "L'indirizzo della base dati non è di un tipo che si legge.",
      "correggere l'indirizzo della base dati",
      "Scrivere un indirizzo che comincia con postgres://, mysql:// o sqlite://.",
    ];
  if (/read.?only/i.test(text))
    return [
      "La query prova a scrivere nella base dati: è stata rifiutata.",
      "correggere la query della base dati",
      "Scrivere una query che legge soltanto.",
    ];
  if (/permission|denied|authentication|password|^(role|database) |unknown database/i.test(text))
    return [
      "La base dati del gestionale non lascia leggere.",
      "controllare l'accesso alla base dati del gestionale",
      "Controllare utente, password, nome della base dati e permessi di lettura.",
    ];
  if (
    /syntax|does not exist|no such|doesn't exist|unknown column|ambiguous|invalid input/i.test(text)
  )
    return [
      "La base dati non capisce la query: tabella, colonna o sintassi.",
      "correggere la query della base dati",
      "Provare la query con il programma della base dati e correggerla nel file dell'ente.",
    ];
  return [
    "La base dati del gestionale non risponde.",
    "controllare la base dati del gestionale",
    "Controllare che la base dati sia accesa e raggiungibile da qui.",
  ];
}

function databaseError(
  what: string,
  {
    ask,
    technical,
    cause,
  }: { readonly ask: string; readonly technical: string; readonly cause?: unknown },
): RunBlocked {
  return new RunBlocked("FLUSSO_DATABASE", what, {
    ofRun: "Nessun verbale è stato letto e nulla è stato inviato.",
    hint: { action: "resume", setting: { ask, technical } },
    ...(cause !== undefined && { cause }),
  });
}
