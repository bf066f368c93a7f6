/** What is said when a key is missing, or what was sealed does not open. */
import { RunBlocked } from "../../engine/host/errors.ts";

/** The master key is not where it should be. */
export function keyMissingError(where: string): RunBlocked {
  return new RunBlocked(
    "KEY_MISSING",
    `I dati sono cifrati e la chiave non c'è: ${where}. Nulla è stato letto né scritto.`,
    {
      hint: "Rimettere al suo posto il file della chiave, dalla busta o dalla cassaforte in cui se ne tiene la copia, e indicarlo con POSTINO_KEY_FILE.",
    },
  );
}

/** It is there and opens nothing of this ring. */
export function keyWrongError(where: string): RunBlocked {
  return new RunBlocked(
    "KEY_WRONG",
    `La chiave in ${where} non è quella di questi dati. Nulla è stato letto né scritto.`,
    {
      hint: "Indicare con POSTINO_KEY_FILE la chiave con cui i dati sono stati cifrati: nessun'altra li apre.",
    },
  );
}

/** Something in the ring is not as it was written. */
export function ringAlteredError(path: string, cause?: unknown): RunBlocked {
  return new RunBlocked(
    "KEY_RING_ALTERED",
    `Il portachiavi ${path} non è più com'era quando è stato scritto. Nulla è stato letto né scritto.`,
    { hint: "Recuperare quel file da una copia di sicurezza.", cause },
  );
}

/** Data are sealed, and there is no ring. */
export function ringMissingError(): RunBlocked {
  return new RunBlocked(
    "KEY_RING_MISSING",
    "I dati sono cifrati e nella cartella dei dati manca il portachiavi (portachiavi.json). Nulla è stato scritto.",
    { hint: "Recuperare portachiavi.json da una copia di sicurezza della cartella dei dati." },
  );
}

/** It was altered, or is of another place. `place`: names a row or a file, and nobody. */
export function sealBrokenError(place: string, cause?: unknown): RunBlocked {
  return new RunBlocked(
    "SEAL_BROKEN",
    `Un dato cifrato non è più com'era quando è stato scritto (${place}): non viene usato.`,
    { hint: "Ripristinare da una copia di sicurezza.", cause },
  );
}
