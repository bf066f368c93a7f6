/** What ajv says about a coerced value, in Italian and with its place. */
import { findChoices, toPointer, formatSubject, describeType, type Walk } from "./coerce-walk.ts";
import { reportFault, type Fault, type Problem } from "./diagnostics.ts";
import { checkBySchema, type JsonSchema, type SchemaFault } from "./schema-check.ts";

/** The faults that coercion did not tell already; one for each place. `keys` lead to the value from the walk's root. */
export function checkCoerced(
  walk: Walk,
  schema: object,
  value: unknown,
  keys: readonly string[] = [],
): Problem[] {
  const told = new Set<string>();
  const problems: Problem[] = [];
  const prefix = toPointer(keys);
  for (const fault of dropBranches(checkBySchema(schema, value))) {
    if (isInspected(schema as JsonSchema, fault, keys.length === 0)) continue;
    const pointer = prefix + toFaultPointer(fault);
    if (told.has(pointer) || isSettled(walk, prefix + fault.instancePath, pointer, fault)) continue;
    told.add(pointer);
    const at = walk.places.get(pointer) ?? findNearestPlace(walk, pointer);
    const path = pointer.split("/").slice(1).map(unescapePart);
    reportFault(problems, at, translateFault(walk, schema as JsonSchema, fault, path, keys.length));
  }
  return problems;
}

/** The step itself tells what is wrong with the text, and where in it; the pattern is for editors. */
function isInspected(root: JsonSchema, fault: SchemaFault, isWhole: boolean): boolean {
  if (fault.keyword !== "pattern" || !isWhole) return false;
  const path = fault.instancePath.split("/").slice(1).map(unescapePart);
  return findSchema(root, path)?.["inspected"] === true;
}

/** Where a union fails, ajv tells the faults of every branch: only the union's own fault is kept. */
function dropBranches(faults: readonly SchemaFault[]): readonly SchemaFault[] {
  const unions = faults.filter((fault) => fault.keyword === "anyOf");
  return faults.filter(
    (fault) => !unions.some((union) => fault.schemaPath.startsWith(`${union.schemaPath}/`)),
  );
}

function toFaultPointer(fault: SchemaFault): string {
  if (fault.keyword !== "required") return fault.instancePath;
  return fault.instancePath + toPointer([String(fault.params["missingProperty"])]);
}

/** A problem was told about it, above it or, for a union, inside it; or its value is yet to come. */
function isSettled(walk: Walk, instance: string, pointer: string, fault: SchemaFault): boolean {
  for (const known of [...walk.blamed, ...walk.hidden]) {
    if (pointer === known || pointer.startsWith(`${known}/`)) return true;
    if (fault.keyword === "anyOf" && known.startsWith(instance)) return true;
  }
  return false;
}

function findNearestPlace(walk: Walk, pointer: string) {
  let here = pointer;
  while (here !== "") {
    const place = walk.places.get(here);
    if (place !== undefined) return place;
    here = here.slice(0, here.lastIndexOf("/"));
  }
  return walk.places.get("") ?? walk.at;
}

function unescapePart(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

type Words = Omit<Fault, "code" | "severity">;

function translateFault(
  walk: Walk,
  root: JsonSchema,
  fault: SchemaFault,
  path: readonly string[],
  depth: number,
): Fault {
  const schema = findSchema(root, path.slice(depth));
  const said = schema?.["description"];
  const why = typeof said === "string" ? said : undefined;
  const words = describeFault(walk, fault, path, schema ?? {});
  if (path.at(-1) === "secret" && fault.keyword === "pattern") return secretNameFault(words, why);
  return { code: "P005", ...words, ...(words.why === undefined && { why }) };
}

/** What stands in place of a secret's name may be the secret itself. */
function secretNameFault(words: Words, why: string | undefined): Fault {
  return {
    code: "P033",
    ...words,
    why,
    remedy: "scrivi il nome del segreto, in maiuscole: SEND_API_KEY",
    isSecret: true,
  };
}

/** A pattern in words where its schema says them or it is one that people meet often. */
function describePattern(pattern: string, remedy: unknown): string {
  if (typeof remedy === "string") return remedy;
  const digits = /^\^(?:\[0-9\]|\\d)\{(\d+)\}\$$/.exec(pattern)?.[1];
  if (digits !== undefined) return `servono ${digits} cifre, tra virgolette`;
  if (pattern === "^https?://") return "deve cominciare con http:// oppure https://";
  return `la forma è ${pattern}`;
}

/** Of a pattern of plain signs alone: the characters of a value that a person would not see, or takes for others. */
function describeForeign(pattern: string, value: unknown): string {
  const signs = pattern.replace(/\[[^\]]*\]|\\./g, "");
  const isPlain = !/\[\^|\\[SWDp]/.test(pattern) && /^\^[^.]*\$$/.test(signs);
  const found = Array.from(isPlain && typeof value === "string" ? value : "").flatMap((sign, at) =>
    // A letter with an accent is seen for what it is.
    /[ -~\u00c0-\u024f]/.test(sign)
      ? []
      : `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")} al ${at + 1}º posto`,
  );
  if (found.length === 0) return "non ha la forma prevista";
  return `contiene ${found.length === 1 ? "un carattere che qui non è ammesso e può non vedersi o sembrarne un altro" : "caratteri che qui non sono ammessi e possono non vedersi o sembrarne altri"}: ${found.join(", ")}`;
}

function describeLimit(name: string, how: string, range: string): Words {
  return { message: `${name} è troppo ${how}`, remedy: `scrivi un numero ${range}` };
}

function describeFault(
  walk: Walk,
  fault: SchemaFault,
  path: readonly string[],
  schema: JsonSchema,
): Words {
  const name = formatSubject(walk, path);
  const { params, keyword } = fault;
  const limit = String(params["limit"]);
  switch (keyword) {
    case "required": {
      const choices = findChoices(schema);
      const type = schema["type"] === "string" ? "…" : describeType(schema);
      const wanted = choices === null ? type : choices.map(String).join(" oppure ");
      return {
        message: `${walk.owner} manca "${[...walk.path, ...path].join(".")}"`,
        remedy: `aggiungi ${String(params["missingProperty"])}: ${wanted}`,
      };
    }
    case "type":
      return { message: `${name} deve essere ${describeType(schema)}` };
    case "pattern":
      return {
        message: `${name} ${describeForeign(String(params["pattern"]), fault.data)}`,
        remedy: describePattern(String(params["pattern"]), schema["remedy"]),
      };
    case "format":
      return { message: `${name} non ha la forma prevista (${String(params["format"])})` };
    case "minLength":
      return {
        message:
          limit === "1" ? `${name} è vuoto` : `${name} è troppo corto: almeno ${limit} caratteri`,
      };
    case "maxLength":
      return { message: `${name} è troppo lungo: al massimo ${limit} caratteri` };
    case "minimum":
      return describeLimit(name, `piccolo: almeno ${limit}`, `da ${limit} in su`);
    case "maximum":
      return describeLimit(name, `grande: al massimo ${limit}`, `fino a ${limit}`);
    case "exclusiveMinimum":
      return { message: `${name} è troppo piccolo: più di ${limit}` };
    case "exclusiveMaximum":
      return { message: `${name} è troppo grande: meno di ${limit}` };
    case "minItems":
      return { message: `${name} è un elenco troppo corto: almeno ${limit}` };
    case "maxItems":
      return { message: `${name} è un elenco troppo lungo: al massimo ${limit}` };
    case "minProperties":
      return { message: `${name} ha troppo poche chiavi: almeno ${limit}` };
    case "maxProperties":
      return { message: `${name} ha troppe chiavi: al massimo ${limit}` };
    case "uniqueItems":
      return { message: `${name} contiene due volte lo stesso valore` };
    default:
      return { message: `${name} non ha un valore ammesso (${keyword})` };
  }
}

function findSchema(root: JsonSchema, path: readonly string[]): JsonSchema | null {
  let here: JsonSchema | null = root;
  for (const part of path) {
    if (here === null) return null;
    const properties = here["properties"] as Readonly<Record<string, JsonSchema>> | undefined;
    const patterns = here["patternProperties"] as Readonly<Record<string, JsonSchema>> | undefined;
    const items = here["items"] as JsonSchema | undefined;
    here = properties?.[part] ?? Object.values(patterns ?? {})[0] ?? items ?? null;
  }
  return here;
}
