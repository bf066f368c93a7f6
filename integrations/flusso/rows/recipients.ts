/** The recipients of a row beside the first, once all of its cells were read. */
import type { RowFault } from "../port.ts";

type Fields = Record<string, unknown>;

/** Where a verbale keeps `destinatari.3.…` while its row is read: the third recipient is the second of the others. */
export function openRecipient(verbale: Fields, number: string): Fields {
  const all = (verbale["destinatari"] ??= []) as Fields[];
  return (all[Number(number) - 2] ??= {});
}

/** Leaves out those that no cell says anything of; a type that is not written is told from the code. */
export function finishRecipients(verbale: Fields, line: number, faults: RowFault[]): void {
  if (verbale["destinatari"] === undefined) return;
  const others = [...(verbale["destinatari"] as (Fields | undefined)[])];
  verbale["destinatari"] = others.flatMap((other, index) => {
    if (other === undefined) return [];
    const address = (other["indirizzo"] ?? {}) as Fields;
    const tipo = other["tipo"] ?? deduceType(other);
    if (tipo === null)
      faults.push({
        line,
        column: 0,
        header: `destinatari.${index + 2}.tipo`,
        code: "FLUSSO_VALUE_MISSING",
        message: `del destinatario ${index + 2} manca il tipo, e il codice fiscale non lo dice.`,
        remedy: "scrivere PF o PG, oppure il codice fiscale.",
      });
    return [
      {
        ...other,
        tipo,
        indirizzo: { via: "", cap: "", comune: "", provincia: "", ...address },
      },
    ];
  });
}

function deduceType({ codiceFiscale, partitaIva }: Fields): "PF" | "PG" | null {
  const code = typeof codiceFiscale === "string" ? codiceFiscale : partitaIva;
  if (typeof code !== "string") return null;
  if (/^[A-Z0-9]{16}$/i.test(code.trim())) return "PF";
  return /^(?:IT)?[0-9]{11}$/i.test(code.trim()) ? "PG" : null;
}
