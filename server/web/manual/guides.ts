/** The guides of the manual, as they lie beside the program: each is one page. */
import alerts from "../../../docs/it/avvisi.md" with { type: "text" };
import access from "../../../docs/it/accessi.md" with { type: "text" };
import codes from "../../../docs/it/codici.md" with { type: "text" };
import columns from "../../../docs/it/colonne.md" with { type: "text" };
import checks from "../../../docs/it/controlli.md" with { type: "text" };
import editor from "../../../docs/it/editor.md" with { type: "text" };
import operator from "../../../docs/it/guida-operatore.md" with { type: "text" };
import installing from "../../../docs/it/installazione.md" with { type: "text" };
import technician from "../../../docs/it/guida-tecnico.md" with { type: "text" };
import ownSteps from "../../../docs/it/passi-propri.md" with { type: "text" };
import tests from "../../../docs/it/prove.md" with { type: "text" };
import terms from "../../../docs/it/termini.md" with { type: "text" };
import steps from "../../../docs/it/passi.md" with { type: "text" };

export interface Guide {
  /** In the address; the name of its file, which links between the guides bear. */
  readonly name: string;
  readonly title: string;
  /** What a reader finds there, in a sentence. */
  readonly summary: string;
  /** Markdown; its first line is the title. */
  readonly text: string;
}

export interface Shelf {
  readonly title: string;
  readonly guides: readonly Guide[];
}

/** Who reads it first stands first. */
export const shelves: readonly Shelf[] = [
  {
    title: "Per chi lavora con i verbali",
    guides: [
      describe(
        "guida-operatore",
        operator,
        "La giornata nel pannello: flussi, scarti, OTP, esiti.",
      ),
      describe(
        "controlli",
        checks,
        "Ogni controllo di un verbale: che cosa vuol dire, che cosa fare.",
      ),
      describe("termini", terms, "Da quando si contano i 90, 5 e 60 giorni, e come."),
    ],
  },
  {
    title: "Per il tecnico",
    guides: [
      describe(
        "guida-tecnico",
        technician,
        "Installare, preparare un ente, scrivere una pipeline.",
      ),
      describe(
        "installazione",
        installing,
        "Un file solo: systemd, Docker, Windows, macOS, e come si aggiorna.",
      ),
      describe("colonne", columns, "Dal file del gestionale ai campi di un verbale."),
      describe(
        "prove",
        tests,
        "Provare una pipeline con file YAML, prima di mandarla in esercizio.",
      ),
      describe("accessi", access, "Persone, ruoli, secondo fattore, chi ha fatto che cosa."),
      describe("avvisi", alerts, "Chi è avvisato, quando, per posta o webhook."),
      describe("editor", editor, "Completamento e correzioni mentre si scrive."),
      describe("passi-propri", ownSteps, "Scrivere un passo per un ente, con cinque esempi."),
    ],
  },
  {
    title: "Da consultare",
    guides: [
      describe("passi", steps, "Ogni passo, le sue impostazioni e un esempio."),
      describe("codici", codes, "Ogni codice di un messaggio, con lo sbaglio e la correzione."),
    ],
  },
];

/** By its name in an address. */
export function findGuide(name: string): Guide | null {
  for (const { guides } of shelves)
    for (const guide of guides) if (guide.name === name) return guide;
  return null;
}

function describe(name: string, text: string, summary: string): Guide {
  const title = /^# (.+)$/m.exec(text)?.[1] ?? name;
  return { name, title, summary, text };
}
