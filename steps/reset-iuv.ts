/** Cancels the payment positions that a verbale has and opens one with fresh codes; in every pipeline that notifies. */
import { hash } from "node:crypto";
import { Type } from "typebox";
import type { EffectContext } from "../engine/step/context.ts";
import type { Item } from "../engine/step/item.ts";
import { endItem } from "../engine/step/outcome.ts";
import { ItemRejected } from "../engine/host/errors.ts";
import type { InspectContext, SettingFault } from "../engine/step/inspect.ts";
import {
  effectStep,
  readMostCallsPerSecond,
  type Services,
  toEnteSettings,
} from "../integrations/services.ts";
import {
  type Debtor,
  mostOrders,
  type OldPosition,
  type OpenPosition,
  resetEach,
  type ResetEnd,
  type ResetOrder,
} from "../integrations/payments/port.ts";
import { type Addressee, listAddressees, listPositions } from "./recipients/addressees.ts";
import { assertNotNotified } from "./sending/held-names.ts";
import { assertCodesFree, assertNeverAccepted } from "./sending/live-notification.ts";
import { PaymentField, ValidationField, VerbaleField } from "./schemas/fields.ts";
import type { Payment, Validation } from "./schemas/fields.ts";
import type { Posizione, Verbale } from "./schemas/verbale.ts";

/** GPD and GovPay: longest description of a payment. */
const longestReason = 140;

interface Config {
  readonly reason: string;
  readonly discounted: boolean;
}

type Context = EffectContext<Config, Pick<Services, "send" | "desk" | "ente">>;
type ResetItem = Item<{ readonly verbale: Verbale; readonly validation: Validation }>;

export default effectStep({
  title: "Nuovi IUV",
  summary:
    "Annulla le posizioni debitorie del verbale e ne apre una nuova con IUV e codici avviso mai usati",
  effect: "keyed",
  needs: ["payments", "send", "desk", "ente"],
  config: Type.Object(
    {
      reason: Type.String({
        minLength: 1,
        maxLength: 100,
        default: "Violazione Codice della Strada - verbale",
        description:
          "Causale del pagamento, senza dati personali; il numero del verbale è aggiunto in fondo",
      }),
      discounted: Type.Boolean({
        default: true,
        description:
          "true: due importi quando il verbale ha quello scontato del 30 %; false: solo il ridotto",
      }),
    },
    { additionalProperties: false },
  ),
  reads: Type.Object({ ...VerbaleField.properties, ...ValidationField.properties }),
  adds: PaymentField,
  note: ({ payment }) => {
    const { length } = listPositions(payment);
    return length > 1
      ? `Nuove posizioni: ${length}, una per destinatario.`
      : (notes[payment.options.length] ?? "Nuova posizione.");
  },
  examples: ["{}", "reason: Sanzione CdS - verbale\n", "discounted: false\n"],
  inspect: (_config, { settings }) => Promise.resolve(inspectRate(settings)),
  async prepare({ services, signal }) {
    if (services.ente.send.feePolicy === "DELIVERY_MODE")
      await services.payments.requireCosts?.(signal);
  },
  runMany: {
    atOnce: mostOrders,
    async *run(items, ctx) {
      const ready = new Map<ResetOrder, ResetItem>();
      const open = new Map<ResetItem, OpenOrders>();
      for (const item of items) {
        if (isBarred(item)) {
          yield await endItem(item, async () => openNothing(item, ctx));
          continue;
        }
        try {
          const orders = await prepareOrders(item, ctx);
          open.set(item, { orders, ends: [] });
          for (const order of orders) ready.set(order, item);
        } catch (error) {
          yield { item, status: "failed", error };
        }
      }
      for await (const end of resetEach(ctx.services.payments, [...ready.keys()], ctx.signal)) {
        const item = ready.get(end.order);
        const own = item === undefined ? undefined : open.get(item);
        if (item === undefined || own === undefined)
          throw new Error("the payment system ended a strange order");
        own.ends.push(end);
        // Each recipient has a position of his own: the verbale goes on once all of them are open.
        if (own.ends.length === own.orders.length)
          yield await endItem(item, () => toFields(own, item, ctx));
      }
    },
  },
  async reconcile(item, ctx) {
    if (isBarred(item)) return { status: "done", fields: { payment: buildNoPayment(ctx) } };
    const found: OpenPosition[] = [];
    const orders = buildOrders(item, ctx);
    for (const order of orders) {
      const position = await ctx.services.payments.find(order, ctx.signal);
      if (position === null) return { status: "not-done" };
      found.push(position);
    }
    return { status: "done", fields: toPayment(found, orders) };
  },
});

const notes = [
  "Nessuna posizione: il pagamento in misura ridotta non è ammesso.",
  "Nuova posizione con un codice avviso.",
  "Nuova posizione con due codici avviso.",
];

/** Art. 202 c. 3 and 3-bis: nothing is to be paid before the prefect has decided. */
function isBarred({ data }: ResetItem): boolean {
  return data.verbale.pagamentoRidotto === "escluso";
}

/** Throws ItemRejected where a position that was opened before could still be paid. */
function openNothing(item: ResetItem, ctx: Context): { payment: Payment } {
  if (listEarlierPositions(item, ctx).length === 0) return { payment: buildNoPayment(ctx) };
  throw new ItemRejected(
    "PAYMENT_BARRED_POSITION",
    "Il pagamento in misura ridotta non è ammesso, ma un tentativo precedente ha aperto una posizione che si può ancora pagare.",
    { hint: "Annullarla sul sistema dei pagamenti, poi riprendere il verbale." },
  );
}

function buildNoPayment({ services }: Context): Payment {
  return { ref: "", creditorTaxId: services.ente.ente.codiceFiscale, options: [] };
}

/** The orders of a verbale, one for each recipient, and how those that have ended did. */
interface OpenOrders {
  readonly orders: readonly ResetOrder[];
  readonly ends: ResetEnd[];
}

/** Throws ItemRejected where a position to cancel is in a live notification, as far as the journal knows. */
async function prepareOrders(item: ResetItem, ctx: Context): Promise<readonly ResetOrder[]> {
  await assertNotNotified(
    [...(item.data.verbale.posizioni ?? []), ...listEarlierPositions(item, ctx)],
    ctx,
  );
  const assertFree = async (codes: readonly string[]): Promise<void> => {
    await assertNeverAccepted(item, ctx);
    await assertCodesFree(codes, ctx);
  };
  return buildOrders(item, ctx).map((order) => ({ ...order, assertFree }));
}

async function toFields(
  { orders, ends }: OpenOrders,
  item: ResetItem,
  ctx: Context,
): Promise<{ payment: Payment }> {
  const failed = ends.find((end) => end.status === "failed");
  if (failed === undefined) {
    const byOrder = new Map(
      ends.flatMap((end) => (end.status === "done" ? [[end.order, end.position]] : [])),
    );
    return toPayment(
      orders.flatMap((order) => byOrder.get(order) ?? []),
      orders,
    );
  }
  const { error } = failed;
  // The journal knows nothing of what bears our name: SEND may have its codes.
  if (error instanceof ItemRejected && error.code === "POSITION_CONFLICT")
    await assertNeverAccepted(item, ctx);
  throw error;
}

/** What is over the limit is answered with 429: each pauses the key, between a code that is dead and one that is not payable yet. */
function inspectRate(settings: InspectContext["settings"]): readonly SettingFault[] {
  if (settings === null) return [];
  const ente = toEnteSettings(settings);
  const { requestsPerSecond: own, adapter } = ente.payments;
  const most = readMostCallsPerSecond(ente);
  if (most === null || own === undefined || own <= most) return [];
  return [
    {
      within: "ente",
      path: ["payments", "requestsPerSecond"],
      severity: "warning",
      message: `${own} chiamate al secondo sono più di quante ne passano: ${adapter.toUpperCase()} ne ammette ${most} per chiave`,
      why: "quelle di troppo ricevono 429, e la chiave si ferma anche tra il vecchio codice annullato e il nuovo non ancora pagabile",
      remedy: `togli requestsPerSecond (vale il numero giusto), oppure scrivine al massimo ${most}`,
    },
  ];
}

/** One for each recipient; what is to be cancelled is cancelled with the first. */
function buildOrders(item: ResetItem, ctx: Context): readonly ResetOrder[] {
  const { verbale, validation } = item.data;
  const first = buildOrder(item, ctx);
  const [, ...others] = listAddressees(verbale, validation);
  return [
    first,
    ...others.map((addressee) => ({
      ...first,
      verbale: `${first.verbale} (${addressee.index + 1})`,
      idempotencyKey: hash("sha256", `${first.idempotencyKey}/${addressee.index}`, "hex"),
      old: [],
      debtor: toDebtor(addressee),
    })),
  ];
}

function buildOrder(item: ResetItem, ctx: Context): ResetOrder {
  const { verbale, validation } = item.data;
  return {
    verbale: item.key,
    idempotencyKey: ctx.idempotencyKey(item),
    generation: item.round,
    old: [...(verbale.posizioni ?? []).flatMap(toOldPositions), ...listEarlierPositions(item, ctx)],
    debtor: toDebtor({ destinatario: verbale.destinatario, ...validation }),
    reason: `${pickReason(ctx)} ${verbale.numero}`.slice(0, longestReason),
    options: buildOptions(verbale, ctx.config),
  };
}

/** What is paid for: as the kind of act calls it, where they are no verbali. */
function pickReason({ services, config }: Context): string {
  return services.ente.act?.payment.reason ?? config.reason;
}

/** Procedure and notification costs are never discounted: they stand in both amounts. */
function buildOptions(verbale: Verbale, config: Config): ResetOrder["options"] {
  const { importoRidottoCents, importoScontatoCents, speseCents } = verbale;
  const reduced = { kind: "reduced", amountCents: importoRidottoCents + speseCents } as const;
  if (importoScontatoCents === undefined || !config.discounted) return [reduced];
  return [{ kind: "discounted", amountCents: importoScontatoCents + speseCents }, reduced];
}

/** A position without any name is an empty cell of the flusso: none. */
function toOldPositions({ iupd, idPendenza, numeroAvviso }: Posizione): readonly OldPosition[] {
  const position = {
    ...pickName("iupd", iupd),
    ...pickName("idPendenza", idPendenza),
    ...pickName("noticeCode", numeroAvviso),
  };
  return Object.keys(position).length === 0 ? [] : [position];
}

function pickName(name: keyof OldPosition, value: string | undefined): OldPosition {
  return value === undefined || value.trim() === "" ? {} : { [name]: value.trim() };
}

/** What this step opened for the verbale before a person asked for another try. */
function listEarlierPositions(item: ResetItem, ctx: Context): readonly OldPosition[] {
  return ctx.earlier(item).flatMap(({ fields }) => {
    // The runner checked these fields by schema when they were added.
    return listPositions(fields["payment"] as Payment).map(({ ref }) => ({ ref }));
  });
}

function toDebtor({
  destinatario,
  taxId,
  denomination,
  address,
}: Omit<Addressee, "index">): Debtor {
  const debtor = { type: destinatario.tipo, taxId, denomination };
  // The payment systems know Italian addresses alone; there it is a help, not a condition.
  return address.stato === undefined ? { ...debtor, address } : debtor;
}

/** What was cancelled is kept: a receipt may still come in for it (check-receipts). */
function toPayment(
  positions: readonly OpenPosition[],
  orders: readonly ResetOrder[],
): { payment: Payment } {
  const [first, ...others] = positions;
  const old = orders[0]?.old ?? [];
  if (first === undefined) throw new Error("a verbale without a position");
  const { ref, creditorTaxId, notFound = 0 } = first;
  const options = [
    ...first.options,
    ...others.flatMap((other, index) =>
      other.options.map((option) => ({ ...option, recipient: index + 1, ref: other.ref })),
    ),
  ];
  const cancelled = old.length === 0 ? {} : { cancelled: [...old] };
  const warnings = notFound === 0 ? {} : { warnings: [describeNotFound(notFound)] };
  return { payment: { ref, creditorTaxId, options, ...cancelled, ...warnings } };
}

/** The verbale goes on: there was nothing to cancel. But a wrong name in the flusso looks the same, and leaves two codes to pay. */
function describeNotFound(count: number): string {
  const what =
    count === 1
      ? "Una posizione da annullare non è sul sistema dei pagamenti"
      : `Posizioni da annullare che non sono sul sistema dei pagamenti: ${count}`;
  return `${what}; controllare che il vecchio codice avviso non si possa pagare.`;
}
