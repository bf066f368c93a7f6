/** Facts as the rows and columns that the office's program reads. */
import { formatEuroField } from "../euro.ts";
import type { SheetCell } from "../spreadsheet.ts";
import type { ToldFact } from "../register/reports.ts";
import { type EsitiField, esitiFields, type EsitiSettings } from "./settings.ts";

export interface EsitiColumn {
  readonly name: string;
  readonly field: EsitiField;
}

/** The columns in the order of the settings; without any, every field by its own name but the amount in euro and the number of the step protocol. */
export function listColumns({ columns }: Pick<EsitiSettings, "columns">): readonly EsitiColumn[] {
  if (columns !== undefined)
    return Object.entries(columns).map(([name, field]) => ({ name, field }));
  return (
    esitiFields
      // What came later stands where a column asks for it: programs know the others by their place.
      .filter((field) => field !== "importo" && field !== "registrazione")
      .map((field) => ({ name: field, field }))
  );
}

/** A value as a program reads it: numbers are numbers, what is not known is `null`. */
function readValue(fact: ToldFact, field: EsitiField): string | number | boolean | null {
  if (field !== "importo") return fact[field] ?? null;
  return fact.importoCents === null ? null : formatEuroField(fact.importoCents);
}

/** A fact as a record for programs: its columns by name. */
export function buildRecord(
  fact: ToldFact,
  columns: readonly EsitiColumn[],
): Readonly<Record<string, string | number | boolean | null>> {
  return Object.fromEntries(columns.map(({ name, field }) => [name, readValue(fact, field)]));
}

/** A value as text: `si` and `no`, euro with a comma, empty where nothing is known. */
export function formatValue(fact: ToldFact, field: EsitiField): string {
  const value = readValue(fact, field);
  if (typeof value === "boolean") return value ? "si" : "no";
  return value === null ? "" : String(value);
}

/** A value for a spreadsheet. */
export function toSheetCell(fact: ToldFact, field: EsitiField): SheetCell {
  if (field === "importo" && fact.importoCents !== null) return { cents: fact.importoCents };
  if (field === "data" && fact.data !== null) return { day: fact.data };
  const value = readValue(fact, field);
  return typeof value === "number" ? { count: value } : formatValue(fact, field);
}
