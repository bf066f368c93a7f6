/** The `retention:` part of an ente file: for how many days what is kept, each a setting with its source. */
import { Type, type Static } from "typebox";

const days = (otherwise: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 36_500, default: otherwise, description });

/** Days; what is still open is kept in any case. */
export const RetentionSettings = Type.Object(
  {
    notified: days(
      1825,
      "Giorni dalla conclusione di legge (o dall'ultimo giorno per pagare) dopo i quali i dati personali di un verbale notificato si cancellano: 5 anni, art. 28 L. 689/1981, da verificare",
    ),
    unsent: days(
      365,
      "Giorni dalla fine del flusso per i verbali scartati o annullati prima dell'invio (scelta di Postino: nessuna norma li vuole)",
    ),
    files: days(
      365,
      "Giorni per i file già letti o rifiutati delle cartelle di arrivo e per fascicoli, anteprime ed esiti della cartella di uscita (scelta di Postino)",
    ),
    detail: days(
      365,
      "Giorni per i singoli tentativi, gli avvii programmati e i flussi senza verbali (scelta di Postino)",
    ),
    automatic: Type.Boolean({
      default: false,
      description: "true: ogni notte serve cancella ciò che ha passato questi termini",
    }),
  },
  { title: "Cancellazione dei dati", additionalProperties: false },
);
export type RetentionSettings = Static<typeof RetentionSettings>;

/** Where the ente's file says nothing. */
export const usualRetention: RetentionSettings = {
  notified: 1825,
  unsent: 365,
  files: 365,
  detail: 365,
  automatic: false,
};
