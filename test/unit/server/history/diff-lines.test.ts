/** Tests over the differences of two texts: what came, what went, and nothing where they say the same. */
import { describe, expect, test } from "bun:test";
import { diffLines } from "../../../../server/history/diff-lines.ts";

function show(before: string, after: string): readonly string[] {
  const marks = { same: " ", added: "+", removed: "-", gap: "…" } as const;
  return diffLines(before, after).map(({ kind, text }) => `${marks[kind]}${text}`);
}

describe("differences", () => {
  test.each([
    ["equal texts", "a\nb\n", "a\nb", []],
    ["a line that changed", "a\nb\nc\n", "a\nx\nc\n", [" a", "-b", "+x", " c"]],
    ["a line that came", "a\nc\n", "a\nb\nc\n", [" a", "+b", " c"]],
    ["a line that went", "a\nb\nc\n", "a\nc\n", [" a", "-b", " c"]],
    ["all of it", "a\nb\n", "x\n", ["-a", "-b", "+x"]],
    ["a line twice", "a\na\n", "a\n", [" a", "-a"]],
    [
      "far from it nothing is said",
      "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
      "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
      ["…", " 3", " 4", "-5", "+five", " 6", " 7", "…"],
    ],
  ])("%s", (_what, before, after, expected) => {
    expect(show(before, after)).toEqual(expected);
  });

  test("what does not count makes no difference, and is shown as it is now", () => {
    const before = "times: 8 # pipelines/send.yaml:12\nwait: 1\n";
    const after = "times: 8 # pipelines/send.yaml:14\nwait: 2\n";

    const found = diffLines(before, after, (line) => line.replace(/ # .*$/, ""));

    expect(found.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      "same times: 8 # pipelines/send.yaml:14",
      "removed wait: 1",
      "added wait: 2",
    ]);
  });

  test("texts that nobody reads by eye differ as a whole", () => {
    const long = Array.from({ length: 2_001 }, (_, n) => `${n}`).join("\n");

    expect(diffLines(long, `${long}\nx`)).toHaveLength(2_001 + 2_002);
  });
});
