/** The flusso that a test begins with, as bytes: rows that differ from a sample, or a file. */
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { toRomeDay } from "../../../engine/host/clock.ts";
import type { ActKind } from "../../../integrations/services.ts";
import { buildSampleRow, typeValues } from "../../ente/sample-act.ts";
import { UsageError } from "../../words/usage-error.ts";
import { buildSampleVerbale } from "../../ente/sample-verbale.ts";
import type { Given } from "../language/test-file.ts";

export interface TestInput {
  readonly name: string;
  readonly bytes: Uint8Array;
}

type Data = Readonly<Record<string, unknown>>;

/** `null`: the run takes no file. `own`: what the file of tests says of every verbale. Throws UsageError where the file is not there. */
export async function buildInput(
  given: Given | undefined,
  {
    testFile,
    nowMs,
    own,
    act,
  }: {
    readonly testFile: string;
    readonly nowMs: number;
    readonly own: Data;
    /** The kind of act; absent: verbali of the Codice della Strada. */
    readonly act?: ActKind | undefined;
  },
): Promise<TestInput | null> {
  if (given?.file !== undefined) return await readInput(given.file, testFile);
  const rows =
    given?.verbali ??
    (given?.count === undefined ? null : Array.from({ length: given.count }, () => ({})));
  if (rows === null) return null;
  const lines = (rows as readonly Data[]).map((row, index) => {
    const sample = buildNumbered(index + 1, toRomeDay(nowMs), act);
    const merged = mergeRows(mergeRows(sample, toNamedFields(own, act)), toNamedFields(row, act));
    return JSON.stringify(merged);
  });
  return { name: "flusso.jsonl", bytes: new TextEncoder().encode(`${lines.join("\n")}\n`) };
}

async function readInput(name: string, testFile: string): Promise<TestInput> {
  const path = resolve(dirname(testFile), name);
  try {
    return { name: basename(path), bytes: new Uint8Array(await readFile(path)) };
  } catch {
    throw new UsageError(`Il file ${name}, che ${testFile} nomina, non si può leggere.`, {
      isWellTyped: true,
    });
  }
}

/** What a test says of an act under `dati` stands in its row by the name of the field. */
function toNamedFields(row: Data, act: ActKind | undefined): Data {
  if (act === undefined) return row;
  const { dati, ...rest } = row;
  return { ...rest, ...typeValues(act, isGroup(dati) ? dati : {}) };
}

/** Another number, protocol and plate for each: verbali that share them are taken for one violation. */
function buildNumbered(n: number, day: string, act: ActKind | undefined): Data {
  if (act !== undefined) {
    const { protocollo: _none, ...row } = buildSampleRow(act, day);
    return { ...row, numero: `V${n}` };
  }
  const { protocollo: _, ...sample } = buildSampleVerbale(day);
  return { ...sample, numero: `V${n}`, targa: `ZZ${String(n).padStart(3, "0")}ZZ` };
}

const personal = ["cognome", "nome", "codiceFiscale", "qualita"];

/** Groups merge, everything else is replaced; an empty text takes the field away. A company has no name of the sample's person. */
function mergeRows(base: Data, over: Data): Data {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === "") delete merged[key];
    else if (isGroup(value))
      merged[key] = mergeRows(isGroup(merged[key]) ? startOver(merged[key], value) : {}, value);
    else merged[key] = value;
  }
  return merged;
}

function startOver(base: Data, over: Data): Data {
  if (over["tipo"] !== "PG" || base["tipo"] === "PG") return base;
  return Object.fromEntries(Object.entries(base).filter(([key]) => !personal.includes(key)));
}

function isGroup(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
