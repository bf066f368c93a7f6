/** The asynchronous validation of the simulated SEND: its order of steps, its refusal codes; the first failing step ends it. */
import type { AddressBook } from "./addresses.ts";
import type { Environment, SimulatedKey, SimulatorWorld } from "../options.ts";
import type { SimulatorStore, StoredFile, StoredRequest } from "../store.ts";
import { metadataStates } from "../upload.ts";
import type { WireAttachment, WireError, WireRequest } from "../../../integrations/send/wire.ts";
import { listAttachments } from "./attachments.ts";

export interface Validator {
  readonly world: SimulatorWorld;
  readonly store: SimulatorStore;
  readonly addresses: AddressBook;
}

/** What one try of the validation finds: refusal reasons, none when SEND accepts; or a service that did not answer. */
export type Found = readonly WireError[] | "unavailable";

/** Tries the validation at `at`, or says when it is tried again. */
export function validateRequest(
  stored: StoredRequest,
  key: SimulatedKey | undefined,
  validator: Validator,
  at: number,
): { readonly refusals: readonly WireError[] } | { readonly againAt: number } {
  const found = findRefusals(stored, key, validator);
  if (found !== "unavailable") return { refusals: found };
  const againAt = computeNextTry(stored, at, validator.world);
  return againAt === null
    ? { refusals: refuse("SERVICE_UNAVAILABLE", "Servizio non disponibile") }
    : { againAt };
}

const hourMs = 3_600_000;

/** `null`: the tries are over. The waits follow each other from the first try on, so that its time tells which one this was. */
function computeNextTry(
  { createdAt }: StoredRequest,
  at: number,
  { environment, validationMs }: SimulatorWorld,
): number | null {
  let next = createdAt + validationMs;
  for (const wait of environment.validationRetriesMs) {
    next += wait;
    if (next > at) return next;
  }
  return environment.isRetriedForEver ? at + hourMs : null;
}

function findRefusals(
  stored: StoredRequest,
  key: SimulatedKey | undefined,
  validator: Validator,
): Found {
  const request = JSON.parse(stored.body) as WireRequest;
  return (
    checkPayments(request, validator) ??
    checkPdfs(request, stored, validator) ??
    checkTaxIds(request, validator) ??
    checkGrams(request, key, validator) ??
    checkMetadata(request, validator) ??
    checkAddresses(request, validator) ??
    []
  );
}

type Refusal = Found | null;

function refuse(code: string, detail: string): readonly WireError[] {
  return [{ code, detail: detail.slice(0, 1024) }];
}

function checkPayments(request: WireRequest, { world }: Validator): Refusal {
  if (request.notificationFeePolicy !== "DELIVERY_MODE" || request.pagoPaIntMode !== "ASYNC")
    return null;
  for (const recipient of request.recipients) {
    const notices = (recipient.payments ?? []).flatMap(({ pagoPa }) => pagoPa ?? []);
    if (notices.length === 0)
      return refuse("PAYMENT_NOT_VALID", "There isn't payments for recipient");
    if (world.environment.isGpdDown) return "unavailable";
    for (const { creditorTaxId, noticeCode } of notices)
      if (!world.isPayable(creditorTaxId, noticeCode))
        return refuse(
          "PAYMENT_NOT_VALID",
          `Payment information is not valid - creditorTaxId=${creditorTaxId} noticeCode=${noticeCode}`,
        );
  }
  return null;
}

function checkPdfs(
  request: WireRequest,
  stored: StoredRequest,
  { world, store }: Validator,
): Refusal {
  for (const attachment of listPdfs(request)) {
    const file = findStoredFile(attachment, store);
    if (file === null || file.uploadedAt === null)
      return refuse("FILE_NOTFOUND", "Allegati non trovati");
    if (stored.createdAt - file.uploadedAt > world.environment.fileRetentionMs)
      return refuse("FILE_GONE", "Allegati non più disponibili");
    if (file.sha256 !== attachment.digests.sha256)
      return refuse(
        "FILE_SHA_ERROR",
        `Validation failed, different sha256 expected=${attachment.digests.sha256} actual=${file.sha256}`,
      );
    if (file.isPdf === 0)
      return refuse("FILE_PDF_INVALID_ERROR", "Validation failed, file pdf check failed");
    if ((file.bytes ?? 0) > world.environment.maxFileBytes)
      return refuse(
        "FILE_PDF_TOOBIG_ERROR",
        `Validation failed, file too big, max expected=${world.environment.maxFileBytes}  actual=${file.bytes}`,
      );
  }
  return null;
}

/** The stored file of an attachment, whose key may carry the scheme. */
export function findStoredFile({ ref }: WireAttachment, store: SimulatorStore): StoredFile | null {
  return store.findFile(ref.key.replace(/^safestorage:\/\//, ""));
}

function listPdfs(request: WireRequest): readonly WireAttachment[] {
  const payments = request.recipients.flatMap((recipient) => recipient.payments ?? []);
  return [...request.documents, ...payments.flatMap(({ pagoPa }) => pagoPa?.attachment ?? [])];
}

/** Asked here only where pn-delivery does not ask in the POST. */
function checkTaxIds(request: WireRequest, { world: { environment } }: Validator): Refusal {
  if (environment.registry !== "validation") return null;
  if (environment.isRegistryDown) return "unavailable";
  return request.recipients.some(({ taxId }) => environment.inactiveTaxIds.has(taxId))
    ? refuse("TAXID_NOT_VALID", "taxId is not active in the registry")
    : null;
}

/** The 20 gram rule of a PA that is not enabled for more. */
function checkGrams(
  request: WireRequest,
  key: SimulatedKey | undefined,
  { store }: Validator,
): Refusal {
  if (key?.over20Grams !== false) return null;
  const start = `Validation failed, sender paTaxId=${request.senderTaxId} can't send mail with more than 3 sheets (20 grams).`;
  const code = "SENDER_DISABLED_MORE_THAN_20_GRAMS";
  const payments = request.recipients.flatMap((recipient) => recipient.payments ?? []);
  if (payments.some((payment) => listAttachments(payment).length > 0))
    return refuse(code, `${start} Payment attachments are disabled`);
  const pages = request.documents.map((document) => findStoredFile(document, store)?.pages ?? 0);
  const most = Math.max(...pages);
  if (pages.length === 1 && most > 4)
    return refuse(code, `${start} The attachment document exceed 4 pages. [${most}]`);
  if (pages.length === 2 && most > 2)
    return refuse(code, `${start} One of two documents exceed one sheet. [${pages.join(", ")}]`);
  if (pages.length >= 3) return refuse(code, `${start} Too many documents. [${pages.length}]`);
  return null;
}

function checkMetadata(request: WireRequest, { store }: Validator): Refusal {
  const payments = request.recipients.flatMap((recipient) => recipient.payments ?? []);
  for (const { f24 } of payments) {
    if (f24 === undefined) continue;
    const { digests } = f24.metadataAttachment;
    const file = findStoredFile(f24.metadataAttachment, store);
    const { charged, free, unknown } = metadataStates;
    // Request and metadata must agree on who carries the cost; of a content that it does not know the simulator says nothing.
    const wanted: readonly number[] = [f24.applyCost ? charged : free, unknown];
    if (file?.sha256 !== digests.sha256 || file.pages === null || !wanted.includes(file.pages))
      return refuse("F24_METADATA_NOT_VALID", "Validation failed, F24 metadata is not valid");
  }
  return null;
}

function checkAddresses(request: WireRequest, { addresses, world }: Validator): Refusal {
  const { environment } = world;
  for (const [recIndex, { physicalAddress, taxId }] of request.recipients.entries()) {
    if (physicalAddress === undefined) return [{ ...lookupFault(taxId, environment), recIndex }];
    if (environment.isNormaliserDown) return "unavailable";
    // Our own token beside UAT's: the normaliser does not answer about this one, and the tries are over.
    if (physicalAddress.address.includes("@SERVICE_UNAVAILABLE"))
      return refuse("SERVICE_UNAVAILABLE", "Servizio non disponibile");
    const fault = addresses.findFault(physicalAddress);
    if (fault !== null) return refuse("NOT_VALID_ADDRESS", fault);
  }
  return null;
}

/** An address that is looked up is never found here; only the recIndex of these reasons is told. */
function lookupFault(taxId: string, environment: Environment): WireError {
  if (environment.isRegistryDown)
    return { code: "ADDRESS_SEARCH_FAILED", detail: "Address search failed" };
  if (environment.unknownTaxIds.has(taxId))
    return { code: "RECIPIENT_ID_NOT_VALID", detail: "Recipient id not valid" };
  return { code: "ADDRESS_NOT_FOUND", detail: "Address not found" };
}
