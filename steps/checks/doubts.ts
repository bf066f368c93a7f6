/** Checks of what the columns of the flusso did not say for sure: names and addresses in one cell, PF or PG. */
import type { Doubts } from "../schemas/fields.ts";
import { buildFinding, type CheckCode, type Finding } from "./catalogue.ts";

/** A finding for each; the texts were taken as they stand. */
export function checkDoubts(doubts: Doubts): Finding[] {
  return doubts.map(({ kind, header, why }) => {
    const { code, field, remedy } = kinds[kind];
    return buildFinding(code, header === null ? field : `Colonna «${header}»`, why, remedy);
  });
}

interface DoubtWords {
  readonly code: CheckCode;
  readonly field: string;
  readonly remedy: string;
}

const kinds: Readonly<Record<Doubts[number]["kind"], DoubtWords>> = {
  name: {
    code: "NAME_SPLIT",
    field: "Cognome e nome",
    remedy:
      "il nome parte intero com'è scritto; se non va bene, esportare cognome e nome in due colonne.",
  },
  street: {
    code: "ADDRESS_SPLIT",
    field: "Via e civico",
    remedy:
      "la via parte intera com'è scritta; se non va bene, correggerla nel gestionale (VIA ROMA 12/A INT. 3).",
  },
  town: {
    code: "ADDRESS_SPLIT",
    field: "CAP, comune e provincia",
    remedy: "correggerlo nel gestionale (30027 SAN DONÀ DI PIAVE (VE)).",
  },
  type: {
    code: "TYPE_DOUBT",
    field: "Tipo di destinatario",
    remedy: "esportare anche il tipo (persona fisica o giuridica), o completare il codice fiscale.",
  },
};
