/** The `law:` part of an ente file: holidays of the place, and what has changed in the terms of law since Postino was made. */
import { Type, type Static } from "typebox";

const closed = { additionalProperties: false } as const;

const source = Type.Optional(
  Type.String({ minLength: 1, description: "Da dove viene la regola: legge e articolo" }),
);

const monthDay = {
  pattern: "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
  remedy: 'scrivi mese e giorno tra virgolette: "06-29"',
} as const;

const year = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 1900, maximum: 2200, description }));

/** What an ente says of one term, in the place of what Postino's table says. */
const TermSettings = Type.Object(
  {
    days: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 3_650, description: "Giorni del termine" }),
    ),
    daysAbroad: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3_650,
        description: "Giorni per chi risiede all'estero",
      }),
    ),
    onHoliday: Type.Optional(
      Type.Union([Type.Literal("moved"), Type.Literal("kept")], {
        description:
          "Ultimo giorno festivo: moved lo sposta al primo giorno lavorativo, kept lo lascia e avvisa",
      }),
    ),
    isSaturdayFree: Type.Optional(
      Type.Boolean({ description: "true: il termine che scade di sabato passa al lunedì" }),
    ),
    isSuspendedInAugust: Type.Optional(
      Type.Boolean({ description: "true: dal 1° al 31 agosto il termine non decorre" }),
    ),
    from: Type.Optional(
      Type.String({
        pattern: "^\\d{4}-\\d{2}-\\d{2}$",
        remedy: "scrivi la data come AAAA-MM-GG, tra virgolette",
        description:
          "Primo giorno da cui il termine decorre a cui la regola si applica, AAAA-MM-GG; se manca, sempre",
      }),
    ),
    source,
  },
  closed,
);

const term = (title: string, law: string) =>
  Type.Optional(Type.Array(TermSettings, { description: `${title}. Di norma: ${law}` }));

export const LawSettings = Type.Object(
  {
    localHolidays: Type.Optional(
      Type.Array(Type.String(monthDay), {
        description:
          "Feste del luogo che spostano un termine, mese e giorno: per legge solo a Roma il 29 giugno; il patrono di un altro comune non sposta i termini",
      }),
    ),
    holidays: Type.Optional(
      Type.Array(
        Type.Object(
          {
            day: Type.String({ ...monthDay, description: "Mese e giorno, tra virgolette: 10-04" }),
            name: Type.String({ minLength: 1, maxLength: 60, description: "Nome della festa" }),
            from: year("Primo anno; se manca, da sempre"),
            to: year("Ultimo anno; se manca, per sempre"),
            source,
          },
          closed,
        ),
        {
          description:
            "Feste nazionali cambiate: una riga con lo stesso giorno sostituisce quella di Postino",
        },
      ),
    ),
    terms: Type.Optional(
      Type.Object(
        {
          discounted: term("Pagamento scontato del 30%", "5 giorni, art. 202 CdS"),
          reduced: term("Pagamento in misura ridotta", "60 giorni, art. 202 CdS"),
          giudiceDiPace: term(
            "Ricorso al Giudice di Pace",
            "30 giorni, 60 all'estero, D.Lgs. 150/2011 art. 7; agosto non conta",
          ),
          prefetto: term("Ricorso al Prefetto", "60 giorni, art. 203 CdS"),
          driverData: term("Dati del conducente", "60 giorni, art. 126-bis c. 2 CdS"),
          documents: term("Documenti disponibili su SEND", "120 giorni"),
          notification: term("Notificazione", "90 giorni, 360 all'estero, art. 201 CdS"),
          contestedNotification: term(
            "Notificazione dopo la contestazione immediata",
            "100 giorni, art. 201 CdS",
          ),
        },
        {
          ...closed,
          description:
            "Termini cambiati: le righe valgono al posto di quelle di Postino, ciascuna dal suo giorno `from`; quello che non dicono resta",
        },
      ),
    ),
    renotification: Type.Optional(
      Type.Array(
        Type.String({
          pattern: "^(locatario|conducente|indirizzo|restituita|annullata|rifiutata)$",
        }),
        {
          description:
            "Cause di una nuova notifica con cui i 90 giorni ricominciano, dal giorno in cui si è saputo. Di norma: locatario, conducente (art. 201, comma 1, CdS; da verificare)",
        },
      ),
    ),
    downtimeDays: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 60,
        description:
          "Giorni di proroga dopo il ripristino di SEND, per un termine che scade in un disservizio. Di norma: 7, DL 76/2020 art. 26 c. 13",
      }),
    ),
  },
  {
    title: "Termini di legge",
    ...closed,
    description: "Calendario e termini di legge, dove non valgono quelli di Postino",
  },
);
export type LawSettings = Static<typeof LawSettings>;
