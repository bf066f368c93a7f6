/** One scalar's source text to a value by its schema: text stays exactly as written, numbers are read by the schema alone. */
import {
  matchesType,
  blameValue,
  findChoices,
  formatLongForm,
  formatSubject,
  describeType,
  type Walk,
} from "./coerce-walk.ts";
import type { Fault, Fix } from "./diagnostics.ts";
import { reportFault } from "./diagnostics.ts";
import { parseDuration } from "./duration.ts";
import type { JsonSchema } from "./schema-check.ts";
import { findNearest } from "./nearest.ts";
import { isEmptyScalar, isNullScalar, type YamlScalar } from "./yaml.ts";

/** The value, or `undefined` after a problem was told. */
export function parseScalar(
  walk: Walk,
  node: YamlScalar,
  schema: JsonSchema,
  keys: readonly string[],
): unknown {
  const choices = findChoices(schema);
  if (choices !== null) return parseChoice(walk, node, choices, keys);
  if (isSecretReference(schema)) return blameSecret(walk, node, keys);
  if (matchesType(schema, "null") && isNullScalar(node) && schema["type"] !== undefined)
    return null;
  if (isEmptyScalar(node) && schema["type"] !== undefined)
    return blameValue(walk, keys, node.at, {
      code: "P005",
      message: `${formatSubject(walk, keys)} non ha un valore`,
      remedy: `scrivi ${describeType(schema)}; se la chiave è facoltativa si può togliere`,
    });
  if (schema["duration"] === true) return parseDurationScalar(walk, node, keys);
  if (matchesType(schema, "string")) {
    const loss = findLoss(node);
    if (loss !== null && schema["type"] !== undefined) reportLoss(walk, node, loss, keys);
    return node.text;
  }
  if (matchesType(schema, "boolean")) return parseTruth(walk, node, keys);
  if (matchesType(schema, "integer") || matchesType(schema, "number"))
    return parseNumber(walk, node, schema, keys);
  return blameType(walk, node, schema, keys);
}

function parseChoice(
  walk: Walk,
  node: YamlScalar,
  choices: readonly unknown[],
  keys: readonly string[],
): unknown {
  const found = choices.find(
    (choice) =>
      String(choice) === node.text ||
      (typeof choice === "boolean" && choice === readTruth(node.text)),
  );
  if (found !== undefined) return found;
  const names = choices.map(String);
  const near = findNearest(node.text, names);
  return blameValue(walk, keys, node.at, {
    code: "P005",
    message: `${formatSubject(walk, keys)} non può essere "${node.text}"`,
    maybe: near ?? undefined,
    remedy: `scegli tra: ${names.join(", ")}`,
  });
}

function parseDurationScalar(walk: Walk, node: YamlScalar, keys: readonly string[]): unknown {
  const milliseconds = parseDuration(node.text);
  if (milliseconds !== null) return milliseconds;
  const key = keys.at(-1) ?? "";
  // `30 s`, `24 ore`: a number and a unit, spelled otherwise.
  const [, count, unit = ""] = /^(\d+)\s*([a-z])[a-z]*$/i.exec(node.text) ?? [];
  const short = { s: "s", m: "m", o: "h", h: "h", g: "d", d: "d" }[unit.toLowerCase()];
  return blameValue(walk, keys, node.at, {
    code: "P005",
    message: `${formatSubject(walk, keys)} deve essere una durata, non "${node.text}"`,
    maybe: count === undefined || short === undefined ? undefined : `${count}${short}`,
    why: /^\d+$/.test(node.text) ? "manca l'unità di misura" : undefined,
    remedy: /^\d+$/.test(node.text)
      ? `${key}: ${node.text}s (secondi), ${node.text}m (minuti) oppure ${node.text}h (ore)`
      : "scrivi un numero e la sua unità, senza spazi: 30s, 10m, 24h, 2d",
  });
}

/** What people write for `true` and `false`. */
const meantByWord: ReadonlyMap<string, "true" | "false"> = new Map([
  ...["si", "sì", "yes", "on", "vero", "true", "1"].map((word) => [word, "true"] as const),
  ...["no", "off", "falso", "false", "0"].map((word) => [word, "false"] as const),
]);

/** YAML's own spellings of true and false. */
function readTruth(text: string): boolean | null {
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  return /^(?:false|False|FALSE)$/.test(text) ? false : null;
}

function parseTruth(walk: Walk, node: YamlScalar, keys: readonly string[]): unknown {
  const truth = readTruth(node.text);
  if (truth !== null) return truth;
  const meant = meantByWord.get(node.text.toLowerCase()) ?? null;
  return blameValue(walk, keys, node.at, {
    code: "P005",
    message: `${formatSubject(walk, keys)} deve essere true oppure false, non "${node.text}"`,
    ...(meant !== null && {
      remedy: `${keys.at(-1) ?? ""}: ${meant}`,
      guess: { start: node.at.start, end: node.at.end, text: meant },
    }),
  });
}

function parseNumber(
  walk: Walk,
  node: YamlScalar,
  schema: JsonSchema,
  keys: readonly string[],
): unknown {
  const pattern = matchesType(schema, "number")
    ? /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/
    : /^-?(?:0|[1-9]\d*)$/;
  if (!pattern.test(node.text)) return blameType(walk, node, schema, keys);
  const value = Number(node.text);
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value;
  return blameValue(walk, keys, node.at, {
    code: "P005",
    message: `${formatSubject(walk, keys)}: il numero ha troppe cifre`,
    why: `${node.text.length} cifre: diventerebbe ${value}`,
  });
}

function blameType(
  walk: Walk,
  node: YamlScalar,
  schema: JsonSchema,
  keys: readonly string[],
): undefined {
  const long = formatLongForm(node, schema, keys);
  const isWhole = matchesType(schema, "integer");
  const [digits] = /\d+/.exec(node.text) ?? [];
  // `22%`, `100 centesimi`: one number and what it counts.
  const counted = isWhole && /^\D*\d+\D*$/.test(node.text) ? digits : undefined;
  return blameValue(walk, keys, node.at, {
    code: "P005",
    message: `${formatSubject(walk, keys)} deve essere ${describeType(schema)}, non "${node.text}"`,
    why:
      /^\d+,\d+$/.test(node.text) && !isWhole ? "i decimali si scrivono con il punto" : undefined,
    maybe: counted,
    remedy:
      long ??
      (isWhole
        ? `scrivi solo cifre: ${keys.at(-1) ?? ""}: ${counted ?? (/^\d+,\d\d$/.test(node.text) ? node.text.replace(",", "") : "5")}`
        : undefined),
  });
}

function isSecretReference(schema: JsonSchema): boolean {
  const properties = schema["properties"] as object | undefined;
  return properties !== undefined && Object.keys(properties).join() === "secret";
}

function blameSecret(walk: Walk, node: YamlScalar, keys: readonly string[]): undefined {
  const key = keys.at(-1) ?? "";
  return blameValue(walk, keys, node.at, {
    code: "P033",
    message: `${formatSubject(walk, keys)} contiene un segreto: nei file va solo il suo nome`,
    remedy: `${key}: { secret: NOME_DEL_SEGRETO }, e il valore nell'ambiente o nella cartella dei segreti`,
    isSecret: true,
  });
}

interface Loss {
  /** What a YAML reader that decides numbers would make of it. */
  readonly becomes: string;
}

/** Whether unquoted text would change where YAML decides numbers: `058091`, 18 digits, `1.10`, `1e5`. */
export function findLoss(node: YamlScalar): Loss | null {
  if (!node.isPlain) return null;
  const { text } = node;
  const isNumber =
    /^[-+]?\d+$/.test(text) ||
    /^0o[0-7]+$|^0x[0-9a-fA-F]+$/.test(text) ||
    /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text);
  if (!isNumber) return null;
  const becomes = String(Number(text));
  return becomes === text ? null : { becomes };
}

function reportLoss(walk: Walk, node: YamlScalar, loss: Loss, keys: readonly string[]): void {
  const { start, end, source } = node.at;
  const isWritten = source.text.slice(start, end) === node.text;
  const fix: Fix = { start, end, text: `"${node.text}"` };
  const digits = node.text.length;
  const last = keys.at(-1) ?? "";
  const key = last === "" || /^\d+$/.test(last) ? "" : `${last}: `;
  const isLong = /^\d{16,}$/.test(node.text);
  const message = /^0\d/.test(node.text)
    ? `${formatSubject(walk, keys)} perderebbe lo zero iniziale`
    : `${formatSubject(walk, keys)} cambierebbe valore`;
  const fault: Fault = {
    code: "P006",
    message,
    why: isLong
      ? `${digits} cifre: diventerebbe ${loss.becomes}`
      : `letto come numero ${loss.becomes}`,
    remedy: `${key}"${node.text}"`,
    ...(isWritten && { fix }),
  };
  reportFault(walk.problems, node.at, fault);
}
