/** What an editor's YAML reader makes of a value that `check` reads as text, as JSON schema: `12` is a number there and the code "12" here. */

/** Whole numbers beyond these lose digits, and `check` refuses them. */
const mostDigits = 15;

/** A shape that takes these takes every number. */
const anyNumbers = ["0", "1", "12345678", "1.5", "-2.25", "0.001"];

/** Numbers that an editor shows where a text of this shape was written without quotes; empty where none fits. */
export function listNumberSpellings(schema: {
  readonly pattern?: unknown;
  readonly minLength?: unknown;
  readonly maxLength?: unknown;
  readonly format?: unknown;
}): readonly object[] {
  const { pattern, format, minLength = 0, maxLength = Infinity } = schema;
  if (format !== undefined) return [];
  const shape = typeof pattern === "string" ? new RegExp(pattern, "u") : null;
  const isFree = shape === null || anyNumbers.every((text) => shape.test(text));
  if (isFree && Number(maxLength) > mostDigits) return [{ type: ["number", "boolean"] }];
  const spelt = ["true", "false"].filter(
    (word) => (shape === null || shape.test(word)) && word.length <= Number(maxLength),
  );
  const most = Math.min(Number(maxLength), mostDigits);
  const lengths = Array.from({ length: most }, (_, index) => index + 1).filter(
    (digits) => digits >= Number(minLength) && fitsEvery(shape, digits),
  );
  const isSigned = shape === null || shape.test("-1");
  return [
    ...toRuns(lengths).map(([from, to]) => ({
      type: "integer",
      minimum: from === 1 && (shape === null || shape.test("0")) ? 0 : 10 ** (from - 1),
      maximum: 10 ** to - 1,
    })),
    ...(isSigned ? [{ type: "integer", minimum: 1 - 10 ** (most - 1), maximum: -1 }] : []),
    ...listDecimals(shape, most),
    ...spelt.map((word) => ({ const: word === "true" })),
  ];
}

/** `2.5` where a version is wanted: numbers with one decimal are few, and tried one by one. */
function listDecimals(shape: RegExp | null, most: number): readonly object[] {
  if (shape === null) return most < 3 ? [] : [{ type: "number", minimum: 0, maximum: 999 }];
  const tenths = Array.from({ length: 100 }, (_, index) => index / 10);
  return tenths
    .filter((value) => !Number.isInteger(value) && shape.test(String(value)))
    .map((value) => ({ type: "number", minimum: value, maximum: value }));
}

/** Numbers and truth values whose spelling is the text itself: `"2.5"` written as `2.5`. */
export function listConstSpellings(value: unknown): readonly object[] {
  if (typeof value === "number") return [{ type: "string", pattern: toExact(String(value)) }];
  if (typeof value === "boolean") return [{ type: "string", pattern: toExact(String(value)) }];
  if (value === "true" || value === "false") return [{ type: "boolean" }];
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  if (!Number.isFinite(number) || String(number) !== value) return [];
  // Not `const`: an editor would offer both spellings.
  return [{ type: "number", minimum: number, maximum: number }];
}

/** A whole number between the limits as text between quotes. */
export function buildIntegerPattern(minimum = -Infinity, maximum = Infinity): string {
  const parts = [
    ...(minimum < 0 ? [`-(?:${spellRange(Math.max(1, -maximum), -minimum)})`] : []),
    ...(maximum >= 0 ? [spellRange(Math.max(0, minimum), maximum)] : []),
  ];
  return `^(?:${parts.join("|")})$`;
}

/** A number between the limits, with decimals, as text between quotes; limits have one decimal at most. */
export function buildDecimalPattern(minimum = -Infinity, maximum = Infinity): string {
  const low = Math.floor(minimum) + 1;
  const tenths = Math.round((minimum - Math.floor(minimum)) * 10);
  const edge =
    tenths === 0
      ? String.raw`${minimum}(?:\.\d+)?`
      : String.raw`${Math.floor(minimum)}\.[${tenths}-9]\d*`;
  const within = buildIntegerPattern(Number.isFinite(minimum) ? low : minimum, maximum - 1).slice(
    1,
    -1,
  );
  const parts = [
    ...(Number.isFinite(minimum) ? [edge] : []),
    ...(low <= maximum - 1 ? [String.raw`${within}(?:\.\d+)?`] : []),
    ...(Number.isFinite(maximum) ? [String.raw`${maximum}(?:\.0+)?`] : []),
  ];
  return `^(?:${parts.join("|")})$`;
}

function fitsEvery(shape: RegExp | null, digits: number): boolean {
  if (shape === null) return true;
  const samples = ["1", "9", "1234567890", "5038"].map((word) =>
    word.repeat(mostDigits).slice(0, digits),
  );
  return samples.every((sample) => shape.test(sample));
}

function toRuns(lengths: readonly number[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const length of lengths) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === length - 1) last[1] = length;
    else runs.push([length, length]);
  }
  return runs;
}

/** Alternatives for the numbers from one to the other, none negative. */
function spellRange(from: number, to: number): string {
  if (!Number.isFinite(to)) {
    const digits = String(from).length;
    const longer = `[1-9][0-9]{${digits},}`;
    return from === 0 ? "0|[1-9][0-9]*" : `${spellRange(from, 10 ** digits - 1)}|${longer}`;
  }
  const found: string[] = [];
  for (let low = from; low <= to;) {
    const high = findBlockEnd(low, to);
    found.push(spellBlock(String(low), String(high)));
    low = high + 1;
  }
  return found.join("|");
}

/** The last number that shares all digits with the first but one, and its tail of 0 to 9. */
function findBlockEnd(low: number, to: number): number {
  let end = low;
  for (let size = 10; low % (size / 10) === 0; size *= 10) {
    const last = low - (low % size) + size - 1;
    const sameLength = String(last).length === String(low).length;
    if (last <= to && low % size === 0 && low > 0 && sameLength) {
      end = last;
      continue;
    }
    const step = size / 10;
    const most = Math.floor((to - low + 1) / step) * step + low - 1;
    return Math.max(end, Math.min(sameLength ? last : low + step - 1, most));
  }
  return end;
}

function spellBlock(low: string, high: string): string {
  let text = "";
  let free = 0;
  for (const [at, digit] of Array.from(low).entries()) {
    const other = high[at] ?? digit;
    if (digit === other) text += digit;
    else if (digit === "0" && other === "9") free++;
    else text += `[${digit}-${other}]`;
  }
  return free === 0 ? text : `${text}[0-9]${free === 1 ? "" : `{${free}}`}`;
}

function toExact(text: string): string {
  return `^${text.replaceAll(".", "\\.")}$`;
}
