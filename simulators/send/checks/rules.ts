/** Layers D and A of the simulated SEND: pn-delivery's checks of a request, in its order, with its codes and texts. */
import type { Environment, SimulatedKey } from "../options.ts";
import { isTaxIdAccepted } from "./taxid.ts";
import type {
  WireAddress,
  WireError,
  WireRecipient,
  WireRequest,
} from "../../../integrations/send/wire.ts";
import { checkAttachments } from "./attachments.ts";
import { generic, deliveryError } from "../problem.ts";

// The gateway looks for the pattern anywhere in the text, pn-delivery's bean validation wants all of it.
const wholeTaxId =
  /^(?:[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z]{1}[0-9LMNPQRSTUV]{2}[A-Z]{1}[0-9LMNPQRSTUV]{3}[A-Z]{1}|[0-9]{11})$/;
const allowedLanguages: ReadonlySet<string> = new Set(["DE", "FR", "SL"]);

/** What SEND answers 400 with; empty when the request passes both layers. `sentThisMonth` is asked for only when the key has a cap. */
export function checkDelivery(
  request: WireRequest,
  key: SimulatedKey,
  environment: Environment,
  sentThisMonth: () => number,
): readonly WireError[] {
  const early = earlyError(request, key, environment);
  if (early !== null) return [early];
  const errors = [
    ...checkFees(request),
    ...request.recipients.flatMap((recipient, index) =>
      checkWireRecipient(recipient, index, environment),
    ),
    ...checkDuplicates(request),
    ...checkAttachments(request, environment),
  ];
  if (errors.length > 0) return errors;
  // V-18 is looked at only when all else is well.
  const ofPilot = environment.isMvp ? checkMvp(request) : [];
  return ofPilot.length > 0 ? ofPilot : checkLate(request, key, environment, sentThisMonth);
}

/** V-0 to V-3: each returns alone. */
function earlyError(
  request: WireRequest,
  key: SimulatedKey,
  environment: Environment,
): WireError | null {
  if (environment.checkTaxonomy && !environment.taxonomyCodes.has(request.taxonomyCode))
    return {
      code: `${generic}_TAXONOMYCODE`,
      element: "taxonomyCode",
      detail: `taxonomyCode ${request.taxonomyCode} is not valid`,
    };
  if (key.isSendEnabled === false)
    return deliveryError("SEND is disabled for this sender", "PN_DELIVERY_SEND_IS_DISABLED");
  if (request.documents.length > environment.maxDocuments)
    return deliveryError("Max attachment count reached");
  if (request.recipients.length > environment.maxRecipients)
    return deliveryError("Max recipient count reached");
  return null;
}

/** V-4 and V-8. */
function checkFees(request: WireRequest): readonly WireError[] {
  const errors: WireError[] = [];
  const isDelivery = request.notificationFeePolicy === "DELIVERY_MODE";
  if (isDelivery && (request.paFee === undefined || request.vat === undefined))
    errors.push(
      deliveryError(
        "paFee or vat field not filled in for notification with notificationFeePolicy DELIVERY_MODE",
      ),
    );
  for (const { payments = [] } of request.recipients) {
    for (const [label, field] of [
      ["PagoPA", "pagoPa"],
      ["F24", "f24"],
    ] as const) {
      const flags = payments.flatMap((payment) => payment[field]?.applyCost ?? []);
      if (flags.length === 0) continue;
      const isAnySet = flags.includes(true);
      if (isDelivery && !isAnySet)
        errors.push(
          deliveryError(`${label} applyCostFlg must be valorized for at least one payment`),
        );
      if (!isDelivery && isAnySet)
        errors.push(deliveryError(`${label} applyCostFlg must not be valorized for any payment`));
    }
  }
  return errors;
}

/** V-5, V-6, V-9, V-12 to V-16. */
function checkWireRecipient(
  recipient: WireRecipient,
  index: number,
  environment: Environment,
): readonly WireError[] {
  const errors: WireError[] = [];
  const { recipientType, taxId, physicalAddress } = recipient;
  if (recipientType === "PG" && !/^[0-9]+$/.test(taxId))
    errors.push(deliveryError(`SEND accepts only numerical taxId for PG recipient ${index}`));
  if (!wholeTaxId.test(taxId))
    errors.push({
      code: `${generic}_PATTERN`,
      element: `recipients[${index}].taxId`,
      detail: `must match "${wholeTaxId.source}"`,
    });
  if (!isTaxIdGood(taxId, recipientType, environment))
    errors.push(deliveryError(`Invalid taxId for recipient ${index}`));
  for (const { f24 } of recipient.payments ?? [])
    if (f24 !== undefined && f24.title.trim() === "")
      errors.push(deliveryError("F24 description is mandatory"));
  errors.push(...checkDenomination("denomination", recipient.denomination, index, environment));
  if (physicalAddress === undefined) {
    if (!environment.addressLookup) errors.push(deliveryError("PhysicalAddress cannot be null"));
    return errors;
  }
  if (physicalAddress.at !== undefined)
    errors.push(...checkDenomination("at", physicalAddress.at, index, environment));
  return [...errors, ...checkWireAddress(physicalAddress, index, environment)];
}

/** V-6: the lists, the control character, and where it is asked the registry. */
export function isTaxIdGood(taxId: string, type: "PF" | "PG", environment: Environment): boolean {
  const { taxIdBlackList, taxIdWhiteList, registry, inactiveTaxIds, isRegistryDown } = environment;
  const isListed = taxIdWhiteList.has(taxId);
  if (!isListed && (taxIdBlackList.has(taxId) || !isTaxIdAccepted(taxId, type))) return false;
  return registry !== "request" || isRegistryDown || !inactiveTaxIds.has(taxId);
}

/** V-16. */
function checkDenomination(
  field: string,
  value: string,
  index: number,
  { denominationLength, denominationExcluded }: Environment,
): readonly WireError[] {
  const errors: WireError[] = [];
  if (value.trim().length > denominationLength)
    errors.push(
      deliveryError(
        `Field ${field} in recipient ${index} exceed max length of ${denominationLength} chars`,
      ),
    );
  const isLatin = /^[\u0020-\u007E\u00A0-\u00FF]*$/.test(value);
  if (!isLatin || Array.from(denominationExcluded).some((character) => value.includes(character)))
    errors.push(deliveryError(`Field ${field} in recipient ${index} contains invalid characters.`));
  return errors;
}

const addressFields = [
  "address",
  "addressDetails",
  "province",
  "foreignState",
  "at",
  "zip",
  "municipality",
  "municipalityDetails",
] as const;

/** V-13 to V-15. */
function checkWireAddress(
  address: WireAddress,
  index: number,
  { addressCharset, addressRowLength }: Environment,
): readonly WireError[] {
  const errors: WireError[] = [];
  if (addressCharset !== null) {
    const allowed = new RegExp(`^[${addressCharset}]*$`);
    for (const field of addressFields)
      if (!allowed.test(address[field] ?? ""))
        errors.push(
          deliveryError(`Field ${field} in recipient ${index} contains invalid characters.`),
        );
  }
  const rows: readonly (readonly [string, readonly (string | undefined)[]])[] = [
    ["at and municipalityDetails", [address.at, address.municipalityDetails]],
    ["addressDetails", [address.addressDetails]],
    ["address", [address.address]],
    ["zip, municipality and Province", [address.zip, address.municipality, address.province]],
    ["foreignState", [address.foreignState]],
  ];
  for (const [name, parts] of rows) {
    const row = parts
      .filter((part) => part !== undefined)
      .map((part) => part.trim())
      .join(" ")
      .trim();
    if (row.length > addressRowLength)
      errors.push(
        deliveryError(
          `Field ${name} in recipient ${index} exceed max length of ${addressRowLength} chars`,
        ),
      );
  }
  const state = (address.foreignState ?? "").trim().toUpperCase();
  if ((address.province ?? "").trim() === "" && (state === "" || state.startsWith("ITAL")))
    errors.push(deliveryError("No province provided in physical address"));
  return errors;
}

/** V-7 and V-10. */
function checkDuplicates(request: WireRequest): readonly WireError[] {
  const errors: WireError[] = [];
  const taxIds = new Set<string>();
  const notices = new Set<string>();
  for (const [recipientIndex, recipient] of request.recipients.entries()) {
    if (taxIds.has(recipient.taxId)) errors.push(deliveryError("Duplicated recipient taxId"));
    taxIds.add(recipient.taxId);
    for (const [paymentIndex, { pagoPa }] of (recipient.payments ?? []).entries()) {
      if (pagoPa === undefined) continue;
      const iuv = `${pagoPa.creditorTaxId}${pagoPa.noticeCode}`;
      if (notices.has(iuv))
        errors.push(
          deliveryError(
            `Duplicated iuv { ${iuv} } on recipient with index ${recipientIndex} in payment with index ${paymentIndex}`,
          ),
        );
      notices.add(iuv);
    }
  }
  return errors;
}

/** V-18. */
function checkMvp(request: WireRequest): readonly WireError[] {
  const errors: WireError[] = [];
  if (request.recipients.length > 1) errors.push(deliveryError("Max one recipient"));
  if (request.recipients.some(({ payments = [] }) => payments.length === 0))
    errors.push(deliveryError("No recipient payment"));
  return errors;
}

/** V-19 and layer A. */
function checkLate(
  request: WireRequest,
  key: SimulatedKey,
  environment: Environment,
  sentThisMonth: () => number,
): readonly WireError[] {
  const languages = request.additionalLanguages ?? [];
  if (languages.length > 1)
    return [deliveryError("Only one additional language", "PN_DELIVERY_REQUIREDADDITIONALLANG")];
  if (languages.some((language) => !allowedLanguages.has(language)))
    return [deliveryError("Language not allowed", "PN_DELIVERY_INVALIDADDITIONALLANGS")];
  if (environment.checkSenderTaxId && request.senderTaxId !== key.paTaxId)
    return [
      deliveryError(
        "senderTaxId is not the one of the PA that owns the API key",
        "PN_DELIVERY_INVALID_SENDER_TAX_ID",
      ),
    ];
  const ofGroup = checkGroup(request.group, key);
  if (ofGroup.length > 0) return ofGroup;
  if (key.monthlyCap !== undefined && sentThisMonth() >= key.monthlyCap)
    return [
      deliveryError(
        "Monthly notification limit exceeded",
        "PN_DELIVERY_NOTIFICATION_LIMIT_EXCEEDED",
      ),
    ];
  return [];
}

/** the group must be one of the PA's that are active, and one of the key's. Source: pn-delivery GroupValidator. */
function checkGroup(group: string | undefined, key: SimulatedKey): readonly WireError[] {
  const { groups = [], paGroups = groups } = key;
  const code = "PN_DELIVERY_INVALIDPARAMETER_GROUP";
  const ofKey = `cx_groups=[${groups.join(", ")}]`;
  if (group === undefined || group.trim() === "")
    return groups.length === 0 ? [] : [deliveryError(`Specify a group in ${ofKey}`, code)];
  const errors: WireError[] = [];
  const ofPa = paGroups.map((id) => `PaGroup(id=${id}, name=null, description=null, status=null)`);
  if (!paGroups.includes(group))
    errors.push({
      code,
      element: group,
      detail: `Group=${group} not present or suspended/deleted in pa_groups=[${ofPa.join(", ")}]`,
    });
  if (groups.length > 0 && !groups.includes(group))
    errors.push({ code, element: group, detail: `Group=${group} not present in ${ofKey}` });
  return errors;
}
