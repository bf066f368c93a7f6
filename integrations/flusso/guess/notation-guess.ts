/** How the dates and the amounts of a file are written, told by all of its columns together. */
import type { AmountForm, DateForm } from "../notation/notation.ts";
import { parseNotedDay } from "../notation/dates.ts";
import type { ColumnFacts } from "./column-facts.ts";
import { isSerialDays } from "./expectations.ts";

export interface DateGuess {
  readonly form: DateForm;
  /** Day and month cannot be taken for each other. */
  readonly isSure: boolean;
}

/** The form of one column; `null`: cells of a spreadsheet, which are written as any form. `today`: `YYYY-MM-DD`. */
export function guessDates(facts: ColumnFacts, today: string): DateGuess | null {
  if (isSerialDays(facts) && facts.days === 0) return { form: "seriale", isSure: true };
  if (facts.days === facts.filled && facts.filled > 0) return null;
  const [first] = facts.dayForms;
  if (first === undefined) {
    // Times stand behind the days.
    const bare = facts.values.map((text) => text.replace(/[T ].*$/, ""));
    const form = (["GG/MM/AAAA", "AAAA-MM-GG", "GG-MM-AAAA"] as const).find((each) =>
      bare.every((text) => parseNotedDay(text, each) !== null),
    );
    return { form: form ?? "GG/MM/AAAA", isSure: form !== undefined };
  }
  const isAmerican = facts.dayForms.includes("MM/GG/AAAA");
  if (!facts.dayForms.includes("GG/MM/AAAA"))
    return { form: first, isSure: first !== "MM/GG/AAAA" };
  return { form: "GG/MM/AAAA", isSure: !isAmerican || !isPlausible(facts, "MM/GG/AAAA", today) };
}

/** No day lies in the future, nor two years back. */
function isPlausible(facts: ColumnFacts, form: DateForm, today: string): boolean {
  const oldest = `${Number(today.slice(0, 4)) - 2}${today.slice(4)}`;
  return facts.values.every((text) => {
    const read = parseNotedDay(text, form);
    return read !== null && "day" in read && read.day <= today && read.day >= oldest;
  });
}

/** What whole numbers may be. */
type Scale = "cents" | "thousandths" | "euro";
const perEuro: Readonly<Record<Scale, number>> = { cents: 100, thousandths: 1000, euro: 1 };

export interface AmountGuess {
  readonly form: AmountForm;
  readonly isSure: boolean;
}

/** The form of one column; `null`: its whole numbers do not say it alone. */
export function guessAmounts(facts: ColumnFacts): AmountForm | null {
  const { values } = facts;
  if (facts.numbers === facts.filled && values.some((text) => /\./.test(text))) return "1.234,56";
  const bare = values.map((text) => text.trim());
  if (facts.share("comma-money") > 0 && facts.share("dot-money") === 0)
    return bare.every((text) => /,\d{2}$/.test(text) && /^[\d.,]+$/.test(text))
      ? "1.234,56"
      : "1.234,5";
  if (facts.share("dot-money") > 0 && facts.share("comma-money") === 0) {
    // `1.083` alone may be a thousand.
    if (bare.every((text) => /^\d{1,3}\.\d{3}$|^\d{1,3}$/.test(text))) return "1.234,5";
    return bare.every((text) => /\.\d{2}$/.test(text) && /^[\d.,]+$/.test(text))
      ? "1,234.56"
      : "1,234.5";
  }
  if (facts.share("comma-money") > 0)
    return bare.some((text) => /,\d{3}\./.test(text)) ? "1,234.5" : "1.234,5";
  return null;
}

/** In euro: what an amount of a kind usually is. */
const usual: Readonly<Record<string, readonly [number, number]>> = {
  "amount.reduced": [25, 1500],
  "amount.discounted": [17, 1100],
  fees: [2, 45],
};

/** What the whole numbers of a file are, by what amounts of these kinds usually come to. */
export function guessScale(
  columns: readonly { readonly meaning: string; readonly facts: ColumnFacts }[],
): AmountGuess {
  const scales: readonly Scale[] = ["cents", "thousandths", "euro"];
  const fitting = scales.filter((scale) =>
    columns.every(({ meaning, facts }) => {
      const [least, most] = usual[meaning] ?? [0, 1e9];
      const middle = findMiddle(facts) / perEuro[scale];
      const isWhole = scale !== "thousandths" || facts.values.every((text) => text.endsWith("0"));
      return isWhole && middle >= least && middle <= most;
    }),
  );
  const [scale = "cents"] = fitting;
  const isSheet = columns.some(({ facts }) => facts.numbers > 0);
  const forms: Readonly<Record<Scale, AmountForm>> = {
    cents: "cents",
    thousandths: "thousandths",
    euro: isSheet ? "1.234,56" : "1.234,5",
  };
  return { form: forms[scale], isSure: fitting.length === 1 };
}

function findMiddle({ texts }: ColumnFacts): number {
  const numbers = texts
    .filter((text) => /^\d+$/.test(text) && Number(text) > 0)
    .map(Number)
    .toSorted((left, right) => left - right);
  return numbers[Math.floor(numbers.length / 2)] ?? 0;
}

/** The amount of a cell in euro, by its own form; `null`: it is none. */
export function readEuro(text: string): number | null {
  const bare = text.replaceAll(/€|\bEURO?\b|\s/gi, "");
  if (/^\d+(?:\.\d+)?$/.test(bare) && !/^\d{1,3}\.\d{3}$/.test(bare)) return Number(bare);
  if (/^\d{1,3}(?:\.\d{3})*(?:,\d+)?$|^\d+,\d+$/.test(bare))
    return Number(bare.replaceAll(".", "").replace(",", "."));
  if (/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(bare)) return Number(bare.replaceAll(",", ""));
  return null;
}
