/** GovPay pendenze v2 as it is on the wire: bodies, states and names. */
import { createHash } from "node:crypto";
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import { formatReason } from "../payment-codes.ts";
import type { CodedOption } from "../payment-codes.ts";
import type { PositionState, ResetOrder } from "../port.ts";
import type { OnlineSettings } from "../shared-settings.ts";

export const GovPayStatus = Type.Union([
  Type.Literal("NON_ESEGUITA"),
  Type.Literal("ESEGUITA"),
  Type.Literal("ESEGUITA_PARZIALE"),
  Type.Literal("ANNULLATA"),
  Type.Literal("SCADUTA"),
  Type.Literal("ANOMALA"),
  Type.Literal("INCASSATA"),
]);
export type GovPayStatus = Static<typeof GovPayStatus>;

/** What we read of a pendenza; GovPay sends more. */
export const GovPayPendenza = Type.Object({
  idA2A: Type.String(),
  idPendenza: Type.String(),
  stato: GovPayStatus,
  descrizioneStato: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  /** Whose it is: one application may serve many creditors. */
  dominio: Type.Optional(Type.Object({ idDominio: Type.String() })),
  /** Euro, a double. */
  importo: Type.Number(),
  numeroAvviso: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  causale: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  /** Euro: what SEND said last, kept apart from `importo`; absent until it was asked. Source: GovPay 3.9.4, features on SEND. */
  sendImportoTotale: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
  /** `YYYY-MM-DD`. */
  dataPagamento: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  /** Attempts to pay, each with its receipt once there is one. */
  rpp: Type.Optional(Type.Union([Type.Array(Type.Unknown()), Type.Null()])),
  /** Last day on which it may be paid. */
  dataScadenza: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  documento: Type.Optional(
    Type.Union([
      Type.Object({ descrizione: Type.Optional(Type.Union([Type.String(), Type.Null()])) }),
      Type.Null(),
    ]),
  ),
});
export type GovPayPendenza = Static<typeof GovPayPendenza>;

/** Names one pendenza on GovPay. */
export interface PendenzaRef {
  readonly idA2A: string;
  readonly idPendenza: string;
}

/** The pendenza of an answer's body, or `null` when it is none. */
export function readPendenza(body: unknown): GovPayPendenza | null {
  return Value.Check(GovPayPendenza, body) ? body : null;
}

const states: Readonly<Record<GovPayStatus, PositionState>> = {
  NON_ESEGUITA: "open",
  ESEGUITA: "paid",
  ESEGUITA_PARZIALE: "partially-paid",
  ANNULLATA: "cancelled",
  SCADUTA: "expired",
  ANOMALA: "unclear",
  INCASSATA: "paid",
};

/** What the state means to us. */
export function readPendenzaState(pendenza: GovPayPendenza | null): PositionState {
  return pendenza === null ? "absent" : states[pendenza.stato];
}

/**
 * The name of an order's document: hash of creditor and verbale, generation. Its pendenze add `-S` (discounted) or `-R`.
 * At most 35 characters of `[a-zA-Z0-9-_]`, and nothing about the debtor.
 */
export function buildDocumentName(creditorTaxId: string, order: ResetOrder): string {
  const hash = createHash("sha256").update(`${creditorTaxId}|${order.verbale}`).digest("hex");
  return `${hash.slice(0, 24)}-g${order.generation}`;
}

/** Whether a reference can be the name of a document that this adapter made. */
export function isDocument(ref: string): boolean {
  return /^[0-9a-f]{24}-g[0-9]+$/.test(ref);
}

/** The name of the pendenza of one amount. */
export function buildPendenzaId(document: string, kind: "discounted" | "reduced"): string {
  return `${document}-${kind === "discounted" ? "S" : "R"}`;
}

/** Both names that a document's pendenze may have. */
export function listPendenzaIds(document: string): readonly string[] {
  return [buildPendenzaId(document, "discounted"), buildPendenzaId(document, "reduced")];
}

/** What a cancelled pendenza says, so that a later try knows that this order cancelled it. */
export function buildCancelNote(document: string): string {
  return `Annullata per nuova notifica ${document}`;
}

/** Euro of GovPay's JSON: the only place where cents become a fraction. */
export function toEuro(amountCents: number): number {
  return amountCents / 100;
}

/** Cents of GovPay's euro; 19.99 is 1999 whatever the double says. */
export function toCents(euro: number): number {
  return Math.round(euro * 100);
}

/** The ente's application on GovPay. */
export interface GovPaySettings {
  readonly idA2A: string;
  readonly idTipoPendenza: string;
  readonly codEntrata?: string;
  /** GovPay asks SEND for the costs of the notification, and adds them. */
  readonly sendAbilitato?: boolean;
}

/** GovPay asks SEND only once this day is over: «after it the amount may vary». Source: GovPay 3.9.4, features on SEND. */
const longOver = "2000-01-01";

export interface GovPayBodyFacts {
  readonly settings: OnlineSettings;
  readonly govpay: GovPaySettings;
  readonly creditorTaxId: string;
  /** Name of the document. */
  readonly document: string;
  /** What the payer reads; default: the order's reason. */
  readonly words?: { readonly causale?: string; readonly documento?: string };
  /** `YYYY-MM-DD`; default: none. Once it is over the payment is refused and SEND is not asked. */
  readonly lastDay?: string | null;
}

/** Art. 202 CdS: the discount holds for 5 days from the notification. */
const discountDays = 5;

/** The body of a PUT for one amount; two amounts share the document and stand on the two sides of its threshold. */
export function buildPendenzaBody(
  order: Pick<ResetOrder, "debtor" | "reason"> & { readonly options: readonly unknown[] },
  code: CodedOption,
  { settings, govpay, creditorTaxId, document, words = {}, lastDay = null }: GovPayBodyFacts,
): Record<string, unknown> {
  const causale = words.causale ?? formatReason(order, code.kind);
  const importo = toEuro(code.amountCents);
  const side = code.kind === "discounted" ? "ENTRO" : "OLTRE";
  return {
    idTipoPendenza: govpay.idTipoPendenza,
    idDominio: creditorTaxId,
    causale,
    soggettoPagatore: buildPayer(order.debtor),
    importo,
    numeroAvviso: code.noticeCode,
    tassonomiaAvviso: "Multe e sanzioni amministrative",
    ...(lastDay === null ? {} : { dataScadenza: lastDay }),
    ...(govpay.sendAbilitato === true ? { sendAbilitato: true, dataValidita: longOver } : {}),
    ...(settings.emission === undefined ? {} : { annoRiferimento: settings.emission.year }),
    ...(order.options.length < 2
      ? {}
      : {
          documento: {
            identificativo: document,
            descrizione: words.documento ?? order.reason.slice(0, 80),
            soglia: { tipo: side, giorni: discountDays },
          },
        }),
    voci: [
      {
        idVocePendenza: "1",
        importo,
        descrizione: causale,
        ...buildEntry(settings, govpay.codEntrata),
      },
    ],
  };
}

const accountings: Readonly<Record<string, string>> = {
  0: "CAPITOLO",
  1: "SPECIALE",
  2: "SIOPE",
  9: "ALTRO",
};

/** `9/0101108TS/` is accounting type 9 (ALTRO) with the code after it. */
function buildEntry(settings: OnlineSettings, codEntrata: string | undefined) {
  if (codEntrata !== undefined) return { codEntrata };
  const [, type, code] = /^([0129])\/(.+)$/.exec(settings.category) ?? [];
  return {
    ibanAccredito: settings.iban,
    ...(settings.postalIban === undefined ? {} : { ibanAppoggio: settings.postalIban }),
    tipoContabilita: accountings[type ?? "9"] ?? "ALTRO",
    codiceContabilita: code ?? settings.category,
  };
}

function buildPayer(debtor: ResetOrder["debtor"]): Record<string, string> {
  const { address } = debtor;
  return {
    tipo: debtor.type === "PF" ? "F" : "G",
    identificativo: debtor.taxId,
    anagrafica: debtor.denomination.slice(0, 70),
    ...(address === undefined
      ? {}
      : {
          indirizzo: address.via.slice(0, 70),
          ...(address.civico === undefined || address.civico === ""
            ? {}
            : { civico: address.civico.slice(0, 16) }),
          cap: address.cap,
          localita: address.comune.slice(0, 35),
          provincia: address.provincia,
          nazione: "IT",
        }),
  };
}
