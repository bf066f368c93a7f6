/** Reading the errors of others: the code that one carries, and what is only missing. */
import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { passOnCode } from "../../../../engine/host/error-codes.ts";
import {
  allowMissing,
  codeOf,
  ItemRejected,
  PipelineError,
  RetryLater,
  RunBlocked,
} from "../../../../engine/host/errors.ts";

test.each<[string, unknown, string | undefined]>([
  ["of the system", Object.assign(new Error("no such file"), { code: "ENOENT" }), "ENOENT"],
  ["of ours", new RunBlocked("DISK_FULL", "Il disco è pieno."), "DISK_FULL"],
  ["with a number, as an abort has it,", new DOMException("aborted", "AbortError"), undefined],
  ["without one", new Error("a bug"), undefined],
  ["that is none", { code: "ENOENT" }, undefined],
])("the code of an error %s", (_, error, code) => {
  expect(codeOf(error)).toBe(code);
});

test("what is missing is null, what is there comes as it is, and any other error goes on", async () => {
  const missing = await allowMissing(readFile(`${import.meta.path}.missing`));
  const there = await allowMissing(Promise.resolve("text"));
  const folder = allowMissing(readFile(import.meta.dir));

  expect([missing, there]).toEqual([null, "text"]);
  await expect(folder).rejects.toThrow("EISDIR");
});

test("a code that stands in no table does not compile, in any of the four errors", () => {
  const thrown = [
    // @ts-expect-error no table has it
    new ItemRejected("NO_SUCH_CODE", "No."),
    // @ts-expect-error no table has it
    new RunBlocked("DISK_FUL", "No."),
    // @ts-expect-error no table has it
    new PipelineError("FLUSSO_NO_SUCH", "No."),
    // @ts-expect-error no table has it
    new RetryLater("No.", { code: "HTTP_" }),
  ];

  expect(thrown.map(codeOf)).toEqual(["NO_SUCH_CODE", "DISK_FUL", "FLUSSO_NO_SUCH", "HTTP_"]);
});

test("a code of any room, a status and a word of others do", () => {
  const thrown = [
    new ItemRejected("PARTIALLY_PAID", "No."),
    new RunBlocked("SEND_NOT_ACTIVE", "No."),
    new PipelineError("POSTAL_ROW", "No."),
    new ItemRejected("CAP_TOWN", "No."),
    new ItemRejected(`HTTP_${Number("418")}`, "No."),
    new RetryLater("No.", { code: passOnCode("PN_NEW_WORD") }),
    new RetryLater("No."),
  ];

  expect(thrown.map(({ code }) => String(code))).toEqual([
    "PARTIALLY_PAID",
    "SEND_NOT_ACTIVE",
    "POSTAL_ROW",
    "CAP_TOWN",
    "HTTP_418",
    "PN_NEW_WORD",
    "RETRY_LATER",
  ]);
});
