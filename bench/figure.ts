/** What a benchmark tells: a JSON line on standard output for each figure, so that scripts compare them; words go to standard error. */

/** `name` is fixed: `bench/history.jsonl` is searched by it. */
export function tellFigure(
  name: string,
  value: number,
  unit: string,
  about: Readonly<Record<string, string | number>> = {},
): void {
  const rounded = Number(value.toPrecision(4));
  process.stdout.write(`${JSON.stringify({ figure: name, value: rounded, unit, ...about })}\n`);
}

/** A sentence for who looks on. */
export function tellWords(text: string): void {
  process.stderr.write(`${text}\n`);
}
