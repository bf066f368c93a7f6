/** The five rows of 44 characters that SEND prints on the envelope, six abroad; what goes beyond is cut. */
import type { Indirizzo } from "../schemas/verbale.ts";

/** Source: SEND knowledge base, "logiche di stampa dell'indirizzo"; pn-delivery V-14. */
export const rowLength = 44;

/** Parts trimmed, those that are there joined by one blank: as SEND joins them. */
export function joinParts(parts: readonly (string | undefined)[]): string {
  return parts
    .map((part) => part?.trim() ?? "")
    .filter((part) => part !== "")
    .join(" ");
}

/** The street row: street and number. */
export function joinStreetRow(address: Indirizzo): string {
  return joinParts([address.via, address.civico]);
}

/** The rows before they are cut: name, rest of the name and presso, details and frazione, street, CAP with town and province. */
export function buildFullRows(denomination: string, address: Indirizzo): readonly string[] {
  return [
    denomination.slice(0, rowLength),
    joinParts([denomination.slice(rowLength), address.presso]),
    joinParts([address.dettagli, address.frazione]),
    joinStreetRow(address),
    joinParts([address.cap, address.comune, address.provincia]),
    address.stato ?? "",
  ];
}

/** What is printed; rows that hold nothing are left out. */
export function buildPrintedRows(denomination: string, address: Indirizzo): readonly string[] {
  return buildFullRows(denomination, address)
    .map((row) => row.slice(0, rowLength).trim())
    .filter((row) => row !== "");
}
