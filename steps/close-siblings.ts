/** One debt on several positions: where one recipient has paid it, the codes of the others close; in the pipeline that follows notifications. */
import { Type } from "typebox";
import type { EffectContext } from "../engine/step/context.ts";
import type { Item } from "../engine/step/item.ts";
import { endItem } from "../engine/step/outcome.ts";
import { addDays, toRomeDay } from "../engine/host/clock.ts";
import { RetryLater } from "../engine/host/errors.ts";
import { mostOrders, scheduleEach, type ScheduleOrder } from "../integrations/payments/port.ts";
import type { Act } from "../integrations/register/kinds.ts";
import type { KeptReceipts } from "../integrations/register/money.ts";
import { effectStep, type Services } from "../integrations/services.ts";
import { doOrPutOff, isRefusal } from "./following/put-off.ts";
import { MoneyField, NotifiedField } from "./schemas/notified.ts";
import type { OwnPosition } from "./recipients/addressees.ts";
import { buildScheduleOrder } from "./recipients/schedule-order.ts";
import { listToClose } from "./recipients/siblings.ts";

interface Data {
  readonly iun: string;
  readonly numero: string;
  readonly act: Act;
  readonly receipts: KeptReceipts;
}

type Context = EffectContext<unknown, Pick<Services, "payments" | "register">>;
interface Added {
  readonly siblings: { readonly closed: string[]; readonly warnings?: string[] };
}

export default effectStep({
  title: "Chiusura degli altri avvisi",
  summary:
    "Dove più destinatari rispondono dello stesso verbale e uno ha pagato, chiude i codici avviso degli altri",
  effect: "keyed",
  needs: ["payments", "register"],
  config: Type.Object({}, { additionalProperties: false }),
  reads: Type.Object({ ...NotifiedField.properties, ...MoneyField.properties }),
  adds: Type.Object({
    siblings: Type.Object(
      {
        closed: Type.Array(Type.String({ title: "Codice avviso" }), { title: "Codici chiusi" }),
        /** Italian sentences; absent: there is nothing to look at. */
        warnings: Type.Optional(Type.Array(Type.String(), { title: "Avvertenze", minItems: 1 })),
      },
      { title: "Avvisi degli altri destinatari" },
    ),
  }),
  // What has been closed once stays closed; another payment is another round.
  fingerprint: ({ data }) =>
    JSON.stringify(listToClose(data.act, data.receipts).map(({ ref }) => ref)),
  whenAway: "pass",
  note: ({ siblings: { closed, warnings = [] } }) => {
    if (warnings.length > 0) return warnings.join(" ");
    return closed.length === 0
      ? null
      : `Pagato da un destinatario: chiusi i codici degli altri (${closed.length}).`;
  },
  examples: ["{}"],
  runMany: {
    atOnce: mostOrders,
    async *run(items, ctx) {
      for (const item of items) yield await endItem(item, () => closeOthers(item, ctx));
    },
  },
  // Written again it changes nothing: the payment system is looked at first.
  reconcile: async () => ({ status: "not-done" }),
});

async function closeOthers(item: Item<Data>, ctx: Context): Promise<Added> {
  const { data } = item;
  const { payments, register } = ctx.services;
  const toClose = listToClose(data.act, data.receipts);
  // The day before: a code whose day is over closes within minutes.
  const lastDay = addDays(toRomeDay(ctx.clock.now()), -1);
  const orders = new Map<ScheduleOrder, OwnPosition>(
    toClose.map((position) => [
      buildScheduleOrder({ ...data, position }, ctx.idempotencyKey(item), () => lastDay),
      position,
    ]),
  );
  return await doOrPutOff({ register, clock: ctx.clock }, data.iun, async () => {
    const closed: string[] = [];
    const warnings: string[] = [];
    for await (const ended of scheduleEach(payments, [...orders.keys()], ctx.signal)) {
      if (ended.status === "failed") throw toLater(ended.error);
      const position = orders.get(ended.order);
      const number = (position?.recipient ?? 0) + 1;
      if (ended.end === "scheduled" || ended.end === "cancelled" || ended.end === "absent")
        closed.push(...(position?.options ?? []).map(({ noticeCode }) => noticeCode));
      else
        warnings.push(
          ended.end === "paid" || ended.end === "partially-paid"
            ? `Anche il destinatario ${number} ha pagato: confrontare con il dovuto e rimborsare.`
            : `La posizione del destinatario ${number} non si è potuta chiudere, e un altro ha già pagato: chiuderla a mano.`,
        );
    }
    return { siblings: { closed, ...(warnings.length > 0 && { warnings }) } };
  });
}

/** A refusal keeps nothing else from the verbale: its esiti go on, and the next run asks again. */
function toLater(error: unknown): unknown {
  if (!isRefusal(error)) return error;
  const message = `${error.message} I codici avviso degli altri destinatari non sono chiusi, e un altro ha già pagato: controllare le loro posizioni.`;
  return new RetryLater(message, { code: "SCHEDULE_REFUSED", effect: "none", cause: error });
}
