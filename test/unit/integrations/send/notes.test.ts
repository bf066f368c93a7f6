/** The Italian notes of SEND's codes, row by row: what the operator reads, what was not done, and that no data of a person gets into it. */
import { describe, expect, test } from "bun:test";
import { RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import type { HttpAnswer } from "../../../../engine/host/http.ts";
import { sendCallError } from "../../../../integrations/send/client/faults.ts";
import {
  explainRefusalCode,
  explainRequestCode,
} from "../../../../integrations/send/notes/notes.ts";
import { refusalRows, requestRows } from "./notes-rows.ts";

const ofVerbale =
  "La richiesta non è stata presa in carico: nulla è stato notificato né addebitato; i codici avviso restano liberi.";
const ofEnte = "La richiesta non è stata presa in carico: nulla è stato notificato né addebitato.";
const refused =
  "SEND non ha notificato nulla; il rifiuto costa 1 euro per destinatario. I codici avviso tornano liberi.";

describe("answers to the request", () => {
  test.each(requestRows.map((row) => [row.rule, row] as const))("%s", (rule, row) => {
    const read = explainRequestCode(row.code, row.detail, row.element);

    const isOfVerbale = row.scope === undefined && rule !== "409 notice code";
    expect(read).toEqual({
      note: `${row.note} ${isOfVerbale ? ofVerbale : ofEnte}`,
      hint: row.hint,
      scope: row.scope ?? "item",
    });
  });

  test.each([
    [
      "PN_INVALID_BODY",
      'Validation errors: [ECMA 262 regex "^.*$" does not match input string "Mario Rossi"]',
    ],
    [
      "PN_INVALID_BODY",
      'Validation errors: [string "Mario Rossi" is too short (length: 11, required minimum: 18)]',
    ],
    [
      "PN_GENERIC_INVALIDPARAMETER",
      "Duplicated iuv { Mario Rossi } on recipient with index 0 in payment with index 1",
    ],
    ["Mario Rossi", "Mario Rossi"],
  ])("what SEND quotes is not repeated: %s %s", (code, detail) => {
    const { note, hint } = explainRequestCode(code, detail, "recipients[0].Rossi");

    expect(`${note} ${JSON.stringify(hint)}`).not.toContain("Rossi");
  });

  test("several errors of one answer are told together, their last sentence once", () => {
    const fault = sendCallError(
      answerOf(400, {
        errors: [
          { code: "PN_GENERIC_INVALIDPARAMETER", detail: "Invalid taxId for recipient 0" },
          {
            code: "PN_GENERIC_INVALIDPARAMETER_PATTERN",
            element: "recipients[0].physicalAddress.zip",
          },
        ],
      }),
      0,
    );

    expect(fault.message).toBe(
      `Il codice fiscale del destinatario non è valido: lettera di controllo sbagliata, o tipo PF/PG che non gli corrisponde. SEND non accetta il CAP: non ha la forma prevista. ${ofVerbale}`,
    );
  });
});

function answerOf(status: number, body: unknown): HttpAnswer {
  return { status, body, headers: new Headers(), bytes: new Uint8Array() };
}

describe("what the gateway and the authoriser say", () => {
  test.each([
    [
      401,
      { message: "Unauthorized" },
      "ACCESS_DENIED",
      "SEND non ha ricevuto la chiave API o il voucher è scaduto (HTTP 401). Da questo momento nulla è stato inviato; ciò che era stato inviato prima resta valido.",
    ],
    [
      403,
      { message: "User is not authorized to access this resource with an explicit deny" },
      "ACCESS_DENIED",
      "SEND ha rifiutato le credenziali (HTTP 403): chiave API errata o bloccata, oppure voucher PDND mancante, scaduto o non previsto per questa chiave. Da questo momento nulla è stato inviato; ciò che era stato inviato prima resta valido.",
    ],
  ])("%p %p stops the run", (status, body, code, note) => {
    const fault = sendCallError(answerOf(status, body), 0);

    expect(fault).toBeInstanceOf(RunBlocked);
    expect([fault.code, fault.message]).toEqual([code, note]);
    expect(fault.hint).not.toBe("");
  });

  test.each([
    [429, { message: "Too Many Requests" }, "TOO_MANY_REQUESTS", "none"],
    [429, { errors: [{ code: "PN_GENERIC_TOO_MANY_REQUESTS" }] }, "TOO_MANY_REQUESTS", "none"],
    [500, { errors: [{ code: "PN_GENERIC_ERROR" }] }, "SERVICE_UNAVAILABLE", "unknown"],
    [503, { errors: [{ code: "PN_DELIVERY_ADECHECKCF" }] }, "PN_DELIVERY_ADECHECKCF", "none"],
    [504, { message: "Endpoint request timed out" }, "SERVICE_UNAVAILABLE", "unknown"],
  ] as const)("%p %p is tried later", (status, body, code, effect) => {
    const fault = sendCallError(answerOf(status, body), 0);

    expect(fault).toBeInstanceOf(RetryLater);
    expect(fault).toMatchObject({ code, effect });
  });
});

describe("refusals", () => {
  test.each(refusalRows.map((row) => [row.code, row.detail ?? "", row] as const))(
    "%s %s",
    (code, detail, row) => {
      expect(explainRefusalCode(code, detail)).toEqual({
        note: `${row.note} ${refused}`,
        hint: row.hint,
        scope: row.scope ?? "item",
      });
    },
  );

  test("a place that SEND quotes is not repeated", () => {
    const { note, hint } = explainRefusalCode(
      "NOT_VALID_ADDRESS",
      "Validation failed, address is not valid. Error=Invalid Address, Cap, City and Province: [00118, Gallarate, MI]",
    );

    expect(`${note} ${JSON.stringify(hint)}`).not.toContain("Gallarate");
  });
});
