/** One published case about codes, QR texts and payment positions: its shape, and what of its expectation nobody compares. */
import { type CaseText, type Fields, isFields } from "./case-file.ts";

export interface PagoPaCase {
  readonly id: string;
  readonly kind: string;
  readonly input: string | Fields;
  readonly expect: Fields;
  readonly note: string;
}

/** The case of a line, or why it is none. */
export function pagoPaCaseOf({ id, fields, fault }: CaseText): PagoPaCase | string {
  if (fault !== null) return fault;
  const { kind, input, expect, note = "" } = fields;
  if (typeof kind !== "string") return "the case has no kind";
  if (typeof input !== "string" && !isFields(input)) return "the input is neither text nor object";
  if (!isFields(expect) || Object.keys(expect).length === 0) return "the case expects nothing";
  return { id, kind, input, expect, note: String(note) };
}

/** Names of the expectation that were not among the compared ones; empty when all were. */
export function leftOut({ expect }: PagoPaCase, compared: readonly string[]): string {
  const names = Object.keys(expect).filter((name) => !compared.includes(name));
  return names.length === 0 ? "" : `not compared: ${names.join(", ")}`;
}
