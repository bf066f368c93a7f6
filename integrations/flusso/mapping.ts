/** What is wrong with `flusso.columns` of an ente file whatever the file that comes. */
import { fieldSpecs, findFieldSpec } from "./fields.ts";
import { findNearestName } from "./faults.ts";

/** A pair of `flusso.columns` that feeds no field. */
export interface MappingFault {
  /** The column, as the ente file writes it. */
  readonly header: string;
  /** Italian, without the place. */
  readonly message: string;
  readonly remedy: string;
}

/** Pairs whose field does not exist, that are the wrong way round, or whose field another column feeds already. */
export function listMappingFaults(
  columns: Readonly<Record<string, string | { readonly to?: string }>>,
): readonly MappingFault[] {
  const faults: MappingFault[] = [];
  const feeds = new Map<string, string>();
  for (const [header, target] of Object.entries(columns)) {
    const field = typeof target === "string" ? target : target.to;
    if (field === undefined) continue;
    if (findFieldSpec(field) === undefined) {
      faults.push(unknownFieldFault(header, field));
      continue;
    }
    const other = feeds.get(field);
    // What is joined or split has several columns for a field on purpose.
    if (typeof target !== "string") continue;
    feeds.set(field, header);
    if (other !== undefined)
      faults.push({
        header,
        message: `le colonne «${other}» e «${header}» portano tutte e due il campo ${field}.`,
        remedy: "lasciarne una sola, l'altra va in flusso.ignore.",
      });
  }
  return faults;
}

function unknownFieldFault(header: string, field: string): MappingFault {
  const message = `la colonna «${header}» porta al campo «${field}», che non esiste.`;
  if (fieldSpecs.has(header))
    return {
      header,
      message,
      remedy: `la coppia è rovesciata, prima viene la colonna: «${field}: ${header}».`,
    };
  if (field.startsWith("extra."))
    return {
      header,
      message,
      remedy:
        "dopo extra. scrivere un nome di sole lettere e cifre, minuscola la prima: extra.codiceVarco.",
    };
  const near = findNearestName(field, [...fieldSpecs.keys()]);
  return {
    header,
    message,
    remedy: near === null ? "usare uno dei campi del verbale." : `forse si intendeva ${near}.`,
  };
}
