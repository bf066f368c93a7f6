/** What an answer of ANPR says of a person: alive and where, dead, abroad. */
import { toRecord, toRecords, toWord } from "../reading.ts";
import { unreadableRegisterError } from "./call.ts";
import type { LookedUpAddress, Residence } from "./port.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Throws RetryLater where the answer is about somebody else. */
export function readResidence(
  person: Fields,
  { taxCode, name }: { readonly taxCode: string; readonly name: string },
): Residence {
  const general = toRecord(person["generalita"]);
  const own = toWord(toRecord(general["codiceFiscale"])["codFiscale"]);
  if (own !== undefined && own.toUpperCase() !== taxCode.toUpperCase())
    throw unreadableRegisterError(name);
  const death = readDeath(person);
  if (death !== undefined) return { status: "dead", day: death };
  const places = toRecords(person["residenza"]).toSorted((left, right) =>
    (readDay(right["dataDecorrenzaResidenza"]) ?? "").localeCompare(
      readDay(left["dataDecorrenzaResidenza"]) ?? "",
    ),
  );
  const isAbroad = /^(s|si|sì|1|true)$/i.test(toWord(general["soggettoAIRE"]) ?? "");
  const [place] = places;
  if (isAbroad || (place?.["indirizzo"] === undefined && place?.["localitaEstera"] !== undefined))
    return { status: "abroad" };
  return {
    status: "living",
    address: place === undefined ? null : readAddress(place),
    since: readDay(place?.["dataDecorrenzaResidenza"]),
  };
}

/** `undefined`: alive; `null`: dead, and nobody says since when. Source: seen live, `Data decesso` of 1015. */
function readDeath(person: Fields): string | null | undefined {
  const event = toRecord(person["datiDecesso"]);
  if (Object.keys(event).length > 0) return readDay(event["dataEvento"]);
  for (const { id, chiave, valore, valoreData } of toRecords(person["infoSoggettoEnte"])) {
    const isDeath = String(id) === "1015" || /^data\s+decesso$/i.test(toWord(chiave) ?? "");
    const day = readDay(valoreData);
    if (isDeath && (day !== null || valore === "S")) return day;
  }
  return undefined;
}

function readDay(value: unknown): string | null {
  return /^\d{4}-\d{2}-\d{2}/.exec(toWord(value) ?? "")?.[0] ?? null;
}

/** `null`: it names neither street nor town. */
function readAddress(place: Fields): LookedUpAddress | null {
  const own = toRecord(place["indirizzo"]);
  const street = toRecord(own["toponimo"]);
  const town = toRecord(own["comune"]);
  const via = join(
    toWord(street["specie"]) ?? toWord(street["specieFonte"]),
    toWord(street["denominazioneToponimo"]) ?? toWord(street["toponimoFonte"]),
  );
  const comune = join(toWord(town["nomeComune"]));
  if (via === "" || comune === "") return null;
  const number = toRecord(own["numeroCivico"]);
  return {
    via,
    ...pick("civico", readNumber(number)),
    ...pick("presso", join(toWord(place["presso"]))),
    ...pick("dettagli", readInner(number)),
    cap: toWord(own["cap"]) ?? "",
    comune,
    ...pick("frazione", join(toWord(own["frazione"]))),
    provincia: (toWord(town["siglaProvinciaIstat"]) ?? "").toUpperCase(),
  };
}

/** `12/A`, `KM 12`, `SNC`. */
function readNumber(number: Fields): string {
  const digits = (toWord(number["numero"]) ?? "").replace(/^0+(?=\d)/, "");
  const letters = [toWord(number["lettera"]), toWord(number["esponente1"])].filter(
    (word) => word !== undefined,
  );
  if (digits !== "") return [digits, ...letters].join("/");
  const metric = toWord(number["metrico"]);
  if (metric !== undefined) return `KM ${metric}`;
  return toWord(number["progSNC"]) === undefined ? "" : "SNC";
}

function readInner(number: Fields): string {
  const inner = toRecord(number["civicoInterno"]);
  const parts = [
    ["SCALA", toWord(inner["scala"])],
    ["PIANO", toWord(inner["piano"])],
    ["INT.", toWord(inner["interno1"])],
    ["", toWord(number["colore"])],
  ] as const;
  return parts
    .flatMap(([label, word]) => (word === undefined ? [] : [join(label, word)]))
    .join(" ");
}

function join(...words: readonly (string | undefined)[]): string {
  return words
    .flatMap((word) => word ?? [])
    .join(" ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

function pick<Name extends string>(name: Name, text: string): { readonly [N in Name]?: string } {
  return text === "" ? {} : ({ [name]: text } as { readonly [N in Name]?: string });
}
