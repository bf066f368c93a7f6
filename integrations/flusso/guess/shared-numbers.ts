/** Whether rows of one number are the recipients of one act: all else is the same in them, and who is notified is not. */
import { foldCode } from "../look-alikes.ts";
import { foldText } from "../mapping/fold-text.ts";
import { listTargetFields, type ColumnGuess } from "./column-guess.ts";
import type { SampleRow } from "./grid.ts";
import type { Sample } from "./sample.ts";

export interface SharedNumbers {
  readonly areRecipients: boolean;
  /** Italian: numbers come again, and it cannot be told why. */
  readonly doubts: readonly string[];
}

/** What a row has for its own recipient. */
const ofRecipient = /^(?:destinatario|posizioni)\./;

/** Looks at the rows of the sample whose number comes again. */
export function guessSharedNumbers(
  { rows }: Pick<Sample, "rows">,
  columns: readonly ColumnGuess[],
): SharedNumbers {
  const numbers = columns.filter(({ target }) => listTargetFields(target).includes("numero"));
  const groups = [...Map.groupBy(rows, (row) => readNumber(row, numbers))]
    .filter(([number, group]) => number !== "" && group.length > 1)
    .map(([, group]) => group);
  if (numbers.length === 0 || groups.length === 0) return { areRecipients: false, doubts: [] };
  const act = columns.filter(({ target }) => {
    const fields = listTargetFields(target);
    return fields.length > 0 && !fields.some((field) => ofRecipient.test(field));
  });
  const person = columns.filter(({ target }) => listTargetFields(target).some(namesPerson));
  const other = groups.flatMap((group) => {
    const differing = act.find((column) => countValues(group, [column]) > 1);
    return differing === undefined ? [] : [{ group, why: `«${differing.name}» è diverso` }];
  });
  const same = groups.flatMap((group) =>
    countValues(group, person) < group.length
      ? [{ group, why: "il destinatario è lo stesso" }]
      : [],
  );
  const [against] = [...other, ...same];
  if (against === undefined && person.length > 0) return { areRecipients: true, doubts: [] };
  const lines = (against?.group ?? groups[0] ?? []).map(({ line }) => line).slice(0, 4);
  return {
    areRecipients: false,
    doubts: [
      `Più righe hanno lo stesso numero (per esempio le righe ${lines.join(", ")}${against === undefined ? "" : `: ${against.why}`}): se sono i destinatari di uno stesso atto, chiedere al tecnico di dichiararlo.`,
    ],
  };
}

function readNumber({ cells }: SampleRow, columns: readonly ColumnGuess[]): string {
  const texts = columns.map(({ index }) => (cells[index] ?? "").trim());
  return texts.every((text) => text === "") ? "" : foldCode(texts.join("/"));
}

function namesPerson(field: string): boolean {
  return /^destinatario\.(?:cognome|nome|denominazione|codiceFiscale|partitaIva)$/.test(field);
}

/** How many different texts the columns have in these rows. */
function countValues(group: readonly SampleRow[], columns: readonly ColumnGuess[]): number {
  return new Set(
    group.map(({ cells }) =>
      columns.map(({ index }) => foldText(cells[index] ?? "")).join("\u0000"),
    ),
  ).size;
}
