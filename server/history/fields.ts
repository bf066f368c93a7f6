/** Fields of data whose form is not known. */

/** An object's fields; nothing where the value is none. */
export function toFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

/** A list's entries; none where the value is no list. */
export function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text that says something, or `null`. */
export function toText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
