/** SEND's check of tax codes: a second, independent implementation of the rule, as pn-commons has it. */

// Source: pn-commons ValidateUtils: only shape and control character, no day or town.
const personal =
  /^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$/;

/** Value of a character on an odd place: the letter of this row at its rank (A = 0), digits ranking as A to J. */
const oddOrder = "BAFHJNPRTVCESULDGIMOQKWZYX";

/** Does SEND take this tax code for a recipient of this type? */
export function isTaxIdAccepted(taxId: string, type: "PF" | "PG"): boolean {
  if (/^[0-9]{11}$/.test(taxId)) return type === "PG" && hasVatControl(taxId);
  return personal.test(taxId) && computePersonalControl(taxId) === taxId.charAt(15);
}

function hasVatControl(taxId: string): boolean {
  let sum = 0;
  for (let index = 0; index < 11; index += 1) {
    const digit = Number(taxId.charAt(index));
    const doubled = index % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function computePersonalControl(taxId: string): string {
  let sum = 0;
  for (let index = 0; index < 15; index += 1) {
    const character = taxId.charAt(index);
    const rank = /[0-9]/.test(character) ? Number(character) : character.charCodeAt(0) - 65;
    sum += index % 2 === 0 ? oddOrder.charCodeAt(rank) - 65 : rank;
  }
  return String.fromCharCode(65 + (sum % 26));
}
