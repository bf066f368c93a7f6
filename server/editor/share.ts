/** Says once what a schema says several times: long pieces go to `definitions`. */
import type { JsonSchema } from "../../loader/yaml/schema-check.ts";

/** Shorter pieces cost less than a reference is worth. */
const shortest = 150;

/** The same schema, smaller. Pieces are named by the order in which they are met. */
export function shareRepeated(schema: object): object {
  const counts = new Map<string, number>();
  countPieces(schema, counts);
  const names = new Map<string, string>();
  const definitions: Record<string, unknown> = {};
  const { definitions: own = {}, ...rest } = replacePieces(schema, {
    counts,
    names,
    definitions,
  }) as {
    readonly definitions?: object;
  };
  return { ...rest, definitions: { ...own, ...definitions } };
}

interface Sharing {
  readonly counts: ReadonlyMap<string, number>;
  readonly names: Map<string, string>;
  readonly definitions: Record<string, unknown>;
}

/** A piece that is met again is not looked into again: what it holds is then in one place. */
function countPieces(value: unknown, counts: Map<string, number>): void {
  if (typeof value !== "object" || value === null) return;
  const text = JSON.stringify(value);
  if (isPiece(value) && text.length >= shortest) {
    const seen = counts.get(text) ?? 0;
    counts.set(text, seen + 1);
    if (seen > 0) return;
  }
  for (const inner of Object.values(value)) countPieces(inner, counts);
}

function replacePieces(value: unknown, sharing: Sharing): unknown {
  if (Array.isArray(value)) return value.map((one) => replacePieces(one, sharing));
  if (typeof value !== "object" || value === null) return value;
  const text = JSON.stringify(value);
  const isShared = isPiece(value) && (sharing.counts.get(text) ?? 0) > 1;
  const known = sharing.names.get(text);
  if (isShared && known !== undefined) return { $ref: `#/definitions/${known}` };
  const name = `shared-${sharing.names.size + 1}`;
  if (isShared) sharing.names.set(text, name);
  const replaced = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, replacePieces(inner, sharing)]),
  );
  if (!isShared) return replaced;
  sharing.definitions[name] = replaced;
  return { $ref: `#/definitions/${name}` };
}

/** Whether it is a schema, and no table of names. */
function isPiece(value: object): boolean {
  const { type, anyOf } = value as JsonSchema;
  return (
    (typeof type === "string" || Array.isArray(type) || Array.isArray(anyOf)) &&
    !("$schema" in value)
  );
}
