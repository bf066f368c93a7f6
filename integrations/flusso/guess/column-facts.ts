/** What the cells of one column have in common. */
import { foldText } from "../mapping/fold-text.ts";
import type { DateForm } from "../notation/notation.ts";
import {
  classifyCell,
  contentKinds,
  listDayForms,
  type ContentKind,
  type TownBook,
} from "./cell-tests.ts";
import type { Sample } from "./sample.ts";

export interface ColumnFacts {
  /** Cells that say something. */
  readonly filled: number;
  readonly distinct: number;
  /** The share of the filled cells that are of a kind, 0 to 1. */
  share(kind: ContentKind): number;
  /** Forms of dates that fit every cell of days; none where it has no days. */
  readonly dayForms: readonly DateForm[];
  /** The cells, empty ones as empty texts. */
  readonly texts: readonly string[];
  /** Different texts, the most frequent first. */
  readonly values: readonly string[];
  readonly longest: number;
  /** Texts of the column that stand for empty. */
  readonly emptyWords: readonly string[];
  /** Cells of a spreadsheet that are days, or numbers. */
  readonly days: number;
  readonly numbers: number;
}

/** What programs write where there is nothing. */
const nothing = new Set(
  "- -- --- . .. * / // n.d. nd n.d n/d n/a n.a. sconosciuto nessuno nessuna null none (null) #n/d".split(
    " ",
  ),
);
for (const words of ["non disponibile", "non presente", "non rilevato", "non noto"])
  nothing.add(words);

/** Whether a text stands for empty. */
export function isEmptyWord(text: string): boolean {
  return nothing.has(foldText(text));
}

/** Looks at a column of the sample. */
export function collectColumnFacts(sample: Sample, index: number, towns: TownBook): ColumnFacts {
  const counts = new Map<ContentKind, number>(contentKinds.map((kind) => [kind, 0]));
  const seen = new Map<string, number>();
  const empty = new Map<string, string>();
  const texts: string[] = [];
  let filled = 0;
  let longest = 0;
  let days = 0;
  let numbers = 0;
  let forms: readonly DateForm[] | null = null;
  for (const row of sample.rows) {
    const raw = row.cells[index] ?? "";
    const isEmpty = raw === "" || isEmptyWord(raw);
    if (isEmpty && raw !== "") empty.set(foldText(raw), raw);
    const text = isEmpty ? "" : raw;
    texts.push(text);
    if (text === "") continue;
    filled += 1;
    longest = Math.max(longest, text.length);
    if (row.kinds?.[index] === "day") days += 1;
    if (row.kinds?.[index] === "number") numbers += 1;
    seen.set(text, (seen.get(text) ?? 0) + 1);
    for (const kind of classifyCell(text, towns)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const own = listDayForms(text);
    if (own.length > 0) forms = forms === null ? own : forms.filter((form) => own.includes(form));
  }
  return {
    filled,
    distinct: seen.size,
    share: (kind) => (filled === 0 ? 0 : (counts.get(kind) ?? 0) / filled),
    dayForms: forms ?? [],
    texts,
    values: [...seen].toSorted(([, left], [, right]) => right - left).map(([text]) => text),
    longest,
    emptyWords: [...empty.values()],
    days,
    numbers,
  };
}
