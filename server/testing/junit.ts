/** The outcomes as JUnit's XML, which build servers read. */
import { escapeXmlText } from "../../integrations/xml-text.ts";
import type { TestFailure, TestOutcome } from "./play-test.ts";

/** One suite for each file. */
export function formatJunit(outcomes: readonly TestOutcome[]): string {
  const suites = [...Map.groupBy(outcomes, ({ file }) => file)];
  const body = suites.map(([file, cases]) => {
    const failed = cases.filter(({ failures }) => failures.length > 0).length;
    const head = `<testsuite name="${escapeXmlText(file)}" tests="${cases.length}" failures="${failed}" time="${formatTime(cases)}">`;
    return `${head}\n${cases.map(formatCase).join("\n")}\n</testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${body.join("\n")}\n</testsuites>\n`;
}

function formatCase({ name, file, place, ms, failures }: TestOutcome): string {
  const line = place.slice(place.lastIndexOf(":") + 1);
  const open = `<testcase classname="${escapeXmlText(file)}" name="${escapeXmlText(name)}" file="${escapeXmlText(file)}" line="${line}" time="${(ms / 1000).toFixed(3)}"`;
  if (failures.length === 0) return `${open}/>`;
  return `${open}>\n${failures.map(formatFailure).join("\n")}\n</testcase>`;
}

function formatFailure({ place, keys, expected, got }: TestFailure): string {
  const message = expected === undefined ? got : `${keys}: atteso ${expected}, ottenuto ${got}`;
  return `<failure message="${escapeXmlText(message)}">${escapeXmlText(place)}</failure>`;
}

function formatTime(cases: readonly TestOutcome[]): string {
  let total = 0;
  for (const { ms } of cases) total += ms;
  return (total / 1000).toFixed(3);
}
