/** What is wrong with a file or a row before any of its values is read. */
import { rowFault, wholeFileFault } from "../faults.ts";
import type { RowFault } from "../port.ts";

/** JSON in another encoding than its own. */
export const jsonEncoding = wholeFileFault(
  "FLUSSO_ENCODING",
  "un file JSON deve essere in UTF-8.",
  "esportare il file in UTF-8.",
);

/** A list in the place of lines. */
export const jsonList = wholeFileFault(
  "FLUSSO_JSON",
  "il file è un elenco JSON, non una riga per verbale.",
  "scrivere un oggetto per riga (JSON lines), senza parentesi quadre né virgole tra le righe.",
);

/** The end of the file cut this row. */
export function incompleteFault(line: number): RowFault {
  return rowFault(
    line,
    "FLUSSO_INCOMPLETE",
    "file incompleto: l'ultima riga è tagliata.",
    "attendere che la copia finisca, o esportare di nuovo il flusso.",
  );
}

/** A row that a filter hides, where such rows are left out. */
export function hiddenRowFault(line: number): RowFault {
  return rowFault(
    line,
    "FLUSSO_HIDDEN_ROW",
    "la riga è nascosta nel foglio di calcolo, forse da un filtro.",
    "togliere il filtro e salvare, se il verbale va notificato.",
  );
}

/** Nothing after this row can be trusted. */
export function endlessRowFault(line: number): RowFault {
  return rowFault(
    line,
    "FLUSSO_ENDLESS_ROW",
    "la riga che comincia qui non finisce: mancano le virgolette di chiusura o gli a capo.",
    "chiudere le virgolette aperte in questa riga ed esportare di nuovo.",
  );
}

/** Nobody can tell which of the rows is meant. */
export function repeatedNumberFault(line: number, other: number): RowFault {
  return rowFault(
    line,
    "FLUSSO_NUMBER_TWICE",
    `il numero del verbale è anche alla riga ${other}.`,
    "lasciare una sola riga per verbale; se le righe sono i destinatari di uno stesso verbale, chiedere al tecnico di dichiararlo.",
  );
}
