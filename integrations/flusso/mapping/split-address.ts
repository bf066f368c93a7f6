/** Streets, towns and moments in one cell, taken apart where their form leaves no choice. */
import { isProvince, matchesProvince } from "../postal/provinces.ts";

/** The parts by their field below `destinatario.indirizzo`; `why`: the text was left whole, and why. */
export interface AddressReading {
  readonly parts: Readonly<Record<string, string>>;
  readonly why: string | null;
}

const number = "\\d{1,5}(?:\\s?[/-]\\s?(?:[A-Z]{1,2}|\\d{1,4})|\\s?(?:BIS|TER|QUATER)|\\s?[A-Z])?";
const kilometre = "KM\\.?\\s?\\d{1,4}(?:[.,+]\\d{1,3})?";
const none = "S\\.?\\s?N\\.?(?:\\s?C\\.?)?";
const streetNumber = new RegExp(
  `^(?<street>.*?[^\\s,])[\\s,]+(?:(?:N(?:UM(?:ERO)?|R)?|CIV(?:ICO)?)?\\s?[.°º]?\\s?(?<number>${number})|(?<other>${kilometre}|${none}))$`,
  "i",
);

/** What comes behind the number, and belongs into the second row of the envelope. */
const details =
  /[\s,;-]+((?:SCALA|SC|INTERNO|INT|PIANO|P\.NO|PALAZZINA|PAL|EDIFICIO|ED|LOTTO|BLOCCO|CORPO|APPARTAMENTO|APP|ISOLATO|FRAZIONE|FRAZ|LOCALITA'?|LOCALITÀ|LOC)(?:[\s.:]+|(?=\d)).*)$/i;
const careOf = /(?:^|[\s,;-]+)(?:C\s?\/\s?O\s+|PRESSO\s+)(.+)$/i;

/** Roads that are numbered themselves: `STRADA PROVINCIALE 12` has no house. */
const numbered =
  /(?:^|\s)(?:STRADA\s+(?:PROVINCIALE|STATALE|REGIONALE|VICINALE)|S\.?\s?[PSR]\.?|TRAVERSA|LOTTO|RIONE|ZONA|COMPARTO|CONTRADA|INT\.?|INTERNO|PIANO|PAL\.?|PALAZZINA|EDIFICIO)$/i;

/** `VIA ROMA 12/A INT. 3`: street, number, details, care of. */
export function splitStreet(text: string): AddressReading {
  const whole = text.trim().replaceAll(/\s+/g, " ");
  const parts: Record<string, string> = {};
  let rest = whole;
  const [, host] = careOf.exec(rest) ?? [];
  if (host !== undefined && !careOf.test(host)) {
    parts["presso"] = host.trim();
    rest = rest.replace(careOf, "").trim();
  }
  const behind = details.exec(rest);
  if (behind?.[1] !== undefined && streetNumber.test(rest.slice(0, behind.index))) {
    parts["dettagli"] = behind[1].trim();
    rest = rest.slice(0, behind.index);
  }
  rest = rest.replace(/[\s,;-]+$/, "");
  const found = streetNumber.exec(rest)?.groups;
  if (found === undefined) {
    const last = rest.split(" ").at(-1) ?? "";
    if (/\d/.test(last)) return { parts: { via: whole }, why: mixed };
    return { parts: { ...parts, via: rest }, why: null };
  }
  const { street = "", number: house, other } = found;
  const isOdd = numbered.test(street) || /\d[\s,]*$/.test(street) || !/[A-Z]{2}/i.test(street);
  if (house !== undefined && isOdd) return { parts: { via: whole }, why: mixed };
  const civico = house === undefined ? tidyOther(other ?? "") : tidyNumber(house);
  return { parts: { ...parts, via: street.replace(/[\s,]+$/, ""), civico }, why: null };
}

const mixed = "il numero civico non si distingue dal nome della via.";

function tidyNumber(house: string): string {
  return house.toUpperCase().replaceAll(/\s?([/-])\s?/g, "$1");
}

function tidyOther(other: string): string {
  return /^S/i.test(other) ? "SNC" : other.toUpperCase().replace(/^KM\.?\s?/, "KM ");
}

/** `30027 SAN DONÀ DI PIAVE (VE)`: CAP, comune, provincia; what the text does not have is left out. */
export function splitTown(text: string): AddressReading {
  const whole = text.trim().replaceAll(/\s+/g, " ");
  const parts: Record<string, string> = {};
  const [, cap] = /^(?:I\s?-\s?)?(\d{5})(?=[\s,-]|$)/i.exec(whole) ?? [];
  let rest = whole.replace(/^(?:I\s?-\s?)?\d{5}[\s,-]*/i, "");
  if (cap !== undefined) parts["cap"] = cap;
  const [, behind] = /[\s,-]+(\d{5})$/.exec(rest) ?? [];
  if (cap === undefined && behind !== undefined) {
    parts["cap"] = behind;
    rest = rest.replace(/[\s,-]+\d{5}$/, "");
  }
  const [, sure] = /[\s,-]*\(\s*([A-Z]{2})\s*\)$/i.exec(rest) ?? [];
  if (sure !== undefined) {
    parts["provincia"] = sure.toUpperCase();
    rest = rest.replace(/[\s,-]*\([^)]*\)$/, "");
  } else {
    const [, sigla = ""] = /[\s,/-]([A-Z]{2})$/i.exec(rest) ?? [];
    const verdict = judgeSigla(sigla.toUpperCase(), parts["cap"]);
    if (verdict === "unsure")
      return {
        parts: { comune: whole },
        why: "le ultime due lettere possono essere del comune o della provincia.",
      };
    if (verdict === "province") {
      parts["provincia"] = sigla.toUpperCase();
      rest = rest.replace(/[\s,/-]+[A-Z]{2}$/i, "");
    }
  }
  const comune = rest.replace(/[\s,-]+$/, "");
  if (/\d/.test(comune))
    return { parts: { comune: whole }, why: "nel nome del comune ci sono cifre." };
  return { parts: { ...parts, comune }, why: null };
}

/** Towns on a river end in PO, others are RE or NE: the CAP tells them from a province. */
function judgeSigla(sigla: string, cap: string | undefined): "province" | "town" | "unsure" {
  if (!isProvince(sigla)) return "town";
  if (cap !== undefined) return matchesProvince(cap, sigla) ? "province" : "town";
  return sigla === "PO" || sigla === "RE" ? "unsure" : "province";
}

/** `VIA ROMA 12 - 30027 SAN DONÀ DI PIAVE (VE)`: the CAP stands between the street and the town. */
export function splitWholeAddress(text: string): AddressReading {
  const whole = text.trim().replaceAll(/\s+/g, " ");
  const places = [...whole.matchAll(/(?:^|[\s,-])(?:I-)?(\d{5})(?=[\s,-]|$)/g)];
  const [place] = places;
  if (place === undefined || places.length > 1 || place.index === 0)
    return { parts: { via: whole }, why: "non si trova il CAP fra la via e il comune." };
  const street = splitStreet(whole.slice(0, place.index).replace(/[\s,;-]+$/, ""));
  const town = splitTown(whole.slice(place.index).replace(/^[\s,;-]+/, ""));
  return { parts: { ...street.parts, ...town.parts }, why: street.why ?? town.why };
}

/** `03/11/2026 09:05`: the day and the time; a day alone has no time. */
export function splitMoment(text: string): { readonly day: string; readonly time: string } {
  const [, day, time] =
    /^(.*?\S)(?:\s+(?:ORE\s+)?|T|\s*-\s*ORE\s+)(\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?)(?:Z)?$/i.exec(
      text.trim(),
    ) ?? [];
  return day === undefined || time === undefined
    ? { day: text.trim(), time: "" }
    : { day, time: time.replace(/\.\d{3,}$/, "") };
}

/** Of several addresses of mail, or other values, the first. */
export function pickFirstValue(text: string): string {
  const [first = ""] = text
    .split(/[;,|\n]+|\s+(?:-|E|O)\s+|\s+(?=\S+@)/i)
    .map((part) => part.trim().replace(/^mailto:/i, ""))
    .filter((part) => part !== "");
  return first.replace(/\.+$/, "");
}
