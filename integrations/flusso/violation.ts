/** Which violation a verbale is of, in one form however it is typed. */
import { foldCode } from "./look-alikes.ts";

/** What of a verbale says which violation it is. */
export interface ViolationParts {
  readonly targa?: unknown;
  readonly dataViolazione?: unknown;
  readonly oraViolazione?: unknown;
  readonly articolo?: unknown;
  readonly destinatario?: { readonly codiceFiscale?: unknown; readonly partitaIva?: unknown };
}

/** One violation however it is typed: who, which vehicle, which day, what time, which article; `null` where a part is missing. */
export function foldViolation(verbale: ViolationParts): string | null {
  const place = foldPlace(verbale);
  // A dash of an article counts: 7-1 is not 71.
  const article = foldPart(verbale.articolo);
  return place === null || article === "" ? null : `${place}|${article}`;
}

/** As `foldViolation`, whatever the article. */
export function foldPlace(verbale: ViolationParts): string | null {
  const { destinatario, targa, dataViolazione, oraViolazione } = verbale;
  const who = foldPart(destinatario?.codiceFiscale) || foldPart(destinatario?.partitaIva);
  const parts = [
    who.replaceAll("-", "").replace(/^IT(?=\d{11}$)/, ""),
    foldPart(targa).replaceAll("-", ""),
    foldPart(dataViolazione),
    foldPart(oraViolazione),
  ];
  return parts.includes("") ? null : parts.join("|");
}

/** Art. 142 is that of speed. */
export function isOfSpeed(article: string): boolean {
  return /^(?:art(?:\.|icolo)? *)?142\b/i.test(article.trim());
}

/** A vehicle that was measured, and when: minutes of the clock since 1970. */
export interface SpeedMoment {
  readonly plate: string;
  readonly minute: number;
}

/** When the speed of a vehicle was measured; `null`: the verbale is of no speed, or does not say it to the minute. */
export function findSpeedMoment(verbale: ViolationParts): SpeedMoment | null {
  const { articolo, targa, dataViolazione, oraViolazione } = verbale;
  const plate = foldPart(targa).replaceAll("-", "");
  const minute = Date.parse(`${String(dataViolazione)}T${String(oraViolazione)}:00Z`) / 60_000;
  if (typeof articolo !== "string" || !isOfSpeed(articolo)) return null;
  return plate === "" || Number.isNaN(minute) ? null : { plate, minute };
}

function foldPart(value: unknown): string {
  return typeof value === "string" ? foldCode(value) : "";
}
