/** What a test may expect. */
import { Type, type Static } from "typebox";
import { itemStates, runStates } from "../../../engine/journal/states.ts";
import { chooseOf, closedObject, defineCount, defineText } from "./parts.ts";

const ExpectedVerbale = Type.Object(
  {
    state: Type.Optional(chooseOf(itemStates, "Stato del verbale")),
    code: defineText('Codice; "" : nessuno'),
    note: defineText("Una parte della nota"),
    warning: defineText("Una parte di un'avvertenza"),
    step: defineText('Passo a cui si è fermato; "" : li ha passati tutti'),
    iun: Type.Optional(Type.Boolean({ description: "true: ha lo IUN; false: non ancora" })),
    fields: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: "Campi per percorso: payment.options.0.amountCents: 5050",
      }),
    ),
  },
  closedObject,
);
export type ExpectedVerbale = Static<typeof ExpectedVerbale>;

const Counts = Type.Object(
  Object.fromEntries(
    ["total", "done", "rejected", "waiting", "inDoubt", "failed", "pending", "cancelled"].map(
      (name) => [name, defineCount(`Verbali: ${name}`)],
    ),
  ),
  { ...closedObject, description: "Quanti verbali per stato" },
);

export const Expect = Type.Object(
  {
    state: Type.Optional(chooseOf(runStates, "Stato del flusso")),
    exit: defineCount("Codice di uscita che avrebbe run"),
    code: defineText('Codice del flusso; "" : nessuno'),
    reason: defineText("Una parte del motivo per cui è fermo"),
    note: defineText("Una parte della nota del flusso"),
    counts: Type.Optional(Counts),
    verbali: Type.Optional(
      Type.Record(Type.String(), ExpectedVerbale, {
        description: "I verbali, per numero (o per IUN, dopo l'invio)",
      }),
    ),
    files: Type.Optional(
      Type.Array(Type.String(), {
        description: "File che ci devono essere: A1-verbale.pdf, *.zip",
      }),
    ),
    asks: Type.Optional(
      chooseOf(["otp", "files", "approval", "nothing"], "Che cosa si aspetta da una persona"),
    ),
    send: Type.Optional(
      Type.Object(
        {
          accepted: defineCount("Richieste che SEND ha preso in carico, in tutto"),
          refused: defineCount("Richieste rifiutate subito (400), in tutto"),
          repeated: defineCount("Richieste ripetute (409), in tutto"),
          requests: Type.Optional(
            Type.Record(
              Type.String(),
              chooseOf(["WAITING", "ACCEPTED", "REFUSED", "CANCELLED"], "Come sta su SEND"),
              { description: "Le richieste, per protocollo (o numero)" },
            ),
          ),
        },
        { ...closedObject, description: "Che cosa ha SEND alla fine" },
      ),
    ),
    payments: Type.Optional(
      Type.Object(
        {
          open: defineCount("Posizioni che si possono pagare"),
          closed: defineCount("Posizioni annullate o scadute"),
          paid: defineCount("Posizioni pagate"),
          positions: Type.Optional(
            Type.Record(Type.String(), Type.String(), {
              description: "Lo stato di una posizione, per IUPD o idPendenza",
            }),
          ),
        },
        { ...closedObject, description: "Che cosa ha il sistema dei pagamenti alla fine" },
      ),
    ),
    calls: Type.Optional(
      Type.Object(
        {
          send: defineCount("Chiamate a SEND"),
          payments: defineCount("Chiamate al sistema dei pagamenti"),
          signing: defineCount("Chiamate alla firma"),
          other: defineCount("Chiamate altrove"),
        },
        { ...closedObject, description: "Quante chiamate in questo atto" },
      ),
    ),
  },
  { ...closedObject, description: "Che cosa deve essere vero alla fine di questo atto" },
);
export type Expect = Static<typeof Expect>;
