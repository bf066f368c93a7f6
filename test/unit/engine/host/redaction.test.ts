/** What a log may not show: secrets and personal data, by the name of the field, by value and by shape. */
import { describe, expect, test } from "bun:test";
import { createRedactor } from "../../../../engine/host/redaction.ts";

describe("by the name of the field", () => {
  test.each([
    "apiKey",
    "x-api-key",
    "authorization",
    "cookie",
    "password",
    "passphrase",
    "clientSecret",
    "otp",
    "pin",
    "accessToken",
    "taxId",
    "codiceFiscale",
    "denomination",
    "denominazione",
    "cognome",
    "nome",
    "indirizzo",
    "address",
    "pec",
    "targa",
  ])("%s is not shown", (name) => {
    expect(createRedactor().redactFields({ [name]: "a value" })).toEqual({ [name]: "***" });
  });

  test("what identifies an item or a step is shown", () => {
    const fields = { itemKey: "AB123/2026", step: "transmit", code: "BAD_CAP", tries: 2 };

    expect(createRedactor().redactFields(fields)).toEqual(fields);
  });

  test("fields within fields and lists are looked at too", () => {
    const shown = createRedactor().redactFields({
      recipients: [{ cognome: "Rossi", cap: "00100" }],
      request: { headers: { "x-api-key": "k" }, status: 400 },
    });

    expect(shown).toEqual({
      recipients: [{ cognome: "***", cap: "00100" }],
      request: { headers: { "x-api-key": "***" }, status: 400 },
    });
  });

  test("numbers, absent values and flags stay what they are", () => {
    expect(createRedactor().redactFields({ bytes: 12, at: null, isLast: false })).toEqual({
      bytes: 12,
      at: null,
      isLast: false,
    });
  });

  test("the fields that were given are not changed", () => {
    const given = { otp: "424242" };

    createRedactor().redactFields(given);

    expect(given).toEqual({ otp: "424242" });
  });
});

describe("by value", () => {
  test("a registered secret is nowhere, wherever it stands in a text", () => {
    const redactor = createRedactor();
    redactor.add("s3cr3t-value");

    expect(redactor.redactText("GET /x?k=s3cr3t-value and s3cr3t-value.")).toBe(
      "GET /x?k=*** and ***.",
    );
    expect(redactor.redactFields({ note: "s3cr3t-value" })).toEqual({ note: "***" });
  });

  test("of two secrets of which one begins the other, nothing is left", () => {
    const redactor = createRedactor();
    redactor.add("abcd");
    redactor.add("abcd-efgh");

    expect(redactor.redactText("abcd-efgh abcd")).toBe("*** ***");
  });

  test("characters that mean something in patterns are plain characters", () => {
    const redactor = createRedactor();
    redactor.add("a.c$(x)");

    expect(redactor.redactText("a.c$(x) abc$(x)")).toBe("*** abc$(x)");
  });

  test("a value too short to tell apart is not taken out of every text", () => {
    const redactor = createRedactor();
    redactor.add("abc");

    expect(redactor.redactText("abcdef")).toBe("abcdef");
  });

  test("an error is shown with its stack, without the secret in its message", () => {
    const redactor = createRedactor();
    redactor.add("s3cr3t-value");

    const { error } = redactor.redactFields({ error: new TypeError("bad s3cr3t-value") });

    expect(error).toStartWith("TypeError: bad ***");
    expect(error).toContain("redaction.test.ts");
  });

  test("each redactor has a list of its own", () => {
    createRedactor().add("s3cr3t-value");

    expect(createRedactor().redactText("s3cr3t-value")).toBe("s3cr3t-value");
  });
});

describe("by shape", () => {
  test.each([
    ["il codice RSSMRA80A01H501U non va", "il codice [codice fiscale] non va"],
    ["rssmra80a01h501u", "[codice fiscale]"],
    // Omocodia: digits become letters.
    ["RSSMRAUL0AM1H5L1X", "RSSMRAUL0AM1H5L1X"],
    ["RSSMRA8LA01H50MU", "[codice fiscale]"],
    ["Authorization: Bearer eyJhbGciOi.abc-_1", "Authorization: Bearer ***"],
    ["basic dXNlcjpwYXNz", "basic ***"],
    [
      "verbale AB123/2026, IUN ABCD-EFGH-IJKL-202611-A-1",
      "verbale AB123/2026, IUN ABCD-EFGH-IJKL-202611-A-1",
    ],
    ["notice 302000100000009421", "notice 302000100000009421"],
  ])("%s", (text, shown) => {
    expect(createRedactor().redactText(text)).toBe(shown);
  });
});
