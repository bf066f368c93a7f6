/** Checks of what no person sees in a code: characters of other alphabets, and those that do not show. */
import { cleanCode, describeLookAlikes } from "../../integrations/flusso/port.ts";
import type { Verbale } from "../schemas/verbale.ts";
import { buildFinding, type Finding } from "./catalogue.ts";

/** Codes with a character that looks like another, each named by its number and place. */
export function checkCodes({ destinatario, targa, posizioni = [] }: Verbale): Finding[] {
  const codes: readonly (readonly [field: string, code: string | undefined])[] = [
    ["Codice fiscale", destinatario.codiceFiscale],
    ["Partita IVA", destinatario.partitaIva],
    ["CAP", destinatario.indirizzo.cap],
    ...posizioni.map(({ numeroAvviso }) => ["Numero d'avviso da annullare", numeroAvviso] as const),
  ];
  const found = codes.flatMap(([field, code]) =>
    describeLookAlikes(cleanCode(code ?? "")).map((what) => [field, what] as const),
  );
  // A plate from abroad may have letters of its own: only those that look like ours are told.
  const plate = describeLookAlikes(cleanCode(targa)).filter((what) => what.includes("sembra"));
  return [...found, ...plate.map((what) => ["Targa", what] as const)].map(([field, what]) =>
    buildFinding(
      "CODE_CHARACTER",
      field,
      `contiene ${what}.`,
      "riscriverlo a mano nel gestionale.",
    ),
  );
}
