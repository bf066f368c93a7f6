/** Errors of drawing as plain data and back, so that they leave a thread with their class and fields. */
import { BoxTooTall } from "../layout/boxes.ts";
import { MissingGlyph } from "../pdf/missing-glyph.ts";
import { InfoTooLong, SubjectTooLong } from "./notice.ts";

export type DrawingFault =
  | { readonly kind: "missing-glyph"; readonly codePoint: number }
  | { readonly kind: "subject-too-long"; readonly length: number }
  | { readonly kind: "info-too-long"; readonly length: number }
  | { readonly kind: "box-too-tall"; readonly height: number }
  | {
      readonly kind: "other";
      readonly name: string;
      readonly message: string;
      readonly stack: string | undefined;
    };

/** What was thrown, as data. */
export function toDrawingFault(error: unknown): DrawingFault {
  if (error instanceof MissingGlyph)
    return { kind: "missing-glyph", codePoint: Number.parseInt(error.codePoint.slice(2), 16) };
  if (error instanceof SubjectTooLong) return { kind: "subject-too-long", length: error.length };
  if (error instanceof InfoTooLong) return { kind: "info-too-long", length: error.length };
  if (error instanceof BoxTooTall) return { kind: "box-too-tall", height: error.height };
  if (!(error instanceof Error))
    return { kind: "other", name: "Error", message: String(error), stack: undefined };
  return { kind: "other", name: error.name, message: error.message, stack: error.stack };
}

/** The error again; one of another class keeps its name, message and stack. */
export function toDrawingError(fault: DrawingFault): Error {
  if (fault.kind === "missing-glyph") return new MissingGlyph(fault.codePoint);
  if (fault.kind === "subject-too-long") return new SubjectTooLong(fault.length);
  if (fault.kind === "info-too-long") return new InfoTooLong(fault.length);
  if (fault.kind === "box-too-tall") return new BoxTooTall(fault.height);
  const error = new Error(fault.message);
  error.name = fault.name;
  if (fault.stack !== undefined) error.stack = fault.stack;
  return error;
}
