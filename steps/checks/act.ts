/** Checks of what the act must say of itself: why it was not contested at once, points, speed, device. */
import type { TSchema } from "typebox";
import { addDays } from "../../engine/host/clock.ts";
import { findArt201Case, type Art201Cases } from "../../documents/model/art201.ts";
import { Verbale } from "../schemas/verbale.ts";
import { buildFinding, type Finding } from "./catalogue.ts";
import { formatDayMonthYear } from "./verbale.ts";

export interface ActOptions {
  /** Kilometres an hour and per cent of the measured speed: the greater of the two is taken off. */
  readonly toleranceKmh: number;
  readonly tolerancePercent: number;
  /** A calibration may be so many days old on the day of the violation. */
  readonly calibrationDays: number;
  /** What the ente changes of the cases of art. 201. */
  readonly cases?: Art201Cases;
}

export function checkAct(verbale: Verbale, options: ActOptions): Finding[] {
  return [
    ...checkContestation(verbale, options.cases),
    ...checkPoints(verbale),
    ...checkSpeed(verbale, options),
    ...checkDevice(verbale, options),
    ...checkLengths(verbale),
  ];
}

/** So many characters name an obstacle of its own, not a stock phrase. */
const shortestReason = 20;

function checkContestation(verbale: Verbale, cases: Art201Cases = {}): Finding[] {
  const { casoArt201: letter, motivoMancataContestazione: reason = "", dataViolazione } = verbale;
  const field = "Mancata contestazione";
  // Art. 200: nothing is to be explained.
  if (verbale.contestazioneImmediata === true) return [];
  if (letter === undefined && reason.trim() === "")
    return [
      buildFinding(
        "CONTESTATION_MISSING",
        field,
        "mancano il caso dell'art. 201 e il motivo.",
        "indicare nel gestionale la lettera del comma 1-bis, o l'impedimento concreto.",
      ),
    ];
  if (letter === undefined)
    return reason.trim().length >= shortestReason
      ? []
      : [
          buildFinding(
            "CONTESTATION_SHORT",
            field,
            `il motivo ha meno di ${shortestReason} caratteri.`,
            "scrivere l'impedimento concreto, con parole proprie.",
          ),
        ];
  const found = findArt201Case(letter, dataViolazione, cases);
  if (found === undefined)
    return [
      buildFinding(
        "CONTESTATION_CASE",
        "Caso dell'art. 201, comma 1-bis",
        `la lettera non c'è, o non vale per il ${formatDayMonthYear(dataViolazione)}.`,
        "correggere la lettera (da a a g, g-bis, g-ter); se la legge è cambiata, chiedere al tecnico di aggiornare l'elenco dei casi.",
      ),
    ];
  if (found.device !== true || namesDevice(verbale)) return [];
  return [
    buildFinding(
      "CONTESTATION_DEVICE",
      "Dispositivo",
      "manca, e il caso dell'art. 201 lo presuppone.",
      "indicare marca, modello o matricola del dispositivo.",
    ),
  ];
}

/** Art. 126-bis: 10 for one violation, 15 for several together. */
const mostPoints = 15;

function checkPoints({ puntiPatente: points = 0 }: Verbale): Finding[] {
  if (points <= mostPoints) return [];
  return [
    buildFinding(
      "POINTS_RANGE",
      "Punti della patente",
      `sono più di ${mostPoints}.`,
      "controllare che la colonna porti i punti da togliere, non quelli che restano.",
    ),
  ];
}

function checkSpeed({ velocita, articolo }: Verbale, options: ActOptions): Finding[] {
  if (velocita === undefined && !isOfSpeed(articolo)) return [];
  const { limite, rilevata, contestata } = velocita ?? {};
  const wrong = (what: string): Finding[] => [
    buildFinding("SPEED_VALUES", "Velocità", what, "controllare se le colonne sono scambiate."),
  ];
  if (limite !== undefined && rilevata !== undefined && rilevata <= limite)
    return wrong("quella rilevata non supera il limite.");
  if (limite !== undefined && contestata !== undefined && contestata <= limite)
    return wrong("quella contestata non supera il limite.");
  if (rilevata !== undefined && contestata !== undefined && contestata > rilevata)
    return wrong("quella contestata supera quella rilevata.");
  if (limite === undefined || rilevata === undefined || contestata === undefined)
    return [
      buildFinding(
        "SPEED_MISSING",
        "Velocità",
        "servono limite, velocità rilevata e velocità contestata.",
        "completare il verbale nel gestionale.",
      ),
    ];
  const { toleranceKmh, tolerancePercent } = options;
  const due = rilevata - Math.max(toleranceKmh, (rilevata * tolerancePercent) / 100);
  // Some round what is left, some do not.
  if (Math.abs(contestata - due) < 1) return [];
  return [
    buildFinding(
      "SPEED_TOLERANCE",
      "Velocità contestata",
      `non è quella rilevata meno ${toleranceKmh} km/h o il ${tolerancePercent} %.`,
      "controllare la tolleranza con cui è stata calcolata.",
    ),
  ];
}

/** Source: D.L. 73/2025 art. 5 c. 3-bis, DD 305/2025: from then on a device that is not in the census may not be used. */
const censusDay = "2025-11-29";

function checkDevice(verbale: Verbale, { calibrationDays }: ActOptions): Finding[] {
  const { dispositivo, velocita, articolo, dataViolazione: day } = verbale;
  const found: Finding[] = [];
  const decreeDay = dispositivo?.decreto?.data;
  const calibrationDay = dispositivo?.taratura?.data;
  if ((decreeDay !== undefined && decreeDay > day) || (calibrationDay ?? day) > day)
    found.push(
      buildFinding(
        "DEVICE_DATE",
        "Dispositivo",
        "la data del decreto o della taratura è dopo la violazione.",
        "indicare il decreto e l'ultima taratura che c'erano quel giorno.",
      ),
    );
  // A speed without anything of it is told once, by SPEED_MISSING.
  if (velocita === undefined && (dispositivo === undefined || !isOfSpeed(articolo))) return found;
  if (!namesDevice(verbale) || dispositivo?.decreto?.numero === undefined)
    found.push(
      buildFinding(
        "DEVICE_DECREE",
        "Dispositivo",
        "della velocità contestata mancano lo strumento o il suo decreto.",
        "indicare marca, modello o matricola, e il decreto di approvazione o di omologazione.",
      ),
    );
  const isOld = calibrationDay === undefined || addDays(calibrationDay, calibrationDays) < day;
  if (isOld)
    found.push(
      buildFinding(
        "DEVICE_CALIBRATION",
        "Taratura",
        calibrationDay === undefined
          ? "manca la data."
          : `risale a più di ${calibrationDays} giorni prima della violazione.`,
        "indicare l'ultima taratura prima della violazione.",
      ),
    );
  if (day >= censusDay && isBlank(dispositivo?.censimentoMit))
    found.push(
      buildFinding(
        "DEVICE_CENSUS",
        "Dispositivo",
        "non dice come è registrato nel censimento del Ministero.",
        "verificare sul portale del Ministero e indicarlo nel flusso.",
      ),
    );
  return found;
}

/** Art. 142 is that of speed. */
function isOfSpeed(article: string): boolean {
  return /^(?:art\.? *)?142\b/i.test(article.trim());
}

function namesDevice({ dispositivo }: Verbale): boolean {
  const { marca, modello, matricola } = dispositivo ?? {};
  return [marca, modello, matricola].some((text) => !isBlank(text));
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === "";
}

const longestReason = 1_000;
const longestText = 200;

function checkLengths(verbale: Verbale): Finding[] {
  return [...listActTexts(verbale)]
    .filter(({ name, text }) =>
      name === "motivoMancataContestazione"
        ? text.length > longestReason
        : text.length > longestText,
    )
    .map(({ title }) =>
      buildFinding("ACT_LENGTH", title, "è troppo lungo per la stampa.", "accorciare il testo."),
    );
}

/** A text that only the act bears, with the title that its field has in the schema. */
interface ActText {
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

const groups = ["veicolo", "dispositivo", "casoArt201", "motivoMancataContestazione"] as const;

/** Every text that may be printed of vehicle, device and contestation, and of the ente's own columns. */
export function* listActTexts(verbale: Verbale): Iterable<ActText> {
  for (const name of groups) yield* walkTexts(name, Verbale.properties[name], verbale[name]);
  for (const [name, text] of Object.entries(verbale.extra ?? {}))
    yield { name, title: `Colonna extra.${name}`, text };
}

function* walkTexts(name: string, schema: TSchema, value: unknown): Iterable<ActText> {
  const { title = name, properties = {} } = schema as {
    readonly title?: string;
    readonly properties?: Readonly<Record<string, TSchema>>;
  };
  if (typeof value === "string") yield { name, title, text: value };
  else if (typeof value === "object" && value !== null)
    for (const [key, below] of Object.entries(value)) {
      const part = properties[key];
      if (part !== undefined) yield* walkTexts(key, part, below);
    }
}
