/** Tests of how `npm test` counts: a suite that dies must never look like one that passed. */
import { describe, expect, test } from "bun:test";
import { addSuite, parseReport, parseSummary, formatSum } from "../../scripts/test-report.ts";

describe("the closing lines of bun test", () => {
  test("passed, failed, skipped and todo are counted", () => {
    const output =
      "(pass) one\n\n --seed=42\n 12 pass\n 2 skip\n 1 todo\n 3 fail\n 1 error\n 40 expect() calls\nRan 18 tests across 3 files. [6.00ms]\n";

    expect(parseSummary(output)).toEqual({ passed: 12, failed: 3, skipped: 3 });
  });

  test("colours do not hide the counts", () => {
    const output =
      "\n\u001b[32m 4 pass\u001b[0m\n\u001b[2m 0 fail\u001b[0m\nRan 4 tests across 1 file.\n";

    expect(parseSummary(output)).toEqual({ passed: 4, failed: 0, skipped: 0 });
  });

  test("numbers that a test printed are not taken for the counts", () => {
    const output = ` 99 pass\n${"a line\n".repeat(20)} 1 pass\n 0 fail\nRan 1 test across 1 file.\n`;

    expect(parseSummary(output)).toEqual({ passed: 1, failed: 0, skipped: 0 });
  });

  test("output that ends without counts gives none", () => {
    expect(parseSummary("(pass) one\n(pass) two\n")).toBeNull();
    expect(parseSummary("")).toBeNull();
  });
});

describe("the JUnit report", () => {
  const xml = `<testsuites><testsuite name="a">
    <testcase name="ok" classname="" time="0" file="t/a.test.ts" line="4" assertions="1" />
    <testcase name="a &lt;b&gt; &amp; c" classname="group" time="0" file="t/a.test.ts"><skipped /></testcase>
    <testcase name="later" classname="" time="0" file="t/a.test.ts"><skipped message="no service here" /></testcase>
    <testcase name="bad" classname="" time="0" file="t/b.test.ts">
      <failure type="AssertionError" message="x">trace</failure>
    </testcase></testsuite></testsuites>`;

  test("skipped tests are named with file, group and reason", () => {
    expect(parseReport(xml).skipped).toEqual([
      "t/a.test.ts: group > a <b> & c",
      "t/a.test.ts: later (no service here)",
    ]);
  });

  test("failed tests are named", () => {
    expect(parseReport(xml).failed).toEqual(["t/b.test.ts: bad"]);
  });
});

describe("the last line", () => {
  test("names the skipped only when there are some", () => {
    expect(formatSum({ passed: 10, failed: 0, skipped: 0 })).toBe("10 passed, 0 failed");
    expect(formatSum({ passed: 10, failed: 1, skipped: 2 })).toBe("10 passed, 1 failed, 2 skipped");
  });
});

describe("the sum of several suites", () => {
  const before = { passed: 10, failed: 1, skipped: 2 };

  test.each([
    ["all passed", "5 passed, 0 failed\n", 0, { passed: 15, failed: 1, skipped: 2 }],
    ["some skipped", "5 passed, 2 failed, 3 skipped\n", 1, { passed: 15, failed: 3, skipped: 5 }],
    [
      "only the last line counts",
      "9 passed, 9 failed\n5 passed, 0 failed\n",
      0,
      { passed: 15, failed: 1, skipped: 2 },
    ],
    [
      "a bad end without a failure",
      "5 passed, 0 failed\n",
      1,
      { passed: 15, failed: 2, skipped: 2 },
    ],
    ["no sum, killed", "…", 143, { passed: 10, failed: 2, skipped: 2 }],
    [
      "a sum inside a sentence",
      "it says 5 passed, 0 failed\n",
      0,
      { passed: 10, failed: 1, skipped: 2 },
    ],
  ])("%s", (_, output, code, expected) => {
    expect(addSuite(before, output, code)).toEqual(expected);
  });
});
