/** The notice-code and debt-position cases of public sources, where the file of cases is at hand. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  checkDigitsOf,
  groupNoticeCode,
  iuvOf,
  joinNoticeCode,
  noticeCodeWarning,
  parseNoticeCode,
} from "../../integrations/payments/notice-code.ts";
import { qrText } from "../../documents/symbols.ts";
import { createGpdSimulator } from "../../integrations/payments/gpd-simulator.ts";
import type { GpdStatus } from "../../integrations/payments/gpd-wire.ts";
import { creditor, fakeClock } from "../unit/payments/payments-world.ts";
import { referenceFolder, tally, tallyCase } from "./tally.ts";

const file = join(referenceFolder, "cases", "pagopa.jsonl");
const isThere = existsSync(file);
if (!isThere) console.warn("payments-cases: skipped, the file of cases is not at hand");

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly input: string | Readonly<Record<string, unknown>>;
  readonly expect: Readonly<Record<string, unknown>>;
  readonly note: string;
}

const cases: readonly Case[] = isThere
  ? readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Case)
  : [];

const has = (of: Case, name: string): boolean => typeof of.input === "object" && name in of.input;
const codes = cases.filter((one) => one.kind === "notice-code");
const printed = cases.filter((one) => one.kind === "other" && has(one, "printNoticeCode"));
const qrs = cases.filter((one) => one.kind === "qr");
const amounts = cases.filter((one) => one.kind === "other" && has(one, "euroToQrCents"));
const actions = cases.filter((one) => one.kind === "other" && has(one, "gpd"));

/** What we say to a case, in the words of its expectation. */
function answerOf({ input, expect: wanted }: Case): Record<string, unknown> {
  if (typeof input === "string") {
    const parts = parseNoticeCode(input);
    if (parts === null) return { valid: false };
    const fields = { applicationCode: 2, iuv13: 13, checkDigit: 2 };
    return {
      valid: true,
      auxDigit: parts.auxDigit,
      ...("fieldLengths" in wanted && parts.auxDigit === "0" ? { fieldLengths: fields } : {}),
    };
  }
  const { encode, mod93, iuvFromNoticeCode } = input;
  if (typeof mod93 === "string")
    return {
      mod93Ok: noticeCodeWarning(mod93) === null,
      computed: checkDigitsOf(mod93.slice(0, 16)),
    };
  if (typeof iuvFromNoticeCode === "string") return { iuv: iuvOf(iuvFromNoticeCode) };
  return { noticeCode: encoded(encode as Readonly<Record<string, string>>) };
}

/** Whether the answer holds all that the case expects, for the report. */
function agrees(answer: Record<string, unknown>, one: Case): boolean {
  return Bun.deepEquals({ ...answer, ...one.expect }, answer);
}

/** The fields under the names of the case: `iuv13`, `iuv15` and `iuv17` are bases, `checkDigit` the check digits. */
function encoded(fields: Readonly<Record<string, string>>): string {
  const base = fields["iuv13"] ?? fields["iuv15"] ?? fields["iuv17"] ?? "";
  const checkDigits = fields["checkDigit"] ?? "";
  const { auxDigit, applicationCode = "", segregationCode = "" } = fields;
  if (auxDigit === "0") return joinNoticeCode({ auxDigit, applicationCode, base, checkDigits });
  if (auxDigit === "1") return joinNoticeCode({ auxDigit, base });
  if (auxDigit === "2") return joinNoticeCode({ auxDigit, base, checkDigits });
  return joinNoticeCode({ auxDigit: "3", segregationCode, base, checkDigits });
}

describe("notice codes", () => {
  test.skipIf(!isThere)("there are cases", () => {
    expect(codes.length).toBeGreaterThan(0);
    expect(printed.length).toBeGreaterThan(0);
    expect(actions.length).toBeGreaterThan(0);
  });

  for (const one of codes)
    test(`${one.id}: ${one.note}`, () => {
      const answer = answerOf(one);

      tallyCase("notice code", one.id, agrees(answer, one));
      expect(answer).toMatchObject(one.expect);
    });

  for (const one of printed)
    test(`${one.id}: ${one.note}`, () => {
      const { printNoticeCode } = one.input as { printNoticeCode: string };
      const text = groupNoticeCode(printNoticeCode);

      const answer = { printed: text, length: text.length };
      tallyCase("notice code", one.id, agrees(answer, one));
      expect(answer).toMatchObject(one.expect);
    });
});

describe("what each state of a position allows", () => {
  for (const one of actions)
    test(`${one.id}: ${JSON.stringify(one.input)}`, async () => {
      const { gpd, status } = one.input as { gpd: string; status: GpdStatus };
      const simulator = createGpdSimulator({ file: ":memory:", clock: fakeClock() });
      simulator.seed([
        {
          organization: creditor.taxId,
          iupd: "X",
          status,
          options: [{ iuv: "07000000000000105", amountCents: 1000 }],
        },
      ]);
      const path = `/organizations/${creditor.taxId}/debtpositions/X`;
      const method = { delete: "DELETE", update: "PUT" }[gpd] ?? "POST";
      const body = {
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

      const response = await simulator.app.request(method === "POST" ? `${path}/${gpd}` : path, {
        method,
        headers: { "ocp-apim-subscription-key": "k" },
        ...(method === "PUT" ? { body: JSON.stringify(body) } : {}),
      });
      simulator.close();

      const answer = { http: response.status };
      tallyCase("simulator, GPD states", one.id, agrees(answer, one));
      expect(answer).toMatchObject(one.expect);
    });
});

describe("the text of the QR", () => {
  /** The text that we write for the parts of another; `null` when we refuse to write it. */
  function rewritten(text: string): string | null {
    const [, , noticeCode = "", creditorTaxId = "", amount = ""] = text.split("|");
    try {
      return qrText({ noticeCode, creditorTaxId, amountCents: amount === "" ? 0 : Number(amount) });
    } catch {
      return null;
    }
  }

  /** Zeros before an amount change nothing for a reader; the least number of digits is two. */
  function shortAmount(text: string): string {
    return text.replace(/\|0*(\d+)$/, (_match, digits: string) => `|${digits.padStart(2, "0")}`);
  }

  test.skipIf(!isThere)("there are QR cases", () => {
    expect(qrs.length).toBeGreaterThan(0);
    expect(amounts.length).toBeGreaterThan(0);
  });

  for (const one of qrs)
    test(`${one.id}: ${one.note}`, () => {
      const text = one.input as string;
      const isValid = one.expect["valid"] === true;

      const ours = rewritten(text);

      const isSame = ours === text;
      const isShorter = isValid && !isSame && ours === shortAmount(text);
      if (isShorter)
        tally({
          suite: "QR of the notice",
          id: one.id,
          verdict: "disagreed",
          why: "a text for readers: the same amount; we write it with two digits or as many as it has (AVV, Codice QR)",
        });
      else tallyCase("QR of the notice", one.id, isSame === isValid);
      expect(isSame || isShorter).toBe(isValid);
    });

  for (const one of amounts)
    test(`${one.id}: ${JSON.stringify(one.input)}`, () => {
      const { euroToQrCents } = one.input as { euroToQrCents: string };
      let amountCents = 0;
      for (const part of euroToQrCents.split("+")) {
        const [euros = "0", fraction = ""] = part.trim().split(".");
        amountCents += Number(euros) * 100 + Number(fraction.padEnd(2, "0"));
      }

      const text = qrText({
        noticeCode: "3".repeat(18),
        creditorTaxId: "1".repeat(11),
        amountCents,
      });

      const answer = { cents: text.split("|").at(-1) };
      tallyCase("QR of the notice", one.id, agrees(answer, one));
      expect(answer).toMatchObject(one.expect);
    });
});

/** What some suite takes: here, or for tax codes in tax-codes.test.ts. */
const known: Readonly<Record<string, readonly string[]>> = {
  "notice-code": ["encode", "mod93", "iuvFromNoticeCode"],
  other: ["printNoticeCode", "euroToQrCents", "gpd"],
  qr: [],
  cf: ["checkChar", "isOmocode", "birthDate", "gender", "decode", "birthCountry"],
  piva: [],
};

test.skipIf(!isThere)("no case is of a kind that nobody takes", () => {
  const left = cases.filter(({ kind, input }) => {
    const names = known[kind];
    if (names === undefined) return true;
    if (typeof input === "string") return kind === "other";
    return !Object.keys(input).some((name) => names.includes(name));
  });

  for (const { id } of left) tallyCase("cases of a kind that nobody takes", id, false);
  expect(left.map(({ id, kind, input }) => [id, kind, input])).toEqual([]);
});
