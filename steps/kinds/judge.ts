/** The checks that the file of a kind of act declares, asked of one act. */
import { addDays } from "../../engine/host/clock.ts";
import type { ActCheck, ActKind } from "../../integrations/services.ts";
import type { Verbale } from "../schemas/verbale.ts";
import { findTitle, readActValue, type ActValue } from "./values.ts";

export interface OwnFinding {
  readonly code: string;
  readonly severity: "error" | "warning" | "off";
  /** What people call the field. */
  readonly head: string;
  readonly what: string;
  readonly remedy: string;
}

interface Asked {
  readonly verbale: Verbale;
  readonly kind: ActKind;
  /** `YYYY-MM-DD`, Europe/Rome. */
  readonly today: string;
}

/** What does not pass, in the order of the file; what is off is not asked. `severity`: what the ente has otherwise. */
export function judgeOwnChecks(
  asked: Asked,
  severity: Readonly<Record<string, OwnFinding["severity"]>> = {},
): readonly OwnFinding[] {
  const { kind } = asked;
  return Object.entries(kind.checks ?? {}).flatMap(([code, check]) => {
    const own = severity[code] ?? check.severity;
    if (own === "off" || !applies(check, asked) || passes(check, asked)) return [];
    const head = findTitle(kind, check.field) ?? check.field;
    return [{ code, severity: own, head, what: check.message, remedy: check.remedy }];
  });
}

function read({ verbale, kind }: Asked, name: string): ActValue | null {
  return readActValue(verbale, name, kind);
}

function applies({ when }: ActCheck, asked: Asked): boolean {
  if (when === undefined) return true;
  const value = read(asked, when.field);
  if (when.present !== undefined && (value !== null) !== when.present) return false;
  return when.is === undefined || (value !== null && when.is.includes(toText(value)));
}

/** A value that is missing passes all but `required`: whether it may be is another question. */
function passes(check: ActCheck, asked: Asked): boolean {
  const value = read(asked, check.field);
  if (value === null) return check.required !== true;
  return (
    fitsText(check, value) &&
    fitsRange(check, value) &&
    fitsOrder(check, value, asked) &&
    fitsSum(check, value, asked) &&
    fitsTable(check, value, asked)
  );
}

/** As the file writes it: a flag is sì or no. */
function toText(value: ActValue): string {
  if (typeof value === "boolean") return value ? "sì" : "no";
  return String(value);
}

const compiled = new Map<string, RegExp>();

/** The pattern is of the whole text, and knows every letter. */
export function compilePattern(pattern: string): RegExp {
  const known = compiled.get(pattern) ?? new RegExp(`^(?:${pattern})$`, "u");
  compiled.set(pattern, known);
  return known;
}

function fitsText({ pattern, oneOf }: ActCheck, value: ActValue): boolean {
  const text = toText(value);
  if (pattern !== undefined && !compilePattern(pattern).test(text)) return false;
  return oneOf === undefined || oneOf.includes(text);
}

function fitsRange({ min, max }: ActCheck, value: ActValue): boolean {
  if (min === undefined && max === undefined) return true;
  const number = typeof value === "number" ? value : Number(toText(value).replace(",", "."));
  if (Number.isNaN(number)) return false;
  return (min === undefined || number >= min) && (max === undefined || number <= max);
}

const orders = {
  after: (own: string, other: string) => own > other,
  notBefore: (own: string, other: string) => own >= other,
  before: (own: string, other: string) => own < other,
  notAfter: (own: string, other: string) => own <= other,
} as const;

/** Days of a calendar compare as texts; an act without the other day is not held against it. */
function fitsOrder(check: ActCheck, value: ActValue, asked: Asked): boolean {
  for (const [name, isFit] of Object.entries(orders)) {
    const reference = check[name as keyof typeof orders];
    if (reference === undefined) continue;
    const day = resolveDay(reference, asked);
    if (day !== null && !isFit(toText(value), addDays(day, check.shiftDays ?? 0))) return false;
  }
  return true;
}

const dayForm = /^\d{4}-\d{2}-\d{2}$/;

function resolveDay(reference: string, asked: Asked): string | null {
  if (reference === "today") return asked.today;
  if (dayForm.test(reference)) return reference;
  const value = read(asked, reference);
  return typeof value === "string" && dayForm.test(value) ? value : null;
}

function fitsSum({ sumOf }: ActCheck, value: ActValue, asked: Asked): boolean {
  if (sumOf === undefined) return true;
  let sum = 0;
  for (const name of sumOf) sum += Number(read(asked, name) ?? 0);
  return value === sum;
}

function fitsTable({ table }: ActCheck, value: ActValue, asked: Asked): boolean {
  if (table === undefined) return true;
  const by = read(asked, table.by);
  const allowed = by === null ? undefined : table.values[toText(by)];
  return allowed === undefined || allowed.includes(toText(value));
}
