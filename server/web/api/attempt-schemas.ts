/** What the API says of attempts: beside a verbale, and in the log of a flusso. */
import { Type } from "typebox";
import { logKinds } from "../../history/log-event.ts";
import { outcomes } from "../log-urls.ts";
import { anything, closed, instant, instantOrNull, listWords, textOrNull } from "./schemas.ts";

const calls = {
  calls: Type.Array(
    Type.Object(
      {
        service: Type.String({ description: "A chi" }),
        operation: Type.String({ description: "Che cosa, in parole" }),
        at: instant,
        ms: Type.Integer({ minimum: 0, description: "Durata in millisecondi" }),
        status: Type.Unsafe<number | null>({
          type: ["integer", "null"],
          description: "Stato HTTP; `null`: nessuna risposta",
        }),
        items: Type.Integer({ minimum: 1, description: "Per quanti verbali insieme" }),
      },
      closed,
    ),
    { description: "Chiamate ai servizi: le prime e le ultime" },
  ),
  callsLeft: Type.Integer({ minimum: 0, description: "Quante, in mezzo, non sono conservate" }),
};
const number = Type.Integer({ minimum: 1, description: "Quale tentativo del passo" });
export const ItemDocument = Type.Object(
  {
    key: Type.String(),
    state: Type.String(),
    code: textOrNull,
    note: textOrNull,
    data: anything,
    attempts: Type.Array(
      Type.Object(
        {
          step: Type.String(),
          number,
          startedAt: instant,
          endedAt: instantOrNull,
          outcome: textOrNull,
          code: textOrNull,
          note: textOrNull,
          ...calls,
        },
        closed,
      ),
    ),
    decisions: Type.Array(anything),
  },
  closed,
);

export const LogPageQuery = Type.Object({
  kind: Type.Optional(listWords(logKinds)),
  step: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: "Id del passo" })),
  outcome: Type.Optional(listWords(outcomes)),
  text: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: "Codici e parole interi" }),
  ),
  before: Type.Optional(
    Type.String({
      pattern: "^\\d{1,15}\\.\\d{1,15}$",
      description: "Pagina seguente: il `next` della precedente",
    }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
});
export const LogDocument = Type.Object(
  {
    events: Type.Array(
      Type.Object(
        {
          kind: listWords(logKinds),
          at: instantOrNull,
          step: textOrNull,
          title: Type.String(),
          itemKey: textOrNull,
          outcome: textOrNull,
          number: Type.Unsafe<number | null>({ type: ["integer", "null"] }),
          note: textOrNull,
          code: textOrNull,
          ms: Type.Unsafe<number | null>({ type: ["integer", "null"] }),
          ...calls,
        },
        closed,
      ),
    ),
    next: { ...textOrNull, description: "`null`: non ce ne sono altri" },
    isPart: Type.Boolean({
      description: "La ricerca si è fermata prima della fine: continua da `next`",
    }),
  },
  closed,
);
