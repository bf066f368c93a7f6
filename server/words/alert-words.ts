/** What each kind of alert is called, and the one thing to do. */
import type { AlertKind } from "../../integrations/alerts/outbox.ts";

interface KindWords {
  /** Of the subject, lower case. */
  readonly title: string;
  /** The one thing to do. */
  readonly todo: string;
}

/** By kind. */
export const alertKindWords: Readonly<Record<AlertKind, KindWords>> = {
  overdue: {
    title: "nessun flusso riuscito da troppo tempo",
    todo: "Aprire l'elenco dei flussi e guardare l'ultimo: se manca, controllare che Postino sia acceso e le Programmazioni.",
  },
  person: {
    title: "un flusso aspetta una persona",
    todo: "Aprire il flusso e dare ciò che chiede: passato il termine, lo chiede di nuovo.",
  },
  stopped: {
    title: "flusso fermo",
    todo: "Aprire il flusso: la pagina dice perché si è fermato e ha il bottone che lo fa riprendere.",
  },
  doubt: {
    title: "verbali in dubbio",
    todo: "Aprire la pagina degli in dubbio e dire, verbale per verbale, come stanno le cose.",
  },
  term: {
    title: "verbali vicini a un termine di legge",
    todo: "Aprire Oggi: la tabella dei termini porta a ogni verbale.",
  },
  credential: {
    title: "una credenziale sta per scadere",
    todo: "Rinnovarla, poi provarla con «postino doctor».",
  },
  disk: {
    title: "poco spazio sul disco",
    todo: "Liberare spazio nella cartella dei dati: un disco pieno ferma i flussi a metà.",
  },
  malfunction: {
    title: "SEND dichiara un disservizio",
    todo: "Non c'è nulla da fare: i flussi aspettano e riprendono da soli. I termini che cadono in un disservizio attestato si allungano.",
  },
  restored: {
    title: "il disservizio di SEND è finito",
    todo: "Non c'è nulla da fare: i flussi in attesa riprendono da soli.",
  },
  notify: { title: "avviso di un flusso", todo: "Aprire il flusso dal collegamento." },
  digest: { title: "riepilogo del mattino", todo: "I collegamenti portano alle pagine di Oggi." },
  test: {
    title: "messaggio di prova",
    todo: "Se è arrivato, gli avvisi funzionano. Non c'è altro da fare.",
  },
};
