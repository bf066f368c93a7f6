/** Verification and payment of a pendenza of the simulated GovPay, which asks SEND for the costs as the real one does. Source: GovPay 3.9.4, features on SEND. */
import { type Clock, toInstant, toRomeDay } from "../../engine/host/clock.ts";
import { toCents } from "../../integrations/payments/govpay/wire.ts";
import type { KeptPendenza, SendAnswer } from "./govpay-rules.ts";
import {
  type PaymentArrival,
  type Arrived,
  buildReceipt,
  type Offered,
  type PaymentCounter,
  type PaymentFault,
} from "./payer.ts";

/** SEND's service of a dominio, as its backoffice keeps it (`servizioSend`). */
export interface SendConnector {
  /** The base alone. */
  readonly url: string;
  readonly auth?: { readonly headerName: string; readonly headerValue: string };
  /** In place of `auth`. */
  readonly subscriptionKey?: string;
  readonly abilitaGDE: boolean;
}

export interface SimulatedDomain {
  readonly servizioSend?: SendConnector;
}

export interface CounterSettings {
  /** Default 3.9.4, the first that asks SEND. */
  readonly version?: string;
  /** By idDominio; absent: a dominio without any service. */
  readonly domains?: Readonly<Record<string, SimulatedDomain>>;
  /** Default the network. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** `it.govpay.client.send.retention`; default 900000. */
  readonly retentionMs?: number;
  /** `it.govpay.context.aggiornamentoValiditaMandatorio`; default false. */
  readonly isValidityMandatory?: boolean;
}

export interface CounterOptions extends CounterSettings {
  readonly clock: Clock;
  find(idDominio: string, numeroAvviso: string): KeptPendenza | null;
  replace(pendenza: KeptPendenza): void;
}

/** Whether a version asks SEND at all: 3.9.4 is the first. */
export function asksSend(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  if (major !== 3) return major > 3;
  return minor === 9 ? patch >= 4 : minor > 9;
}

/** A pendenza whose dataScadenza is over is SCADUTA, whatever was stored. */
export function agePendenza(pendenza: KeptPendenza, today: string): KeptPendenza {
  const { stato, dataScadenza } = pendenza;
  return stato === "NON_ESEGUITA" && dataScadenza !== undefined && dataScadenza < today
    ? { ...pendenza, stato: "SCADUTA" }
    : pendenza;
}

/** The counter of the pendenze. */
export function createGovPayCounter(options: CounterOptions): PaymentCounter {
  async function offer(idDominio: string, numeroAvviso: string): Promise<Offered> {
    const found = options.find(idDominio, numeroAvviso);
    if (found === null) return { fault: "PAA_PAGAMENTO_SCONOSCIUTO" };
    const today = toRomeDay(options.clock.now());
    const fault = faults[agePendenza(found, today).stato];
    if (fault !== undefined) return { fault };
    const base = toCents(found.importo);
    const { dataValidita } = found;
    // Without a day of validity the amount holds: not tested there, inferred.
    if (dataValidita === undefined || dataValidita >= today)
      return { amountCents: base, notificationFeeCents: 0 };
    if (found.sendAbilitato === true && asksSend(options.version ?? "3.9.4"))
      return await addCosts(found, base, options);
    return options.isValidityMandatory === true
      ? { fault: "PAA_PAGAMENTO_SCADUTO" }
      : { amountCents: base, notificationFeeCents: 0 };
  }
  return {
    verify: offer,
    begin: offer,
    async pay(idDominio, numeroAvviso) {
      const offered = await offer(idDominio, numeroAvviso);
      if ("fault" in offered) return offered;
      const arrived = receiveOnGovPay(options, { idDominio, numeroAvviso }, offered);
      if ("fault" in arrived) throw new Error(`a pendenza that can be paid: ${arrived.fault}`);
      return arrived.receipt;
    },
    receive: (idDominio, numeroAvviso, arrival) =>
      Promise.resolve(receiveOnGovPay(options, { idDominio, numeroAvviso }, arrival)),
  };
}

/**
 * Every receipt is kept with the pendenza. One that is not what was due, or that comes for a cancelled one, makes it ANOMALA:
 * the state is in the contract, when it is reached was not read.
 */
function receiveOnGovPay(
  { clock, find, replace }: CounterOptions,
  { idDominio, numeroAvviso }: { readonly idDominio: string; readonly numeroAvviso: string },
  arrival: PaymentArrival,
): Arrived {
  const found = find(idDominio, numeroAvviso);
  if (found === null) return { fault: "PAA_PAGAMENTO_SCONOSCIUTO" };
  const base = toCents(found.importo);
  const notificationFeeCents = arrival.notificationFeeCents ?? found.send?.totalCents ?? 0;
  const amountCents = arrival.amountCents ?? base + notificationFeeCents;
  const ms = arrival.paidAt === undefined ? clock.now() : Date.parse(arrival.paidAt);
  const receipt = buildReceipt(
    { amountCents, notificationFeeCents },
    { creditorTaxId: idDominio, noticeCode: numeroAvviso, paidAt: toInstant(ms) },
  );
  const { stato } = found;
  const isOpen = stato === "NON_ESEGUITA" || stato === "SCADUTA";
  const isDue = isOpen && amountCents === base + notificationFeeCents;
  const odd = isOpen || stato === "ANNULLATA" ? "ANOMALA" : stato;
  replace({
    ...found,
    stato: isDue ? "ESEGUITA" : odd,
    dataPagamento: found.dataPagamento ?? toRomeDay(ms),
    receipts: [...(found.receipts ?? []), receipt],
  });
  return { receipt };
}

const faults: Readonly<Partial<Record<KeptPendenza["stato"], PaymentFault>>> = {
  SCADUTA: "PAA_PAGAMENTO_SCADUTO",
  ANNULLATA: "PAA_PAGAMENTO_ANNULLATO",
  ESEGUITA: "PAA_PAGAMENTO_DUPLICATO",
  ESEGUITA_PARZIALE: "PAA_PAGAMENTO_DUPLICATO",
  INCASSATA: "PAA_PAGAMENTO_DUPLICATO",
  ANOMALA: "PAA_SYSTEM_ERROR",
};

/** One question serves verify and activation; the fee is counted from the base each time and kept apart from it. */
async function addCosts(
  found: KeptPendenza,
  base: number,
  options: CounterOptions,
): Promise<Offered> {
  const { clock, retentionMs = 900_000 } = options;
  const kept = found.send;
  let answer: SendAnswer | null = kept ?? null;
  if (kept === undefined || clock.now() - kept.askedAt >= retentionMs) {
    answer = await askSend(found, options);
    if (answer !== null) options.replace({ ...found, send: answer });
  }
  return answer === null
    ? { fault: "PAA_SYSTEM_ERROR" }
    : { amountCents: base + answer.totalCents, notificationFeeCents: answer.totalCents };
}

/**
 * What SEND says of the notice; `null`: the connector is not there or does not get through, and the payment fails.
 * What GovPay does where SEND knows no price was not read: here nothing is added, so that a cancelled notification can be paid.
 */
async function askSend(
  { idDominio, numeroAvviso }: KeptPendenza,
  options: CounterOptions,
): Promise<SendAnswer | null> {
  const connector = options.domains?.[idDominio]?.servizioSend;
  if (connector === undefined) return null;
  const { url, auth, subscriptionKey } = connector;
  const headers: Record<string, string> = {};
  if (auth !== undefined) headers[auth.headerName] = auth.headerValue;
  if (subscriptionKey !== undefined) headers["ocp-apim-subscription-key"] = subscriptionKey;
  const ask = options.fetch ?? fetch;
  const askedAt = options.clock.now();
  try {
    const answer = await ask(`${url}/delivery/v2.3/price/${idDominio}/${numeroAvviso}`, {
      headers,
    });
    if (answer.status === 404) return { totalCents: 0, askedAt };
    const { totalPrice } = (await answer.json()) as { readonly totalPrice?: unknown };
    return answer.status === 200 && typeof totalPrice === "number"
      ? { totalCents: totalPrice, askedAt }
      : null;
  } catch {
    return null;
  }
}
