/** What a field of an act holds, by the name that the file of its kind uses. */
import type { ActKind } from "../../integrations/services.ts";
import type { Verbale } from "../schemas/verbale.ts";

export type ActValue = string | number | boolean;

/** Fields that every act has, under the names that kinds use for them. */
const commonTitles: Readonly<Record<string, string>> = {
  numero: "Numero",
  protocollo: "Protocollo",
  responsabile: "Responsabile dell'atto",
  importoCents: "Importo",
  importoScontatoCents: "Importo scontato",
  speseCents: "Spese",
  "destinatario.tipo": "Tipo di destinatario",
  "destinatario.cognome": "Cognome",
  "destinatario.nome": "Nome",
  "destinatario.denominazione": "Denominazione",
  "destinatario.codiceFiscale": "Codice fiscale",
  "destinatario.partitaIva": "Partita IVA",
  "destinatario.pec": "PEC",
  "destinatario.indirizzo.cap": "CAP",
  "destinatario.indirizzo.comune": "Comune",
  "destinatario.indirizzo.provincia": "Provincia",
};

/** Every name that a check or a term of the kind may use. */
export function listValueNames({ fields }: Pick<ActKind, "fields">): readonly string[] {
  return [...Object.keys(fields), ...Object.keys(commonTitles)];
}

/** What people call a field; `null`: the kind has none of that name. */
export function findTitle({ fields }: Pick<ActKind, "fields">, name: string): string | null {
  if (Object.hasOwn(fields, name)) return fields[name]?.title ?? null;
  if (Object.hasOwn(commonTitles, name)) return commonTitles[name] ?? null;
  return name.startsWith("extra.") ? `Colonna ${name}` : null;
}

/** What kind of value a field holds: amounts and days are compared as what they are. */
export function findValueKind({ fields }: Pick<ActKind, "fields">, name: string): string {
  if (name.endsWith("Cents") && !Object.hasOwn(fields, name)) return "cents";
  return fields[name]?.kind ?? "text";
}

const aliases: Readonly<Record<string, string>> = { importoCents: "importoRidottoCents" };

/** The value; `null` where the act has none: a blank text is none. */
export function readActValue(
  verbale: Verbale,
  name: string,
  kind: Pick<ActKind, "fields">,
): ActValue | null {
  const value = Object.hasOwn(kind.fields, name)
    ? verbale.dati?.[name]
    : readPath(verbale, (aliases[name] ?? name).split("."));
  if (typeof value === "string") return value.trim() === "" ? null : value.trim();
  return typeof value === "number" || typeof value === "boolean" ? value : null;
}

function readPath(from: unknown, path: readonly string[]): unknown {
  let value = from;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}
