/** PF or PG, told from the codes and the name of who is notified. */
import { classifyHolder, normaliseTaxCode } from "../tax-code.ts";
import { isBodyName } from "./split-name.ts";

/** What a row says of the recipient; empty: nothing. */
export interface TypeEvidence {
  readonly taxCode: string;
  readonly vatNumber: string;
  /** All that stands for a name. */
  readonly names: readonly string[];
  /** Surname and name have each a cell of their own. */
  readonly hasBothNames: boolean;
}

export interface TypeReading {
  readonly type: "PF" | "PG";
  /** Why the type is in doubt; `null`: it is not. */
  readonly why: string | null;
}

/** The type; in doubt it is the one that the form of the code allows, and a person decides. */
export function deduceType(evidence: TypeEvidence): TypeReading {
  const { names, hasBothNames } = evidence;
  const code = normaliseTaxCode(evidence.taxCode);
  const vat = normaliseTaxCode(evidence.vatNumber);
  const isBody = names.some(isBodyName);
  if (code.length === 16)
    return {
      type: "PF",
      why: isBody ? "il codice fiscale è di una persona e il nome di una società." : null,
    };
  if (code !== "") {
    const isPerson = /^\d{11}$/.test(code) && classifyHolder(code) === "person-provisional";
    if (isPerson && !isBody)
      return { type: "PG", why: "le 11 cifre del codice possono essere di una persona." };
    if (hasBothNames && !isBody)
      return { type: "PG", why: "il codice è di un ente e il nome di una persona." };
    return { type: "PG", why: null };
  }
  if (vat !== "")
    return {
      type: "PG",
      why: isBody
        ? null
        : "c'è solo la partita IVA, che ha anche la ditta di una persona, e il nome non dice se è una società.",
    };
  if (isBody) return { type: "PG", why: null };
  return { type: "PF", why: hasBothNames ? null : "non c'è un codice, e il nome non lo dice." };
}
