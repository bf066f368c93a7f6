/** Makes IUNs with their control letter. */

// Source: pn-delivery IunGenerator: 20 letters that cannot be mistaken for others.
const alphabet = "ADEGHJKLMNPQRTUVWXYZ";

/** Control letter of the random part `ABCD-EFGH-ILMN` and the month `202201`. */
export function computeIunControl(randomPart: string, month: string): string {
  let sum = 0;
  // A letter outside the alphabet counts -1 + 1 = 0, as does the dash.
  for (const letter of randomPart) sum += alphabet.indexOf(letter) + 1;
  for (const digit of month) sum += Number(digit);
  return alphabet.charAt(sum % alphabet.length);
}

/** A fresh IUN for a month `YYYYMM`. */
export function makeIun(month: string, random: () => number): string {
  const pickGroup = (): string => {
    let letters = "";
    for (let index = 0; index < 4; index += 1)
      letters += alphabet.charAt(Math.floor(random() * alphabet.length));
    return letters;
  };
  const randomPart = `${pickGroup()}-${pickGroup()}-${pickGroup()}`;
  return `${randomPart}-${month}-${computeIunControl(randomPart, month)}-1`;
}
