/** Reading the errors of others: the code that one carries, and what is only missing. */
import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { codeOf, allowMissing, RunBlocked } from "../../../../engine/host/errors.ts";

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
