/** What the tests have reached: checks of a verbale, and codes with which verbali and flussi ended. */
import { checks } from "../../steps/checks/catalogue.ts";
import type { Facts } from "./facts.ts";

export interface Seen {
  noteFacts(facts: Facts): void;
  /** A line of the log: `validate` tells there which checks it found at fault. */
  noteLog(line: string): void;
  report(): Coverage;
}

export interface Coverage {
  readonly checks: { readonly reached: readonly string[]; readonly missed: readonly string[] };
  /** Codes that a verbale or a flusso ended with, those of checks left out. */
  readonly codes: readonly string[];
}

export function createSeen(): Seen {
  const reached = new Set<string>();
  const codes = new Set<string>();
  const known = new Set(Object.keys(checks));
  return {
    noteFacts({ run, items }) {
      for (const code of [run.code, ...items.map((item) => item.code)])
        if (code !== null) codes.add(code);
    },
    noteLog(line) {
      if (!line.includes(findingsMessage)) return;
      const { codes: found } = JSON.parse(line) as { readonly codes?: readonly string[] };
      for (const code of found ?? []) reached.add(code);
    },
    report() {
      for (const code of codes) if (known.has(code)) reached.add(code);
      const all = [...known].toSorted();
      return {
        checks: {
          reached: all.filter((code) => reached.has(code)),
          missed: all.filter((code) => !reached.has(code)),
        },
        codes: [...codes].filter((code) => !known.has(code)).toSorted(),
      };
    },
  };
}

/** What `validate` logs, with the codes that it found. */
const findingsMessage = "checks found";
