/** The forms of dates and amounts for the whole file, and of the columns that have another. */
import { fieldSpecs } from "../fields.ts";
import type { AmountForm, DateForm } from "../notation/notation.ts";
import type { Draft } from "./draft.ts";
import { listTargetFields, type ColumnGuess } from "./column-guess.ts";
import { guessAmounts, guessDates, guessScale } from "./notation-guess.ts";

export interface NotationGuess {
  readonly dates: DateForm;
  readonly amounts: AmountForm;
  /** By the index of the column. */
  readonly formats: ReadonlyMap<number, DateForm | AmountForm>;
  readonly doubts: readonly string[];
}

/** Looks at the columns that feed days and amounts. */
export function guessNotation(
  drafts: readonly Draft[],
  guesses: readonly ColumnGuess[],
  today: string,
): NotationGuess {
  const ofKind = (kind: "day" | "cents"): readonly Draft[] =>
    guesses
      .filter(({ target }) =>
        listTargetFields(target).some((field) => fieldSpecs.get(field)?.kind === kind),
      )
      .flatMap(({ index }) => drafts[index] ?? [])
      .filter(({ column }) => column.facts.filled > 0);
  const doubts: string[] = [];
  const days = guessDays(ofKind("day"), today, doubts);
  const sums = guessSums(ofKind("cents"), doubts);
  return {
    dates: days.usual,
    amounts: sums.usual,
    formats: new Map<number, DateForm | AmountForm>([...days.formats, ...sums.formats]),
    doubts,
  };
}

interface Forms<Form> {
  readonly usual: Form;
  readonly formats: ReadonlyMap<number, Form>;
}

function guessDays(columns: readonly Draft[], today: string, doubts: string[]): Forms<DateForm> {
  const found = columns.flatMap((draft) => {
    const guess = guessDates(draft.column.facts, today);
    if (guess === null) return [];
    const isSplit = typeof draft.target === "object" && draft.target?.split === "data-ora";
    const hasTime = draft.column.facts.share("moment") > 0.5;
    const withTime = (["GG/MM/AAAA HH:MM", "AAAA-MM-GG HH:MM", "GG-MM-AAAA HH:MM"] as const).find(
      (form) => form.startsWith(guess.form),
    );
    const form = hasTime && !isSplit && withTime !== undefined ? withTime : stripTime(guess.form);
    return [{ index: draft.column.index, form, isSure: guess.isSure }];
  });
  // One column that cannot be read otherwise settles the others.
  const isProved = found.some(({ isSure, form }) => isSure && form.startsWith("GG"));
  if (!isProved && found.some(({ isSure }) => !isSure))
    doubts.push("Nelle date non si distingue il giorno dal mese: si è letto prima il giorno.");
  const usual = pickUsual(found.map(({ form }) => form)) ?? "GG/MM/AAAA";
  return {
    usual,
    formats: new Map(
      found.filter(({ form }) => form !== usual).map(({ index, form }) => [index, form]),
    ),
  };
}

function stripTime(form: DateForm): DateForm {
  if (form === "GG/MM/AAAA HH:MM") return "GG/MM/AAAA";
  if (form === "AAAA-MM-GG HH:MM") return "AAAA-MM-GG";
  return form === "GG-MM-AAAA HH:MM" ? "GG-MM-AAAA" : form;
}

function guessSums(columns: readonly Draft[], doubts: string[]): Forms<AmountForm> {
  const found = columns.map((draft) => ({
    index: draft.column.index,
    form: guessAmounts(draft.column.facts),
    facts: draft.column.facts,
    meaning: draft.meaning,
  }));
  const whole = found.filter(({ form }) => form === null);
  const known = found.flatMap(({ form }) => form ?? []);
  const isSheet = whole.some(({ facts }) => facts.numbers > 0);
  let scale: AmountForm | null = null;
  if (whole.length > 0) {
    const guess = guessScale(whole);
    const hasDecimals = known.length > 0;
    const loose = known.some((form) => form.startsWith("1,")) ? "1,234.5" : "1.234,5";
    const decimals = isSheet ? "1.234,56" : loose;
    scale = hasDecimals && guess.form !== "cents" ? decimals : guess.form;
    if (!guess.isSure)
      doubts.push(`Gli importi sono numeri interi: si sono letti come ${units[scale] ?? "euro"}.`);
  }
  const all = found.map(({ index, form }) => ({ index, form: form ?? scale ?? "1.234,56" }));
  const usual = pickUsual(all.map(({ form }) => form)) ?? "1.234,56";
  return {
    usual,
    formats: new Map(
      all.filter(({ form }) => form !== usual).map(({ index, form }) => [index, form]),
    ),
  };
}

const units: Readonly<Partial<Record<AmountForm, string>>> = {
  cents: "centesimi",
  thousandths: "millesimi",
};

function pickUsual<Form extends string>(forms: readonly Form[]): Form | null {
  const counts = [...Map.groupBy(forms, (form) => form)].toSorted(
    ([, left], [, right]) => right.length - left.length,
  );
  return counts[0]?.[0] ?? null;
}
