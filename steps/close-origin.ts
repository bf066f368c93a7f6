/** A verbale that was notified anew: once SEND has accepted it, the codes of the notification before it close and the two are one story; in every pipeline that notifies. */
import { Type } from "typebox";
import type { EffectContext } from "../engine/step/context.ts";
import type { Item } from "../engine/step/item.ts";
import { endItem } from "../engine/step/outcome.ts";
import { addDays, toRomeDay } from "../engine/host/clock.ts";
import { scheduleEach } from "../integrations/payments/port.ts";
import { readChain } from "../integrations/register/chain.ts";
import type { Renotified } from "../integrations/register/kinds.ts";
import { effectStep, type Services } from "../integrations/services.ts";
import type { Payment } from "./schemas/fields.ts";
import { IunField, VerbaleField } from "./schemas/fields.ts";
import type { Verbale } from "./schemas/verbale.ts";
import { listPositions } from "./recipients/addressees.ts";
import { buildScheduleOrder } from "./recipients/schedule-order.ts";

type Data = { readonly verbale: Verbale; readonly iun: string };
type Context = EffectContext<unknown, Pick<Services, "payments" | "register">>;

export default effectStep({
  title: "Verbale di origine",
  summary:
    "Di un verbale notificato di nuovo: chiude i codici avviso della notifica precedente e lega le due in una storia sola",
  effect: "keyed",
  needs: ["payments", "register"],
  config: Type.Object({}, { additionalProperties: false }),
  reads: Type.Object({ ...VerbaleField.properties, ...IunField.properties }),
  adds: Type.Object({
    origin: Type.Object(
      {
        /** `null`: the verbale was notified for the first time. */
        codes: Type.Union([Type.String(), Type.Null()], {
          title: "Codici del verbale di origine",
        }),
        /** Italian sentences; absent: there is nothing to look at. */
        warnings: Type.Optional(Type.Array(Type.String(), { title: "Avvertenze", minItems: 1 })),
      },
      { title: "Verbale di origine" },
    ),
  }),
  // Of a verbale that is notified for the first time the last word stays that of SEND.
  note: ({ origin: { codes, warnings = [] } }) => {
    const closed = codes === "closed" ? " Chiusi i codici avviso del verbale di origine." : "";
    return warnings[0] ?? `Accettato da SEND.${closed}`;
  },
  examples: ["{}"],
  runMany: {
    atOnce: 20,
    async *run(items, ctx) {
      for (const item of items) yield await endItem(item, () => closeOrigin(item, ctx));
    },
  },
  // Written again it changes nothing: the payment system is looked at first.
  reconcile: async () => ({ status: "not-done" }),
});

async function closeOrigin(item: Item<Data>, ctx: Context) {
  const { verbale, iun } = item.data;
  const origine = verbale.rinotifica?.origine;
  if (origine === undefined) return { origin: { codes: null } };
  const { register } = ctx.services;
  const known = (await readChain(register, origine)).find(
    (link) => link.numero === origine || link.iun === origine,
  );
  // A request that SEND refused has a record of its own, by the IUN that it would have had.
  const acts = await register.listBySubject("act", known?.numero ?? origine);
  const act =
    known?.iun === null || known === undefined
      ? acts.at(-1)
      : await register.read("act", known.iun);
  const codes =
    act === undefined || act === null ? "by-hand" : await closeCodes(act.data, item, ctx);
  await register.write([
    {
      kind: "renotified",
      key: act?.key ?? origine,
      subject: known?.numero ?? origine,
      data: {
        numero: item.key,
        iun,
        causa: verbale.rinotifica?.causa ?? "",
        dataConoscenza: verbale.rinotifica?.dataConoscenza ?? null,
        codes,
      },
    },
  ]);
  const warning = warnings[codes];
  return { origin: { codes, ...(warning !== undefined && { warnings: [warning] }) } };
}

const warnings: Readonly<Partial<Record<Renotified["codes"], string>>> = {
  paid: "Il verbale di origine risulta pagato mentre questo partiva: decide una persona se annullare la nuova notifica.",
  "by-hand":
    "I codici avviso del verbale di origine non si sono potuti chiudere: chiuderli a mano.",
};

/** The day before: a code whose day is over closes within minutes, and is still found for a receipt that is on its way. */
async function closeCodes(
  act: Parameters<typeof buildScheduleOrder>[0]["act"],
  item: Item<Data>,
  ctx: Context,
): Promise<Renotified["codes"]> {
  const payment = { ref: "", options: [], ...(act.payment as Partial<Payment>) };
  const positions = listPositions(payment);
  if (positions.length === 0) return "none";
  const lastDay = addDays(toRomeDay(ctx.clock.now()), -1);
  const orders = positions.map((position) =>
    buildScheduleOrder(
      { numero: act.numero, act, position },
      ctx.idempotencyKey(item),
      () => lastDay,
    ),
  );
  const ends = new Set<string>();
  for await (const ended of scheduleEach(ctx.services.payments, orders, ctx.signal)) {
    if (ended.status === "failed") throw ended.error;
    ends.add(ended.end);
  }
  if (ends.has("paid") || ends.has("partially-paid")) return "paid";
  return ends.has("unclear") ? "by-hand" : "closed";
}
