/** The simulated GPD and GovPay as a history of positions sees them: how each name stands, and what other people may do to it. */
import type { Clock } from "../../../engine/host/clock.ts";
import type { Http } from "../../../engine/host/http.ts";
import { createGovPayPayments } from "../../../integrations/payments/govpay/client.ts";
import { createGovPaySimulator } from "../../../simulators/payments/govpay-simulator.ts";
import type { GovPayStatus } from "../../../integrations/payments/govpay/wire.ts";
import { createGpdPayments } from "../../../integrations/payments/gpd/client.ts";
import { createGpdSimulator } from "../../../simulators/payments/gpd-simulator.ts";
import type { GpdStatus } from "../../../integrations/payments/gpd/wire.ts";
import { makePaymentCode } from "../../../integrations/payments/notice-code.ts";
import type { Counters, PaymentsPort } from "../../../integrations/payments/port.ts";
import {
  creditor,
  gpdSettings,
  govpaySettings,
  unlimited,
} from "../integrations/payments/payments-world.ts";

export type State = "draft" | "open" | "notified" | "cancelled" | "expired" | "paid" | "part";
export type Act = "pay" | "cancel" | "publish" | "delete" | "reopen";

/** How one name stands; on GovPay each amount has a name. */
export interface Standing {
  readonly name: string;
  readonly state: State;
  readonly codes: readonly string[];
}

export interface PositionSystem {
  client(counters: Counters, http: Http): PaymentsPort;
  /** How a flusso names the old position of this number, and what it is called. */
  posizione(n: number): Record<string, string>;
  nameOf(n: number): string;
  /** The states that an old position can be in here. */
  readonly states: readonly State[];
  seed(n: number, state: State): void;
  all(): readonly Standing[];
  /** What others may do to a position in this state. */
  actsOn(state: State): readonly Act[];
  act(name: string, act: Act): Promise<void>;
  fetch(request: Request): Promise<Response>;
  close(): void;
}

const org = creditor.taxId;
const oldCode = (n: number) => makePaymentCode("07", 990_000 + n);
const nameOf = (n: number): string => `OLD-${n}`;

const gpdStates: Readonly<Record<GpdStatus, State>> = {
  DRAFT: "draft",
  PUBLISHED: "open",
  VALID: "open",
  INVALID: "cancelled",
  EXPIRED: "expired",
  PARTIALLY_PAID: "part",
  PAID: "paid",
  REPORTED: "paid",
};
const gpdSeeds: Readonly<Record<State, GpdStatus>> = {
  draft: "DRAFT",
  open: "VALID",
  notified: "VALID",
  cancelled: "INVALID",
  expired: "EXPIRED",
  paid: "PAID",
  part: "PARTIALLY_PAID",
};
const gpdActs: Partial<Record<State, readonly Act[]>> = {
  draft: ["publish", "delete"],
  open: ["pay", "cancel", "delete"],
  notified: ["pay"],
  // A receipt that comes late.
  cancelled: ["pay"],
};

export function makeGpdSystem(clock: Clock): PositionSystem {
  const simulator = createGpdSimulator({ file: ":memory:", clock });
  const notified = new Set<string>();
  const call = async (method: string, name: string, tail = ""): Promise<void> => {
    const path = `/organizations/${org}/debtpositions/${name}${tail}`;
    const headers = { "ocp-apim-subscription-key": "any" };
    await simulator.app.request(path, { method, headers });
  };
  return {
    client: (counters, http) =>
      createGpdPayments({
        settings: { ...gpdSettings, baseUrl: "http://gpd.test" },
        creditor,
        subscriptionKey: async () => "any",
        http,
        clock,
        limiter: unlimited,
        counters,
      }),
    posizione: (n) => ({ iupd: nameOf(n) }),
    nameOf,
    states: ["draft", "open", "notified", "cancelled", "expired", "paid", "part"],
    seed(n, state) {
      const fee = state === "notified" ? { notificationFeeCents: 200 } : {};
      if (state === "notified") notified.add(nameOf(n));
      const options = [{ iuv: oldCode(n).iuv, amountCents: 5_000, ...fee }];
      simulator.seed([{ organization: org, iupd: nameOf(n), status: gpdSeeds[state], options }]);
    },
    all: () =>
      simulator.report().positions.map(({ iupd, status, options }) => ({
        name: iupd,
        state: status === "VALID" && notified.has(iupd) ? "notified" : gpdStates[status],
        codes: options.map(({ nav }) => nav),
      })),
    actsOn: (state) => gpdActs[state] ?? [],
    async act(name, act) {
      const found = simulator.report().positions.find(({ iupd }) => iupd === name);
      if (act === "pay") simulator.pay(org, found?.options.at(-1)?.nav ?? "");
      if (act === "cancel") await call("POST", name, "/invalidate");
      if (act === "publish") await call("POST", name, "/publish");
      if (act === "delete") await call("DELETE", name);
    },
    fetch: async (request) => simulator.app.fetch(request),
    close: () => simulator.close(),
  };
}

const govpayStates: Readonly<Record<GovPayStatus, State>> = {
  NON_ESEGUITA: "open",
  ESEGUITA: "paid",
  INCASSATA: "paid",
  ESEGUITA_PARZIALE: "part",
  ANNULLATA: "cancelled",
  SCADUTA: "expired",
  ANOMALA: "part",
};
const govpaySeeds: Partial<Record<State, GovPayStatus>> = {
  open: "NON_ESEGUITA",
  cancelled: "ANNULLATA",
  expired: "SCADUTA",
  paid: "ESEGUITA",
  part: "ESEGUITA_PARZIALE",
};
const govpayActs: Partial<Record<State, readonly Act[]>> = {
  open: ["pay", "cancel"],
  cancelled: ["pay", "reopen"],
};

export function makeGovPaySystem(clock: Clock): PositionSystem {
  const simulator = createGovPaySimulator({ file: ":memory:", clock });
  const { idA2A } = govpaySettings.govpay;
  const patch = async (name: string, value: string): Promise<void> => {
    await simulator.app.request(`/pendenze/${idA2A}/${name}`, {
      method: "PATCH",
      headers: {
        authorization: `Basic ${btoa("any:any")}`,
        "content-type": "application/json-patch+json",
      },
      body: JSON.stringify([{ op: "REPLACE", path: "/stato", value }]),
    });
  };
  return {
    client: (counters, http) =>
      createGovPayPayments({
        settings: { ...govpaySettings, baseUrl: "http://govpay.test" },
        govpay: govpaySettings.govpay,
        creditor,
        password: async () => "any",
        http,
        clock,
        limiter: unlimited,
        counters,
      }),
    posizione: (n) =>
      n % 2 === 0 ? { idPendenza: nameOf(n) } : { numeroAvviso: oldCode(n).noticeCode },
    nameOf,
    states: ["open", "cancelled", "expired", "paid", "part"],
    seed(n, state) {
      const { noticeCode: numeroAvviso } = oldCode(n);
      const stato = govpaySeeds[state] ?? "NON_ESEGUITA";
      const names = { idDominio: org, idA2A, idPendenza: nameOf(n), numeroAvviso };
      simulator.seed([{ ...names, stato, importoCents: 5_000 }]);
    },
    all: () =>
      simulator.report().pendenze.map(({ idPendenza, stato, numeroAvviso }) => ({
        name: idPendenza,
        state: govpayStates[stato],
        codes: [numeroAvviso],
      })),
    actsOn: (state) => govpayActs[state] ?? [],
    async act(name, act) {
      const found = simulator.report().pendenze.find(({ idPendenza }) => idPendenza === name);
      if (act === "pay") simulator.pay(org, found?.numeroAvviso ?? "");
      if (act === "cancel") await patch(name, "ANNULLATA");
      if (act === "reopen") await patch(name, "NON_ESEGUITA");
    },
    fetch: async (request) => simulator.app.fetch(request),
    close: () => simulator.close(),
  };
}
