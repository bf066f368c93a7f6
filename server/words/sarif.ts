/** A report of `check` as SARIF 2.1.0, which code hosts and editors show beside the lines. */
import type { CheckReport } from "../../loader/check/check.ts";
import type { Problem, Severity } from "../../loader/yaml/diagnostics.ts";
import faultCodes from "../../loader/yaml/fault-codes.json";
import { explainProblem } from "./problems.ts";

const levels: Readonly<Record<Severity, string>> = {
  error: "error",
  warning: "warning",
  info: "note",
};

/** Paths stay as they were typed: relative to the folder that the host opens. */
export function toSarif({ problems }: CheckReport, version: string): object {
  const codes = [...new Set(problems.map(({ code }) => code))].toSorted();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "Postino",
            version,
            rules: codes.map((code) => ({
              id: code,
              shortDescription: { text: faultCodes[code] },
              help: { text: `postino explain ${code}` },
            })),
          },
        },
        columnKind: "utf16CodeUnits",
        results: problems.map((problem) => toResult(problem, codes.indexOf(problem.code))),
      },
    ],
  };
}

function toResult(problem: Problem, ruleIndex: number): object {
  const { code, severity, file, line, column, endColumn = column, fix } = problem;
  const artifactLocation = { uri: encodeURI(file.replaceAll("\\", "/")) };
  const region = { startLine: line, startColumn: column, endColumn };
  const replacement = fix && {
    deletedRegion: { charOffset: fix.start, charLength: fix.end - fix.start },
    insertedContent: { text: fix.text },
  };
  return {
    ruleId: code,
    ruleIndex,
    level: levels[severity],
    message: { text: explainProblem(problem) },
    locations: [{ physicalLocation: { artifactLocation, region } }],
    ...(replacement && {
      fixes: [
        {
          description: { text: "check --fix" },
          artifactChanges: [{ artifactLocation, replacements: [replacement] }],
        },
      ],
    }),
  };
}
