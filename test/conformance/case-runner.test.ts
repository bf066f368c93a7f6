/** The runners of the published cases on cases that they have not seen: one labelled row each, never a crash, never agreement by accident. */
import { describe, expect, test } from "bun:test";
import { buildPostalTable } from "../../integrations/flusso/postal/postal-table.ts";
import { casesIn } from "./case-file.ts";
import { pagoPaRowOf } from "./pagopa-verdict.ts";
import { verdictOf as simulatorVerdict } from "./send-case-verdict.ts";
import { verdictOf as validateVerdict } from "./validate-case-verdict.ts";

const rows = [{ cap: "20121", locality: "MILANO", province: "MI" }];
const world = {
  capTable: rows,
  countries: ["FRANCIA"],
  taxonomyCodes: new Set(["010101P"]),
  rows,
};
const postal = buildPostalTable([{ cap: "20121", town: "MILANO", province: "MI" }], "2026-11-23");

/** One SEND case; what is not given is a request of one right recipient that is taken. */
function sendCase(changes: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    id: "X#1",
    source: "pagopa/pn-b2b-client:features/X.feature:1",
    kind: "sync",
    stage: "sync",
    input: { recipients: [{ taxId: "RSSMRA80A01H501U" }] },
    expect: "accepted",
    code: null,
    note: "",
    ...changes,
  });
}

async function bySimulator(text: string) {
  const [line] = casesIn(text);
  if (line === undefined) throw new Error("no case");
  return await simulatorVerdict(line, world);
}

async function byValidate(text: string) {
  const [line] = casesIn(text);
  if (line === undefined) throw new Error("no case");
  return await validateVerdict(line, postal);
}

const person = { taxId: "RSSMRA80A01H501U" };
const sends = 'la notifica viene inviata tramite api b2b dal "Comune_1"';

describe("a case that is understood", () => {
  test("agrees with both", async () => {
    expect(await bySimulator(sendCase({}))).toEqual({ verdict: "agreed", why: "" });
    expect(await byValidate(sendCase({}))).toEqual({ verdict: "agreed", why: "" });
  });

  test("is unexplained when the answer is another, whatever it is called", async () => {
    const wrong = { id: "B2B_ADDRESS_VALIDATION_4#18", expect: "rejected", code: "400" };

    expect((await bySimulator(sendCase(wrong))).verdict).toBe("unexplained");
    expect((await byValidate(sendCase(wrong))).verdict).toBe("unexplained");
  });

  test.each([
    ["its code is another", { code: "PN_DELIVERY_SEND_IS_DISABLED" }, "another code"],
    ["its status is another", { code: "409" }, "another status"],
    ["it is refused at once and not later", { code: "REFUSED" }, "refused elsewhere"],
    [
      "no error has its text",
      { code: "400", note: "error message contains: too long | tags: x" },
      "no error says «too long»",
    ],
  ])("does not agree where %s", async (_what, changes, difference) => {
    const refused = { input: { recipients: [{ taxId: "RSSMRA80A01H501X" }] }, expect: "rejected" };

    const { verdict, why } = await bySimulator(sendCase({ ...refused, ...changes }));

    expect([verdict, why.split(";")[0]]).toEqual(["unexplained", difference]);
  });

  test("that names no code agrees by its outcome alone, and that is said", async () => {
    const input = { recipients: [{ taxId: "RSSMRA80A01H501X" }] };

    expect(await bySimulator(sendCase({ input, expect: "rejected" }))).toEqual({
      verdict: "agreed",
      why: "the outcome alone: the case names no code",
    });
  });

  test.each([
    [
      "accepted, though the whole request fails elsewhere",
      { recipientType: "PG", taxId: "12345678901" },
      { expect: "accepted" },
      ["agreed", "the one rule alone: the whole request fails other checks"],
    ],
    [
      "accepted, and the rule refuses",
      { recipientType: "PG", taxId: "AAAAAA00A00A000A" },
      { expect: "accepted" },
      ["unexplained", "refused by the rule"],
    ],
    [
      "refused, and the rule does",
      { recipientType: "PG", taxId: "AAAAAA00A00A000A" },
      { expect: "rejected", code: "PN_DELIVERY_X" },
      ["agreed", ""],
    ],
    [
      "refused, and something else does",
      { recipientType: "PG", taxId: "12345678901" },
      { expect: "rejected", code: "PN_DELIVERY_X" },
      ["unexplained", "another reason"],
    ],
  ])(
    "about one validator alone is judged by its rule: %s",
    async (_what, recipient, end, wanted) => {
      const source = "pagopa/pn-delivery:src/test/java/formal/PgTaxIdValidatorTest.java:1";
      const note = "validator of the informal (bonarie) pipeline; same rule, own code.";

      const { verdict, why } = await bySimulator(
        sendCase({ ...end, source, note, kind: "taxid", input: { recipients: [recipient] } }),
      );

      expect([verdict, why.split(";")[0] ?? ""]).toEqual(wanted);
    },
  );

  test("must end as each of its sentences says", async () => {
    const actions = [
      `${sends} e si attende che lo stato diventi REFUSED`,
      "viene generata una nuova notifica",
      `${sends} e si attende che lo stato diventi ACCEPTED`,
    ];

    const { verdict, why } = await bySimulator(
      sendCase({ input: { recipients: [person], actions } }),
    );

    expect([verdict, why.split(";")[0]]).toEqual([
      "unexplained",
      "the sentence 1 wants REFUSED and ended ACCEPTED",
    ]);
  });
});

describe("a case that is not understood is not applicable, and says why", () => {
  test.each([
    ["no JSON", "{", "the line is no JSON"],
    ["no object", "[]", "the line is no object"],
    ["an unknown kind", sendCase({ kind: "fax" }), "no runner knows the kind «fax»"],
    ["no kind", sendCase({ kind: undefined }), "no runner knows the kind «nothing»"],
    ["an unknown stage", sendCase({ stage: "later" }), "no runner knows the stage «later»"],
    [
      "no expectation",
      sendCase({ expect: null }),
      "the case expects neither accepted nor rejected, but «null»",
    ],
    ["a code that is no text", sendCase({ code: 400 }), "the code is no text: «400»"],
    ["no input", sendCase({ input: undefined }), "the input is no object"],
    [
      "recipients that are none",
      sendCase({ input: { recipients: [null] } }),
      "the recipients are no list of objects",
    ],
    [
      "an unknown field of the input",
      sendCase({ input: { weather: "fair" }, expect: "rejected" }),
      "no runner knows the field «weather»",
    ],
    [
      "an unknown field of the notification",
      sendCase({ input: { notification: { colour: "red" } } }),
      "no runner knows the field «colour»",
    ],
    [
      "an unknown field of a recipient, which SEND would refuse",
      sendCase({ input: { recipients: [{ ...person, nickname: "x" }] }, expect: "rejected" }),
      "no runner knows the field «nickname»",
    ],
    [
      "an unknown sentence",
      sendCase({ input: { recipients: [person], actions: ["la notifica viene annullata"] } }),
      "no runner knows what «la notifica viene annullata» asks for",
    ],
    [
      "a known sentence with an unknown part",
      sendCase({ input: { recipients: [person], actions: [`${sends} al tramonto`] } }),
      'no runner knows what «dal "Comune_1" al tramonto» asks for',
    ],
    [
      "a next notification that shares something unknown",
      sendCase({
        input: { actions: [sends, "viene generata una nuova notifica con uguale colore", sends] },
      }),
      "no runner knows what «uguale colore» asks for",
    ],
  ])("%s", async (_what, text, why) => {
    expect(await bySimulator(text)).toEqual({ verdict: "not applicable", why });
    expect(await byValidate(text)).toEqual({ verdict: "not applicable", why });
  });
});

describe("sequences that the sample does not hold", () => {
  const taken = `${sends} e si attende che lo stato diventi ACCEPTED`;
  const refused = { expect: "rejected", code: "409" };
  const payment = [{ ...person, "payments[].pagoPa.applyCost": false }];

  test.each([
    ["uguale paProtocolNumber", refused],
    ["diverso paProtocolNumber", {}],
    ["uguale paProtocolNumber e diverso idempotenceToken", {}],
    ["uguale paProtocolNumber e uguale idempotenceToken", refused],
    ["uguale codice fiscale del creditore e uguale codice avviso", refused],
    ["diverso codice fiscale del creditore e uguale codice avviso", {}],
    ["uguale codice fiscale del creditore e diverso codice avviso", {}],
  ])("a second notification with %s", async (what, end) => {
    const actions = [taken, `viene generata una nuova notifica con ${what}`, sends];

    const verdict = await bySimulator(
      sendCase({ input: { recipients: payment, actions }, ...end }),
    );

    expect(verdict).toEqual({ verdict: "agreed", why: "" });
  });

  test("another PA may use the same protocol and token", async () => {
    const actions = [
      taken,
      "viene generata una nuova notifica con uguale paProtocolNumber e uguale idempotenceToken",
      'la notifica viene inviata dal "Comune_2"',
    ];

    const verdict = await bySimulator(sendCase({ input: { recipients: [person], actions } }));

    expect(verdict).toEqual({ verdict: "agreed", why: "" });
  });

  test.each([
    ["effettuando la preload ma senza caricare nessun allegato", "FILE_NOTFOUND"],
    ["effettuando la preload ma senza caricare nessun allegato pdf", "FILE_NOTFOUND"],
    ["con sha256 diverso", "FILE_SHA_ERROR"],
    ["con un allegato non pdf", "FILE_PDF_INVALID_ERROR"],
    ["con un file troppo grande", "FILE_PDF_TOOBIG_ERROR"],
  ])("files that are sent %s", async (how, code) => {
    const action = `la notifica viene inviata tramite api b2b ${how} dal "Comune_1" e si attende che lo stato diventi REFUSED`;
    const input = { recipients: [person], actions: [action] };

    const verdict = await bySimulator(
      sendCase({ kind: "document", stage: "async", input, expect: "rejected", code }),
    );

    expect(verdict).toEqual({ verdict: "agreed", why: "" });
  });
});

describe("cases about codes and payments", () => {
  const line = (kind: unknown, input: unknown, wanted: unknown, note = ""): string =>
    JSON.stringify({ id: "X-1", kind, input, expect: wanted, note });
  const rowOf = async (text: string) => {
    const [one] = casesIn(text);
    if (one === undefined) throw new Error("no case");
    const { verdict, why } = await pagoPaRowOf(one);
    return [verdict, why];
  };

  test.each([
    ["no JSON", "nothing", "the line is no JSON"],
    ["an unknown kind", line("iban", "IT60", { valid: true }), "no runner knows the kind «iban»"],
    ["no kind", line(null, "x", { valid: true }), "the case has no kind"],
    ["no input", line("cf", 7, { valid: true }), "the input is neither text nor object"],
    ["no expectation", line("cf", "x", {}), "the case expects nothing"],
    [
      "an expectation that nobody compares",
      line("cf", "RSSMRA80A01H501U", { colour: "red" }),
      "the case says neither valid nor not",
    ],
    [
      "an unknown question about a code",
      line("cf", { encode: { name: "Mario" } }, { code: "x" }),
      "no runner knows what «encode» asks for",
    ],
    [
      "an unknown question about a notice code",
      line("notice-code", { reverse: "3" }, { code: "x" }),
      "no runner knows what «reverse» asks for",
    ],
    [
      "an unknown answer about a notice code",
      line("notice-code", "302032002700000251", { colour: "red" }),
      "not compared: colour",
    ],
    [
      "an unknown question of another kind",
      line("other", { printBarcode: "3" }, { printed: "x" }),
      "no runner knows what «printBarcode» asks for",
    ],
    [
      "an unknown action on a position",
      line("other", { gpd: "archive", status: "PAID" }, { http: 200 }),
      "no runner knows the action «archive» in the state «PAID»",
    ],
    [
      "an unknown state of a position",
      line("other", { gpd: "delete", status: "LOST" }, { http: 200 }),
      "no runner knows the action «delete» in the state «LOST»",
    ],
    [
      "an amount that is none",
      line("other", { euroToQrCents: "ten" }, { cents: "1000" }),
      "no runner reads the amount «ten»",
    ],
  ])("%s is not applicable", async (_what, text, why) => {
    expect(await rowOf(text)).toEqual(["not applicable", why]);
  });

  test.each([
    [
      "a wrong amount",
      line("qr", "PAGOPA|002|302032002700000251|03334231200|11", { valid: true, amountCents: 12 }),
    ],
    ["a wrong check letter", line("cf", { checkChar: "RSSMRA80A01H501" }, { char: "X" })],
    ["a code that is right", line("cf", "RSSMRA80A01H501U", { valid: false })],
    [
      "wrong lengths",
      line("notice-code", "302032002700000251", { valid: true, fieldLengths: { iuv17: 17 } }),
    ],
    ["a wrong status", line("other", { gpd: "delete", status: "PAID" }, { http: 200 })],
  ])("%s is unexplained", async (_what, text) => {
    expect((await rowOf(text))[0]).toBe("unexplained");
  });

  test("what nobody compares beside an answer that agrees is told", async () => {
    const text = line("notice-code", "302032002700000251", { valid: true, colour: "red" });

    expect(await rowOf(text)).toEqual(["agreed", "not compared: colour"]);
  });
});
