/** `check --sarif`: the document that code hosts read. */
import { expect, test } from "bun:test";
import { checkFiles } from "../../../../loader/check/check.ts";
import { toSarif } from "../../../../server/words/sarif.ts";
import { registry, settingsSchema } from "../../loader/pipeline/pipeline-kit.ts";

test("place, level, rule, words and correction of a fault", async () => {
  const file = "test/fixtures/broken/leading-zero.yaml";
  const report = await checkFiles({ pipelinesFolder: "", files: [file], registry, settingsSchema });

  const sarif = JSON.parse(JSON.stringify(toSarif(report, "0.2.0"))) as {
    readonly version: string;
    readonly runs: readonly [{ readonly tool: object; readonly results: readonly object[] }];
  };

  const [{ tool, results }] = sarif.runs;
  const artifactLocation = { uri: file };
  expect(sarif.version).toBe("2.1.0");
  expect(tool).toEqual({
    driver: {
      name: "Postino",
      version: "0.2.0",
      rules: [
        {
          id: "P006",
          shortDescription: { text: "codice senza virgolette che cambierebbe valore" },
          help: { text: "postino explain P006" },
        },
      ],
    },
  });
  expect(results).toHaveLength(2);
  expect(results[0]).toMatchObject({
    ruleId: "P006",
    ruleIndex: 0,
    level: "error",
    message: { text: expect.stringContaining('correzione: inbox: "058091"') },
    locations: [
      {
        physicalLocation: {
          artifactLocation,
          region: { startLine: 4, startColumn: 20, endColumn: 26 },
        },
      },
    ],
    fixes: [
      {
        artifactChanges: [
          { artifactLocation, replacements: [{ insertedContent: { text: '"058091"' } }] },
        ],
      },
    ],
  });
});

test("a name with blanks is written as an address, and a report without faults has no results", async () => {
  const one = { code: "P001", severity: "warning", message: "x", line: 1, column: 1 } as const;

  const named = toSarif(
    { problems: [{ ...one, file: "pipe line\\è.yaml" }], files: [], fixed: [] },
    "1",
  );
  const empty = toSarif({ problems: [], files: [], fixed: [] }, "1");

  expect(JSON.stringify(named)).toContain('"uri":"pipe%20line/%C3%A8.yaml"');
  expect(JSON.stringify(named)).toContain('"level":"warning"');
  expect(JSON.stringify(empty)).toContain('"results":[]');
});
