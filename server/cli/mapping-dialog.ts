/** From an export to its mapping at the terminal: asks what is unsure, or says what it would ask. */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { allowMissing } from "../../engine/host/errors.ts";
import type { Target } from "../../integrations/flusso/guess/column-guess.ts";
import { openPostal } from "../../integrations/flusso/postal/postal.ts";
import type { FlussoFile, RowFault } from "../../integrations/flusso/port.ts";
import { parseAnswers, type AnswersFile } from "../mapping/answers-file.ts";
import { proposeMapping, type Proposal } from "../mapping/propose.ts";
import {
  answerColumn,
  answerConstant,
  isField,
  listQuestions,
  type Answers,
  type Question,
} from "../mapping/questions.ts";
import {
  describeFile,
  describeQuestions,
  describeRows,
  listColumnCells,
} from "../mapping/report.ts";
import { putFlussoBlock, buildFlussoBlock } from "../mapping/yaml-block.ts";
import { fillTemplate, listOpenPlaces, type EntePlace } from "../mapping/new-ente.ts";
import type { Installation } from "../installation.ts";
import { UsageError } from "../words/usage-error.ts";
import { formatColumns } from "./output.ts";
import { openAsker, type Asker } from "./asker.ts";
import { type CommandInput, exitCodes } from "./command.ts";
import { terminal } from "./terminal.ts";

export interface DialogOptions {
  readonly path: string;
  readonly dataFolder: string;
  readonly answers: Answers;
  /** `null`: nobody can be asked. */
  readonly asker: Asker | null;
}

/** The file as the reader of flussi takes it. Throws UsageError where it cannot be read. */
export async function openExport(path: string): Promise<FlussoFile> {
  const found = await allowMissing(stat(path));
  if (found === null || !found.isFile())
    throw new UsageError(`Il file ${path} non si può leggere.`, { isWellTyped: true });
  return { name: basename(path), open: () => createReadStream(path) };
}

/** The answers in a file; without one, none. Throws UsageError. */
export async function readAnswersFile(path: string | undefined): Promise<AnswersFile> {
  if (path === undefined) return { flusso: {}, others: {} };
  const bytes = await allowMissing(readFile(path, "utf8"));
  if (bytes === null)
    throw new UsageError(`Il file delle risposte ${path} non c'è.`, { isWellTyped: true });
  return parseAnswers(bytes, basename(path));
}

/** The proposal after all that could be asked was asked; a fault where the file cannot be understood; `null`: the person went away. */
export async function settleMapping(options: DialogOptions): Promise<Proposal | RowFault | null> {
  const { asker, path, dataFolder } = options;
  const file = await openExport(path);
  const towns = await openPostal(dataFolder);
  let answers = options.answers;
  const propose = () => proposeMapping({ file, towns, clock: terminal.clock, ...answers });
  let proposal = await propose();
  if ("code" in proposal) return proposal;
  checkNames(proposal, options.answers);
  if (asker === null) return proposal;
  say(describeFile(proposal));
  const asked = new Set<string>();
  for (;;) {
    const question: Question | undefined = listQuestions(proposal).find(({ id }) => !asked.has(id));
    if (question === undefined) return proposal;
    asked.add(question.id);
    const next = await ask(asker, question, answers);
    if (next === null) return null;
    answers = next;
    proposal = await propose();
    if ("code" in proposal) return proposal;
  }
}

async function ask(asker: Asker, question: Question, answers: Answers): Promise<Answers | null> {
  if (question.kind === "recipient") {
    const role = await asker.choose(question.text, question.options);
    return role === null ? null : { ...answers, recipient: role };
  }
  if (question.kind === "holder") {
    const nobody = Symbol("none");
    const name = await asker.choose<string | typeof nobody>(
      question.text,
      question.options.map(({ value, label }) => ({ value: value ?? nobody, label })),
    );
    if (name === null) return null;
    return typeof name === "symbol" ? answers : answerColumn(answers, name, question.field);
  }
  if (question.kind === "constant") {
    const value = await asker.write(question.text, (answer) =>
      answer.trim() === "" ? "Scrivere il valore." : null,
    );
    return value === null ? null : answerConstant(answers, question.field, value.trim());
  }
  const other = Symbol("other");
  const chosen = await asker.choose<Target | typeof other>(question.text, [
    ...question.options,
    { value: other, label: "un altro campo…" },
  ]);
  if (chosen === null && !question.options.some(({ value }) => value === null)) return null;
  if (typeof chosen !== "symbol") return answerColumn(answers, question.id, chosen);
  const field = await asker.write("Quale campo del verbale?", (answer) =>
    isField(answer.trim())
      ? null
      : "Un verbale non ha questo campo (targa, destinatario.cognome, extra.nome …).",
  );
  return field === null ? null : answerColumn(answers, question.id, field.trim());
}

/** An answer about a column that the file does not have would be lost without a word. */
function checkNames({ sample }: Proposal, { known }: Answers): void {
  const names = new Set(sample.names);
  for (const name of [...Object.keys(known.columns ?? {}), ...(known.ignore ?? [])])
    if (!names.has(name.trim().replaceAll(/\s+/g, " ").toLowerCase()))
      throw new UsageError(
        `Le risposte parlano della colonna «${name}», che il file non ha. Ha: ${sample.headers.filter((header) => header !== "").join(", ")}.`,
        { isWellTyped: true },
      );
}

function say(text: string): void {
  terminal.stdout.write(`${text}\n`);
}

/** What the file is, each column, three rows. */
export function showProposal(proposal: Proposal, hasToldFile: boolean): void {
  if (!hasToldFile) say(describeFile(proposal));
  const { isTTY: isTerminal } = terminal.stdout;
  say(
    `\n${formatColumns(["", "colonna", "è", "perché"], listColumnCells(proposal), { isTerminal, lastWidth: 60 })}`,
  );
  say(`\n${describeRows(proposal)}\n`);
}

/** The options that `map` and `init --from` share. */
export const mappingOptions = {
  yes: { type: "boolean" },
  answers: { type: "string" },
  recipient: { type: "string" },
} as const;

/** What was said beforehand: in a file, and by an option. Throws UsageError. */
export async function collectAnswers(
  input: CommandInput,
): Promise<{ readonly answers: Answers; readonly others: AnswersFile["others"] }> {
  const recipient = input.findValue("recipient");
  if (recipient !== undefined && !["recipient", "owner", "tenant", "driver"].includes(recipient))
    throw new UsageError(
      `--recipient può essere recipient, owner, tenant o driver, non «${recipient}».`,
      { isWellTyped: true },
    );
  const { flusso, others } = await readAnswersFile(input.findValue("answers"));
  return { answers: { known: flusso, ...(recipient !== undefined && { recipient }) }, others };
}

/** A file that nobody can understand. */
export function tellFault(path: string, { message, remedy, line, column }: RowFault): number {
  const place = line === 0 ? path : `${path}:${line}:${Math.max(1, column)}`;
  terminal.stderr.write(`${place}: ${message} Rimedio: ${remedy}\n`);
  return exitCodes.usage;
}

/** What a person has to say, where nobody could be asked. */
export function tellOpen(proposal: Proposal): void {
  say(`Da chiedere a una persona:\n${describeQuestions(proposal)}`);
  say(
    "Per rispondere: lo stesso comando da un terminale, oppure --answers FILE (flusso: columns: …, ignore: …, constants: …), oppure --yes per accettare le proposte.",
  );
}

/** For a new ente: what makes its file of the template, after the export was understood; an exit code where it was not, `null` where a person went away or nobody could be asked. */
export async function beginFrom(
  input: CommandInput,
  path: string,
  { config }: Installation,
): Promise<((template: string) => string) | number | null> {
  const { answers, others } = await collectAnswers(input);
  const asker = input.hasFlag("yes") ? null : await openAsker();
  const proposal = await settleMapping({ path, dataFolder: config.dataFolder, answers, asker });
  if (proposal === null) return null;
  if ("code" in proposal) return tellFault(path, proposal);
  showProposal(proposal, asker !== null);
  say(buildFlussoBlock(proposal));
  if (listQuestions(proposal).length > 0 && !input.hasFlag("yes")) {
    tellOpen(proposal);
    say("Nulla è stato scritto.");
    return null;
  }
  const said = asker === null ? [] : await askPlaces(asker, others);
  if (said === null) return null;
  return (template) => putFlussoBlock(fillTemplate(template, others, said), proposal);
}

/** What only a person knows of the ente. */
async function askPlaces(
  asker: Asker,
  others: AnswersFile["others"],
): Promise<readonly EntePlace[] | null> {
  const said: EntePlace[] = [];
  for (const { path, text, check } of listOpenPlaces(others)) {
    const value = await asker.write(text, check);
    if (value === null) return null;
    said.push({ path, value: value.trim() });
  }
  return said;
}
