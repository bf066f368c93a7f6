/** What a person is asked of an export, and what the answers come to; knows no terminal. */
import { findFieldSpec } from "../../integrations/flusso/fields.ts";
import type { Target } from "../../integrations/flusso/guess/column-guess.ts";
import type { FlussoSettings } from "../../integrations/flusso/settings.ts";
import type { Proposal } from "./propose.ts";

/** One question; `id` is the same each time the same file is asked about. */
export type Question =
  /** Which of the persons of the file is notified. */
  | {
      readonly kind: "recipient";
      readonly id: string;
      readonly text: string;
      readonly options: readonly { readonly value: string; readonly label: string }[];
    }
  /** What a column is; the first option is what is proposed. */
  | {
      readonly kind: "column";
      readonly id: string;
      readonly text: string;
      readonly options: readonly { readonly value: Target; readonly label: string }[];
    }
  /** A value that no column gives and that is the same for every verbale. */
  | {
      readonly kind: "constant";
      readonly id: string;
      readonly text: string;
      readonly field: string;
    }
  /** Which of the columns that are left out holds a field that differs from verbale to verbale; `null`: none does. */
  | {
      readonly kind: "holder";
      readonly id: string;
      readonly text: string;
      readonly field: string;
      readonly options: readonly { readonly value: string | null; readonly label: string }[];
    };

/** What was said so far: a part of a `flusso:`, and who is notified. */
export interface Answers {
  readonly known: Partial<FlussoSettings>;
  readonly recipient?: string;
  /** What the ente's file says already: it counts for the columns that the export has. */
  readonly earlier?: Partial<FlussoSettings>;
}

const roleNames: Readonly<Record<string, string>> = {
  recipient: "il destinatario",
  owner: "il proprietario o intestatario",
  tenant: "il locatario",
  driver: "il conducente o trasgressore",
};

/** As a technician reads it: the field, or how it is made. */
export function formatTarget(target: Target): string {
  if (target === null) return "non serve";
  if (typeof target === "string") return target;
  const { to, split, join, values, format } = target;
  const parts = [to ?? ""];
  if (split !== undefined) parts.push(`split: ${split}`);
  if (join !== undefined) parts.push(`join: "${join}"`);
  if (values !== undefined) parts.push(`values: ${Object.keys(values).join(", ")}`);
  if (format !== undefined) parts.push(`format: ${format}`);
  return parts.filter((part) => part !== "").join(", ");
}

/** What is open: who is notified first, since the columns of the others follow from it. */
export function listQuestions({ guess, columns }: Proposal): readonly Question[] {
  const { persons, missing } = guess;
  if (persons.roles.length > 1 && !persons.isSure)
    return [
      {
        kind: "recipient",
        id: "destinatario",
        text: "Nel file ci sono più persone per verbale: chi va notificato?",
        options: persons.roles.map((role) => ({ value: role, label: roleNames[role] ?? role })),
      },
    ];
  return [
    ...columns
      .filter(({ isSure }) => !isSure)
      .map(({ name, target, alternatives, reason }): Question => ({
        kind: "column",
        id: name,
        text: `Che cosa contiene la colonna «${name}»? (${reason})`,
        options: [target, ...alternatives].map((value) => ({
          value,
          label: formatTarget(value),
        })),
      })),
    ...missing.map((field) => askForField(field, columns)),
  ];
}

/** Fields that may well be the same for all verbali of a file. */
const common = new Set([
  "luogo",
  "articolo",
  "descrizione",
  "agente",
  "importoRidottoCents",
  "speseCents",
]);

/** Whether a field may have one value for all verbali. */
export function canBeConstant(field: string): boolean {
  return common.has(field);
}

function askForField(field: string, columns: Proposal["columns"]): Question {
  if (canBeConstant(field))
    return {
      kind: "constant",
      id: field,
      field,
      text: `Nessuna colonna porta il campo ${field}: che valore ha, uguale per tutti i verbali?`,
    };
  const free = columns.filter(({ target, header }) => target === null && header !== "");
  return {
    kind: "holder",
    id: field,
    field,
    text: `Nessuna colonna porta il campo ${field}, che cambia da un verbale all'altro: quale lo contiene?`,
    options: [
      { value: null, label: "nessuna: va aggiunta all'esportazione" },
      ...free.map(({ name }) => ({ value: name, label: name })),
    ],
  };
}

/** A column is now what a person has said. */
export function answerColumn(answers: Answers, name: string, target: Target): Answers {
  const { known } = answers;
  const { [name]: _before, ...columns } = known.columns ?? {};
  const ignore = (known.ignore ?? []).filter((other) => other !== name);
  return {
    ...answers,
    known: {
      ...known,
      columns: target === null ? columns : { ...columns, [name]: target },
      ignore: target === null ? [...ignore, name] : ignore,
    },
  };
}

/** A field has now one value for all verbali. */
export function answerConstant(answers: Answers, field: string, value: string): Answers {
  const { known } = answers;
  return { ...answers, known: { ...known, constants: { ...known.constants, [field]: value } } };
}

/** Every field that a person may name. */
export function isField(text: string): boolean {
  return findFieldSpec(text) !== undefined;
}
