/** What the suite says of one case about a codice fiscale or a partita IVA and why, by what the case holds. */
import {
  computeCheckLetter,
  normaliseTaxCode,
  classifyHolder,
  numericTaxCodeFault,
  personTaxCodeFault,
} from "../../integrations/flusso/tax-code.ts";
import { leftOut, type PagoPaCase } from "./pagopa-case.ts";
import type { CaseVerdict } from "./tally.ts";

type Fault = "form" | "date" | "check" | null;

/** Questions about what a code tells of its holder: nothing is read out of one here but its form, date and check letter. */
const biography = ["birthDate", "gender", "decode", "birthCountry", "birthPlace", "isOmocode"];

/** A code alone, or a question about one. */
export function taxCodeVerdict(one: PagoPaCase): CaseVerdict {
  const { input } = one;
  if (typeof input === "string")
    return one.kind === "piva" ? bodyVerdict(one, input) : codeVerdict(one, input);
  const { checkChar } = input;
  if (typeof checkChar === "string") {
    if (typeof one.expect["char"] !== "string")
      return { verdict: "not applicable", why: "the case expects no letter" };
    const letter = computeCheckLetter(normaliseTaxCode(checkChar));
    return letter === one.expect["char"]
      ? { verdict: "agreed", why: leftOut(one, ["char"]) }
      : { verdict: "unexplained", why: `the check letter of ${checkChar} is ${letter} here` };
  }
  const question = biography.find((name) => typeof input[name] === "string");
  if (question === undefined)
    return {
      verdict: "not applicable",
      why: `no runner knows what «${Object.keys(input).join(", ")}» asks for`,
    };
  const code = String(input[question]);
  if (typeof one.expect["valid"] === "boolean") return codeVerdict(one, code);
  const fault = faultOf(normaliseTaxCode(code));
  return {
    verdict: "not applicable",
    why: `nothing is read out of a code here but its form, date and check letter: ${fault === null ? "those are right" : `its ${fault} is wrong`}`,
  };
}

/** Bodies, and persons for a while, have eleven digits. */
function faultOf(code: string): Fault {
  return /^[0-9]{11}$/.test(code) ? numericTaxCodeFault(code) : personTaxCodeFault(code);
}

function codeVerdict(one: PagoPaCase, text: string): CaseVerdict {
  const code = normaliseTaxCode(text);
  return judged(one, faultOf(code), code);
}

function bodyVerdict(one: PagoPaCase, text: string): CaseVerdict {
  const code = normaliseTaxCode(text).replace(/^IT/, "");
  return judged(one, numericTaxCodeFault(code), code);
}

function judged(one: PagoPaCase, fault: Fault, code: string): CaseVerdict {
  const { valid } = one.expect;
  if (typeof valid !== "boolean")
    return { verdict: "not applicable", why: "the case says neither valid nor not" };
  if ((fault === null) === valid) {
    const reason = reasonFault(one, fault);
    return reason === null
      ? { verdict: "agreed", why: leftOut(one, ["valid", "error"]) }
      : { verdict: "disagreed", why: reason };
  }
  const why = whyOtherwise(one, fault, code);
  return why === null
    ? {
        verdict: "unexplained",
        why: `${code} should be ${valid ? "right" : "wrong"}, found: ${fault ?? "nothing wrong"}`,
      }
    : { verdict: "disagreed", why };
}

/** The library's name of what is wrong, beside ours; `null`: the same, or the case names none. */
function reasonFault({ expect: wanted }: PagoPaCase, fault: Fault): string | null {
  const { error } = wanted;
  if (typeof error !== "string" || fault === null) return null;
  const ours: Readonly<Record<string, readonly Fault[]>> = {
    InvalidLength: ["form"],
    InvalidFormat: ["form"],
    InvalidComponent: ["form", "date", "check"],
    InvalidChecksum: ["check"],
  };
  const expected = ours[error];
  if (expected === undefined || expected.includes(fault)) return null;
  return `wrong for both, for another reason: ${error} there, ${fault} here`;
}

/** Why a code is judged otherwise than by the library that the case comes from; `null`: it should not be. */
function whyOtherwise(
  { kind, input, expect: wanted, note }: PagoPaCase,
  fault: Fault,
  code: string,
): string | null {
  const isRefusedThere = wanted["valid"] === false;
  if (fault === null && isRefusedThere && wanted["error"] === "InvalidComponent")
    return "birth places and tax offices come and go: a code of one that ceased stays right (pagopa.md section 7)";
  if (fault === null && isRefusedThere && code.length === 11 && classifyHolder(code) !== "body")
    return "the tax office in digits 8 to 10 gives out no partita IVA: validate warns of a person's provisional code and takes it (pagopa.md section 7)";
  if (
    fault === null &&
    isRefusedThere &&
    kind === "piva" &&
    typeof input === "string" &&
    !/^\s*IT/i.test(input) &&
    /prefix/.test(note)
  )
    return "the library wants the country before the number; an Italian verbale has the eleven digits alone";
  if (fault === null && isRefusedThere && typeof input === "string" && input !== code)
    return "blanks and small letters are mended before anything is sent; the library takes the code as it stands";
  if (fault === "date" && wanted["valid"] === true)
    return "the library takes birth dates that do not exist (pagopa.md section 7)";
  if (fault === "check" && wanted["valid"] === true && code.startsWith("0000000"))
    return "seven zeros pass the sum and are nobody's number (pagopa.md section 7)";
  return null;
}
