/** A code in words: of `check` with its examples, of a verbale's check, of any other error. */
import type { FaultCode } from "../../../loader/yaml/diagnostics.ts";
import faultCodes from "../../../loader/yaml/fault-codes.json";
import { checks } from "../../../steps/checks/catalogue.ts";
import codeWords from "./code-words.json";
import { type FaultPage, faultPages } from "./fault-pages.ts";

const titles: Readonly<Record<string, string>> = faultCodes;
const others: Readonly<Record<string, string>> = codeWords;

/** Every code that can be explained: of `check`, of a verbale, of the program. */
export function listExplained(): readonly string[] {
  return [...Object.keys(faultPages), ...Object.keys(checks), ...Object.keys(others)];
}

/** Some lines in Italian; `null`: no code of Postino's. */
export function explainCode(code: string): string | null {
  const page = Object.hasOwn(faultPages, code) ? faultPages[code as FaultCode] : null;
  if (page !== null) return explainFault(code, page);
  if (Object.hasOwn(checks, code)) return explainCheck(code as keyof typeof checks);
  const told = Object.hasOwn(others, code) ? others[code] : undefined;
  return told === undefined ? null : `${code}\n\n${told}\n`;
}

function explainFault(code: string, { about, file, wrong, right }: FaultPage): string {
  const where = {
    pipeline: "in una pipeline",
    ente: "nel file di un ente",
    base: "in una base: base-esempio.yaml",
    names: "nei nomi",
    past: "dopo",
  };
  const parts = [
    `${code}: ${titles[code] ?? ""}`,
    about,
    `${right === null ? "Compare con" : "Sbagliato"}, ${where[file]}:\n\n${indentLines(wrong)}`,
    ...(right === null ? [] : [`Giusto:\n\n${indentLines(right)}`]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function explainCheck(code: keyof typeof checks): string {
  const { severity, bySend, about } = checks[code];
  const does = {
    error: "Il verbale è scartato, e gli altri vanno avanti.",
    warning: "È un avviso: il verbale va avanti.",
    off: "Di norma tace.",
  };
  const send = {
    "at once": "SEND lo rifiuterebbe subito.",
    later: "SEND lo rifiuterebbe dopo, e un rifiuto costa 1 euro a destinatario.",
    never: "SEND non lo rifiuterebbe.",
  };
  const change = `Un ente cambia la gravità nel suo file:\n\n${indentLines(
    `pipelines:\n  send: { change: { validate: { with: { severity: { ${code}: ${severity === "error" ? "warning" : "error"} } } } } }`,
  )}`;
  return `${code}: controllo di un verbale\n\n${about}\n\n${does[severity]} ${send[bySend]}\n\n${change}\n`;
}

function indentLines(text: string): string {
  return text.replaceAll(/^/gm, "    ");
}
