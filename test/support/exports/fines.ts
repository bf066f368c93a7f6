/** Fictional fines of fictional people with sound codes: what twenty programs write in twenty ways. */
import { addDays } from "../../../engine/host/clock.ts";
import { computeCheckLetter, computeNameLetters } from "../../../integrations/flusso/tax-code.ts";

export interface Address {
  readonly streetType: string;
  readonly streetName: string;
  readonly number: string;
  readonly suffix: string;
  readonly unit: string;
  readonly cap: string;
  readonly town: string;
  readonly province: string;
}

export interface Person {
  readonly type: "PF" | "PG";
  readonly surname: string;
  readonly name: string;
  readonly body: string;
  readonly taxCode: string;
  readonly vat: string;
  readonly pec: string;
  readonly born: string;
  readonly address: Address;
}

export interface Fine {
  readonly number: number;
  readonly year: string;
  readonly day: string;
  readonly entered: string;
  readonly time: string;
  readonly placeStreet: string;
  readonly placeNumber: string;
  readonly plate: string;
  readonly brand: string;
  readonly model: string;
  readonly article: string;
  readonly comma: string;
  readonly description: string;
  readonly agent: string;
  readonly agentId: string;
  readonly reduced: number;
  readonly discounted: number;
  readonly fees: number;
  readonly person: Person;
  readonly driver: Person | null;
  readonly notice: string;
  readonly iupd: string;
}

/** The control digit of an Italian VAT number. */
function closeVat(ten: string): string {
  let sum = 0;
  for (const [at, digit] of Array.from(ten, Number).entries()) {
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return ten + String((10 - (sum % 10)) % 10);
}

function code(surname: string, name: string, tail: string): string {
  const first = computeNameLetters(surname, name) + tail;
  return first + computeCheckLetter(first);
}

function home(line: string): Address {
  const [
    streetType = "",
    streetName = "",
    number = "",
    suffix = "",
    unit = "",
    cap = "",
    town = "",
    province = "",
  ] = line.split("|");
  return { streetType, streetName, number, suffix, unit, cap, town, province };
}

const addresses = [
  "VIA|ROMA|12|A|3|30027|SAN DONÀ DI PIAVE|VE",
  "VIALE|EUROPA|7|||26013|CREMA|CR",
  "PIAZZA|GARIBALDI|1||5|24047|TREVIGLIO|BG",
  "CORSO|UMBERTO I|33|||26100|CREMONA|CR",
  "VIA|4 NOVEMBRE|18|B||36061|BASSANO DEL GRAPPA|VI",
  "VIA|DELLE ROSE|102|||70121|BARI|BA",
  "STRADA|DELLA LIBERTÀ|9|||10121|TORINO|TO",
  "VICOLO|CORTO|2||1|20121|MILANO|MI",
  "VIA|SAN MARCO|45|||00184|ROMA|RM",
  "LARGO|DEI TIGLI|6|C||50122|FIRENZE|FI",
].map(home);

const people: readonly (readonly [string, string, string])[] = [
  ["INVENTATI", "TOMMASO", "66B24X001"],
  ["FANTASIA", "GIULIA", "80A41H501"],
  ["DE LUCA", "MARIA GRAZIA", "75C52F205"],
  ["FINZIONE", "NICOLÒ", "91D12L736"],
  ["PROVA", "ANNA", "58E60D150"],
  ["ESEMPI", "LUCA", "88H03A662"],
  ["MODELLI", "PAOLA", "72L55L219"],
  ["CAMPIONE", "ANDREA", "69M14F839"],
];
const bodies = [
  "TRASPORTI INVENTATI S.R.L.",
  "FANTASIA NOLEGGI SPA",
  "IMMAGINARIA DI PROVA & C. S.N.C.",
];
const plates = [
  "GA123BC",
  "FX456DE",
  "EH789FG",
  "DB012HJ",
  "CM345KL",
  "BK678MN",
  "AZ901PR",
  "FN234ST",
];
const acts: readonly (readonly [string, string, string, number])[] = [
  ["7", "1", "SOSTA IN AREA RISERVATA AL CARICO E SCARICO", 4200],
  ["158", "2", "SOSTA SULLO SPAZIO RISERVATO AI VEICOLI PER INVALIDI", 16_500],
  ["142", "8", "SUPERAVA IL LIMITE DI VELOCITÀ DI OLTRE 10 KM/H", 17_300],
  ["7", "14", "CIRCOLAVA IN ZTL SENZA AUTORIZZAZIONE", 8300],
  ["146", "3", "PROSEGUIVA LA MARCIA CON SEMAFORO ROSSO", 16_700],
  ["41", "11", "NON SI ARRESTAVA ALLA LUCE GIALLA", 4200],
];
const places = [
  "VIA MAZZINI|14",
  "PIAZZA DUOMO|3",
  "VIALE DELLA STAZIONE|22",
  "CORSO ITALIA|8",
  "VIA DEI PIOPPI|101",
];
const agents = ["AG. SC. BIANCHI LUCA|118", "ASS. VERDI SARA|204", "ISP. NERI PAOLO|77"];

function makePerson(at: number): Person {
  const address = addresses[at % addresses.length] ?? addresses[0] ?? home("");
  if (at % 5 === 4) {
    const body = bodies[Math.floor(at / 5) % bodies.length] ?? "";
    const vat = closeVat(
      `0${String(1_234_567 + at * 7919)
        .padStart(6, "0")
        .slice(-6)}${String(10 + (at % 80)).padStart(3, "0")}`,
    );
    return {
      type: "PG",
      surname: "",
      name: "",
      body,
      taxCode: vat,
      vat,
      pec: `ditta${at}@pec.example.it`,
      born: "",
      address,
    };
  }
  const [surname, name, tail] = people[at % people.length] ?? ["X", "Y", "80A01H501"];
  return {
    type: "PF",
    surname,
    name,
    body: "",
    taxCode: code(surname, name, tail),
    vat: "",
    pec:
      at % 3 === 0
        ? `${name.split(" ")[0]?.toLowerCase().replace("ò", "o") ?? ""}${at}@pec.example.it`
        : "",
    born: `19${tail.slice(0, 2)}-05-1${at % 9}`,
    address,
  };
}

/** So many fines, the last two months before a day `YYYY-MM-DD`; always the same. */
export function makeFines(today: string, count = 16): readonly Fine[] {
  return Array.from({ length: count }, (_, at): Fine => {
    const [article, comma, description, reduced] = acts[at % acts.length] ?? ["7", "1", "", 4200];
    const [placeStreet = "", placeNumber = ""] = (places[at % places.length] ?? "").split("|");
    const [agent = "", agentId = ""] = (agents[at % agents.length] ?? "").split("|");
    const person = makePerson(at);
    return {
      number: 4120 + at * 3,
      year: today.slice(0, 4),
      day: addDays(today, -(6 + ((at * 11) % 45))),
      entered: addDays(today, -(1 + (at % 5))),
      time: `${String(7 + (at % 12)).padStart(2, "0")}:${String((at * 13) % 60).padStart(2, "0")}`,
      placeStreet,
      placeNumber,
      plate: plates[at % plates.length] ?? "",
      brand: ["FIAT", "FORD", "RENAULT"][at % 3] ?? "",
      model: ["PANDA", "FIESTA", "CLIO"][at % 3] ?? "",
      article,
      comma,
      description,
      agent,
      agentId,
      reduced,
      discounted: Math.round(reduced * 0.7),
      fees: at % 2 === 0 ? 850 : 1120,
      person,
      driver: at % 4 === 1 ? makePerson(at + 2) : null,
      notice: `3${String(12_000_000_000_000 + at * 7_919_003).padStart(17, "0")}`,
      iupd: `BRG-2026-${String(4120 + at * 3).padStart(8, "0")}`,
    };
  });
}
