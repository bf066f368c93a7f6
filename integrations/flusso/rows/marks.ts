/** What no two verbali of a flusso should share: the violation, the protocol, a position to cancel. */
import { foldCode } from "../look-alikes.ts";

/** The marks of one row, as they are compared with those of the others. */
export interface Marks {
  /** Who, which vehicle, which day, what time; `null` where a part is missing. */
  readonly violation: string | null;
  /** `null`: the row is too broken to tell. */
  readonly protocol: string | null;
  /** Each with the kind of its name. */
  readonly positions: readonly string[];
}

/** A row too broken to tell. */
export const noMarks: Marks = { violation: null, protocol: null, positions: [] };

/** The marks of a verbale as it was read; a verbale without protocol goes by its number. */
export function buildMarks(verbale: Readonly<Record<string, unknown>>): Marks {
  const { destinatario, posizioni } = verbale as {
    readonly destinatario?: Readonly<Record<string, unknown>>;
    readonly posizioni?: readonly Readonly<Record<string, string>>[];
  };
  const readText = (value: unknown): string => (typeof value === "string" ? value : "");
  const who = readText(destinatario?.["codiceFiscale"]) || readText(destinatario?.["partitaIva"]);
  const violation = [who, verbale["targa"], verbale["dataViolazione"], verbale["oraViolazione"]]
    .map(readText)
    .map(foldCode);
  const protocol = readText(verbale["protocollo"]) || readText(verbale["numero"]);
  return {
    violation: violation.includes("") ? null : `violazione|${violation.join("|")}`,
    protocol: `protocollo|${foldCode(protocol)}`,
    positions: (posizioni ?? []).flatMap((position) =>
      Object.entries(position).map(([kind, name]) => `posizione|${kind}|${name}`),
    ),
  };
}

/** All marks as one list. */
export function listMarks({ violation, protocol, positions }: Marks): readonly string[] {
  return [violation, protocol, ...positions].filter((mark) => mark !== null);
}
