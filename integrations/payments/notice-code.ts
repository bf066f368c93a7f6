/** Notice codes (18 digits) and IUVs: made with auxiliary digit 3, read with 0 to 3. */

/** The fields of a notice code, by its auxiliary digit. Source: SACI 3.0, table 2. */
export type NoticeCodeParts =
  | {
      readonly auxDigit: "0";
      /** 2 digits. */
      readonly applicationCode: string;
      /** 13 digits. */
      readonly base: string;
      /** 2 digits. */
      readonly checkDigits: string;
    }
  /** `base`: 17 digits, no check digits. */
  | { readonly auxDigit: "1"; readonly base: string }
  /** `base`: 15 digits. */
  | { readonly auxDigit: "2"; readonly base: string; readonly checkDigits: string }
  | {
      readonly auxDigit: "3";
      /** 2 digits, given by PagoPA to the creditor. */
      readonly segregationCode: string;
      /** 13 digits. */
      readonly base: string;
      readonly checkDigits: string;
    };

/** A pair that names one way to pay: the IUV is the notice code without what stands before it. */
export interface PaymentCode {
  /** 17 digits when made here. */
  readonly iuv: string;
  /** 18 digits. */
  readonly noticeCode: string;
}

const largestNumber = 9_999_999_999_999;

/** The two check digits of the first 16 digits of a notice code: their number modulo 93. Source: SACI 3.0. */
export function computeCheckDigits(first16: string): string {
  if (!/^[0-9]{16}$/.test(first16)) throw new RangeError("check digits need 16 digits");
  return (BigInt(first16) % 93n).toString().padStart(2, "0");
}

/**
 * The code of a number below a segregation code, auxiliary digit 3: the only one that may still be given out.
 * Throws RangeError when the segregation code is not two digits or the number does not fit in 13.
 */
export function makePaymentCode(segregationCode: string, number: number): PaymentCode {
  if (!/^[0-9]{2}$/.test(segregationCode))
    throw new RangeError(`segregation code must be two digits, got "${segregationCode}"`);
  if (!Number.isSafeInteger(number) || number < 0 || number > largestNumber)
    throw new RangeError(`number must be an integer of at most 13 digits, got ${number}`);
  const base = number.toString().padStart(13, "0");
  const checkDigits = computeCheckDigits(`3${segregationCode}${base}`);
  const noticeCode = joinNoticeCode({ auxDigit: "3", segregationCode, base, checkDigits });
  return { iuv: extractIuv(noticeCode), noticeCode };
}

/** The fields of a notice code, or `null` when it is not 18 digits beginning with 0, 1, 2 or 3. */
export function parseNoticeCode(noticeCode: string): NoticeCodeParts | null {
  if (!/^[0-3][0-9]{17}$/.test(noticeCode)) return null;
  const checkDigits = noticeCode.slice(16);
  switch (noticeCode.slice(0, 1)) {
    case "0":
      return {
        auxDigit: "0",
        applicationCode: noticeCode.slice(1, 3),
        base: noticeCode.slice(3, 16),
        checkDigits,
      };
    case "1":
      return { auxDigit: "1", base: noticeCode.slice(1) };
    case "2":
      return { auxDigit: "2", base: noticeCode.slice(1, 16), checkDigits };
    default:
      return {
        auxDigit: "3",
        segregationCode: noticeCode.slice(1, 3),
        base: noticeCode.slice(3, 16),
        checkDigits,
      };
  }
}

/** Puts the fields together as they stand; throws RangeError when the result is no notice code. */
export function joinNoticeCode(parts: NoticeCodeParts): string {
  const joined = listFields(parts).join("");
  const again = parseNoticeCode(joined);
  if (again === null || listFields(again).join("|") !== listFields(parts).join("|"))
    throw new RangeError(`the fields make no notice code of auxiliary digit ${parts.auxDigit}`);
  return joined;
}

function listFields(parts: NoticeCodeParts): readonly string[] {
  if (parts.auxDigit === "0")
    return [parts.auxDigit, parts.applicationCode, parts.base, parts.checkDigits];
  if (parts.auxDigit === "1") return [parts.auxDigit, parts.base];
  if (parts.auxDigit === "2") return [parts.auxDigit, parts.base, parts.checkDigits];
  return [parts.auxDigit, parts.segregationCode, parts.base, parts.checkDigits];
}

/** The IUV inside a notice code: its last 15 digits after auxiliary digit 0, else its last 17. Throws RangeError on no notice code. */
export function extractIuv(noticeCode: string): string {
  if (parseNoticeCode(noticeCode) === null) throw new RangeError("not a notice code");
  return noticeCode.slice(noticeCode.startsWith("0") ? 3 : 1);
}

/**
 * What is odd about a code that others gave out, in Italian; `null` when nothing is. Never a reason to refuse it:
 * checking the digits is optional and published codes break the rule (302000100000019421 should end in 14).
 */
export function checkNoticeCode(noticeCode: string): string | null {
  const parts = parseNoticeCode(noticeCode);
  if (parts === null)
    return "Il codice avviso non è di 18 cifre oppure non comincia con una cifra da 0 a 3.";
  if (parts.auxDigit === "1") return null;
  const expected = computeCheckDigits(noticeCode.slice(0, 16));
  if (parts.checkDigits === expected) return null;
  return `Le cifre di controllo del codice avviso sono ${parts.checkDigits}, attese ${expected}.`;
}

/** Creditor's tax id (11 digits) and notice code: what the payment node calls a payment, 29 digits. Throws RangeError on other lengths. */
export function buildRptId(creditorTaxId: string, noticeCode: string): string {
  if (!/^[0-9]{11}$/.test(creditorTaxId)) throw new RangeError("creditor tax id must be 11 digits");
  if (parseNoticeCode(noticeCode) === null) throw new RangeError("not a notice code");
  return `${creditorTaxId}${noticeCode}`;
}

/** The code as it is printed on the notice: groups of 4-4-4-4-2, 22 characters. Source: avviso di pagamento, AVVISO.CODICE. */
export function groupNoticeCode(noticeCode: string): string {
  if (!/^[0-9]{18}$/.test(noticeCode)) throw new RangeError("a notice code has 18 digits");
  return noticeCode.replaceAll(/([0-9]{4})/g, "$1 ");
}
