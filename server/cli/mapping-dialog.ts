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
import { describeFile, describeRows, listColumnCells } from "../mapping/report.ts";
import { UsageError } from "../words/usage-error.ts";
import { formatColumns } from "./output.ts";
import { hasOwnTerminal, terminal } from "./terminal.ts";

/** Puts one question to a person; `null`: they went away. */
export interface Asker {
  choose<Value>(
    text: string,
    options: readonly { readonly value: Value; readonly label: string }[],
  ): Promise<Value | null>;
  write(text: string, check: (answer: string) => string | null): Promise<string | null>;
  confirm(text: string): Promise<boolean | null>;
}

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

/** Prompts on the terminal of this process; `null` where there is none: they would wait for ever. */
export async function openAsker(): Promise<Asker | null> {
  if (hasOwnTerminal() || !process.stdin.isTTY || !process.stdout.isTTY) return null;
  const { confirm, isCancel, select, text } = await import("@clack/prompts");
  return {
    async choose(message, options) {
      // Values of any kind are told apart by their place.
      const at = await select<number>({
        message,
        options: options.map(({ label }, index) => ({ value: index, label })),
      });
      return isCancel(at) ? null : (options[at]?.value ?? null);
    },
    async write(message, check) {
      const answer = await text({
        message,
        validate: (value) => check(value ?? "") ?? undefined,
      });
      return isCancel(answer) ? null : answer;
    },
    async confirm(message) {
      const isAgreed = await confirm({ message });
      return isCancel(isAgreed) ? null : isAgreed;
    },
  };
}
