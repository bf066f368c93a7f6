/** The log: JSON lines of redacted fields, from a level on. */
import { expect, test } from "bun:test";
import { createLogger, type LogLevel, silentLogger } from "../../../../engine/host/logger.ts";
import { createRedactor } from "../../../../engine/host/redaction.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";

function makeLog(level?: LogLevel) {
  const lines: unknown[] = [];
  const redactor = createRedactor();
  redactor.add("s3cr3t-value");
  const log = createLogger({
    clock: createFakeClock("2026-11-23T06:30:00Z"),
    redactor,
    isTerminal: false,
    write: (line) => lines.push(JSON.parse(line)),
    ...(level === undefined ? {} : { level }),
  });
  return { log, lines };
}

test("a line has time, level, message and redacted fields", () => {
  const { log, lines } = makeLog();

  log.warn("notification refused s3cr3t-value", { itemKey: "AB123", apiKey: "k", code: "BAD_CAP" });

  expect(lines).toEqual([
    {
      time: "2026-11-23T06:30:00.000Z",
      level: "warn",
      message: "notification refused ***",
      itemKey: "AB123",
      apiKey: "***",
      code: "BAD_CAP",
    },
  ]);
});

test("lines below the level are not written; without one it is info", () => {
  const plain = makeLog();
  const strict = makeLog("error");
  for (const { log } of [plain, strict])
    for (const level of ["debug", "info", "warn", "error"] as const) log[level](level);

  expect(plain.lines).toMatchObject([{ level: "info" }, { level: "warn" }, { level: "error" }]);
  expect(strict.lines).toMatchObject([{ level: "error" }]);
});

test("a logger with fields adds them to every line, and the line's own win", () => {
  const { log, lines } = makeLog();
  const ofRun = log.with({ runId: "20261123-0001", step: "none" }).with({ ente: "prova" });

  ofRun.info("run rests", { step: "zip" });
  log.info("plain");

  expect(lines[0]).toMatchObject({ runId: "20261123-0001", ente: "prova", step: "zip" });
  expect(lines[1]).toEqual({ time: "2026-11-23T06:30:00.000Z", level: "info", message: "plain" });
});

test("the silent logger stays silent with fields", () => {
  expect(silentLogger.with({ runId: "x" })).toBe(silentLogger);
});
