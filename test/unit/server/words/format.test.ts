/** Dates, durations and numbers as an Italian operator reads them. */
import { describe, expect, test } from "bun:test";
import {
  formatBytes,
  formatCents,
  formatDateTime,
  formatDay,
  formatTimeSpan,
  formatMoment,
  formatNumber,
  formatSeconds,
} from "../../../../server/words/format.ts";

const plain = (text: string): string => text.replaceAll(/\s/g, " ");

describe("format", () => {
  test("an instant is shown on the clock of Rome, winter and summer", () => {
    expect(formatDateTime("2026-11-23T05:30:00.000Z")).toBe("23/11/2026 06:30");
    expect(formatDateTime("2026-07-31T22:05:00.000Z")).toBe("01/08/2026 00:05");
    expect(formatSeconds("2026-11-23T05:30:09.900Z")).toBe("23/11/2026 06:30:09");
  });

  test("a deadline of today needs no day, another day is named", () => {
    const now = Date.parse("2026-11-23T09:40:00.000Z");

    expect(formatMoment("2026-11-23T11:10:00.000Z", now)).toBe("12:10");
    expect(formatMoment("2026-11-24T11:10:00.000Z", now)).toBe("24 novembre alle 12:10");
  });

  test("a duration shows its two largest units and leaves out zeros", () => {
    expect(formatTimeSpan(240)).toBe("240 ms");
    expect(formatTimeSpan(8_000)).toBe("8 s");
    expect(formatTimeSpan(72_000)).toBe("1 min 12 s");
    expect(formatTimeSpan(7_500_000)).toBe("2 h 5 min");
    expect(formatTimeSpan(3_600_000)).toBe("1 h");
    expect(formatTimeSpan(273_600_000)).toBe("3 g 4 h");
    expect(formatTimeSpan(-5)).toBe("0 ms");
  });

  test("numbers, amounts and sizes carry Italian separators", () => {
    expect(formatNumber(12_345)).toBe("12.345");
    expect(plain(formatCents(17_300))).toBe("173,00 €");
    expect(formatBytes(812)).toBe("812 byte");
    expect(formatBytes(14_211)).toBe("14,2 kB");
    expect(formatBytes(9_412_733)).toBe("9,4 MB");
    expect(formatBytes(3_100_000_000)).toBe("3,1 GB");
  });

  test("a day of law is turned round, other text stays", () => {
    expect(formatDay("2027-01-12")).toBe("12/01/2027");
    expect(formatDay("domani")).toBe("domani");
  });
});
