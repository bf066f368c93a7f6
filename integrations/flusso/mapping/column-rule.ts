/** What an ente's file may say of one column beyond the name of its field, and of rows that are no verbali. */
import { Type, type Static } from "typebox";
import { fieldSpecs } from "../fields.ts";
import { amountForms, dateForms } from "../notation/notation.ts";

/** The fields by name, for the completion of editors; a column of the ente's own is `extra.nome`. */
const fieldNames = [...fieldSpecs.keys()];

/** How a cell that holds several things is taken apart. */
export const splitKinds = [
  "cognome-nome",
  "nome-cognome",
  "cognome-o-denominazione",
  "via-civico",
  "indirizzo",
  "cap-comune-provincia",
  "cap-comune",
  "comune-provincia",
  "data-ora",
  "first",
] as const;
export type SplitKind = (typeof splitKinds)[number];

const closed = { additionalProperties: false } as const;

function buildChoice<Word extends string>(words: readonly Word[], description: string) {
  return Type.Optional(
    Type.Unsafe<Word>(
      Type.Union(
        words.map((word) => Type.Literal(word)),
        { description },
      ),
    ),
  );
}

/** The field that a column feeds, in few words. */
export const FieldName = Type.String({ minLength: 1, examples: fieldNames });

/** A column whose text is not yet the value of its field. */
export const ColumnRule = Type.Object(
  {
    to: Type.Optional(
      Type.String({
        minLength: 1,
        examples: fieldNames,
        description: "Il campo del verbale; non serve dove split dice già i campi",
      }),
    ),
    values: Type.Optional(
      Type.Record(Type.String(), Type.String({ minLength: 1 }), {
        description:
          "Tabella dei valori: come li scrive il gestionale, e che cosa sono ({ F: PF, G: PG }); maiuscole e minuscole non contano",
      }),
    ),
    default: Type.Optional(
      Type.String({ minLength: 1, description: "Il valore dove la cella è vuota" }),
    ),
    split: buildChoice(
      splitKinds,
      "La cella contiene più cose: come si divide; first: di più valori il primo",
    ),
    join: Type.Optional(
      Type.String({
        maxLength: 20,
        description:
          'Più colonne per lo stesso campo, nell\'ordine in cui sono scritte: che cosa si mette prima di questa (" ", "/")',
      }),
    ),
    empty: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description:
          "Testi che in questa colonna vogliono dire vuoto, oltre a quelli di flusso.empty",
      }),
    ),
    format: buildChoice(
      [...dateForms, ...amountForms],
      "Come sono scritte le date o gli importi di questa colonna, se non come le altre",
    ),
  },
  closed,
);
export type ColumnRule = Static<typeof ColumnRule>;

/** A row that is no verbale: title, total, footer. */
export const SkipRule = Type.Object(
  {
    column: Type.Optional(
      Type.String({
        minLength: 1,
        description: "Quale colonna si guarda; se manca, la prima cella piena della riga",
      }),
    ),
    is: Type.Optional(
      Type.String({ minLength: 1, description: "La cella è proprio questo testo" }),
    ),
    begins: Type.Optional(
      Type.String({ minLength: 1, description: "La cella comincia con questo testo: TOTALE" }),
    ),
    empty: Type.Optional(Type.Literal(true, { description: "La cella della colonna è vuota" })),
  },
  closed,
);
export type SkipRule = Static<typeof SkipRule>;
