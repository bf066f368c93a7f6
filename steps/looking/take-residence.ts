/** The verbale with the addresses that were taken from ANPR in the place of those of the flusso. */
import { formatDayAfter } from "../law/format-day.ts";
import type { ResidenceCheck } from "../schemas/looked-up.ts";
import type { Indirizzo, Verbale } from "../schemas/verbale.ts";

/** The same verbale where none was taken. */
export function takeResidence(verbale: Verbale, residence: ResidenceCheck | undefined): Verbale {
  const taken = new Map<number, Indirizzo>();
  for (const { recipient, address } of residence?.people ?? [])
    if (address !== undefined) taken.set(recipient, address);
  if (taken.size === 0) return verbale;
  const { destinatario, destinatari } = verbale;
  return {
    ...verbale,
    destinatario: { ...destinatario, indirizzo: taken.get(0) ?? destinatario.indirizzo },
    ...(destinatari !== undefined && {
      destinatari: destinatari.map((other, at) => ({
        ...other,
        indirizzo: taken.get(at + 1) ?? other.indirizzo,
      })),
    }),
  };
}

/** What the operator reads of it, one sentence; empty: nothing was taken. */
export function describeTaken(residence: ResidenceCheck | undefined): readonly string[] {
  return (residence?.people ?? []).flatMap(({ recipient, address, askedOn }) =>
    address === undefined
      ? []
      : [
          `${recipient === 0 ? "L'indirizzo" : `L'indirizzo del destinatario ${recipient + 1}`} è quello che ANPR ha dato${askedOn === undefined ? "" : ` ${formatDayAfter("il", askedOn)}`}, non quello del flusso.`,
        ],
  );
}
