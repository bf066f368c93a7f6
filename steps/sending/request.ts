/** A signed verbale as a request to SEND: which files go, to whom, with which payments. */
import type { SendFileRef, SendRequest } from "../../integrations/send/port.ts";
import type { DocumentFile, Payment, Validation } from "../schemas/fields.ts";
import type { Verbale } from "../schemas/verbale.ts";
import { listAddressees, listOwnOptions, type Addressee } from "../recipients/addressees.ts";
import { assertWeight } from "./weight.ts";

/** The fields of an item that the request is made of. */
export interface SendingData {
  readonly verbale: Verbale;
  readonly validation: Validation;
  readonly payment: Payment;
  readonly signedDocuments: readonly DocumentFile[];
  /** Absent: no step asked for a protocol number. */
  readonly protocolled?: { readonly number: string };
}

export interface SendingOptions {
  /** Begins the label of every file: the item key. */
  readonly label: string;
  readonly documentTitle: string;
  readonly attachNotice: boolean;
  /** False: SEND lets this ente send no payment attachment, and few pages. */
  readonly over20Grams: boolean;
}

export interface FileToSend {
  readonly label: string;
  readonly document: DocumentFile;
}

/** The files to upload, each once. Throws ItemRejected when they are heavier than the ente may send. */
export function listFilesToSend(data: SendingData, options: SendingOptions): readonly FileToSend[] {
  const { documents, notices } = planFiles(data, options);
  const sent = [...documents, ...notices.values()];
  if (!options.over20Grams) assertWeight(sent);
  return sent.map((document) => ({ label: buildLabel(document, options), document }));
}

interface Plan {
  readonly documents: readonly DocumentFile[];
  /** By the notice code whose payment carries it. */
  readonly notices: ReadonlyMap<string, DocumentFile>;
}

/**
 * Which file goes where. SEND refuses the same file twice in one request, so each goes once:
 * a notice that shows both amounts is attached to the first payment only.
 */
function planFiles({ payment, signedDocuments }: SendingData, options: SendingOptions): Plan {
  const used = new Set<string>();
  const take = (document: DocumentFile): boolean => {
    if (used.has(document.sha256)) return false;
    used.add(document.sha256);
    return true;
  };
  const documents = signedDocuments.filter(({ role }) => role === "verbale").filter(take);
  const notices = new Map<string, DocumentFile>();
  if (!options.attachNotice || !options.over20Grams) return { documents, notices };
  for (const { noticeCode } of payment.options) {
    const notice = signedDocuments.find(
      ({ role, noticeCodes, sha256 }) =>
        role === "notice" && noticeCodes?.includes(noticeCode) === true && !used.has(sha256),
    );
    if (notice !== undefined && take(notice)) notices.set(noticeCode, notice);
  }
  return { documents, notices };
}

function buildLabel(document: DocumentFile, { label }: SendingOptions): string {
  return `${label}/${document.sha256}`;
}

/** What the request is called and about. */
export interface RequestNames {
  readonly protocol: string;
  readonly idempotenceToken: string;
  readonly subject: string;
}

/** The request; `refs` are the uploaded files by label. */
export function buildVerbaleRequest(
  data: SendingData,
  refs: readonly SendFileRef[],
  options: SendingOptions & RequestNames,
): SendRequest {
  const byLabel = new Map(refs.map((ref) => [ref.label, ref]));
  const requireRef = (document: DocumentFile): SendFileRef => {
    const ref = byLabel.get(buildLabel(document, options));
    if (ref === undefined) throw new Error(`document not uploaded: ${document.name}`);
    return ref;
  };
  const { documents, notices } = planFiles(data, options);
  const { creditorTaxId } = data.payment;
  return {
    protocol: options.protocol,
    idempotenceToken: options.idempotenceToken,
    subject: options.subject,
    recipients: listAddressees(data.verbale, data.validation).map((addressee) => ({
      ...toRecipient(addressee),
      payments: listOwnOptions(data.payment, addressee.index).map(({ noticeCode }) => {
        const notice = notices.get(noticeCode);
        const attachment = notice === undefined ? {} : { attachment: requireRef(notice) };
        return { noticeCode, creditorTaxId, ...attachment };
      }),
    })),
    documents: documents.map((document, index) => ({
      title: index === 0 ? options.documentTitle : `${options.documentTitle} (${index + 1})`,
      file: requireRef(document),
    })),
  };
}

function toRecipient({
  destinatario,
  taxId,
  denomination,
  address,
}: Addressee): Omit<SendRequest["recipients"][number], "payments"> {
  const pec = destinatario.pec?.trim() ?? "";
  return {
    type: destinatario.tipo,
    taxId,
    denomination,
    ...(pec === "" ? {} : { pec }),
    address: {
      ...address,
      ...(address.stato !== undefined && { foreignState: address.stato }),
    },
  };
}
