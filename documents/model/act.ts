/** What the act says beside the violation: why it was not contested at once, points, speed, device, vehicle, quality of the addressee. */
import { compileTemplate } from "../layout/template.ts";
import { formatItalianDay } from "./format.ts";

/** Art. 126-bis c. 2: within so many days who drove is to be named. */
const usualDriverDays = 60;

/** As the verbale has it; the flusso and the schema of a verbale use the same names. */
export interface ActContent {
  /** `YYYY-MM-DD`; absent: on the day of the violation. */
  readonly dataAccertamento?: string;
  /** Who answers for an act that a machine made. */
  readonly responsabile?: string;
  /** The driver was told on the spot. */
  readonly contestazioneImmediata?: boolean;
  readonly casoArt201?: string;
  /** What the case of that letter is; absent: it was not read. */
  readonly testoCasoArt201?: string;
  readonly motivoMancataContestazione?: string;
  readonly dichiarazioni?: string;
  readonly puntiPatente?: number;
  readonly veicolo?: {
    readonly tipo?: string;
    readonly marca?: string;
    readonly modello?: string;
    readonly nazione?: string;
  };
  /** Kilometres an hour. */
  readonly velocita?: {
    readonly limite?: number;
    readonly rilevata?: number;
    readonly contestata?: number;
  };
  readonly dispositivo?: {
    readonly marca?: string;
    readonly modello?: string;
    readonly matricola?: string;
    readonly decreto?: {
      readonly tipo?: "approvazione" | "omologazione";
      readonly numero?: string;
      readonly data?: string;
    };
    readonly taratura?: {
      readonly data?: string;
      readonly centro?: string;
      readonly certificato?: string;
    };
    readonly censimentoMit?: string;
  };
  readonly decretoPrefettizio?: {
    readonly numero?: string;
    readonly data?: string;
    readonly tratto?: string;
  };
  /** Who drove, where that is known. */
  readonly conducente?: {
    readonly cognome?: string;
    readonly nome?: string;
    readonly codiceFiscale?: string;
    readonly patente?: string;
    readonly categoria?: string;
  };
  readonly fotografie?: readonly string[];
  /** `escluso`: there is nothing to pay yet. */
  readonly pagamentoRidotto?: "ammesso" | "escluso";
  /** Of the addressee. */
  readonly qualita?: string;
  readonly extra?: Readonly<Record<string, string>>;
  /** To say who drove; absent: as the law had it when these tables were made. */
  readonly driverDays?: number;
}

/** How a model calls the qualities of the addressee, in Italian and in its second language; `altro`: what an ente says where none is given. */
export interface ActWords {
  readonly qualita?: Readonly<Record<string, string>>;
  readonly qualitaSeconda?: Readonly<Record<string, string>>;
  /** BCP 47 of the second language. */
  readonly second?: string;
}

/** The values of the act; an empty one is absent. */
export function buildActValues(act: ActContent, words: ActWords): Record<string, string> {
  const { veicolo = {}, velocita = {}, dispositivo = {} } = act;
  const { decreto = {}, taratura = {} } = dispositivo;
  const quality = act.qualita ?? "altro";
  const punti = act.puntiPatente ?? 0;
  const name = joinWords(veicolo.tipo, veicolo.marca, veicolo.modello);
  const serial = trim(dispositivo.matricola);
  return {
    dataAccertamento: formatDay("", act.dataAccertamento),
    responsabile: trim(act.responsabile),
    dichiarazioni: trim(act.dichiarazioni),
    contestazioneImmediata: act.contestazioneImmediata === true ? "sì" : "",
    casoArt201: trim(act.casoArt201),
    testoCasoArt201: trim(act.testoCasoArt201),
    motivoMancataContestazione: trim(act.motivoMancataContestazione),
    puntiPatente: punti === 0 ? "" : String(punti),
    giorniConducente: asksForDriver(act) ? String(act.driverDays ?? usualDriverDays) : "",
    puntiConducenteNoto: punti === 0 || asksForDriver(act) ? "" : String(punti),
    senzaPunti: act.puntiPatente === 0 ? "0" : "",
    qualita: setQuality(words.qualita, quality),
    qualitaSeconda: setQuality(words.qualitaSeconda, quality),
    veicolo: joinList(name, trim(veicolo.nazione)),
    "veicolo.tipo": trim(veicolo.tipo),
    "veicolo.marca": trim(veicolo.marca),
    "veicolo.modello": trim(veicolo.modello),
    "veicolo.nazione": trim(veicolo.nazione),
    velocita: joinList(
      formatSpeed("limite", velocita.limite),
      formatSpeed("rilevata", velocita.rilevata),
      formatSpeed("contestata", velocita.contestata),
    ),
    "velocita.limite": formatFigure(velocita.limite),
    "velocita.rilevata": formatFigure(velocita.rilevata),
    "velocita.contestata": formatFigure(velocita.contestata),
    dispositivo: joinList(
      joinWords(dispositivo.marca, dispositivo.modello),
      serial === "" ? "" : `matricola ${serial}`,
    ),
    "dispositivo.marca": trim(dispositivo.marca),
    "dispositivo.modello": trim(dispositivo.modello),
    "dispositivo.matricola": serial,
    "dispositivo.decreto": formatDecree(decreto),
    "dispositivo.taratura": joinList(
      formatDay("", taratura.data),
      trim(taratura.centro),
      trim(taratura.certificato) === "" ? "" : `certificato ${trim(taratura.certificato)}`,
    ),
    "dispositivo.censimentoMit": trim(dispositivo.censimentoMit),
    ...buildMoreValues(act),
    pagamentoEscluso: act.pagamentoRidotto === "escluso" ? "sì" : "",
    ...(act.extra !== undefined && buildExtraValues(act.extra)),
  };
}

/** The prefect's decree, who drove, the photographs. */
function buildMoreValues({
  decretoPrefettizio = {},
  conducente = {},
  fotografie = [],
}: ActContent): Record<string, string> {
  return {
    decretoPrefettizio: joinList(formatDecree(decretoPrefettizio), trim(decretoPrefettizio.tratto)),
    "decretoPrefettizio.tratto": trim(decretoPrefettizio.tratto),
    conducente: joinList(
      joinWords(conducente.nome, conducente.cognome),
      prefix("C.F. ", conducente.codiceFiscale),
    ),
    "conducente.patente": joinList(
      prefix("n. ", conducente.patente),
      prefix("categoria ", conducente.categoria),
    ),
    fotografie: fotografie
      .map(trim)
      .filter((name) => name !== "")
      .join(", "),
  };
}

/** Points are taken, and nobody knows from whom: told on the spot, the driver is known. */
function asksForDriver({
  puntiPatente = 0,
  conducente,
  contestazioneImmediata,
}: ActContent): boolean {
  const isKnown = Object.values(conducente ?? {}).some((text) => trim(text) !== "");
  return puntiPatente > 0 && !isKnown && contestazioneImmediata !== true;
}

function prefix(before: string, text: string | undefined): string {
  return trim(text) === "" ? "" : `${before}${trim(text)}`;
}

function buildExtraValues(extra: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(extra).map(([key, text]) => [`extra.${key}`, trim(text)]),
  );
}

/** Never «omologazione» for an approval, and neither where the flusso does not say. */
function formatDecree(decree: {
  readonly tipo?: string;
  readonly numero?: string;
  readonly data?: string;
}): string {
  const number = trim(decree.numero);
  const rest = [number === "" ? "" : `n. ${number}`, formatDay("del ", decree.data)];
  const named = rest.filter((text) => text !== "").join(" ");
  if (named === "") return "";
  return decree.tipo === undefined ? `decreto ${named}` : `decreto di ${decree.tipo} ${named}`;
}

const setOnce = new WeakMap<Readonly<Record<string, string>>, Map<string, string>>();

/** As a text of the model: `art. 196` stays on one line. A model has few of them: each is set once. */
function setQuality(words: Readonly<Record<string, string>> | undefined, quality: string): string {
  if (words === undefined) return "";
  const name = Object.hasOwn(words, quality) ? quality : "altro";
  const known = setOnce.get(words) ?? new Map<string, string>();
  setOnce.set(words, known);
  const text =
    known.get(name) ??
    (compileTemplate(words[name] ?? "").fillIn({}) ?? []).map((run) => run.text).join("");
  known.set(name, text);
  return text;
}

function formatSpeed(label: string, speed: number | undefined): string {
  return speed === undefined ? "" : `${label} ${formatFigure(speed)} km/h`;
}

/** `68` or `123,5`. */
function formatFigure(figure: number | undefined): string {
  return figure === undefined ? "" : String(figure).replace(".", ",");
}

function formatDay(before: string, day: string | undefined): string {
  return day === undefined ? "" : `${before}${formatItalianDay(day)}`;
}

function trim(text: string | undefined): string {
  return (text ?? "").trim();
}

function joinWords(...words: readonly (string | undefined)[]): string {
  return words
    .map(trim)
    .filter((word) => word !== "")
    .join(" ");
}

function joinList(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(", ");
}
