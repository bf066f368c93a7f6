/** `doctor`: says line by line what a run of an ente would find in order, what not, and how to mend it. */
import { type Check, examineEnte } from "../../../ente/doctor.ts";
import { readEnte, unknownEnteError } from "../../../ente/ente-view.ts";
import type { Installation } from "../../../installation.ts";
import { openInstalledFiles } from "../../../installed-files.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, type CommandInput, exitCodes, requireOption } from "../../command.ts";
import { formatTerminalHint } from "../../../words/hints.ts";
import { formatColumns, formatCount } from "../../output.ts";
import { openForCommand } from "../../open.ts";
import { terminal } from "../../terminal.ts";

const marks = { good: "✓", doubtful: "!", bad: "✗" } as const;

/** Everything that a run would need, tried beforehand. */
export const doctorCommand: Command = {
  usage: "doctor --ente C | --all [--json]",
  summary:
    "prova chiavi, certificati, indirizzi, cartelle e orologio: che cosa non va e come si rimedia",
  details: () => `
  --all    tutti gli enti, una riga ciascuno
  --json   un solo documento JSON sullo standard output
  Esce con 0 se nulla ferma un flusso, con 5 altrimenti. Non notifica, non firma, non crea posizioni.
`,
  words: [],
  options: { ente: { type: "string" }, all: { type: "boolean" }, json: { type: "boolean" } },
  async run(input) {
    if (input.hasFlag("all")) return await examineAll(input);
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

/** What was found of one ente, told in a line. */
interface EnteOutcome {
  readonly ente: string;
  readonly bad: number;
  readonly doubtful: number;
  /** The first thing that stops a flusso, else the first that is doubtful. */
  readonly first: string | null;
}

/** Services are asked of so many enti at once. */
const sideBySide = 8;

async function examineAll(input: CommandInput): Promise<number> {
  if (input.findValue("ente") !== undefined)
    throw new UsageError("Con --all si guardano tutti gli enti: --ente è di troppo.");
  const installation = await openForCommand({ logLevel: "error" });
  const files = openInstalledFiles(installation.config);
  const all = await files.listEnti();
  const outcomes: EnteOutcome[] = [];
  for (let from = 0; from < all.length; from += sideBySide) {
    const some = all.slice(from, from + sideBySide);
    outcomes.push(...(await Promise.all(some.map((codice) => examineOne(installation, codice)))));
  }
  const bad = outcomes.filter((outcome) => outcome.bad > 0).length;
  terminal.stdout.write(
    input.hasFlag("json")
      ? `${JSON.stringify({ ok: bad === 0, enti: outcomes })}\n`
      : formatOutcomes(outcomes, bad),
  );
  return bad > 0 ? exitCodes.blocked : exitCodes.completed;
}

async function examineOne(installation: Installation, ente: string): Promise<EnteOutcome> {
  const view = await readEnte(installation, ente);
  if (view.status === "missing") throw unknownEnteError(ente, view.known);
  const checks: Check[] = [];
  for await (const check of examineEnte(installation, view)) checks.push(check);
  const [firstBad] = checks.filter(({ state }) => state === "bad");
  const [firstDoubtful] = checks.filter(({ state }) => state === "doubtful");
  const first = firstBad ?? firstDoubtful;
  return {
    ente,
    bad: checks.filter(({ state }) => state === "bad").length,
    doubtful: checks.filter(({ state }) => state === "doubtful").length,
    first: first === undefined ? null : installation.redactor.redactText(first.note),
  };
}

function formatOutcomes(outcomes: readonly EnteOutcome[], bad: number): string {
  if (outcomes.length === 0) return "Non ci sono enti.\n";
  const rows = outcomes.map(({ ente, bad: stops, doubtful, first }) => [
    pickMark(stops, doubtful),
    ente,
    stops === 0 ? "" : String(stops),
    doubtful === 0 ? "" : String(doubtful),
    (first ?? "in ordine").split("\n")[0] ?? "",
  ]);
  const { isTTY: isTerminal, columns = 120 } = terminal.stdout;
  const lastWidth = Math.max(40, columns - 50);
  const table = formatColumns(["", "ENTE", "FERMANO", "AVVISI", "IL PRIMO"], rows, {
    isTerminal,
    lastWidth,
  });
  const verdict =
    bad === 0
      ? "Nulla ferma i flussi di nessun ente."
      : `${formatCount(bad, "ente ha", "enti hanno")} qualcosa che ferma i flussi: di ognuno, postino doctor --ente CODICE.`;
  return `${table}\n\n${verdict}\n`;
}

function pickMark(bad: number, doubtful: number): string {
  if (bad > 0) return marks.bad;
  return doubtful > 0 ? marks.doubtful : marks.good;
}

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
