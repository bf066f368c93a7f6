/** Writes on the payment system until when the codes of a verbale may be paid: the discounted one until its 5th day, the other until the 60th, never less and never more. */
import { Type } from "typebox";
import type { EffectContext } from "../engine/step/context.ts";
import type { Item } from "../engine/step/item.ts";
import { endItem } from "../engine/step/outcome.ts";
import {
  mostOrders,
  scheduleEach,
  type ScheduleOrder,
  type ScheduleOutcome,
} from "../integrations/payments/port.ts";
import type { Act } from "../integrations/register/kinds.ts";
import type { Clocks, LegalTerms } from "../integrations/register/terms.ts";
import { effectStep, type Services } from "../integrations/services.ts";
import { doOrPutOff, isAway, isRefusal, putOff } from "./following/put-off.ts";
import { formatDayAfter } from "./law/format-day.ts";
import { findOwnDays } from "./recipients/own-days.ts";
import type { Payment } from "./schemas/fields.ts";
import { ClocksField, NotifiedField, TermsField } from "./schemas/notified.ts";
import type { Verbale } from "./schemas/verbale.ts";
import { listPositions } from "./recipients/addressees.ts";
import { buildScheduleOrder } from "./recipients/schedule-order.ts";
import { listToClose } from "./recipients/siblings.ts";

interface Data {
  readonly iun: string;
  readonly numero: string;
  readonly act: Act;
  readonly terms: LegalTerms;
  readonly clocksAgain?: string;
}

type Context = EffectContext<unknown, Pick<Services, "payments" | "register">>;

export default effectStep({
  title: "Scadenze dei codici",
  summary:
    "Scrive sul sistema dei pagamenti fino a quando i codici avviso si possono pagare: lo scontato fino al 5° giorno, l'altro fino al 60°",
  effect: "keyed",
  needs: ["payments", "register"],
  config: Type.Object({}, { additionalProperties: false }),
  reads: Type.Object({ ...NotifiedField.properties, ...TermsField.properties }),
  adds: ClocksField,
  // The days alone: the same ones are written once, and one that has moved, or was refused before, is another round.
  fingerprint: ({ data }) => `${JSON.stringify(listCodes(data))}${data.clocksAgain ?? ""}`,
  whenAway: "pass",
  note: ({ clocks }) => describeClocks(clocks),
  examples: ["{}"],
  runMany: {
    atOnce: mostOrders,
    async *run(items, ctx) {
      const orders = new Map<ScheduleOrder, Item<Data>>();
      const open = new Map<Item<Data>, Written>();
      for (const item of items)
        if (isBare(item.data)) yield await endItem(item, () => keepClocks(item, "unclear", ctx));
        else if (hasSomethingToWrite(item, ctx)) {
          const own = await buildOrders(item, ctx);
          if (own.length === 0) {
            yield await endItem(item, () => keepClocks(item, "paid", ctx));
            continue;
          }
          open.set(item, { left: own.length, ends: [] });
          for (const order of own) orders.set(order, item);
        } else yield await endItem(item, () => keepClocks(item, "not-yet", ctx));
      const { payments, register } = ctx.services;
      const desk = { register, clock: ctx.clock };
      try {
        for await (const ended of scheduleEach(payments, [...orders.keys()], ctx.signal)) {
          const item = orders.get(ended.order);
          const own = item === undefined ? undefined : open.get(item);
          if (item === undefined || own === undefined)
            throw new Error("the payment system ended a strange order");
          own.left -= 1;
          own.ends.push(ended);
          if (own.left > 0) continue;
          yield await endItem(item, () =>
            doOrPutOff(desk, item.data.iun, async () => {
              const failures = own.ends.flatMap((end) =>
                end.status === "failed" ? [end.error] : [],
              );
              const refusal = failures.find(isRefusal);
              const away = failures.find((error) => !isRefusal(error));
              if (away !== undefined) throw away;
              if (refusal === undefined) return await keepClocks(item, pickGravest(own.ends), ctx);
              // Costs and esiti of this verbale do not wait for it; the next run asks again.
              await putOff(desk, [item.data.iun]);
              return await keepClocks(item, "refused", ctx, refusal.message);
            }),
          );
        }
      } catch (error) {
        const iuns = [...orders.values()].map(({ data }) => data.iun);
        if (isAway(error)) await putOff(desk, iuns);
        throw error;
      }
    },
  },
  // Written again it changes nothing: the payment system is looked at first.
  reconcile: async () => ({ status: "not-done" }),
});

/** The codes that SEND's notices carry, each with its last day. */
function listCodes({ act, terms }: Data): Clocks["codes"] {
  const { ref = "", options = [] } = readPayment(act);
  return options.map(({ kind, noticeCode, recipient = 0 }) => ({
    kind,
    noticeCode,
    lastDay: findOwnDays(terms, { ref, options }, recipient)[kind],
  }));
}

/** The positions of a verbale that are still to be written, and how those that were did end. */
interface Written {
  left: number;
  readonly ends: ScheduleOutcome[];
}

/** Of several positions what most needs a person is told. */
const gravity: readonly Clocks["outcome"][] = [
  "unclear",
  "absent",
  "cancelled",
  "partially-paid",
  "paid",
  "scheduled",
];

function pickGravest(ends: readonly ScheduleOutcome[]): Clocks["outcome"] {
  const all = ends.flatMap((ended) => (ended.status === "done" ? [ended.end] : []));
  return gravity.find((outcome) => all.some((end) => end === outcome)) ?? "unclear";
}

/** The act is kept as it was sent: its fields are those of the steps that made them. */
function readPayment({ payment }: Act): Partial<Payment> {
  return payment;
}

/** Taken over from a version that kept no act: whose position it is, it does not tell. */
function isBare({ act }: Data): boolean {
  const { ref, options } = readPayment(act);
  const { destinatario } = act.verbale as Partial<Verbale>;
  return (
    act.recipients.length === 0 ||
    destinatario === undefined ||
    ref === undefined ||
    options === undefined
  );
}

/** A day is known; or one was written in an earlier round, and has to go now that none is known any more. */
function hasSomethingToWrite(item: Item<Data>, ctx: Context): boolean {
  if (listCodes(item.data).some(({ lastDay }) => lastDay !== null)) return true;
  return ctx.earlier(item).some(({ fields }) => {
    // The runner checked these fields by schema when they were added.
    const { outcome, codes } = fields["clocks"] as Clocks;
    return outcome === "scheduled" && codes.some(({ lastDay }) => lastDay !== null);
  });
}

/** One for each position; none for those that are closed because another recipient has paid. */
async function buildOrders(item: Item<Data>, ctx: Context): Promise<readonly ScheduleOrder[]> {
  const { act, iun, terms } = item.data;
  const payment = { ref: "", options: [], ...readPayment(act) };
  const positions = listPositions(payment);
  const kept = positions.length < 2 ? null : await ctx.services.register.read("receipts", iun);
  const closed = new Set(kept === null ? [] : listToClose(act, kept.data).map(({ ref }) => ref));
  // A new notification has taken the place of this one: its codes stay closed.
  if ((await ctx.services.register.read("renotified", iun)) !== null) return [];
  const open = positions.filter(({ ref }) => !closed.has(ref));
  return open.map((position) =>
    buildScheduleOrder(
      { ...item.data, position },
      ctx.idempotencyKey(item),
      (kind) => findOwnDays(terms, payment, position.recipient)[kind],
    ),
  );
}

async function keepClocks(
  { data }: Item<Data>,
  outcome: Clocks["outcome"],
  { services }: Context,
  why: string = "",
): Promise<{ clocks: Clocks }> {
  const { iun, numero } = data;
  const warning = outcome === "refused" ? `${why} ${refused}` : warnings[outcome];
  const written: Clocks = {
    outcome,
    codes: listCodes(data),
    ...(warning !== undefined && { warnings: [warning] }),
  };
  await services.register.write([{ kind: "clocks", key: iun, subject: numero, data: written }]);
  return { clocks: written };
}

const refused =
  "Le scadenze dei codici avviso non sono scritte: controllare la posizione e le impostazioni dei pagamenti; si riprova con ogni flusso.";

/** What a person has to look at. */
const warnings: Readonly<Partial<Record<Clocks["outcome"], string>>> = {
  cancelled:
    "La posizione risulta annullata sul sistema dei pagamenti: le scadenze dei codici avviso non sono scritte.",
  absent:
    "La posizione non è sul sistema dei pagamenti: le scadenze dei codici avviso non sono scritte, controllare se si possono pagare.",
  unclear:
    "Sul sistema dei pagamenti la posizione non è quella aperta da Postino: le scadenze dei codici avviso non sono scritte, controllarla e scriverle a mano.",
};

function describeClocks({ outcome, codes }: Clocks): string | null {
  if (outcome === "not-yet") return null;
  if (outcome === "paid") return "Un codice avviso risulta già pagato: quello resta com'è.";
  if (outcome === "partially-paid")
    return "Un codice avviso risulta pagato in parte: quello resta com'è.";
  if (outcome !== "scheduled") return "Scadenze dei codici avviso non scritte.";
  const said = codes.map(({ kind, lastDay }) => {
    const which = kind === "discounted" ? "scontato" : "ridotto";
    return lastDay === null
      ? `${which} senza scadenza`
      : `${which} fino ${formatDayAfter("al", lastDay)}`;
  });
  return `Codici avviso pagabili: ${said.join(", ")}.`;
}
