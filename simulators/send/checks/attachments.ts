/** What SEND asks of the files of a request: keys, types, and no file twice. */
import type { Environment } from "../options.ts";
import type {
  WireAttachment,
  WireError,
  WirePayment,
  WireRequest,
} from "../../../integrations/send/wire.ts";
import { deliveryError } from "../problem.ts";

/** V-11 and V-17. */
export function checkAttachments(
  request: WireRequest,
  environment: Environment,
): readonly WireError[] {
  const errors: WireError[] = [];
  const same = deliveryError("Same attachment compares more then once in the same request");
  const documents = new Set<string>();
  for (const document of request.documents) {
    if (environment.checkDocumentKeys && !document.ref.key.includes("PN_NOTIFICATION_ATTACHMENTS"))
      errors.push(
        deliveryError(
          `Document Attachments key ${document.ref.key} does not contain the expected value: PN_NOTIFICATION_ATTACHMENTS`,
        ),
      );
    const mark = buildMark(document);
    if (documents.has(mark)) errors.push(same);
    documents.add(mark);
  }
  for (const recipient of request.recipients) {
    const seen = new Set(documents);
    for (const attachment of (recipient.payments ?? []).flatMap(listAttachments)) {
      if (!hasFittingKey(attachment))
        errors.push(
          deliveryError(
            `Key: ${attachment.ref.key} does not conform to the expected content type: ${attachment.contentType}`,
          ),
        );
      const mark = buildMark(attachment);
      if (seen.has(mark)) errors.push(same);
      seen.add(mark);
    }
  }
  return errors;
}

export function buildMark({ ref, digests }: WireAttachment): string {
  return `${ref.key} ${digests.sha256}`;
}

/** The attachments of one payment. */
export function listAttachments({ pagoPa, f24 }: WirePayment): readonly WireAttachment[] {
  return [pagoPa?.attachment ?? [], f24?.metadataAttachment ?? []].flat();
}

export function hasFittingKey({ ref, contentType }: WireAttachment): boolean {
  return contentType === "application/json"
    ? ref.key.includes("PN_F24_META") && !ref.key.endsWith(".pdf")
    : ref.key.includes("PN_NOTIFICATION_ATTACHMENTS") && !ref.key.endsWith(".json");
}
