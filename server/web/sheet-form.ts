/** What the sheet of a verbale sends: the data as they were typed, who says so and why, and whether they go or are only looked at. */
import type { FieldFault } from "../correct/verbale-form.ts";
import { readSigner } from "./gate/who.ts";

export interface SheetForm {
  /** By the dotted name of the field. */
  readonly texts: ReadonlyMap<string, string>;
  readonly by: string;
  readonly reason: string;
  /** Whether the button was pressed that sends it. */
  readonly isSent: boolean;
}

/** A place that was suggested is put into its three fields. */
export function readSheetForm(form: URLSearchParams): SheetForm {
  const texts = new Map(form);
  const [cap, comune, provincia] = (form.get("luogo-suggerito") ?? "").split("|");
  if (comune !== undefined && provincia !== undefined) {
    texts.set("destinatario.indirizzo.cap", cap ?? "");
    texts.set("destinatario.indirizzo.comune", comune);
    texts.set("destinatario.indirizzo.provincia", provincia);
  }
  return {
    texts,
    by: readSigner() ?? (form.get("chi") ?? "").trim(),
    reason: (form.get("motivo") ?? "").trim(),
    isSent: form.get("azione") === "rimanda",
  };
}

/** Why a correction is not taken; Italian. `null`: it says who and why. */
export function explainUnsigned({ by, reason }: Pick<SheetForm, "by" | "reason">): string | null {
  if (by === "" || by.length > 80) return "Scrivere nome e cognome di chi corregge.";
  return reason === "" || reason.length > 300
    ? "Scrivere perché si corregge: che cosa lo prova."
    : null;
}

/** What a sheet says that does not go yet for its faults; Italian. `null`: nothing holds it. */
export function explainFaultsLeft(faults: readonly FieldFault[]): string | null {
  const wrong = faults.filter(({ isError }) => isError).length;
  if (wrong === 0) return null;
  return wrong === 1
    ? "Resta un difetto: è segnato qui sotto."
    : `Restano ${wrong} difetti: sono segnati qui sotto.`;
}
