/** The `fattura:` part of an ente file: how PagoPA's invoice of the notifications is written as CSV. Its form was not found documented: everything here is a setting. */
import { Type, type Static } from "typebox";

const closed = { additionalProperties: false } as const;
const column = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));

export const InvoiceSettings = Type.Object(
  {
    columns: Type.Optional(
      Type.Object(
        {
          iun: column("Colonna dello IUN; se manca: IUN"),
          amount: column(
            "Colonna dell'importo in euro; se manca: Importo, Imponibile, Totale imponibile o Totale",
          ),
          item: column("Colonna della voce; se manca: Voce, Descrizione o Tipo, se c'è"),
        },
        { ...closed, description: "Colonne del CSV della fattura di PagoPA, per nome" },
      ),
    ),
    vat: Type.Integer({
      minimum: 0,
      maximum: 100,
      default: 22,
      description: "IVA che la fattura applica, in percento: per riconoscere gli importi lordi",
    }),
  },
  {
    title: "Fattura di PagoPA",
    ...closed,
    description: "Come è scritta la fattura di PagoPA per le notifiche",
  },
);
export type InvoiceSettings = Static<typeof InvoiceSettings>;
