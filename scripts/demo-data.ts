/** Writes data/demo/: the flusso of a fictional ente and the payment positions that exist before it. Always the same: `bun scripts/demo-data.ts`. */
import { join } from "node:path";
import { demoDay } from "../integrations/flusso/demo-data.ts";
import { makePaymentCode } from "../integrations/payments/notice-code.ts";
import {
  computeCheckLetter,
  computeNameLetters,
  numericTaxCodeFault,
} from "../integrations/flusso/tax-code.ts";

const creditor = "89999990164";
/** Positions from the years before: numbers that the demo's own counter does not reach. */
const firstOldNumber = 7_000_000_001;
const total = 60;

const headers = [
  "Numero verbale",
  "Protocollo",
  "Data violazione",
  "Ora",
  "Data accertamento",
  "Luogo violazione",
  "Targa",
  "Tipo veicolo",
  "Modello veicolo",
  "Articolo",
  "Descrizione violazione",
  "Agente",
  "Caso art. 201",
  "Motivo mancata contestazione",
  "Dichiarazioni",
  "Punti patente",
  "Limite km/h",
  "Velocità rilevata",
  "Velocità contestata",
  "Marca dispositivo",
  "Modello dispositivo",
  "Matricola dispositivo",
  "Tipo decreto",
  "Numero decreto",
  "Data decreto",
  "Data taratura",
  "Centro taratura",
  "Certificato taratura",
  "Censimento MIT",
  "Decreto prefettizio",
  "Data decreto prefettizio",
  "Tratto autorizzato",
  "Varco",
  "Contestata subito",
  "Cognome conducente",
  "Nome conducente",
  "CF conducente",
  "Patente conducente",
  "Categoria patente",
  "Fotografie",
  "Responsabile",
  "Pagamento ridotto",
  "Importo ridotto",
  "Importo scontato",
  "Spese",
  "Tipo soggetto",
  "Qualità",
  "Cognome",
  "Nome",
  "Ragione sociale",
  "Codice fiscale",
  "Partita IVA",
  "PEC",
  "Indirizzo",
  "Civico",
  "Presso",
  "Dettagli",
  "CAP",
  "Comune",
  "Frazione",
  "Prov.",
  "Stato",
  "IUPD",
] as const;
type Row = Record<(typeof headers)[number], string>;

const surnames =
  "Fantasia,Inventati,Provetti,D'Esempio,Collaudi,Campioni,Finti,Modelli,Immaginari,Della Prova,Verità,Novità,Fittizi,Facsimile,Dimostri".split(
    ",",
  );
const women = "Desirée,Aìda,Giulia,Chiara,Anna Maria,Elisabetta,Noemi,Zoè".split(",");
const men = "Niccolò,Andrea,Giosuè,Mario,Pier Paolo,Tommaso,Nicolò,Luca".split(",");
const streets =
  "Via delle Prove,Via dell'Università,Piazza della Libertà,Viale Giuseppe Verdi,Vicolo Corto,Via Papa Giovanni XXIII,Strada della Città Vecchia,Via Niccolò Paganini,Corso Umberto I".split(
    ",",
  );
const places =
  "Via Roma, varco 1;Piazza del Municipio;Via Mazzini all'altezza del civico 14;Strada Provinciale 12, km 3+400;Viale della Stazione;Via della Libertà angolo Via Verdi".split(
    ";",
  );
const models = "Fiat Panda,Volkswagen Golf,Renault Clio,Toyota Yaris,Fiat Ducato,Citroën C3".split(
  ",",
);
const officers = ["matr. 104", "matr. 117", "matr. 121"];
const towns = [
  ["26013", "Crema", "CR"],
  ["26100", "Cremona", "CR"],
  ["26015", "Soresina", "CR"],
  ["26900", "Lodi", "LO"],
  ["29122", "Piacenza", "PC"],
  ["46100", "Mantova", "MN"],
  ["24047", "Treviglio", "BG"],
  ["25122", "Brescia", "BS"],
  ["20124", "Milano", "MI"],
  ["22063", "Cantù", "CO"],
  ["30027", "San Donà di Piave", "VE"],
  ["47121", "Forlì", "FC"],
] as const;
/** Article, text, reduced and discounted cents; no discount where the licence or the vehicle is at stake. */
const offences = [
  ["7, commi 9 e 14", "Circolava nella zona a traffico limitato senza autorizzazione", 8300, 5810],
  ["158, commi 2 e 6", "Sostava negli spazi riservati al carico e scarico", 4200, 2940],
  [
    "142, comma 8",
    "Superava di 18 km/h il limite di 50 km/h, già detratta la tolleranza",
    17300,
    12110,
  ],
  [
    "142, comma 9",
    "Superava di 46 km/h il limite di 50 km/h, già detratta la tolleranza",
    54300,
    null,
  ],
  ["80, comma 14", "Circolava senza la prescritta revisione", 17300, 12110],
  ["193, comma 2", "Circolava senza la copertura assicurativa", 86600, null],
  ["41, comma 11", "Proseguiva la marcia con il semaforo rosso", 16700, 11690],
] as const;
/** A device of no maker; its decree and its calibration are invented. */
const speedometer: Partial<Row> = {
  "Marca dispositivo": "Fictor",
  "Modello dispositivo": "Rileva 3",
  "Matricola dispositivo": "RL-00417",
  "Tipo decreto": "approvazione",
  "Numero decreto": "1123",
  "Data decreto": "16/05/2019",
  "Data taratura": "12/03/2026",
  "Centro taratura": "Centro di prova LAT 000",
  "Certificato taratura": "A-77/2026",
  "Censimento MIT": "MIT-000417",
};
/** For each offence, why it was not contested at once, and what its act says besides. */
const acts: readonly Partial<Row>[] = [
  {
    "Caso art. 201": "g",
    "Marca dispositivo": "Fictor",
    "Modello dispositivo": "Varco 2",
    "Matricola dispositivo": "VC-0007",
    Varco: "Varco 1, Via Roma",
    "Punti patente": "0",
  },
  { "Caso art. 201": "d", "Punti patente": "0" },
  {
    "Caso art. 201": "e",
    "Punti patente": "3",
    "Limite km/h": "50",
    "Velocità rilevata": "73",
    "Velocità contestata": "68",
    ...speedometer,
  },
  {
    "Caso art. 201": "e",
    "Punti patente": "6",
    "Limite km/h": "50",
    "Velocità rilevata": "101",
    "Velocità contestata": "95,95",
    ...speedometer,
  },
  {
    "Motivo mancata contestazione":
      "L'agente, solo e a piedi, non ha potuto raggiungere il veicolo, che si è allontanato nel traffico.",
    "Punti patente": "0",
  },
  {
    "Motivo mancata contestazione":
      "La pattuglia rilevava un incidente e non poteva fermare il veicolo senza pericolo.",
    "Punti patente": "0",
  },
  { "Caso art. 201": "b", "Punti patente": "6" },
];
const qualities = [
  "proprietario",
  "intestatario ciclomotore",
  "locatario",
  "proprietario",
  "usufruttuario",
  "leasing",
];
const firms = [
  "Trasporti Fittizi S.r.l.",
  "Società Agricola L'Esempio S.S.",
  "Caffè della Prova di Collaudi & C. S.n.c.",
  "Cooperativa Novità Società Cooperativa Sociale",
  "Immobiliare Facsimile S.p.A.",
  "Officine Modelli S.r.l. Unipersonale",
];

const random = createRandom(20_261_120);
const rows = Array.from({ length: total }, (_, index) => buildRow(index));
const positions: unknown[] = [];
addPositions();
addElements();
addDefects();
await Bun.write(resolveTarget("flusso-2026-11.csv"), encodeLatin1(buildCsv(rows)));
await Bun.write(resolveTarget("positions.json"), `${JSON.stringify(positions, null, 2)}\n`);

function buildRow(index: number): Row {
  const [cap, town, province] = pick(towns);
  const [article, text, reduced, discounted] = offences[index % offences.length] ?? offences[0];
  const row = Object.fromEntries(headers.map((header) => [header, ""])) as Row;
  const number = String(index + 101).padStart(4, "0");
  return {
    ...row,
    "Numero verbale": `2026-V-${number}`,
    Protocollo: `PL/2026/${String(8800 + index * 3)}`,
    "Data violazione": formatDayBefore(index < 3 ? 5 : 5 + Math.floor(random() * 55)),
    Ora: `${padTwo(Math.floor(random() * 24))}:${padTwo(Math.floor(random() * 60))}`,
    "Luogo violazione": pick(places),
    Targa: `Q${pick(["I", "O", "U"])}${padTwo(index + 10)}${Math.floor(random() * 10)}QU`,
    "Tipo veicolo": "Autoveicolo",
    "Modello veicolo": pick(models),
    Articolo: article,
    "Descrizione violazione": text,
    Agente: pick(officers),
    ...acts[index % offences.length],
    Qualità: qualities[index % qualities.length] ?? "",
    "Importo ridotto": formatAmount(reduced),
    "Importo scontato": discounted === null ? "" : formatAmount(discounted),
    Spese: formatAmount(850),
    ...(index % 6 === 4 ? buildCompany(index) : buildPerson(index)),
    Indirizzo: pick(streets),
    Civico:
      index % 11 === 7 ? "SNC" : `${1 + Math.floor(random() * 90)}${index % 9 === 5 ? "/B" : ""}`,
    Presso: index % 13 === 6 ? "c/o Famiglia Esempi" : "",
    Dettagli: index % 7 === 3 ? "Scala B Interno 3" : "",
    CAP: cap,
    Comune: town,
    "Prov.": province,
  };
}

function buildPerson(index: number): Partial<Row> {
  const isWoman = random() < 0.5;
  const surname = pick(surnames);
  const name = pick(isWoman ? women : men);
  const isTrader = index % 10 === 2;
  return {
    "Tipo soggetto": "PF",
    Cognome: surname,
    Nome: name,
    "Ragione sociale": isTrader ? `Falegnameria Artigiana di ${name} ${surname}` : "",
    "Codice fiscale": buildTaxCode(surname, name, isWoman),
    "Partita IVA": isTrader ? buildNumericCode(9_999_000 + index, "019") : "",
    PEC: isTrader || index % 5 === 1 ? `recapito${index + 101}@pec.example` : "",
  };
}

function buildCompany(index: number): Partial<Row> {
  return {
    "Tipo soggetto": "PG",
    "Ragione sociale": pick(firms),
    [index % 12 === 4 ? "Codice fiscale" : "Partita IVA"]: buildNumericCode(
      9_998_000 + index,
      "019",
    ),
    PEC: index % 18 === 10 ? "" : `impresa${index + 101}@pec.example`,
  };
}

/** Positions of the verbali that the old software had already put on the platform. */
function addPositions(): void {
  const states = ["VALID", "VALID", "VALID", "INVALID", "EXPIRED", "DRAFT", "VALID", "VALID"];
  for (const [nth, status] of states.entries()) addPosition(rows[nth * 7 + 1], status, 1);
  addPosition(rows[30], "VALID", 2);
  const unknown = rows[45];
  if (unknown !== undefined) unknown.IUPD = `${creditor}-2026-SCONOSCIUTA`;
}

function addPosition(row: Row | undefined, status: string, count: number): void {
  if (row === undefined) throw new Error("no such row");
  const names: string[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const iupd = `${creditor}-${row["Numero verbale"]}${nth === 0 ? "" : `-${nth + 1}`}`;
    const amounts = [row["Importo scontato"], row["Importo ridotto"]].filter((text) => text !== "");
    const options = amounts.map((text, option) => {
      const { iuv, noticeCode } = makePaymentCode(
        "12",
        firstOldNumber + positions.length * 2 + option,
      );
      return { iuv, nav: noticeCode, amountCents: parseCents(text) + parseCents(row.Spese) };
    });
    positions.push({ organization: creditor, iupd, status, options });
    names.push(iupd);
  }
  row.IUPD = names.join(" ");
}

/** What an act may say besides, each on one verbale at least. */
function addElements(): void {
  // Found later, from the pictures; the 90 days run from then.
  Object.assign(pickRow(7), {
    "Data accertamento": formatDayBefore(3),
    Fotografie: "0108-a.jpg, 0108-b.jpg",
    Responsabile: "Dott.ssa Anna Maria Esempi, responsabile dell'ufficio verbali",
  });
  // Of another road: the prefect's decree for the stretch.
  Object.assign(pickRow(2), {
    "Caso art. 201": "f",
    "Decreto prefettizio": "4417",
    "Data decreto prefettizio": "03/02/2025",
    "Tratto autorizzato": "Strada Provinciale 12, dal km 2 al km 5",
  });
  // Told at once to who drove: 100 days for the owner, no reason, no driver to name.
  Object.assign(pickRow(4), {
    "Contestata subito": "sì",
    "Motivo mancata contestazione": "",
    Dichiarazioni: "Il conducente dichiara che la revisione era prenotata.",
    "Cognome conducente": "Collaudi",
    "Nome conducente": "Giulia",
    "CF conducente": buildTaxCode("Collaudi", "Giulia", true),
    "Patente conducente": "U1X0000000",
    "Categoria patente": "B",
  });
  // The fine may not be settled: no amounts, no notice.
  Object.assign(pickRow(5), {
    "Pagamento ridotto": "escluso",
    "Importo ridotto": "",
    "Importo scontato": "",
    Spese: "",
  });
}

/** One of each classic defect; the other rows are right. */
function addDefects(): void {
  Object.assign(pickRow(12), {
    Indirizzo: "Rue de l'Exemple",
    CAP: "06000",
    Comune: "Nice",
    "Prov.": "EE",
    Stato: "Francia",
  });
  const wrong = pickRow(20);
  const letter = wrong["Codice fiscale"].at(-1) === "A" ? "B" : "A";
  wrong["Codice fiscale"] = wrong["Codice fiscale"].slice(0, 15) + letter;
  Object.assign(pickRow(28), {
    "Ragione sociale": "Ditta Inventati Chiara",
    "Codice fiscale": buildTaxCode("Inventati", "Chiara", true),
    "Partita IVA": "",
  });
  pickRow(33)["Data violazione"] = formatDayBefore(130);
  addPosition(pickRow(41), "PAID", 1);
  // A CAP of the villages around: the table of comuni is not sure of it, SEND refuses it.
  Object.assign(pickRow(51), { CAP: "26010", Comune: "Crema", "Prov.": "CR" });
}

function pickRow(index: number): Row {
  const row = rows[index];
  if (row === undefined) throw new Error("no such row");
  return row;
}

/** A right code with a place that no town ever had (X001): it can be nobody's. */
function buildTaxCode(surname: string, name: string, isWoman: boolean): string {
  const day = 1 + Math.floor(random() * 28) + (isWoman ? 40 : 0);
  const month = "ABCDEHLMPRST"[Math.floor(random() * 12)] ?? "A";
  const first15 = `${computeNameLetters(surname, name)}${padTwo(Math.floor(random() * 60) + 40)}${month}${padTwo(day)}X001`;
  return first15 + computeCheckLetter(first15);
}

function buildNumericCode(serial: number, office: string): string {
  for (let digit = 0; digit < 10; digit += 1) {
    const code = `${serial}${office}${digit}`;
    if (numericTaxCodeFault(code) === null) return code;
  }
  throw new Error("no check digit fits");
}

function formatDayBefore(daysBefore: number): string {
  const day = new Date(Date.parse(`${demoDay}T00:00:00Z`) - daysBefore * 86_400_000);
  return day.toISOString().slice(0, 10).split("-").toReversed().join("/");
}

function formatAmount(cents: number): string {
  return `${Math.floor(cents / 100)},${padTwo(cents % 100)}`;
}

function parseCents(text: string): number {
  return Number(text.replace(",", ""));
}

function buildCsv(all: readonly Row[]): string {
  const lines = all.map((row) =>
    headers
      .map((header) => row[header])
      .map((value) => (/[;"\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value))
      .join(";"),
  );
  return `${[headers.join(";"), ...lines].join("\r\n")}\r\n`;
}

/** Windows-1252 of a text that has only Latin-1 letters. */
function encodeLatin1(text: string): Uint8Array {
  if (/[^\t\r\n\u0020-\u007E\u00A0-\u00FF]/.test(text)) throw new Error("not Latin-1");
  return Buffer.from(text, "latin1");
}

function pick<T>(from: readonly [T, ...T[]] | readonly T[]): T {
  const found = from[Math.floor(random() * from.length)];
  if (found === undefined) throw new Error("nothing to pick from");
  return found;
}

function padTwo(number: number): string {
  return String(number).padStart(2, "0");
}

function resolveTarget(name: string): string {
  return join(import.meta.dir, "../data/demo", name);
}

/** mulberry32: small, and the same everywhere. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
