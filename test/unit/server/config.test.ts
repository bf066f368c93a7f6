/** What the environment says: defaults, and settings that are no numbers. */
import { describe, expect, test } from "bun:test";
import { RunBlocked } from "../../../engine/host/errors.ts";
import { readConfig } from "../../../server/config.ts";

test("a level of the log that does not exist is refused by name, an empty one is none", () => {
  expect(readConfig({ POSTINO_LOG: "" }).logLevel).toBeUndefined();
  expect(readConfig({ POSTINO_LOG: "debug" }).logLevel).toBe("debug");
  expect(() => readConfig({ POSTINO_LOG: "tutto" })).toThrow(
    "POSTINO_LOG vuole debug, info, warn, error, non «tutto».",
  );
});

describe("the limits of an upload", () => {
  test("fit 20,000 documents by default, and are what the environment says", () => {
    expect(readConfig({}).uploadLimits).toEqual({ bytes: 6_000_000_000, files: 50_000 });
    expect(readConfig({ POSTINO_UPLOAD_MB: "20", POSTINO_UPLOAD_FILES: "3" }).uploadLimits).toEqual(
      { bytes: 20_000_000, files: 3 },
    );
  });

  test("that are no whole number are refused by name", () => {
    for (const value of ["0", "-1", "1.5", "6G"]) {
      let thrown: unknown = null;
      try {
        readConfig({ POSTINO_UPLOAD_MB: value });
      } catch (error) {
        thrown = error;
      }
      if (!(thrown instanceof RunBlocked)) throw new Error(`${value} was taken`);
      expect([thrown.code, thrown.message]).toEqual([
        "BAD_SETTING",
        `POSTINO_UPLOAD_MB vuole un numero intero da 1 in su, non «${value}».`,
      ]);
    }
  });
});
