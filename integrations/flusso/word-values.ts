/** Values that are words: yes or no, one of a few, names of files; and what is said of a value that cannot be read. */
import { reducedPayments } from "./choices.ts";
import type { FlussoCode } from "./error-codes.ts";

/** What is wrong with one value. */
export interface ValueFault {
  readonly code: FlussoCode;
  readonly message: string;
  readonly remedy: string;
}

export type ReadValue =
  | { readonly value: string | number | boolean | readonly string[] }
  | { readonly fault: ValueFault };

/** Yes or no, as programs write it. */
export function readFlag(text: string): ReadValue {
  if (/^(?:s|si|sì|sí|true|vero|x|1)$/i.test(text.normalize("NFC"))) return { value: true };
  if (/^(?:n|no|false|falso|0)$/i.test(text)) return { value: false };
  return valueFault(
    "FLUSSO_CHOICE",
    "il valore non è né sì né no.",
    "scrivere sì oppure no, o lasciare vuoto.",
  );
}

export function readChoice(text: string, choices: readonly string[]): ReadValue {
  const word = text.toLowerCase().replaceAll(/\s+/g, " ");
  if (choices.includes(word)) return { value: word };
  return valueFault(
    "FLUSSO_CHOICE",
    "il valore non è tra quelli ammessi.",
    `scrivere uno di questi: ${choices.join(", ")}.`,
  );
}

/** `ammesso` or `escluso`, or whether it is admitted by yes and no. */
export function readReduction(text: string): ReadValue {
  const flag = readFlag(text);
  if ("value" in flag) return { value: flag.value === true ? "ammesso" : "escluso" };
  return readChoice(text.replace(/a$/i, "o"), reducedPayments);
}

/** The names of some files, separated by `;`, `,`, `|` or line ends; a name may have blanks. */
export function readFiles(text: string): ReadValue {
  const names = text
    .split(/[;,|\r\n]+/)
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.every((name) => name.length <= 120 && !/[\p{Cc}<>]/u.test(name)))
    return { value: names };
  return valueFault(
    "FLUSSO_CHOICE",
    "un nome di file è più lungo di 120 caratteri o ha segni che un nome non ha.",
    "scrivere i soli nomi dei file, separati da virgole.",
  );
}

export function valueFault(code: FlussoCode, message: string, remedy: string): ReadValue {
  return { fault: { code, message, remedy } };
}
