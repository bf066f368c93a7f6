/** The fields of a kind of act that is no verbale of the Codice della Strada: what its flusso carries, by the kind's own table. */
import { Type, type Static } from "typebox";
import {
  fieldSpecs,
  findFieldSpec,
  type FieldKind,
  type FieldSpec,
  type FieldTable,
} from "./fields.ts";

/** What a field of a kind of act may hold; the same readers as for a verbale. */
const ownKinds = [
  "text",
  "code",
  "words",
  "day",
  "time",
  "cents",
  "whole",
  "number",
  "flag",
] as const satisfies readonly FieldKind[];

/** One field of a kind of act. */
export const ActField = Type.Object(
  {
    title: Type.String({
      minLength: 1,
      maxLength: 60,
      description: "Come si chiama per chi legge: nei messaggi e nelle pagine",
    }),
    kind: Type.Unsafe<(typeof ownKinds)[number]>(
      Type.Union(
        ownKinds.map((kind) => Type.Literal(kind)),
        {
          default: "text",
          description:
            "Che cosa contiene. text: testo; code: codice, senza spazi; words: sigla o numero; day: data; time: ora; cents: importo; whole: numero intero; number: numero con decimali; flag: sì o no",
        },
      ),
    ),
    required: Type.Boolean({
      default: true,
      description: "false: la colonna e il valore possono mancare",
    }),
    maxLength: Type.Integer({
      minimum: 1,
      maximum: 4_000,
      default: 200,
      description: "Quanti caratteri al massimo può avere un testo",
    }),
  },
  { additionalProperties: false, description: "Un campo dell'atto" },
);
export type ActField = Static<typeof ActField>;

export type ActFields = Readonly<Record<string, ActField>>;

/** What every act has, whatever its kind: a number, who gets it, what is to be paid, what is to be cancelled. */
const commonNames: ReadonlySet<string> = new Set(["numero", "protocollo", "responsabile"]);
const commonGroups = ["destinatario.", "posizioni."];

const amount: FieldSpec = {
  title: "Importo",
  kind: "cents",
  isNeeded: true,
  isFilled: true,
  at: "importoRidottoCents",
};
const lessAmount: FieldSpec = {
  title: "Importo scontato",
  kind: "cents",
  isNeeded: false,
  isFilled: false,
  at: "importoScontatoCents",
};
const costs: FieldSpec = { kind: "cents", isNeeded: false, isFilled: false };

/** Names that mean the same in every kind of act, and that its own fields may not take. */
export const commonFields: ReadonlyMap<string, FieldSpec> = new Map<string, FieldSpec>([
  ...[...fieldSpecs].filter(
    ([name]) =>
      commonNames.has(name) ||
      (commonGroups.some((group) => name.startsWith(group)) && name !== "destinatario.qualita"),
  ),
  ["importoCents", amount],
  ["importoScontatoCents", lessAmount],
  ["speseCents", costs],
]);

/** What steps read of every act and this kind has not: there, and empty. */
const absentParts = {
  dataViolazione: "",
  luogo: "",
  targa: "",
  articolo: "",
  descrizione: "",
  agente: "",
  speseCents: 0,
} as const;

/** The table of a kind: what its flusso may carry, and what stands in an act before a row is read. */
export function buildFieldTable(name: string, fields: ActFields): FieldTable {
  const own = Object.entries(fields).map(
    ([field, { kind, required, title }]): [string, FieldSpec] => [
      field,
      {
        kind,
        title,
        isNeeded: required,
        isFilled: required && (kind === "cents" || kind === "day"),
        at: `dati.${field}`,
      },
    ],
  );
  const specs = new Map([...commonFields, ...own]);
  return {
    specs,
    find(field) {
      const known = specs.get(field);
      if (known !== undefined) return known;
      return /^(?:extra|destinatari)\./.test(field) ? findFieldSpec(field) : undefined;
    },
    start: { atto: name, ...absentParts },
  };
}
