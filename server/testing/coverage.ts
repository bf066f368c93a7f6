/** What the tests have reached: checks of a verbale, and codes with which verbali and flussi ended. */
import { integrationsCodes } from "../../integrations/error-codes.ts";
import { flussoCodes } from "../../integrations/flusso/error-codes.ts";
import { paymentsCodes } from "../../integrations/payments/error-codes.ts";
import { sendCodes } from "../../integrations/send/error-codes.ts";
import { signingCodes } from "../../integrations/signing/error-codes.ts";
import { checks } from "../../steps/checks/catalogue.ts";
import { stepCodes } from "../../steps/schemas/error-codes.ts";
import type { Facts } from "./facts.ts";

export interface Seen {
  noteFacts(facts: Facts): void;
  /** A line of the log: `validate` tells there which checks it found at fault. */
  noteLog(line: string): void;
  report(): Coverage;
}

export interface Reached {
  readonly reached: readonly string[];
  readonly missed: readonly string[];
}

export interface Coverage {
  readonly checks: Reached;
  /** What an operator reads in a note for another reason than a check: of the file, of payments, signature, SEND and the steps themselves. */
  readonly notes: Reached;
  /** Codes beyond them: of the engine, of SEND itself, of steps of one's own. */
  readonly others: readonly string[];
}

const noteCodes: ReadonlySet<string> = new Set(
  [flussoCodes, integrationsCodes, paymentsCodes, signingCodes, sendCodes, stepCodes].flatMap(
    (table) => Object.keys(table),
  ),
);

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
      return {
        checks: divide(known, reached),
        notes: divide(noteCodes, codes),
        others: [...codes].filter((code) => !known.has(code) && !noteCodes.has(code)).toSorted(),
      };
    },
  };
}

function divide(all: ReadonlySet<string>, seen: ReadonlySet<string>): Reached {
  const sorted = [...all].toSorted();
  return {
    reached: sorted.filter((code) => seen.has(code)),
    missed: sorted.filter((code) => !seen.has(code)),
  };
}

/** What `validate` logs, with the codes that it found. */
const findingsMessage = "checks found";
