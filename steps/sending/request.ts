/** A signed verbale as a request to SEND: which files go, to whom, with which payments; used by transmit. */
import { ItemRejected } from "../../engine/errors.ts";
import type { SendFileRef, SendRequest } from "../../integrations/send/port.ts";
import type { DocumentFile, Payment, Validation } from "../schemas/fields.ts";
import type { Verbale } from "../schemas/verbale.ts";

/** The fields of an item that the request is made of. */
export interface SendingData {
  readonly verbale: Verbale;
  readonly validation: Validation;
  readonly payment: Payment;
  readonly signedDocuments: readonly DocumentFile[];
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

/** The files to upload. Throws ItemRejected when they are heavier than the ente may send. */
export function filesToSend(data: SendingData, options: SendingOptions): readonly FileToSend[] {
  const sent = data.signedDocuments.filter((document) => isSent(document, options));
  if (!options.over20Grams) checkWeight(sent);
  return sent.map((document) => ({ label: labelOf(document, options), document }));
}

function isSent({ role }: DocumentFile, { attachNotice, over20Grams }: SendingOptions): boolean {
  return role === "verbale" || (attachNotice && over20Grams);
}

function labelOf(document: DocumentFile, { label }: SendingOptions): string {
  return `${label}/${document.sha256}`;
}

// Source: pn-delivery-push-validator: 1 document of 4 pages, or 2 of 2 pages.
function checkWeight(documents: readonly DocumentFile[]): void {
  const most = Math.max(0, ...documents.map(({ pages }) => pages));
  const isTooHeavy = documents.length > 2 || most > 4 || (documents.length === 2 && most > 2);
  if (isTooHeavy)
    throw new ItemRejected(
      "SENDER_DISABLED_MORE_THAN_20_GRAMS",
      `I documenti superano 20 grammi (${documents.length} file, fino a ${most} pagine) e l'ente non è abilitato. Nulla è stato inviato.`,
      {
        hint: "Accorciare i documenti, oppure chiedere a PagoPA l'abilitazione e togliere over20Grams: false dal file dell'ente.",
      },
    );
}

/** What the request is called and about. */
export interface RequestNames {
  readonly protocol: string;
  readonly idempotenceToken: string;
  readonly subject: string;
}

/** The request; `refs` are the uploaded files by label. */
export function requestOf(
  data: SendingData,
  refs: readonly SendFileRef[],
  options: SendingOptions & RequestNames,
): SendRequest {
  const byLabel = new Map(refs.map((ref) => [ref.label, ref]));
  const verbali = data.signedDocuments.filter(({ role }) => role === "verbale");
  return {
    protocol: options.protocol,
    idempotenceToken: options.idempotenceToken,
    subject: options.subject,
    recipients: [
      {
        ...recipientOf(data),
        payments: paymentsOf(data, byLabel, options),
      },
    ],
    documents: verbali.map((document, index) => {
      const file = byLabel.get(labelOf(document, options));
      if (file === undefined) throw new Error(`document not uploaded: ${document.name}`);
      const title = options.documentTitle;
      return { title: index === 0 ? title : `${title} (${index + 1})`, file };
    }),
  };
}

function recipientOf({
  verbale,
  validation,
}: SendingData): Omit<SendRequest["recipients"][number], "payments"> {
  const { via, civico, presso, dettagli, cap, comune, frazione, provincia } = validation.address;
  const pec = verbale.destinatario.pec?.trim() ?? "";
  return {
    type: verbale.destinatario.tipo,
    taxId: validation.taxId,
    denomination: validation.denomination,
    ...(pec === "" ? {} : { pec }),
    address: {
      address: civico === undefined ? via : `${via} ${civico}`,
      ...(presso === undefined ? {} : { at: presso }),
      ...(dettagli === undefined ? {} : { details: dettagli }),
      zip: cap,
      municipality: comune,
      ...(frazione === undefined ? {} : { municipalityDetails: frazione }),
      province: provincia,
    },
  };
}

/** A notice that shows both amounts is attached to the first only: SEND refuses the same attachment twice. */
function paymentsOf(
  { payment, signedDocuments }: SendingData,
  byLabel: ReadonlyMap<string, SendFileRef>,
  options: SendingOptions,
): SendRequest["recipients"][number]["payments"] {
  const free = new Set(
    signedDocuments.filter((document) => document.role === "notice" && isSent(document, options)),
  );
  return payment.options.map(({ noticeCode }) => {
    const { creditorTaxId } = payment;
    const notice = Array.from(free).find(({ noticeCodes }) => noticeCodes?.includes(noticeCode));
    const attachment = notice === undefined ? undefined : byLabel.get(labelOf(notice, options));
    if (notice === undefined || attachment === undefined) return { noticeCode, creditorTaxId };
    free.delete(notice);
    return { noticeCode, creditorTaxId, attachment };
  });
}
