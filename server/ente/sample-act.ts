/** A fictional act of a kind: what its file gives as an example, sent to the person of the sample verbale. */
import { isNumeric } from "../../integrations/flusso/fields.ts";
import { buildFieldTable } from "../../integrations/flusso/own-fields.ts";
import { readLine } from "../../integrations/flusso/rows/json-rows.ts";
import type { ActKind } from "../../integrations/services.ts";
import type { Verbale } from "../../steps/schemas/verbale.ts";
import { UsageError } from "../words/usage-error.ts";
import { buildSampleVerbale } from "./sample-verbale.ts";

/** As a row of JSON lines, with the names of the kind. */
export function buildSampleRow(act: ActKind, day: string): Record<string, unknown> {
  const { numero, protocollo, destinatario } = buildSampleVerbale(day);
  const { qualita: _, ...person } = destinatario;
  const row = { numero, protocollo, importoCents: 10_000, destinatario: person };
  return { ...row, ...typeValues(act, act.example ?? {}) };
}

/** Values as a row of JSON lines has them: what the kind calls an amount or a number is one. */
export function typeValues(
  act: ActKind,
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const table = buildFieldTable(act.name, act.fields);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const spec = table.find(name);
      if (spec === undefined || value === "") return [name, value];
      if (isNumeric(spec)) return [name, Number(value)];
      return [name, spec.kind === "flag" ? /^(?:sì|si|true)$/i.test(String(value)) : String(value)];
    }),
  );
}

/** The same as it travels. Throws UsageError where the example of the kind's file is none. */
export function buildSampleAct(act: ActKind, day: string): Verbale {
  const table = buildFieldTable(act.name, act.fields);
  const read = readLine(1, JSON.stringify(buildSampleRow(act, day)), table);
  // The reader gives every field its type.
  if ("verbale" in read) return read.verbale as unknown as Verbale;
  const told = read.faults.map(({ header, message }) => `${header ?? "esempio"}: ${message}`);
  throw new UsageError(
    `L'esempio dell'atto «${act.name}» (example) non si può leggere: ${told.join(" ")}`,
    { isWellTyped: true },
  );
}
