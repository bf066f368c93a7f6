/** `explain`: what a code means and what to do. */
import { findNearest } from "../../../../loader/yaml/nearest.ts";
import { explainCode, listExplained } from "../../../words/codes/explain.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, exitCodes } from "../../command.ts";
import { terminal } from "../../terminal.ts";

/** Any code that Postino shows: of `check`, of a verbale, of a flusso that stopped. */
export const explainCommand: Command = {
  usage: "explain CODICE",
  summary: "spiega un codice: che cosa vuol dire, un esempio sbagliato e uno giusto, che cosa fare",
  details: () => `
  Vale per i codici di check (P004), dei controlli di un verbale (CAP_TOWN) e di tutto il resto (SEND_NOT_ACTIVE).
`,
  words: ["CODICE"],
  options: {},
  run(input) {
    const code = (input.words[0] ?? "").toUpperCase();
    const told = explainCode(code);
    if (told === null) {
      const near = findNearest(code, listExplained());
      const maybe = near === null ? "" : ` Forse: ${near}.`;
      throw new UsageError(
        `Il codice «${code}» non è di Postino: può essere di SEND, di GovPay o di un passo proprio.${maybe}`,
        { isWellTyped: true },
      );
    }
    terminal.stdout.write(told);
    return Promise.resolve(exitCodes.completed);
  },
};
