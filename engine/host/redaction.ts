/** Takes secrets and personal data out of what is logged or shown: by field name, by registered value, by shape. */

export interface Redactor {
  /** Registers a secret's value; every later text shows `***` in its place. Under 4 characters it would hide half of every text, and is not. */
  add(value: string): void;
  redactText(text: string): string;
  redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

const secretNames = /key|secret|password|passphrase|token|otp|pin|sad|authorization|cookie/i;
const personalNames =
  /taxid|codicefiscale|fiscalcode|denomination|denominazione|cognome|nome$|address|indirizzo|pec|fullname|targa/i;
/** Codice fiscale of a person, omocodia included. */
const taxCodeShape =
  /\b[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]\b/gi;
const bearerShape = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;
/** Names that end like secrets but are not: they identify an item or a cache entry. */
const openNames = new Set(["itemKey", "idempotencyKey", "key", "stepKey"]);

/** A redactor with its own list of secret values. */
export function createRedactor(): Redactor {
  /** Longest first: one that begins another would leave the other's end. */
  let secrets: readonly string[] = [];

  function redactText(input: string): string {
    let output = input;
    for (const secret of secrets) output = output.replaceAll(secret, "***");
    return output.replace(taxCodeShape, "[codice fiscale]").replace(bearerShape, "$1 ***");
  }

  function redactValue(name: string, input: unknown): unknown {
    if (!openNames.has(name) && (secretNames.test(name) || personalNames.test(name))) return "***";
    if (typeof input === "string") return redactText(input);
    if (input instanceof Error) return redactText(input.stack ?? input.message);
    if (Array.isArray(input)) return input.map((entry) => redactValue("", entry));
    if (typeof input === "object" && input !== null)
      return redactFields(input as Record<string, unknown>);
    return input;
  }

  function redactFields(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const output: Record<string, unknown> = {};
    for (const [name, entry] of Object.entries(input)) output[name] = redactValue(name, entry);
    return output;
  }

  return {
    add(secret) {
      if (secret.length < 4 || secrets.includes(secret)) return;
      secrets = [...secrets, secret].toSorted((a, b) => b.length - a.length);
    },
    redactText,
    redactFields,
  };
}
