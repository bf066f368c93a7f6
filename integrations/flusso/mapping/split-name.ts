/** A name in one cell taken apart into surname and name: only where the tax code or the words leave no choice. */
import { matchesName, noName, normaliseTaxCode, personTaxCodeFault } from "../tax-code.ts";

/** `split`: proven or beyond doubt; `whole`: of a body, or in doubt, which `why` says. */
export type NameReading =
  | { readonly surname: string; readonly name: string }
  | { readonly whole: string; readonly why: string | null };

export type NameOrder = "surname-first" | "name-first";

/** What is known of the bearer. */
export interface NameEvidence {
  readonly order: NameOrder;
  /** As the row has it; empty: none. */
  readonly taxCode: string;
  /** `undefined`: the row does not say. */
  readonly type: "PF" | "PG" | undefined;
}

/** Words that begin surnames, and never are one: how many words belong to it, nobody can tell. */
const particles = new Set(
  "DE DI DEL DELLA DELLE DELLO DEGLI DEI DA DAL DALLA DALLE LO LA LE LI D' VAN VON DER EL AL BEN DOS SAN SANTA SANTO ABD".split(
    " ",
  ),
);

/** Legal forms and names of bodies: whoever bears one is no person. */
const bodies = new RegExp(
  `(?:^|[\\s,.(/-])(?:${[
    "S\\.? ?R\\.? ?L\\.?(?: ?S\\.?)?(?: ?UNIPERSONALE)?",
    "S\\.? ?P\\.? ?A\\.?",
    "S\\.? ?N\\.? ?C\\.?",
    "S\\.? ?A\\.? ?S\\.?",
    "S\\.? ?A\\.? ?P\\.? ?A\\.?",
    "S\\.? ?C\\.? ?A\\.? ?R\\.? ?L\\.?",
    "S\\.C\\.(?:S\\.)?",
    "S\\.S\\.",
    "SOC(?:\\.|IETA'?|IETÀ)?(?: COOP\\w*\\.?)?",
    "COOP\\.?(?:ERATIVA)?",
    "CONSORZIO",
    "ASSOCIAZIONE",
    "ASS\\.",
    "FONDAZIONE",
    "ONLUS",
    "CONDOMINIO",
    "PARROCCHIA",
    "FALLIMENTO",
    "COMUNE DI",
    "PROVINCIA DI",
    "CITTA' METROPOLITANA",
    "REGIONE",
    "MINISTERO",
    "AZIENDA",
    "ISTITUTO",
    "UNIVERSITA'?",
    "BANCA",
    "LEASING",
    "RENT(?:AL)?",
    "AUTONOLEGGI\\w*",
    "NOLEGGI\\w*",
    "GMBH",
    "LTD\\.?",
    "SARL",
  ].join("|")})(?=$|[\\s,.)/-])`,
  "i",
);

/** Whether a name says that its bearer is a body and no person. */
export function isBodyName(text: string): boolean {
  return bodies.test(text);
}

/** Takes a name apart. */
export function splitName(text: string, evidence: NameEvidence): NameReading {
  const whole = text.trim().replaceAll(/\s+/g, " ");
  const code = normaliseTaxCode(evidence.taxCode);
  if (evidence.type === "PG" || (evidence.type === undefined && isBodyName(whole)))
    return { whole, why: null };
  if (/^\d{11}$/.test(code) && evidence.type === undefined) return { whole, why: null };
  // The firm of one person bears a name of its own.
  if (isBodyName(whole))
    return { whole, why: "il nome sembra di una ditta, il tipo è di una persona fisica." };
  const [surname, name, ...others] = whole.split(/\s*,\s*/);
  if (surname !== undefined && name && surname !== "" && others.length === 0)
    return { surname, name };
  const ways = listWays(whole.split(" "), evidence.order);
  if (personTaxCodeFault(code) === null) return splitByCode(whole, code, ways);
  const [only] = ways;
  const [first = ""] = whole.toUpperCase().split(" ");
  if (ways.length === 1 && only !== undefined && !particles.has(first)) return only;
  return {
    whole,
    why:
      ways.length === 0
        ? "è una parola sola."
        : "le parole non dicono dove finisce il cognome, e non c'è un codice fiscale che lo dica.",
  };
}

interface Way {
  readonly surname: string;
  readonly name: string;
}

function listWays(words: readonly string[], order: NameOrder): readonly Way[] {
  return words.slice(1).map((_, at) => {
    const [head, tail] = [words.slice(0, at + 1).join(" "), words.slice(at + 1).join(" ")];
    return order === "surname-first"
      ? { surname: head, name: tail }
      : { surname: tail, name: head };
  });
}

/** The letters of the code prove one of the ways, also of a row that is written the other way round. */
function splitByCode(whole: string, code: string, ways: readonly Way[]): NameReading {
  if (ways.length === 0 && code.slice(3, 6) === noName && matchesName(code, whole, ""))
    return { surname: whole, name: "" };
  const turned = ways.map(({ surname, name }) => ({ surname: name, name: surname }));
  for (const group of [ways, turned]) {
    const fitting = group.filter(({ surname, name }) => matchesName(code, surname, name));
    const [only] = fitting;
    if (fitting.length === 1 && only !== undefined) return only;
    if (fitting.length > 1)
      return { whole, why: "il codice fiscale va bene per più di una divisione." };
  }
  return { whole, why: "nessuna divisione corrisponde al codice fiscale." };
}
