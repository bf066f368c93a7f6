/** Asks SEND whether the ente's tax id is that of its key, by a request that cannot become a notification. */
import { messageOf } from "../../../engine/host/errors.ts";
import type { HttpAnswer } from "../../../engine/host/http.ts";
import { createSendCall, type SendAccess } from "../client/call.ts";
import { readSendErrors } from "../client/faults.ts";
import { explainRequestCode } from "../notes/notes.ts";
import { requestLimits, type WireRequest } from "../wire.ts";
import type { Diagnosis } from "./diagnosis.ts";

/** No group of any ente is called so. */
const noGroup = "postino-doctor-questo-gruppo-non-esiste";

/**
 * Nothing but a request tells whom a key belongs to. This one is refused in any case, before anything is stored:
 * its group does not exist, which SEND looks at right after the sender's tax id.
 * Were it taken in nonetheless, its document was never uploaded, so that validation refuses it; and it is addressed to the ente itself.
 * Even so it is made to test environments and simulators only: a request to the real service is a legal matter and costs money.
 * Source: pn-delivery NotificationReceiverService.
 */
export async function diagnoseSender(access: SendAccess, signal?: AbortSignal): Promise<Diagnosis> {
  if (!isRehearsal(access.settings.baseUrl))
    return {
      check: "sender",
      state: "doubtful",
      note: "Se la chiave API è di questo ente, sul servizio reale lo dice solo una richiesta vera: qui non se ne fanno.",
      hint: "Si saprà con il primo verbale: se non lo è, il flusso si ferma senza inviare nulla.",
    };
  let answer: HttpAnswer;
  try {
    answer = await createSendCall(access)({
      method: "POST",
      path: requestLimits[access.settings.apiVersion].path,
      json: buildImpossibleRequest(access),
      signal,
    });
  } catch (error) {
    return { check: "sender", state: "doubtful", note: messageOf(error) };
  }
  const codes: readonly string[] = readSendErrors(answer).map(({ code }) => code);
  if (codes.includes("PN_DELIVERY_INVALIDPARAMETER_GROUP"))
    return {
      check: "sender",
      state: "good",
      note: `La chiave API è dell'ente ${access.sender.taxId}. ${explainGroup(access)}`,
    };
  return diagnoseRefusal(access, answer, codes[0]);
}

/** A simulator on this machine, or SEND's test environment. */
function isRehearsal(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return (
    /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(hostname) ||
    /(^|\.)uat\./.test(hostname) ||
    /\.(example|test|invalid)$/.test(hostname)
  );
}

function diagnoseRefusal(
  { sender }: SendAccess,
  { status }: HttpAnswer,
  code: string | undefined,
): Diagnosis {
  if (code === "PN_DELIVERY_INVALID_SENDER_TAX_ID")
    return {
      check: "sender",
      state: "bad",
      note: `Il codice fiscale dell'ente (${sender.taxId}) non è quello a cui appartiene la chiave API.`,
      hint: "Correggere «ente: codiceFiscale:», oppure indicare in send.apiKey la chiave di questo ente.",
    };
  if (code === undefined || !runCodes.has(code))
    return {
      check: "sender",
      state: "doubtful",
      note: `SEND non dice se la chiave API è di questo ente (HTTP ${status}).`,
      hint: "Si saprà con il primo verbale: se non lo è, il flusso si ferma senza inviare nulla.",
    };
  const { note, hint } = explainRequestCode(code);
  return { check: "sender", state: "bad", note, hint };
}

/** Whether the group is right only a request that could be taken in would tell. */
function explainGroup({ settings: { group } }: SendAccess): string {
  return group === undefined
    ? "Se è legata a gruppi serve anche send.group: SEND lo dice soltanto al primo verbale."
    : `Il gruppo «${group}» SEND lo controlla soltanto al primo verbale.`;
}

/** What SEND refuses of every request of the ente, whatever it holds. */
const runCodes: ReadonlySet<string> = new Set([
  "PN_DELIVERY_SEND_IS_DISABLED",
  "PN_GENERIC_INVALIDPARAMETER_TAXONOMYCODE",
]);

function buildImpossibleRequest({ settings, sender }: SendAccess): WireRequest {
  return {
    paProtocolNumber: "postino-doctor",
    idempotenceToken: "postino-doctor",
    subject: "Prova di accesso, non è una notifica",
    senderDenomination: sender.denomination,
    senderTaxId: sender.taxId,
    group: noGroup,
    taxonomyCode: settings.taxonomyCode,
    notificationFeePolicy: "FLAT_RATE",
    physicalCommunicationType: settings.physicalCommunication,
    pagoPaIntMode: "NONE",
    recipients: [
      {
        recipientType: "PG",
        taxId: sender.taxId,
        denomination: "Prova di accesso",
        physicalAddress: {
          address: "Via Roma 1",
          zip: "00118",
          municipality: "Roma",
          province: "RM",
        },
      },
    ],
    documents: [
      {
        title: "Mai caricato",
        contentType: "application/pdf",
        // SHA-256 of nothing.
        digests: { sha256: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
        ref: {
          key: "PN_NOTIFICATION_ATTACHMENTS-00000000000000000000000000000000.pdf",
          versionToken: "postino-doctor",
        },
      },
    ],
  };
}
