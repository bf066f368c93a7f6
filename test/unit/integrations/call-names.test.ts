/** What people read of a call: the service and the operation, never a code of its path. */
import { expect, test } from "bun:test";
import { nameCall } from "../../../integrations/call-names.ts";
import { paths, requestLimits } from "../../../integrations/send/wire.ts";

const iun = "ABCD-EFGH-IJKL-202611-M-1";

test.each([
  ["SEND", "POST", paths.preload, "richiesta del posto per i documenti"],
  ["SEND", "POST", requestLimits["2.4"].path, "consegna della richiesta di notifica"],
  ["SEND", "GET", requestLimits["2.6"].path, "stato della richiesta di notifica"],
  ["SEND", "GET", paths.sent(iun), "lettura della notifica"],
  ["SEND", "GET", paths.document(iun, 0), "indirizzo dell'atto notificato"],
  ["SEND", "GET", paths.payment(iun, 0, "PAGOPA"), "indirizzo dell'avviso di pagamento"],
  ["SEND", "GET", paths.price("77777777777", "302000100000019421"), "costo della notifica"],
  ["SEND", "PUT", paths.cancel(iun), "annullamento della notifica"],
  ["SEND", "GET", paths.legalFacts(iun), "elenco delle attestazioni"],
  ["SEND", "GET", paths.legalFact(iun, "x"), "indirizzo di un'attestazione"],
  ["SEND", "GET", paths.aar(iun), "indirizzo dell'avviso di avvenuta ricezione"],
  ["SEND", "GET", `${paths.streams("2.6")}/7/events`, "lettura degli eventi"],
  ["SEND", "POST", paths.streams("2.6"), "flussi di eventi"],
  ["SEND", "PUT", `${paths.streams("2.6")}/7`, "flussi di eventi"],
  ["SEND", "GET", paths.status, "stato del servizio"],
  ["SEND", "GET", paths.downtimes, "elenco dei malfunzionamenti"],
  ["GPD", "POST", "/organizations/77777777777/debtpositions", "creazione di posizioni"],
  ["GPD", "PUT", "/organizations/77777777777/debtpositions", "aggiornamento di posizioni"],
  ["GPD", "GET", "/organizations/77777777777/debtpositions/V1", "lettura della posizione"],
  ["GPD", "POST", "/organizations/1/debtpositions/V1/publish", "pubblicazione della posizione"],
  ["GPD", "POST", "/organizations/1/debtpositions/V1/invalidate", "annullamento della posizione"],
  ["GPD", "DELETE", "/organizations/1/debtpositions/V1", "cancellazione della posizione"],
  ["GPD", "GET", "/organizations/1/debtpositions", "elenco delle posizioni"],
  ["GovPay", "GET", "/pendenze/A2A/V1", "lettura della pendenza"],
  ["GovPay", "GET", "/pendenze/byAvviso/1/302", "lettura della pendenza per avviso"],
  ["GovPay", "PUT", "/pendenze/A2A/V1", "creazione o aggiornamento della pendenza"],
  ["GovPay", "PATCH", "/pendenze/A2A/V1", "annullamento della pendenza"],
  ["firma remota", "POST", "credentials/info", "lettura del certificato di firma"],
  ["firma remota", "POST", "credentials/sendOTP", "invio del codice OTP"],
  ["firma remota", "POST", "credentials/authorize", "autorizzazione alla firma"],
  ["firma remota", "POST", "signatures/signHash", "firma dei documenti"],
  ["SEND", "GET", "/qualcosa/VRDLGU80A01H501K", "richiesta"],
  ["mai visto", "GET", "/x", "richiesta"],
] as const)("%s %s %s: %s", (service, method, path, operation) => {
  expect(nameCall(service, method, path)).toEqual({ service, operation });
});
