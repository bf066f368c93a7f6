/** One address: what the checks have settled is what the act, SEND, the payment system and the envelope get. */
import { expect, test } from "bun:test";
import { buildVerbaleContent } from "../../../steps/render/content.ts";
import { cleanAddress } from "../../../steps/checks/address.ts";
import { buildPrintedRows } from "../../../steps/checks/print-rows.ts";
import { makeVerbale } from "../../support/verbali.ts";

test("the act prints the address that is sent, also where letters were transcribed", () => {
  const verbale = makeVerbale(1, "2026-11-10");
  const raw = {
    via: "Via  Šimić",
    civico: "12",
    presso: "Famiglia Łuk",
    cap: " 26013",
    comune: "Crema",
    provincia: "cr",
  };
  const address = cleanAddress(raw);
  const validation = {
    checkedOn: "2026-11-23",
    taxId: "RSSMRA80A01H501U",
    denomination: "Mario Rossi",
    address,
    notifyBy: "2027-02-01",
    warnings: [],
  };
  const { importoRidottoCents, speseCents } = verbale;
  const payment = {
    ref: "R",
    creditorTaxId: "89999990164",
    options: [
      {
        kind: "reduced" as const,
        iuv: "01000000000000001",
        noticeCode: "301000000000000001",
        amountCents: importoRidottoCents + speseCents,
      },
    ],
  };

  const { recipient } = buildVerbaleContent(
    { ...verbale, destinatario: { ...verbale.destinatario, indirizzo: raw } },
    validation,
    payment,
  );

  expect(recipient.address).toEqual(["presso Famiglia Luk", "Via Simic 12", "26013 Crema CR"]);
  expect(buildPrintedRows("Mario Rossi", address)).toEqual([
    "Mario Rossi",
    "Famiglia Luk",
    "Via Simic 12",
    "26013 Crema CR",
  ]);
});

test("a field that a verbale gains reaches the model without a word in the step", () => {
  const verbale = { ...makeVerbale(1, "2026-11-10"), fotografia: "varco-7.jpg" };
  const { importoRidottoCents: fine, speseCents, destinatario } = verbale;
  const noticeCode = "301000000000000001";
  const amountCents = fine + speseCents;

  const content = buildVerbaleContent(
    verbale,
    {
      checkedOn: "2026-11-23",
      taxId: "RSSMRA80A01H501U",
      denomination: "Mario Rossi",
      address: cleanAddress(destinatario.indirizzo),
      notifyBy: "2027-02-01",
      warnings: [],
    },
    {
      ref: "R",
      creditorTaxId: "89999990164",
      options: [{ kind: "reduced", iuv: noticeCode.slice(1), noticeCode, amountCents }],
    },
  );

  expect(content).toHaveProperty("fotografia", "varco-7.jpg");
});
