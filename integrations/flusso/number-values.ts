/** Values that are numbers and no amounts. */
import { maskValue } from "./mask-value.ts";
import { valueFault, type ReadValue } from "./word-values.ts";

export function readWhole(text: string): ReadValue {
  if (/^\d{1,4}$/.test(text)) return { value: Number(text) };
  return valueFault(
    "FLUSSO_FIGURE",
    `«${maskValue(text)}» non è un numero intero.`,
    "scrivere il solo numero, in cifre: 3.",
  );
}

/** At most three digits before the decimals: comma and point cannot be taken for thousands. */
export function readSpeed(text: string): ReadValue {
  if (/^\d{1,3}(?:[.,]\d{1,2})?$/.test(text)) return { value: Number(text.replace(",", ".")) };
  return valueFault(
    "FLUSSO_FIGURE",
    `«${maskValue(text)}» non è una velocità in km/h.`,
    "scrivere il solo numero, con al massimo due decimali: 68 oppure 123,50.",
  );
}

/** A sign with three digits after it may stand for thousands or for decimals. */
export function readNumber(text: string): ReadValue {
  if (/^-?\d{1,12}(?:[.,](?:\d{1,2}|\d{4,6}))?$/.test(text))
    return { value: Number(text.replace(",", ".")) };
  return valueFault(
    "FLUSSO_FIGURE",
    /^-?\d{1,3}[.,]\d{3}$/.test(text)
      ? `«${maskValue(text)}» si può leggere come migliaia o come decimali.`
      : `«${maskValue(text)}» non è un numero.`,
    "scrivere il solo numero, senza punti di migliaia e con due decimali al massimo: 1234,5.",
  );
}
