/** What can be wrong with a spreadsheet and its cells. */
import { wholeFileFault } from "../faults.ts";
import type { ValueFault } from "../fields.ts";

/** A spreadsheet is held whole: beyond these the same data come as CSV, which streams by. */
export const mostRows = 10_000;
export const mostColumns = 200;

const asText = "formattare la colonna come Testo, riscrivere il valore e salvare di nuovo.";

export const turnedIntoDate: ValueFault = {
  code: "FLUSSO_CELL",
  message: "il foglio di calcolo ha reso il valore una data.",
  remedy: asText,
};

export const zerosLost: ValueFault = {
  code: "FLUSSO_CELL",
  message: "la cella è un numero: gli zeri iniziali sono andati perduti.",
  remedy: asText,
};

export const notANumber: ValueFault = {
  code: "FLUSSO_CELL",
  message: "la cella è un numero con decimali, con segno o con più di 15 cifre.",
  remedy: asText,
};

export const moreThanCents: ValueFault = {
  code: "FLUSSO_CELL",
  message: "l'importo ha più di due decimali.",
  remedy: "arrotondarlo ai centesimi nel foglio di calcolo e salvare di nuovo.",
};

export const formulaFailed: ValueFault = {
  code: "FLUSSO_CELL",
  message: "la formula della cella dà un errore.",
  remedy: "correggere la formula, o scrivere il valore, e salvare di nuovo.",
};

export const tooLarge = wholeFileFault(
  "FLUSSO_SPREADSHEET",
  `il foglio di calcolo è troppo grande (al massimo ${mostRows.toLocaleString("it")} righe, ${mostColumns} colonne e 20 MB).`,
  "togliere le celle lontane dai dati, oppure salvarlo come «CSV UTF-8 (delimitato da separatore di elenco)», poi ripetere.",
);

export const damaged = wholeFileFault(
  "FLUSSO_SPREADSHEET",
  "il foglio di calcolo è rovinato, o protetto da password.",
  "aprirlo con il programma che l'ha scritto, togliere la password e salvarlo di nuovo come XLSX.",
);

export const notCalculated = wholeFileFault(
  "FLUSSO_SPREADSHEET",
  "il foglio contiene formule mai calcolate: i loro valori mancherebbero.",
  "aprirlo con il foglio di calcolo, salvarlo e ripetere.",
);
