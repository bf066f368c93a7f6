/** Asks SEND for the groups of an ente and of its key, by a request that cannot become a notification. */
import { RetryLater, RunBlocked } from "../../../engine/host/errors.ts";
import type { Setting } from "../../../engine/host/hint.ts";
import { NoAnswer } from "../../../engine/host/http.ts";
import { requestLimits, type WireError, type WireRequest } from "../wire.ts";
import { createSendCall, type SendAccess } from "./call.ts";
import { readSendErrors, sendCallError } from "./faults.ts";

const groupCode = "PN_DELIVERY_INVALIDPARAMETER_GROUP";

/** No group of any ente is called so. */
const noGroup = "postino-doctor-questo-gruppo-non-esiste";

/** What SEND's answer tells of the ente's group; `untold`: nothing, the first request will. */
export type GroupVerdict =
  | { readonly status: "good" | "untold" }
  | {
      readonly status: "unknown" | "missing";
      /** Those that a request may name. */
      readonly known: readonly string[];
    };

/**
 * Asks for the ente's group before anything of a run is touched. Throws RunBlocked `SEND_GROUP_UNKNOWN` when SEND tells
 * which groups there are and ours is none of them. Asked of simulators and test environments only, see `isRehearsal`.
 */
export async function requireGroup(access: SendAccess, signal?: AbortSignal): Promise<void> {
  const { apiVersion, baseUrl, group } = access.settings;
  if (group === undefined || !isRehearsal(baseUrl)) return;
  const answer = await createSendCall(access)({
    method: "POST",
    path: requestLimits[apiVersion].path,
    json: buildImpossibleRequest(access),
    signal,
  }).catch((error: unknown) => {
    // SEND that does not answer now says nothing of its groups: the first request asks again.
    if (error instanceof NoAnswer || error instanceof RetryLater) return null;
    throw error;
  });
  if (answer === null) return;
  const fault = sendCallError(answer, access.clock.now());
  const isOfGroup = fault.code === groupCode;
  // What else would meet every verbale: a key of another ente, SEND not active for it.
  if (fault instanceof RunBlocked && !isOfGroup) throw fault;
  const verdict = judgeGroup(group, readSendErrors(answer));
  if (verdict.status !== "unknown") return;
  throw new RunBlocked(
    "SEND_GROUP_UNKNOWN",
    `Il gruppo «${group}» non è fra quelli che la chiave API di questo ente può usare su SEND.`,
    {
      ofRun: "Nulla è stato inviato.",
      hint: { action: "resume", setting: buildGroupRemedy(verdict.known) },
    },
  );
}

/** Where the right group is to be had. */
export function buildGroupRemedy(known: readonly string[]): Setting {
  if (known.length === 0)
    return {
      ask: "indicare un gruppo attivo, com'è sul portale di SEND",
      technical: "Indicare in send.group il codice di un gruppo attivo, com'è sul portale di SEND.",
    };
  const names = known.join(", ");
  return {
    ask: `indicare uno dei gruppi della chiave di SEND: ${names}`,
    technical: `Indicare in send.group uno dei gruppi della chiave: ${names}.`,
  };
}

/** What A-6 tells of the groups that there are. Source: pn-delivery GroupValidator; versions before it tell those of the key alone. */
export function judgeGroup(
  group: string | undefined,
  errors: readonly Pick<WireError, "detail">[],
): GroupVerdict {
  const details = errors.map(({ detail }) => detail ?? "");
  const ofKey = readList(details, "cx_groups");
  const ofEnte = readList(details, "pa_groups");
  const known = (ofKey ?? ofEnte ?? []).filter((name) => ofEnte?.includes(name) ?? true);
  if (group === undefined)
    return ofKey === null ? { status: "untold" } : { status: "missing", known };
  if (ofKey === null && ofEnte === null) return { status: "untold" };
  return known.includes(group) ? { status: "good" } : { status: "unknown", known };
}

/** `[a, b]`, or the fields of each: `[PaGroup(id=a, name=…), …]`; `null`: nobody tells. */
function readList(
  details: readonly string[],
  name: "pa_groups" | "cx_groups",
): readonly string[] | null {
  const begin = `${name}=[`;
  const detail = details.find((text) => text.includes(begin) && text.includes("]"));
  if (detail === undefined) return null;
  const text = detail.slice(detail.indexOf(begin) + begin.length, detail.lastIndexOf("]"));
  const ids = [...text.matchAll(/\bid[=:]\s*([^,)\s]+)/g)].map(([, id = ""]) => id);
  return ids.length > 0 ? ids : text.split(",").flatMap((word) => word.trim() || []);
}

/** A simulator on this machine, or SEND's test environment: a request to the real service is a legal matter, even one that is refused. */
export function isRehearsal(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return (
    /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(hostname) ||
    /(^|\.)uat\./.test(hostname) ||
    /\.(example|test|invalid)$/.test(hostname)
  );
}

/** Refused in any case, before anything is stored: its group does not exist, and its document was never uploaded. */
export function buildImpossibleRequest({ settings, sender }: SendAccess): WireRequest {
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
