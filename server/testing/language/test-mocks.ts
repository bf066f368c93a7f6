/** What a test may say of the outside systems. */
import { Type, type Static } from "typebox";
import { Duration } from "../../../loader/yaml/duration.ts";
import { closedObject, defineCount, defineText } from "./parts.ts";

const AnswerRule = Type.Object(
  {
    call: Type.String({
      minLength: 1,
      description: 'Quali chiamate: "POST /requests", oppure una parte dell\'indirizzo',
    }),
    times: Type.Integer({ minimum: 1, default: 1, description: "Quante volte" }),
    after: Type.Integer({ minimum: 0, default: 0, description: "Dopo quante che vanno bene" }),
    status: Type.Optional(
      Type.Integer({
        minimum: 200,
        maximum: 599,
        description: "Risponde così, senza che nulla avvenga",
      }),
    ),
    body: defineText("Il testo della risposta"),
    retryAfter: Type.Optional(
      Duration({ description: "Quanto chiede di aspettare (retry-after)" }),
    ),
    lost: Type.Boolean({
      default: false,
      description: "true: tutto avviene, ma la risposta si perde",
    }),
    slow: Type.Optional(Duration({ description: "Quanto fa aspettare" })),
  },
  closedObject,
);
export type AnswerRule = Static<typeof AnswerRule>;

const systemKeys = {
  down: Type.Optional(
    Duration({ description: "Per quanto non risponde (503), dall'inizio di questo atto: 2h" }),
  ),
  slow: Type.Optional(
    Duration({ description: "Quanto fa aspettare ogni risposta; oltre 35s è come se si perdesse" }),
  ),
  lost: defineCount(
    "Quante risposte si perdono dopo che tutto è avvenuto: la chiamata sì, la risposta no",
  ),
  tooMany: defineCount("Quante chiamate rifiuta perché sono troppe (429)"),
  answers: Type.Optional(
    Type.Array(AnswerRule, { description: "Che cosa risponde a certe chiamate" }),
  ),
};

export const Mocks = Type.Object(
  {
    send: Type.Optional(
      Type.Object(
        {
          ...systemKeys,
          outcomes: Type.Optional(
            Type.Record(Type.String(), Type.String(), {
              description:
                "Che cosa diventa di un verbale su SEND: refused, WAITING, OK_890, FAIL-Irreperibile_890, VIEWED-12, … per numero",
            }),
          ),
        },
        { ...closedObject, description: "SEND" },
      ),
    ),
    payments: Type.Optional(
      Type.Object(systemKeys, { ...closedObject, description: "Il sistema dei pagamenti" }),
    ),
    signing: Type.Optional(
      Type.Object(systemKeys, { ...closedObject, description: "Firma remota e marche temporali" }),
    ),
  },
  { ...closedObject, description: "Come si comportano i sistemi esterni" },
);

/** What the wire knows of a system. */
export interface SystemMocks extends Static<typeof AnyMocks> {
  readonly outcomes?: Readonly<Record<string, string>>;
}
const AnyMocks = Type.Object(systemKeys, closedObject);
/** Where a call goes; `other`: an address that no simulator stands for. */
export type SystemName = "send" | "payments" | "signing" | "other";
