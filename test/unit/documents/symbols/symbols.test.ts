/** The two symbols of the notice: their texts by hand, their modules against bwip-js. */
import { describe, expect, test } from "bun:test";
import bwip from "bwip-js/node";
import QRCode from "qrcode";
import { encodeDataMatrix } from "../../../../documents/symbols/data-matrix.ts";
import {
  buildPosteText,
  buildQrSymbol,
  buildQrText,
  type PostePayment,
} from "../../../../documents/symbols/symbols.ts";

// The named export `raw` is another thing: a symbology.
// oxlint-disable-next-line import/no-named-as-default-member
const { raw: draw } = bwip;

const payment: PostePayment = {
  noticeCode: "302000100000019414",
  creditorTaxId: "01199250158",
  amountCents: 12_110,
  account: "16302093",
  debtorTaxId: "RSSMRA60D20F205R",
  debtorName: "Ślązak-D'Àngelò Žanna",
  reason: "Verbale n. 123/2026 – Comune di Poggio ß",
};

function bwipModules(text: string): string {
  const [drawing] = draw({ bcid: "datamatrix", text, parse: false }) as unknown as [
    { pixs: number[]; pixx: number },
  ];
  return `${drawing.pixx}:${drawing.pixs.join("")}`;
}

function ourModules(text: string): string {
  const symbol = encodeDataMatrix(text);
  return `${symbol.size}:${symbol.dark.join("")}`;
}

describe("the text of the QR", () => {
  test("is PAGOPA, version, code, creditor and cents", () => {
    expect(buildQrText(payment)).toBe("PAGOPA|002|302000100000019414|01199250158|12110");
  });

  test("pads an amount of one digit to two", () => {
    expect(buildQrText({ ...payment, amountCents: 5 })).toBe(
      "PAGOPA|002|302000100000019414|01199250158|05",
    );
  });

  test("refuses no amount, eleven digits, fractions and short codes", () => {
    expect(() => buildQrText({ ...payment, amountCents: 0 })).toThrow("amountCents");
    expect(() => buildQrText({ ...payment, amountCents: 10_000_000_000 })).toThrow("amountCents");
    expect(() => buildQrText({ ...payment, amountCents: 19.99 })).toThrow("amountCents");
    expect(() => buildQrText({ ...payment, noticeCode: "30200010000001941" })).toThrow(
      "noticeCode",
    );
    expect(() => buildQrText({ ...payment, noticeCode: "402000100000019414" })).toThrow(
      "noticeCode",
    );
    expect(() => buildQrText({ ...payment, creditorTaxId: "0119925015X" })).toThrow(
      "creditorTaxId",
    );
  });

  test("fits version 4", () => {
    expect(buildQrSymbol(buildQrText({ ...payment, amountCents: 9_999_999_999 })).size).toBe(33);
  });
});

/** What the package draws when it is asked for the whole symbol, with a mask of its own choice. */
function qrcodeModules(text: string): string {
  const { modules } = QRCode.create([{ data: Buffer.from(text, "latin1"), mode: "byte" }], {
    version: 4,
    errorCorrectionLevel: "M",
  });
  return modules.data.join("");
}

describe("the QR", () => {
  test("equals that of qrcode module by module, mask included, for payments of every length", () => {
    let digits = 1n;
    for (let index = 0; index < 2_000; index += 1) {
      // 39 digits that look random and are the same in every run.
      digits = (digits * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % 10n ** 39n;
      const random = String(digits).padStart(39, "3");
      const text = buildQrText({
        noticeCode: `${Number(random.charAt(0)) % 4}${random.slice(1, 18)}`,
        creditorTaxId: random.slice(18, 29),
        amountCents: Number(`1${random.slice(29, 30 + (index % 9))}`),
      });

      expect(buildQrSymbol(text).dark.join("")).toBe(qrcodeModules(text));
    }
  });

  test("equals that of qrcode for other texts too, up to 62 characters", () => {
    for (const text of [
      "",
      "a",
      "PAGOPA",
      "\u{FF}".repeat(62),
      "\0".repeat(33),
      "È già così".repeat(6),
    ])
      expect(buildQrSymbol(text).dark.join("")).toBe(qrcodeModules(text));
  });

  test("is refused for a text that version 4 does not hold", () => {
    expect(() => buildQrSymbol("1".repeat(63))).toThrow("too long");
  });
});

describe("the text of the Poste code", () => {
  test("has every field at its place", () => {
    const text = buildPosteText(payment);

    expect(text).toBe(
      "codfase=NBPA;183020001000000194141200001630209310000001211038961P101199250158" +
        "RSSMRA60D20F205R" +
        "SLAZAK-D'ANGELO ZANNA                   " +
        "VERBALE N. 123/2026 - COMUNE DI POGGIO SS                                                                     " +
        "            A",
    );
    expect(text).toHaveLength(256);
  });

  test("cuts long names and reasons inside their own field", () => {
    const text = buildPosteText({
      ...payment,
      debtorName: "Æ".repeat(41),
      reason: "x".repeat(300),
      debtorTaxId: "01199250158",
    });

    expect(text).toHaveLength(256);
    expect(text.slice(77, 93)).toBe("01199250158     ");
    expect(text.slice(93, 133)).toBe("AE".repeat(20));
    expect(text.slice(133, 243)).toBe("X".repeat(110));
    expect(text.slice(243)).toBe("            A");
  });

  test("turns what Poste cannot read into a blank, one for one", () => {
    const text = buildPosteText({ ...payment, debtorName: "A|B\u{1F600}C" });

    expect(text.slice(93, 98)).toBe("A B C");
    expect(text).toHaveLength(256);
  });

  test("keeps every field at its place whatever the names are made of", () => {
    const pieces = [
      ...Array.from("AZaz09 .,'-/&|;=€£§@#\t\n\r\u{0}\u{7f}"),
      ...Array.from("àÀßẞŉǰΐİıſŁłØøÆæŒœÞþÐđŊŋĦħŦŧĳĿŀ½№℡"),
      ...Array.from("ﬀﬁﬂﬃﬄﬅﬆ李明ЖжΩα\u{301}\u{323}\u{200d}\u{202e}\u{feff}\u{a0}"),
      "\u{1F600}",
      "\u{d83d}",
      "\u{de00}",
      "codfase=NBPA;",
    ];
    let seed = 20_261_123;
    const next = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const nasty = (longest: number): string =>
      Array.from({ length: next(longest) }, () => pieces[next(pieces.length)] ?? "").join("");

    for (let round = 0; round < 3_000; round += 1) {
      const text = buildPosteText({
        ...payment,
        debtorTaxId: nasty(30),
        debtorName: nasty(120),
        reason: nasty(250),
      });

      expect(text).toMatch(/^codfase=NBPA;18302000100000019414120000163020931000000121103896/);
      expect(text.slice(63, 77)).toBe("1P101199250158");
      expect(text.slice(77, 243)).toMatch(/^[A-Z0-9 .,'/()&+:-]{166}$/);
      expect(text.slice(243)).toBe("            A");
    }
  });

  test("refuses an account of more than 12 digits", () => {
    expect(() => buildPosteText({ ...payment, account: "1234567890123" })).toThrow("account");
  });
});

describe("the Data Matrix", () => {
  test("of a Poste code has 48 modules a side", () => {
    expect(encodeDataMatrix(buildPosteText(payment)).size).toBe(48);
  });

  test("equals bwip-js module by module where both encode in plain digit pairs", () => {
    for (const count of [120, 170, 200, 228, 288, 340, 400, 404, 480, 560]) {
      const text = "3141592653589793238462643383279502884197".repeat(14).slice(0, count);

      expect(ourModules(text)).toBe(bwipModules(text));
    }
  });

  test("refuses what is no printable ASCII or too long", () => {
    expect(() => encodeDataMatrix("à")).toThrow("ASCII");
    expect(() => encodeDataMatrix("1".repeat(600))).toThrow("too long");
  });
});
