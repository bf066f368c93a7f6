/** Words that a field may hold, and no others: the reader, the schema of a verbale and the texts of the act know the same. */

/** As whom somebody gets the act (art. 196 CdS). */
export const qualities = [
  "trasgressore",
  "proprietario",
  "usufruttuario",
  "locatario",
  "leasing",
  "intestatario ciclomotore",
  "rappresentante",
  "chi vigila",
] as const;

/** Whether the fine may be settled by its reduced amount (art. 202 c. 3 and 3-bis CdS say where not). */
export const reducedPayments = ["ammesso", "escluso"] as const;

/** Why an act that was sent is notified anew, to whom or where. */
export const renotificationCauses = [
  "locatario",
  "conducente",
  "indirizzo",
  "restituita",
  "annullata",
  "rifiutata",
] as const;

/** An approved device is not an «omologato» one: the act prints which it was. */
export const decreeKinds = ["approvazione", "omologazione"] as const;

/** The words that a field of this kind knows, as an office may write them; `null`: any text. Source: the readers of `fields.ts`. */
export function listKnownWords(kind: string): readonly string[] | null {
  return knownWords.get(kind) ?? null;
}

const knownWords: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ["type", ["PF", "PG"]],
  ["flag", ["sì", "no"]],
  ["quality", qualities],
  ["decree", decreeKinds],
]);
