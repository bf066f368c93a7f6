/** One sample case of SEND's own tests: its shape, and why a line, a field or a sentence of it is not understood. */
import { type CaseText, type Fields, isFields } from "./case-file.ts";
import { actionOf } from "./send-case-actions.ts";

export interface SendCase {
  readonly id: string;
  /** Repository and file that it was taken from. */
  readonly source: string;
  readonly kind: string;
  readonly stage: "sync" | "async";
  readonly input: Fields & {
    readonly notification?: Fields;
    readonly recipients?: readonly Fields[];
    readonly actions?: readonly string[];
  };
  readonly expect: "accepted" | "rejected";
  readonly code: string | null;
  readonly note: string;
}

const kinds: ReadonlySet<string> = new Set([
  "sync",
  "async",
  "taxid",
  "address",
  "payment",
  "document",
  "other",
]);

/** The case of a line, or why it is none. */
export function sendCaseOf({ id, fields, fault }: CaseText): SendCase | string {
  if (fault !== null) return fault;
  const { kind, stage, input, expect, code = null, note = "", source = "" } = fields;
  if (typeof kind !== "string" || !kinds.has(kind))
    return `no runner knows the kind «${told(kind)}»`;
  if (stage !== "sync" && stage !== "async") return `no runner knows the stage «${told(stage)}»`;
  if (expect !== "accepted" && expect !== "rejected")
    return `the case expects neither accepted nor rejected, but «${told(expect)}»`;
  if (code !== null && typeof code !== "string") return `the code is no text: «${told(code)}»`;
  const wrong = isFields(input) ? shapeFault(input) : "the input is no object";
  if (wrong !== null) return wrong;
  return {
    id,
    source: String(source),
    kind,
    stage,
    // Its parts were looked at just now.
    input: input as SendCase["input"],
    expect,
    code,
    note: String(note),
  };
}

function told(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
}

function shapeFault({ notification, recipients, actions }: Fields): string | null {
  if (notification !== undefined && !isFields(notification)) return "the notification is no object";
  if (recipients !== undefined && !(Array.isArray(recipients) && recipients.every(isFields)))
    return "the recipients are no list of objects";
  if (
    actions !== undefined &&
    !(Array.isArray(actions) && actions.every((action) => typeof action === "string"))
  )
    return "the actions are no list of sentences";
  return null;
}

/** Settings of SEND that a case may name, as they are named there; the cases' own runner says what each means. */
const settings =
  "denominationLength denominationValidationType excludedCharacter physicalAddressValidationPattern physicalAddressValidationLength maxAttachmentsCount maxRecipientsCount checkTaxonomyCodeEnabled enableSenderTaxIdCongruence".split(
    " ",
  );
const inputFields = new Set([
  ...settings,
  ..."notification recipients actions taxId recipientType inWhiteList inBlackList".split(" "),
]);
/** Source: NewNotificationRequestV25 of the OpenAPI. */
const notificationFields = new Set(
  "paProtocolNumber idempotenceToken subject abstract documents physicalCommunicationType notificationFeePolicy senderDenomination senderTaxId taxonomyCode group amount paymentExpirationDate paFee vat pagoPaIntMode cancelledIun additionalLanguages".split(
    " ",
  ),
);
const recipientField =
  /^(?:denomination|recipientType|taxId|digitalDomicile(?:\.(?:type|address))?|physicalAddress(?:\.(?:address|at|addressDetails|zip|municipality|municipalityDetails|province|foreignState))?|payments(?:\.count|\[\d*\]\.(?:pagoPa(?:\.(?:noticeCode|creditorTaxId|applyCost|attachment))?|f24(?:\.(?:title|applyCost))?))?)$/;

/** The first thing in a case that no runner understands; `null` when all of it is. */
export function unknownPart({ input }: SendCase): string | null {
  const name =
    Object.keys(input).find((each) => !inputFields.has(each)) ??
    Object.keys(input.notification ?? {}).find((each) => !notificationFields.has(each)) ??
    (input.recipients ?? []).flatMap(Object.keys).find((each) => !recipientField.test(each));
  if (name !== undefined) return `no runner knows the field «${name}»`;
  const sentence = (input.actions ?? []).map(actionOf).find((each) => typeof each === "string");
  return sentence === undefined ? null : `no runner knows what «${sentence}» asks for`;
}

/** Texts that the case wants in the answer's errors: what it says itself of the message. */
export function wantedTexts({ note }: SendCase): readonly string[] {
  const found = /(?:^|\| )(?:error )?message(?: contains)?: ([^|]+)/.exec(note)?.[1];
  return found === undefined ? [] : found.split(" + ").map((text) => text.trim());
}
