/** Puts the examples of the codes into a file that is right otherwise. */
import type { FaultPage } from "../../server/words/codes/fault-pages.ts";

/** The file with the wrong or the right piece: in the place of the right one where the file has it, of the line with the same key, or at its end. */
export function putExample(text: string, page: FaultPage, which: "wrong" | "right"): string {
  const piece = page[which] ?? "";
  const right = page.over ?? page.right ?? page.wrong;
  if (text.includes(`${right}\n`)) return text.replace(`${right}\n`, () => `${piece}\n`);
  const lead = /^\s*(?:- )?[^:]+:/.exec(right)?.[0] ?? "";
  const line = text.split("\n").find((one) => lead !== "" && one.startsWith(lead));
  const lines = right.split("\n").length;
  if (line === undefined) return `${text}${piece}\n`;
  const at = text.indexOf(`${line}\n`);
  const rest = text.slice(at).split("\n").slice(lines);
  return `${text.slice(0, at)}${piece}\n${rest.join("\n")}`;
}
