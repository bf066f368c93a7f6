/** The reports of unforeseen exceptions in the data folder: one file for each cause, free of secrets and personal data. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { BugPlace, ReportBug } from "../engine/host/bug-report.ts";
import { listFrames, nameBug } from "../engine/host/bug-report.ts";
import { type Clock, toInstant } from "../engine/host/clock.ts";
import { codeOf, messageOf } from "../engine/host/errors.ts";
import type { Redactor } from "../engine/host/redaction.ts";
import type { Config } from "./config.ts";
import { readVersion } from "./version.ts";

export interface BugReportOptions {
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly redactor: Redactor;
}

/** A writer of reports into `segnalazioni/` of the data folder. */
export function createBugReports(options: BugReportOptions): ReportBug {
  const folder = join(options.dataFolder, "segnalazioni");
  return (error, place) => {
    const path = join(folder, `segnalazione-${identifyCause(error)}.txt`);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch {
      return null;
    }
    try {
      writeFileSync(path, formatReport(error, place, options), { flag: "wx", mode: 0o600 });
    } catch (fault) {
      // Whoever met the same cause before has written it.
      if (codeOf(fault) !== "EEXIST") return null;
    }
    const short = relative(process.cwd(), path);
    return short.startsWith("..") ? path : short;
  };
}

/** Twelve characters that stand for class, place in the code and version: what the exception says of one verbale does not count. */
function identifyCause(error: unknown): string {
  const frames = listFrames(error).slice(0, 5);
  const parts = [readVersion(), nameBug(error), ...frames];
  if (frames.length === 0) parts.push(messageOf(error).replaceAll(/\d+/g, "0"));
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 12);
}

function formatReport(error: unknown, place: BugPlace, options: BugReportOptions): string {
  const lines = [
    "Segnalazione di un errore imprevisto di Postino",
    "Da allegare alla richiesta di assistenza. Segreti e dati personali sono stati tolti.",
    "",
    `quando: ${toInstant(options.clock.now())}`,
    `versione: ${readVersion()}`,
    `Bun: ${Bun.version}`,
    `sistema: ${process.platform} ${process.arch}`,
    ...(place.doing === undefined ? [] : [`durante: ${place.doing}`]),
    ...(place.run === undefined ? [] : [`flusso: ${place.run}`]),
    ...(place.step === undefined ? [] : [`passo: ${place.step}`]),
    ...(place.itemKey === undefined ? [] : [`verbale: ${place.itemKey}`]),
    "",
  ];
  const hide = createHider(place, options.redactor);
  let prefix = "errore";
  let cause: unknown = error;
  for (let depth = 0; depth < 5 && cause !== undefined && cause !== null; depth += 1) {
    lines.push(`${prefix}: ${nameBug(cause)}: ${hide(messageOf(cause))}`);
    lines.push(...listFrames(cause).map((line) => `  ${options.redactor.redactText(line)}`));
    prefix = "causa";
    cause = cause instanceof Error ? cause.cause : null;
  }
  return `${lines.join("\n")}\n`;
}

const emailShape = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
/** What code quotes is what it was given; names of fields stand in plain quotes. */
const quoted = /"[^"]*"|«[^»]*»/g;

/** Names of people and places, plates, codes: what begins with a capital or holds a digit. */
const names = /(?<![\p{L}\p{N}_.])(?:\p{Lu}[\p{L}\p{N}'’]*|\p{L}*\p{N}[\p{L}\p{N}]*)/gu;
/** Words of the runtime's own messages. */
const plainWords: ReadonlySet<string> = new Set(
  "JSON Parse Unexpected Expected Cannot Invalid Failed Error EOF HTTP ENOENT EACCES EPERM ENOSPC EIO".split(
    " ",
  ),
);

/** Takes out what the item holds, what is quoted, and what has the shape of a name, an address or a number. */
function createHider(place: BugPlace, redactor: Redactor): (text: string) => string {
  const values = [...collectValues(place.data, new Set())]
    .filter((value) => value !== place.itemKey)
    .toSorted((a, b) => b.length - a.length);
  return (text) => {
    let hidden = redactor.redactText(text);
    for (const value of values) hidden = hidden.replaceAll(value, "[dato]");
    return hidden
      .replaceAll(quoted, "[testo]")
      .replaceAll(emailShape, "[indirizzo]")
      .replaceAll(names, (word) => (plainWords.has(word) ? word : "[dato]"));
  };
}

/** Texts and numbers of three characters or more, at any depth, whole and word by word. */
function collectValues(data: unknown, found: Set<string>): Set<string> {
  if (typeof data === "string" || typeof data === "number")
    for (const part of [String(data), ...String(data).split(/\s+/)])
      if (part.trim().length >= 3) found.add(part);
  if (typeof data === "object" && data !== null)
    for (const value of Object.values(data)) collectValues(value, found);
  return found;
}

const secretNames = /key|secret|segreto|password|passphrase|token|otp|pin/i;

/** The values of secrets that lie where secrets may lie: the environment, by their names, and the secrets folder. */
export function listSecretValues({
  environment,
  secretsFolder,
}: Pick<Config, "environment" | "secretsFolder">): readonly string[] {
  const values = Object.entries(environment).flatMap(([name, value]) =>
    secretNames.test(name) && value !== undefined ? [value] : [],
  );
  try {
    for (const entry of readdirSync(secretsFolder, { withFileTypes: true }))
      if (entry.isFile()) values.push(readFileSync(join(secretsFolder, entry.name), "utf8").trim());
  } catch {
    // No folder of secrets, or one that this command may not read: then it knew none of them.
  }
  return values.filter((value) => value.length >= 4);
}
