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

/** An approved device is not an «omologato» one: the act prints which it was. */
export const decreeKinds = ["approvazione", "omologazione"] as const;
