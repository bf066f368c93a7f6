/** Asks SEND whether the ente's tax id is that of its key, by a request that cannot become a notification. */
import { messageOf } from "../../../engine/host/errors.ts";
import type { HttpAnswer } from "../../../engine/host/http.ts";
import { createSendCall, type SendAccess } from "../client/call.ts";
import {
  buildImpossibleRequest,
  buildGroupRemedy,
  type GroupVerdict,
  isRehearsal,
  judgeGroup,
} from "../client/group.ts";
import { readSendErrors } from "../client/faults.ts";
import { explainRequestCode } from "../notes/notes.ts";
import { requestLimits } from "../wire.ts";
import type { Diagnosis } from "./diagnosis.ts";

/**
 * Nothing but a request tells whom a key belongs to. This one is refused in any case, before anything is stored:
 * its group does not exist, which SEND looks at right after the sender's tax id.
 * Were it taken in nonetheless, its document was never uploaded, so that validation refuses it; and it is addressed to the ente itself.
 * Even so it is made to test environments and simulators only: a request to the real service is a legal matter and costs money.
 * Source: pn-delivery NotificationReceiverService.
 */
export async function diagnoseSender(access: SendAccess, signal?: AbortSignal): Promise<Diagnosis> {
  const { baseUrl, group } = access.settings;
  if (!isRehearsal(baseUrl))
    return {
      check: "sender",
      state: "doubtful",
      note:
        group === undefined
          ? "Se la chiave API è di questo ente, sul servizio reale lo dice solo una richiesta vera: qui non se ne fanno."
          : `Se la chiave API è di questo ente, e se può usare il gruppo «${group}», sul servizio reale lo dice solo una richiesta vera: SEND non ha un elenco dei gruppi, e qui richieste non se ne fanno.`,
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
  const errors = readSendErrors(answer);
  const codes: readonly string[] = errors.map(({ code }) => code);
  if (codes.includes("PN_DELIVERY_INVALIDPARAMETER_GROUP"))
    return diagnoseGroup(access, judgeGroup(access.settings.group, errors));
  return diagnoseRefusal(access, answer, codes[0]);
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

/** The key is the ente's; whether its group is right is told by a SEND that names the groups, otherwise by the first request. */
function diagnoseGroup(
  { sender, settings: { group } }: SendAccess,
  verdict: GroupVerdict,
): Diagnosis {
  const owner = `La chiave API è dell'ente ${sender.taxId}.`;
  if (verdict.status === "unknown")
    return {
      check: "sender",
      state: "bad",
      note: `${owner} Il gruppo «${group ?? ""}» non è fra quelli che può usare su SEND.`,
      hint: buildGroupRemedy(verdict.known).technical,
    };
  if (verdict.status === "missing")
    return {
      check: "sender",
      state: "bad",
      note: `${owner} È legata a gruppi, e il file dell'ente non ne indica alcuno.`,
      hint: buildGroupRemedy(verdict.known).technical,
    };
  if (verdict.status === "good")
    return { check: "sender", state: "good", note: `${owner} Il gruppo «${group ?? ""}» c'è.` };
  const untold =
    group === undefined
      ? "Se è legata a gruppi serve anche send.group: SEND lo dice soltanto al primo verbale."
      : `Il gruppo «${group}» SEND lo controlla soltanto al primo verbale.`;
  return { check: "sender", state: "good", note: `${owner} ${untold}` };
}

/** What SEND refuses of every request of the ente, whatever it holds. */
const runCodes: ReadonlySet<string> = new Set([
  "PN_DELIVERY_SEND_IS_DISABLED",
  "PN_GENERIC_INVALIDPARAMETER_TAXONOMYCODE",
]);
