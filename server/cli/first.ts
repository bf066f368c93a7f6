/** `--first N`: only the first verbali of a flusso. */
import type { CommandInput } from "./command.ts";
import { UsageError } from "../words/usage-error.ts";

/** `null`: all of them. Throws UsageError. */
export function parseFirst(input: CommandInput): number | null {
  const text = input.findValue("first");
  if (text === undefined) return null;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new UsageError(`--first vuole quanti verbali, da 1 in su, non «${text}».`);
}
