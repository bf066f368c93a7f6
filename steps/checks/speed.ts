/** Checks of a speed that is charged and of the device that measured it. */
import { addDays } from "../../engine/host/clock.ts";
import { isOfSpeed } from "../../integrations/flusso/port.ts";
import type { Verbale } from "../schemas/verbale.ts";
import { buildFinding, type Finding } from "./catalogue.ts";

export interface SpeedOptions {
  /** Kilometres an hour and per cent of the measured speed: the greater of the two is taken off. */
  readonly toleranceKmh: number;
  readonly tolerancePercent: number;
  /** A calibration may be so many days old on the day of the violation. */
  readonly calibrationDays: number;
}

export function checkSpeed({ velocita, articolo }: Verbale, options: SpeedOptions): Finding[] {
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
  return [
    ...checkTolerance(rilevata, contestata, options),
    ...checkComma(articolo, contestata - limite),
  ];
}

function checkTolerance(
  rilevata: number,
  contestata: number,
  { toleranceKmh, tolerancePercent }: SpeedOptions,
): Finding[] {
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

/** By how many km/h each comma of art. 142 lets the limit be passed: over the first, up to the second. */
const excesses: Readonly<Record<string, readonly [number, number]>> = {
  "7": [0, 10],
  "8": [10, 40],
  "9": [40, 60],
  "9-bis": [60, Infinity],
};

function checkComma(article: string, excess: number): Finding[] {
  const [, comma = ""] =
    /\bc(?:\.|omma)? *(7|8|9-bis|9)(?![\d-])/i.exec(article.replace(/9 ?-? ?bis/i, "9-bis")) ?? [];
  const [over, upTo] = excesses[comma.toLowerCase()] ?? [-Infinity, Infinity];
  if (excess > over && excess <= upTo) return [];
  return [
    buildFinding(
      "SPEED_COMMA",
      "Articolo violato",
      "il comma dell'art. 142 non è quello della velocità contestata.",
      "controllare comma e velocità: il comma 7 fino a 10 km/h oltre il limite, l'8 fino a 40, il 9 fino a 60, il 9-bis di più.",
    ),
  ];
}

/** Source: D.L. 73/2025 art. 5 c. 3-bis, DD 305/2025: from then on a device that is not in the census may not be used. */
const censusDay = "2025-11-29";

export function checkDevice(verbale: Verbale, { calibrationDays }: SpeedOptions): Finding[] {
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
  if (day >= censusDay && isBlankText(dispositivo?.censimentoMit))
    found.push(
      buildFinding(
        "SPEED_DEVICE_NOT_IN_CENSUS",
        "Dispositivo",
        "non dice come è registrato nel censimento del Ministero.",
        "verificare sul portale del Ministero e indicarlo nel flusso.",
      ),
    );
  return found;
}

/** Whether the act says by what it was measured or recorded. */
export function namesDevice({ dispositivo }: Verbale): boolean {
  const { marca, modello, matricola } = dispositivo ?? {};
  return [marca, modello, matricola].some((text) => !isBlankText(text));
}

export function isBlankText(text: string | undefined): boolean {
  return text === undefined || text.trim() === "";
}
