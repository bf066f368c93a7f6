/** Twenty exports that look like those of twenty programs, each column with what it is. */
import type { XlsxCell } from "../xlsx.ts";
import { encodeText, toSerial, writeCsv, writeSheet, type PageName } from "./encode.ts";
import { makeFines, type Fine, type Person } from "./fines.ts";

/** Header, what it is (a field, `split:kind`, or `-`: nobody needs it), and its cell. */
type Spec = readonly [header: string, is: string, cell: (fine: Fine) => XlsxCell];

export interface ProgramExport {
  readonly name: string;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly columns: readonly { readonly header: string; readonly is: string }[];
  readonly count: number;
  /** What must be said that no column has. */
  readonly constants?: Readonly<Record<string, string>>;
}

interface CsvForm {
  readonly page: PageName;
  readonly delimiter: string;
  readonly isQuoted?: boolean;
  readonly above?: readonly (readonly string[])[];
  readonly below?: (fines: readonly Fine[]) => readonly (readonly string[])[];
}

interface Around {
  readonly above?: readonly (readonly XlsxCell[])[];
  readonly below?: readonly (readonly XlsxCell[])[];
}

const home = (fine: Fine) => fine.person.address;
const comma = (cents: number): string => {
  const [whole = "", rest = ""] = (cents / 100).toFixed(2).split(".");
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ".")},${rest}`;
};
const dot = (cents: number): string => (cents / 100).toFixed(2);
const it = (day: string): string => day.split("-").toReversed().join("/");
const short = (day: string): string => it(day).replace(/\/20(\d\d)$/, "/$1");
const whole = ({ type, surname, name, body }: Person): string =>
  type === "PG" ? body : `${surname} ${name}`;
const line = (fine: Fine): string => {
  const { streetType, streetName, number, suffix, unit } = home(fine);
  return `${streetType} ${streetName} ${number}${suffix === "" ? "" : `/${suffix}`}${unit === "" ? "" : ` INT. ${unit}`}`;
};
const via = (fine: Fine): string => `${home(fine).streetType} ${home(fine).streetName}`;
const title = (text: string): string =>
  text.toLowerCase().replaceAll(/(^|[\s'(])\p{L}/gu, (letter) => letter.toUpperCase());

function writeCsvExport(
  fines: readonly Fine[],
  name: string,
  form: CsvForm,
  specs: readonly Spec[],
  constants?: Readonly<Record<string, string>>,
): ProgramExport {
  const rows = fines.map((fine) => specs.map(([, , cell]) => toText(cell(fine))));
  const text = writeCsv(
    [
      ...(form.above ?? []),
      specs.map(([header]) => header),
      ...rows,
      ...(form.below?.(fines) ?? []),
    ],
    form,
  );
  return describe(name, `${name}.csv`, encodeText(text, form.page), specs, fines.length, constants);
}

function writeSheetExport(
  fines: readonly Fine[],
  name: string,
  specs: readonly Spec[],
  around: Around = {},
): ProgramExport {
  const rows = fines.map((fine) => specs.map(([, , cell]) => cell(fine)));
  const bytes = writeSheet([
    ...(around.above ?? []),
    specs.map(([header]) => header),
    ...rows,
    ...(around.below ?? []),
  ]);
  return describe(name, `${name}.xlsx`, bytes, specs, fines.length);
}

function describe(
  name: string,
  file: string,
  bytes: Uint8Array,
  specs: readonly Spec[],
  count: number,
  constants?: Readonly<Record<string, string>>,
): ProgramExport {
  return {
    name,
    file,
    bytes,
    count,
    columns: specs.map(([header, is]) => ({ header, is })),
    ...(constants !== undefined && { constants }),
  };
}

const a = "destinatario.indirizzo.";
const d = "destinatario.";

/** All twenty, as they would be exported on a day. */
export function makeExports(today = "2026-11-28"): readonly ProgramExport[] {
  const csv = (
    ...args: readonly [string, CsvForm, readonly Spec[], Readonly<Record<string, string>>?]
  ): ProgramExport => writeCsvExport(makeFines(today), ...args);
  const sheet = (...args: readonly [string, readonly Spec[], Around?]): ProgramExport =>
    writeSheetExport(makeFines(today), ...args);
  return [
    csv(
      "01-titoli-e-nominativo",
      {
        page: "windows-1252",
        delimiter: ";",
        isQuoted: true,
        above: [["Comune di Borgonuovo - Elenco verbali"], ["Estratto il 28/11/2026"], [""]],
      },
      [
        ["Nr. Verbale", "numero", (f) => `${String(f.number).padStart(5, "0")}/2026`],
        ["Anno", "-", (f) => f.year],
        ["Data accertamento", "dataViolazione", (f) => it(f.day)],
        ["Ora", "oraViolazione", (f) => f.time],
        [
          "Località violazione",
          "luogo",
          (f) => `${f.placeStreet}, ALTEZZA CIVICO ${f.placeNumber}`,
        ],
        ["Targa veicolo", "targa", (f) => f.plate],
        ["Art. C.d.S.", "articolo", (f) => `${f.article}, c. ${f.comma}`],
        ["Descrizione infrazione", "descrizione", (f) => f.description],
        ["Accertatore", "agente", (f) => f.agent],
        ["Importo (60 gg)", "importoRidottoCents", (f) => comma(f.reduced)],
        ["Importo (5 gg)", "importoScontatoCents", (f) => comma(f.discounted)],
        ["Spese notifica", "speseCents", (f) => comma(f.fees)],
        ["Trasgressore", "split:cognome-nome", (f) => whole(f.person)],
        ["Indirizzo residenza", "split:via-civico", line],
        ["C.A.P.", `${a}cap`, (f) => home(f).cap],
        ["Comune res.", `${a}comune`, (f) => home(f).town],
        ["PR", `${a}provincia`, (f) => home(f).province],
        ["Cod. Fiscale", `${d}codiceFiscale`, (f) => ` ${f.person.taxCode.toLowerCase()} `],
        ["P. IVA", `${d}partitaIva`, (f) => f.person.vat],
        ["Domicilio digitale", `${d}pec`, (f) => f.person.pec || "N.D."],
        ["Cod. posizione", "posizioni.iupd", (f) => f.iupd],
        ["Note interne", "-", () => "prova"],
        ["Tipo", `${d}tipo`, (f) => f.person.type],
      ],
    ),
    csv("02-maiuscole-dos", { page: "cp850", delimiter: ";" }, [
      ["NUM_VERBALE", "numero", (f) => `V/${f.number}/2026`],
      ["DT_VIOLAZ", "dataViolazione", (f) => short(f.day)],
      ["ORA_VIOLAZ", "oraViolazione", (f) => f.time],
      ["LUOGO_VIOLAZ", "luogo", (f) => `${f.placeStreet} ${f.placeNumber}`],
      ["TARGA", "targa", (f) => f.plate],
      ["TIPO_VEIC", "veicolo.tipo", () => "AUTOVETTURA"],
      ["ART_VIOLATO", "articolo", (f) => `${f.article}/${f.comma}`],
      ["DESCR_VIOLAZ", "descrizione", (f) => f.description],
      ["COD_AGENTE", "agente", (f) => f.agentId],
      ["IMP_RIDOTTO", "importoRidottoCents", (f) => comma(f.reduced)],
      ["IMP_SCONTATO", "importoScontatoCents", (f) => comma(f.discounted)],
      ["SPESE", "speseCents", (f) => comma(f.fees)],
      ["TIPO_SOGG", `${d}tipo`, (f) => (f.person.type === "PF" ? "F" : "G")],
      ["COGNOME", `${d}cognome`, (f) => f.person.surname],
      ["NOME", `${d}nome`, (f) => f.person.name],
      ["RAG_SOC", `${d}denominazione`, (f) => f.person.body],
      ["COD_FISC", `${d}codiceFiscale`, (f) => f.person.taxCode],
      ["VIA_RES", `${a}via`, via],
      ["CIV_RES", `${a}civico`, (f) => home(f).number],
      ["CAP_RES", `${a}cap`, (f) => home(f).cap],
      ["COM_RES", `${a}comune`, (f) => home(f).town],
      ["PROV_RES", `${a}provincia`, (f) => home(f).province],
      ["DT_INSER", "-", (f) => short(f.entered)],
      ["OPERATORE", "-", () => "SARA"],
    ]),
    sheet(
      "03-foglio-con-totale",
      [
        ["Numero Verbale", "numero", (f) => `${f.number}/A/2026`],
        ["Data Violazione", "dataViolazione", (f) => ({ day: toSerial(f.day) })],
        ["Ora Violazione", "oraViolazione", (f) => f.time],
        ["Luogo", "luogo", (f) => `${title(f.placeStreet)} ${f.placeNumber}`],
        ["Targa", "targa", (f) => f.plate],
        ["Articolo", "articolo", (f) => `Art. ${f.article} c. ${f.comma} CdS`],
        ["Violazione", "descrizione", (f) => f.description],
        ["Agente", "agente", (f) => f.agent],
        ["Sanzione", "importoRidottoCents", (f) => f.reduced / 100],
        ["Sanzione ridotta", "importoScontatoCents", (f) => f.discounted / 100],
        ["Spese", "speseCents", (f) => f.fees / 100],
        ["Totale", "-", (f) => (f.reduced + f.fees) / 100],
        [
          "Persona",
          `${d}tipo`,
          (f) => (f.person.type === "PF" ? "Persona fisica" : "Persona giuridica"),
        ],
        [
          "Cognome / Ragione sociale",
          "split:cognome-o-denominazione",
          (f) => f.person.surname || f.person.body,
        ],
        ["Nome", `${d}nome`, (f) => f.person.name],
        ["CF / P.IVA", `${d}codiceFiscale`, (f) => f.person.taxCode],
        ["Via", `${a}via`, via],
        ["N.", `${a}civico`, (f) => home(f).number],
        ["CAP", `${a}cap`, (f) => home(f).cap],
        ["Città", `${a}comune`, (f) => title(home(f).town)],
        ["Prov", `${a}provincia`, (f) => home(f).province],
      ],
      {
        above: [["Polizia Locale - Verbali da notificare"]],
        below: [["Totale verbali: 16", null, null, null, null, null, null, null, 1500]],
      },
    ),
    csv("04-centesimi-sigle", { page: "utf-8", delimiter: "," }, [
      ["verbale", "numero", (f) => `B${f.number}`],
      ["data_infrazione", "dataViolazione", (f) => f.day],
      ["ora_infrazione", "oraViolazione", (f) => f.time],
      ["via_infrazione", "luogo", (f) => `${f.placeStreet} ${f.placeNumber}`],
      ["targa", "targa", (f) => f.plate],
      ["articolo", "articolo", (f) => f.article],
      ["comma", "articolo", (f) => f.comma],
      ["descrizione_infrazione", "descrizione", (f) => f.description],
      ["accertatore", "agente", (f) => f.agent],
      ["pmr", "importoRidottoCents", (f) => String(f.reduced)],
      ["pmr_30", "importoScontatoCents", (f) => String(f.discounted)],
      ["spese_notifica", "speseCents", (f) => String(f.fees)],
      ["cognome_intestatario", `${d}cognome`, (f) => f.person.surname],
      ["nome_intestatario", `${d}nome`, (f) => f.person.name],
      ["denominazione_intestatario", `${d}denominazione`, (f) => f.person.body],
      ["cf_intestatario", `${d}codiceFiscale`, (f) => f.person.taxCode],
      ["indirizzo_intestatario", "split:via-civico", line],
      ["cap_intestatario", `${a}cap`, (f) => home(f).cap],
      ["comune_intestatario", `${a}comune`, (f) => home(f).town],
      ["provincia_intestatario", `${a}provincia`, (f) => home(f).province],
      ["iuv", "-", (f) => f.notice.slice(1)],
      ["codice_avviso", "posizioni.numeroAvviso", (f) => f.notice],
    ]),
    csv("05-millesimi", { page: "windows-1252", delimiter: ";" }, [
      ["N.VERBALE", "numero", (f) => `${f.number}/2026`],
      ["DATA VERB.", "-", (f) => it(f.entered)],
      ["DATA VIOL.", "dataViolazione", (f) => it(f.day)],
      ["ORA", "oraViolazione", (f) => f.time],
      ["LUOGO ACC.", "luogo", (f) => f.placeStreet],
      ["TARGA", "targa", (f) => f.plate],
      ["ARTICOLO", "articolo", (f) => `${f.article} c.${f.comma}`],
      ["DESCRIZIONE", "descrizione", (f) => f.description],
      ["VERBALIZZANTE", "agente", (f) => f.agent],
      ["IMPORTO", "importoRidottoCents", (f) => String(f.reduced * 10)],
      ["IMP. 5 GG", "importoScontatoCents", (f) => String(f.discounted * 10)],
      ["SPESE PROC.", "speseCents", (f) => String(f.fees * 10)],
      ["NOMINATIVO", "split:cognome-nome", (f) => whole(f.person)],
      ["COD.FISC./P.IVA", `${d}codiceFiscale`, (f) => f.person.taxCode],
      ["INDIRIZZO", `${a}via`, via],
      ["CIV.", `${a}civico`, (f) => home(f).number],
      ["BARRATO", `${a}civico`, (f) => home(f).suffix],
      ["CAP", `${a}cap`, (f) => home(f).cap],
      ["LOCALITA' RES.", `${a}comune`, (f) => home(f).town],
      ["PROV.", `${a}provincia`, (f) => home(f).province],
    ]),
    csv("06-unicode-tabulazioni", { page: "utf-16le", delimiter: "\t" }, [
      ["Numero verbale", "numero", (f) => `PM-${f.number}`],
      ["Data e ora", "split:data-ora", (f) => `${it(f.day)} ${f.time}`],
      ["Luogo della violazione", "luogo", (f) => `${f.placeStreet} ${f.placeNumber}`],
      ["Targa", "targa", (f) => f.plate],
      ["Marca", "veicolo.marca", (f) => f.brand],
      ["Modello", "veicolo.modello", (f) => f.model],
      ["Norma violata", "articolo", (f) => `${f.article} comma ${f.comma}`],
      ["Descrizione", "descrizione", (f) => f.description],
      ["Agente accertatore", "agente", (f) => f.agent],
      ["Importo entro 60 giorni", "importoRidottoCents", (f) => comma(f.reduced)],
      ["Importo entro 5 giorni", "importoScontatoCents", (f) => comma(f.discounted)],
      ["Spese di procedimento", "speseCents", (f) => comma(f.fees)],
      [
        "Proprietario",
        "split:nome-cognome",
        (f) => (f.person.type === "PG" ? f.person.body : `${f.person.name} ${f.person.surname}`),
      ],
      ["Codice fiscale", `${d}codiceFiscale`, (f) => f.person.taxCode],
      [
        "Residenza",
        "split:indirizzo",
        (f) => `${line(f)} - ${home(f).cap} ${home(f).town} (${home(f).province})`,
      ],
      ["Data di nascita", "-", (f) => it(f.person.born || "1970-01-01")],
      ["Luogo di nascita", "-", () => "CREMA"],
    ]),
    csv("07-due-indirizzi", { page: "utf-8-bom", delimiter: ";" }, [
      ["Id", "-", (f) => String(f.number * 17)],
      ["Verbale n.", "numero", (f) => `ZTL${f.number}`],
      ["Data", "dataViolazione", (f) => it(f.day)],
      ["Ora", "oraViolazione", (f) => f.time.replace(":", ".")],
      ["Via violazione", "luogo", (f) => f.placeStreet],
      ["Civico violazione", "luogo", (f) => f.placeNumber],
      ["Comune violazione", "-", () => "BORGONUOVO"],
      ["Targa", "targa", (f) => f.plate],
      ["Articolo", "articolo", (f) => `${f.article}/${f.comma}`],
      ["Fatto contestato", "descrizione", (f) => f.description],
      ["Matricola agente", "agente", (f) => f.agentId],
      ["Importo ridotto", "importoRidottoCents", (f) => dot(f.reduced)],
      ["Importo scontato", "importoScontatoCents", (f) => dot(f.discounted)],
      ["Spese", "speseCents", (f) => dot(f.fees)],
      ["Cognome", `${d}cognome`, (f) => f.person.surname],
      ["Nome", `${d}nome`, (f) => f.person.name],
      ["Ragione sociale", `${d}denominazione`, (f) => f.person.body],
      ["Cod. Fiscale", `${d}codiceFiscale`, (f) => f.person.taxCode],
      ["Partita IVA", `${d}partitaIva`, (f) => f.person.vat],
      ["Via residenza", `${a}via`, via],
      ["Civico residenza", `${a}civico`, (f) => home(f).number],
      ["CAP residenza", `${a}cap`, (f) => home(f).cap],
      ["Comune residenza", `${a}comune`, (f) => home(f).town],
      ["Provincia residenza", `${a}provincia`, (f) => home(f).province],
    ]),
    csv("08-proprietario-e-conducente", { page: "windows-1252", delimiter: ";", isQuoted: true }, [
      ["N. Verbale", "numero", (f) => `${f.number}/T`],
      ["Data acc.", "dataViolazione", (f) => it(f.day)],
      ["Ora acc.", "oraViolazione", (f) => f.time],
      ["Luogo acc.", "luogo", (f) => f.placeStreet],
      ["Targa", "targa", (f) => f.plate],
      ["Art.", "articolo", (f) => `${f.article} c. ${f.comma}`],
      ["Descr. violazione", "descrizione", (f) => f.description],
      ["Agente", "agente", (f) => f.agent],
      ["Importo", "importoRidottoCents", (f) => comma(f.reduced)],
      ["Spese", "speseCents", (f) => comma(f.fees)],
      ["Cognome propr.", "split:cognome-o-denominazione", (f) => f.person.surname || f.person.body],
      ["Nome propr.", `${d}nome`, (f) => f.person.name],
      ["CF propr.", `${d}codiceFiscale`, (f) => f.person.taxCode],
      ["Indirizzo propr.", "split:via-civico", line],
      ["CAP propr.", `${a}cap`, (f) => home(f).cap],
      ["Comune propr.", `${a}comune`, (f) => home(f).town],
      ["Prov. propr.", `${a}provincia`, (f) => home(f).province],
      ["Cognome cond.", "conducente.cognome", (f) => f.driver?.surname ?? ""],
      ["Nome cond.", "conducente.nome", (f) => f.driver?.name ?? ""],
      ["CF cond.", "conducente.codiceFiscale", (f) => f.driver?.taxCode ?? ""],
      ["N. patente", "conducente.patente", (f) => (f.driver === null ? "" : `U1${f.number}99X`)],
    ]),
    csv("09-anno-e-serie", { page: "windows-1252", delimiter: ";" }, [
      ["Anno", "numero", (f) => f.year],
      ["Serie", "numero", () => "V"],
      ["Numero", "numero", (f) => String(f.number)],
      ["Data Infrazione", "dataViolazione", (f) => it(f.day)],
      ["Ora Infrazione", "oraViolazione", (f) => f.time],
      ["Ubicazione", "luogo", (f) => `${f.placeStreet} ${f.placeNumber}`],
      ["Targa Veicolo", "targa", (f) => f.plate],
      ["Nazione Targa", "veicolo.nazione", () => "I"],
      ["Codice Violazione", "-", (f) => `${f.article}${f.comma}`],
      ["Articolo Violato", "articolo", (f) => `${f.article} c.${f.comma}`],
      ["Testo Violazione", "descrizione", (f) => f.description],
      ["Verbalizzanti", "agente", (f) => f.agent],
      ["Sanzione Minima", "importoRidottoCents", (f) => comma(f.reduced)],
      ["Sanzione Massima", "-", (f) => comma(f.reduced * 4)],
      ["Spese Postali", "speseCents", (f) => comma(f.fees)],
      ["Destinatario", "split:cognome-nome", (f) => whole(f.person)],
      ["CF", `${d}codiceFiscale`, (f) => f.person.taxCode],
      ["Indirizzo", "split:via-civico", line],
      ["CAP", `${a}cap`, (f) => home(f).cap],
      ["Località", `${a}comune`, (f) => home(f).town],
      ["Provincia", `${a}provincia`, (f) => home(f).province],
      ["Telefono", "-", () => "0373 123456"],
    ]),
    sheet("10-seriali-e-simboli", [
      ["Verbale", "numero", (f) => `${f.number}/2026/V`],
      ["Data violazione", "dataViolazione", (f) => toSerial(f.day)],
      ["Ora", "oraViolazione", (f) => f.time],
      ["Luogo violazione", "luogo", (f) => f.placeStreet],
      ["Targa", "targa", (f) => f.plate],
      ["Articolo", "articolo", (f) => `${f.article}, comma ${f.comma}`],
      ["Descrizione violazione", "descrizione", (f) => f.description],
      ["Agente", "agente", (f) => f.agent],
      ["Importo ridotto", "importoRidottoCents", (f) => `€ ${comma(f.reduced)}`],
      ["Importo scontato", "importoScontatoCents", (f) => `€ ${comma(f.discounted)}`],
      ["Spese", "speseCents", (f) => `€ ${comma(f.fees)}`],
      ["Tipo soggetto", `${d}tipo`, (f) => (f.person.type === "PF" ? "Fisica" : "Giuridica")],
      ["Cognome", `${d}cognome`, (f) => f.person.surname],
      ["Nome", `${d}nome`, (f) => f.person.name],
      ["Denominazione", `${d}denominazione`, (f) => f.person.body],
      ["Codice fiscale", `${d}codiceFiscale`, (f) => f.person.taxCode],
      ["PEC", `${d}pec`, (f) => f.person.pec],
      ["Indirizzo", `${a}via`, via],
      ["Civico", `${a}civico`, (f) => home(f).number],
      ["CAP", `${a}cap`, (f) => home(f).cap],
      ["Comune", "split:comune-provincia", (f) => `${home(f).town} (${home(f).province})`],
    ]),
    csv("11-nomi-ripetuti", { page: "utf-8", delimiter: ";" }, [
      ["Numero verbale", "numero", (f) => `R${f.number}`],
      ["Data", "dataViolazione", (f) => it(f.day)],
      ["Ora", "oraViolazione", (f) => f.time],
      ["Indirizzo", "luogo", (f) => f.placeStreet],
      ["Targa", "targa", (f) => f.plate],
      ["Articolo", "articolo", (f) => `${f.article}/${f.comma}`],
      ["Descrizione", "descrizione", (f) => f.description],
      ["Agente", "agente", (f) => f.agent],
      ["Importo", "importoRidottoCents", (f) => comma(f.reduced)],
      ["Spese", "speseCents", (f) => comma(f.fees)],
      ["", "-", () => ""],
      ["Cognome", `${d}cognome`, (f) => f.person.surname],
      ["Nome", `${d}nome`, (f) => f.person.name],
      ["Società", `${d}denominazione`, (f) => f.person.body],
      ["Codice", `${d}codiceFiscale`, (f) => f.person.taxCode],
      ["Indirizzo", "split:via-civico", line],
      ["Cap", `${a}cap`, (f) => home(f).cap],
      ["Comune", `${a}comune`, (f) => home(f).town],
      ["Pr.", `${a}provincia`, (f) => home(f).province],
      ["Note", "-", () => ""],
      ["Note", "-", () => "x"],
    ]),
    csv("12-barre-verticali", { page: "utf-8", delimiter: "|" }, [
      ["NR_VERB", "numero", (f) => `X${f.number}`],
      ["DATA_ACCERT", "dataViolazione", (f) => f.day.replaceAll("-", "")],
      ["ORA_ACCERT", "oraViolazione", (f) => f.time],
      ["LUOGO_ACCERT", "luogo", (f) => f.placeStreet],
      ["TARGA", "targa", (f) => f.plate],
      ["ARTICOLO", "articolo", (f) => f.article],
      ["COMMA", "articolo", (f) => f.comma],
      ["DESCRIZIONE", "descrizione", (f) => f.description],
      ["AGENTE_1", "agente", (f) => f.agent],
      ["AGENTE_2", "agente", () => "AG. ROSSI IVO"],
      ["IMP_MIN_EDITTALE", "importoRidottoCents", (f) => dot(f.reduced)],
      ["IMP_30", "importoScontatoCents", (f) => dot(f.discounted)],
      ["SPESE_NOT", "speseCents", (f) => dot(f.fees)],
      ["COGN_OBBL", `${d}cognome`, (f) => f.person.surname],
      ["NOME_OBBL", `${d}nome`, (f) => f.person.name],
      ["RAGSOC_OBBL", `${d}denominazione`, (f) => f.person.body],
      ["CF_OBBL", `${d}codiceFiscale`, (f) => f.person.taxCode],
      ["DUG", `${a}via`, (f) => home(f).streetType],
      ["TOPONIMO", `${a}via`, (f) => home(f).streetName],
      ["CIVICO", `${a}civico`, (f) => home(f).number],
      ["ESPONENTE", `${a}civico`, (f) => home(f).suffix],
      ["CAP", `${a}cap`, (f) => home(f).cap],
      ["COMUNE", `${a}comune`, (f) => home(f).town],
      ["SIGLA_PROV", `${a}provincia`, (f) => home(f).province],
      ["COD_ISTAT", "-", () => "019035"],
    ]),
    csv("13-oracle", { page: "utf-8", delimiter: ";" }, [
      ["NUMERO_VERBALE", "numero", (f) => `${f.number}/26`],
      ["DATA_VIOLAZIONE", "dataViolazione", (f) => oracle(f.day)],
      ["ORA_VIOLAZIONE", "oraViolazione", (f) => f.time],
      ["LUOGO_VIOLAZIONE", "luogo", (f) => f.placeStreet],
      ["TARGA_VEICOLO", "targa", (f) => f.plate],
      ["ARTICOLO_VIOLATO", "articolo", (f) => `${f.article} - ${f.comma}`],
      ["DESCRIZIONE_VIOLAZIONE", "descrizione", (f) => f.description],
      ["AGENTE_ACCERTATORE", "agente", (f) => f.agent],
      ["IMPORTO_RIDOTTO", "importoRidottoCents", (f) => euro(f.reduced)],
      ["IMPORTO_SCONTATO", "importoScontatoCents", (f) => euro(f.discounted)],
      ["SPESE_NOTIFICA", "speseCents", (f) => euro(f.fees)],
      ["TIPO_PERSONA", `${d}tipo`, (f) => f.person.type],
      ["COGNOME", `${d}cognome`, (f) => f.person.surname],
      ["NOME", `${d}nome`, (f) => f.person.name],
      ["RAGIONE_SOCIALE", `${d}denominazione`, (f) => f.person.body],
      ["CODICE_FISCALE", `${d}codiceFiscale`, (f) => f.person.taxCode],
      ["PARTITA_IVA", `${d}partitaIva`, (f) => f.person.vat],
      ["INDIRIZZO_PEC", `${d}pec`, (f) => f.person.pec || "-"],
      ["INDIRIZZO", `${a}via`, via],
      ["NUMERO_CIVICO", `${a}civico`, (f) => home(f).number],
      ["CAP", `${a}cap`, (f) => home(f).cap],
      ["COMUNE", `${a}comune`, (f) => home(f).town],
      ["PROVINCIA", `${a}provincia`, (f) => home(f).province],
      ["STATO_VERBALE", "-", () => "DA NOTIFICARE"],
    ]),
    csv(
      "14-pagine-stampate",
      {
        page: "windows-1252",
        delimiter: ";",
        below: () => [["Fine elenco"], ["Stampato il 28/11/2026 pag. 1"]],
      },
      [
        ["Nr.Verb.", "numero", (f) => `${f.number}`],
        ["Data Verb.", "dataViolazione", (f) => it(f.day)],
        ["Ora Verb.", "oraViolazione", (f) => f.time],
        ["Luogo", "luogo", (f) => f.placeStreet],
        ["Targa", "targa", (f) => f.plate],
        ["Articoli violati", "articolo", (f) => `${f.article}/${f.comma}`],
        ["Violazione accertata", "descrizione", (f) => f.description],
        ["Accertatori", "agente", (f) => f.agent],
        ["Pag. misura ridotta", "importoRidottoCents", (f) => comma(f.reduced)],
        ["Pag. entro 5 gg.", "importoScontatoCents", (f) => comma(f.discounted)],
        ["Spese not.", "speseCents", (f) => comma(f.fees)],
        ["Intestatario", "split:cognome-nome", (f) => whole(f.person)],
        ["C.F.", `${d}codiceFiscale`, (f) => f.person.taxCode],
        ["Indirizzo intestatario", "split:via-civico", line],
        [
          "Città intestatario",
          "split:cap-comune-provincia",
          (f) => `${home(f).cap} ${home(f).town} (${home(f).province})`,
        ],
      ],
    ),
    csv("15-velocita", { page: "utf-8", delimiter: ";" }, [
      ["Numero", "numero", (f) => `AV-${f.number}`],
      ["Data rilevamento", "dataViolazione", (f) => it(f.day)],
      ["Ora rilevamento", "oraViolazione", (f) => f.time],
      ["Strada", "luogo", (f) => `S.P. 12 KM ${f.placeNumber}`],
      ["Targa", "targa", (f) => f.plate],
      ["Limite", "velocita.limite", () => "70"],
      ["Velocità rilevata", "velocita.rilevata", () => "93"],
      ["Velocità contestata", "velocita.contestata", () => "88"],
      ["Modello apparecchiatura", "dispositivo.modello", () => "VELOMATIC 512"],
      ["Matricola apparecchiatura", "dispositivo.matricola", () => "0451"],
      ["Data taratura", "dispositivo.taratura.data", () => "15/01/2026"],
      ["N. certificato taratura", "dispositivo.taratura.certificato", () => "LAT 105/26"],
      ["Punti da decurtare", "puntiPatente", () => "3"],
      ["Articolo", "articolo", () => "142 c. 8"],
      ["Testo infrazione", "descrizione", (f) => f.description],
      ["Agente", "agente", (f) => f.agent],
      ["Sanzione edittale", "importoRidottoCents", (f) => comma(f.reduced)],
      ["Sanzione scontata 30%", "importoScontatoCents", (f) => comma(f.discounted)],
      ["Spese accertamento e notifica", "speseCents", (f) => comma(f.fees)],
      [
        "Cognome/Denominazione",
        "split:cognome-o-denominazione",
        (f) => f.person.surname || f.person.body,
      ],
      ["Nome", `${d}nome`, (f) => f.person.name],
      ["Codice Fiscale", `${d}codiceFiscale`, (f) => f.person.taxCode],
      ["Indirizzo", "split:via-civico", line],
      ["CAP", `${a}cap`, (f) => home(f).cap],
      ["Comune", `${a}comune`, (f) => home(f).town],
      ["Prov.", `${a}provincia`, (f) => home(f).province],
      ["Postazione", "-", () => "SP12-A"],
      ["Fotogramma", "-", (f) => `F${f.number}.jpg`],
    ]),
    csv(
      "16-senza-spese",
      { page: "windows-1252", delimiter: ";" },
      [
        ["Verbale", "numero", (f) => `S${f.number}`],
        ["Data violazione", "dataViolazione", (f) => it(f.day)],
        ["Luogo violazione", "luogo", (f) => f.placeStreet],
        ["Targa", "targa", (f) => f.plate],
        ["Articolo", "articolo", (f) => `${f.article}/${f.comma}`],
        ["Descrizione", "descrizione", (f) => f.description],
        ["Sanzione", "importoRidottoCents", (f) => comma(f.reduced)],
        ["Cognome e nome", "split:cognome-nome", (f) => whole(f.person)],
        ["Codice fiscale", `${d}codiceFiscale`, (f) => f.person.taxCode],
        ["Via e n. civico", "split:via-civico", line],
        ["CAP e comune", "split:cap-comune", (f) => `${home(f).cap} ${home(f).town}`],
        ["Provincia", `${a}provincia`, (f) => home(f).province],
      ],
      { speseCents: "8,50", agente: "Polizia Locale" },
    ),
    sheet(
      "17-foglio-con-logo",
      [
        ["N° verbale", "numero", (f) => `C/${f.number}`],
        ["N° protocollo", "protocollo", (f) => `2026/${f.number + 9000}`],
        ["Data commessa violazione", "dataViolazione", (f) => ({ day: toSerial(f.day) })],
        ["Ore", "oraViolazione", (f) => f.time],
        ["Località infrazione", "luogo", (f) => f.placeStreet],
        ["Tipo veicolo", "veicolo.tipo", () => "AUTOVETTURA"],
        ["Targa", "targa", (f) => f.plate],
        ["Art. violato", "articolo", (f) => `${f.article} co. ${f.comma}`],
        ["Infrazione", "descrizione", (f) => f.description],
        ["Agente operante", "agente", (f) => f.agent],
        ["Importo", "importoRidottoCents", (f) => f.reduced / 100],
        ["Importo -30%", "importoScontatoCents", (f) => f.discounted / 100],
        ["Spese notifica", "speseCents", (f) => f.fees / 100],
        ["Fisica/Giuridica", `${d}tipo`, (f) => (f.person.type === "PF" ? "F" : "G")],
        ["Cognome", `${d}cognome`, (f) => f.person.surname],
        ["Nome", `${d}nome`, (f) => f.person.name],
        ["Rag. sociale", `${d}denominazione`, (f) => f.person.body],
        ["Cod. fisc.", `${d}codiceFiscale`, (f) => f.person.taxCode],
        ["P.IVA", `${d}partitaIva`, (f) => f.person.vat],
        ["E-mail PEC", `${d}pec`, (f) => f.person.pec],
        ["Residenza: via", `${a}via`, via],
        ["Residenza: civico", `${a}civico`, (f) => home(f).number],
        ["Residenza: CAP", `${a}cap`, (f) => home(f).cap],
        ["Residenza: comune", `${a}comune`, (f) => home(f).town],
        ["Residenza: prov.", `${a}provincia`, (f) => home(f).province],
      ],
      {
        above: [
          ["COMUNE DI BORGONUOVO"],
          ["Comando di Polizia Locale"],
          ["Elenco verbali dal 01/10/2026 al 28/11/2026"],
        ],
        below: [
          ["TOTALE", null, null, null, null, null, null, null, null, null, 1234.5, 864.15, 150],
        ],
      },
    ),
    csv("18-web-iso", { page: "utf-8", delimiter: "," }, [
      ["numeroVerbale", "numero", (f) => `W-${f.number}`],
      ["dataOraViolazione", "split:data-ora", (f) => `${f.day}T${f.time}:00`],
      ["luogoViolazione", "luogo", (f) => f.placeStreet],
      ["targa", "targa", (f) => f.plate],
      ["normaViolata", "articolo", (f) => `art. ${f.article} c. ${f.comma}`],
      ["descrizioneViolazione", "descrizione", (f) => f.description],
      ["nomeAgente", "agente", (f) => f.agent],
      ["importoMinimo", "importoRidottoCents", (f) => dot(f.reduced)],
      ["importoScontato", "importoScontatoCents", (f) => dot(f.discounted)],
      ["speseNotifica", "speseCents", (f) => dot(f.fees)],
      ["tipoSoggetto", `${d}tipo`, (f) => f.person.type],
      ["cognome", `${d}cognome`, (f) => f.person.surname],
      ["nome", `${d}nome`, (f) => f.person.name],
      ["ragioneSociale", `${d}denominazione`, (f) => f.person.body],
      ["codiceFiscale", `${d}codiceFiscale`, (f) => f.person.taxCode],
      ["pec", `${d}pec`, (f) => f.person.pec],
      ["via", `${a}via`, via],
      ["civico", `${a}civico`, (f) => home(f).number],
      ["cap", `${a}cap`, (f) => home(f).cap],
      ["comune", `${a}comune`, (f) => home(f).town],
      ["provincia", `${a}provincia`, (f) => home(f).province],
      ["idPosizione", "posizioni.iupd", (f) => f.iupd],
      ["dataInserimento", "-", (f) => f.entered],
      ["utente", "-", () => "srossi"],
    ]),
    csv("19-nomi-che-ingannano", { page: "windows-1252", delimiter: ";" }, [
      ["Progressivo", "-", (f) => String(f.number - 4119)],
      ["Codice atto", "numero", (f) => `T${f.number}/2026`],
      ["Data", "dataViolazione", (f) => it(f.day)],
      ["Data stampa", "-", (f) => it(f.entered)],
      ["Luogo", "luogo", (f) => f.placeStreet],
      ["Veicolo", "targa", (f) => f.plate],
      ["Codice", "-", (f) => `${f.article}.${f.comma}`],
      ["Articolo", "articolo", (f) => `${f.article} c. ${f.comma}`],
      ["Oggetto violazione", "descrizione", (f) => f.description],
      ["Operatore accertatore", "agente", (f) => f.agent],
      ["Valore", "importoRidottoCents", (f) => comma(f.reduced)],
      ["Valore 2", "importoScontatoCents", (f) => comma(f.discounted)],
      ["Diritti", "speseCents", (f) => comma(f.fees)],
      ["Soggetto", "split:cognome-nome", (f) => whole(f.person)],
      ["Identificativo fiscale", `${d}codiceFiscale`, (f) => f.person.taxCode],
      ["Recapito", "split:via-civico", line],
      ["Codice postale", `${a}cap`, (f) => home(f).cap],
      ["Città", `${a}comune`, (f) => home(f).town],
      ["Sigla", `${a}provincia`, (f) => home(f).province],
      ["Esito", "-", () => ""],
    ]),
    csv("20-due-avvisi-e-pec", { page: "windows-1252", delimiter: ";" }, [
      ["N. Verbale", "numero", (f) => `K${f.number}`],
      ["Data Violazione", "dataViolazione", (f) => `${it(f.day)} 00:00:00`],
      ["Ora Violazione", "oraViolazione", (f) => `${f.time}:00`],
      ["Luogo Violazione", "luogo", (f) => f.placeStreet],
      ["Targa", "targa", (f) => f.plate],
      ["Articolo", "articolo", (f) => `${f.article}/${f.comma}`],
      ["Descrizione Violazione", "descrizione", (f) => f.description],
      ["Agente", "agente", (f) => f.agent],
      ["Importo Sanzione", "importoRidottoCents", (f) => comma(f.reduced)],
      ["Importo Sanzione 5gg", "importoScontatoCents", (f) => comma(f.discounted)],
      ["Spese Notifica", "speseCents", (f) => comma(f.fees)],
      ["Totale 60gg", "-", (f) => comma(f.reduced + f.fees)],
      ["Totale 5gg", "-", (f) => comma(f.discounted + f.fees)],
      ["Cod. avviso pagoPA", "posizioni.numeroAvviso", (f) => f.notice],
      ["IUV", "-", (f) => f.notice.slice(1)],
      ["Qualità", `${d}qualita`, () => "PROPRIETARIO"],
      ["Cognome", `${d}cognome`, (f) => f.person.surname],
      ["Nome", `${d}nome`, (f) => f.person.name],
      ["Ragione Sociale", `${d}denominazione`, (f) => f.person.body],
      ["Codice Fiscale", `${d}codiceFiscale`, (f) => f.person.taxCode],
      [
        "PEC",
        `${d}pec`,
        (f) => (f.person.pec === "" ? "NON DISPONIBILE" : `${f.person.pec};altra.${f.person.pec}`),
      ],
      ["Presso", `${a}presso`, (f) => (f.number % 2 === 0 ? "" : "FAM. BIANCHI")],
      ["Indirizzo", `${a}via`, via],
      ["Civico", `${a}civico`, (f) => home(f).number],
      ["Interno", `${a}dettagli`, (f) => home(f).unit],
      ["Cap", `${a}cap`, (f) => home(f).cap],
      ["Comune", `${a}comune`, (f) => home(f).town],
      ["Provincia", `${a}provincia`, (f) => home(f).province],
    ]),
  ];
}

const months = "GEN FEB MAR APR MAG GIU LUG AGO SET OTT NOV DIC".split(" ");

function oracle(day: string): string {
  const [year = "", month = "", date = ""] = day.split("-");
  return `${date}-${months[Number(month) - 1] ?? ""}-${year.slice(2)}`;
}

/** Decimals only where there are some. */
function euro(cents: number): string {
  return String(cents / 100).replace(".", ",");
}

/** A cell of a text file; days of spreadsheets do not come here. */
function toText(cell: XlsxCell): string {
  return typeof cell === "string" || typeof cell === "number" ? `${cell}` : "";
}
