/** Fictional verbali for tests: valid, unique by number, as JSON lines. */
import type { Verbale } from "../../steps/schemas/verbale.ts";

/** Fictional persons with a valid check letter. */
const people = [
  { cognome: "Inventati", nome: "Tommaso", codiceFiscale: "NVNTMS66B24X001Q" },
  { cognome: "Finti", nome: "Tommaso", codiceFiscale: "FNTTMS54R12X001U" },
] as const;

/** The Nth verbale; `change` replaces fields. `day` is the violation, `YYYY-MM-DD`. */
export function makeVerbale(n: number, day: string, change: Partial<Verbale> = {}): Verbale {
  const person = people[n % people.length] ?? people[0];
  return {
    numero: `T${String(n).padStart(5, "0")}`,
    dataViolazione: day,
    oraViolazione: "10:15",
    luogo: "Via Roma",
    // Another plate: verbali of one person, vehicle, day, hour and article are one violation.
    targa: `ZZ${String(n).padStart(3, "0")}ZZ`,
    articolo: "7, commi 1 e 15",
    descrizione: "Sostava fuori dagli spazi",
    agente: "matr. 1",
    puntiPatente: 0,
    motivoMancataContestazione: "Il trasgressore non era presente",
    importoRidottoCents: 4_200,
    ...(n % 3 === 0 ? {} : { importoScontatoCents: 2_940 }),
    speseCents: 850,
    destinatario: {
      tipo: "PF",
      qualita: "proprietario",
      ...person,
      indirizzo: {
        via: "Via delle Prove",
        civico: String(1 + (n % 90)),
        cap: "24047",
        comune: "Treviglio",
        provincia: "BG",
      },
    },
    ...change,
  };
}

/** `count` verbali from number `first` as JSON lines. */
export function verbaliLines(count: number, day: string, first = 1): string {
  const lines: string[] = [];
  for (let n = first; n < first + count; n += 1) lines.push(JSON.stringify(makeVerbale(n, day)));
  return `${lines.join("\n")}\n`;
}

/** An ente whose own check of CAP and town is a warning: what it lets through is refused by SEND, a day later and for a euro. */
export function leaveTownToSend(enteYaml: string): string {
  return `${enteYaml}pipelines:\n  send:\n    change:\n      validate: { with: { severity: { CAP_TOWN: warning } } }\n`;
}
