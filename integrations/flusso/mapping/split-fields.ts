/** Which fields a cell that is taken apart feeds, and what of a row it needs to be sure. */
import type { RowDoubt } from "../port.ts";
import type { SplitKind } from "./column-rule.ts";
import {
  pickFirstValue,
  splitMoment,
  splitStreet,
  splitTown,
  splitWholeAddress,
  type AddressReading,
} from "./split-address.ts";
import { splitName, type NameOrder } from "./split-name.ts";

const street = ["via", "civico"].map((name) => `destinatario.indirizzo.${name}`);
const town = ["cap", "comune", "provincia"].map((name) => `destinatario.indirizzo.${name}`);
const person = ["cognome", "nome", "denominazione"].map((name) => `destinatario.${name}`);

/** The fields that no other column may feed beside it. */
export const fedBySplit: Readonly<Record<SplitKind, readonly string[]>> = {
  "cognome-nome": person,
  "nome-cognome": person,
  "cognome-o-denominazione": person.filter((field) => field !== "destinatario.nome"),
  "via-civico": street,
  indirizzo: [...street, ...town],
  "cap-comune-provincia": town,
  "cap-comune": town.slice(0, 2),
  "comune-provincia": town.slice(1),
  "data-ora": ["dataViolazione", "oraViolazione"],
  first: [],
};

/** What the row says beside the cell. */
export interface SplitContext {
  readonly taxCode: string;
  readonly type: "PF" | "PG" | undefined;
  /** The row has a name of its own in another cell. */
  readonly hasName: boolean;
}

/** The texts by their field, and what is in doubt. */
export interface SplitReading {
  readonly texts: Readonly<Record<string, string>>;
  readonly doubt: Omit<RowDoubt, "header"> | null;
}

/** Takes a cell apart; `text` is not empty. */
export function splitCell(
  kind: Exclude<SplitKind, "first">,
  text: string,
  context: SplitContext,
): SplitReading {
  if (kind === "data-ora") {
    const { day, time } = splitMoment(text);
    return { texts: { dataViolazione: day, oraViolazione: time }, doubt: null };
  }
  if (kind === "via-civico") return toReading(splitStreet(text), "street");
  if (kind === "indirizzo") return toReading(splitWholeAddress(text), "street");
  if (kind === "cognome-o-denominazione") return readSurnameOrBody(text, context);
  if (kind === "cognome-nome" || kind === "nome-cognome")
    return readPerson(text, context, kind === "nome-cognome" ? "name-first" : "surname-first");
  const reading = splitTown(text);
  const isFed = (name: string): boolean =>
    fedBySplit[kind].includes(`destinatario.indirizzo.${name}`);
  const extra = Object.keys(reading.parts).find((name) => !isFed(name));
  return extra === undefined
    ? toReading(reading, "town")
    : toReading(
        {
          parts: { comune: text },
          why: `c'è anche ${extra === "cap" ? "il CAP" : "la provincia"}.`,
        },
        "town",
      );
}

/** The first of several values. */
export const splitFirst = pickFirstValue;

function toReading({ parts, why }: AddressReading, kind: "street" | "town"): SplitReading {
  const texts = Object.fromEntries(
    Object.entries(parts).map(([name, text]) => [`destinatario.indirizzo.${name}`, text]),
  );
  return { texts, doubt: why === null ? null : { kind, why } };
}

function readSurnameOrBody(text: string, context: SplitContext): SplitReading {
  if (context.type === "PG") return { texts: { "destinatario.denominazione": text }, doubt: null };
  if (context.hasName) return { texts: { "destinatario.cognome": text }, doubt: null };
  return readPerson(text, context, "surname-first");
}

function readPerson(text: string, context: SplitContext, order: NameOrder): SplitReading {
  const { taxCode, type } = context;
  const reading = splitName(text, { order, taxCode, type });
  if ("whole" in reading)
    return {
      texts: { "destinatario.denominazione": reading.whole },
      doubt: reading.why === null ? null : { kind: "name", why: reading.why },
    };
  return {
    texts: { "destinatario.cognome": reading.surname, "destinatario.nome": reading.name },
    doubt: null,
  };
}
