/** Reads what `bun test` says about a suite, its closing lines and its JUnit report. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Skipped and still to be written. */
  readonly skipped: number;
}

export interface Report {
  /** `file: title`, with the reason where the report knows one. */
  readonly skipped: readonly string[];
  readonly failed: readonly string[];
}

/** The counts that `bun test` prints last; `null` when it died before. */
export function parseSummary(output: string): Counts | null {
  const plain = Bun.stripANSI(output);
  const end = plain.lastIndexOf("\nRan ");
  if (end === -1) return null;
  const lines = plain.slice(0, end).split("\n").slice(-12);
  const counts = new Map<string, number>();
  for (const line of lines) {
    const match = /^\s*(\d+) (pass|skip|todo|fail)$/.exec(line);
    if (match !== null) counts.set(match[2] ?? "", Number(match[1]));
  }
  if (!counts.has("pass")) return null;
  return {
    passed: counts.get("pass") ?? 0,
    failed: counts.get("fail") ?? 0,
    skipped: (counts.get("skip") ?? 0) + (counts.get("todo") ?? 0),
  };
}

/** Skipped and failed tests of a JUnit report. */
export function parseReport(xml: string): Report {
  const skipped: string[] = [];
  const failed: string[] = [];
  const cases = /<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g;
  for (const [, attributes = "", body = ""] of xml.matchAll(cases)) {
    const group = readAttribute(attributes, "classname");
    const name = [group, readAttribute(attributes, "name")]
      .filter((part) => part !== "")
      .join(" > ");
    const line = `${readAttribute(attributes, "file")}: ${name}`;
    if (body.includes("<skipped")) {
      const reason = readAttribute(/<skipped\b([^>]*)>/.exec(body)?.[1] ?? "", "message");
      skipped.push(reason === "" ? line : `${line} (${reason})`);
    } else if (/<(failure|error)\b/.test(body)) failed.push(line);
  }
  return { skipped, failed };
}

/** The last line of `npm test`. */
export function formatSum(counts: Counts): string {
  const base = `${counts.passed} passed, ${counts.failed} failed`;
  return counts.skipped === 0 ? base : `${base}, ${counts.skipped} skipped`;
}

/** Adds what a suite printed last (`N passed, N failed, N skipped`); one that ends badly without a failure to show for it counts as one. */
export function addSuite(total: Counts, output: string, code: number): Counts {
  const lines = Bun.stripANSI(output).matchAll(
    /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\r?$/gm,
  );
  const [, passed = "0", failed = "0", skipped = "0"] = [...lines].at(-1) ?? [];
  const isSilent = code !== 0 && Number(failed) === 0;
  return {
    passed: total.passed + Number(passed),
    failed: total.failed + Number(failed) + (isSilent ? 1 : 0),
    skipped: total.skipped + Number(skipped),
  };
}

function readAttribute(attributes: string, name: string): string {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
  return value
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&#10;", " ")
    .replaceAll("&amp;", "&");
}
