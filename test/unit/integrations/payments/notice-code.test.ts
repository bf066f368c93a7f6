/** Notice codes and IUVs against the worked codes of public sources. */
import { describe, expect, test } from "bun:test";
import {
  computeCheckDigits,
  groupNoticeCode,
  extractIuv,
  joinNoticeCode,
  makePaymentCode,
  checkNoticeCode,
  parseNoticeCode,
  buildRptId,
} from "../../../../integrations/payments/notice-code.ts";

describe("check digits", () => {
  test.each([
    ["3020320027000002", "51"],
    ["3007157000000000", "32"],
    ["3222011513985741", "81"],
    ["3012345678901233", "15"],
    ["3440123456789012", "86"],
    ["3020001000000194", "14"],
  ])("%s leaves %s", (first16, expected) => {
    expect(computeCheckDigits(first16)).toBe(expected);
  });

  test("a remainder below ten keeps its zero", () => {
    // 93 * 32258064516129 = 2999999999999997, so 3000000000000000 leaves 3.
    expect(computeCheckDigits("3000000000000000")).toBe("03");
  });

  test("other lengths are refused", () => {
    expect(() => computeCheckDigits("302032002700000")).toThrow(RangeError);
  });
});

describe("making a code", () => {
  test("the worked example of segregation code 02", () => {
    expect(makePaymentCode("02", 320027000002)).toEqual({
      iuv: "02032002700000251",
      noticeCode: "302032002700000251",
    });
  });

  test("the first number is padded to thirteen digits", () => {
    expect(makePaymentCode("07", 1)).toEqual({
      iuv: "07000000000000105",
      noticeCode: "307000000000000105",
    });
  });

  test("a segregation code of one digit or with letters is refused", () => {
    expect(() => makePaymentCode("7", 1)).toThrow("two digits");
    expect(() => makePaymentCode("A1", 1)).toThrow("two digits");
  });

  test("a number of fourteen digits, a fraction or a negative one is refused", () => {
    expect(() => makePaymentCode("01", 10_000_000_000_000)).toThrow("13 digits");
    expect(() => makePaymentCode("01", 1.5)).toThrow("13 digits");
    expect(() => makePaymentCode("01", -1)).toThrow("13 digits");
  });
});

describe("reading a code", () => {
  test("auxiliary digit 0 carries an application code and an IUV of 15 digits", () => {
    expect(parseNoticeCode("044012345678901200")).toEqual({
      auxDigit: "0",
      applicationCode: "44",
      base: "0123456789012",
      checkDigits: "00",
    });
    expect(extractIuv("044012345678901200")).toBe("012345678901200");
  });

  test("auxiliary digit 1 is all IUV", () => {
    expect(parseNoticeCode("101234567890123456")).toEqual({
      auxDigit: "1",
      base: "01234567890123456",
    });
    expect(extractIuv("101234567890123456")).toBe("01234567890123456");
  });

  test("auxiliary digit 2 has fifteen digits and two check digits", () => {
    expect(parseNoticeCode("201234567890123422")).toEqual({
      auxDigit: "2",
      base: "012345678901234",
      checkDigits: "22",
    });
  });

  test("auxiliary digit 3 has a segregation code", () => {
    expect(parseNoticeCode("322201151398574181")).toEqual({
      auxDigit: "3",
      segregationCode: "22",
      base: "2011513985741",
      checkDigits: "81",
    });
    expect(extractIuv("310000000000000001")).toBe("10000000000000001");
  });

  test.each([
    "",
    "14401234567890120",
    "24401234567890120X",
    "444012345678901200",
    "3020 320027000002",
  ])("%p is no notice code", (text) => {
    expect(parseNoticeCode(text)).toBeNull();
    expect(checkNoticeCode(text)).toContain("18 cifre");
    expect(() => extractIuv(text)).toThrow(RangeError);
  });

  test("wrong check digits are a warning only", () => {
    expect(checkNoticeCode("302000100000019421")).toBe(
      "Le cifre di controllo del codice avviso sono 21, attese 14.",
    );
    expect(checkNoticeCode("302032002700000251")).toBeNull();
    expect(checkNoticeCode("101234567890123456")).toBeNull();
  });
});

describe("putting a code together and writing it", () => {
  test("fields are joined as they stand", () => {
    expect(
      joinNoticeCode({
        auxDigit: "0",
        applicationCode: "11",
        base: "0123456789012",
        checkDigits: "22",
      }),
    ).toBe("011012345678901222");
    expect(joinNoticeCode({ auxDigit: "1", base: "01234567890123456" })).toBe("101234567890123456");
  });

  test("fields of a wrong length are refused even when the sum is 18", () => {
    expect(() =>
      joinNoticeCode({
        auxDigit: "3",
        segregationCode: "1",
        base: "00000000000012",
        checkDigits: "22",
      }),
    ).toThrow(RangeError);
  });

  test("the RptId is creditor and code, 29 digits", () => {
    expect(buildRptId("03334231200", "302032002700000251")).toBe("03334231200302032002700000251");
    expect(() => buildRptId("3334231200", "302032002700000251")).toThrow(RangeError);
  });

  test("a printed code has groups of 4-4-4-4-2", () => {
    expect(groupNoticeCode("000000000000000000")).toBe("0000 0000 0000 0000 00");
    expect(groupNoticeCode("302032002700000251")).toBe("3020 3200 2700 0002 51");
  });
});
