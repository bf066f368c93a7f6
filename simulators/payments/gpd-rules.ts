/** What the simulated GPD accepts and what each state allows. Source: GPD v1 openapi, DebtPositionValidation, DebtPositionStatus. */
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";

const text140 = Type.String({ minLength: 1, maxLength: 140 });
const makeOptional = (schema: ReturnType<typeof Type.String>) =>
  Type.Optional(Type.Union([schema, Type.Null()]));
const maybeText = makeOptional(Type.String());

export const TransferBody = Type.Object({
  idTransfer: Type.String({ pattern: "^[1-5]$" }),
  amount: Type.Integer({ minimum: 1 }),
  organizationFiscalCode: maybeText,
  remittanceInformation: text140,
  category: Type.String({ minLength: 1 }),
  iban: makeOptional(Type.String({ pattern: "^[A-Za-z0-9]{1,35}$" })),
  postalIban: makeOptional(Type.String({ pattern: "^$|^[A-Za-z0-9]{1,35}$" })),
  stamp: Type.Optional(
    Type.Union([
      Type.Null(),
      Type.Object({
        hashDocument: Type.String({ maxLength: 72 }),
        stampType: Type.String({ minLength: 2, maxLength: 2 }),
        provincialResidence: Type.String({ pattern: "[A-Z]{2}" }),
      }),
    ]),
  ),
});

export const OptionBody = Type.Object({
  nav: makeOptional(Type.String({ pattern: "^[0-9]{18}$" })),
  iuv: Type.String({ minLength: 1 }),
  amount: Type.Integer({ minimum: 1 }),
  description: text140,
  isPartialPayment: Type.Boolean(),
  dueDate: Type.String({ minLength: 1 }),
  retentionDate: maybeText,
  transfer: Type.Array(TransferBody, { minItems: 1, maxItems: 5 }),
  paymentOptionMetadata: Type.Optional(
    Type.Array(
      Type.Object({ key: Type.String({ maxLength: 140 }), value: Type.String({ maxLength: 140 }) }),
      { maxItems: 10 },
    ),
  ),
});
export type OptionBody = Static<typeof OptionBody>;

/** What a caller sends to make or change a position. */
export const PositionBody = Type.Object({
  iupd: Type.String({ minLength: 1 }),
  type: Type.Union([Type.Literal("F"), Type.Literal("G")]),
  payStandIn: Type.Optional(Type.Boolean()),
  fiscalCode: Type.String({ minLength: 1 }),
  fullName: Type.String({ minLength: 1 }),
  streetName: maybeText,
  civicNumber: maybeText,
  postalCode: maybeText,
  city: maybeText,
  province: maybeText,
  region: maybeText,
  country: makeOptional(Type.String({ pattern: "^[A-Z]{2}$" })),
  email: maybeText,
  phone: maybeText,
  switchToExpired: Type.Boolean(),
  companyName: text140,
  officeName: makeOptional(Type.String({ maxLength: 140 })),
  validityDate: maybeText,
  paymentOption: Type.Array(OptionBody, { minItems: 1 }),
});
export type PositionBody = Static<typeof PositionBody>;

export type Judged =
  | { readonly status: "fine"; readonly body: PositionBody }
  | { readonly status: "bad"; readonly http: 400 | 409; readonly detail: string };

/** Judges a body as GPD does: fields first, then dates and sums. `isUpdate`: of a position that is there. */
export function judgeBody(body: unknown, nowMs: number, isUpdate = false): Judged {
  if (!Value.Check(PositionBody, body)) {
    const faults = Value.Errors(PositionBody, body).map(
      ({ instancePath, message }) => `${instancePath.slice(1).replaceAll("/", ".")}: ${message}`,
    );
    return { status: "bad", http: 400, detail: faults.slice(0, 5).join(", ") };
  }
  const detail = dateFault(body, nowMs, isUpdate) ?? transferFault(body);
  if (detail !== null) return { status: "bad", http: 400, detail };
  for (const option of body.paymentOption)
    for (const { key } of option.paymentOptionMetadata ?? [])
      if (key === "NOTIFICATION_FEE")
        return { status: "bad", http: 409, detail: "NOTIFICATION_FEE is a reserved metadata key" };
  return { status: "fine", body };
}

/**
 * In an update a due date gone by passes, unless the option would switch to expired at once.
 * Source: GPD DebtPositionValidation, isDueDateInvalid, checkPaymentPositionDatesCongruency.
 */
function dateFault(body: PositionBody, nowMs: number, isUpdate: boolean): string | null {
  const validity = body.validityDate ?? null;
  const isFree = isUpdate && !body.switchToExpired;
  const earliestMs = isFree ? Number.NEGATIVE_INFINITY : nowMs;
  const validityMs = validity === null ? earliestMs : parseGpdInstant(validity);
  if (Number.isNaN(validityMs)) return `Invalid value ${validity} for property validityDate`;
  if (validity !== null && !isUpdate && validityMs < nowMs)
    return `Dates congruence error: validity_date must be >= current_date [validity_date=${validity}]`;
  for (const { dueDate, retentionDate } of body.paymentOption) {
    const dueMs = parseGpdInstant(dueDate);
    if (Number.isNaN(dueMs)) return `Invalid value ${dueDate} for property dueDate`;
    if (dueMs < Math.max(validityMs, earliestMs))
      return `Dates congruence error: due_date must be >= validity_date (if provided) or due_date must be >= current_date [due_date=${dueDate}; validity_date=${validity}]`;
    if (typeof retentionDate === "string" && parseGpdInstant(retentionDate) < dueMs)
      return `Dates congruence error: retention_date must be >= due_date [retention_date=${retentionDate}; due_date=${dueDate}]`;
  }
  return null;
}

function transferFault(body: PositionBody): string | null {
  for (const { amount, transfer } of body.paymentOption) {
    let total = 0;
    for (const part of transfer) {
      const hasStamp = part.stamp !== undefined && part.stamp !== null;
      const hasIban = (part.iban ?? "") !== "";
      const hasPostalIban = (part.postalIban ?? "") !== "";
      if (hasStamp === hasIban || (hasStamp && hasPostalIban))
        return "Iban and Stamp are mutually exclusive. One of them is required.";
      total += part.amount;
    }
    if (total !== amount)
      return `Amounts congruence error: payment option amount must coincide with the total of the transfers amount [payment_option_amount(in cent)=${amount}; total_tranfers_amount(in cent)=${total}]`;
  }
  return null;
}

/** Milliseconds of a date-time; without a zone it is UTC, as GPD takes it. */
export function parseGpdInstant(dateTime: string): number {
  return Date.parse(/(Z|[+-]\d{2}:?\d{2})$/.test(dateTime) ? dateTime : `${dateTime}Z`);
}

/** What may be asked of a position; `paid` comes from outside or from a receipt. */
export type GpdAction = "publish" | "invalidate" | "update" | "delete";

const allowed: Readonly<Record<GpdAction, readonly string[]>> = {
  publish: ["DRAFT"],
  invalidate: ["PUBLISHED", "VALID"],
  update: ["DRAFT", "PUBLISHED", "VALID", "EXPIRED"],
  delete: ["DRAFT", "PUBLISHED", "VALID", "INVALID", "EXPIRED"],
};

/** Whether the state allows the action; otherwise GPD answers 409. */
export function isAllowed(action: GpdAction, status: string): boolean {
  return allowed[action].includes(status);
}
