/** What an ente's mapping makes of each row, settled once the names of the columns are known. */
import type { Column } from "../columns.ts";
import { normaliseHeader } from "../columns.ts";
import { verbaleFields, type FieldSpec, type FieldTable } from "../fields.ts";
import type { Notation } from "../notation/notation.ts";
import type { FlussoSettings } from "../settings.ts";
import { buildSkipTest, type SkipTest } from "./skip-rows.ts";

export interface RowPlan {
  readonly columns: readonly Column[];
  readonly notation: Notation;
  readonly table: FieldTable;
  readonly constants: readonly Constant[];
  /** By field: the places of the columns that make it up, in the order of the ente's file. */
  readonly joins: ReadonlyMap<string, readonly number[]>;
  readonly deducesType: boolean;
  /** Each cell is a field of its own, and there is nothing besides. */
  readonly isPlain: boolean;
  /** Where the number of the verbale stands; -1: it is made up of several columns, or there is none. */
  readonly numberAt: number;
  /** `null`: no row is left out. */
  readonly isSkipped: SkipTest | null;
}

export interface Constant {
  readonly field: string;
  readonly spec: FieldSpec;
  readonly text: string;
}

/** The plan of a file whose header was accepted. */
export function buildRowPlan(columns: readonly Column[], settings: FlussoSettings): RowPlan {
  const findColumn = (name: string): number => {
    const wanted = normaliseHeader(name);
    return columns.findIndex(({ name: own }) => own === wanted);
  };
  const { table = verbaleFields } = settings;
  const joins = new Map<string, number[]>();
  for (const [header, target] of Object.entries(settings.columns ?? {})) {
    if (typeof target === "string" || target.join === undefined || target.to === undefined)
      continue;
    const at = findColumn(header);
    if (at !== -1) joins.set(target.to, [...(joins.get(target.to) ?? []), at]);
  }
  const constants = Object.entries(settings.constants ?? {}).flatMap(([field, text]) => {
    const spec = table.find(field);
    return spec === undefined ? [] : [{ field, spec, text }];
  });
  const deducesType = (settings.deduce ?? []).includes("destinatario.tipo");
  return {
    columns,
    table,
    notation: { dates: settings.dates, amounts: settings.amounts },
    constants,
    joins,
    deducesType,
    isPlain: !deducesType && constants.length === 0 && columns.every(({ split }) => split === null),
    numberAt: joins.has("numero") ? -1 : columns.findIndex(({ field }) => field === "numero"),
    isSkipped: buildSkipTest(settings.skip ?? [], findColumn),
  };
}
