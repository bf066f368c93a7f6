/** What separates the columns of a text whose names nobody knows yet. */
import { isBlankRecord, readCsvRecords, type Delimiter } from "../../csv.ts";
import type { FlussoSettings } from "../settings.ts";

const delimiters: readonly Delimiter[] = [";", ",", "\t", "|"];
const declared: Readonly<Record<string, Delimiter>> = { tab: "\t", ";": ";", ",": ",", "|": "|" };

/** The sign that cuts most rows into the same number of columns, of several the one that makes more. */
export async function chooseDelimiter(
  head: string,
  wanted: FlussoSettings["delimiter"] = "auto",
): Promise<Delimiter> {
  const said = declared[wanted];
  if (said !== undefined) return said;
  const [, sign = ""] = /^"?sep=(.)/i.exec(head) ?? [];
  if (declared[sign] !== undefined) return declared[sign];
  const scored = await Promise.all(
    delimiters.map(async (delimiter) => ({
      delimiter,
      score: await scoreDelimiter(head, delimiter),
    })),
  );
  const [best] = scored.toSorted((left, right) => right.score - left.score);
  return best?.delimiter ?? ";";
}

async function scoreDelimiter(head: string, delimiter: Delimiter): Promise<number> {
  const widths: number[] = [];
  for await (const record of readCsvRecords(streamOnce(head), delimiter)) {
    if (widths.length >= 60 || record.isEndless) break;
    if (!isBlankRecord(record)) widths.push(record.fields.length);
  }
  const counts = Map.groupBy(widths, (width) => width);
  let best = 0;
  for (const [width, rows] of counts)
    if (width > 1) best = Math.max(best, (rows.length / widths.length) * Math.min(width, 12));
  return best;
}

async function* streamOnce(text: string): AsyncGenerator<string> {
  yield text;
}
