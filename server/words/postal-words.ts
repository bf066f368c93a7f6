/** What a person reads of the table of CAPs in use. */
import type { PostalTable } from "../../integrations/flusso/port.ts";
import { formatDay, formatNumber } from "./format.ts";

const extents: Readonly<Record<PostalTable["extent"], string>> = {
  all: "completa: un CAP che non c'è è un errore",
  comuni: "di tutti i comuni, senza i nomi delle frazioni",
  some: "parziale: i CAP che non conosce non sono controllati",
};

/** Which table it is, of which day, how many rows, and what a partial one leaves unchecked. */
export function describePostal(table: PostalTable, isImported: boolean): string {
  const day = table.date === "" ? "senza data" : `del ${formatDay(table.date)}`;
  const origin = isImported ? "importata" : "compresa nel programma";
  return `Tabella dei CAP in uso: ${origin}, ${day}, ${formatNumber(table.rows)} righe, ${extents[table.extent]}.`;
}
