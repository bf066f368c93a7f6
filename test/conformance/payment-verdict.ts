/** What the suite says of one case about notice codes, the QR or a position's states and why, by what the case holds. */
import { buildQrText } from "../../documents/symbols/symbols.ts";
import { createGpdSimulator } from "../../simulators/payments/gpd-simulator.ts";
import type { GpdStatus } from "../../integrations/payments/gpd/wire.ts";
import {
  computeCheckDigits,
  groupNoticeCode,
  extractIuv,
  joinNoticeCode,
  checkNoticeCode,
  parseNoticeCode,
  buildRptId,
  type NoticeCodeParts,
} from "../../integrations/payments/notice-code.ts";
import { creditor, fakeClock } from "../unit/integrations/payments/payments-world.ts";
import { type Fields, isFields } from "./case-file.ts";
import { leftOut, type PagoPaCase } from "./pagopa-case.ts";
import type { CaseVerdict } from "./tally.ts";

/** The answer in the names of the expectation; names that the answer lacks are told as left out. */
function compared(one: PagoPaCase, answer: Fields): CaseVerdict {
  const names = Object.keys(one.expect).filter((name) => name in answer);
  if (names.length === 0) return { verdict: "not applicable", why: leftOut(one, []) };
  const wrong = names.find((name) => !Bun.deepEquals(answer[name], one.expect[name]));
  if (wrong === undefined) return { verdict: "agreed", why: leftOut(one, names) };
  return {
    verdict: "unexplained",
    why: `${wrong}: expected ${JSON.stringify(one.expect[wrong])}, got ${JSON.stringify(answer[wrong])}`,
  };
}

/** What a function refuses is not valid; another error is a fault of ours. */
function orInvalid(make: () => Fields): Fields {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) return { valid: false };
    throw error;
  }
}

export function noticeCodeVerdict(one: PagoPaCase): CaseVerdict {
  const { input } = one;
  if (typeof input === "string") {
    const parts = parseNoticeCode(input);
    if (parts === null) return compared(one, { valid: false });
    const { mod93Ok, computed } = checkDigits(input);
    return compared(one, {
      valid: true,
      iuv: extractIuv(input),
      mod93Ok,
      computed,
      ...decoded(parts),
    });
  }
  const { encode, mod93, iuvFromNoticeCode } = input;
  if (typeof mod93 === "string")
    return compared(
      one,
      orInvalid(() => checkDigits(mod93)),
    );
  if (typeof iuvFromNoticeCode === "string")
    return compared(
      one,
      orInvalid(() => ({ valid: true, iuv: extractIuv(iuvFromNoticeCode) })),
    );
  if (isFields(encode))
    return compared(
      one,
      orInvalid(() => ({ valid: true, noticeCode: encoded(encode) })),
    );
  return unknownQuestion(input);
}

function checkDigits(noticeCode: string): { readonly mod93Ok: boolean; readonly computed: string } {
  return {
    mod93Ok: checkNoticeCode(noticeCode) === null,
    computed: computeCheckDigits(noticeCode.slice(0, 16)),
  };
}

function unknownQuestion(input: Fields): CaseVerdict {
  const names = Object.keys(input).join(", ");
  return { verdict: "not applicable", why: `no runner knows what «${names}» asks for` };
}

/** The fields under the names of the cases: `iuv13`, `iuv15` and `iuv17` are bases, `checkDigit` the check digits. */
function decoded(parts: NoticeCodeParts): Fields {
  const { auxDigit, base } = parts;
  const fields: Record<string, string> = { [`iuv${base.length}`]: base };
  if ("applicationCode" in parts) fields["applicationCode"] = parts.applicationCode;
  if ("segregationCode" in parts) fields["segregationCode"] = parts.segregationCode;
  if ("checkDigits" in parts) fields["checkDigit"] = parts.checkDigits;
  const lengths = Object.entries(fields).map(([name, { length }]) => [name, length]);
  return { ...fields, auxDigit, iuvBase: base, fieldLengths: Object.fromEntries(lengths) };
}

function encoded(fields: Fields): string {
  const text = (name: string): string => {
    const value = fields[name];
    return typeof value === "string" ? value : "";
  };
  const base = text("iuv13") || text("iuv15") || text("iuv17");
  const checkDigits = text("checkDigit");
  const [applicationCode, segregationCode] = [text("applicationCode"), text("segregationCode")];
  const auxDigit = text("auxDigit");
  if (auxDigit === "0") return joinNoticeCode({ auxDigit, applicationCode, base, checkDigits });
  if (auxDigit === "1") return joinNoticeCode({ auxDigit, base });
  if (auxDigit === "2") return joinNoticeCode({ auxDigit, base, checkDigits });
  if (auxDigit === "3") return joinNoticeCode({ auxDigit, segregationCode, base, checkDigits });
  throw new RangeError(`there is no auxiliary digit ${auxDigit}`);
}

/** The text that we write for the parts of another; `null` when we refuse to write it. */
function rewritten([, , noticeCode = "", creditorTaxId = "", amount = ""]: readonly string[]) {
  try {
    return buildQrText({
      noticeCode,
      creditorTaxId,
      amountCents: amount === "" ? 0 : Number(amount),
    });
  } catch {
    return null;
  }
}

/** A text is ours when we would write it; one that differs by zeros before the amount is read the same. */
export function qrVerdict(one: PagoPaCase): CaseVerdict {
  const { input: text } = one;
  if (typeof text !== "string") return unknownQuestion(text);
  const parts = text.split("|");
  const [, , noticeCode = "", creditorTaxId = "", amount = ""] = parts;
  const ours = rewritten(parts);
  const code = parseNoticeCode(noticeCode);
  const isSame = ours === text;
  // Zeros before an amount change nothing for a reader; the least number of digits is two.
  const short = text.replace(/\|0*(\d+)$/, (_all, digits: string) => `|${digits.padStart(2, "0")}`);
  const isAlike = !isSame && ours === short && /^\d{1,10}$/.test(amount);
  const answer: Fields =
    isSame || isAlike
      ? {
          ...(code === null ? {} : decoded(code)),
          rptId: buildRptId(creditorTaxId, noticeCode),
          valid: true,
          amountLength: amount.length,
          amountCents: Number(amount),
          roundTrip: true,
        }
      : { valid: false };
  if (answer["valid"] === false && one.expect["valid"] === true && /^0{1,10}$/.test(amount))
    return {
      verdict: "disagreed",
      why: "an amount of nothing: nobody pays it, and we refuse to print it (pagopa.md section 2)",
    };
  if (answer["valid"] === false && one.expect["valid"] === true && /^\d{11}$/.test(amount))
    return {
      verdict: "disagreed",
      why: "an amount of eleven digits: AVV allows it, the readers of app IO do not (pagopa.md section 2)",
    };
  const verdict = compared(one, answer);
  if (verdict.verdict !== "agreed" || !isAlike) return verdict;
  return {
    verdict: "disagreed",
    why: "a text for readers: the same amount; we write it with two digits or as many as it has (AVV, Codice QR)",
  };
}

/** Everything else: printed codes, amounts, states of a position. */
export async function otherVerdict(one: PagoPaCase): Promise<CaseVerdict> {
  const { input } = one;
  if (typeof input === "string")
    return { verdict: "not applicable", why: "a text without a question" };
  const { printNoticeCode, euroToQrCents, gpd, status } = input;
  if (typeof printNoticeCode === "string")
    return compared(
      one,
      orInvalid(() => {
        const printed = groupNoticeCode(printNoticeCode);
        return { valid: true, printed, length: printed.length };
      }),
    );
  if (typeof euroToQrCents === "string") return amountVerdict(one, euroToQrCents);
  if (typeof gpd === "string" && typeof status === "string")
    return await stateVerdict(one, gpd, status);
  return unknownQuestion(input);
}

/** Euro with at most two decimals, and sums of them, as integer cents in the text of a QR. */
function amountVerdict(one: PagoPaCase, euros: string): CaseVerdict {
  let amountCents = 0;
  for (const part of euros.split("+")) {
    const found = /^(\d+)(?:\.(\d{1,2}))?$/.exec(part.trim());
    if (found === null)
      return { verdict: "not applicable", why: `no runner reads the amount «${euros}»` };
    amountCents += Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
  }
  const parts = ["PAGOPA", "002", "3".repeat(18), "1".repeat(11), String(amountCents)];
  const text = rewritten(parts);
  return compared(
    one,
    text === null ? { valid: false, cents: null } : { valid: true, cents: parts5(text) },
  );
}

function parts5(text: string): string | undefined {
  return text.split("|").at(-1);
}

const statuses = "DRAFT PUBLISHED VALID INVALID EXPIRED PARTIALLY_PAID PAID REPORTED".split(" ");
const methods: Readonly<Record<string, "DELETE" | "PUT" | "POST">> = {
  delete: "DELETE",
  update: "PUT",
  publish: "POST",
  invalidate: "POST",
};

/** Asks the simulated GPD to do something with a position in that state. */
async function stateVerdict(one: PagoPaCase, action: string, status: string): Promise<CaseVerdict> {
  const method = methods[action];
  if (method === undefined || !statuses.includes(status))
    return {
      verdict: "not applicable",
      why: `no runner knows the action «${action}» in the state «${status}»`,
    };
  const simulator = createGpdSimulator({ file: ":memory:", clock: fakeClock() });
  try {
    simulator.seed([
      {
        organization: creditor.taxId,
        iupd: "X",
        // Looked up just now.
        status: status as GpdStatus,
        options: [{ iuv: "07000000000000105", amountCents: 1000 }],
      },
    ]);
    const path = `/organizations/${creditor.taxId}/debtpositions/X`;
    const response = await simulator.app.request(method === "POST" ? `${path}/${action}` : path, {
      method,
      headers: { "ocp-apim-subscription-key": "k" },
      ...(method === "PUT" ? { body: JSON.stringify(position) } : {}),
    });
    return compared(one, { http: response.status });
  } finally {
    simulator.close();
  }
}

const position = {
  iupd: "X",
  type: "F",
  fiscalCode: "RSSMRA80A01H501U",
  fullName: "Rossi Mario",
  companyName: "Comune",
  switchToExpired: false,
  paymentOption: [
    {
      iuv: "07000000000000105",
      amount: 1000,
      description: "x",
      isPartialPayment: false,
      dueDate: "2027-11-23T09:00:00.000Z",
      transfer: [
        {
          idTransfer: "1",
          amount: 1000,
          remittanceInformation: "x",
          category: "y",
          iban: "IT60X0542811101000000123456",
        },
      ],
    },
  ],
};
