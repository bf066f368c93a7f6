/** The register «da notificare» in words: its states, and what a person may say of a verbale in it. */
import type { WaitingState } from "../../integrations/register/waiting.ts";

/** As the views of the list are called. */
export const waitingStateWords: Readonly<Record<WaitingState, string>> = {
  ready: "Pronti",
  chosen: "Scelti",
  wrong: "Da correggere",
  back: "Tornati",
  excluded: "Messi da parte",
  taken: "In un flusso",
  sent: "Inviati",
};

/** Of one verbale. */
export const waitingOneWords: Readonly<Record<WaitingState, string>> = {
  ready: "Pronto",
  chosen: "Scelto",
  wrong: "Da correggere",
  back: "Tornato",
  excluded: "Messo da parte",
  taken: "In un flusso",
  sent: "Inviato",
};

/** What the view shows, one sentence. */
export const waitingStateLeads: Readonly<Record<WaitingState, string>> = {
  ready: "Senza difetti: possono partire appena qualcuno li sceglie.",
  chosen: "Partono con il prossimo flusso.",
  wrong: "I controlli hanno trovato difetti: aprire la scheda e correggere.",
  back: "Un flusso li ha presi e non li ha notificati: una persona decide se e come ripartono.",
  excluded: "Restano qui finché qualcuno li rimette tra i pronti.",
  taken: "Un flusso li sta lavorando.",
  sent: "SEND li ha presi in carico.",
};
