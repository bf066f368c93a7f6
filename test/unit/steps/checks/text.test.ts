/** Text as SEND takes it: what is transcribed and how, what cannot be, and that the operator sees it. */
import { describe, expect, test } from "bun:test";
import { checkText, cleanText } from "../../../../steps/checks/text.ts";

describe("cleanText", () => {
  test.each([
    ["€ 5, ș Ț, ½", "EUR 5, s T, ½"],
    ["“Łódź” – „Œuvre‟…", '"Lódz" - "OEuvre"...'],
    [
      "ĄŁĽŚŠŞŤŹŽŻ ąłľśšşťźžż ŔĂĹĆČĘĚĎĐŃŇŐŘŮŰŢ",
      "ALLSSSTZZZ allsssťzzz RALCCEEDDNNORUUT".replace("ť", "t"),
    ],
    ["Đorđević ı Ğ ß", "Dordevic i G ß"],
    ["D’Amico‘s ʼnʹ", "D'Amico's 'n'"],
    ["perche\u0300", "perchè"],
    ["Via\tdei\u00A0 Prati\r\n", "Via dei Prati"],
    ["Mon\u00ADte\u200Bbel\u200Dlo\uFEFF", "Montebello"],
    ["Ａｂ１ ﬁn", "Ab1 fin"],
  ])("%s becomes %s", (text, clean) => {
    const found = cleanText(text);

    expect(found.text).toBe(clean);
    expect(found.lost).toEqual([]);
    expect(found.text).toMatch(/^[\u0020-\u007E\u00A0-\u00FF]*$/);
  });

  test.each(["Иван", "日本", "😀", "\u0000", "\u0081", "˛", "Ω"])(
    "%j has no transcription",
    (text) => {
      expect(cleanText(text).lost.length).toBeGreaterThan(0);
    },
  );
});

describe("what the operator reads", () => {
  test("each transcription, once", () => {
    expect(checkText("Via", "Žižka Ž", true)).toEqual([
      {
        code: "CHARSET_TRANSLITERATED",
        head: "Via",
        message:
          "Via: inviato con la trascrizione Ž → Z, ž → z. Rimedio: scriverlo già così nel gestionale, se la trascrizione non va bene.",
      },
    ]);
  });

  test.each([
    ["Rossi\\nMario", false, "\\n"],
    ["Rossi\\tMario", false, "\\t"],
    ["Niccol\\u00f2", false, "\\u00f2"],
    ["Rossi\\", false, "\\"],
    ["D\\'Amico", false, "\\'"],
    ["D&#39;Amico", false, "&#39;"],
    ["Bar Sport &amp; C.", false, "&amp;"],
    ["Rossi_x000D_", false, "_x000D_"],
    ["Rossi^M", false, "^M"],
    ["Via Roma\\r", true, "\\r"],
    ["Via D&apos;Annunzio", true, "&apos;"],
  ])("%j holds a control character in letters", (text, isAddress, told) => {
    expect(checkText("Campo", text, isAddress)[0]).toEqual({
      code: "CHARSET_ESCAPED",
      head: "Campo",
      message: `Campo: contiene «${told}», che non è parte di un nome: lo ha lasciato il programma che ha esportato i dati. Rimedio: toglierlo nel gestionale o correggere l'esportazione.`,
    });
  });

  test.each([
    ["Bar Sport & C. snc", false],
    ["Rossi & Figli; Bianchi", false],
    ["D'Amico", false],
    ["Via Roma 5\\A", true],
    ["Via 4_x Novembre", true],
  ])("%j holds none", (text, isAddress) => {
    const codes = checkText("Campo", text, isAddress).map(({ code }) => code);

    expect(codes).not.toContain("CHARSET_ESCAPED");
  });

  test("a character that does not show by its number", () => {
    expect(checkText("Via", "A\u0000B", true)[0]).toEqual({
      code: "CHARSET",
      head: "Via",
      message:
        "Via: caratteri che non si possono inviare né trascrivere: U+0000. Rimedio: scriverlo in lettere latine.",
    });
  });
});
