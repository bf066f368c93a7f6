/** GPD as the payment system of an ente. */
import { Type } from "typebox";
import { RetryLater } from "../../../engine/host/errors.ts";
import { SecretRef } from "../../secret-ref.ts";
import { type AdapterSettings, type AskOptions, describeAdapter } from "../adapter.ts";
import { hasField, judgeAnswer, requireOnlineSettings } from "../online-client.ts";
import type { Door } from "../payment-door.ts";
import { paymentsNotConfiguredError } from "../payment-notes.ts";
import { type GpdDoorOptions, openBulkDoor, openGpdDoor } from "./calls.ts";
import { createGpdPayments } from "./client.ts";
import type { DoctorFinding } from "../../diagnosis.ts";
import { buildCostFinding } from "../cost-proof.ts";
import { countCharged, type GpdSettings } from "./wire.ts";

const settings = {
  subscriptionKey: Type.Optional(SecretRef),
  dueDays: Type.Integer({
    minimum: 60,
    maximum: 3_650,
    default: 730,
    description:
      "Con GPD, scadenza della posizione in giorni: lontana, la data di notifica non è nota",
  }),
};

export const gpdPayments = describeAdapter({
  settings,
  secrets: ({ subscriptionKey }) => (subscriptionKey === undefined ? [] : [subscriptionKey]),
  addresses: ({ baseUrl }) => (baseUrl === undefined ? [] : [baseUrl]),
  positionNames: {
    fields: { iupd: /\S/ },
    remedy: "indicare lo IUPD: la piattaforma non trova una posizione dal solo numero d'avviso.",
  },
  // Source: GPD's API management, 100 calls in 10 seconds a key; see `calls.ts`.
  mostCallsPerSecond: 10,
  // GPD asks SEND for nothing that we may set: with SYNC nobody adds them. Source: GPD PaymentOption.sendSync.
  costs: {
    mode: "ASYNC",
    otherwise:
      "con SYNC dovrebbe chiederle a SEND chi incassa, ma GPD non lo fa: nessuno le aggiunge e il destinatario non le paga",
    findGap: () => null,
    describe: () => whoWrites,
    prove: proveByPositions,
  },
  create: (options) => createGpdPayments({ ...options, ...completeOptions(options) }),
  // The first position of the ente's list; a person is waiting.
  async diagnose(options, signal) {
    const asked = { ...options, ...completeOptions(options), patienceMs: 0 };
    const door = openGpdDoor(asked);
    const answer = await door({
      method: "GET",
      path: `/organizations/${options.creditor.taxId}/debtpositions`,
      query: { limit: 1, page: 0 },
      signal,
    });
    const isItsOwn = answer.status === 200 && hasField(answer, "payment_position_list");
    const finding = judgeAnswer("GPD", answer, { isItsOwn, below: "/organizations" });
    if (finding.state !== "good" || (await hasBulks(openBulkDoor(asked), signal))) return finding;
    return {
      state: "good",
      note: `${finding.note} La sua versione 2 non è disponibile: i verbali vanno uno alla volta, meno di due al secondo se hanno una posizione da annullare.`,
    };
  },
});

/** Whether version 2 lets the key in; what passes by itself (5xx, 429, silence) is no reason to say that it does not. */
async function hasBulks(door: Door | null, signal: AbortSignal | undefined): Promise<boolean> {
  if (door === null) return false;
  try {
    const { status } = await door({ method: "GET", path: "/info", signal });
    return status === 200 || status === 500;
  } catch (error) {
    return error instanceof RetryLater;
  }
}

const whoWrites = "le scrive SEND sulle posizioni di GPD, e il destinatario le paga con l'avviso";
const newest = 50;

/** SEND's fee on any of the newest positions is the proof. */
async function proveByPositions(
  options: AskOptions<AdapterSettings<typeof settings>>,
  signal?: AbortSignal,
): Promise<DoctorFinding> {
  const door = openGpdDoor({ ...options, ...completeOptions(options), patienceMs: 0 });
  const { body } = await door({
    method: "GET",
    path: `/organizations/${options.creditor.taxId}/debtpositions`,
    query: { limit: newest, page: 0 },
    signal,
  });
  const charged = countCharged(body);
  return charged > 0
    ? buildCostFinding(
        "good",
        whoWrites,
        `Provato: tra le ultime ${newest} posizioni ${charged} le portano`,
      )
    : buildCostFinding(
        "good",
        whoWrites,
        `Non ancora provato: nessuna delle ultime ${newest} posizioni le porta`,
      );
}

/** Throws RunBlocked `PAYMENTS_NOT_CONFIGURED`. */
function completeOptions({
  settings: given,
  secrets,
}: AskOptions<AdapterSettings<typeof settings>>): Pick<GpdDoorOptions, "subscriptionKey"> & {
  readonly settings: GpdSettings;
} {
  const { subscriptionKey } = given;
  if (subscriptionKey === undefined) throw paymentsNotConfiguredError("payments.subscriptionKey");
  return {
    settings: requireOnlineSettings(given),
    subscriptionKey: () => secrets.get(subscriptionKey.secret),
  };
}
