/** Until when the pendenze of a document may be paid, on GovPay: a PUT of each with its last day, dataScadenza. */
import { unreadablePaymentsError } from "../payment-door.ts";
import { maskDebtor, scheduleRefusedError } from "../payment-notes.ts";
import type { ScheduleEnd, ScheduleOrder } from "../port.ts";
import { pickGravest } from "../replacement.ts";
import type { OnlineSettings } from "../shared-settings.ts";
import { type GovPayApi, readFaultText } from "./api.ts";
import {
  buildPendenzaBody,
  buildPendenzaId,
  type GovPayPendenza,
  type GovPaySettings,
  isDocument,
  readPendenzaState,
  toCents,
} from "./wire.ts";

interface ScheduleTools {
  readonly api: GovPayApi;
  readonly settings: OnlineSettings;
  readonly govpay: GovPaySettings;
  readonly creditor: { readonly taxId: string };
}

type Option = ScheduleOrder["options"][number];

/**
 * See PaymentsPort. The pendenze are independent: one that is paid or cancelled stays as it is, the other gets its day. Source: GovPay
 * pendenze v2, dataScadenza: a day, and once it is over SCADUTA; that the PUT takes it also then [inferred].
 */
export async function scheduleOnGovPay(
  tools: ScheduleTools,
  order: ScheduleOrder,
  signal?: AbortSignal,
): Promise<ScheduleEnd> {
  // Opened while the ente had another payment system.
  if (!isDocument(order.ref)) return "unclear";
  const ends: ScheduleEnd[] = [];
  for (const option of order.options)
    ends.push(await schedulePendenza(tools, order, option, signal));
  const stops = ends.filter((end) => end !== "scheduled");
  // A code that was paid tells more than that the other one closes.
  return stops.length === 0 ? "scheduled" : (pickGravest(stops) as ScheduleEnd);
}

async function schedulePendenza(
  tools: ScheduleTools,
  order: ScheduleOrder,
  option: Option,
  signal?: AbortSignal,
): Promise<ScheduleEnd> {
  const { api, settings, govpay, creditor } = tools;
  const ref = { idA2A: govpay.idA2A, idPendenza: buildPendenzaId(order.ref, option.kind) };
  const before = await api.get(ref, signal);
  const stop = findStop(before, option);
  if (stop !== null) return stop;
  if ((before?.dataScadenza ?? null) === option.lastDay) return "scheduled";
  const causale = before?.causale ?? undefined;
  const documento = before?.documento?.descrizione ?? undefined;
  const body = buildPendenzaBody(order, option, {
    settings,
    govpay,
    creditorTaxId: creditor.taxId,
    document: order.ref,
    words: { ...(causale && { causale }), ...(documento && { documento }) },
    lastDay: option.lastDay,
  });
  const answer = await api.put(ref, body, signal);
  if (answer.status < 300) {
    if (readGivenNotice(answer.body) === option.noticeCode) return "scheduled";
    throw unreadablePaymentsError("GovPay", answer.status);
  }
  // Paid or cancelled since we looked: what it says now decides.
  const now = findStop(await api.get(ref, signal), option);
  if (now !== null) return now;
  throw scheduleRefusedError(
    "GovPay",
    answer.status,
    maskDebtor(readFaultText(answer), order.debtor),
  );
}

/** GovPay says which notice code the pendenza has: the page of a server in front does not. */
function readGivenNotice(body: unknown): unknown {
  return typeof body === "object" && body !== null && "numeroAvviso" in body
    ? body.numeroAvviso
    : undefined;
}

/** Why a pendenza is left as it is; `null`: its day may be written. */
function findStop(pendenza: GovPayPendenza | null, option: Option): ScheduleEnd | null {
  const state = readPendenzaState(pendenza);
  if (state === "open" || state === "expired") {
    const isOurs =
      pendenza?.numeroAvviso === option.noticeCode &&
      toCents(pendenza.importo) === option.amountCents;
    return isOurs ? null : "unclear";
  }
  return state === "draft" || state === "notified" ? "unclear" : state;
}
