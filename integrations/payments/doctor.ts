/** Tries an ente's access to its payment system, and looks at what its file says. */
import { RetryLater } from "../../engine/host/errors.ts";
import { type DoctorFinding, toDoctorFinding } from "../diagnosis.ts";
import type { AskOptions } from "./adapter.ts";
import { findPaymentAdapter } from "./create-payments.ts";
import type { PaymentsSettings } from "./settings.ts";

/** Address, credentials, segregation code, and with `proves` whether the costs of notifications are added; changes nothing. */
export async function diagnosePayments(
  options: AskOptions<PaymentsSettings> & { readonly proves: boolean },
  signal?: AbortSignal,
): Promise<readonly DoctorFinding[]> {
  const { settings, proves } = options;
  const access = await diagnoseAccess(options, signal);
  const found = [access, diagnoseSegregation(settings)];
  return proves && access.state === "good" ? [...found, await proveCosts(options, signal)] : found;
}

async function proveCosts(
  options: AskOptions<PaymentsSettings>,
  signal: AbortSignal | undefined,
): Promise<DoctorFinding> {
  try {
    return await findPaymentAdapter(options.settings).costs.prove(options, signal);
  } catch (error) {
    return toDoctorFinding(error, "doubtful");
  }
}

async function diagnoseAccess(
  options: AskOptions<PaymentsSettings>,
  signal: AbortSignal | undefined,
): Promise<DoctorFinding> {
  try {
    return await findPaymentAdapter(options.settings).diagnose(options, signal);
  } catch (error) {
    // 5xx and 429 pass by themselves; silence and refusals do not.
    const isBusy = error instanceof RetryLater && error.code !== "NO_ANSWER";
    return toDoctorFinding(error, isBusy ? "doubtful" : "bad");
  }
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
    return {
      state: "good",
      note: `Il codice di segregazione ${segregationCode} è tra quelli che PagoPA assegna.`,
    };
  return {
    state: "doubtful",
    note:
      owner === undefined
        ? `Il codice di segregazione ${segregationCode} è insolito: PagoPA assegna quelli da 00 a 49.`
        : `Il codice di segregazione ${segregationCode} è riservato ${owner}.`,
    hint: "Controllare «payments: segregationCode:» sul portale di PagoPA: un codice d'altri produce avvisi che nessuno può pagare.",
  };
}
