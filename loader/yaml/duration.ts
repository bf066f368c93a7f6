/** Durations as people write them in YAML (`30s`, `1h30m`), and the schema that steps use for them. */
import { Type, type TUnsafe } from "typebox";

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const whole = /^(?:\d+(?:ms|s|m|h|d))+$/;
const part = /(\d+)(ms|s|m|h|d)/g;

/** The pattern that editors check; the same language as `parseDuration`. */
export const durationPattern = "^(?:[0-9]+(?:ms|s|m|h|d))+$";

/** Milliseconds of `30s`, `10m`, `24h`, `2d`, `500ms`, `1h30m`; `null` when the text is no duration. */
export function parseDuration(text: string): number | null {
  if (!whole.test(text)) return null;
  let total = 0;
  for (const [, digits, unit] of text.matchAll(part))
    total += Number(digits) * (unitMs[unit ?? ""] ?? Number.NaN);
  return Number.isSafeInteger(total) ? total : null;
}

/** The shortest spelling of a duration: `90000` is `1m30s`, `0` is `0s`. */
export function formatYamlDuration(milliseconds: number): string {
  let rest = Math.round(milliseconds);
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"]) {
    const size = unitMs[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === "" ? "0s" : text;
}

export interface DurationOptions {
  readonly description?: string;
  /** As YAML would say it: `30s`. */
  readonly default?: string;
}

/**
 * Schema of a duration: `30s` in YAML, a whole number of milliseconds for the step's code.
 * The loader knows it by the keyword `duration`.
 */
export function Duration(options: DurationOptions = {}): TUnsafe<number> {
  return Type.Unsafe<number>({ type: "integer", minimum: 0, duration: true, ...options });
}
