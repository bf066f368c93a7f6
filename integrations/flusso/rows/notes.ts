/** Italian sentences on how a file was read, for whoever looks at the run. */
import type { FlussoSettings } from "../settings.ts";

/** Where the names of the columns stand, below others. */
export function describeHeaderLine(line: number): string {
  return `I nomi delle colonne sono alla riga ${line}; le righe sopra non sono state lette.`;
}

/** The rows that the ente's rules left out. */
export function describeSkipped(lines: readonly number[]): string {
  const shown = lines.slice(0, 5).join(", ");
  const more = lines.length > 5 ? ` e altre ${lines.length - 5}` : "";
  return lines.length === 1
    ? `La riga ${shown} non è un verbale: saltata, come vogliono le impostazioni dell'ente.`
    : `Le righe ${shown}${more} non sono verbali: saltate, come vogliono le impostazioni dell'ente.`;
}

/** The rows that a spreadsheet hides, and what became of them. */
export function describeHidden(lines: readonly number[], { hiddenRows }: FlussoSettings): string {
  const shown = lines.slice(0, 5).join(", ");
  const more = lines.length > 5 ? ` e altre ${lines.length - 5}` : "";
  const what =
    lines.length === 1
      ? `La riga ${shown} è nascosta (forse da un filtro)`
      : `Le righe ${shown}${more} sono nascoste (forse da un filtro)`;
  if (hiddenRows === "reject")
    return `${what}: ${lines.length === 1 ? "scartata" : "scartate"}, come vogliono le impostazioni dell'ente.`;
  const isRead =
    lines.length === 1 ? "è stata letta come le altre" : "sono state lette come le altre";
  return hiddenRows === "read"
    ? `${what}: ${isRead}.`
    : `${what}: ${isRead}. Per scartarle: chiedere al tecnico di dichiarare che le righe nascoste non valgono.`;
}

/** Rows of one number that were read as one act with several recipients. */
export function describeJoined(acts: number, lines: number): string {
  const others = lines - acts;
  const what = others === 1 ? "1 riga è" : `${others} righe sono`;
  return `${what} di un altro destinatario dello stesso atto: ${lines} righe, ${acts === 1 ? "1 atto" : `${acts} atti`}.`;
}
