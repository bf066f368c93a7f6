/** What the backoffice of GovPay tells of the costs of notifications: whether this version asks SEND, and whether it can. */
import { Type } from "typebox";
import { Value } from "typebox/value";
import type { DoctorFinding } from "../../diagnosis.ts";
import { buildCostFinding } from "../cost-proof.ts";
import { type GovPayDoorOptions, openGovPayDoor } from "./client.ts";

export interface BackofficeAccess extends GovPayDoorOptions {
  readonly govpay: GovPayDoorOptions["govpay"] & {
    readonly backoffice?: { readonly baseUrl?: string; readonly user?: string };
  };
  readonly readBackofficePassword: () => Promise<string>;
}

/** Who adds the costs of pendenze that are enabled for SEND. */
export const whoAsks = "GovPay le chiede a SEND al pagamento e le aggiunge all'avviso";

/** Source: GovPay, features on SEND: from this version on it asks. */
const firstVersion = [3, 9, 4] as const;

const wayOut =
  "Aggiornare GovPay alla 3.9.4 o successiva. Altrimenti payments.priceService, se al pagamento GovPay interroga un gestionale che può chiedere il prezzo a Postino, oppure send.feePolicy: FLAT_RATE.";

const Info = Type.Object({ versione: Type.String() });
const Dominio = Type.Object({
  idDominio: Type.String(),
  servizioSend: Type.Optional(
    Type.Union([Type.Null(), Type.Object({ url: Type.Optional(Type.String()) })]),
  ),
});

/** Reads version and dominio; what cannot be read leaves it unproved. */
export async function proveByBackoffice(
  options: BackofficeAccess,
  signal?: AbortSignal,
): Promise<DoctorFinding> {
  const { govpay, settings, readBackofficePassword } = options;
  const door = openGovPayDoor({
    ...options,
    settings: {
      ...settings,
      baseUrl: govpay.backoffice?.baseUrl ?? locateBackoffice(settings.baseUrl),
    },
    govpay: { ...govpay, user: govpay.backoffice?.user ?? govpay.user },
    password: readBackofficePassword,
    patienceMs: 0,
  });
  const read = async (path: string): Promise<unknown> => {
    try {
      const { status, body } = await door({ method: "GET", path, signal });
      return status === 200 ? body : null;
    } catch {
      // Refused, silent or away: it is not proved, and pendenze have an address and credentials of their own.
      return null;
    }
  };
  const info = await read("/info");
  if (!Value.Check(Info, info)) return notReadable();
  const version = info.versione;
  if (!asksSendItself(version))
    return {
      state: "bad",
      note: `Spese di notifica: GovPay ${version} non le chiede a SEND (lo fa dalla 3.9.4), e il destinatario non le paga.`,
      hint: wayOut,
    };
  const dominio = await read(`/domini/${options.creditor.taxId}`);
  return Value.Check(Dominio, dominio)
    ? judgeService(version, options.creditor.taxId, dominio.servizioSend?.url)
    : notReadable(version);
}

function judgeService(version: string, taxId: string, url: string | undefined): DoctorFinding {
  const where =
    "Su GovPay, nel dominio dell'ente, impostare il servizio SEND: l'indirizzo base di SEND e una chiave API senza PDND.";
  if (url === undefined)
    return {
      state: "bad",
      note: `Spese di notifica: su GovPay il dominio ${taxId} non ha il servizio SEND, e GovPay non può chiederle.`,
      hint: where,
    };
  // GovPay adds /delivery/v2.3/price/… to it.
  if (/\/delivery(\/|$)/.test(url))
    return {
      state: "bad",
      note: "Spese di notifica: l'indirizzo del servizio SEND su GovPay comprende già «/delivery», che GovPay aggiunge da sé.",
      hint: where,
    };
  return buildCostFinding(
    "good",
    whoAsks,
    `Provato: il suo backoffice dice la versione ${version} e il servizio SEND del dominio`,
  );
}

function notReadable(version?: string): DoctorFinding {
  const what =
    version === undefined
      ? "la versione di GovPay"
      : `il servizio SEND del dominio (GovPay ${version})`;
  return {
    ...buildCostFinding("doubtful", whoAsks, `Non provato: ${what} non si legge dal backoffice`),
    hint: "Indicare in payments.govpay.backoffice indirizzo, utenza e password di un operatore che può leggere il dominio.",
  };
}

function asksSendItself(version: string): boolean {
  const parts = version.split(/[.-]/).map(Number);
  for (const [index, wanted] of firstVersion.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

/** Both are parts of one installation. Source: the servers of the two openapi documents. */
function locateBackoffice(baseUrl: string): string {
  const base = baseUrl.replace(/\/+$/, "");
  const beside = base.replace(/\/pendenze\/rs\/basic\/v\d+$/, "/backoffice/rs/basic/v1");
  return beside === base ? `${base}/backend/api/backoffice/rs/basic/v1` : beside;
}
