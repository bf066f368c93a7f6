/** What people read of a call to an outside service: by whom it is answered and what it asks, from its method and path; nothing of the path stays. */
import type { CallName } from "../engine/host/calls.ts";
import type { HttpRequest } from "../engine/host/http.ts";

/** The path that it fits, after its method, and its words; the first that fits holds. */
type Rule = readonly [path: RegExp, words: string];

/** Source of the paths: the contracts of SEND, as `send/wire.ts` builds them. */
const ofSend: readonly Rule[] = [
  [/^POST .*\/attachments\/preload$/, "richiesta del posto per i documenti"],
  [/^POST .*\/requests$/, "consegna della richiesta di notifica"],
  [/^GET .*\/requests$/, "stato della richiesta di notifica"],
  [/^GET .*\/attachments\/documents\//, "indirizzo dell'atto notificato"],
  [/^GET .*\/attachments\/payment\//, "indirizzo dell'avviso di pagamento"],
  [/^GET .*\/notifications\/sent\//, "lettura della notifica"],
  [/^GET .*\/price\//, "costo della notifica"],
  [/^PUT .*\/notifications\/cancel\//, "annullamento della notifica"],
  [/^GET .*\/download\/legal-facts\//, "indirizzo di un'attestazione"],
  [/^GET .*\/legal-facts$/, "elenco delle attestazioni"],
  [/^GET .*\/document\/AAR$/, "indirizzo dell'avviso di avvenuta ricezione"],
  [/^GET .*\/streams\/[^/]+\/events$/, "lettura degli eventi"],
  [/ .*\/streams\b/, "flussi di eventi"],
  [/^GET .*\/downtime\//, "elenco dei malfunzionamenti"],
  [/^GET .*\/status$/, "stato del servizio"],
];

const ofGpd: readonly Rule[] = [
  [/^POST .*\/debtpositions\/[^/]+\/publish$/, "pubblicazione della posizione"],
  [/^POST .*\/debtpositions\/[^/]+\/invalidate$/, "annullamento della posizione"],
  [/^GET .*\/debtpositions\/[^/]+$/, "lettura della posizione"],
  [/^PUT .*\/debtpositions\/[^/]+$/, "aggiornamento della posizione"],
  [/^DELETE .*\/debtpositions\/[^/]+$/, "cancellazione della posizione"],
  [/^POST .*\/debtpositions$/, "creazione di posizioni"],
  [/^PUT .*\/debtpositions$/, "aggiornamento di posizioni"],
  [/^DELETE .*\/debtpositions$/, "cancellazione di posizioni"],
  [/^GET .*\/debtpositions$/, "elenco delle posizioni"],
];

const ofGovPay: readonly Rule[] = [
  [/^GET .*\/pendenze\/byAvviso\//, "lettura della pendenza per avviso"],
  [/^GET .*\/pendenze\//, "lettura della pendenza"],
  [/^PUT .*\/pendenze\//, "creazione o aggiornamento della pendenza"],
  [/^PATCH .*\/pendenze\//, "annullamento della pendenza"],
];

/** Source: CSC API v1.0.4 and v2.0. */
const ofSigning: readonly Rule[] = [
  [/credentials\/info$/, "lettura del certificato di firma"],
  [/credentials\/(?:sendOTP|getChallenge)$/, "invio del codice OTP"],
  [/credentials\/authorize(?:Check)?$/, "autorizzazione alla firma"],
  [/credentials\/extendTransaction$/, "proroga dell'autorizzazione alla firma"],
  [/signatures\/(?:signHash|signPolling)$/, "firma dei documenti"],
];

const services: Readonly<Record<string, readonly Rule[]>> = {
  SEND: ofSend,
  GPD: ofGpd,
  GovPay: ofGovPay,
  "firma remota": ofSigning,
};

/** `path`: below the base URL. A call that no rule knows is just a call. */
export function nameCall(service: string, method: HttpRequest["method"], path: string): CallName {
  const asked = `${method} ${path}`;
  const rule = services[service]?.find(([fits]) => fits.test(asked));
  return { service, operation: rule?.[1] ?? "richiesta" };
}
