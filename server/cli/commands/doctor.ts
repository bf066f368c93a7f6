/** `doctor`: says line by line what a run of an ente would find in order, what not, and how to mend it. */
import { type Check, examineEnte } from "../../ente/doctor.ts";
import { readEnte, unknownEnteError } from "../../ente/ente-view.ts";
import { type Command, exitCodes, requireOption } from "../command.ts";
import { formatTerminalHint } from "../../words/hints.ts";
import { formatCount } from "../output.ts";
import { openForCommand } from "../open.ts";
import { terminal } from "../terminal.ts";

const marks = { good: "✓", doubtful: "!", bad: "✗" } as const;

/** Everything that a run would need, tried beforehand. */
export const doctorCommand: Command = {
  usage: "doctor --ente C [--json]",
  summary:
    "prova chiavi, certificati, indirizzi, cartelle e orologio: che cosa non va e come si rimedia",
  details: () => `
  --json   un solo documento JSON sullo standard output
  Esce con 0 se nulla ferma un flusso, con 5 altrimenti. Non notifica, non firma, non crea posizioni.
`,
  words: [],
  options: { ente: { type: "string" }, json: { type: "boolean" } },
  async run(input) {
    const codice = requireOption(input, "ente", "borgolieto");
    // What goes wrong is told below, once; the log would say it again.
    const installation = await openForCommand({ logLevel: "error" });
    const view = await readEnte(installation, codice);
    if (view.status === "missing") throw unknownEnteError(codice, view.known);
    const isJson = input.hasFlag("json");
    const checks: ShownCheck[] = [];
    for await (const found of examineEnte(installation, view)) {
      const check = redactCheck(found, (text) => installation.redactor.redactText(text));
      if (!isJson) {
        const isFirst = checks.at(-1)?.area !== check.area;
        terminal.stdout.write(
          `${isFirst ? formatHeading(check.area, checks.length) : ""}${formatCheck(check)}\n`,
        );
      }
      checks.push(check);
    }
    const { length: bad } = checks.filter(({ state }) => state === "bad");
    const { length: doubtful } = checks.filter(({ state }) => state === "doubtful");
    if (isJson)
      terminal.stdout.write(`${JSON.stringify({ ente: codice, ok: bad === 0, checks })}\n`);
    else terminal.stdout.write(`\n${describeVerdict(bad, doubtful)}\n`);
    return bad > 0 ? exitCodes.blocked : exitCodes.completed;
  },
};

/** As it is told: the remedy in the words of the terminal. */
type ShownCheck = Omit<Check, "hint"> & { readonly hint?: string };

/** No value of a secret leaves in a message, whoever wrote it. */
function redactCheck(check: Check, redact: (text: string) => string): ShownCheck {
  const { hint, ...rest } = check;
  return {
    ...rest,
    note: redact(check.note),
    ...(hint === undefined ? {} : { hint: redact(formatTerminalHint(hint)) }),
  };
}

function formatHeading(area: string, before: number): string {
  return `${before === 0 ? "" : "\n"}${area}\n`;
}

function formatCheck({ state, note, hint }: ShownCheck): string {
  const remedy = hint === undefined || state === "good" ? "" : `\n    Rimedio: ${hint}`;
  return `  ${marks[state]} ${note}${remedy}`;
}

function describeVerdict(bad: number, doubtful: number): string {
  const warnings = formatCount(doubtful, "avviso", "avvisi");
  if (bad > 0)
    return `${formatCount(bad, "cosa ferma", "cose fermano")} i flussi di questo ente${doubtful > 0 ? `; ${warnings}` : ""}.`;
  return doubtful > 0 ? `Nulla ferma i flussi di questo ente; ${warnings}.` : "Tutto in ordine.";
}
