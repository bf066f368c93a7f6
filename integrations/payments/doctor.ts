/** Tries an ente's access to its payment system by one harmless GET, and looks at what its file says. */
import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { RetryLater } from "../../engine/host/errors.ts";
import type { HttpAnswer } from "../../engine/host/http.ts";
import { type DoctorFinding, toDoctorFinding } from "../diagnosis.ts";
import {
  type CreatePaymentsOptions,
  paymentsNotConfiguredError,
  requireOnlineSettings,
} from "./create-payments.ts";
import { readFaultCode } from "./govpay/api.ts";
import { createDoor, type Door } from "./payment-door.ts";
import type { PaymentsSettings } from "./settings.ts";

/** What is needed to ask; no counter is touched. */
export type PaymentsDoctorOptions = Omit<CreatePaymentsOptions, "counters">;

/** Address, credentials, segregation code. GPD: reads the first position of the ente's list; GovPay: asks for a pendenza that nobody made. */
export async function diagnosePayments(
  options: PaymentsDoctorOptions,
  signal?: AbortSignal,
): Promise<readonly DoctorFinding[]> {
  const { settings } = options;
  return [await diagnoseAccess(options, signal), diagnoseSegregation(settings)];
}

async function diagnoseAccess(
  options: PaymentsDoctorOptions,
  signal: AbortSignal | undefined,
): Promise<DoctorFinding> {
  const { adapter } = options.settings;
  try {
    switch (adapter) {
      case "gpd":
        return await askGpd(options, signal);
      case "govpay":
        return await askGovPay(options, signal);
      case "file":
        return await tryFolder(join(options.outboxFolder, options.ente, "pagamenti"));
      default:
        return adapter satisfies never;
    }
  } catch (error) {
    // 5xx and 429 pass by themselves; silence and refusals do not.
    const isBusy = error instanceof RetryLater && error.code !== "NO_ANSWER";
    return toDoctorFinding(error, isBusy ? "doubtful" : "bad");
  }
}

async function askGpd(
  options: PaymentsDoctorOptions,
  signal: AbortSignal | undefined,
): Promise<DoctorFinding> {
  const { subscriptionKey } = options.settings;
  if (subscriptionKey === undefined) throw paymentsNotConfiguredError("payments.subscriptionKey");
  const door = createDoctorDoor("GPD", options, async () => ({
    "ocp-apim-subscription-key": await options.secrets.get(subscriptionKey.secret),
  }));
  const answer = await door({
    method: "GET",
    path: `/organizations/${options.creditor.taxId}/debtpositions`,
    query: { limit: 1, page: 0 },
    signal,
  });
  const isGpd = answer.status === 200 && hasField(answer, "payment_position_list");
  return isGpd
    ? reportGood("GPD risponde e accetta le credenziali.")
    : reportStrange("GPD", answer);
}

async function askGovPay(
  options: PaymentsDoctorOptions,
  signal: AbortSignal | undefined,
): Promise<DoctorFinding> {
  const { govpay } = options.settings;
  if (govpay === undefined) throw paymentsNotConfiguredError("payments.govpay");
  const door = createDoctorDoor("GovPay", options, async () => {
    const pair = `${govpay.user}:${await options.secrets.get(govpay.password.secret)}`;
    return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
  });
  const path = `/pendenze/${encodeURIComponent(govpay.idA2A)}/postino-doctor`;
  const answer = await door({ method: "GET", path, signal });
  // A 404 of GovPay itself has a body with its code; that of a wrong address has none.
  const isGovPay = answer.status === 200 || (answer.status === 404 && readFaultCode(answer) !== "");
  return isGovPay
    ? reportGood("GovPay risponde e accetta le credenziali.")
    : reportStrange("GovPay", answer);
}

function createDoctorDoor(
  service: string,
  { settings, creditor, http, clock, limiter }: PaymentsDoctorOptions,
  headers: () => Promise<Readonly<Record<string, string>>>,
): Door {
  return createDoor({
    service,
    baseUrl: requireOnlineSettings(settings).baseUrl,
    headers,
    http,
    clock,
    limiter,
    bucket: `payments/doctor/${creditor.taxId}`,
    requestsPerSecond: settings.requestsPerSecond,
  });
}

function reportGood(note: string): DoctorFinding {
  return { state: "good", note };
}

function reportStrange(service: string, { status }: HttpAnswer): DoctorFinding {
  return {
    state: "bad",
    note: `L'indirizzo dei pagamenti risponde, ma non come ${service} (HTTP ${status}).`,
    hint: "Controllare «payments: baseUrl:» nel file dell'ente: per GPD senza /organizations, per GovPay senza /pendenze.",
  };
}

function hasField({ body }: HttpAnswer, name: string): boolean {
  return typeof body === "object" && body !== null && name in body;
}

async function tryFolder(folder: string): Promise<DoctorFinding> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
  } catch {
    return {
      state: "bad",
      note: `La cartella dei pagamenti ${folder} non è scrivibile.`,
      hint: "Controllare i permessi della cartella dei dati.",
    };
  }
  return reportGood(`I pagamenti passano per i file della cartella ${folder}.`);
}

/** Source: SACI 3.0 and 3.1, table 1. */
const reserved: Readonly<Record<string, string>> = {
  "47": "al canone unico",
  "81": "a PagoPA",
  "85": "a TARI e TEFA",
  "96": "all'ACI",
  "97": "al SUAP",
  "98": "ad ANPR",
  "99": "alla carta d'identità elettronica",
};

function diagnoseSegregation({ segregationCode }: PaymentsSettings): DoctorFinding {
  const owner = reserved[segregationCode];
  if (owner === undefined && Number(segregationCode) <= 49)
    return reportGood(
      `Il codice di segregazione ${segregationCode} è tra quelli che PagoPA assegna.`,
    );
  return {
    state: "doubtful",
    note:
      owner === undefined
        ? `Il codice di segregazione ${segregationCode} è insolito: PagoPA assegna quelli da 00 a 49.`
        : `Il codice di segregazione ${segregationCode} è riservato ${owner}.`,
    hint: "Controllare «payments: segregationCode:» sul portale di PagoPA: un codice d'altri produce avvisi che nessuno può pagare.",
  };
}
