/** How the pendenze of a document stand on GovPay and what was paid with them: one GET of each, with its receipts. */
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import { toInstant, toRomeDay } from "../../../engine/host/clock.ts";
import {
  buildUnknownStanding,
  type CodePayment,
  type CodeStanding,
  type CodeState,
  type StandingOrder,
} from "../port.ts";
import type { GovPayApi } from "./api.ts";
import {
  buildPendenzaId,
  type GovPayPendenza,
  type GovPayStatus,
  isDocument,
  toCents,
} from "./wire.ts";

interface StandingTools {
  readonly api: Pick<GovPayApi, "get">;
  readonly govpay: { readonly idA2A: string };
}

/** See PaymentsPort. */
export async function readGovPayStanding(
  { api, govpay }: StandingTools,
  order: StandingOrder,
  signal?: AbortSignal,
): Promise<readonly CodeStanding[]> {
  // Opened while the ente had another payment system.
  if (!isDocument(order.ref)) return buildUnknownStanding(order);
  const standing: CodeStanding[] = [];
  for (const { kind, noticeCode } of order.options) {
    const idPendenza = buildPendenzaId(order.ref, kind);
    const pendenza = await api.get({ idA2A: govpay.idA2A, idPendenza }, signal);
    standing.push(readPendenzaStanding(pendenza, noticeCode));
  }
  return standing;
}

const states: Readonly<Record<GovPayStatus, CodeState>> = {
  NON_ESEGUITA: "payable",
  ESEGUITA: "paid",
  ESEGUITA_PARZIALE: "paid",
  ANNULLATA: "cancelled",
  SCADUTA: "closed",
  ANOMALA: "unknown",
  INCASSATA: "paid",
};

function readPendenzaStanding(pendenza: GovPayPendenza | null, noticeCode: string): CodeStanding {
  if (pendenza === null)
    return { noticeCode, state: "absent", amountCents: null, feeCents: null, payments: [] };
  const state = states[pendenza.stato];
  const fee = pendenza.sendImportoTotale ?? null;
  const feeCents = fee === null ? null : toCents(fee);
  return {
    noticeCode,
    state,
    // Until GovPay has asked SEND nobody knows what it will ask for.
    amountCents: feeCents === null ? null : toCents(pendenza.importo) + feeCents,
    feeCents,
    payments: listPayments(pendenza, state),
  };
}

/** What we read of a receipt: paSendRTV2, or the older RT with its single payments. */
const Receipt = Type.Object({
  receiptId: Type.String(),
  outcome: Type.Optional(Type.String()),
  paymentAmount: Type.Union([Type.String(), Type.Number()]),
  paymentDateTime: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  metadata: Type.Optional(
    Type.Union([
      Type.Null(),
      Type.Object({
        mapEntry: Type.Array(Type.Object({ key: Type.String(), value: Type.String() })),
      }),
    ]),
  ),
});
const OldReceipt = Type.Object({
  datiPagamento: Type.Object({
    importoTotalePagato: Type.Union([Type.String(), Type.Number()]),
    datiSingoloPagamento: Type.Array(
      Type.Object({
        identificativoUnivocoRiscossione: Type.String(),
        dataEsitoSingoloPagamento: Type.Optional(Type.String()),
      }),
      { minItems: 1 },
    ),
  }),
});
const Attempt = Type.Object({ rt: Type.Union([Receipt, OldReceipt]) });

function listPayments(pendenza: GovPayPendenza, state: CodeState): readonly CodePayment[] | null {
  const receipts = listReceipts(pendenza);
  // What came in for one that is cancelled or anomalous came in.
  if (receipts.length > 0) return receipts;
  if (state === "unknown") return null;
  if (state !== "paid") return [];
  // Of one that came without a receipt only the day is known: marked as paid by hand, for example.
  const paidOn = pendenza.dataPagamento ?? null;
  return [{ paidOn, paidAt: null, amountCents: null, feeCents: null, receiptId: null }];
}

function listReceipts({ rpp, dataPagamento }: GovPayPendenza): readonly CodePayment[] {
  const found = (rpp ?? []).flatMap((attempt) =>
    Value.Check(Attempt, attempt) && hasPaid(attempt.rt)
      ? [readReceipt(attempt.rt, dataPagamento ?? null)]
      : [],
  );
  return found.filter(({ amountCents }) => amountCents !== 0);
}

/** The Node hands out receipts of attempts that failed too. */
function hasPaid(rt: Static<typeof Receipt> | Static<typeof OldReceipt>): boolean {
  return !("outcome" in rt && rt.outcome === "KO");
}

function readReceipt(
  rt: Static<typeof Receipt> | Static<typeof OldReceipt>,
  paidOn: string | null,
): CodePayment {
  if ("datiPagamento" in rt) {
    const { importoTotalePagato, datiSingoloPagamento } = rt.datiPagamento;
    const [first] = datiSingoloPagamento;
    return {
      paidOn: first?.dataEsitoSingoloPagamento?.slice(0, 10) ?? paidOn,
      paidAt: null,
      amountCents: toCents(Number(importoTotalePagato)),
      feeCents: null,
      receiptId: first?.identificativoUnivocoRiscossione ?? null,
    };
  }
  const entries = rt.metadata?.mapEntry ?? [];
  const fee = entries.find(({ key }) => key === "NOTIFICATION_FEE")?.value ?? "0";
  const ms = Date.parse(rt.paymentDateTime ?? "");
  return {
    paidOn: Number.isNaN(ms) ? paidOn : toRomeDay(ms),
    paidAt: Number.isNaN(ms) ? null : toInstant(ms),
    amountCents: toCents(Number(rt.paymentAmount)),
    feeCents: /^\d+$/.test(fee) ? Number(fee) : null,
    receiptId: rt.receiptId,
  };
}
