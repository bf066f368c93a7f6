/** What the API answers on alerts and reports, as schemas. */
import { Type } from "typebox";
import { alertKinds } from "../../../integrations/alerts/outbox.ts";
import { closed, instant, instantOrNull, listWords, textOrNull } from "./schemas.ts";

export const AlertList = Type.Object(
  {
    alerts: Type.Array(
      Type.Object(
        {
          channel: listWords(["mail", "webhook"] as const),
          to: Type.String({ description: "Indirizzo, o di quale ente è il webhook" }),
          kind: listWords(alertKinds),
          madeAt: instant,
          sentAt: instantOrNull,
          tries: Type.Integer({ minimum: 0 }),
          fault: textOrNull,
          isWaiting: Type.Boolean({ description: "Sarà tentato, o ritentato" }),
          lines: Type.Array(
            Type.Object(
              {
                ente: textOrNull,
                what: Type.String(),
                notDone: textOrNull,
                path: Type.String({ description: "La pagina dove si rimedia" }),
              },
              closed,
            ),
          ),
        },
        closed,
      ),
    ),
  },
  closed,
);

const count = Type.Integer({ minimum: 0 });
const cents = Type.Integer({ description: "Centesimi" });
const Spread = Type.Object(
  {
    count,
    medianDays: Type.Unsafe<number | null>({ type: ["integer", "null"] }),
    mostDays: Type.Unsafe<number | null>({
      type: ["integer", "null"],
      description: "Nove su dieci non hanno impiegato di più",
    }),
    parts: Type.Array(Type.Object({ label: Type.String(), count }, closed)),
  },
  closed,
);

export const ReportDocument = Type.Object(
  {
    ente: Type.String(),
    month: Type.String(),
    flussi: count,
    rejected: Type.Array(Type.Object({ code: Type.String(), count }, closed)),
    sent: count,
    refused: count,
    cancelled: count,
    toIun: Spread,
    toEnd: Spread,
    recipients: Type.Object({ digital: count, analog: count, open: count }, closed),
    channels: Type.Array(
      Type.Object(
        {
          channel: listWords(["digital", "analog", "open", "refused"] as const),
          notifications: count,
          sendCents: cents,
          lettersCents: cents,
          totalCents: cents,
        },
        closed,
      ),
    ),
    chargedCents: cents,
    borneCents: cents,
    unpriced: count,
    paid: count,
    paidCents: cents,
  },
  closed,
);
